"""Turns, medians and ratios."""

import itertools
import statistics
from dataclasses import dataclass, field

import numpy as np

from comparison.servers import Server

RESAMPLES = 10_000
SEED = 20261121


@dataclass
class Contender:
    """A program, what it is asked in every round, and what that cost."""
    name: str
    server: Server
    command: str
    items: float
    """How many items a command does; where the answer counts operations, those are the items."""
    seconds: list = field(default_factory=list)
    """Of each round and one item."""
    cpu_seconds: list = field(default_factory=list)

    def take_turn(self):
        answer = self.server.ask(self.command)
        items = answer.get("operations", self.items)
        self.seconds.append(answer["wall"] / items)
        self.cpu_seconds.append(answer["cpu"] / items)

    @property
    def rate(self):
        """Items a second, by the median."""
        return 1 / statistics.median(self.seconds)

    @property
    def spread(self):
        """The slowest and the fastest round, items a second."""
        return 1 / max(self.seconds), 1 / min(self.seconds)


@dataclass
class Duel:
    """Who takes turns at one row in one precision."""
    assay: list
    """On all threads and, where they are several, on one."""
    peers: list
    """The same work by others; the fastest of them is compared with."""
    work: float
    """Floating-point operations that one item needs."""
    peak: str
    """The processor's limit that the work is held against: f32 or bf16."""
    alongside: list = field(default_factory=list)
    """Groups of others that are shown beside: at an easier task, or with a tuning that the ratio is not defined by."""
    weights: float | None = None
    """MiB of the model's parameters in this precision."""
    agreement: str = ""
    """How far the outputs differ."""
    notes: list = field(default_factory=list)

    @property
    def ours(self):
        return self.assay[0]


@dataclass
class Outcome:
    """One row in one precision, measured."""
    name: str
    unit: str
    precision: str
    duel: Duel
    peaks: list
    """The loop of multiply-adds, on as many threads as `duel.assay`."""
    peak_memory: dict
    """MiB by contender's name."""

    @property
    def best(self):
        return fastest(self.duel.peers)

    def row(self):
        """What --json writes."""
        ratio, low, high = compared(self.duel.ours, self.best)
        return {"name": self.name, "precision": self.precision, "ratio": ratio, "lo": low, "hi": high,
                "ours": self.duel.ours.rate, "theirs": self.best.rate,
                "peakMiB": [self.peak_memory[self.duel.ours.name], self.peak_memory[self.best.name]]}


def fastest(contenders):
    return max(contenders, key=lambda contender: contender.rate)


def compared(ours, theirs, clock="seconds"):
    """How many times as fast ours is, and a 95 % interval: medians over the rounds, rounds drawn again with replacement
    (percentile bootstrap). Both sides keep the rounds they shared, so what slows both does not widen the interval."""
    a, b = np.array(getattr(ours, clock)), np.array(getattr(theirs, clock))
    draws = np.random.default_rng(SEED).integers(len(a), size=(RESAMPLES, len(a)))
    ratios = np.median(b[draws], axis=1) / np.median(a[draws], axis=1)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return float(np.median(b) / np.median(a)), float(low), float(high)


def measure(name, unit, precision, duel, peaks, rounds):
    """A, B, A, B, ... Everybody has been warmed up by the check of the outputs."""
    measured = [duel.ours, *duel.peers, *itertools.chain(*duel.alongside), *duel.assay[1:]]
    for contender in measured:
        contender.server.ask("memory forget")
    for _ in range(rounds):
        for contender in [*measured, *peaks]:
            contender.take_turn()
    memory = {contender.name: contender.server.ask("memory")["peakMiB"] for contender in measured}
    return Outcome(name, unit, precision, duel, peaks, memory)
