"""The losses of every repair strategy, in plain PyTorch: what Assay's own must equal.

z, t: unit embeddings of pictures and captions, one row each; s: the scale exp(logit_scale). `frozen` is the model
as it was received. Where a paper's equation is lost, the reading used here is said. `check` holds every formula to
figures worked out by hand in double precision.
"""

import math

import torch
import torch.nn.functional as F
from torch import tensor


def unit(rows):
    return F.normalize(rows, dim=-1)


def own_row(logits):
    """Cross-entropy of each row with its own index as the answer, averaged."""
    return F.cross_entropy(logits, torch.arange(len(logits)))


def contrastive(z, t, s):
    """Symmetric InfoNCE (CLIP)."""
    logits = s * z @ t.T
    return (own_row(logits) + own_row(logits.T)) / 2


def views(z, z_view, t, t_view, s):
    """CleanCLIP's in-modal term: originals against views, rows only (2303.03323, section 4)."""
    return (own_row(s * z @ z_view.T) + own_row(s * t @ t_view.T)) / 2


def clean_clip(z, z_view, t, t_view, s, weight=1.0):
    return contrastive(z, t, s) + weight * views(z, z_view, t, t_view, s)


def sub_captions(z, positive, negative, tau_positive, tau_negative):
    """CleanerCLIP's fine-grained term. The paper's equations (1)-(4) are lost; temperatures divide, and every
    picture meets every counterfactual caption (our reading)."""
    agree = (z * positive).sum(-1) / tau_positive
    to_text = torch.cat([agree[:, None], z @ negative.T / tau_negative], 1)
    to_image = torch.cat([agree[:, None], negative @ z.T / tau_negative], 1)
    return ((to_text.logsumexp(1) - agree).mean() + (to_image.logsumexp(1) - agree).mean()) / 2


def shift(z, frozen_z):
    """PAR's distance: mean squared Euclidean distance of unit embeddings, 0 ... 4."""
    return (z - frozen_z).square().sum(-1).mean()


def perturb_and_recover(z, t, frozen_z, frozen_t, s, tau):
    """PAR (2412.00727): a batch mean beyond tau is not pushed further. s carries no gradient there."""
    pushes = [distance if distance <= tau else 0 for distance in (shift(z, frozen_z), shift(t, frozen_t))]
    return contrastive(z, t, s.detach()) - (pushes[0] + pushes[1]) / 2


def collapse(z, classifier, s):
    """ABD's surrogate for a backdoor sample: minus the log of the largest mean label probability (our reading)."""
    return -torch.log((s * z @ classifier.T).softmax(-1).mean(0).max())


def total_variation(pattern):
    """Mean absolute difference of neighbours, down plus across. pattern: [3, h, w]."""
    return (pattern.diff(dim=1)).abs().mean() + pattern.diff(dim=2).abs().mean()


def alignment(clean, triggered, masks):
    """InverTune's activation tuning (2506.12411): the share of the batch mean that the trigger moves, on the
    positions that it moved most in the received model. Lists of [B, ...] maps and 0/1 masks, a layer each."""
    total = 0
    for a, b, mask in zip(clean, triggered, masks):
        a, b = a.mean(0) * mask, b.mean(0) * mask
        total = total + (a - b).norm() / a.norm()
    return total


def larger_cluster(values):
    """1 for the larger of two clusters: the split of the sorted values with the least squares within. Exact, so it
    needs no start."""
    ordered, order = values.flatten().sort()
    n = len(ordered)
    count = torch.arange(1, n, dtype=ordered.dtype)
    below, total = ordered.cumsum(0)[:-1], ordered.sum()
    between = below.square() / count + (total - below).square() / (n - count)
    mask = torch.zeros(n, dtype=values.dtype)
    mask[order[int(between.argmax()) + 1:]] = 1
    return mask.reshape(values.shape)


def kept_labels(z, frozen_z, classifier, s0):
    """KL(received || repaired) of the label probabilities at scale s0, mean over rows."""
    received = (s0 * frozen_z @ classifier.T).log_softmax(-1)
    return (received.exp() * (received - (s0 * z @ classifier.T).log_softmax(-1))).sum(-1).mean()


def forgetting(z_triggered, t_tokens, bound):
    """Bounded local forgetting after UBT (2403.16257, equations lost): the cosine of a triggered picture with the
    caption cut down to the words that carry the target counts above `bound` only."""
    return F.relu((z_triggered * t_tokens).sum(-1) - bound).mean()


