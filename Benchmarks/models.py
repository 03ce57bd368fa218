"""Full-size CLIP models of random weights and pictures for them: what the comparisons with open_clip share."""

import json
import os

os.environ["HF_HUB_OFFLINE"] = "1"

import h5py
import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

SEED = 20261121
SIDE = 224
open_clip_view = open_clip.image_transform(SIDE, is_train=False)


@torch.no_grad()
def random_model(name, generator):
    """A model of open_clip's own initialisation, with vectors and statistics at which no term is negligible."""
    torch.manual_seed(SEED)
    model = open_clip.create_model(name).eval()

    def normal(like, scale):
        return torch.randn(like.shape, generator=generator) * scale

    for key, value in model.named_parameters():
        if "embedding" in key:
            value.copy_(normal(value, 0.5))
        elif ".mlp." in key and value.dim() == 2:
            # Into the range where QuickGELU and GELU differ.
            value *= 2
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


def write_checkpoint(folder, name, state, form):
    """The checkpoint's path: an open_clip folder ("safetensors"), or an HDF5 file with dotted names ("hdf5")."""
    configuration = open_clip.get_model_config(name)
    if form == "safetensors":
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


def pictures(sizes, generator):
    """Smooth random RGB pictures of the given widths and heights: coarse colours under finer ones."""
    def layer(cells, size):
        noise = (torch.rand((cells, cells, 3), generator=generator) * 255).byte().numpy()
        return np.asarray(Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC), np.float32)

    return [Image.fromarray((0.65 * layer(4, size) + 0.35 * layer(20, size)).astype(np.uint8)) for size in sizes]


def largest_difference(a, b):
    """Over all elements; 2, the most for unit rows, when one is not a number."""
    return float(np.abs(a - b).max()) if np.isfinite(a).all() else 2.0
