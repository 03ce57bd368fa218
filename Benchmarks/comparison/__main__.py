"""Benchmarks/compare: parses the command line, measures the rows one after the other, writes what was found.

Exit status: 0 all rows were measured; 1 the outputs of two sides differ by more than rounding; 2 a row could not be measured.
"""

import argparse
import contextlib
import dataclasses
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from comparison import machine, results
from comparison.measure import measure
from comparison.rows import ROWS
from comparison.servers import Failed, Server
from comparison.workplace import FULL, QUICK, Disagreement, Workplace

ROOT = Path(__file__).resolve().parent.parent.parent


def parse():
    parser = argparse.ArgumentParser(prog="compare", description="Holds Assay's engine against PyTorch, faiss and scikit-learn.")
    parser.add_argument("assay", nargs="?", type=Path, help="assay-bench; built when it is not given")
    parser.add_argument("--quick", action="store_true", help="few rounds and items, for development")
    names = [row.name for row in ROWS]
    parser.add_argument("--rows", nargs="+", metavar="NAME", default=[],
                        help="only these, divided by spaces or commas, of " + ", ".join(names))
    parser.add_argument("--precision", choices=["auto", "f32", "bf16"], default="auto",
                        help="auto: f32, and bf16 where the processor multiplies it")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                        help="of every side; all processors by default")
    parser.add_argument("--rounds", type=int, help=f"{FULL.rounds} by default, {QUICK.rounds} when quick")
    parser.add_argument("--limit", type=float, default=900, metavar="SECONDS",
                        help="within which a side must be ready, compiled and warm; 900 by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as a list")
    parser.add_argument("--results", type=Path, metavar="FILE", help="write all tables, for example to Benchmarks/RESULTS.md")
    arguments = parser.parse_args()
    arguments.rows = [name for word in arguments.rows for name in word.split(",") if name]
    if unknown := [name for name in arguments.rows if name not in names]:
        parser.error(f"--rows: there is no {unknown[0]}")
    if arguments.assay and not os.access(arguments.assay, os.X_OK):
        parser.error(f"{arguments.assay} is no program")
    if arguments.threads < 1 or (arguments.rounds or 1) < 1:
        parser.error("--threads and --rounds take 1 or more")
    return arguments


def built():
    """assay-bench, brought up to date."""
    command = ["swift", "build", "--package-path", str(ROOT), "-c", "release"]
    try:
        subprocess.run([*command, "--product", "assay-bench"], check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as problem:
        raise Failed(f"could not be built: {problem}") from None
    return ROOT / ".build/release/assay-bench"


def compare(place, rows, precisions, limits):
    """What was measured, and the exit status. `limits` are the precisions that the processor has products for."""
    outcomes, status = [], 0
    for row in rows:
        for precision in [precision for precision in precisions if precision in row.precisions]:
            print(f"{row.name} {precision} ...", file=sys.stderr, flush=True)
            try:
                with contextlib.ExitStack() as stack:
                    duel = row.duel(place, stack, precision)
                    peaks = place.peaks(stack, precision if precision in limits else "f32")
                    outcomes.append(measure(row.name, row.unit, precision, duel, peaks, place.effort.rounds))
                print(results.line(outcomes[-1]), flush=True)
            except Disagreement as problem:
                print(f"{row.name} {precision}: THE OUTPUTS DIFFER: {problem}", flush=True)
                status = max(status, 1)
            except Failed as problem:
                print(f"{row.name} {precision}: not measured: {problem}", flush=True)
                status = 2
    return outcomes, status


def main():
    arguments = parse()
    # open_clip warns that the weights are random, which is what is wanted.
    logging.disable(logging.WARNING)
    # An ended run removes its files and its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    assay = (arguments.assay or built()).resolve()
    effort = QUICK if arguments.quick else FULL
    if arguments.rounds:
        effort = dataclasses.replace(effort, rounds=arguments.rounds)
    with tempfile.TemporaryDirectory(prefix="assay-compare-") as folder:
        # What PyTorch compiles stays in there, and is compiled anew by every run.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = f"{folder}/inductor"
        place = Workplace(Path(folder), assay, effort, arguments.threads, arguments.limit)
        with Server([assay], place.folder, arguments.limit) as server:
            details = server.ready["details"]
        facts = machine.describe(arguments.threads, details)
        limits = [precision for precision in ("f32", "bf16") if f"{precision} instructions" in details]
        precisions = limits if arguments.precision == "auto" else [arguments.precision]
        rows = [row for row in ROWS if not arguments.rows or row.name in arguments.rows]
        outcomes, status = compare(place, rows, precisions, limits)
    words = ["Benchmarks/compare", *(["--quick"] if arguments.quick else []), "--threads", str(arguments.threads), "--rounds",
             str(effort.rounds), *(["--rows", *arguments.rows] if arguments.rows else []), "--precision", arguments.precision]
    report = results.report(outcomes, facts, " ".join(words), effort, arguments.quick)
    print(f"\n{report}")
    if arguments.results:
        arguments.results.write_text(report)
    if arguments.json:
        arguments.json.write_text(json.dumps([outcome.row() for outcome in outcomes], indent=1) + "\n")
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as problem:
        print(f"compare: {problem}", file=sys.stderr)
        sys.exit(2)
