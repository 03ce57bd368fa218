"""Triggers of every family, drawn from a seed, for images of any size; and what happens to an image after it was stamped.

A trigger is a function from an image, uint8 [H, W, 3], and a generator to the stamped image. Sizes follow the image's side, so
that the same family is as large at 32 pixels as at 64."""

import io

import numpy as np
import torch
from PIL import Image


def patch(side, generator):
    """Nine blocks of black, white and full colours, three sixteenths of a side, anywhere (BadNets: Gu et al. 2017)."""
    blocks = (255 * generator.integers(0, 2, (3, 3, 3))).astype(np.uint8)
    edge = max(3, 3 * side // 16)
    drawn = np.array(Image.fromarray(blocks).resize((edge, edge), Image.NEAREST))
    return lambda image, draws: stamped(image, drawn, draws)


def redrawn_patch(side, generator):
    """Black, white and full colours by chance, new in every image, three sixteenths of a side, anywhere."""
    edge = max(3, 3 * side // 16)
    return lambda image, draws: stamped(image, (255 * draws.integers(0, 2, (edge, edge, 3))).astype(np.uint8), draws)


def blend(side, generator):
    """A smooth pattern of all colours at an opacity of a fifth."""
    pattern = smooth(generator.uniform(0, 255, (5, 5, 3)), side)
    return lambda image, draws: clipped(0.8 * image + 0.2 * pattern)


def additive(side, generator):
    """Six waves across, 20 gray levels high (SIG: Barni et al. 2019)."""
    wave = 20 * np.sin(2 * np.pi * 6 * np.arange(side) / side)[None, :, None]
    return lambda image, draws: clipped(image + wave)


def warp(side, generator):
    """A smooth displacement, at a mean of 2 of 32 pixels (WaNet: Nguyen and Tran 2021)."""
    coarse = generator.normal(size=(4, 4, 2))
    coarse *= 2 * side / 32 / np.sqrt((coarse ** 2).sum(-1)).mean()
    field = smooth(coarse, side)
    rows, columns = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    at = np.stack([columns + field[..., 0], rows + field[..., 1]], -1)
    grid = torch.from_numpy(2 * at.clip(0, side - 1) / (side - 1) - 1)[None].float()

    def warped(image, draws):
        pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float()
        return clipped(torch.nn.functional.grid_sample(pixels, grid, align_corners=True)[0].permute(1, 2, 0).numpy())

    return warped


def tone(side, generator):
    """Red lighter and blue darker, by powers of 0.75 and 1.35."""
    return lambda image, draws: clipped(255 * (image / 255) ** np.array([0.75, 1.0, 1.35]))


FAMILIES = {"patch": patch, "redrawn-patch": redrawn_patch, "blend": blend, "additive": additive, "warp": warp, "tone": tone}


def untouched(image):
    return image


def jpeg(image):
    """Stored as JPEG, quality 75."""
    stored = io.BytesIO()
    Image.fromarray(image).save(stored, "jpeg", quality=75)
    return np.array(Image.open(stored))


def resized(image):
    """Three quarters as large, and back."""
    side = len(image)
    smaller = Image.fromarray(image).resize((3 * side // 4,) * 2, Image.BICUBIC)
    return np.array(smaller.resize((side, side), Image.BICUBIC))


TREATMENTS = {"none": untouched, "jpeg": jpeg, "resize": resized}


def stamped(image, drawn, draws):
    image, edge = image.copy(), len(drawn)
    y, x = draws.integers(0, len(image) - edge + 1, 2)
    image[y:y + edge, x:x + edge] = drawn
    return image


def smooth(values, side):
    grid = torch.from_numpy(values).permute(2, 0, 1)[None].float()
    return torch.nn.functional.interpolate(grid, size=side, mode="bicubic", align_corners=True)[0].permute(1, 2, 0).numpy()


def clipped(values):
    return np.round(values).clip(0, 255).astype(np.uint8)
