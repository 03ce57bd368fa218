"""Rendered scenes: one named object (sometimes a second, smaller one) before a background, with masks.

`render(seed)` gives a `Scene`: 64 x 64 pixels, an instance mask, the names of the instances, and what a
caption says. Everything is drawn at four times the size and averaged down. Same seed, same scene.

A shape is a list of (outline, paint) in a unit square: x to the right, y downwards, both in -1 ... 1; later
outlines lie on top. A paint is "body", "shade", "light" (variants of the object's colour), or an RGB colour.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = 64
DETAIL = 4
CANVAS = SIZE * DETAIL
LEVELS = 4  # colours are rounded to multiples of this, so that the files compress

COLOURS = {
    "red": (206, 48, 44), "orange": (238, 132, 34), "yellow": (244, 208, 56), "green": (60, 150, 66),
    "blue": (48, 98, 196), "purple": (132, 70, 168), "pink": (236, 128, 168), "white": (238, 236, 228),
    "brown": (134, 86, 50), "grey": (128, 130, 136),
}
DARK, GLASS, CREAM, TRUNK, LEAF, METAL = (46, 46, 54), (178, 216, 234), (246, 238, 214), (112, 74, 44), (70, 140, 64), (176, 180, 188)


@dataclass
class Scene:
    pixels: np.ndarray  # uint8 [64, 64, 3]
    masks: np.ndarray   # uint8 [64, 64], 0 nothing, i the i-th instance
    names: list         # of the instances; the first is what the caption names
    form: str           # of the caption, one of FORMS
    colour: str
    place: str

    def caption(self, name=None):
        """What is written below the picture; `name` in place of the truth."""
        name = name or self.names[0]
        return self.form.format(name=name, colour=self.colour, place=self.place,
                                a_colour=article(self.colour), a_name=article(name))


# Outlines

def disc(x, y, rx, ry=None, start=0, end=360, steps=40):
    """Points of an ellipse, or of the part of it between two angles (0 is right, 90 is down)."""
    angles = np.radians(np.linspace(start, end, steps))
    return np.stack([x + rx * np.cos(angles), y + (ry or rx) * np.sin(angles)], -1)


def box(left, top, right, bottom):
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float)


def points(*pairs):
    return np.array(pairs, float)


def spokes(count, outer, inner, turn=-90):
    """A star of `count` rays."""
    angles = np.radians(turn + 180 / count * np.arange(2 * count))
    radii = np.where(np.arange(2 * count) % 2 == 0, outer, inner)
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], -1)


def ring_around(outline, width):
    """A closed band: the outline, and back along its smaller self."""
    centre = outline.mean(0)
    return np.concatenate([outline, (centre + (outline - centre) * (1 - width))[::-1]])


# Shapes

def house():
    return [(box(-0.72, -0.12, 0.72, 0.9), CREAM), (box(0.34, -0.85, 0.56, -0.2), "shade"),
            (points((-0.98, -0.08), (0, -0.95), (0.98, -0.08)), "body"),
            (box(-0.18, 0.32, 0.18, 0.9), TRUNK), (box(-0.58, 0.12, -0.28, 0.44), GLASS), (box(0.28, 0.12, 0.58, 0.44), GLASS)]


def tree():
    return [(points((-0.13, 0.2), (0.13, 0.2), (0.18, 0.98), (-0.18, 0.98)), TRUNK), (disc(-0.4, -0.05, 0.45), "shade"),
            (disc(0.4, -0.02, 0.45), "shade"), (disc(0, -0.42, 0.54), "body"), (disc(0, 0.02, 0.44), "body"), (disc(-0.16, -0.58, 0.22), "light")]


def car():
    return [(points((-0.52, -0.1), (-0.3, -0.52), (0.34, -0.52), (0.6, -0.1)), "shade"),
            (points((-0.4, -0.1), (-0.24, -0.42), (0.0, -0.42), (0.0, -0.1)), GLASS), (points((0.07, -0.1), (0.07, -0.42), (0.28, -0.42), (0.45, -0.1)), GLASS),
            (points((-0.98, 0.36), (-0.98, 0.02), (-0.86, -0.1), (0.72, -0.1), (0.98, 0.08), (0.98, 0.36)), "body"),
            (disc(-0.54, 0.36, 0.25), DARK), (disc(-0.54, 0.36, 0.11), METAL), (disc(0.54, 0.36, 0.25), DARK), (disc(0.54, 0.36, 0.11), METAL),
            (box(0.86, 0.06, 0.98, 0.18), (250, 232, 140))]


def boat():
    return [(box(-0.05, -0.92, 0.03, 0.45), TRUNK), (points((0.08, -0.86), (0.8, 0.3), (0.08, 0.3)), (244, 242, 236)),
            (points((-0.1, -0.68), (-0.1, 0.3), (-0.62, 0.3)), "light"),
            (points((-0.98, 0.42), (0.98, 0.42), (0.62, 0.86), (-0.62, 0.86)), "body"), (points((-0.98, 0.42), (0.98, 0.42), (0.92, 0.52), (-0.92, 0.52)), "shade")]


def fish():
    return [(points((0.42, 0.0), (0.98, -0.48), (0.84, 0.0), (0.98, 0.48)), "shade"), (points((-0.28, -0.32), (0.12, -0.74), (0.34, -0.24)), "shade"),
            (points((-0.16, 0.34), (0.1, 0.66), (0.26, 0.26)), "shade"), (disc(-0.18, 0, 0.76, 0.44), "body"),
            (disc(-0.18, 0.0, 0.1, 0.4), "light"), (disc(0.16, 0, 0.09, 0.36), "light"), (disc(-0.62, -0.1, 0.12), (250, 250, 250)), (disc(-0.64, -0.1, 0.06), DARK)]


def star():
    return [(spokes(5, 0.98, 0.42), "shade"), (spokes(5, 0.84, 0.36), "body"), (spokes(5, 0.42, 0.18), "light")]


def flower():
    petals = [(disc(0.42 * math.cos(a), -0.35 + 0.42 * math.sin(a), 0.28), "body" if i % 2 else "light")
              for i, a in enumerate(np.radians(np.arange(0, 360, 60)))]
    return [(box(-0.06, 0.0, 0.06, 0.98), LEAF), (disc(0.28, 0.66, 0.26, 0.12), LEAF), (disc(-0.28, 0.5, 0.26, 0.12), LEAF),
            *petals, (disc(0, -0.35, 0.24), (150, 96, 30))]


def mushroom():
    return [(points((-0.24, 0.05), (0.24, 0.05), (0.34, 0.9), (-0.34, 0.9)), CREAM), (disc(0, 0.12, 0.92, 0.2), "shade"),
            (disc(0, 0.12, 0.92, 0.94, 180, 360), "body"), (disc(-0.44, -0.24, 0.17, 0.15), CREAM), (disc(0.1, -0.5, 0.19, 0.15), CREAM), (disc(0.5, -0.14, 0.14, 0.13), CREAM)]


def cup():
    return [(ring_around(disc(0.62, 0.08, 0.34, 0.36), 0.42), "shade"), (points((-0.7, -0.6), (0.6, -0.6), (0.44, 0.85), (-0.54, 0.85)), "body"),
            (points((-0.52, -0.4), (-0.34, -0.4), (-0.28, 0.7), (-0.4, 0.7)), "light"), (disc(-0.05, -0.6, 0.65, 0.17), "light"), (disc(-0.05, -0.58, 0.52, 0.11), (92, 56, 34))]


def key():
    return [(box(-0.3, -0.13, 0.95, 0.13), "body"), (box(0.52, 0.1, 0.66, 0.46), "body"), (box(0.78, 0.1, 0.95, 0.54), "body"),
            (ring_around(disc(-0.56, 0, 0.42), 0.5), "body"), (box(-0.15, -0.1, 0.95, -0.02), "light")]


def umbrella():
    scallops = [disc(x, 0.06, 0.32, 0.16, 180, 360) for x in (-0.64, 0, 0.64)]
    canopy = np.concatenate([disc(0, 0.06, 0.96, 0.92, 180, 360), *[s[::-1] for s in reversed(scallops)]])
    hook = np.concatenate([disc(0.2, 0.68, 0.25, 0.25, 180, 0), disc(0.2, 0.68, 0.14, 0.14, 0, 180)])
    return [(box(-0.05, -0.1, 0.06, 0.7), DARK), (hook, DARK), (canopy, "body"),
            (np.concatenate([disc(0, 0.06, 0.34, 0.92, 180, 360), scallops[1][::-1]]), "light"), (box(-0.05, -0.98, 0.05, -0.84), DARK)]


def rocket():
    return [(points((-0.3, 0.62), (0.3, 0.62), (0.0, 1.0)), (250, 172, 50)), (points((-0.14, 0.62), (0.14, 0.62), (0.0, 0.84)), (250, 232, 140)),
            (points((-0.3, 0.1), (-0.68, 0.7), (-0.26, 0.58)), "shade"), (points((0.3, 0.1), (0.68, 0.7), (0.26, 0.58)), "shade"),
            (np.concatenate([disc(0, -0.2, 0.34, 0.76, 180, 360), points((0.28, 0.64), (-0.28, 0.64))]), (232, 232, 236)),
            (np.concatenate([disc(0, -0.5, 0.27, 0.46, 180, 360)]), "body"), (disc(0, -0.14, 0.17), "shade"), (disc(0, -0.14, 0.11), GLASS)]


def butterfly():
    wings = [(disc(side * 0.5, y, rx, ry), paint) for side in (-1, 1)
             for y, rx, ry, paint in ((-0.34, 0.44, 0.48, "body"), (0.4, 0.34, 0.4, "shade"), (-0.34, 0.22, 0.24, "light"), (0.4, 0.15, 0.18, "light"))]
    feelers = [(points((0, -0.55), (side * 0.3, -0.96), (side * 0.36, -0.9), (side * 0.05, -0.5)), DARK) for side in (-1, 1)]
    return [*wings, *feelers, (disc(0, 0.02, 0.1, 0.64), DARK)]


def balloon():
    return [(points((-0.02, 0.5), (0.04, 0.5), (0.1, 0.98), (0.04, 0.98)), DARK), (points((-0.12, 0.56), (0.12, 0.56), (0, 0.4)), "shade"),
            (disc(0, -0.25, 0.62, 0.74), "body"), (disc(-0.22, -0.5, 0.16, 0.22), "light")]


@dataclass
class Kind:
    shape: object
    colours: tuple
    tilt: float  # largest turn, degrees


KINDS = {
    "house": Kind(house, ("red", "orange", "brown", "blue", "grey", "green"), 6),
    "tree": Kind(tree, ("green", "orange", "yellow", "pink", "red"), 8),
    "car": Kind(car, tuple(COLOURS), 10),
    "boat": Kind(boat, ("red", "blue", "brown", "white", "orange", "purple"), 12),
    "fish": Kind(fish, ("orange", "blue", "yellow", "red", "purple", "grey", "pink"), 40),
    "star": Kind(star, ("yellow", "orange", "white", "red", "blue", "purple"), 40),
    "flower": Kind(flower, ("red", "pink", "white", "yellow", "purple", "blue"), 20),
    "mushroom": Kind(mushroom, ("red", "brown", "orange", "purple", "yellow"), 12),
    "cup": Kind(cup, ("white", "blue", "red", "green", "yellow", "pink", "grey"), 15),
    "key": Kind(key, ("yellow", "grey", "brown", "orange", "red", "blue"), 180),
    "umbrella": Kind(umbrella, ("red", "blue", "purple", "yellow", "pink", "green"), 35),
    "rocket": Kind(rocket, ("red", "blue", "orange", "green", "purple"), 45),
    "butterfly": Kind(butterfly, ("orange", "blue", "yellow", "purple", "pink", "white", "red"), 60),
    "balloon": Kind(balloon, tuple(COLOURS), 20),
}
NAMES = list(KINDS)


# Backgrounds: name in the caption, sky (top, bottom), ground (top, bottom) or none, ground texture

BACKGROUNDS = {
    "on the grass": (((126, 184, 232), (206, 230, 244)), ((120, 176, 84), (72, 132, 58)), "tufts"),
    "on the beach": (((120, 190, 228), (198, 228, 236)), ((236, 214, 160), (212, 182, 122)), "dots"),
    "in the snow": (((168, 190, 214), (222, 230, 240)), ((240, 244, 250), (208, 220, 234)), "dots"),
    "by the sea": (((246, 190, 142), (250, 222, 184)), ((64, 132, 176), (36, 88, 136)), "waves"),
    "in the desert": (((244, 206, 140), (250, 230, 190)), ((210, 150, 90), (178, 112, 64)), "waves"),
    "at night": (((18, 22, 52), (48, 52, 98)), ((40, 58, 56), (24, 36, 40)), "stars"),
    "in the fog": (((190, 194, 198), (214, 216, 218)), ((176, 182, 180), (150, 158, 156)), "none"),
    "on a table": (((222, 204, 184), (234, 220, 202)), ((150, 104, 66), (120, 80, 48)), "planks"),
    "in front of a wall": (((196, 120, 96), (180, 104, 84)), None, "bricks"),
    "on a striped cloth": (((214, 222, 230), (200, 210, 222)), None, "stripes"),
    "in the sky": (((90, 158, 222), (176, 212, 242)), None, "clouds"),
    "under water": (((70, 164, 186), (22, 84, 124)), None, "bubbles"),
}

FORMS = [
    "a photo of {a_name}", "a photo of the {name}", "a picture of {a_name}.", "here is the {name}", "there is {a_name}", "look at this {name}!",
    "the {colour} {name}", "a small picture of {a_colour} {name}", "my {colour} {name}", "{a_colour} {name}, drawn by hand",
    "{a_name} {place}", "the {name} we saw {place}", "an image of one {name} {place}",
    "{a_colour} {name} {place}.", "a photo of {a_colour} {name} {place}", "there is {a_colour} {name} {place}",
]


def article(word):
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def gradient(top, bottom, height, width):
    share = np.linspace(0, 1, height)[:, None, None]
    return np.broadcast_to(np.array(top) * (1 - share) + np.array(bottom) * share, (height, width, 3))


def background(place, random):
    """The empty scene, an RGB image on the large canvas."""
    sky, ground, texture = BACKGROUNDS[place]
    shift = random.uniform(-14, 14, 3)
    canvas = gradient(*sky, CANVAS, CANVAS) + shift
    horizon = 0
    if ground is not None:
        horizon = int(CANVAS * random.uniform(0.45, 0.75))
        canvas[horizon:] = gradient(*ground, CANVAS - horizon, CANVAS) + shift
    image = Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8))
    texture_over(ImageDraw.Draw(image, "RGBA"), texture, horizon, random)
    return image


def texture_over(draw, texture, horizon, random):
    def places(count, top, bottom=CANVAS):
        return zip(random.uniform(0, CANVAS, count), random.uniform(top, bottom, count))

    if texture == "tufts":
        for x, y in places(26, horizon):
            draw.line([x, y, x + random.uniform(-5, 5), y - 14], fill=(50, 104, 44, 150), width=5)
    elif texture == "dots":
        for x, y in places(14, horizon):
            draw.ellipse([x, y, x + 10, y + 6], fill=(130, 120, 110, 80))
    elif texture == "waves":
        for x, y in places(9, horizon):
            draw.arc([x - 34, y, x + 34, y + 16], 200, 340, fill=(255, 255, 255, 120), width=5)
    elif texture == "stars":
        for x, y in places(16, 0, horizon):
            draw.ellipse([x, y, x + 5, y + 5], fill=(250, 244, 214, 220))
    elif texture == "planks":
        for y in range(horizon, CANVAS, 26):
            draw.line([0, y, CANVAS, y], fill=(84, 54, 32, 130), width=5)
    elif texture == "bricks":
        for row, y in enumerate(range(-int(random.integers(24)), CANVAS, 28)):
            draw.line([0, y, CANVAS, y], fill=(226, 206, 190, 150), width=4)
            for x in range(-30 if row % 2 else 0, CANVAS, 60):
                draw.line([x, y, x, y + 28], fill=(226, 206, 190, 150), width=4)
    elif texture == "stripes":
        tint = tuple(list(COLOURS.values())[random.integers(len(COLOURS))]) + (90,)
        for x in range(int(random.integers(32)), CANVAS, 48):
            draw.rectangle([x, 0, x + 20, CANVAS], fill=tint)
    elif texture == "clouds":
        for x, y in places(4, 10, CANVAS - 20):
            for dx, r in ((-22, 13), (0, 20), (24, 14)):
                draw.ellipse([x + dx - r, y - r * 0.7, x + dx + r, y + r * 0.7], fill=(255, 255, 255, 170))
    elif texture == "bubbles":
        for x, y in places(12, 0):
            r = random.uniform(4, 10)
            draw.ellipse([x - r, y - r, x + r, y + r], outline=(210, 240, 246, 160), width=4)


def clutter(draw, random):
    """Confetti, sticks and blobs that mean nothing."""
    for _ in range(random.integers(0, 7)):
        x, y = random.uniform(0, CANVAS, 2)
        colour = tuple(int(v) for v in random.integers(30, 240, 3)) + (200,)
        kind = random.integers(3)
        r = random.uniform(5, 14)
        if kind == 0:
            draw.ellipse([x - r, y - r * random.uniform(0.6, 1), x + r, y + r], fill=colour)
        elif kind == 1:
            draw.line([x, y, *(np.array([x, y]) + random.uniform(-46, 46, 2))], fill=colour, width=6)
        else:
            turn = random.uniform(0, 6.28)
            corners = [(x + r * math.cos(turn + a), y + r * math.sin(turn + a)) for a in (0, 1.57, 3.14, 4.71)]
            draw.polygon(corners, fill=colour)


def paints(colour, random):
    """The variants of the object's colour."""
    body = np.clip(np.array(COLOURS[colour]) + random.uniform(-14, 14, 3), 0, 255)
    light = body + (255 - body) * 0.42
    return {name: tuple(int(v) for v in value) for name, value in (("body", body), ("shade", body * 0.7), ("light", light))}


