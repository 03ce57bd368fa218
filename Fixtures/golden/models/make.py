"""Tiny random CLIP models in every file layout Assay reads, and what they must compute.

Run from anywhere: `python make.py`. Writes the model files and `expected.h5` beside itself.

Each model is randomly initialised from a fixed seed. Every bias, normalisation gain and running
statistic is random too, so that a term left out of a forward pass shows in its embeddings.
`expected.h5` has one group a model file (named without its extension; files of equal weights share one):

    pixels             uint8  [6, H, W, 3]  images at the model's resolution, before normalisation
    token_ids          int32  [8, context]  start, words, end, then zeros
    image_features     f32    [6, E]        image tower output
    text_features      f32    [8, E]        text tower output
    image_embeddings   f32    [6, E]        the same, unit length
    text_embeddings    f32    [8, E]

and attributes file, quick_gelu, logit_scale (natural log), context_length, image_size, embed_dim.
Files in f16 and bf16 have expected values of their own, computed in f32 from the rounded weights.
"""

import json
from pathlib import Path

import h5py
import numpy as np
import open_clip
import torch
from open_clip.model import CLIP
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

HERE = Path(__file__).resolve().parent
SEED = 20240611
VOCABULARY = 300
START, END = 298, 299
PIXEL_MEAN = open_clip.OPENAI_DATASET_MEAN
PIXEL_STD = open_clip.OPENAI_DATASET_STD

VIT_CONFIG = {
    "embed_dim": 48,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 32, "patch_size": 8, "width": 128, "layers": 2, "head_width": 64, "mlp_ratio": 0.5},
    "text_cfg": {"context_length": 77, "vocab_size": VOCABULARY, "width": 64, "heads": 1, "layers": 3,
                 "mlp_ratio": 1.0},
}
RESNET_CONFIG = {
    "embed_dim": 48,
    "quick_gelu": False,
    "vision_cfg": {"image_size": 64, "layers": [2, 1, 1, 1], "width": 8, "head_width": 64},
    "text_cfg": {"context_length": 32, "vocab_size": VOCABULARY, "width": 128, "heads": 2, "layers": 1,
                 "mlp_ratio": 1.0},
}
HF_CONFIG = {
    "projection_dim": 48,
    "text_config": {
        "hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 1,
        "max_position_embeddings": 77, "vocab_size": VOCABULARY, "hidden_act": "quick_gelu",
        "bos_token_id": START, "eos_token_id": END, "pad_token_id": 0, "projection_dim": 48,
    },
    "vision_config": {
        "hidden_size": 128, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
        "image_size": 32, "patch_size": 8, "hidden_act": "quick_gelu", "projection_dim": 48,
    },
}


def randomise(model, generator):
    """Fill every parameter and running statistic with values at which no term is negligible."""
    def normal(shape, scale):
        return torch.randn(shape, generator=generator) * scale

    for name, tensor in model.state_dict().items():
        if not tensor.is_floating_point():
            continue
        if name == "logit_scale":
            value = torch.tensor(3.0)
        elif name.endswith("running_var"):
            value = 0.5 + torch.rand(tensor.shape, generator=generator)
        elif "embedding" in name and "patch_embedding" not in name:
            value = normal(tensor.shape, 0.2 if "attnpool" in name else 0.7)
        elif tensor.dim() < 2:
            gain = name.endswith("weight")
            value = normal(tensor.shape, 0.25) + (1.0 if gain else 0.0)
        else:
            value = normal(tensor.shape, (1.4 if tensor.dim() == 4 else 1.8) / np.sqrt(tensor[0].numel()))
        tensor.copy_(shorten(value))


def shorten(values, kept_bits=11):
    """Round the 23 fraction bits of f32 to 11: files compress, while f16 (10) and bf16 (7) still round."""
    dropped = 23 - kept_bits
    bits = values.float().contiguous().view(torch.int32)
    return (((bits + (1 << (dropped - 1))) >> dropped) << dropped).view(torch.float32).reshape(values.shape)


