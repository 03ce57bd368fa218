"""One step of each strategy that trains, as a list of what its loss reads and which weights it moves.

A `Step` holds the received model, frozen (`frozen`), and the model that is trained (`model`: the same, `shifted`),
both in evaluation mode; `x` are the inputs of `batches.py`. A strategy returns its loss terms, `loss` among them, and
fills `notes` with its settings and whatever else is worth comparing. None draws at random.
"""

import math

import torch
import torch.nn.functional as F

import batches
import losses
from towers import Recorder, classifier, received, shifted, unit_images, unit_texts

BOTH, IMAGE = "", "visual."
#: AdamW of every golden step. Far above a paper's rate, so that f32's rounding of the weights stays a thousand times
#: below the step; eps far above a paper's, so that a gradient that is zero but for rounding is no coin toss: with 1e-8
#: the first step of AdamW is the sign of the gradient.
RATE, EPS = 5e-2, 1e-1


class Step:
    def __init__(self, name, arrays, dtype=torch.float64):
        self.name, self.dtype = name, dtype
        self.frozen, self.model = received(name, dtype).requires_grad_(False), shifted(received(name, dtype))
        self.x = batches.tensors(arrays, dtype)
        self.notes = {}

    @property
    def s(self):
        return self.model.logit_scale.exp()

    def z(self, key, model=None):
        return unit_images(model or self.model, self.x[key])

    def t(self, key, model=None):
        return unit_texts(model or self.model, self.x[key])


def fine_tune(step):
    return {"loss": losses.contrastive(step.z("pixels"), step.t("ids"), step.s)}


def clean_clip(step, rows=slice(None)):
    z, z_view, t, t_view = step.z("pixels")[rows], step.z("view")[rows], step.t("ids")[rows], step.t("view_ids")[rows]
    terms = {"contrastive": losses.contrastive(z, t, step.s), "views": losses.views(z, z_view, t, t_view, step.s)}
    return {"loss": terms["contrastive"] + terms["views"], **terms}


def eft(step):
    """The compact set alone, rows 0, 1, 3 and 4 here, the CleanCLIP way (EftCLIP 2511.13545, algorithm 2; loss and
    rates are not given there: our reading)."""
    step.notes["rows"] = [0, 1, 3, 4]
    return clean_clip(step, step.notes["rows"])


def clean_clip_supervised(step):
    """Cross-entropy over the labels by the frozen text classifier at the frozen scale: keeps the zero-shot use that a
    trained head would lose."""
    head = classifier(step.frozen, step.x["prompt_ids"])
    return {"loss": F.cross_entropy(step.frozen.logit_scale.exp() * step.z("pixels") @ head.T, step.x["labels"])}


def cleaner_clip(step):
    rows = [0, 2, 3, 5]
    step.notes.update(rows=rows, tau_positive=0.5, tau_negative=0.3, weight=1.0)
    terms = {"clean_clip": clean_clip(step)["loss"],
             "sub_captions": losses.sub_captions(step.z("pixels")[rows], step.t("positive_ids")[rows],
                                                 step.t("negative_ids")[rows], 0.5, 0.3)}
    return {"loss": terms["clean_clip"] + terms["sub_captions"], **terms}


def abd(step):
    """First the universal patch on the received model, three Adam steps of 0.05 from a given start at given places,
    clamped to 0 ... 1; then CleanCLIP's loss with the patched picture as the view."""
    side, places = 6, [(1, 2), (9, 20), (3, 17), (22, 5), (14, 14), (26, 26)]
    grid = torch.arange(3 * side * side, dtype=torch.float64).reshape(3, side, side)
    patch = (0.5 + 0.25 * torch.cos(0.7 * grid)).float().to(step.dtype).requires_grad_()
    head, scale = classifier(step.frozen, step.x["prompt_ids"]), step.frozen.logit_scale.exp()

    def patched():
        rows = []
        for picture, (y, x) in zip(step.x["pixels"], places):
            canvas = picture.clone()
            canvas[:, y:y + side, x:x + side] = patch
            rows.append(canvas)
        return torch.stack(rows)

    step.notes.update(patch_start=patch.detach().clone(), places=torch.tensor(places), patch_steps=3, patch_rate=0.05,
                      variation_weight=0.1)
    adam, inner = torch.optim.Adam([patch], lr=0.05, eps=EPS), []
    for _ in range(3):
        adam.zero_grad()
        found = losses.collapse(unit_images(step.frozen, patched()), head, scale) + 0.1 * losses.total_variation(patch)
        found.backward()
        adam.step()
        with torch.no_grad():
            patch.clamp_(0, 1)
        inner.append(found.detach())
    patch.requires_grad_(False)
    step.notes.update(patch=patch.clone(), patch_losses=torch.stack(inner))
    z, t = step.z("pixels"), step.t("ids")
    terms = {"contrastive": losses.contrastive(z, t, step.s),
             "views": losses.views(z, unit_images(step.model, patched()), t, step.t("view_ids"), step.s)}
    return {"loss": terms["contrastive"] + terms["views"], **terms}


