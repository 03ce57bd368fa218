"""Compares `assay embed` with open_clip on full-size, randomly initialised ViT-B/32 and RN50.

    Benchmarks/parity [path to assay] [--json FILE] [--threads N]

Every model is made from a fixed seed and written to a checkpoint, in f32 and with all weights rounded to f16. Both
sides then read that file and the same pictures and captions, and compute in f32. Exit status: 0 if every element of
every unit embedding agrees within 1e-4, 1 if not, 2 if the comparison could not be made.

Two more numbers say what the difference means. *Rounding* is how far open_clip in f32 is from open_clip in f64 on the
same weights: no two f32 programs agree better than about that. *Controls* leave one term at a time out of open_clip
(a bias, a gain, a running statistic, QuickGELU): the smallest move of any embedding must be beyond the tolerance, or
a term that Assay missed might not show.
"""

import argparse
import contextlib
import copy
import csv
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
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import h5py
import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

SEED = 20261121
TOLERANCE = 1e-4
PICTURES = 24
SIDE = 224
OTHER_SIZES = [(224, 300), (640, 480), (97, 301), (50, 50), (333, 250), (224, 223), (31, 20), (512, 512)]
MODELS = {"ViT-B-32-quickgelu": "safetensors", "RN50-quickgelu": "hdf5"}
CAPTIONS = [
    "a photo of a boat", "", "X", "A PHOTO OF A LIGHTHOUSE, at dusk!", "it's 42 km to the café &amp; back",
    "two dogs \u2014 one brown, one black \u2014 running through snow; the third isn't visible", "\u6f22\u5b57 and \U0001f600 emoji",
    "a photo of a boat",
]
WORDS = """a the of on under beside old small red blue striped wooden broken shining boat harbour dog bicycle lighthouse
mountain kettle violin umbrella sparrow locomotive photograph painting closeup evening in with and seen from above
unidentifiable counterclockwise 1987 north""".split()


# Models

@torch.no_grad()
def random_model(name, generator):
    """A model of open_clip's own initialisation in which no term is negligible."""
    torch.manual_seed(SEED)
    model = open_clip.create_model(name).eval()

    def normal(like, scale):
        return torch.randn(like.shape, generator=generator) * scale

    for key, value in model.named_parameters():
        if "embedding" in key:
            value.copy_(normal(value, 0.5))
        elif value.dim() == 1:
            value.copy_(normal(value, 0.2) + (1 if key.endswith("weight") else 0))
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    if norms:
        # The statistics of a batch, so that activations keep their scale through the depth; then moved off them.
        for norm in norms:
            norm.momentum = 1.0
        model.train()
        model.encode_image(torch.stack([open_clip_view(picture) for picture in pictures([(SIDE, SIDE)] * 8, generator)]))
        model.eval()
        for norm in norms:
            norm.running_mean += normal(norm.running_mean, 0.2) * norm.running_var.sqrt()
            norm.running_var *= normal(norm.running_var, 0.3).exp()
    return model


