"""Gradients of whole models, by PyTorch in f64: `gradients.h5`.

Groups `vit`, `resnet` and `resnet-training` (BatchNorm by the batch's own statistics, momentum 0.1). The loss is the
contrastive loss of the six pairs `pixels`, `ids` of `strategies.h5`, at the weights as received:

    loss              one number
    image_embeddings, text_embeddings   [6, width], unit length
    gradients         digest rows (see towers.py) of the gradient of every parameter, in `gradients_tensors`
    pixel_gradient    digest rows of the gradient with respect to each picture, [3, H, W] in 0 ... 1
    statistics        `resnet-training` alone: digest rows of running means and variances after the pass
"""

import torch

import batches
import losses
from towers import received, unit_images, unit_texts, write, write_digests


def record(store, name, model, arrays, training=False):
    inputs = batches.tensors(arrays)
    pixels = inputs["pixels"].requires_grad_()
    model.train(training)
    z, t = unit_images(model, pixels), unit_texts(model, inputs["ids"])
    loss = losses.contrastive(z, t, model.logit_scale.exp())
    loss.backward()
    group = store.create_group(name)
    write(group, loss=loss, image_embeddings=z, text_embeddings=t)
    write_digests(group, "gradients", {key: value.grad for key, value in model.named_parameters()})
    write_digests(group, "pixel_gradient", {f"picture-{i}": row for i, row in enumerate(pixels.grad)})
    if training:
        write_digests(group, "statistics", {key: value for key, value in model.named_buffers() if "running" in key})


def make(store, inputs):
    torch.manual_seed(0)
    record(store, "vit", received("vit"), inputs["vit"])
    record(store, "resnet", received("resnet"), inputs["resnet"])
    record(store, "resnet-training", received("resnet"), inputs["resnet"], training=True)
