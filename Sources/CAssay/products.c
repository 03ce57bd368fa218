// Blocked products over the kernels of products_kernels.h, and the choice of a set of kernels.
//
// The order of loops is Goto and van de Geijn's ("Anatomy of high-performance matrix multiplication", 2008): a block of
// rows is copied into a fixed stride that stays in the second cache, a panel of weights stays in the first, and a tile
// of results in registers. The copy also forms a convolution's windows and rounds to bfloat16. Where few columns would use
// it, plain rows are read where they lie.
#include "assay_products.h"

#include "assay_gradients.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

enum {
  BLOCK_ROWS = 96,     // about, the whole tiles that fit: so many rows
  BLOCK_DEPTH = 1024,  // and so many 32-bit elements of each stay in the second cache
  MOST_SLICE = 256,
  MOST_PANEL = 64,
  PADDING = 16,  // between copied rows: a stride that divided 4 KiB would put them on the same lines of the cache
  IN_PLACE_COLUMNS = 512,  // up to so many columns, rows are not copied
  CACHE_LINE = 64,
};

// What becomes of a whole tile's sums: rows and what is added to them from `column` on; `bias` begins there.
typedef struct {
  const float *bias;
  const float *const *residual;
  float *const *result;
  size_t column;
  int activation;
} ending;

typedef struct {
  size_t panel, rows, slice;
  void (*tile_f32)(const float *, size_t, const float *, size_t, float *, int, const char *, const ending *);
  void (*tile_bf16)(const uint32_t *, const uint32_t *, size_t, float *, int, const char *, const ending *);
  void (*finish)(
      const float *, size_t, const float *, const float *const *, int, float *const *, size_t, size_t);
  void (*round_row)(const float *, uint16_t *, size_t);
  void (*layer_norm)(const float *, float *, size_t, size_t, const float *, const float *, float);
  void (*softmax)(float *, size_t, size_t);
  void (*attend_ancestors)(
      const float *, const float *, const int32_t *, size_t, const int32_t *, size_t, size_t, float *);
  void (*average_pool)(const float *, float *, size_t, size_t, size_t, size_t, size_t);
  void (*winograd_forward)(const float *, size_t, size_t, size_t, size_t, size_t, size_t, float *);
  void (*winograd_given)(const float *, size_t, size_t, size_t, size_t, size_t, size_t, float *);
  void (*winograd_gradient)(const float *, size_t, size_t, size_t, float *);
  void (*winograd_back)(
      const float *, size_t, size_t, size_t, size_t, size_t, const float *, int, float *);
  void (*winograd_kernel)(const float *, size_t, size_t, size_t, const float *, int, float *);
  void (*activate)(const float *, float *, size_t, int);
  void (*activate_back)(const float *, const float *, float *, size_t, int, int);
  void (*layer_norm_back)(
      const float *, const float *, float *, size_t, size_t, const float *, float, int, float *, float *);
  void (*softmax_back)(const float *, float *, size_t, size_t);
  void (*sum_rows)(const float *, size_t, size_t, float *);
  void (*adamw)(float *, const float *, float *, float *, size_t, const assay_adamw_step *);
} kernels;

// Where the channels of each cell of a square tile lie; nowhere outside the map.
static inline void tile_cells(
    const float *map, size_t height, size_t width, size_t channels, ptrdiff_t top, ptrdiff_t left, ptrdiff_t side,
    const float **cells) {
  for (ptrdiff_t k = 0; k < side * side; k++) {
    const ptrdiff_t y = top + k / side, x = left + k % side;
    const int inside = y >= 0 && y < (ptrdiff_t)height && x >= 0 && x < (ptrdiff_t)width;
    cells[k] = inside ? map + ((size_t)y * width + (size_t)x) * channels : 0;
  }
}

// Wide vectors are passed between inlined functions only, so how a call would pass them does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#if defined(__x86_64__)
#define FMA(a, b, c) ((a) * (b) + (c))
#else
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#endif
#define WIDE 4
#define VECTORS 4
#define ROWS 6
#define SLICE 256
#define NAME(x) portable_##x
#include "products_kernels.h"
#undef WIDE
#undef VECTORS
#undef ROWS
#undef SLICE
#undef NAME

