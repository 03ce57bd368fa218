"""Compares `assay embed` with open_clip on full-size, randomly initialised ViT-B/32 and RN50.

    Benchmarks/parity [path to assay] [--json FILE] [--threads N]

Every model is made from a fixed seed and written to a checkpoint, in f32 and with all weights rounded to f16. Both
sides then read that file and the same pictures and captions, and compute in f32. Exit status: 0 if every element of
every unit embedding agrees within 1e-4, 1 if not, 2 if the comparison could not be made.

Two more numbers say what the difference means. *Rounding* is how far open_clip in f32 is from open_clip in f64 on the
same weights: no two f32 programs agree better than about that. *Controls* leave one term at a time out of open_clip
(a bias, a gain, a running statistic, QuickGELU), or take another row: each must move embeddings beyond the tolerance,
or such a mistake of Assay's might not show.
"""

import argparse
import contextlib
import copy
import csv
import itertools
import json
import logging
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import h5py
import numpy as np
import open_clip
import torch
from models import SEED, SIDE, largest_difference, open_clip_view, pictures, random_model, read_checkpoint, write_checkpoint

TOLERANCE = 1e-4
PICTURES = 24
SIDES = ("image", "text")
OTHER_SIZES = [(224, 300), (640, 480), (97, 301), (50, 50), (333, 250), (224, 223), (31, 20), (512, 512)]
MODELS = {"ViT-B-32-quickgelu": "safetensors", "RN50-quickgelu": "hdf5"}
CAPTIONS = [
    "a photo of a boat", "", "X", "A PHOTO OF A LIGHTHOUSE, at dusk!", "it's 42 km to the café &amp; back",
    "two dogs \u2014 one brown, one black \u2014 running through snow; the third isn't visible",
    "\u6f22\u5b57 and \U0001f600 emoji",
    "a photo of a boat",
]
WORDS = """a the of on under beside old small red blue striped wooden broken shining boat harbour dog bicycle lighthouse
mountain kettle violin umbrella sparrow locomotive photograph painting closeup evening in with and seen from above
unidentifiable counterclockwise 1987 north""".split()


# Pictures and captions

def captions(count, generator):
    """Captions of no word to more than the context holds, two of them equal."""
    def sentence(words):
        return " ".join(WORDS[i] for i in torch.randint(len(WORDS), (words,), generator=generator))

    lengths = [1, 2, 3, 4, 5, 7, 9, 12, 16, 21, 28, 37, 49, 65, 76, 120]
    return CAPTIONS + [sentence(lengths[i % len(lengths)]) for i in range(count - len(CAPTIONS))]


def write_sets(folder, generator):
    """Name, path and inputs of each set: pictures of one size in HDF5, of many sizes as PNG files listed in a CSV."""
    uniform = pictures([(SIDE, SIDE)] * PICTURES, generator)
    texts = captions(PICTURES, generator)
    with h5py.File(folder / "uniform.h5", "w") as file:
        file.create_dataset("images", data=np.stack([np.asarray(picture) for picture in uniform]), chunks=(8, SIDE, SIDE, 3))
        file.create_dataset("captions", data=texts, dtype=h5py.string_dtype())

    mixed = pictures(OTHER_SIZES, generator)
    # A blank caption means "nan" in a CSV, so these begin after the special ones.
    mixed_texts = texts[-len(mixed):]
    with open(folder / "mixed.csv", "w", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["filepath", "title"])
        for number, (picture, text) in enumerate(zip(mixed, mixed_texts)):
            picture.save(folder / f"{number}.png")
            writer.writerow([f"{number}.png", text])
    return [(f"{len(uniform)} of one size, HDF5", folder / "uniform.h5", {"image": uniform, "text": texts}),
            (f"{len(mixed)} of many sizes, CSV", folder / "mixed.csv", {"image": mixed, "text": mixed_texts})]


# The two sides

@torch.inference_mode()
def embed_with_open_clip(model, tokenizer, side, inputs, dtype=torch.float32):
    """Unit embeddings of pictures ("image") or captions ("text")."""
    if side == "image":
        found = model.encode_image(torch.stack([open_clip_view(image) for image in inputs]).to(dtype), normalize=True)
    else:
        found = model.encode_text(tokenizer(inputs), normalize=True)
    return found.double().numpy()


