"""Embeds synthetic sets of several sizes and compares the peaks of memory.

    Benchmarks/memory [--assay PATH] [--memory SIZE] [--rows N...]

The model is the demonstration's, the sets are random pictures of 32 x 32 with ids and captions, all different, in HDF5. The peak is that of
the whole process, as the kernel counts it. Decoded pictures are kept up to 64 MiB, 22,000 of these: up to there a larger set takes more. Exit
status: 0 if every peak keeps the bound, 1 if one does not, 2 if a set could not be embedded.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SIDE = 32


def write_set(path, rows):
    random = np.random.default_rng(rows)
    text = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        images = file.create_dataset("images", (rows, SIDE, SIDE, 3), "u1", chunks=(256, SIDE, SIDE, 3))
        for start in range(0, rows, 4096):
            count = min(4096, rows - start)
            images[start:start + count] = random.integers(0, 256, (count, SIDE, SIDE, 3), dtype="u1")
        file.create_dataset("ids", data=[f"synthetic-{row:08d}" for row in range(rows)], dtype=text)
        file.create_dataset("captions", dtype=text,
                            data=[f"a photo of thing {row} beside thing {row * 7919 % rows} in some place" for row in range(rows)])


def embed(assay, path, out, bound):
    """Seconds and the peak of memory in MiB."""
    command = [assay, "embed", ROOT / "Fixtures/demo/model.h5", "--images", path, "--out", out, "--memory", bound]
    start = time.monotonic()
    process = subprocess.Popen([os.fspath(word) for word in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(2)
    return time.monotonic() - start, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", type=Path, default=ROOT / ".build/release/assay")
    parser.add_argument("--memory", default="512M", metavar="SIZE")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 30_000, 100_000], metavar="N")
    options = parser.parse_args()
    bound = int(options.memory[:-1]) * {"K": 1 / 1024, "M": 1, "G": 1024}[options.memory[-1]]
    peaks, before = [], None
    print("| pairs | seconds | peak, MiB | bytes for each pair more |\n|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory(prefix="assay-memory-") as folder:
        for rows in sorted(options.rows):
            write_set(f"{folder}/set.h5", rows)
            seconds, peak = embed(options.assay, f"{folder}/set.h5", f"{folder}/dump.h5", options.memory)
            os.remove(f"{folder}/dump.h5")
            growth = f"{(peak - peaks[-1]) * 2**20 / (rows - before):.0f}" if peaks else ""
            print(f"| {rows:,} | {seconds:.1f} | {peak:.0f} | {growth} |", flush=True)
            peaks.append(peak)
            before = rows
    sys.exit(1 if max(peaks) > bound else 0)


if __name__ == "__main__":
    main()
