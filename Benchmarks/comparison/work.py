"""Floating-point operations that one item truly needs, two for a multiply-add: what a tower must compute after everything
that cannot reach its output is left out. Norms, softmax and activations are not counted."""

import torch


def layer(width, full, last, pairs):
    """A transformer block on `full` tokens of which `last` go on: keys and values for all, the rest for those alone.
    `pairs` are the products of a query with a key; each costs as much again for the value."""
    return 2 * (2 * width * width * full + 10 * width * width * last + 2 * width * pairs)


def transformer(width, depth, tokens, last, pairs, last_pairs):
    """Blocks of which only the last may leave tokens out."""
    return (depth - 1) * layer(width, tokens, tokens, pairs) + layer(width, tokens, last, last_pairs)


def image(model):
    """One picture through the image tower of an open_clip model."""
    tower = model.visual
    if not hasattr(tower, "transformer"):
        return resnet(tower)
    patches, width = tower.positional_embedding.shape
    patches -= 1
    depth = len(tower.transformer.resblocks)
    # Only the class token's row of the last block is read.
    return (2 * patches * tower.conv1.weight.numel()
            + transformer(width, depth, patches + 1, 1, (patches + 1) ** 2, patches + 1)
            + 2 * tower.proj.numel())


def resnet(tower):
    """Convolutions as their outputs say; the attention pool has one query."""
    counted = []

    def count(convolution, _, result):
        counted.append(2 * result.shape[-1] * result.shape[-2] * convolution.weight.numel())

    hooks = [module.register_forward_hook(count) for module in tower.modules() if isinstance(module, torch.nn.Conv2d)]
    with torch.inference_mode():
        tower(torch.zeros(1, 3, tower.image_size, tower.image_size))
    for hook in hooks:
        hook.remove()
    pool = tower.attnpool
    tokens, width = pool.positional_embedding.shape
    return (sum(counted) + 2 * 2 * width * width * tokens + 2 * width * width + 2 * 2 * width * tokens
            + 2 * pool.c_proj.weight.numel())


def prompts(model, tokens):
    """One prompt of a set, on average. Tokens that follow the same beginning are computed once: a node of the tree of
    prefixes attends to its ancestors and itself, and in the last block only a prompt's end is needed."""
    end = model.text_projection.shape[0]
    depth = len(model.transformer.resblocks)
    nodes, ends = {}, set()
    for row in tokens.tolist():
        caption = tuple(row[:row.index(max(row)) + 1])
        for length in range(1, len(caption) + 1):
            nodes[caption[:length]] = length
        ends.add(caption)
    pairs, last_pairs = sum(nodes.values()), sum(len(caption) for caption in ends)
    total = transformer(end, depth, len(nodes), len(ends), pairs, last_pairs)
    return (total + 2 * len(ends) * model.text_projection.numel()) / len(tokens)


def captions(model, tokens):
    """One caption by itself, cut at its end, on average: what training needs, where no two captions share a gradient."""
    end = model.text_projection.shape[0]
    depth = len(model.transformer.resblocks)
    lengths = [int(row.argmax()) + 1 for row in tokens]
    total = sum(transformer(end, depth, length, 1, length * (length + 1) // 2, length) for length in lengths)
    return total / len(lengths) + 2 * model.text_projection.numel()
