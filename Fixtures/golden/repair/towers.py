"""The two tiny models of ../models/ in double precision, what their layers answer on the way, and the digest by
which a list of large tensors is written down.

A digest row of a tensor of n elements g, flattened in the checkpoint's order, is

    norm                        the square root of the sum of squares
    probe k = 0, 1, 2           the sum of g[i] * cos(w (i + 1)), i from 0, w = 0.37, 1.13, 2.71
    sample j = 0 ... 3          g[floor(j (n - 1) / 3)]

Every element is in each probe; a probe of a wrong tensor is off by about the norm of what is wrong. Two tensors agree
to 1e-3 where no entry of their rows differs by more than 1e-3 of the norm, or by 1e-5 of the largest norm of the table:
some gradients, of a key's bias for one, are nothing but rounding.
"""

import importlib.util
from pathlib import Path

import h5py
import numpy as np
import open_clip
import torch
from open_clip.model import CLIP
from safetensors.torch import load_file

MODELS = Path(__file__).resolve().parent.parent / "models"
FREQUENCIES = (0.37, 1.13, 2.71)
COLUMNS = ("norm", "probe0", "probe1", "probe2", "sample0", "sample1", "sample2", "sample3")
MEAN = torch.tensor(open_clip.OPENAI_DATASET_MEAN, dtype=torch.float64).view(1, 3, 1, 1)
STD = torch.tensor(open_clip.OPENAI_DATASET_STD, dtype=torch.float64).view(1, 3, 1, 1)

_spec = importlib.util.spec_from_file_location("golden_models", MODELS / "make.py")
models = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(models)


def received(name, dtype=torch.float64):
    """The model `vit` or `resnet` as its file has it, in evaluation mode."""
    if name == "vit":
        config, state = models.VIT_CONFIG, load_file(MODELS / "vit.safetensors")
    else:
        config = models.RESNET_CONFIG
        with h5py.File(MODELS / "resnet.h5") as store:
            state = {key: torch.from_numpy(np.array(store[key][()])) for key in store}
    model = CLIP(**config).eval()
    model.load_state_dict(state)
    return model.to(dtype)


@torch.no_grad()
def shifted(model, share=0.02):
    """The same model after a push: element i of every parameter times 1 + share * cos(0.9 i), rounded to f32. At
    the received weights themselves several losses are flat, and their gradients prove nothing."""
    for parameter in model.parameters():
        waves = torch.cos(0.9 * torch.arange(parameter.numel(), dtype=torch.float64)).reshape(parameter.shape)
        parameter.copy_((parameter.double() * (1 + share * waves)).float())
    return model


def normalised(pixels):
    """Pixels 0 ... 1, [N, 3, H, W], as the towers take them."""
    return (pixels - MEAN.to(pixels.dtype)) / STD.to(pixels.dtype)


def unit_images(model, pixels):
    return torch.nn.functional.normalize(model.encode_image(normalised(pixels)), dim=-1)


def unit_texts(model, ids):
    return torch.nn.functional.normalize(model.encode_text(ids), dim=-1)


class Recorder:
    """Outputs of named modules during the last forward pass, in the layout [batch, ...]."""

    def __init__(self, model, names):
        self.maps = {}
        modules = dict(model.named_modules())
        for name in names:
            modules[name].register_forward_hook(lambda _, __, output, name=name: self.maps.__setitem__(name, output))


def classifier(model, prompt_ids):
    """Zero-shot classifier, [labels, width]: each prompt's embedding to unit length, mean over prompts, unit length
    again. prompt_ids: [labels, prompts, context]."""
    labels, prompts, context = prompt_ids.shape
    each = unit_texts(model, prompt_ids.reshape(-1, context)).reshape(labels, prompts, -1)
    return torch.nn.functional.normalize(each.mean(1), dim=-1)


def digest(tensor):
    """One digest row, f64."""
    flat = tensor.detach().double().flatten()
    index = torch.arange(1, len(flat) + 1, dtype=torch.float64)
    probes = [(flat * torch.cos(w * index)).sum() for w in FREQUENCIES]
    samples = [flat[j * (len(flat) - 1) // 3] for j in range(4)]
    return torch.stack([flat.norm(), *probes, *samples]).numpy()


def write_digests(group, name, tensors, keys):
    """`NAME` f32 [keys, 8]: a row for each of `keys`, of zeros for what is not among `tensors`."""
    assert set(tensors) <= set(keys)
    rows = [digest(tensors[key]) if key in tensors else np.zeros(len(COLUMNS)) for key in keys]
    write(group, **{name: np.stack(rows)})


def write_keys(store, name, model):
    """`tensors/NAME`: the keys of a model's parameters, in the order of all its digest rows."""
    store.create_dataset("tensors/" + name, data=parameter_keys(model), dtype=h5py.string_dtype())


def parameter_keys(model):
    return [key for key, _ in model.named_parameters()]


def write(group, **arrays):
    """Tensors and arrays as datasets: whole numbers as they are, the rest in f32."""
    for name, value in arrays.items():
        value = value.detach().numpy() if torch.is_tensor(value) else np.asarray(value)
        if value.dtype.kind == "f":
            value = value.astype(np.float32)
        elif value.dtype == np.int64:
            value = value.astype(np.int32)
        options = {"compression": "gzip", "compression_opts": 9, "shuffle": True} if value.size > 2048 else {}
        group.create_dataset(name, data=value, **options)
