"""Loads repaired models in open_clip or transformers as they stand and compares embeddings with `assay embed`.

    Benchmarks/loads FOLDER... --images SET [--assay PATH] [--count N]
    Benchmarks/loads --make FOLDER

FOLDER is what a repair wrote: open_clip loads it as `local-dir:FOLDER`, transformers one with a `config.json` by
`from_pretrained`, both with no option beside. Both sides embed the first images and captions of an HDF5 set in f32. Exit
status: 0 if every element of every unit embedding agrees within 1e-4, 1 if not, 2 if a folder could not be loaded. `--make`
writes a small model with random weights as transformers does, to be repaired.
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
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizerFast

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


@torch.inference_mode()
def embed_with_transformers(folder, images, captions):
    """The same by transformers' own loader, processor and tokenizer."""
    model = CLIPModel.from_pretrained(folder).eval().float()
    processor = CLIPProcessor.from_pretrained(folder)
    inputs = processor(text=captions, images=[Image.fromarray(image) for image in images], return_tensors="pt", padding=True,
                       truncation=True, max_length=model.config.text_config.max_position_embeddings)
    found = model(**inputs)
    return {"image": found.image_embeds.double().numpy(), "text": found.text_embeds.double().numpy()}


def make(folder):
    """A small CLIP with random weights in transformers' own files."""
    source = Path(__file__).resolve().parent.parent / "Fixtures/golden/tokenizer/hf"
    tokenizer = CLIPTokenizerFast(vocab=str(source / "vocab.json"), merges=str(source / "merges.txt"))
    torch.manual_seed(1)
    shape = {"hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 3, "num_attention_heads": 2}
    start, end = tokenizer.bos_token_id, tokenizer.eos_token_id
    CLIPModel(CLIPConfig(
        projection_dim=64, text_config={**shape, "vocab_size": len(tokenizer), "bos_token_id": start, "eos_token_id": end},
        vision_config={**shape, "image_size": 32, "patch_size": 8})).save_pretrained(folder)
    sides = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    CLIPProcessor(CLIPImageProcessor(**sides), tokenizer).save_pretrained(folder)


def embed_with_assay(assay, folder, images, place):
    """What `assay embed` writes for the same set."""
    dump = Path(place) / "embeddings.h5"
    if (folder / "config.json").exists():
        model = [folder]
    else:
        model = [folder / "model.safetensors", "--vocabulary", Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"]
    subprocess.run([assay, "embed", *model, "--images", images, "--out", dump, "--precision", "f32"], check=True,
                   capture_output=True)
    with h5py.File(dump) as file:
        return {side: file[f"{side}_embeddings"][()].astype(np.float64) for side in ("image", "text")}


def main():
    parser = argparse.ArgumentParser(prog="loads", description="Loads repaired models in open_clip or transformers.")
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--images", type=Path, help="an HDF5 set with images and captions")
    parser.add_argument("--make", type=Path, metavar="FOLDER", help="write a small random model as transformers does")
    parser.add_argument("--assay", type=Path, default=Path(__file__).resolve().parent.parent / ".build/release/assay")
    parser.add_argument("--count", type=int, default=200, help="images and captions compared")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    if arguments.make:
        make(arguments.make)
        return 0
    if not arguments.folders or not arguments.images:
        parser.error("name the folders of repaired models, and --images")
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="assay-loads-") as place:
        part = Path(place) / "part.h5"
        with h5py.File(arguments.images) as file, h5py.File(part, "w") as out:
            images = file["images"][:arguments.count]
            captions = [text.decode() for text in file["captions"][:arguments.count]]
            out.create_dataset("images", data=images)
            out.create_dataset("captions", data=captions, dtype=h5py.string_dtype())
        for folder in arguments.folders:
            embed = embed_with_transformers if (folder / "config.json").exists() else embed_with_open_clip
            wanted = embed(folder.resolve(), images, captions)
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
