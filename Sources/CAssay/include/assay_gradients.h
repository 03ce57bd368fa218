// Backward passes of what lies between the products, and the optimizer's step. The products of a backward pass are
// assay_multiply's. Nothing here allocates.
#pragma once
#include <stddef.h>

#include "assay_products.h"

// y = activation(x).
void assay_activate(const float *x, float *y, size_t count, int activation);
// dx = dy * activation'(x), added to dx where `adding`. For ReLU x may be the activated value.
void assay_activate_back(
    const float *x, const float *dy, float *dx, size_t count, int activation, int adding);

// The gradient of assay_layer_norm; sums over rows are added to dgain and dbias, [width], unless null.
void assay_layer_norm_back(
    const float *x, const float *dy, float *dx, size_t rows, size_t width, const float *gain, float epsilon, int adding,
    float *dgain, float *dbias);
// From probabilities p and their gradient to the gradient before softmax, in place.
void assay_softmax_back(const float *p, float *dp, size_t rows, size_t columns);
// Adds all rows to `sums`, [columns].
void assay_sum_rows(const float *x, size_t rows, size_t columns, float *sums);

// The windows of pixels [first, first + pixels), counted over all items, a row each.
void assay_unfold(const float *maps, const assay_windows *windows, size_t first, size_t pixels, float *to);
// Adds the windows of `items` whole maps back into them.
void assay_fold(const float *rows, const assay_windows *windows, size_t items, float *maps);

// One step of AdamW: the gradient is multiplied by `scale` (clipping), `kept` is 1 - rate * decay, the corrections are
// 1 / (1 - beta^t).
typedef struct {
  float scale, rate, beta1, beta2, epsilon, kept, correction1, correction2;
} assay_adamw_step;
void assay_adamw(float *w, const float *g, float *m, float *v, size_t count, const assay_adamw_step *step);