def off_diagonal_median(z, t):
    """The bound: the median cosine of pictures with captions that are not theirs; of an even count the mean of the
    middle two."""
    cosines = (z @ t.T)[~torch.eye(len(z), dtype=torch.bool)]
    return cosines.quantile(0.5)


def map_distance(map_, frozen_map):
    """Squared difference of two maps [B, ...] over the variance of the received one: free of scale. The variance is
    about the mean over the batch at each position."""
    variance = (frozen_map - frozen_map.mean(0)).square().mean() + 1e-6
    return (map_ - frozen_map).square().mean() / variance


def twins(z, z_twin, frozen_z, maps, twin_maps, frozen_maps, classifier, labels, s0, weight=1.0):
    """Feature-level twin distillation: the clean picture and its triggered twin both keep the received model's
    answer to the clean picture, in the embedding and in the maps, and both are called what the pair is labelled; a
    wrong picture pulls as hard at every scale."""
    loss = (1 - (z * frozen_z).sum(-1)).mean() + (1 - (z_twin * frozen_z).sum(-1)).mean()
    logits = s0 * torch.cat([z, z_twin]) @ classifier.T
    loss = loss + 1.5 / s0 * F.cross_entropy(logits, torch.cat([labels, labels]))
    for a, b, c in zip(maps, twin_maps, frozen_maps):
        loss = loss + weight / 2 * (map_distance(a, c) + map_distance(b, c))
    return loss


def lipschitz(weight, gain, variance, eps):
    """CLP (2208.03111): bound of each channel of a convolution with its BatchNorm, [out]. eps is BatchNorm's: the
    public code leaves it out and blows up on dead channels."""
    norms = torch.linalg.matrix_norm(weight.reshape(*weight.shape[:2], -1), ord=2)
    return norms * gain.abs() / (variance + eps).sqrt()


def outliers(bounds, u):
    return bounds > bounds.mean() + u * bounds.std()


def check():
    """Figures worked out by hand; f64."""
    def rows(*values):
        return tensor(values, dtype=torch.float64)

    def near(value, expected, tolerance=5e-9):
        assert abs(value.item() - expected) < tolerance, (value.item(), expected)

    image = rows([2, 0, 0, 0], [0, 3, 0, 0], [0, 0, 1, 0]).requires_grad_()
    z, t = unit(image), unit(rows([1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]))
    logit_scale = tensor(math.log(10.0), dtype=torch.float64, requires_grad=True)
    s = logit_scale.exp()
    loss = contrastive(z, t, s)
    near(loss, 0.46294690562331)
    loss.backward()
    near(image.grad[1, 0], 0.39267035)
    near(logit_scale.grad, -0.00599800043)
    z, s = z.detach(), s.detach()
    z_view = unit(rows([2, 1, 0, 0], [0, 3, 1, 0], [1, 0, 1, 0]))
    t_view = unit(rows([1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 0]))
    near(clean_clip(z, z_view, t, t_view, s), 0.86806551381298)
    positive = unit(rows([1, .5, 0, 0], [0, 1, .5, 0], [0, 0, 1, .5]))
    negative = unit(rows([1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 2, 0]))
    near(sub_captions(z, positive, negative, 0.3, 0.3), 0.68414100)
    near(sub_captions(z, positive, negative, 0.5, 0.3), 1.43155601)
    frozen_z = unit(rows([1, .2, 0, 0], [0, 1, .2, 0], [.2, 0, 1, 0]))
    near(shift(z, frozen_z), 0.03883864861816)
    for tau, expected in ((2.15, 0.44352758131423), (0.01, 0.46294690562331), (4.1, -1.55647241867659)):
        near(perturb_and_recover(z, t, frozen_z, -t, s, tau), expected)
    clean, triggered = rows([1, 2, 3, 4]), rows([1.1, 2, 6, 9])
    mask = larger_cluster((clean - triggered).abs()[0])
    assert mask.tolist() == [0, 0, 1, 1]
    near(alignment([clean], [triggered], [mask]), 1.1661903789690602)
    channels = rows([[3, 0], [0, 4]], [[1, 0], [0, 1]], [[1, 1], [0, 1]], [[1, 0], [1, 1]], [[0, 1], [1, 0]],
                    [[2, 0], [0, 1]])[..., None]
    bounds = lipschitz(channels, rows(1, 1, 1, 1, 1, 10), rows(1, 1, 1, 1, 4, 1), 0)
    near(bounds.mean(), 4.78934466, 1e-8)
    assert outliers(bounds, 2).nonzero().flatten().tolist() == [5] and not outliers(bounds, 3).any()