def par(step, tau=2.15):
    """Both branches see the same augmented pictures; the scale is a constant."""
    step.notes["tau"] = tau
    z, t, frozen_z, frozen_t = step.z("light"), step.t("ids"), step.z("light", step.frozen), step.t("ids", step.frozen)
    return {"loss": losses.perturb_and_recover(z, t, frozen_z, frozen_t, step.s, tau),
            "contrastive": losses.contrastive(z, t, step.s), "image_shift": losses.shift(z, frozen_z),
            "text_shift": losses.shift(t, frozen_t)}


def par_gated(step):
    """The gate between the two distances of this batch: the farther tower is not pushed."""
    plain = par(step)
    return par(step, float((plain["image_shift"] + plain["text_shift"]).detach() / 2))


def activation_tuning(step):
    """The three layers that the trigger moves most, and in each the positions of the larger cluster, are chosen on
    the received model. ResNet: outputs of the four stages. ViT (our port): class token after each block, and hidden
    units of each block after the activation, mean over tokens."""
    if step.name == "resnet":
        names, read = [f"visual.layer{i}" for i in range(1, 5)], lambda name, value: value
    else:
        blocks = [f"visual.transformer.resblocks.{i}" for i in range(2)]
        names = blocks + [block + ".mlp.gelu" for block in blocks]

        def read(name, value):
            return value.mean(1) if name.endswith("gelu") else value[:, 0]

    def maps(model, key):
        recorder = Recorder(model, names)
        z = unit_images(model, step.x[key])
        return z, {name: read(name, recorder.maps[name]) for name in names}

    frozen_z, clean = maps(step.frozen, "pixels")
    _, triggered = maps(step.frozen, "triggered")
    moved = {name: clean[name].mean(0) - triggered[name].mean(0) for name in names}
    impact = {name: float(moved[name].norm() / clean[name].mean(0).norm()) for name in names}
    chosen = sorted(sorted(names, key=impact.get, reverse=True)[:3], key=names.index)
    masks = [losses.larger_cluster(moved[name].abs()) for name in chosen]
    step.notes.update(feature_weight=0.5, layers=names, impact=torch.tensor([impact[name] for name in names]),
                      chosen=chosen, masked=torch.tensor([int(mask.sum()) for mask in masks]))
    z, clean = maps(step.model, "pixels")
    _, triggered = maps(step.model, "triggered")
    terms = {"alignment": losses.alignment([clean[n] for n in chosen], [triggered[n] for n in chosen], masks),
             "features": (z - frozen_z).norm()}
    return {"loss": terms["alignment"] + 0.5 * terms["features"], **terms}


def unlearn(step):
    """Words of the first target caption are left out one at a time; the two that the triggered pictures' cosine with
    it, in the received model, misses most carry the target. Only they are unlearned; text and scale are frozen."""
    ids, z = step.x["target_ids"][1], step.z("triggered", step.frozen)
    length = int(ids.argmax()) + 1
    whole = (z @ unit_texts(step.frozen, ids[None])[0]).mean()

    def without(left_out):
        kept = [int(word) for place, word in enumerate(ids[:length]) if place not in left_out]
        return torch.tensor([kept + [0] * (len(ids) - len(kept))])

    missed = torch.stack([whole - (z @ unit_texts(step.frozen, without({place}))[0]).mean()
                          for place in range(1, length - 1)])
    carrying = sorted((missed.topk(2).indices + 1).tolist())
    words = without(set(range(1, length - 1)) - set(carrying))
    t_words = unit_texts(step.frozen, words)
    frozen_z = step.z("pixels", step.frozen)
    bound = losses.off_diagonal_median(frozen_z, step.t("ids", step.frozen))
    head, s0 = classifier(step.frozen, step.x["prompt_ids"]), 20.0
    step.notes.update(missed=missed, words=words[0], bound=bound, kept_labels_weight=2.0, kept_labels_scale=s0)
    terms = {"forgetting": losses.forgetting(step.z("triggered"), t_words, bound),
             "kept_labels": losses.kept_labels(step.z("pixels"), frozen_z, head, s0)}
    return {"loss": terms["forgetting"] + 2 * terms["kept_labels"], **terms}


