"""Gradients of every operation that the towers and the losses are made of, by PyTorch in f64: `operations.h5`.

One group an operation: its inputs by name, `output`, `upstream` (the gradient that arrives at the output; absent
where the output is one number), and for each input that can have one `d_` + its name. Settings are attributes.
"""

import math

import torch
import torch.nn.functional as F
from open_clip.modified_resnet import AttentionPool2d

import losses
from towers import write


class Bench:
    def __init__(self, store, seed):
        self.store, self.generator = store, torch.Generator().manual_seed(seed)

    def draw(self, *shape, scale=1.0, shift=0.0):
        """Normal values that f32 holds exactly."""
        return (torch.randn(shape, generator=self.generator) * scale + shift).double()

    def case(self, name, forward, attributes=None, fixed=None, **inputs):
        """Records forward(**inputs, **fixed), its gradients with respect to `inputs`, and what it was given."""
        for value in inputs.values():
            value.requires_grad_()
        output = forward(**inputs, **(fixed or {}))
        upstream = self.draw(*output.shape) if output.dim() else None
        output.backward(upstream)
        group = self.store.create_group(name)
        group.attrs.update(attributes or {})
        write(group, output=output, **inputs, **(fixed or {}),
              **{"d_" + key: value.grad for key, value in inputs.items()})
        if upstream is not None:
            write(group, upstream=upstream)
        return group


def dense(b):
    b.case("linear", lambda x, weight, bias: F.linear(x, weight, bias), x=b.draw(5, 7), weight=b.draw(6, 7),
           bias=b.draw(6))
    for name, kernel, stride, padding in (("3x3", 3, 1, 1), ("3x3-stride-2", 3, 2, 1), ("1x1", 1, 1, 0),
                                          ("patch-4", 4, 4, 0)):
        b.case("convolution-" + name, lambda x, weight: F.conv2d(x, weight, stride=stride, padding=padding),
               {"stride": stride, "padding": padding}, x=b.draw(2, 3, 9, 9), weight=b.draw(4, 3, kernel, kernel))
    b.case("convolution-bias", lambda x, weight, bias: F.conv2d(x, weight, bias, stride=4), {"stride": 4, "padding": 0},
           x=b.draw(2, 3, 8, 8), weight=b.draw(4, 3, 4, 4), bias=b.draw(4))
    b.case("average-pool", lambda x: F.avg_pool2d(x, 2), {"side": 2}, x=b.draw(2, 3, 6, 6))
    b.case("relu", lambda x: F.relu(x), x=b.draw(4, 8))
    b.case("quick-gelu", lambda x: x * torch.sigmoid(1.702 * x), x=b.draw(4, 8, scale=2))
    b.case("gelu", lambda x: F.gelu(x), x=b.draw(4, 8, scale=2))
    b.case("softmax", lambda x: x.softmax(-1), x=b.draw(4, 8, scale=2))


def norms(b):
    b.case("layer-norm", lambda x, weight, bias: F.layer_norm(x, (16,), weight, bias, 1e-5), {"eps": 1e-5},
           x=b.draw(5, 16, shift=0.5), weight=b.draw(16), bias=b.draw(16))
    for training in (False, True):
        mean, variance = b.draw(4), b.draw(4).square() + 0.5
        moved = [mean.clone(), variance.clone()]
        group = b.case(
            "batch-norm-" + ("training" if training else "evaluation"),
            lambda x, weight, bias: F.batch_norm(x, *moved, weight, bias, training, 0.1, 1e-5),
            {"eps": 1e-5, "momentum": 0.1}, x=b.draw(3, 4, 5, 5, shift=0.5), weight=b.draw(4), bias=b.draw(4))
        write(group, running_mean=mean, running_var=variance)
        if training:
            write(group, moved_mean=moved[0], moved_var=moved[1])
    b.case("unit-length", lambda x: F.normalize(x, dim=-1), x=b.draw(4, 6))