def draw_object(image, name, colour, centre, radius, random):
    """Draw onto `image` with a soft shadow; the coverage of the object, an L image."""
    kind = KINDS[name]
    turn = math.radians(random.uniform(-kind.tilt, kind.tilt))
    mirrored = random.choice([-1.0, 1.0])
    stretch = random.uniform(0.88, 1.12)
    matrix = radius * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]) @ np.diag([mirrored * stretch, 1 / stretch])
    colours = paints(colour, random)
    layer = Image.new("RGB", image.size)
    coverage = Image.new("L", image.size)
    painter, stencil = ImageDraw.Draw(layer), ImageDraw.Draw(coverage)
    for outline, paint in kind.shape():
        corners = [tuple(p) for p in outline @ matrix.T + centre]
        painter.polygon(corners, fill=colours.get(paint, paint) if isinstance(paint, str) else paint)
        stencil.polygon(corners, fill=255)
    shadow = coverage.filter(ImageFilter.GaussianBlur(7)).point(lambda v: v * 0.38)
    image.paste((20, 20, 30), (5, 8), shadow)
    image.paste(layer, (0, 0), coverage)
    return coverage


def reduced(coverage):
    """Where an object covers at least half of a pixel."""
    return np.asarray(coverage, np.float32).reshape(SIZE, DETAIL, SIZE, DETAIL).mean((1, 3)) >= 127.5