#if defined(__x86_64__)
#include <immintrin.h>
#undef FMA
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define WIDE 8
#define VECTORS 2
#define ROWS 6
#define SLICE 256
#define NAME(x) avx2_##x
#include "products_kernels.h"
#undef WIDE
#undef VECTORS
#undef ROWS
#undef SLICE
#undef NAME
#pragma clang attribute pop

#define WIDE 16
#define VECTORS 4
#define ROWS 6
#define SLICE 128
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define NAME(x) avx512_##x
#include "products_kernels.h"
#undef NAME
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma"))), apply_to = function)
#define NAME(x) avx512_bf16_##x
#define DOT(sum, a, b) (avx512_bf16_vec)_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(a), (__m512bh)(b))
#include "products_kernels.h"
#undef NAME
#undef DOT
#pragma clang attribute pop
#undef WIDE
#undef VECTORS
#undef ROWS
#undef SLICE
#endif

// Packing

static size_t blocks(size_t count, size_t size) { return (count + size - 1) / size; }

static size_t packed_bytes(const kernels *set, size_t depth, size_t columns, int bf16) {
  const size_t words = bf16 ? (depth + 1) / 2 : depth;
  return blocks(blocks(columns, set->panel) * set->panel * words * 4, 64) * 64;
}

static void pack(
    const kernels *set, const float *from, size_t depth, size_t columns, size_t depth_stride, size_t column_stride,
    int bf16, void *to) {
  const size_t panel = set->panel;
  if (!bf16) {
    float *out = to;
    for (size_t n = 0; n < columns; n += panel, out += depth * panel) {
      const size_t count = columns - n < panel ? columns - n : panel;
      const float *first = from + n * column_stride;
      if (count < panel) memset(out, 0, depth * panel * sizeof(float));
      if (column_stride == 1)
        for (size_t k = 0; k < depth; k++) memcpy(out + k * panel, first + k * depth_stride, count * sizeof(float));
      else
        for (size_t j = 0; j < count; j++)
          for (size_t k = 0; k < depth; k++) out[k * panel + j] = first[j * column_stride + k * depth_stride];
    }
    return;
  }
  uint16_t *out = to;
  for (size_t n = 0; n < columns; n += panel)
    for (size_t k = 0; k < depth; k += 2) {
      float values[2 * MOST_PANEL] = {0};
      for (size_t j = 0; j < panel && n + j < columns; j++)
        for (size_t half = 0; half < 2 && k + half < depth; half++)
          values[2 * j + half] = from[(k + half) * depth_stride + (n + j) * column_stride];
      set->round_row(values, out, 2 * panel);
      out += 2 * panel;
    }
}

// Elements [first, first + count) of one window row by row; zero outside the map.
static void copy_window(
    const float *map, const assay_windows *w, size_t pixel, size_t first, size_t count, float *to) {
  const size_t across = (w->width + 2 * w->padding - w->kernel) / w->stride + 1;
  const size_t line = w->kernel * w->channels;
  const ptrdiff_t top = (ptrdiff_t)(pixel / across * w->stride) - (ptrdiff_t)w->padding;
  const ptrdiff_t left = ((ptrdiff_t)(pixel % across * w->stride) - (ptrdiff_t)w->padding) * (ptrdiff_t)w->channels;
  const ptrdiff_t width = (ptrdiff_t)(w->width * w->channels);
  while (count > 0) {
    const size_t within = first % line, length = line - within < count ? line - within : count;
    const ptrdiff_t y = top + (ptrdiff_t)(first / line);
    ptrdiff_t begin = left + (ptrdiff_t)within, end = begin + (ptrdiff_t)length;
    if (y < 0 || y >= (ptrdiff_t)w->height || end <= 0 || begin >= width) {
      memset(to, 0, length * sizeof(float));
    } else {
      const ptrdiff_t from = begin < 0 ? 0 : begin, until = end > width ? width : end;
      memset(to, 0, (size_t)(from - begin) * sizeof(float));
      memcpy(to + (from - begin), map + y * width + from, (size_t)(until - from) * sizeof(float));
      memset(to + (until - begin), 0, (size_t)(end - until) * sizeof(float));
    }
    first += length, count -= length, to += length;
  }
}