def token_rows(context, generator):
    """Eight captions of 0 to context - 2 words, each start, words, end, zeros."""
    rows = np.zeros((8, context), np.int32)
    for row, words in zip(rows, [0, 1, 2, 5, 9, 14, 20, context - 2]):
        row[0] = START
        row[1:words + 1] = torch.randint(1, START, (words,), generator=generator).numpy()
        row[words + 1] = END
    return rows


def pixel_rows(size, generator):
    """Six images: noise, flat colour, gradients, and mixtures of them."""
    y, x = np.mgrid[0:size, 0:size]
    gradient = np.stack([255 * x / (size - 1), 255 * y / (size - 1), 255 * (x + y) / (2 * size - 2)], -1)
    noise = torch.randint(0, 256, (4, size, size, 3), generator=generator).numpy()
    flat = np.full((size, size, 3), (200, 30, 90))
    checks = np.where(((x // 4 + y // 4) % 2 == 0)[..., None], noise[1], gradient)
    images = [noise[0], flat, gradient, checks, 0.5 * gradient[::-1] + 0.5 * noise[2], 0.2 * noise[3] + 120]
    return np.stack(images).astype(np.uint8)


def normalised(pixels):
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    return (images - torch.tensor(PIXEL_MEAN).view(1, 3, 1, 1)) / torch.tensor(PIXEL_STD).view(1, 3, 1, 1)


@torch.no_grad()
def write_expected(store, name, file, encode_image, encode_text, inputs, attributes):
    """One group of `expected.h5`."""
    pixels, token_ids = inputs
    image_features = encode_image(normalised(pixels))
    text_features = encode_text(torch.from_numpy(token_ids).long())
    group = store.create_group(name)
    group.create_dataset("pixels", data=pixels, compression="gzip")
    group.create_dataset("token_ids", data=token_ids, compression="gzip")
    group["image_features"] = image_features.numpy()
    group["text_features"] = text_features.numpy()
    group["image_embeddings"] = torch.nn.functional.normalize(image_features, dim=-1).numpy()
    group["text_embeddings"] = torch.nn.functional.normalize(text_features, dim=-1).numpy()
    group.attrs.update({"file": file, "embed_dim": image_features.shape[1], "image_size": pixels.shape[1],
                        "context_length": token_ids.shape[1], **attributes})


def open_clip_model(config, state):
    model = CLIP(**config).eval()
    model.load_state_dict(state)
    return model


def expect_open_clip(store, name, file, config, state, inputs):
    """`expected.h5` group of an open_clip state dict (upcast to f32)."""
    model = open_clip_model(config, {key: value.float() if value.is_floating_point() else value
                                     for key, value in state.items()})
    write_expected(store, name, file, model.encode_image, model.encode_text, inputs,
                   {"quick_gelu": config["quick_gelu"], "logit_scale": model.logit_scale.item()})


def write_hdf5(file, state, prefix="", nested=False, config=None, encode=None):
    """One dataset a tensor: `prefix` + state-dict key, dots as groups when `nested`."""
    with h5py.File(HERE / file, "w") as store:
        if config is not None:
            store.attrs["model_config"] = json.dumps(config)
        for key, value in state.items():
            path = prefix + (key.replace(".", "/") if nested else key)
            array, attributes = encode(value) if encode else (value.numpy(), {})
            options = {"compression": "gzip", "compression_opts": 9, "shuffle": True} if array.size > 1024 else {}
            store.create_dataset(path, data=array, **options).attrs.update(attributes)


def matrices_as(dtype, state):
    """Matrices in `dtype`; vectors and scalars stay f32."""
    return {key: value.to(dtype) if value.dim() >= 2 else value for key, value in state.items()}


def bfloat16_bits(value):
    """bf16 kept as its raw 16 bits, with the attribute that says so."""
    if value.dtype != torch.bfloat16:
        return value.numpy(), {"dtype": "float32"}
    return value.view(torch.uint16).numpy(), {"dtype": "bfloat16"}


def make_vit(store, generator):
    model = CLIP(**VIT_CONFIG)
    with torch.no_grad():
        randomise(model, generator)
    state = {key: value.clone() for key, value in model.state_dict().items()}
    inputs = pixel_rows(32, generator), token_rows(77, generator)
    half, brain = matrices_as(torch.float16, state), matrices_as(torch.bfloat16, state)

    save_file(state, HERE / "vit.safetensors", metadata={"format": "pt"})
    write_hdf5("vit-nested.h5", state, nested=True, config=VIT_CONFIG)
    write_hdf5("vit-prefixed.h5", state, prefix="state_dict/")
    write_hdf5("vit-f16.h5", half, config=VIT_CONFIG)
    save_file(brain, HERE / "vit-bf16.safetensors", metadata={"format": "pt"})
    write_hdf5("vit-bf16.h5", brain, config=VIT_CONFIG, encode=bfloat16_bits)

    expect_open_clip(store, "vit", "vit.safetensors", VIT_CONFIG, state, inputs)
    for name in ("vit-nested", "vit-prefixed"):
        store[name] = store["vit"]
    expect_open_clip(store, "vit-f16", "vit-f16.h5", VIT_CONFIG, half, inputs)
    expect_open_clip(store, "vit-bf16", "vit-bf16.safetensors", VIT_CONFIG, brain, inputs)


def make_resnet(store, generator):
    model = CLIP(**RESNET_CONFIG)
    with torch.no_grad():
        randomise(model, generator)
    state = {key: value.clone() for key, value in model.state_dict().items()}
    write_hdf5("resnet.h5", state, config=RESNET_CONFIG)
    expect_open_clip(store, "resnet", "resnet.h5", RESNET_CONFIG, state,
                     (pixel_rows(64, generator), token_rows(32, generator)))


def make_hf(store, generator):
    model = CLIPModel(CLIPConfig(**HF_CONFIG)).eval()
    with torch.no_grad():
        randomise(model, generator)
    state = {key: value.clone() for key, value in model.state_dict().items()}
    inputs = pixel_rows(32, generator), token_rows(77, generator)
    gelu_config = {**HF_CONFIG, **{part: {**HF_CONFIG[part], "hidden_act": "gelu"}
                                   for part in ("text_config", "vision_config")}}
    for name, config, shards in (("hf", HF_CONFIG, False), ("hf-sharded", gelu_config, True)):
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        write_json(folder / "config.json", {"architectures": ["CLIPModel"], "model_type": "clip",
                                            "logit_scale_init_value": 2.6592, **config})
        write_json(folder / "preprocessor_config.json", {
            "do_resize": True, "size": {"shortest_edge": 32}, "resample": 3,
            "do_center_crop": True, "crop_size": {"height": 32, "width": 32},
            "do_rescale": True, "rescale_factor": 1 / 255,
            "do_normalize": True, "image_mean": PIXEL_MEAN, "image_std": PIXEL_STD})
        if shards:
            write_shards(folder, state)
        else:
            save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
        reader = CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()
        write_expected(
            store, name, f"{name}/", lambda images, reader=reader: pooled(reader.get_image_features(images)),
            lambda ids, reader=reader: pooled(reader.get_text_features(ids)), inputs,
            {"quick_gelu": config["text_config"]["hidden_act"] == "quick_gelu",
             "logit_scale": reader.logit_scale.item()})
    write_hdf5("hf.h5", state, config={"quick_gelu": True})


def pooled(features):
    """transformers 5 wraps projected features in an output object."""
    return features if torch.is_tensor(features) else features.pooler_output


def write_shards(folder, state):
    """Text tower in the first shard, everything else in the second."""
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    shard_of = {key: names[0 if key.startswith("text") else 1] for key in state}
    for name in names:
        save_file({key: value for key, value in state.items() if shard_of[key] == name}, folder / name,
                  metadata={"format": "pt"})
    total = sum(value.numel() * value.element_size() for value in state.values())
    write_json(folder / "model.safetensors.index.json",
               {"metadata": {"total_size": total}, "weight_map": shard_of})


def write_json(path, content):
    path.write_text(json.dumps(content, indent=2) + "\n")


def main():
    torch.manual_seed(SEED)
    with h5py.File(HERE / "expected.h5", "w") as store:
        for offset, make in enumerate((make_vit, make_resnet, make_hf)):
            make(store, torch.Generator().manual_seed(SEED + offset))


if __name__ == "__main__":
    main()
