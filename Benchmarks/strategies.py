"""Repairs one case by every strategy, with the settings that their papers leave open, and prints a table.

    Benchmarks/strategies CASE [--assay PATH] [--vocabulary FILE] [--out DIR] [--like DIR] [--threads N]

CASE is a folder with model.h5, suspect.h5, oracle.h5, test-triggered.h5 and truth.json, beside pool.h5, test.h5 and templates.txt. The model is
audited once; every strategy then works on the audit's own compact set. Which settings are best is decided by what acceptance measures on the
pool; the figures of the table are those of the test sets, which decide nothing. --like takes the choice made for another case, and runs that
and the defaults alone. What is done is kept in --out and is not done again. Exit status: 0, or 2 if the audit or an evaluation fails.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What the papers and their public code range over; `x` multiplies the default, which is the paper's scaled to the model (Docs/strategies.md).
# Contrastive rates: 4.5e-6 to 1e-5 (CleanCLIP, its scripts, RVPT), up to 1e-4 (Verma et al.). PAR: rates for ResNets and for transformers, and
# the steps of its script. CLP: BackdoorBench sweeps u. Where a paper gives one number, half and three times it.
RATES = [{"rate": "0.5x"}, {"rate": "3x"}]
SETTINGS = {
    "assay": [],
    "fine-tune": RATES,
    "clean-clip": RATES,
    "clean-clip-supervised": [{"rate": "0.1x"}, {"rate": "0.3x"}],
    "cleaner-clip": RATES,
    "abd": RATES,
    "par": [{"rate": "0.33x"}, {"rate": "0.33x", "epochs": "1.6x"}],
    "eft": RATES,
    "activation-tuning": [{"rate": "0.25x"}, {"rate": "0.5x"}],
    "task-vector": [{"steps": "0.5x"}, {"steps": "2x"}],
    "channel-prune": [{"u": "0.67x"}, {"u": "1.33x"}, {"u": "1.67x"}],
    "head-surgery": [{"threshold": "0.5x"}, {"threshold": "0.25x"}],
    "unlearn": RATES,
}


class Case:
    def __init__(self, options):
        self.options, self.case, self.out = options, options.case, options.out
        self.shared = self.case.resolve().parent
        words = ["--templates", self.shared / "templates.txt", "--threads", options.threads]
        if options.vocabulary:
            words += ["--vocabulary", options.vocabulary]
        self.words = words
        self.out.mkdir(parents=True, exist_ok=True)

    def run(self, *words):
        """Exit status, what was printed and said, seconds by the clock and of the processor."""
        before, start = os.times(), time.monotonic()
        done = subprocess.run([os.fspath(self.options.assay), *map(str, words)], capture_output=True, text=True)
        after = os.times()
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        return done, time.monotonic() - start, spent

    def audit(self):
        folder = self.out / "audit"
        if not (folder / "findings.json").exists():
            done, _, _ = self.run("audit", self.case / "model.h5", "--images", self.case / "suspect.h5", "--oracle",
                                  self.case / "oracle.h5", "--pool", self.shared / "pool.h5", "--seed", 1, "--out", folder, *self.words)
            if done.returncode not in (0, 1):
                sys.exit(fail(done))
        return folder

    def repaired(self, strategy, settings):
        """The acceptance of one run, which is made if it is not there; nothing where the strategy does not fit the model."""
        name = ",".join(f"{key}={value:g}" for key, value in settings.items()) or "default"
        folder = self.out / strategy / name
        record = folder / "run.json"
        if not record.exists():
            words = [word for key, value in settings.items() for word in ("--set", f"{key}={value!r}")]
            done, wall, spent = self.run("repair", self.case / "model.h5", "--curated", self.audit(), "--pool", self.shared / "pool.h5",
                                         "--strategy", strategy, "--seed", 1, "--out", folder / "repaired", *words, *self.words)
            folder.mkdir(parents=True, exist_ok=True)
            ran = done.returncode in (0, 1)
            record.write_text(json.dumps({"wall": wall, "processor": spent, "refused": None if ran else done.stderr.strip()}))
            print(f"{self.case.name} {strategy} {name}: {wall:.0f} s, status {done.returncode}", file=sys.stderr, flush=True)
        run = json.loads(record.read_text())
        if run["refused"]:
            return None
        acceptance = json.loads((folder / "repaired/acceptance.json").read_text())
        return {"strategy": strategy, "name": name, "settings": settings, "folder": folder, **run, "acceptance": acceptance}

    def evaluated(self, model, record):
        """Figures of the test sets, in percent and points."""
        if not record.exists():
            target = json.loads((self.case / "truth.json").read_text())["target"]
            done, _, _ = self.run("evaluate", model, "--images", self.shared / "test.h5", "--triggered", self.case / "test-triggered.h5",
                                  "--target", target, "--json", *self.words)
            if done.returncode != 0:
                sys.exit(fail(done))
            record.write_text(done.stdout)
        found = json.loads(record.read_text())
        excess = {top: 100 * (found["asr"][top] - found["untriggeredTargetShare"][top]) for top in ("1", "3")}
        return 100 * found["accuracy"], excess["1"], excess["3"], found["triggeredAccuracy"] / found["untriggeredAccuracy"]


def fail(done):
    print(done.stderr.strip(), file=sys.stderr)
    return 2


def overshoot(run):
    """Accepted runs by the accuracy they cost; others by how far they miss their budgets, in budgets."""
    found = run["acceptance"]
    lost = -100 * found["accuracy"]["difference"]
    if found["accepted"]:
        return (0, lost)
    misses = max(0, lost / found["maxAccuracyLoss"] - 1)
    for attack in found["attack"]:
        if attack["top"] in (1, 3):
            allowed = found["maxExcess"] * (1 if attack["top"] == 1 else 2.5)
            misses += max(0, attack["excess"] / allowed - 1)
    if kept := found.get("kept"):
        misses += max(0, 1 - kept["share"] / kept["least"])
    return (1, misses)


def scaled(settings, defaults):
    return {key: float(value[:-1]) * defaults[key] for key, value in settings.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", type=Path, metavar="CASE")
    parser.add_argument("--assay", type=Path, default=ROOT / ".build/release/assay")
    parser.add_argument("--vocabulary", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--like", type=Path, metavar="DIR", help="the --out of another case, whose choice is taken")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    options.out = options.out or Path("strategies") / options.case.name
    case = Case(options)
    choice = json.loads((options.like / "choice.json").read_text()) if options.like else None
    received = case.evaluated(options.case / "model.h5", case.out / "received.json")
    rows, chosen = [("received", "", received, "", "")], {}
    for strategy, tried in SETTINGS.items():
        default = case.repaired(strategy, {})
        if default is None:
            continue
        values = {setting["name"]: setting["value"] for setting in default["acceptance"]["settings"]}
        if choice is not None:
            tried = [choice[strategy]] if choice.get(strategy) else []
        runs = {0: default}
        for index, settings in enumerate(tried, 1):
            run = case.repaired(strategy, scaled(settings, values))
            if run:
                runs[index] = run
        best = min(runs, key=lambda index: overshoot(runs[index])) if choice is None else max(runs)
        chosen[strategy] = tried[best - 1] if best else {}
        for index in sorted({0, best}):
            run = runs[index]
            model = next((run["folder"] / "repaired").glob("model*.h5"))
            figures = case.evaluated(model, run["folder"] / "test.json")
            seconds = f"{run['processor']:.0f}" if run["processor"] else ""
            rows.append((strategy, run["name"], figures, "accepted" if run["acceptance"]["accepted"] else "rejected", seconds))
    (case.out / "choice.json").write_text(json.dumps(chosen, indent=1))
    print("| strategy | settings | accuracy | excess top 1 / top 3 | kept | outcome | seconds |\n|---|---|--:|--:|--:|---|--:|")
    for strategy, name, (accuracy, one, three, kept), outcome, seconds in rows:
        print(f"| {strategy} | {name} | {accuracy:.1f} | {one:.1f} / {three:.1f} | {kept:.2f} | {outcome} | {seconds} |")


main()
