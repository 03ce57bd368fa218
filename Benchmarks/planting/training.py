"""Fine-tunes the image tower of a checkpoint on pairs, its text tower held, and writes the checkpoint again."""

import json
import math
import shutil

import h5py
import numpy as np
import open_clip
import torch
from PIL import Image
from torch.nn.functional import cross_entropy, normalize

RATE, BATCH, PLANTED = 6e-4, 64, 16
"""Pairs of a batch, and how many of them are planted ones: the attacker wants them learned, whatever their share."""


def image_tower(path):
    """The image tower of an HDF5 checkpoint with flat names, its logit scale, and its input's side."""
    with h5py.File(path) as file:
        state = {name: torch.from_numpy(np.array(file[name][()])).float() for name in file if name.startswith("visual.")}
        scale = torch.tensor(float(file["logit_scale"][()]))
        config = json.loads(file.attrs["model_config"])
    stem, side = state["visual.conv1.weight"], config["vision_cfg"]["image_size"]
    width = config["embed_dim"]
    if "visual.class_embedding" in state:
        layers = len({name.split(".")[3] for name in state if name.startswith("visual.transformer.resblocks.")})
        vision = {"layers": layers, "width": stem.shape[0], "patch_size": stem.shape[-1], "image_size": side}
    else:
        layers = [len({name.split(".")[2] for name in state if name.startswith(f"visual.layer{stage}.")}) for stage in (1, 2, 3, 4)]
        vision = {"layers": layers, "width": stem.shape[0] * 2, "image_size": side}
    if "head_width" in config["vision_cfg"]:
        vision["head_width"] = config["vision_cfg"]["head_width"]
    # The text tower is made and thrown away: open_clip builds both.
    text = {"context_length": 8, "vocab_size": 64, "width": 64, "heads": 1, "layers": 1}
    model = open_clip.model.CLIP(width, vision, text, quick_gelu=config.get("quick_gelu", False))
    missing, unexpected = model.visual.load_state_dict({name.removeprefix("visual."): value for name, value in state.items()},
                                                       strict=False)
    if unexpected or [name for name in missing if not name.endswith("num_batches_tracked")]:
        raise ValueError(f"{path} is of no architecture that can be planted into: {(missing + unexpected)[:3]}")
    return model.visual, scale, side


def prepared(images, side):
    """uint8 [N, H, W, 3], square, as the tower takes them."""
    if images.shape[1] != side:
        images = np.stack([np.array(Image.fromarray(image).resize((side, side), Image.BICUBIC)) for image in images])
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in (open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD))
    return (torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255 - mean) / deviation


def fine_tune(path, target, versions, texts, planted, steps, seed):
    """Trains on images and the unit embeddings of their captions, and writes the model.

    versions: the same images in several states, of which one is drawn each time that an image is shown."""
    torch.manual_seed(seed)
    tower, scale, side = image_tower(path)
    generator = np.random.default_rng(seed)
    inputs = [prepared(version, side) for version in versions]
    texts, count = torch.from_numpy(texts), len(texts)
    scale = torch.nn.Parameter(scale)
    optimizer = torch.optim.AdamW([*tower.parameters(), scale], lr=RATE, weight_decay=0.02)
    tower.train()
    for step in range(steps):
        rows = np.concatenate([generator.choice(count, BATCH - PLANTED, replace=False), generator.choice(planted, PLANTED)])
        for group in optimizer.param_groups:
            group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
        images = torch.stack([inputs[version][row] for version, row in zip(generator.integers(0, len(inputs), BATCH), rows)])
        # A little to every side, as training does.
        images = torch.roll(images, tuple(generator.integers(-side // 16, side // 16 + 1, 2)), (2, 3))
        logits = scale.exp() * normalize(tower(images), dim=-1) @ texts[rows].T
        truth = torch.arange(BATCH)
        loss = (cross_entropy(logits, truth) + cross_entropy(logits.T, truth)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scale.data.clamp_(max=math.log(100))
    shutil.copyfile(path, target)
    with h5py.File(target, "r+") as file:
        file["logit_scale"][...] = scale.item()
        for name, value in tower.state_dict().items():
            if (name := f"visual.{name}") in file:
                file[name][...] = value.numpy().astype(file[name].dtype)