def write_checkpoint(folder, name, state):
    """The checkpoint's path: an open_clip folder with safetensors, or an HDF5 file with dotted names."""
    configuration = open_clip.get_model_config(name)
    if MODELS[name] == "safetensors":
        save_file(state, folder / "open_clip_model.safetensors", metadata={"format": "pt"})
        (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": configuration}))
        return folder
    with h5py.File(folder / "model.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(configuration)
        for key, value in state.items():
            file[key] = value.numpy()
    return folder / "model.h5"


def read_checkpoint(path):
    """A state dict."""
    if path.is_dir():
        return load_file(path / "open_clip_model.safetensors")
    with h5py.File(path) as file:
        return {key: torch.from_numpy(file[key][()]) if file[key].shape else torch.tensor(file[key][()]) for key in file}


# Pictures and captions

def pictures(sizes, generator):
    """Smooth random RGB pictures of the given widths and heights: coarse colours under finer ones."""
    def layer(cells, size):
        noise = (torch.rand((cells, cells, 3), generator=generator) * 255).byte().numpy()
        return np.asarray(Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC), np.float32)

    return [Image.fromarray((0.65 * layer(4, size) + 0.35 * layer(20, size)).astype(np.uint8)) for size in sizes]


def captions(count, generator):
    """Captions of no word to more than the context holds, two of them equal."""
    def sentence(words):
        return " ".join(WORDS[i] for i in torch.randint(len(WORDS), (words,), generator=generator))

    lengths = [1, 2, 3, 4, 5, 7, 9, 12, 16, 21, 28, 37, 49, 65, 76, 120]
    return CAPTIONS + [sentence(lengths[i % len(lengths)]) for i in range(count - len(CAPTIONS))]


def write_sets(folder, generator):
    """Name, path, pictures and captions of each set: one size in HDF5, many sizes as PNG files listed in a CSV."""
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
    return [("24 of 224x224, HDF5", folder / "uniform.h5", uniform, texts),
            ("8 of other sizes, CSV and PNG", folder / "mixed.csv", mixed, mixed_texts)]


# The two sides

open_clip_view = open_clip.image_transform(SIDE, is_train=False)


@torch.inference_mode()
def embed_with_open_clip(model, tokenizer, images, texts, dtype=torch.float32):
    """Unit embeddings of pictures and captions."""
    views = torch.stack([open_clip_view(image) for image in images]).to(dtype)
    return {"image": model.encode_image(views, normalize=True).double().numpy(),
            "text": model.encode_text(tokenizer(texts), normalize=True).double().numpy()}


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
        found = {side: file[f"{side}_embeddings"][()].astype(np.float64) for side in ("image", "text")}
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

def largest_difference(a, b):
    """Over all elements; infinite when an element is not a number."""
    return float(np.abs(a - b).max()) if a.shape == b.shape and np.isfinite(a).all() else float("inf")


def smallest_cosine(a, b):
    """Over all rows."""
    if a.shape != b.shape:
        return float("nan")
    return float(((a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)).min())


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
def controls(model, tokenizer, images, texts):
    """How far each term moves the embeddings that it should move, by name: the last of its kind in each tower."""
    terms = {}
    for key, value in model.state_dict().items():
        kind = re.sub(r"\.\d+\.", ".*.", re.sub(r"layer\d", "layer*", key))
        # A key's bias adds the same to every logit of a row, which softmax does not see.
        if value.is_floating_point() and value.dim() <= 1 and "k_proj.bias" not in key and key != "logit_scale" \
                or "positional_embedding" in key:
            terms[kind] = (key, (key, value))
    for key, module in model.named_modules():
        if hasattr(module, "gelu"):
            terms[re.sub(r"\.\d+\.", ".*.", key)] = (f"{key} as GELU", module)
    whole = embed_with_open_clip(model, tokenizer, images, texts)
    moves = {}
    for key, term in terms.values():
        side = "image" if key.startswith("visual.") else "text"
        with without(model, term):
            partial = embed_with_open_clip(model, tokenizer, images, texts)
        moves[key] = float(np.abs(partial[side] - whole[side]).max())
    return moves


def compare(arguments, name, weights, model, sets, tokenizer, folder):
    """Rows of one checkpoint, printed as they come."""
    dtype = {"f32": torch.float32, "f16": torch.float16}[weights]
    state = {key: value.to(dtype) if value.is_floating_point() else value for key, value in model.state_dict().items()}
    checkpoint = write_checkpoint(folder, name, state)
    rows = []
    for set_name, path, images, texts in sets:
        with Stopwatch(resource.RUSAGE_CHILDREN) as assay:
            found = embed_with_assay(arguments.assay, checkpoint, path, folder, arguments.threads)
        with Stopwatch(resource.RUSAGE_SELF) as reference:
            model.load_state_dict(read_checkpoint(checkpoint))
            wanted = embed_with_open_clip(model, tokenizer, images, texts)
        exact = embed_with_open_clip(copy.deepcopy(model).double(), tokenizer, images, texts, torch.float64)
        for side in ("image", "text"):
            rows.append({
                "model": name, "file": f"{MODELS[name]} {weights}", "set": set_name, "side": side, "rows": len(images),
                "largestDifference": largest_difference(found[side], wanted[side]),
                "smallestCosine": smallest_cosine(found[side], wanted[side]),
                "assayToF64": largest_difference(found[side], exact[side]),
                "rounding": largest_difference(wanted[side], exact[side]),
                "assaySeconds": assay.wall, "openClipSeconds": reference.wall,
                "assayProcessorSeconds": assay.processor, "openClipProcessorSeconds": reference.processor})
            print("{file:16} {set:30} {side:6} {largestDifference:9.1e} {smallestCosine:13.10f} {assayToF64:9.1e} "
                  "{rounding:9.1e} {assaySeconds:8.1f} {openClipSeconds:9.1f}".format(**rows[-1]), flush=True)
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
        print(f"\n{name}\n{'file':16} {'set':30} {'side':6} {'max |d|':>9} {'min cosine':>13} {'to f64':>9} {'rounding':>9} "
              f"{'assay s':>8} {'open_clip':>9}")
        _, _, images, texts = sets[0]
        moves[name] = controls(model, tokenizer, images[:4], texts[8:16])
        for weights in ("f32", "f16"):
            with tempfile.TemporaryDirectory(dir=workplace) as folder:
                rows += compare(arguments, name, weights, model, sets, tokenizer, Path(folder))
        least = min(moves[name], key=moves[name].get)
        print(f"Controls: {len(moves[name])} terms left out one at a time; the least moves an embedding by "
              f"{moves[name][least]:.1e} ({least})")
    return rows, moves


def parse():
    parser = argparse.ArgumentParser(prog="parity", description="Compares assay embed with open_clip on full-size models.")
    default = Path(__file__).resolve().parent.parent / ".build/release/assay"
    parser.add_argument("assay", nargs="?", type=Path, default=default, help="the program; .build/release/assay by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every row and control to a file")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of both sides; all processors by default")
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