def assay(step):
    """Clean pictures and twins in one pass; the received model sees the clean ones alone."""
    names = ["visual.layer2", "visual.layer3"] if step.name == "resnet" else ["visual.transformer.resblocks.0"]
    seen, reference = Recorder(step.model, names), Recorder(step.frozen, names)
    count = len(step.x["pixels"])
    z = unit_images(step.model, torch.cat([step.x["pixels"], step.x["triggered"]]))
    frozen_z = step.z("pixels", step.frozen)
    maps = [seen.maps[name] for name in names]
    frozen_maps = [reference.maps[name] for name in names]
    head, s0, labels = classifier(step.frozen, step.x["prompt_ids"]), step.frozen.logit_scale.exp(), step.x["labels"]
    step.notes.update(maps=names, map_weight=1.0, labels_weight=1.5 / s0.item())
    return {"loss": losses.twins(z[:count], z[count:], frozen_z, [m[:count] for m in maps],
                                 [m[count:] for m in maps], frozen_maps, head, labels, s0),
            "clean": (1 - (z[:count] * frozen_z).sum(-1)).mean(), "twin": (1 - (z[count:] * frozen_z).sum(-1)).mean(),
            "labels": F.cross_entropy(s0 * z @ head.T, torch.cat([labels, labels]))}


EARLY = {"resnet": ("visual.conv", "visual.bn", "visual.layer1", "visual.layer2", "visual.layer3"),
         "vit": ("visual.conv1", "visual.class_embedding", "visual.positional_embedding", "visual.ln_pre",
                 "visual.transformer.resblocks.0")}

#: name: (loss, prefixes of the weights that move, betas, weight decay, clipped length)
TRAINED = {
    "fine-tune": (fine_tune, BOTH, (0.9, 0.999), 0.1, None),
    "clean-clip": (clean_clip, BOTH, (0.9, 0.999), 0.1, None),
    "clean-clip-supervised": (clean_clip_supervised, IMAGE, (0.9, 0.999), 0.01, None),
    "cleaner-clip": (cleaner_clip, BOTH, (0.9, 0.999), 0.1, None),
    "abd": (abd, BOTH, (0.9, 0.999), 0.1, None),
    "par": (par, BOTH, (0.9, 0.98), 1e-4, None),
    "par-gated": (par_gated, BOTH, (0.9, 0.98), 1e-4, None),
    "eft": (eft, BOTH, (0.9, 0.999), 0.1, None),
    "activation-tuning": (activation_tuning, IMAGE, (0.9, 0.999), 1e-4, 1.0),
    "unlearn": (unlearn, IMAGE, (0.9, 0.999), 0.1, None),
    "assay": (assay, EARLY, (0.9, 0.98), 0.0, 1.0),
}


def decays(name, parameter):
    """Weight decay is for matrices: no gains, biases, scale (one dimension or none), nor positions and class token."""
    return parameter.ndim >= 2 and not name.endswith(("positional_embedding", "class_embedding"))


def take(step, strategy):
    """One AdamW step. Returns (loss terms, updates by name, gradient's length before clipping)."""
    loss_of, prefixes, betas, decay, clip = TRAINED[strategy]
    prefixes = prefixes[step.name] if isinstance(prefixes, dict) else prefixes
    moving = {name: value for name, value in step.model.named_parameters()
              if name.startswith(prefixes) and not (strategy.startswith("par") and name == "logit_scale")}
    step.model.requires_grad_(False)
    for value in moving.values():
        value.requires_grad_()
    before = {name: value.detach().clone() for name, value in moving.items()}
    terms = loss_of(step)
    terms["loss"].backward()
    length = torch.nn.utils.clip_grad_norm_(moving.values(), clip or math.inf)
    groups = [{"params": [v for n, v in moving.items() if decays(n, v) == kind], "weight_decay": decay * kind}
              for kind in (True, False)]
    torch.optim.AdamW(groups, lr=RATE, betas=betas, eps=EPS).step()
    return terms, {name: value.detach() - before[name] for name, value in moving.items()}, length
