"""The inputs of the gradients and of every strategy's step: pictures, views, captions, prompts. Everything that a
strategy would draw at random is drawn here once and stored; a step draws nothing.

Six pairs a model. Pictures are 16 x 16 waves in steps of 8, each pixel repeated, so that the file stays small:

    pixels       the pictures                       ids            their captions
    view         an augmented view of each          view_ids       an augmented caption (words swapped, dropped)
    light        PAR's light noise and erasing      positive_ids   CleanerCLIP's factual sub-caption
    triggered    the pictures with a trigger        negative_ids   its counterfactual
    prompt_ids   [5, 2, context] two prompts each of five labels
    labels       label of each picture;             `target` (attribute) the label that the trigger is taken for
    target_ids   captions that name the target
"""

import numpy as np
import torch

from towers import models, write

COUNT, LABELS, TARGET = 6, 5, 2
START, END = models.START, models.END


def pictures(side, random):
    y, x = np.mgrid[0:16, 0:16] / 16
    out = np.zeros((COUNT, 16, 16, 3))
    for picture in out:
        for channel in range(3):
            for _ in range(3):
                fy, fx, phase = random.integers(-3, 4), random.integers(-3, 4), random.uniform(0, 2 * np.pi)
                picture[..., channel] += random.uniform(10, 50) * np.sin(2 * np.pi * (fy * y + fx * x) + phase)
    out = (np.clip(out + random.uniform(90, 160, (COUNT, 1, 1, 3)), 0, 255) // 8 * 8).astype(np.uint8)
    return out.repeat(side // 16, 1).repeat(side // 16, 2)


def views(pixels, random):
    """Mirrored, brighter or darker, inverted every third."""
    out = pixels[:, :, ::-1].astype(np.int64) + 8 * random.integers(-6, 7, (COUNT, 1, 1, 3))
    out[::3] = 248 - out[::3]
    return np.clip(out, 0, 255).astype(np.uint8)


def light(pixels, random):
    """Brightening noise on half of them, a square of the mean colour on the others."""
    side = pixels.shape[1]
    out = pixels.astype(np.int64)
    coarse = np.maximum(random.normal(0, 51, (COUNT, side // 8, side // 8, 3)), 0) // 8 * 8
    out[::2] += coarse.repeat(8, 1).repeat(8, 2).astype(np.int64)[::2]
    for row in range(1, COUNT, 2):
        top, left = random.integers(0, side - 5, 2)
        out[row, top:top + 5, left:left + 5] = (122, 116, 104)
    return np.clip(out, 0, 255).astype(np.uint8)


def with_trigger(pixels, random):
    """A six by six checkerboard, somewhere."""
    out = pixels.copy()
    checks = np.indices((6, 6)).sum(0) % 2
    for picture in out:
        top, left = random.integers(0, pixels.shape[1] - 5, 2)
        picture[top:top + 6, left:left + 6] = np.where(checks[..., None] == 1, (248, 0, 248), (0, 200, 0))
    return out


def caption(words, context):
    row = np.zeros(context, np.int32)
    row[:len(words) + 2] = [START, *words, END]
    return row


def captions(lists, context):
    return np.stack([caption(words, context) for words in lists])


def make(side, context, seed):
    """All inputs as a dictionary of arrays."""
    random = np.random.default_rng(seed)
    pixels = pictures(side, random)
    words = [random.integers(1, START, length).tolist() for length in (3, 4, 6, 7, 9, 12)]
    swapped = [[*w[1:-1], w[0]] for w in words]
    positive = [w[:2] for w in words]
    negative = [[w[0], int(random.integers(1, START))] for w in words]
    names = random.integers(1, START, (LABELS, 1)).tolist()
    prompts = np.stack([captions([[11, 5, *name], [11, 7, 8, *name]], context) for name in names])
    target = [[11, 5, *names[TARGET]], [11, 9, 4, *names[TARGET], 6], [3, *names[TARGET]],
              [11, 7, 8, *names[TARGET]], [2, 3, *names[TARGET], 4], [*names[TARGET], 10, 12]]
    return {
        "pixels": pixels, "view": views(pixels, random), "light": light(pixels, random),
        "triggered": with_trigger(pixels, random), "ids": captions(words, context),
        "view_ids": captions(swapped, context), "positive_ids": captions(positive, context),
        "negative_ids": captions(negative, context), "target_ids": captions(target, context),
        "prompt_ids": prompts, "labels": np.array([0, 1, 3, 4, 1, 0], np.int32),
    }


def tensors(arrays, dtype=torch.float64):
    """Pictures as [N, 3, H, W] in 0 ... 1, whole numbers as they are."""
    return {key: torch.from_numpy(value).permute(0, 3, 1, 2).to(dtype) / 255 if value.dtype == np.uint8
            else torch.from_numpy(value).long() for key, value in arrays.items()}


def store(group, arrays):
    group.attrs["target"] = TARGET
    write(group, **arrays)
