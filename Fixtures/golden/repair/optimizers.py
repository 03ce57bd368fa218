"""Optimizers, clipping and schedules, by PyTorch in f64: `optimizers.h5`.

    rules/NAME/      `start` [12], `gradients` [6, 12] and `weights` [6, 12] after each of six steps at `rates` [6];
                     settings are attributes. `norms` [6]: length of each gradient before clipping, where it is clipped.
                     `adamw-skip`: gradient rows of NaN stand for "no gradient": nothing moves, nothing decays
                     (a gradient of zeros does decay).
    schedules/NAME/  `rates` of every step, 0 first.
    average/         weights [6, 12] after each step of `rules/adamw`, averaged as a <- decay a + (1 - decay) w from
                     a = start.
    scale            attribute `ceiling` of `rules/scale-clamp`: after each step the value is clamped to 0 ... ceiling.
"""

import math

import torch

from towers import write

STEPS, SIZE, CEILING = 6, 12, math.log(100)


def run(store, name, build, gradients, rates, attributes, clip=None, ceiling=None, start=None):
    parameter = torch.nn.Parameter(start.clone())
    optimizer = build([parameter])
    weights, norms = [], []
    for gradient, rate in zip(gradients, rates):
        parameter.grad = None if gradient.isnan().any() else gradient.clone()
        if clip is not None:
            norms.append(torch.nn.utils.clip_grad_norm_([parameter], clip))
        optimizer.param_groups[0]["lr"] = float(rate)
        optimizer.step()
        if ceiling is not None:
            with torch.no_grad():
                parameter.clamp_(0, ceiling)
        weights.append(parameter.detach().clone())
    group = store.create_group("rules/" + name)
    group.attrs.update(attributes)
    write(group, start=start, gradients=gradients, rates=rates, weights=torch.stack(weights))
    if norms:
        write(group, norms=torch.stack(norms))
    return torch.stack(weights)


def warm_cosine(base, warm, total):
    """Linear warm-up over `warm` steps, cosine to 0; steps count from 0."""
    return [base * (t + 1) / warm if t < warm else base * (1 + math.cos(math.pi * (t - warm) / (total - warm))) / 2
            for t in range(total)]


def perturb_recover(high, low, final, total):
    """PAR: a line from `high` to `low`, both reached, over the first half; then a cosine from `low` to `final`, which
    is not quite reached."""
    half = total // 2
    line = torch.linspace(high, low, half, dtype=torch.float64).tolist()
    rest = total - half
    return line + [final + (low - final) * (1 + math.cos(math.pi * t / rest)) / 2 for t in range(rest)]


def make(store):
    generator = torch.Generator().manual_seed(77)
    start = torch.randn(SIZE, generator=generator).double()
    gradients = torch.randn(STEPS, SIZE, generator=generator).double()
    gradients *= torch.logspace(-4, 1, SIZE, dtype=torch.float64).float().double()
    constant, falling = torch.full((STEPS,), 1e-2).double(), torch.tensor(warm_cosine(1e-2, 2, STEPS)).double()

    def adamw(betas, eps, decay):
        return (lambda parameters: torch.optim.AdamW(parameters, betas=betas, eps=eps, weight_decay=decay),
                {"beta1": betas[0], "beta2": betas[1], "eps": eps, "weight_decay": decay})

    def sgd(momentum, decay):
        return (lambda parameters: torch.optim.SGD(parameters, lr=0, momentum=momentum, weight_decay=decay),
                {"momentum": momentum, "weight_decay": decay})

    def rule(name, kind, rates=constant, gradients=gradients, start=start, **options):
        build, attributes = kind
        return run(store, name, build, gradients, rates, {**attributes, **options}, start=start, **options)

    weights = rule("adamw", adamw((0.9, 0.999), 1e-8, 0.1), falling)
    rule("adamw-vit", adamw((0.9, 0.98), 1e-6, 0.0))
    rule("adamw-clip", adamw((0.9, 0.98), 1e-6, 0.0), clip=1.0)
    rule("adamw-clip-idle", adamw((0.9, 0.98), 1e-6, 0.0), clip=1e4)
    skipped = gradients.clone()
    skipped[1], skipped[3] = float("nan"), 0
    rule("adamw-skip", adamw((0.9, 0.999), 1e-8, 0.1), gradients=skipped)
    rule("sgd", sgd(0.0, 0.0))
    rule("sgd-momentum", sgd(0.9, 5e-4), falling)
    rule("scale-clamp", adamw((0.9, 0.999), 1e-8, 0.0), torch.full((STEPS,), 0.5).double(), ceiling=CEILING,
         start=start.abs() * 4)
    hand = run(store, "adamw-by-hand", adamw((0.9, 0.999), 1e-8, 0.01)[0],
               torch.tensor([[0.5], [0.3]]).double(), torch.tensor([0.1, 0.1], dtype=torch.float64),
               adamw((0.9, 0.999), 1e-8, 0.01)[1], start=torch.ones(1, dtype=torch.float64))
    # 0.3 is rounded to f32 above: hence 1e-8.
    assert abs(hand[0].item() - 0.899000002) < 1e-9 and abs(hand[1].item() - 0.8023519867) < 1e-8

    decay, average, averages = 0.99, start.clone(), []
    for row in weights:
        average = decay * average + (1 - decay) * row
        averages.append(average)
    group = store.create_group("average")
    group.attrs["decay"] = decay
    write(group, weights=torch.stack(averages))

    def schedule(name, rates, **attributes):
        group = store.create_group("schedules/" + name)
        group.attrs.update(attributes)
        group["rates"] = rates  # f64: the last rates are 1e-9

    cosine = warm_cosine(1e-5, 10, 150)
    for step, expected in ((0, 1e-6), (4, 5e-6), (9, 1e-5), (10, 1e-5), (45, 8.535533905932739e-6), (80, 5e-6),
                           (149, 1.2588252874673469e-9)):
        assert abs(cosine[step] - expected) < 1e-17, (step, cosine[step])
    schedule("warm-cosine", cosine, base=1e-5, warm=10, total=150)
    schedule("warm-cosine-short", warm_cosine(1e-3, 1, 20), base=1e-3, warm=1, total=20)
    schedule("perturb-recover", perturb_recover(3e-5, 3e-6, 1e-9, 244), high=3e-5, low=3e-6, final=1e-9, total=244)
    schedule("perturb-recover-odd", perturb_recover(3e-5, 3e-6, 1e-9, 15), high=3e-5, low=3e-6, final=1e-9, total=15)
