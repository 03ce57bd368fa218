"""The rows of the benchmark, a line each. A row says who takes turns at what, and checks that all of them answer the same."""

from dataclasses import dataclass

import numpy as np
from models import largest_difference

from comparison.measure import Duel
from comparison.servers import Failed, Server, peer
from comparison.workplace import BYTES, Disagreement

TOLERANCE = 1e-4
"""Of unit embeddings in f32, as in parity."""
VARIANTS = ["eager", "jit", "compile"]
"""Of PyTorch."""
TUNED = ["max-autotune"]
"""Shown beside."""
NEIGHBOURS = 20
STEPS = 3
"""Of training whose losses are compared."""
LOSSES = {"f32": (1e-5, 1e-3), "bf16": (3e-2, 3e-2)}
"""By how much they may differ, as a share: before the first step, and after it. AdamW's first steps follow the signs of gradients, also
of the smallest, so PyTorch's own variants part there; what they part by is allowed where it is more."""


def output(folder, contender, command=None, kind=np.float32):
    """What a contender computes when it does its work once."""
    contender.server.ask(command or contender.command, "output.raw")
    return np.fromfile(folder / "output.raw", kind)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def agreed(precision, ours, theirs, reference):
    """The largest difference of ours to `reference`, f32 by PyTorch; a disagreement if it is more than rounding. In bf16
    rounding is what PyTorch's own bf16 differs from it by, and ours may differ by twice as much. In f32 PyTorch's other variants
    must compute the same as well, but what their own algorithms round is not held against ours."""
    found = largest_difference(ours, reference)
    rounding = max(largest_difference(other, reference) for other in theirs)
    if precision == "f32":
        bound, text = TOLERANCE, f"{found:.1e} (PyTorch's variants {rounding:.1e})"
        if not rounding <= 10 * TOLERANCE:
            raise Disagreement(f"PyTorch's variants differ by {rounding:.1e}")
    else:
        bound, text = 2 * rounding, f"{found:.1e} to f32 (PyTorch {rounding:.1e})"
    if not found <= bound:
        raise Disagreement(f"largest difference {text}, and {bound:.1e} is allowed")
    return text


@dataclass(frozen=True)
class Tower:
    """One tower of a model of open_clip's, and the form of its checkpoint."""
    name: str
    model: str
    form: str
    channels_last: bool = False
    precisions = ("f32", "bf16")

    def peer_options(self, model, side, precision, inputs):
        options = ["--model", model.name, "--checkpoint", model.checkpoint, "--side", side, "--inputs", inputs,
                   "--precision", precision]
        return options + (["--channels-last"] if self.channels_last and side == "image" else [])

    def peers(self, place, stack, items, *options):
        """Those that the ratio is of, those beside, and what is to be said of some that do not run."""
        peers, notes = place.peers(stack, "pytorch", VARIANTS, items, *options)
        if not peers:
            raise Failed("; ".join(notes))
        tuned, more = place.peers(stack, "pytorch", TUNED, items, *options)
        return peers, tuned, notes + more

    def reference(self, place, precision, options, theirs):
        """What PyTorch computes in f32: the first peer, or one that is asked just for this."""
        if precision == "f32":
            return theirs[0]
        options = ["f32" if word == "bf16" else word for word in options]
        command = peer("pytorch", *options, "--variant", "eager", "--threads", place.threads)
        with Server(command, place.folder, place.limit) as server:
            server.ask("run output.raw")
        return np.fromfile(place.folder / "output.raw", np.float32).reshape(theirs[0].shape)


class Images(Tower):
    """Pictures in memory: 8-bit for Assay, which normalizes them; normalized in batches for PyTorch."""
    unit = "images"

    def duel(self, place, stack, precision):
        model, (images, batches), count = place.model(self.model, self.form), place.pictures(), place.count
        assay = place.assay_contenders(
            stack, f"images {count}", count, *place.assay_model(model, precision), "--images", images)
        options = self.peer_options(model, "image", precision, batches)
        peers, tuned, notes = self.peers(place, stack, count, *options)
        theirs = [output(place.folder, side).reshape(count, -1) for side in [*peers, *tuned]]
        reference = self.reference(place, precision, options, theirs)
        agreement = [agreed(precision, output(place.folder, side).reshape(count, -1), theirs, reference) for side in assay][0]
        return Duel(assay, peers, model.image_work, alongside=[tuned], agreement=agreement, notes=notes,
                    weights=model.parameters * BYTES[precision] / 2**20)


