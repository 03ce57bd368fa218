"""The strategies that edit the received weights instead of training them: task vector, channels, heads.

Each returns (numbers worth comparing, updates by tensor name); what is not named must not change.
"""

import torch
import torch.nn.functional as F

import losses
from batches import TARGET
from steps import EPS, IMAGE, Step, decays
from towers import classifier, normalised, received, unit_images

TASK_STEPS, TASK_RATE, TASK_SHARE = 2, 1e-2, 0.5


def task_vector(name, arrays, dtype=torch.float64):
    """TBAR (2510.14845): learn the backdoor a little more, take what was learned away.

    Two AdamW steps (rate 0.01, eps 0.1, decay 0.1, betas 0.9, 0.999) on triggered pictures against the target label
    among all labels, by the frozen text classifier. (With the contrastive loss, captions that all name the target are nearly
    equal rows and give pictures no gradient; the paper's inner loss is not known: our reading.) The vector covers the
    image tower's parameters, no running statistics, no scale. It is made orthogonal to the gradient of the clean
    contrastive loss at the received weights, all tensors as one vector; half of it is subtracted.
    """
    step = Step(name, arrays, dtype)
    step.model = received(name, dtype)
    moving = {key: value for key, value in step.model.named_parameters() if key.startswith(IMAGE)}
    before = {key: value.detach().clone() for key, value in moving.items()}
    clean = losses.contrastive(step.z("pixels"), step.t("ids"), step.s)
    gradient = dict(zip(moving, torch.autograd.grad(clean, moving.values())))
    head, scale = classifier(step.frozen, step.x["prompt_ids"]), step.frozen.logit_scale.exp()
    answer = torch.full((len(step.x["pixels"]),), TARGET)
    groups = [{"params": [v for n, v in moving.items() if decays(n, v) == kind], "weight_decay": 0.1 * kind}
              for kind in (True, False)]
    optimizer, inner = torch.optim.AdamW(groups, lr=TASK_RATE, betas=(0.9, 0.999), eps=EPS), []
    for _ in range(TASK_STEPS):
        optimizer.zero_grad()
        loss = F.cross_entropy(scale * step.z("triggered") @ head.T, answer)
        loss.backward()
        optimizer.step()
        inner.append(loss.detach())
    vector = {key: value.detach() - before[key] for key, value in moving.items()}
    along = sum((vector[key] * gradient[key]).sum() for key in vector)
    share = along / sum(value.square().sum() for value in gradient.values())
    updates = {key: -TASK_SHARE * (vector[key] - share * gradient[key]) for key in vector}
    return {"inner_losses": torch.stack(inner), "clean_loss": clean, "share_of_gradient": share}, updates


def channel_prune(keep_mean):
    """CLP (2208.03111) on every convolution that a BatchNorm follows, u = 1.5 here so that the small layers have
    outliers at all. The paper sets gain and bias of an outlier to 0; with `keep_mean` the bias stays, so that the
    channel answers its mean."""
    def edit(name, arrays, dtype=torch.float64):
        model = received(name, dtype)
        modules, notes, updates = dict(model.visual.named_modules()), {"layers": [], "u": 1.5}, {}
        bounds, pruned = [], []
        for key, norm in modules.items():
            if not isinstance(norm, torch.nn.BatchNorm2d):
                continue
            stem, _, last = key.rpartition(".")
            conv = modules[stem + ".0" if last == "1" else (stem + "." if stem else "") + last.replace("bn", "conv")]
            bound = losses.lipschitz(conv.weight, norm.weight, norm.running_var, norm.eps).detach()
            out = losses.outliers(bound, notes["u"])
            bounds.append(bound)
            pruned.append(out)
            notes["layers"].append(IMAGE + key)
            updates[IMAGE + key + ".weight"] = -norm.weight.detach() * out
            if not keep_mean:
                updates[IMAGE + key + ".bias"] = -norm.bias.detach() * out
        notes.update(channels=torch.tensor([len(b) for b in bounds]), bounds=torch.cat(bounds),
                     pruned=torch.cat(pruned).int())
        return notes, updates
    return edit