// Rows a constant distance apart are those of one item: none is then looked for by a division.
static assay_rows straightened(assay_rows rows) {
  if (rows.item == rows.per_item * rows.row) rows.per_item = SIZE_MAX;
  return rows;
}

static float *row_at(const assay_rows *rows, size_t m) {
  if (m < rows->per_item) return rows->start + m * rows->row;
  return rows->start + m / rows->per_item * rows->item + m % rows->per_item * rows->row;
}

// Elements [first, first + count) of row m of the source.
static const float *source_row(const assay_product *p, size_t m, size_t first, size_t count, float *room) {
  const assay_rows *s = &p->source;
  if (p->windows) {
    const float *map = s->start + m / s->per_item * s->item;
    copy_window(map, p->windows, m % s->per_item, first, count, room);
    return room;
  }
  const float *row = row_at(s, m);
  if (p->depth_stride == 1) return row + first;
  for (size_t k = 0; k < count; k++) room[k] = row[(first + k) * p->depth_stride];
  return room;
}

// From one copied row to the next.
static size_t block_stride(const kernels *set) { return set->slice + PADDING; }

// Products

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

// Rows of a block: whole tiles, and all blocks about as large.
static size_t block_rows(const kernels *set, size_t rows) {
  const size_t tiles = blocks(rows, set->rows), most = BLOCK_ROWS / set->rows;
  return rows ? blocks(tiles, blocks(tiles, most)) * set->rows : 0;
}

// 32-bit elements of a packed column.
static size_t packed_words(const assay_product *p) { return p->bf16 ? (p->depth + 1) / 2 : p->depth; }

// What a slice takes of a row.
static size_t slice_depth(const kernels *set, const assay_product *p) { return p->bf16 ? 2 * set->slice : set->slice; }

// Slices of a block.
static size_t most_slices(const kernels *set) { return BLOCK_DEPTH / set->slice; }

// Results of a block: of one panel, or of all where the depth takes more than one block.
static size_t held_panels(const kernels *set, const assay_product *p) {
  return blocks(p->depth, slice_depth(set, p)) > most_slices(set) ? blocks(p->columns, set->panel) : 1;
}

static size_t scratch_bytes(const kernels *set, const assay_product *p) {
  const size_t rows = block_rows(set, p->rows), slices = least(blocks(p->depth, slice_depth(set, p)), most_slices(set));
  return rows * slices * block_stride(set) * 4 + held_panels(set, p) * rows * set->panel * 4;
}

// Whether rows are read where they lie: a copy that few columns use costs more than it saves.
static int reads_in_place(const assay_product *p) {
  return p->columns <= IN_PLACE_COLUMNS && !p->bf16 && !p->windows && p->depth_stride == 1 &&
         p->rows <= p->source.per_item;
}

// Rows of the product that are multiplied together.
typedef struct {
  size_t first, count;
  size_t lying;            // so many are read where they lie; the rest is copied
  const uint32_t *copied;  // the slice of all rows at hand
  float *results[BLOCK_ROWS];
  const float *residuals[BLOCK_ROWS];
} row_block;

// Copies one slice of the rows that are copied; rows beyond the last are zero, so that every tile is whole.
static void copy_slice(
    const kernels *set, const assay_product *p, const row_block *block, size_t first, size_t count, uint32_t *copies) {
  float room[2 * MOST_SLICE];
  for (size_t i = block->lying; i < blocks(block->count, set->rows) * set->rows; i++) {
    uint32_t *to = copies + i * block_stride(set);
    if (i >= block->count) {
      memset(to, 0, set->slice * sizeof(float));
    } else if (!p->bf16) {
      const float *from = source_row(p, block->first + i, first, count, (float *)to);
      if (from != (float *)to) memcpy(to, from, count * sizeof(float));
    } else {
      if (count % 2) to[count / 2] = 0;
      set->round_row(source_row(p, block->first + i, first, count, room), (uint16_t *)to, count);
    }
  }
}

