// Products of matrices and what a tower does between them, in the widest vectors of the processor.
//
// Every element of a product is one chain of fused multiply-adds over k = 0, 1, 2, ..., so a row's result depends
// neither on how many rows are computed with it, nor on blocking, threads, or the instruction set: single precision
// gives the same bits everywhere. Nothing here allocates; the caller gives the room.
#pragma once
#include <stddef.h>
#include <stdint.h>

// What a set of kernels needs of the processor, from the least to the most. ASSAY_KERNELS=portable|avx2|avx512 in the
// environment limits the choice.
enum { ASSAY_PORTABLE = 0, ASSAY_AVX2 = 1, ASSAY_AVX512 = 2 };
// The kernels in use. Each was tried on a small product when the library was first used; one that gave a wrong result
// is not taken.
int assay_kernels(void);
// Whether bfloat16 is multiplied by the processor, not by emulation.
int assay_multiplies_bf16(void);

enum { ASSAY_IDENTITY = 0, ASSAY_RELU = 1, ASSAY_QUICK_GELU = 2, ASSAY_GELU = 3 };

// Columns of one panel of packed weights.
size_t assay_panel(void);
// Bytes of `depth` x `columns` packed weights, a multiple of 64.
size_t assay_packed_bytes(size_t depth, size_t columns, int bf16);
// Packs weights whose element (k, n) is at from[k * depth_stride + n * column_stride]. `to` is aligned to 64 bytes.
void assay_pack(
    const float *from, size_t depth, size_t columns, size_t depth_stride, size_t column_stride, int bf16, void *to);

// Where rows lie: row m at start + (m / per_item) * item + (m % per_item) * row, in floats.
typedef struct {
  float *start;
  size_t per_item, item, row;
} assay_rows;

// The windows of a convolution over maps [item][height][width][channels]: row m is the m-th result pixel, its
// elements in the order (window row, window column, channel), zero outside the map.
typedef struct {
  size_t height, width, channels, kernel, stride, padding;
} assay_windows;

typedef struct {
  size_t rows, columns, depth;
  assay_rows source;             // read only
  size_t depth_stride;           // distance of a row's elements: 1, or more for a transposed source
  const assay_windows *windows;  // null for plain rows; else source.start holds the maps
  const void *weights;           // packed
  int bf16;                      // whether weights are bfloat16; the source is then rounded to it
  const float *bias;             // [columns] or null
  assay_rows residual;           // added before the activation; start null for none; may be the result itself
  int activation;
  assay_rows result;  // may not overlap the source
} assay_product;

// Bytes of scratch for a product, aligned to 64.
size_t assay_product_scratch(const assay_product *product);
void assay_multiply(const assay_product *product, void *scratch);

// y = gain * (x - mean) / sqrt(variance + epsilon) + bias over rows of `width`; x may be y.
void assay_layer_norm(
    const float *x, float *y, size_t rows, size_t width, const float *gain, const float *bias, float epsilon);
// Softmax of each row.
void assay_softmax(float *x, size_t rows, size_t columns);

enum { ASSAY_MOST_ANCESTORS = 1024 };

// Causal attention in a forest of prefixes: each query is a node's and sees the node and its ancestors, at most
// ASSAY_MOST_ANCESTORS in all. `parents` is -1 at a root. A row of `keys_values` holds all heads' keys, then all
// heads' values; rows of `queries` and `results` hold all heads.
void assay_attend_ancestors(
    const float *queries, const float *keys_values, const int32_t *nodes, size_t count, const int32_t *parents,
    size_t heads, size_t head_width, float *results);
// Averages squares of `side` of maps [height][width][channels]; a rest at the lower or right edge is dropped.
void assay_average_pool(
    const float *x, float *y, size_t items, size_t height, size_t width, size_t channels, size_t side);

// Winograd's F(4x4, 3x3) over maps [item][height][width][channels], channels a multiple of ASSAY_WINOGRAD_CHANNELS: a
// map is covered by ceil(height / 4) x ceil(width / 4) tiles; tiles [first, first + tiles) of all items are taken.
enum { ASSAY_WINOGRAD_CHANNELS = 16, ASSAY_WINOGRAD_POINTS = 36 };
// Into spread[point][tile][channel], `plane` floats from point to point.
void assay_winograd_forward(
    const float *maps, size_t height, size_t width, size_t channels, size_t first, size_t tiles, size_t plane,
    float *spread);
// From products[point][tile][channel]; bias is [channels] or null.
void assay_winograd_back(
    const float *products, size_t height, size_t width, size_t channels, size_t first, size_t tiles,
    const float *bias, int activation, float *maps);
// Part of a kernel [outputs][inputs][3][3], `outputs` of its outputs and `columns` of its inputs from `weights` on, each
// output times its scale where there are scales, into planes[point][output][column]; turned round by half a turn for the way
// back. `columns` is a multiple of ASSAY_WINOGRAD_CHANNELS.
void assay_winograd_kernel(
    const float *weights, size_t inputs, size_t outputs, size_t columns, const float *scales, int turned, float *planes);
// For the kernel's gradient: what arrived at the results, as their tiles' points, in the form of assay_winograd_forward.
void assay_winograd_given(
    const float *maps, size_t height, size_t width, size_t channels, size_t first, size_t tiles, size_t plane,
    float *spread);
// The gradient [output][3][3][input] of a kernel from sums[point][output][input] over tiles, `plane` floats from point to
// point.
void assay_winograd_gradient(const float *sums, size_t inputs, size_t outputs, size_t plane, float *gradient);
