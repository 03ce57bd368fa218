"""Gradients of whole models, by PyTorch in f64: `gradients.h5`.

Groups `vit`, `resnet` and `resnet-training` (BatchNorm by the batch's own statistics, momentum 0.1). The loss is the
contrastive loss of the six pairs `pixels`, `ids` of `strategies.h5`, at the weights as received:

    loss              one number
    image_embeddings, text_embeddings   [6, width], unit length
    gradients         digest rows (see towers.py) of the gradient of every parameter, in the order of `tensors/MODEL`
    pixel_gradient    digest rows of the gradient with respect to each picture, [3, H, W] in 0 ... 1
    statistics        `resnet-training` alone: digest rows of running means and variances after the pass, in the order
                      of `tensors/statistics`
"""

import h5py
import torch

import batches
import losses
from towers import received, unit_images, unit_texts, write, write_digests, write_keys


def record(store, name, model, arrays, training=False):
    inputs = batches.tensors(arrays)
    pixels = inputs["pixels"].requires_grad_()
    model.train(training)
    z, t = unit_images(model, pixels), unit_texts(model, inputs["ids"])
    loss = losses.contrastive(z, t, model.logit_scale.exp())
    loss.backward()
    group = store.create_group(name)
    write(group, loss=loss, image_embeddings=z, text_embeddings=t)
    moved = {key: value.grad for key, value in model.named_parameters()}
    write_digests(group, "gradients", moved, list(moved))
    write_digests(group, "pixel_gradient", dict(enumerate(pixels.grad)), range(len(pixels)))
    if training:
        statistics = {key: value for key, value in model.named_buffers() if "running" in key}
        write_digests(group, "statistics", statistics, list(statistics))
        store.create_dataset("tensors/statistics", data=list(statistics), dtype=h5py.string_dtype())
    else:
        write_keys(store, name, model)


def make(store, inputs):
    torch.manual_seed(0)
    record(store, "vit", received("vit"), inputs["vit"])
    record(store, "resnet", received("resnet"), inputs["resnet"])
    record(store, "resnet-training", received("resnet"), inputs["resnet"], training=True)