def attention(b):
    width, heads = 8, 2

    def attend(x, in_weight, in_bias, out_weight, out_bias, causal=False):
        n, length, _ = x.shape
        q, k, v = (part.reshape(n, length, heads, -1).transpose(1, 2)
                   for part in F.linear(x, in_weight, in_bias).chunk(3, -1))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return F.linear(mixed.transpose(1, 2).reshape(x.shape), out_weight, out_bias)

    for name, causal in (("attention", False), ("attention-causal", True)):
        b.case(name, lambda **inputs: attend(**inputs, causal=causal), {"heads": heads, "causal": causal},
               x=b.draw(2, 5, width), in_weight=b.draw(3 * width, width, scale=0.4),
               in_bias=b.draw(3 * width, scale=0.2), out_weight=b.draw(width, width, scale=0.4), out_bias=b.draw(width))

    pool = AttentionPool2d(3, width, heads, 6).double()
    names = {key.replace(".", "_"): key for key, _ in pool.named_parameters()}
    inputs = {name: b.draw(*pool.get_parameter(key).shape, scale=0.4) for name, key in names.items()}
    b.case("attention-pool",
           lambda x, **weights: torch.func.functional_call(pool, {names[n]: w for n, w in weights.items()}, (x,)),
           {"heads": heads}, x=b.draw(2, width, 3, 3), **inputs)

    ids = torch.tensor([[10, 3, 3, 11, 0], [10, 7, 11, 0, 0], [10, 1, 2, 3, 11]])

    def end_of_text(table, positions):
        return (table[ids] + positions)[torch.arange(3), ids.argmax(-1)] + (table[ids] * positions).sum(1)

    group = b.case("token-embedding", end_of_text, table=b.draw(12, 6), positions=b.draw(5, 6))
    group.attrs["formula"] = "e = table[ids]; (e + positions) at the largest id, plus the sum over places of e * positions"
    write(group, ids=ids)


def answers(b):
    n = 5

    def units():
        return losses.unit(b.draw(n, 6)).float().double()

    b.case("contrastive", lambda z, t, logit_scale: losses.contrastive(z, t, logit_scale.exp()),
           z=units(), t=units(), logit_scale=torch.tensor(2.5, dtype=torch.float64))
    labels = torch.tensor([3, 0, 0, 2, 3])
    write(b.case("cross-entropy", lambda x: F.cross_entropy(x, labels), x=b.draw(n, 4)), labels=labels)
    b.case("kept-labels", lambda z, frozen_z, classifier: losses.kept_labels(z, frozen_z, classifier, 20.0),
           {"scale": 20.0}, fixed={"frozen_z": units(), "classifier": units()[:4]}, z=units())
    b.case("cosine-distance", lambda a, b: (1 - F.cosine_similarity(a, b)).mean(), a=b.draw(n, 6), b=b.draw(n, 6))
    b.case("frobenius", lambda a, b: (a - b).norm(), a=b.draw(n, 6), b=b.draw(n, 6))
    b.case("map-distance", lambda x, frozen: losses.map_distance(x, frozen), fixed={"frozen": b.draw(3, 2, 4, 4)},
           x=b.draw(3, 2, 4, 4))
    b.case("alignment", lambda a, b, mask: losses.alignment([a], [b], [mask]),
           fixed={"mask": (b.draw(2, 4, 4) > 0).double()}, a=b.draw(3, 2, 4, 4), b=b.draw(3, 2, 4, 4))
    b.case("hinge", lambda z, t: losses.forgetting(z, t, 0.1), {"bound": 0.1}, fixed={"t": units()}, z=units())
    b.case("sub-captions", lambda z, positive, negative: losses.sub_captions(z, positive, negative, 0.5, 0.3),
           {"tau_positive": 0.5, "tau_negative": 0.3}, z=units(), positive=units(), negative=units())
    b.case("collapse", lambda z, classifier: losses.collapse(z, classifier, math.exp(2.5)),
           {"logit_scale": 2.5}, fixed={"classifier": units()[:4]}, z=units())


def pictures(b):
    """What an optimised trigger passes through on its way to the tower."""
    b.case("total-variation", losses.total_variation, pattern=b.draw(3, 5, 6))
    y, x = 2, 4

    def paste(picture, pattern, mask):
        inner = picture[:, :, y:y + 3, x:x + 3] * (1 - mask) + pattern * mask
        return torch.cat([picture[:, :, :y], torch.cat([picture[:, :, y:y + 3, :x], inner,
                                                        picture[:, :, y:y + 3, x + 3:]], 3), picture[:, :, y + 3:]], 2)

    b.case("paste", paste, {"y": y, "x": x}, picture=b.draw(2, 3, 8, 8), pattern=b.draw(3, 3, 3), mask=b.draw(1, 3, 3))


def make(store):
    for offset, part in enumerate((dense, norms, attention, answers, pictures)):
        part(Bench(store, 900 + offset))
