"""Resized, cropped and decoded images as Pillow and torchvision make them.

Run from anywhere: `python make.py`. Writes beside itself:

    resize.h5        a group a case: input uint8 [H, W, 3]; output, after Resize (bicubic, shortest side);
                     cropped, after CenterCrop. Attributes size and crop.
    images/          small PNG and JPEG files, one a variant of the format
    decoded.h5       the RGB pixels of each of them, uint8 [H, W, 3], keyed by file name

PNG files are written by a few lines of our own where Pillow cannot (16-bit colour, interlacing, odd
chunks). Pillow's own reading is the expectation, except for 16-bit gray: Pillow clips it, the
expectation is its high byte.
"""

import struct
import zlib
from pathlib import Path

import h5py
import numpy as np
from PIL import Image
from torchvision.transforms import CenterCrop, InterpolationMode, Resize

HERE = Path(__file__).resolve().parent
SEED = 7
GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
SAMPLES = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGBA: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]

# name: (width, height, size, crop)
RESIZE_CASES = {
    "noise-32-to-64": (32, 32, 64, 64),
    "photo-160x120-to-56": (160, 120, 56, 56),
    "photo-120x160-to-56": (120, 160, 56, 56),
    "odd-61x47-to-32": (61, 47, 32, 32),
    "odd-75x76-to-33": (75, 76, 33, 33),
    "tall-20x90-to-32": (20, 90, 32, 32),
    "wide-150x21-to-28": (150, 21, 28, 28),
    "one-pixel-1x1-to-8": (1, 1, 8, 8),
    "one-row-9x1-to-8": (9, 1, 8, 8),
    "one-column-1x7-to-4": (1, 7, 4, 4),
    "equal-48x48-to-48": (48, 48, 48, 48),
    "equal-short-side-48x65-to-48": (48, 65, 48, 48),
    "slightly-smaller-66x65-to-64": (66, 65, 64, 64),
    "crop-inside-50x40-to-40": (50, 40, 40, 32),
    "crop-padded-30x41-to-24": (30, 41, 24, 32),
    "shrunk-much-200x131-to-16": (200, 131, 16, 16),
}


def picture(width, height, random):
    """Gradients, a hard-edged disc and some noise: what shows a wrong filter."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    channels = [255 * x / max(width - 1, 1), 255 * y / max(height - 1, 1), (x * y) % 256]
    pixels = np.stack(channels, -1)
    disc = (x - width / 2) ** 2 + (y - height / 3) ** 2 < (min(width, height) / 4) ** 2
    pixels[disc] = (250, 5, 120)
    noisy = x > 0.6 * width
    pixels[noisy] = random.integers(0, 256, pixels[noisy].shape)
    return pixels.astype(np.uint8)


def write_resize_cases(random):
    with h5py.File(HERE / "resize.h5", "w") as store:
        for name, (width, height, size, crop) in RESIZE_CASES.items():
            pixels = random.integers(0, 256, (height, width, 3), np.uint8) if "noise" in name \
                else picture(width, height, random)
            resized = Resize(size, InterpolationMode.BICUBIC)(Image.fromarray(pixels))
            group = store.create_group(name)
            group.attrs.update({"size": size, "crop": crop})
            for key, value in (("input", pixels), ("output", resized), ("cropped", CenterCrop(crop)(resized))):
                group.create_dataset(key, data=np.asarray(value), compression="gzip", shuffle=True)


def png(samples, colour, depth=8, interlaced=False, chunks=()):
    """PNG bytes of integer `samples` [H, W, channels]; `chunks` are (type, bytes) before the pixels."""
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    passes = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [samples]
    rows = b"".join(b"\0" + packed(row, depth) for part in passes if part.size for row in part)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts)


def packed(row, depth):
    """One scan line, `depth` bits a sample, big end first."""
    values = row.reshape(-1)
    if depth == 16:
        return values.astype(">u2").tobytes()
    bits = (values[:, None] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.astype(np.uint8)).tobytes()


def png_files(random):
    """File name: PNG bytes. 21 x 13 pixels: no side is a multiple of eight."""
    base = picture(21, 13, random).astype(int)
    gray = base.mean(-1, keepdims=True).astype(int)
    wide = base * 256 + random.integers(0, 256, base.shape)
    hidden = np.concatenate([base, np.where(gray > 100, 255, 0)], -1)
    palette = random.integers(0, 256, (16, 3), np.uint8)
    indices = random.integers(0, 16, (13, 21, 1))
    gamma = [(b"gAMA", struct.pack(">I", 100000)), (b"cHRM", struct.pack(">8I", *[31270, 32900] * 4))]
    palette_chunks = [(b"PLTE", palette.tobytes()), (b"tRNS", bytes([0, 128, 255, 0]))]
    return {
        "rgb.png": png(base, RGB),
        "rgb-interlaced.png": png(base, RGB, interlaced=True),
        "rgb-gamma.png": png(base, RGB, chunks=gamma),
        "rgb-transparent-colour.png": png(base, RGB, chunks=[(b"tRNS", struct.pack(">3H", *base[0, 0]))]),
        "rgb-16-bit.png": png(wide, RGB, depth=16),
        "rgba-hidden-colour.png": png(hidden, RGBA),
        "palette-transparent.png": png(indices, PALETTE, depth=4, chunks=palette_chunks),
        "gray-1-bit.png": png(gray // 128, GRAY, depth=1),
        "gray-2-bit.png": png(gray // 64, GRAY, depth=2),
        "gray-4-bit-interlaced.png": png(gray // 16, GRAY, depth=4, interlaced=True),
        "gray-8-bit.png": png(gray, GRAY),
        "gray-16-bit.png": png(wide[..., :1], GRAY, depth=16),
        "gray-alpha.png": png(hidden[..., [0, 3]], GRAY_ALPHA),
    }


def write_jpeg_files(folder, random):
    image = Image.fromarray(picture(45, 37, random))
    sideways = Image.Exif()
    sideways[0x0112] = 6
    image.save(folder / "420.jpg", quality=88, subsampling="4:2:0")
    image.save(folder / "422.jpg", quality=88, subsampling="4:2:2")
    image.save(folder / "444.jpg", quality=92, subsampling="4:4:4")
    image.save(folder / "progressive.jpg", quality=85, subsampling="4:2:0", progressive=True)
    image.save(folder / "orientation-6.jpg", quality=90, exif=sideways)
    image.convert("L").save(folder / "gray.jpg", quality=90)
    image.convert("CMYK").save(folder / "cmyk.jpg", quality=90)


def decoded(path):
    with Image.open(path) as image:
        if image.mode.startswith("I"):
            return np.repeat((np.asarray(image)[..., None] >> 8).astype(np.uint8), 3, axis=-1)
        return np.asarray(image.convert("RGB"))


def main():
    random = np.random.default_rng(SEED)
    write_resize_cases(random)
    folder = HERE / "images"
    folder.mkdir(exist_ok=True)
    for name, content in png_files(random).items():
        (folder / name).write_bytes(content)
    write_jpeg_files(folder, random)
    with h5py.File(HERE / "decoded.h5", "w") as store:
        for path in sorted(folder.iterdir()):
            store.create_dataset(path.name, data=decoded(path), compression="gzip", shuffle=True)


if __name__ == "__main__":
    main()
