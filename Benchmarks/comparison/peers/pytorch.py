"""One tower of a CLIP model in PyTorch, prepared in one of the ways PyTorch has for inference on a processor."""

import argparse
import logging
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import open_clip
import torch
from models import read_checkpoint
from open_clip.transformer import text_global_pool

from comparison.peers.protocol import serve


class Images(torch.nn.Module):
    """Unit embeddings of pictures."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixels):
        return self.model.encode_image(pixels, normalize=True)


class Text(torch.nn.Module):
    """Unit embeddings of tokens [captions, positions]: encode_text, which takes all positions, for any number of them."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, tokens):
        model, positions = self.model, tokens.shape[1]
        x = model.token_embedding(tokens) + model.positional_embedding[:positions]
        x = model.ln_final(model.transformer(x, attn_mask=model.attn_mask[:positions, :positions]))
        x = text_global_pool(x, tokens, model.text_pool_type) @ model.text_projection
        return torch.nn.functional.normalize(x, dim=-1)


def eager(tower, batches):
    return [tower] * len(batches)


def jit(tower, batches):
    """Traced, frozen and optimized, once for each shape."""
    shapes = {}
    for batch in batches:
        if batch.shape not in shapes:
            frozen = torch.jit.freeze(torch.jit.trace(tower, batch))
            shapes[batch.shape] = torch.jit.optimize_for_inference(frozen)
    return [shapes[batch.shape] for batch in batches]


def compiled(tower, batches, mode=None):
    """torch.compile with weights frozen, once for each shape."""
    import torch._inductor.config

    torch._inductor.config.freezing = True
    tower = torch.compile(tower, dynamic=False, mode=mode)
    return [tower] * len(batches)


def tuned(tower, batches):
    """The same, choosing each product's program among several by measuring them."""
    return compiled(tower, batches, "max-autotune")


VARIANTS = {"eager": eager, "jit": jit, "compile": compiled, "max-autotune": tuned}


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, help="open_clip's name")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--side", choices=["image", "text"], required=True)
    parser.add_argument("--inputs", type=Path, required=True, help="a list of tensors, one a batch")
    parser.add_argument("--variant", choices=VARIANTS, required=True)
    parser.add_argument("--precision", choices=["f32", "bf16"], required=True)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--threads", type=int, required=True)
    return parser.parse_args()


@torch.inference_mode()
def prepare(arguments):
    torch.set_num_threads(arguments.threads)
    model = open_clip.create_model(arguments.model).eval()
    # Autocast is not the peer: it converts every weight at every call.
    model.load_state_dict(read_checkpoint(arguments.checkpoint))
    batches = torch.load(arguments.inputs)
    if arguments.precision == "bf16":
        model.bfloat16()
        batches = [batch.bfloat16() if batch.is_floating_point() else batch for batch in batches]
    tower = Images(model) if arguments.side == "image" else Text(model)
    if arguments.channels_last:
        tower.to(memory_format=torch.channels_last)
        batches = [batch.contiguous(memory_format=torch.channels_last) for batch in batches]
    towers = VARIANTS[arguments.variant](tower.eval(), batches)

    @torch.inference_mode()
    def work():
        return [tower(batch) for tower, batch in zip(towers, batches)]

    # Compilation and the first choice of kernels, twice as the tracer profiles.
    for _ in range(2):
        work()
    return work, write, {"torch": torch.__version__, "capability": torch.backends.cpu.get_cpu_capability()}


def write(result, path):
    torch.cat(result).float().numpy().astype(np.float32).tofile(path)


if __name__ == "__main__":
    # open_clip warns that the weights are random: they are about to be read.
    logging.disable(logging.WARNING)
    arguments = parse()
    # As in any program that classifies, no gradient is wanted anywhere.
    torch.set_grad_enabled(False)
    serve(lambda: prepare(arguments))
    sys.stdout.flush()
    os._exit(0)