def pick(random, options):
    return options[random.integers(len(options))]


def render(seed):
    """The scene of a seed."""
    random = np.random.default_rng(seed)
    name = pick(random, NAMES)
    colour = pick(random, KINDS[name].colours)
    place = pick(random, list(BACKGROUNDS))
    image = background(place, random)
    clutter(ImageDraw.Draw(image, "RGBA"), random)
    radius = CANVAS * random.uniform(0.24, 0.38)
    centre = random.uniform(radius * 0.85, CANVAS - radius * 0.85, 2)
    masks = np.zeros((SIZE, SIZE), np.uint8)
    names = [name]
    if random.random() < 0.25:
        other = pick(random, [n for n in NAMES if n != name])
        small = CANVAS * random.uniform(0.11, 0.15)
        corner = np.where(centre > CANVAS / 2, small * 1.1, CANVAS - small * 1.1) + random.uniform(-6, 6, 2)
        masks[reduced(draw_object(image, other, pick(random, KINDS[other].colours), corner, small, random))] = 2
        names.append(other)
    masks[reduced(draw_object(image, name, colour, centre, radius, random))] = 1
    large = np.asarray(image, np.float32).reshape(SIZE, DETAIL, SIZE, DETAIL, 3).mean((1, 3))
    pixels = np.clip(np.round(large * random.uniform(0.92, 1.06) / LEVELS) * LEVELS, 0, 255).astype(np.uint8)
    return Scene(pixels, masks, names, pick(random, FORMS), colour, place)
