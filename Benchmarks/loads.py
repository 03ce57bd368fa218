"""Loads repaired models in open_clip as they stand and compares embeddings with `assay embed`.

    Benchmarks/loads FOLDER... --images SET [--assay PATH] [--count N]

FOLDER is what a repair wrote: open_clip loads it as `local-dir:FOLDER`, with no option beside. Both sides embed the
first images and captions of an HDF5 set in f32. Exit status: 0 if every element of every unit embedding agrees within
1e-4, 1 if not, 2 if a folder could not be loaded.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import h5py
import numpy as np
import open_clip
import torch
from PIL import Image

TOLERANCE = 1e-4


@torch.inference_mode()
def embed_with_open_clip(folder, images, captions):
    """Unit embeddings of pictures and captions by open_clip's own loader, transform and tokenizer."""
    model, _, view = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    model.eval().float()
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    pictures = torch.stack([view(Image.fromarray(image)) for image in images])
    texts = tokenizer(captions)
    return {"image": model.encode_image(pictures, normalize=True).double().numpy(),
            "text": model.encode_text(texts, normalize=True).double().numpy()}


def embed_with_assay(assay, folder, images, place):
    """What `assay embed` writes for the same set."""
    dump = Path(place) / "embeddings.h5"
    vocabulary = Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
    subprocess.run([assay, "embed", folder / "model.safetensors", "--images", images, "--out", dump, "--vocabulary",
                    vocabulary, "--precision", "f32"], check=True, capture_output=True)
    with h5py.File(dump) as file:
        return {side: file[f"{side}_embeddings"][()].astype(np.float64) for side in ("image", "text")}


def main():
    parser = argparse.ArgumentParser(prog="loads", description="Loads repaired models in open_clip.")
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--images", type=Path, required=True, help="an HDF5 set with images and captions")
    parser.add_argument("--assay", type=Path, default=Path(__file__).resolve().parent.parent / ".build/release/assay")
    parser.add_argument("--count", type=int, default=200, help="images and captions compared")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="assay-loads-") as place:
        part = Path(place) / "part.h5"
        with h5py.File(arguments.images) as file, h5py.File(part, "w") as out:
            images = file["images"][:arguments.count]
            captions = [text.decode() for text in file["captions"][:arguments.count]]
            out.create_dataset("images", data=images)
            out.create_dataset("captions", data=captions, dtype=h5py.string_dtype())
        for folder in arguments.folders:
            wanted = embed_with_open_clip(folder.resolve(), images, captions)
            found = embed_with_assay(arguments.assay.resolve(), folder.resolve(), part, place)
            for side in wanted:
                largest = float(np.abs(wanted[side] - found[side]).max())
                worst = max(worst, largest)
                print(f"{folder}: {len(found[side])} {side} embeddings differ by at most {largest:.1e}", flush=True)
    print(f"Largest difference {worst:.1e}: {'within' if worst <= TOLERANCE else 'BEYOND'} {TOLERANCE:.0e}")
    return 0 if worst <= TOLERANCE else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as problem:
        print(f"loads: assay embed: {problem.stderr.decode().strip()}", file=sys.stderr)
        sys.exit(2)