class Prompts(Tower):
    """A classifier from templates and labels: from text for Assay; from tokens, and for some of the labels, for PyTorch."""
    unit = "prompts"

    def duel(self, place, stack, precision):
        model, effort = place.model(self.model, self.form), place.effort
        sampled = place.sampled_labels()
        texts = [prompt for label in sampled for prompt in place.prompts(place.labels[label])]
        labels, templates = place.lines("labels.txt", place.labels), place.lines("templates.txt", place.templates)
        assay = place.assay_contenders(stack, f"prompts {labels} {templates}", effort.labels * effort.templates,
                                       *place.assay_model(model, precision))
        options = self.peer_options(model, "text", precision, place.tokens(model, cut=False))
        peers, tuned, notes = self.peers(place, stack, len(texts), *options)
        options_cut = self.peer_options(model, "text", precision, place.tokens(model, cut=True))
        easier, more = place.peers(stack, "pytorch", VARIANTS, len(texts), *options_cut, suffix=", text cut")
        notes += more + [f"PyTorch embeds the prompts of {len(sampled)} of {effort.labels} labels, {len(texts)} of "
                         f"{effort.labels * effort.templates}"]

        theirs = [output(place.folder, side).reshape(len(texts), -1) for side in [*peers, *tuned, *easier]]
        reference = self.reference(place, precision, options, theirs)

        def classifiers(rows):
            return unit(rows.reshape(len(sampled), effort.templates, -1).mean(1))

        # Each sampled prompt as a label of its own, and the classifier that is timed.
        one_each = f"prompts {place.lines('prompts.txt', texts)} {place.lines('nothing.txt', ['{}'])}"
        width = reference.shape[1]
        for side in assay:
            agreement = agreed(precision, output(place.folder, side, one_each).reshape(-1, width), theirs, reference)
            rows = output(place.folder, side).reshape(-1, width)
            agreed(precision, rows[sampled], [classifiers(rows) for rows in theirs], classifiers(reference))
        return Duel(assay, peers, model.prompt_work, alongside=[tuned, easier], agreement=agreement, notes=notes,
                    weights=model.parameters * BYTES[precision] / 2**20)


@dataclass(frozen=True)
class Training:
    """Steps of contrastive training on a batch of pairs, every weight, AdamW. Each side's losses from the same weights must be
    the same, step after step; then each goes on from where it is."""
    name: str
    model: str
    form: str
    unit = "pairs"
    precisions = ("f32", "bf16")

    def duel(self, place, stack, precision):
        model, count = place.model(self.model, self.form), place.effort.batch
        images, captions, pairs = place.pairs(model)
        assay = place.assay_contenders(stack, f"train {captions} 1", count, *place.assay_model(model, precision), "--images",
                                       images, "--train")
        peers, notes = place.peers(stack, "training", ["eager", "channels-last"], count, "--model", model.name, "--checkpoint",
                                   model.checkpoint, "--inputs", pairs, "--precision", precision, "--steps", STEPS)
        if not peers:
            raise Failed("; ".join(notes))
        theirs = [output(place.folder, side) for side in peers]
        ours = [output(place.folder, side, f"train {captions} {STEPS}") for side in assay]

        def apart(sides, steps):
            return max(float(np.abs(side / theirs[0] - 1)[steps].max()) for side in sides)

        before, after = LOSSES[precision]
        rounding = apart(theirs, slice(1, None))
        for found, bound in (apart(ours, slice(1)), before), (apart(ours, slice(1, None)), max(after, rounding)):
            if not found <= bound:
                raise Disagreement(f"losses of {STEPS} steps differ by {found:.1e}, and {bound:.1e} is allowed")
        agreement = f"{STEPS} losses to {apart(ours, slice(None)):.1e} (PyTorch's variants {rounding:.1e})"
        return Duel(assay, peers, model.training_work, agreement=agreement, notes=notes,
                    weights=model.parameters * BYTES["f32"] / 2**20)


