"""AutoAugment's operations by torchvision on Pillow pictures: `augmentation.h5`, read by Tests/RepairTests.

`picture` [14, 12, 3], and a group an operation with `magnitudes` and `results` [magnitudes, 14, 12, 3]; the sub-policies as
torchvision lists them, one line each. Run from anywhere: `python augmentation.py`.
"""

from pathlib import Path

import h5py
import numpy as np
from PIL import Image
from torchvision.transforms import AutoAugment, InterpolationMode
from torchvision.transforms.autoaugment import _apply_op

NAMES = {"posterize": "Posterize", "rotate": "Rotate", "solarize": "Solarize", "autoContrast": "AutoContrast",
         "equalize": "Equalize", "color": "Color", "contrast": "Contrast", "invert": "Invert",
         "sharpness": "Sharpness", "shearX": "ShearX"}


def main():
    random = np.random.default_rng(11)
    y, x = np.mgrid[0:14, 0:12]
    waves = np.stack([120 + 70 * np.sin(0.3 * x + k) + 30 * np.cos(0.5 * y * (k + 1)) for k in range(3)], -1)
    picture = np.clip(waves + random.normal(0, 12, waves.shape), 20, 230).astype(np.uint8)
    policy = AutoAugment()
    space = policy._augmentation_space(10, picture.shape[:2])
    with h5py.File(Path(__file__).resolve().parent / "augmentation.h5", "w") as store:
        store.create_dataset("picture", data=picture)
        back = {name: key for key, name in NAMES.items()}
        lines = [" ".join(f"{back[name]} {p} {bin or 0}" for name, p, bin in pair) for pair in policy.policies]
        store.create_dataset("policies", data=lines, dtype=h5py.string_dtype())
        for key, name in NAMES.items():
            sizes, signed = space[name]
            bins = [float(sizes[i]) for i in (1, 4, 8)] if sizes.ndim else [0.0]
            bins += [-value for value in bins] if signed else []
            results = [np.asarray(_apply_op(Image.fromarray(picture), name, value, InterpolationMode.NEAREST, None))
                       for value in bins]
            group = store.create_group(key)
            group.create_dataset("magnitudes", data=np.array(bins, np.float32))
            group.create_dataset("results", data=np.stack(results), compression="gzip", shuffle=True)
            if sizes.ndim:
                group.create_dataset("bins", data=sizes.numpy().astype(np.float32))


if __name__ == "__main__":
    main()
