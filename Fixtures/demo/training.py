"""The demonstration's CLIP: its shape, its training, and the zero-shot rule that judges it."""

import math

import numpy as np
import open_clip
import torch
from open_clip.model import CLIP

CONTEXT = 24
EMBEDDING = 64


def configuration(vocabulary):
    """open_clip's model_config: a modified ResNet of about a million weights, and a small text tower."""
    return {
        "embed_dim": EMBEDDING,
        "quick_gelu": True,
        "vision_cfg": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 12, "head_width": 64},
        "text_cfg": {"context_length": CONTEXT, "vocab_size": vocabulary, "width": 64, "heads": 1, "layers": 2},
    }


def new_model(config, seed):
    torch.manual_seed(seed)
    return CLIP(**config)


def normalised(pixels):
    """uint8 [N, H, W, 3] to the network's input."""
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD))
    return (images - mean) / std


def contrastive_loss(model, images, tokens):
    image, text, scale = model(images, tokens)
    logits = scale * image @ text.T
    truth = torch.arange(len(logits))
    return (torch.nn.functional.cross_entropy(logits, truth) + torch.nn.functional.cross_entropy(logits.T, truth)) / 2


def fit(model, pixels, tokens, epochs, rate, seed, mirror, batch=64):
    """CLIP's training: symmetric cross-entropy, AdamW, one warm-up and a cosine; images are shifted, and mirrored on demand."""
    generator = torch.Generator().manual_seed(seed)
    images = normalised(pixels)
    steps = epochs * (len(images) // batch)
    vectors = [p for p in model.parameters() if p.dim() < 2]
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.2}, {"params": vectors, "weight_decay": 0.0}], lr=rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / (0.1 * steps)) * (0.02 + 0.98 * (1 + math.cos(math.pi * min(1, step / steps))) / 2))
    model.train()
    for epoch in range(epochs):
        losses = []
        for rows in torch.randperm(len(images), generator=generator).split(batch):
            if len(rows) < batch:
                continue
            loss = contrastive_loss(model, moved(images[rows], mirror, generator), tokens[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            with torch.no_grad():
                model.logit_scale.clamp_(0, math.log(100))
            losses.append(loss.item())
        print(f"epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.3f}", flush=True)
    return model.eval()


def moved(images, mirror, generator):
    """Each image shifted by up to four pixels, edges repeated; half of them mirrored if `mirror`."""
    height, width = images.shape[-2:]
    padded = torch.nn.functional.pad(images, (4, 4, 4, 4), mode="replicate")
    shifts = torch.randint(0, 9, (len(images), 2), generator=generator).tolist()
    shifted = torch.stack([image[:, y:y + height, x:x + width] for image, (y, x) in zip(padded, shifts)])
    if mirror:
        turned = torch.rand(len(images), generator=generator) < 0.5
        shifted[turned] = shifted[turned].flip(-1)
    return shifted


@torch.no_grad()
def classifier(model, tokenize, names, templates):
    """One unit vector a name: prompts normalised, averaged, normalised again."""
    def unit(vectors):
        return torch.nn.functional.normalize(vectors, dim=-1)

    return torch.stack([unit(unit(model.encode_text(tokenize([t.replace("{}", name) for t in templates]))).mean(0))
                        for name in names])


@torch.no_grad()
def predictions(model, pixels, weights):
    features = torch.cat([model.encode_image(normalised(part)) for part in np.array_split(pixels, max(1, len(pixels) // 256))])
    return (features @ weights.T).argmax(1).numpy()
