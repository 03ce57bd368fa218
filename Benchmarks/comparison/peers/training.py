"""Contrastive training steps of a CLIP model in PyTorch, as open_clip's trainer makes them: its loss, fused AdamW, all weights."""

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

from comparison.peers.protocol import serve

VARIANTS = {"eager": torch.contiguous_format, "channels-last": torch.channels_last}


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, help="open_clip's name")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--inputs", type=Path, required=True, help="normalized pictures and tokens, a list of two tensors")
    parser.add_argument("--variant", choices=VARIANTS, required=True)
    parser.add_argument("--precision", choices=["f32", "bf16"], required=True)
    parser.add_argument("--steps", type=int, required=True, help="of a run whose losses are written")
    parser.add_argument("--threads", type=int, required=True)
    return parser.parse_args()


def prepare(arguments):
    torch.set_num_threads(arguments.threads)
    model = open_clip.create_model(arguments.model)
    model.load_state_dict(read_checkpoint(arguments.checkpoint))
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()  # By the stored statistics, as a repair of a few hundred pairs does.
    layout = VARIANTS[arguments.variant]
    model.to(memory_format=layout)
    pictures, tokens = torch.load(arguments.inputs)
    pictures = pictures.contiguous(memory_format=layout)
    decayed = [value for value in model.parameters() if value.dim() >= 2]
    others = [value for value in model.parameters() if value.dim() < 2]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.2}, {"params": others, "weight_decay": 0.0}],
                                  lr=1e-5, betas=(0.9, 0.98), eps=1e-6, fused=True)
    loss_of = open_clip.ClipLoss()
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bf16")

    def step():
        optimizer.zero_grad()
        with autocast:
            images, texts, scale = model(pictures, tokens)
            loss = loss_of(images, texts, scale)
        loss.backward()
        optimizer.step()
        return loss.item()

    def write(first, path):
        """The loss of the step that was just made and of those that follow it."""
        losses = [first, *(step() for _ in range(arguments.steps - 1))]
        np.array(losses, np.float32).tofile(path)

    return step, write, {"torch": torch.__version__, "capability": torch.backends.cpu.get_cpu_capability()}


if __name__ == "__main__":
    # open_clip warns that the weights are random: they are about to be read.
    logging.disable(logging.WARNING)
    arguments = parse()
    serve(lambda: prepare(arguments))
    sys.stdout.flush()
    os._exit(0)