// Slice `s` of a block of rows times that of panel `n`, onto the sums of the slices before it; after the last slice the
// sums become results. Cache lines from `next` on are fetched by the way.
static void multiply_slice(
    const kernels *set, const assay_product *p, const row_block *block, size_t n, size_t s, const char *next, float *sums) {
  const size_t depth = slice_depth(set, p), words = packed_words(p), length = least(words - s * set->slice, set->slice);
  const uint32_t *weights = (const uint32_t *)p->weights + (n * words + s * set->slice) * set->panel;
  const size_t column = n * set->panel, columns = least(p->columns - column, set->panel);
  const int last = (s + 1) * set->slice >= words;
  // Other activations take registers that a tile does not leave.
  const int simple = p->activation == ASSAY_IDENTITY || p->activation == ASSAY_RELU;
  for (size_t row = 0; row < block->count; row += set->rows) {
    const size_t count = least(block->count - row, set->rows);
    const ending end = {
        p->bias ? p->bias + column : 0, p->residual.start ? block->residuals + row : 0, block->results + row, column,
        p->activation};
    const int whole = simple && count == set->rows && columns == set->panel;
    const ending *at_once = last && whole ? &end : 0;
    float *c = sums + row * set->panel;
    const uint32_t *copied = block->copied + row * block_stride(set);
    if (p->bf16)
      set->tile_bf16(copied, weights, length, c, s > 0, next, at_once);
    else if (row < block->lying)
      set->tile_f32(
          row_at(&p->source, block->first + row) + s * depth, p->source.row, (const float *)weights, length, c, s > 0, next,
          at_once);
    else
      set->tile_f32((const float *)copied, block_stride(set), (const float *)weights, length, c, s > 0, next, at_once);
    if (last && !whole)
      set->finish(c, count, end.bias, end.residual, p->activation, end.result, column, columns);
    next += length * (CACHE_LINE / 2);
  }
}

static void multiply(const kernels *set, const assay_product *p, void *scratch) {
  const size_t most = block_rows(set, p->rows), panels = blocks(p->columns, set->panel), words = packed_words(p);
  const size_t depth = slice_depth(set, p), slices = blocks(p->depth, depth), in_block = most_slices(set);
  const size_t slice_words = most * block_stride(set);
  const int holds_all = held_panels(set, p) > 1, in_place = reads_in_place(p);
  uint32_t *copies = scratch;
  float *sums = (float *)(copies + least(slices, in_block) * slice_words);
  row_block block;
  for (block.first = 0; block.first < p->rows; block.first += most) {
    block.count = least(p->rows - block.first, most);
    block.lying = in_place ? block.count / set->rows * set->rows : 0;
    for (size_t i = 0; i < block.count; i++) block.results[i] = row_at(&p->result, block.first + i);
    if (p->residual.start)
      for (size_t i = 0; i < block.count; i++) block.residuals[i] = row_at(&p->residual, block.first + i);
    for (size_t start = 0; start < slices; start += in_block) {
      const size_t end = least(slices, start + in_block);
      for (size_t s = start; s < end; s++)
        copy_slice(set, p, &block, s * depth, least(p->depth - s * depth, depth), copies + (s - start) * slice_words);
      for (size_t n = 0; n < panels; n++)
        for (size_t s = start; s < end; s++) {
          // The same panel's next slice, or the first of the panel after it.
          const size_t next = s + 1 < end ? n * words + (s + 1) * set->slice : (n + 1) * words + start * set->slice;
          block.copied = copies + (s - start) * slice_words;
          multiply_slice(
              set, p, &block, n, s, (const char *)((const uint32_t *)p->weights + next * set->panel),
              sums + (holds_all ? n * most * set->panel : 0));
        }
    }
  }
}

// The choice