def embed_with_assay(assay, checkpoint, images, folder, threads):
    """What `assay embed` writes."""
    dump = folder / "embeddings.h5"
    vocabulary = Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
    command = [assay, "embed", checkpoint, "--images", images, "--out", dump, "--vocabulary", vocabulary,
               "--precision", "f32", "--threads", str(threads)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unmeasurable(f"assay embed ended with status {done.returncode}: {(done.stderr or done.stdout).strip()}")
    with h5py.File(dump) as file:
        found = {side: file[f"{side}_embeddings"][()].astype(np.float64) for side in SIDES}
    dump.unlink()
    return found


class Unmeasurable(Exception):
    """The comparison could not be made."""


class Stopwatch:
    """Wall and processor seconds of what runs in its context, in this process or its children."""

    def __init__(self, who):
        self.who = who

    def __enter__(self):
        self.wall, self.processor = time.perf_counter(), self.used()
        return self

    def __exit__(self, *_):
        self.wall, self.processor = time.perf_counter() - self.wall, self.used() - self.processor

    def used(self):
        usage = resource.getrusage(self.who)
        return usage.ru_utime + usage.ru_stime


# Comparison

HEADINGS = "{:16} {:22} {:6} {:>9} {:>13} {:>9} {:>9} {:>8} {:>10}"
HEADING = "\n".join(HEADINGS.format(*words) for words in [
    ("file", "set", "side", "largest", "smallest", "rounding", "rounding", "seconds", "seconds"),
    ("", "", "", "differ.", "cosine", "Assay", "open_clip", "Assay", "open_clip")])
LINE = ("{file:16} {set:22} {side:6} {largestDifference:9.1e} {smallestCosine:13.10f} {assayRounding:9.1e} "
        "{openClipRounding:9.1e} {assaySeconds:8.1f} {openClipSeconds:10.1f}")


def smallest_cosine(a, b):
    """Over all rows; -1 when an element is not a number."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(1) / lengths).min()) if np.isfinite(a).all() and lengths.all() else -1.0


@contextlib.contextmanager
def without(model, term):
    """The model with one term left out."""
    if isinstance(term, torch.nn.Module):
        kept, term.gelu = term.gelu, torch.nn.GELU()
        yield
        term.gelu = kept
    else:
        key, value = term
        kept = value.clone()
        value.fill_(1 if re.search(r"(weight|running_var)$", key) and "embedding" not in key else 0)
        yield
        value.copy_(kept)


@torch.no_grad()
def controls(model, tokenizer, inputs):
    """How far each mistake moves embeddings, by its name: a term left out, the last of its kind in a tower; another row."""
    terms = {}
    for key, value in model.state_dict().items():
        # A key's bias adds the same to every logit of a row, which softmax does not see.
        vector = value.is_floating_point() and value.dim() == 1 and not key.endswith("k_proj.bias")
        if vector or "positional_embedding" in key:
            terms[kind(key)] = (key, (key, value))
    for key, module in model.named_modules():
        if hasattr(module, "gelu"):
            terms[kind(key)] = (f"{key} with GELU", module)
    moves, whole, few = {}, {}, {"image": inputs["image"][:3], "text": inputs["text"][10:14]}
    for side in SIDES:
        distinct = list(dict.fromkeys(inputs[side])) if side == "text" else inputs[side]
        found = embed_with_open_clip(model, tokenizer, side, distinct)
        moves[f"another {side}"] = min(float(np.abs(a - b).max()) for a, b in itertools.combinations(found, 2))
        whole[side] = embed_with_open_clip(model, tokenizer, side, few[side])
    for key, term in terms.values():
        side = "image" if key.startswith("visual.") else "text"
        with without(model, term):
            moves[key] = largest_difference(embed_with_open_clip(model, tokenizer, side, few[side]), whole[side])
    return moves


def kind(key):
    """A name without the number of its block."""
    return re.sub(r"\.\d+\.", ".*.", re.sub(r"layer\d", "layer*", key))


def compare(arguments, name, weights, model, sets, tokenizer, folder):
    """Rows of one checkpoint, printed as they come."""
    dtype = {"f32": torch.float32, "f16": torch.float16}[weights]
    state = {key: value.to(dtype) if value.is_floating_point() else value for key, value in model.state_dict().items()}
    checkpoint = write_checkpoint(folder, name, state, MODELS[name])
    exact_model = copy.deepcopy(model)
    exact_model.load_state_dict(state)
    exact_model.double()
    rows = []
    for set_name, path, inputs in sets:
        with Stopwatch(resource.RUSAGE_CHILDREN) as assay:
            found = embed_with_assay(arguments.assay, checkpoint, path, folder, arguments.threads)
        with Stopwatch(resource.RUSAGE_SELF) as reference:
            model.load_state_dict(read_checkpoint(checkpoint))
            wanted = {side: embed_with_open_clip(model, tokenizer, side, inputs[side]) for side in SIDES}
        for side in SIDES:
            if found[side].shape != wanted[side].shape:
                raise Unmeasurable(f"assay wrote {side} embeddings {found[side].shape}, open_clip {wanted[side].shape}")
            exact = embed_with_open_clip(exact_model, tokenizer, side, inputs[side], torch.float64)
            rows.append({
                "model": name, "file": f"{MODELS[name]} {weights}", "set": set_name, "side": side, "rows": len(exact),
                "largestDifference": largest_difference(found[side], wanted[side]),
                "smallestCosine": smallest_cosine(found[side], wanted[side]),
                "assayRounding": largest_difference(found[side], exact),
                "openClipRounding": largest_difference(wanted[side], exact),
                "assaySeconds": assay.wall, "openClipSeconds": reference.wall,
                "assayProcessorSeconds": assay.processor, "openClipProcessorSeconds": reference.processor})
            print(LINE.format(**rows[-1]), flush=True)
    return rows


def measure(arguments, workplace):
    """Rows and controls of all models."""
    torch.set_num_threads(arguments.threads)
    generator = torch.Generator().manual_seed(SEED)
    sets = write_sets(workplace, generator)
    rows, moves = [], {}
    for name in MODELS:
        model = random_model(name, generator)
        tokenizer = open_clip.get_tokenizer(name)
        print(f"\n{name}\n{HEADING}", flush=True)
        moves[name] = controls(model, tokenizer, sets[0][2])
        for weights in ("f32", "f16"):
            with tempfile.TemporaryDirectory(dir=workplace) as folder:
                rows += compare(arguments, name, weights, model, sets, tokenizer, Path(folder))
        least = min(moves[name], key=moves[name].get)
        print(f"Controls: {len(moves[name])} mistakes, one at a time; the least moves embeddings by "
              f"{moves[name][least]:.1e} ({least})")
    return rows, moves


def parse():
    parser = argparse.ArgumentParser(prog="parity", description="Compares assay embed with open_clip on full-size models.")
    default = Path(__file__).resolve().parent.parent / ".build/release/assay"
    parser.add_argument("assay", nargs="?", type=Path, default=default, help="the program; .build/release/assay by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every row and control to a file")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                        help="of both sides; all processors by default")
    arguments = parser.parse_args()
    if not os.access(arguments.assay, os.X_OK):
        parser.error(f"{arguments.assay} is no program; build it with `make build` or give its path")
    arguments.assay = arguments.assay.resolve()
    return arguments


def main():
    arguments = parse()
    # open_clip warns that the weights are random, which is what is wanted.
    logging.disable(logging.WARNING)
    # An ended run removes its files too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    with tempfile.TemporaryDirectory(prefix="assay-parity-") as workplace:
        rows, moves = measure(arguments, Path(workplace))
    worst = max(row["largestDifference"] for row in rows)
    least = min(min(of_model.values()) for of_model in moves.values())
    if arguments.json:
        versions = {"open_clip": open_clip.__version__, "torch": torch.__version__, "numpy": np.__version__}
        arguments.json.write_text(json.dumps(
            {"tolerance": TOLERANCE, "seed": SEED, "threads": arguments.threads, "versions": versions, "rows": rows,
             "controls": moves}, indent=1) + "\n")
    if least <= TOLERANCE:
        raise Unmeasurable(f"a control moves embeddings by only {least:.1e}, so agreement would prove too little")
    agrees = worst <= TOLERANCE
    print(f"\nLargest difference {worst:.1e}: {'within' if agrees else 'BEYOND'} the tolerance of {TOLERANCE:.0e}")
    return 0 if agrees else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unmeasurable as problem:
        print(f"parity: {problem}", file=sys.stderr)
        sys.exit(2)
    except Exception:
        # Python's own status would be 1, which means that the numbers disagree.
        traceback.print_exc()
        sys.exit(2)
