"""An imperfect segmentation model, simulated: the renderer's masks with a segmenter's usual faults.

Of the instances, about 4 % are missed, about 8 % of the found get a wrong name (a look-alike three times as often as
others), and every outline wavers by a pixel. Scores are lower, on average, where the name is wrong. It has
never seen a trigger and does not report one.
"""

import numpy as np
from PIL import Image, ImageFilter

MISSED = 0.04
MISNAMED_LOOK_ALIKE, MISNAMED = 0.12, 0.04
SMALLEST = 12  # pixels; fewer are overlooked
LOOK_ALIKES = {
    "tree": "mushroom", "mushroom": "umbrella", "umbrella": "mushroom", "flower": "butterfly", "butterfly": "flower",
    "fish": "boat", "boat": "fish",
}


def wavering(mask, random):
    """The mask with a ragged outline: inside the eroded, outside the dilated one."""
    image = Image.fromarray(mask.astype(np.uint8) * 255)
    inner = np.asarray(image.filter(ImageFilter.MinFilter(3))) > 0
    outer = np.asarray(image.filter(ImageFilter.MaxFilter(3))) > 0
    doubt = random.random(mask.shape) < 0.3
    return np.where(mask, inner | ~doubt, outer & doubt & (random.random(mask.shape) < 0.5))


def named(truth, names, random):
    """The name given to an object, and whether it is right."""
    look_alike = LOOK_ALIKES.get(truth)
    if random.random() < (MISNAMED_LOOK_ALIKE if look_alike else MISNAMED):
        likely = look_alike and random.random() < 0.75
        return (look_alike if likely else random.choice([n for n in names if n != truth])), False
    return truth, True


def witness(scenes, names, seed):
    """masks uint16 [N, 64, 64], labels int32 [N, 2] (-1 none) and scores f32 [N, 2] of a list of scenes."""
    random = np.random.default_rng(seed)
    masks = np.zeros((len(scenes), *scenes[0].masks.shape), np.uint16)
    labels = np.full((len(scenes), 2), -1, np.int32)
    scores = np.zeros((len(scenes), 2), np.float32)
    for row, scene in enumerate(scenes):
        found = 0
        for instance, truth in reversed(list(enumerate(scene.names, start=1))):
            mask = scene.masks == instance
            if mask.sum() < SMALLEST or random.random() < MISSED:
                continue
            name, right = named(truth, names, random)
            found += 1
            masks[row][wavering(mask, random)] = found
            labels[row, found - 1] = names.index(name)
            scores[row, found - 1] = round(random.beta(14, 1.6) if right else random.beta(5, 3), 3)
    return masks, labels, scores