// A product of odd sizes, with a whole panel and a part of one, against a plain chain: equal bits in single precision.
static int works(const kernels *set, int bf16) {
  enum { M = 19, K = 301, N = MOST_PANEL + 5 };
  static float a[M * K], b[K * N], c[M * N];
  static uint32_t packed[2 * MOST_PANEL * (K + 1)], scratch[(K + 2 * MOST_SLICE) * 32 + 32 * MOST_PANEL];
  uint32_t seed = 1;
  for (size_t i = 0; i < M * K; i++) a[i] = (float)((seed = seed * 1664525u + 1013904223u) >> 16) / 32768.0f - 1;
  for (size_t i = 0; i < K * N; i++) b[i] = (float)((seed = seed * 1664525u + 1013904223u) >> 16) / 32768.0f - 1;
  pack(set, b, K, N, N, 1, bf16, packed);
  // Rows that are items of their own are copied, those of one item are read where they lie.
  for (size_t per_item = 1; per_item <= M; per_item += M - 1) {
    const assay_product p = {
        .rows = M, .columns = N, .depth = K, .source = {a, per_item, per_item * K, K}, .depth_stride = 1, .weights = packed,
        .bf16 = bf16, .result = {c, 1, N, 0}};
    if (scratch_bytes(set, &p) > sizeof scratch) return 0;
    memset(c, 0, sizeof c);
    multiply(set, &p, scratch);
    for (size_t m = 0; m < M; m++)
      for (size_t n = 0; n < N; n++) {
        float sum = 0;
        for (size_t k = 0; k < K; k++) sum = fmaf(a[m * K + k], b[k * N + n], sum);
        if (bf16 ? !(fabsf(c[m * N + n] - sum) < 0.5f) : c[m * N + n] != sum) return 0;
      }
  }
  return 1;
}

static struct {
  const kernels *set;
  int level, multiplies_bf16;
} chosen;

__attribute__((constructor)) static void choose(void) {
  chosen.set = &portable_set;
#if defined(__x86_64__)
  const char *limit = getenv("ASSAY_KERNELS");
  const int most = !limit ? ASSAY_AVX512 : !strcmp(limit, "portable") ? ASSAY_PORTABLE : !strcmp(limit, "avx2") ? ASSAY_AVX2 : ASSAY_AVX512;
  __builtin_cpu_init();
  if (most >= ASSAY_AVX512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    if (__builtin_cpu_supports("avx512bf16") && works(&avx512_bf16_set, 0) && works(&avx512_bf16_set, 1)) {
      chosen.set = &avx512_bf16_set, chosen.level = ASSAY_AVX512, chosen.multiplies_bf16 = 1;
      return;
    }
    if (works(&avx512_set, 0) && works(&avx512_set, 1)) {
      chosen.set = &avx512_set, chosen.level = ASSAY_AVX512;
      return;
    }
  }
  if (most >= ASSAY_AVX2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      works(&avx2_set, 0) && works(&avx2_set, 1))
    chosen.set = &avx2_set, chosen.level = ASSAY_AVX2;
#endif
}

int assay_kernels(void) { return chosen.level; }
int assay_multiplies_bf16(void) { return chosen.multiplies_bf16; }
size_t assay_panel(void) { return chosen.set->panel; }

size_t assay_packed_bytes(size_t depth, size_t columns, int bf16) {
  return packed_bytes(chosen.set, depth, columns, bf16);
}

void assay_pack(
    const float *from, size_t depth, size_t columns, size_t depth_stride, size_t column_stride, int bf16, void *to) {
  pack(chosen.set, from, depth, columns, depth_stride, column_stride, bf16, to);
}

size_t assay_product_scratch(const assay_product *product) { return scratch_bytes(chosen.set, product); }

void assay_multiply(const assay_product *product, void *scratch) {
  assay_product p = *product;
  // A window's row says of which item it is.
  if (!p.windows) p.source = straightened(p.source);
  p.residual = straightened(p.residual);
  p.result = straightened(p.result);
  multiply(chosen.set, &p, scratch);
}

void assay_layer_norm(
    const float *x, float *y, size_t rows, size_t width, const float *gain, const float *bias, float epsilon) {
  chosen.set->layer_norm(x, y, rows, width, gain, bias, epsilon);
}

void assay_softmax(float *x, size_t rows, size_t columns) { chosen.set->softmax(x, rows, columns); }

void assay_attend_ancestors(
    const float *queries, const float *keys_values, const int32_t *nodes, size_t count, const int32_t *parents,
    size_t heads, size_t head_width, float *results) {
  chosen.set->attend_ancestors(queries, keys_values, nodes, count, parents, heads, head_width, results);
}

