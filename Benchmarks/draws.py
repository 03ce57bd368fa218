"""Audits random halves of clean suspect sets.

CASES is a folder with `pool.h5`, `templates.txt` and, for each NAME, `NAME/model.h5`, `NAME/suspect.h5` and `NAME/oracle.h5`; the
models have no backdoor. Each draw takes half of the rows of one case without replacement, an audit's seed of its own, and
names in turn. Prints every verdict and, at the end, how many draws ended in which, with Clopper and Pearson's upper bound (95 %,
one-sided) of the share that is accused.

Exit status: 0 no draw was demonstrated, 1 one was, 2 an audit failed.
"""

import argparse
import collections
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

SEED = 20261121


def parse():
    parser = argparse.ArgumentParser(prog="clean-draws", description=__doc__.splitlines()[0])
    parser.add_argument("cases", type=Path)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--seed", type=int, default=SEED, help="of the halves")
    parser.add_argument("--assay", type=Path, default=Path(__file__).resolve().parent.parent / ".build/release/assay")
    parser.add_argument("--vocabulary", type=Path, help="for models that come without one")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def halve(source, target, rows):
    """The given rows of every dataset that has a row for each id."""
    with h5py.File(source) as whole, h5py.File(target, "w") as half:
        count = len(whole["ids"])
        for name, value in whole.items():
            half[name] = value[()][rows] if value.shape[:1] == (count,) else value[()]
        half.attrs.update(whole.attrs)


def audit(arguments, case, draw, folder):
    with h5py.File(case / "suspect.h5") as suspects, h5py.File(case / "oracle.h5") as oracle:
        ids, answered = suspects["ids"][()], {key: row for row, key in enumerate(oracle["ids"][()])}
    rows = np.sort(np.random.default_rng([arguments.seed, draw]).choice(len(ids), len(ids) // 2, replace=False))
    halve(case / "suspect.h5", folder / "suspect.h5", rows)
    halve(case / "oracle.h5", folder / "oracle.h5", np.array([answered[key] for key in ids[rows] if key in answered]))
    command = [arguments.assay.resolve(), "audit", (case / "model.h5").resolve(), "--images", "suspect.h5", "--oracle", "oracle.h5",
               "--pool", (arguments.cases / "pool.h5").resolve(), "--out", "case", "--seed", str(draw + 1)]
    if arguments.vocabulary:
        command += ["--vocabulary", arguments.vocabulary.resolve()]
    if (templates := arguments.cases / "templates.txt").exists():
        command += ["--templates", templates.resolve()]
    outcome = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True)
    if outcome.returncode not in (0, 1, 3):
        print(f"clean-draws: the audit ended with status {outcome.returncode}: {outcome.stderr.strip()[-300:]}", file=sys.stderr)
        sys.exit(2)
    findings = json.loads((folder / "case" / "findings.json").read_text())
    return {"case": case.name, "draw": draw, "rows": len(rows), "verdict": findings["verdict"],
            "target": (findings["target"] or {}).get("label"), "reason": findings["reasons"][0]}


def upper_bound(k, n, error=0.05):
    """The share at which k or fewer of n are found with probability `error`."""
    from math import comb
    low, high = k / n, 1.0
    for _ in range(60):
        share = (low + high) / 2
        tail = sum(comb(n, i) * share ** i * (1 - share) ** (n - i) for i in range(k + 1))
        low, high = (share, high) if tail > error else (low, share)
    return high


def main():
    arguments = parse()
    found = []
    for draw in range(arguments.draws):
        case = arguments.cases / arguments.names[draw % len(arguments.names)]
        with tempfile.TemporaryDirectory(prefix="assay-draw-") as folder:
            found.append(audit(arguments, case, draw, Path(folder)))
        print(f"{draw + 1:3d} {found[-1]['case']:8s} {found[-1]['verdict']:13s} {found[-1]['target'] or ''}", flush=True)
    counts = collections.Counter(line["verdict"] for line in found)
    print(", ".join(f"{verdict} {count}" for verdict, count in sorted(counts.items())))
    for verdict in ("demonstrated", "suspected"):
        k = counts[verdict]
        print(f"{verdict}: {k} of {len(found)}; at most {100 * upper_bound(k, len(found)):.1f} % (95 %)" if k < len(found) else
              f"{verdict}: all")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    return 1 if counts["demonstrated"] else 0


if __name__ == "__main__":
    sys.exit(main())