def head_parts(model, pixels):
    """What each head of the last block puts out for the class token, before the output projection, [N, heads, d]; its
    part of the embedding, [N, heads, width of the embedding]; and the hidden units of the last block's MLP at the class
    token."""
    visual, block = model.visual, model.visual.transformer.resblocks[-1]
    seen = {}
    hooks = [block.ln_1.register_forward_hook(lambda _, __, output: seen.__setitem__("normed", output)),
             block.attn.register_forward_hook(lambda _, __, output: seen.__setitem__("attended", output)),
             block.register_forward_hook(lambda _, __, output: seen.__setitem__("out", output)),
             block.mlp.gelu.register_forward_hook(lambda _, __, output: seen.__setitem__("units", output))]
    model.encode_image(normalised(pixels))
    for hook in hooks:
        hook.remove()
    attention, x = block.attn, seen["normed"]
    n, length, width = x.shape
    q, k, v = (part.reshape(n, length, attention.num_heads, -1).transpose(1, 2)
               for part in F.linear(x, attention.in_proj_weight, attention.in_proj_bias).chunk(3, -1))
    heads = F.scaled_dot_product_attention(q[:, :, :1], k, v)[:, :, 0]
    per_head = attention.out_proj.weight.reshape(width, attention.num_heads, -1)
    added = torch.einsum("nhd,whd->nhw", heads, per_head)
    assert torch.allclose(added.sum(1) + attention.out_proj.bias, seen["attended"][0][:, 0], atol=1e-4)
    final = seen["out"][:, 0]
    spread = ((final - final.mean(-1, keepdim=True)).square().mean(-1) + visual.ln_post.eps).sqrt()
    centred = (added - added.mean(-1, keepdim=True)) / spread[:, None, None]
    return heads, (centred * visual.ln_post.weight) @ visual.proj, seen["units"][:, 0]


def head_surgery(name, arrays, dtype=torch.float64, head=1, units=(3, 17)):
    """Static mean ablation in the last block, after "A Closer Look at Backdoor Attacks on CLIP" (ICML 2025): a head's
    part of the embedding is the linear share of the exact decomposition (final norm and projection folded in, biases
    left out). A head is infected in a picture where the inner product of its part with the mean part over clean
    pictures is at most 0.002. The edit makes head 1 and hidden units 3 and 17 answer, always, their mean over
    the clean pictures at the class token."""
    step = Step(name, arrays, dtype)
    model = step.frozen
    heads, clean, units_clean = head_parts(model, step.x["pixels"])
    _, triggered, _ = head_parts(model, step.x["triggered"])
    prototype = clean.mean(0)
    blocks = model.visual.transformer.resblocks
    block, key = blocks[-1], f"visual.transformer.resblocks.{len(blocks) - 1}."
    columns = slice(head * heads.shape[-1], (head + 1) * heads.shape[-1])
    out, down = block.attn.out_proj, block.mlp.c_proj
    updates = {key + "attn.out_proj.weight": torch.zeros_like(out.weight),
               key + "attn.out_proj.bias": out.weight[:, columns] @ heads[:, head].mean(0),
               key + "mlp.c_proj.weight": torch.zeros_like(down.weight),
               key + "mlp.c_proj.bias": down.weight[:, list(units)] @ units_clean[:, list(units)].mean(0)}
    updates[key + "attn.out_proj.weight"][:, columns] = -out.weight[:, columns]
    updates[key + "mlp.c_proj.weight"][:, list(units)] = -down.weight[:, list(units)]
    inner = [torch.einsum("nhe,he->nh", parts, prototype) for parts in (clean, triggered)]
    edited = received(name, dtype)
    with torch.no_grad():
        for tensor, change in updates.items():
            edited.get_parameter(tensor).add_(change)
    return {"head": torch.tensor(head), "units": torch.tensor(units), "parts": clean, "prototype": prototype,
            "inner_clean": inner[0], "inner_triggered": inner[1],
            "infected_clean": (inner[0] <= 0.002).int(), "infected_triggered": (inner[1] <= 0.002).int(),
            "embeddings_after": unit_images(edited, step.x["triggered"])}, updates


#: name: (edit, models)
EDITS = {
    "task-vector": (task_vector, ("vit", "resnet")),
    "channel-prune": (channel_prune(keep_mean=False), ("resnet",)),
    "channel-prune-keep-mean": (channel_prune(keep_mean=True), ("resnet",)),
    "head-surgery": (head_surgery, ("vit",)),
}