void assay_average_pool(
    const float *x, float *y, size_t items, size_t height, size_t width, size_t channels, size_t side) {
  chosen.set->average_pool(x, y, items, height, width, channels, side);
}

void assay_winograd_forward(
    const float *maps, size_t height, size_t width, size_t channels, size_t first, size_t tiles, size_t plane,
    float *spread) {
  chosen.set->winograd_forward(maps, height, width, channels, first, tiles, plane, spread);
}

void assay_winograd_given(
    const float *maps, size_t height, size_t width, size_t channels, size_t first, size_t tiles, size_t plane,
    float *spread) {
  chosen.set->winograd_given(maps, height, width, channels, first, tiles, plane, spread);
}

void assay_winograd_gradient(const float *sums, size_t inputs, size_t outputs, size_t plane, float *gradient) {
  chosen.set->winograd_gradient(sums, inputs, outputs, plane, gradient);
}

void assay_winograd_back(
    const float *products, size_t height, size_t width, size_t channels, size_t first, size_t tiles,
    const float *bias, int activation, float *maps) {
  chosen.set->winograd_back(products, height, width, channels, first, tiles, bias, activation, maps);
}

void assay_winograd_kernel(
    const float *weights, size_t inputs, size_t outputs, size_t columns, const float *scales, int turned, float *planes) {
  chosen.set->winograd_kernel(weights, inputs, outputs, columns, scales, turned, planes);
}

void assay_activate(const float *x, float *y, size_t count, int activation) {
  chosen.set->activate(x, y, count, activation);
}

void assay_activate_back(
    const float *x, const float *dy, float *dx, size_t count, int activation, int adding) {
  chosen.set->activate_back(x, dy, dx, count, activation, adding);
}

void assay_layer_norm_back(
    const float *x, const float *dy, float *dx, size_t rows, size_t width, const float *gain, float epsilon, int adding,
    float *dgain, float *dbias) {
  chosen.set->layer_norm_back(x, dy, dx, rows, width, gain, epsilon, adding, dgain, dbias);
}

void assay_softmax_back(const float *p, float *dp, size_t rows, size_t columns) {
  chosen.set->softmax_back(p, dp, rows, columns);
}

void assay_sum_rows(const float *x, size_t rows, size_t columns, float *sums) {
  chosen.set->sum_rows(x, rows, columns, sums);
}

void assay_adamw(float *w, const float *g, float *m, float *v, size_t count, const assay_adamw_step *step) {
  chosen.set->adamw(w, g, m, v, count, step);
}

// Rows of windows, written out: the left half of a convolution's weight gradient.
void assay_unfold(const float *maps, const assay_windows *w, size_t first, size_t pixels, float *to) {
  const size_t across = (w->width + 2 * w->padding - w->kernel) / w->stride + 1;
  const size_t down = (w->height + 2 * w->padding - w->kernel) / w->stride + 1;
  const size_t area = down * across, depth = w->kernel * w->kernel * w->channels;
  for (size_t i = 0; i < pixels; i++, to += depth)
    copy_window(
        maps + (first + i) / area * w->height * w->width * w->channels, w, (first + i) % area, 0, depth, to);
}

// The reverse: adds rows of windows back into the maps.
void assay_fold(const float *rows, const assay_windows *w, size_t items, float *maps) {
  const size_t across = (w->width + 2 * w->padding - w->kernel) / w->stride + 1;
  const size_t down = (w->height + 2 * w->padding - w->kernel) / w->stride + 1;
  for (size_t n = 0; n < items; n++, maps += w->height * w->width * w->channels)
    for (size_t y = 0; y < down; y++)
      for (size_t x = 0; x < across; x++)
        for (size_t i = 0; i < w->kernel; i++)
          for (size_t j = 0; j < w->kernel; j++, rows += w->channels) {
            const size_t row = y * w->stride + i, column = x * w->stride + j;
            if (row < w->padding || row - w->padding >= w->height) continue;
            if (column < w->padding || column - w->padding >= w->width) continue;
            float *cell = maps + ((row - w->padding) * w->width + column - w->padding) * w->channels;
            for (size_t c = 0; c < w->channels; c++) cell[c] += rows[c];
          }
}