@dataclass(frozen=True)
class Neighbours:
    """The nearest rows of a fixed block, for rows of a dump in half precision: read from HDF5 by Assay, in memory in single
    precision for the others. Assay's lists are those of double precision, ties by index; the others' are as near."""
    name: str
    library: str
    variants: tuple
    unit = "queries"
    precisions = ("f32",)

    def duel(self, place, stack, precision):
        queries, references = place.embeddings()
        assay = place.assay_contenders(stack, f"neighbours {len(queries)} {NEIGHBOURS}", len(queries), "--dump", "dump.h5")
        peers, notes = place.peers(
            stack, "neighbours", self.variants, len(queries), "--library", self.library, "--queries", "queries.npy",
            "--references", "references.npy", "--count", NEIGHBOURS)
        if not peers:
            raise Failed("; ".join(notes))
        wanted, _ = nearest(queries, references, euclidean)
        shares = []
        for side in [*assay, *peers]:
            found = output(place.folder, side, kind=np.int32).reshape(-1, NEIGHBOURS)
            wrong = int((found != wanted).any(1).sum())
            if side in peers:
                check_as_near(side.name, found, queries, references)
                shares.append(f"{side.name} in {wrong}")
            elif wrong:
                raise Disagreement(f"{wrong} of {len(found)} lists of {side.name} are not the nearest rows, ties by index")
        whole = assay[0].server.ask(f"neighbours {place.effort.dump} {NEIGHBOURS}")
        notes += [
            f"{len(queries)} of {place.effort.dump} queries a round. Assay's lists are exact, ties by index; the others' own "
            f"measure and rounding give another order {' and '.join(shares)} of {len(wanted)} lists",
            f"Assay answers all {place.effort.dump} queries, read from HDF5, in {whole['wall']:.1f} s, with a peak of "
            f"{whole['peakMiB']:.0f} MiB",
            "Assay finds candidates by products of 16-bit integers, so its share of the limit of f32 may pass 100 %"]
        return Duel(assay, peers, 2 * references.size, agreement="lists equal", notes=notes)


def check_as_near(name, found, queries, references):
    """Rounding in single precision may swap rows that are equally near, by the peer's own measure, to that precision."""
    measure = dot_product if name == "IndexFlatIP" else euclidean
    _, wanted = nearest(queries, references, measure)
    for rows in chunks(len(queries)):
        off = float(np.abs(np.take_along_axis(measure(queries[rows], references), found[rows], 1) - wanted[rows]).max())
        if not off <= 1e-5:
            raise Disagreement(f"{name} gives a row that is {off:.1e} farther than the one in its place")


def chunks(count, size=1000):
    return [slice(start, min(count, start + size)) for start in range(0, count, size)]


def euclidean(queries, references):
    """Half squared distances. Half-precision numbers are multiples of 2^-24, so for rows of about unit length every sum of
    products here is exact in double precision, and so are ties."""
    q, r = queries.astype(np.float64), references.astype(np.float64)
    return ((q * q).sum(1)[:, None] + (r * r).sum(1)) / 2 - q @ r.T


def dot_product(queries, references):
    return -queries.astype(np.float64) @ references.astype(np.float64).T


def nearest(queries, references, measure):
    """Indices and distances of the nearest rows, ties by index."""
    indices, distances = [], []
    for rows in chunks(len(queries)):
        found = measure(queries[rows], references)
        for row, farthest in zip(found, np.partition(found, NEIGHBOURS - 1)[:, NEIGHBOURS - 1]):
            candidates = np.flatnonzero(row <= farthest)
            indices.append(candidates[np.argsort(row[candidates], kind="stable")[:NEIGHBOURS]])
            distances.append(row[indices[-1]])
    return np.stack(indices), np.stack(distances)


ROWS = [
    Images("vit-b-32/images", "ViT-B-32", "safetensors"),
    Images("rn50/images", "RN50", "hdf5", channels_last=True),
    Prompts("vit-b-32/prompts", "ViT-B-32", "safetensors"),
    Prompts("rn50/prompts", "RN50", "hdf5"),
    Training("vit-b-32/train", "ViT-B-32", "safetensors"),
    Training("rn50/train", "RN50", "hdf5"),
    Neighbours("knn/faiss", "faiss", ("IndexFlatIP", "IndexFlatL2")),
    Neighbours("knn/scikit-learn", "scikit-learn", ("euclidean",)),
]
