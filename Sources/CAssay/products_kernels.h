// The kernels, written once for any vector width. products.c includes this file for every instruction set, with
//   WIDE      floats of a vector            ROWS      rows of a tile
//   VECTORS   vectors across a tile         SLICE     32-bit elements of a row taken at once
//   NAME(x)   a name of the instruction set FMA(...)  a * b + c, fused where the processor can
//   DOT(...)  sum + two products of bfloat16 pairs, if the processor has them
// A tile is ROWS x PANEL results held in registers, PANEL = VECTORS * WIDE.

typedef float NAME(vec) __attribute__((ext_vector_type(WIDE)));
typedef float NAME(vec_at) __attribute__((ext_vector_type(WIDE), aligned(4)));
typedef int32_t NAME(ivec) __attribute__((ext_vector_type(WIDE)));
typedef uint32_t NAME(uvec) __attribute__((ext_vector_type(WIDE)));
typedef uint32_t NAME(uvec_at) __attribute__((ext_vector_type(WIDE), aligned(4)));
typedef float NAME(lanes) __attribute__((ext_vector_type(16)));
typedef float NAME(lanes_at) __attribute__((ext_vector_type(16), aligned(4)));
#define vec NAME(vec)
#define lanes NAME(lanes)
#define lanes_at NAME(lanes_at)
#define vec_at NAME(vec_at)
#define ivec NAME(ivec)
#define uvec NAME(uvec)
#define uvec_at NAME(uvec_at)
#define PANEL (VECTORS * WIDE)
#define STRIDE (SLICE + PADDING)

static inline vec NAME(load)(const float *p) { return *(const vec_at *)p; }
static inline void NAME(store)(float *p, vec v) { *(vec_at *)p = v; }

// Results of a tile so far; in registers, as whatever takes it is inlined.
typedef struct {
  vec at[ROWS][VECTORS];
} NAME(tile);
#define tile NAME(tile)
#define INLINED __attribute__((always_inline)) static inline
#define UNROLLED _Pragma("clang loop unroll(full)")
#define EVERY_ROW UNROLLED for (int i = 0; i < ROWS; i++)
#define EVERY_VECTOR UNROLLED for (int j = 0; j < VECTORS; j++)

INLINED void NAME(begin)(tile *sum, const float *c, int adding) {
  EVERY_ROW EVERY_VECTOR sum->at[i][j] = adding ? NAME(load)(c + i * PANEL + j * WIDE) : (vec)0;
}

// To where sums wait for the next slice; or, where this was the last, what `finish` does, without a way through memory.
INLINED void NAME(end)(tile *sum, float *c, const ending *end) {
  if (!end) {
    EVERY_ROW EVERY_VECTOR NAME(store)(c + i * PANEL + j * WIDE, sum->at[i][j]);
    return;
  }
  if (end->bias) EVERY_VECTOR {
      const vec bias = NAME(load)(end->bias + j * WIDE);
      EVERY_ROW sum->at[i][j] += bias;
    }
  if (end->residual) EVERY_ROW EVERY_VECTOR sum->at[i][j] += NAME(load)(end->residual[i] + end->column + j * WIDE);
  if (end->activation == ASSAY_RELU)
    EVERY_ROW EVERY_VECTOR sum->at[i][j] = __builtin_elementwise_max(sum->at[i][j], (vec)0);
  EVERY_ROW EVERY_VECTOR NAME(store)(end->result[i] + end->column + j * WIDE, sum->at[i][j]);
}

INLINED void NAME(multiply_f32)(
    const float *restrict a, size_t stride, const float *restrict b, size_t depth, float *restrict c, int adding,
    const char *next, const ending *ending) {
  tile sum;
  NAME(begin)(&sum, c, adding);
#pragma clang loop unroll_count(4)
  for (size_t k = 0; k < depth; k++) {
    if (k % 2 == 0) __builtin_prefetch(next + k * (CACHE_LINE / 2), 0, 2);
    vec right[VECTORS];
    EVERY_VECTOR right[j] = NAME(load)(b + k * PANEL + j * WIDE);
    EVERY_ROW {
      const vec left = (vec)a[i * stride + k];
      EVERY_VECTOR sum.at[i][j] = FMA(left, right[j], sum.at[i][j]);
    }
  }
  NAME(end)(&sum, c, ending);
}

// Rows of `a` are `stride` apart, `b` is a panel, `c` holds ROWS x PANEL results between slices. A cache line from `next` on
// is fetched every other step: weights that come after these, so that the second cache has them by then.
static void NAME(tile_f32)(
    const float *restrict a, size_t stride, const float *restrict b, size_t depth, float *restrict c, int adding,
    const char *next, const ending *ending) {
  // Copied rows are a known stride apart, which leaves the loop nothing to compute but the products.
  if (stride == STRIDE)
    NAME(multiply_f32)(a, STRIDE, b, depth, c, adding, next, ending);
  else
    NAME(multiply_f32)(a, stride, b, depth, c, adding, next, ending);
}

// The same over copied pairs of bfloat16: `a` and `b` hold two consecutive k in 32 bits, `pairs` = depth / 2.
static void NAME(tile_bf16)(
    const uint32_t *restrict a, const uint32_t *restrict b, size_t pairs, float *restrict c, int adding, const char *next,
    const ending *ending) {
  tile sum;
  NAME(begin)(&sum, c, adding);
#ifdef DOT
#pragma clang loop unroll_count(4)
  for (size_t k = 0; k < pairs; k++) {
    if (k % 2 == 0) __builtin_prefetch(next + k * (CACHE_LINE / 2), 0, 2);
    uvec right[VECTORS];
    EVERY_VECTOR right[j] = *(const uvec_at *)(b + k * PANEL + j * WIDE);
    EVERY_ROW {
      const uvec left = (uvec)a[i * STRIDE + k];
      EVERY_VECTOR sum.at[i][j] = DOT(sum.at[i][j], left, right[j]);
    }
  }
#else
  (void)next;
  for (size_t k = 0; k < pairs; k++) EVERY_VECTOR {
      const uvec pair = *(const uvec_at *)(b + k * PANEL + j * WIDE);
      const vec low = (vec)(pair << 16), high = (vec)(pair & 0xffff0000u);
      EVERY_ROW {
        const uvec left = (uvec)a[i * STRIDE + k];
        sum.at[i][j] = FMA((vec)(left & 0xffff0000u), high, FMA((vec)(left << 16), low, sum.at[i][j]));
      }
    }
#endif
  NAME(end)(&sum, c, ending);
}

// e^x: x = n ln 2 + r, a polynomial in r (Cephes), n into the exponent.
static inline vec NAME(exponential)(vec x) {
  x = __builtin_elementwise_min(__builtin_elementwise_max(x, (vec)-87.0f), (vec)88.0f);
  const vec n = __builtin_elementwise_rint(x * (vec)1.44269504088896341f);
  const vec r = FMA(n, (vec)2.12194440e-4f, FMA(n, (vec)-0.693359375f, x));
  vec p = FMA((vec)1.9875691500e-4f, r, (vec)1.3981999507e-3f);
  p = FMA(p, r, (vec)8.3334519073e-3f);
  p = FMA(p, r, (vec)4.1665795894e-2f);
  p = FMA(p, r, (vec)1.6666665459e-1f);
  p = FMA(p, r, (vec)5.0000001201e-1f);
  p = FMA(p, r * r, r) + (vec)1.0f;
  const ivec exponent = (__builtin_convertvector(n, ivec) + 127) << 23;
  return p * (vec)exponent;
}

static inline vec NAME(activate)(vec x, int activation) {
  switch (activation) {
    case ASSAY_RELU: return __builtin_elementwise_max(x, (vec)0);
    case ASSAY_QUICK_GELU: return x / (NAME(exponential)(x * (vec)-1.702f) + (vec)1.0f);
    case ASSAY_GELU: {
      // 1 - erf(|z|) = t (a1 + ... + a5 t^4) e^(-z^2), Abramowitz and Stegun 7.1.26, within 1.5e-7.
      const vec z = __builtin_elementwise_abs(x) * (vec)0.70710678118654752f;
      const vec t = (vec)1.0f / FMA((vec)0.3275911f, z, (vec)1.0f);
      vec p = FMA((vec)1.061405429f, t, (vec)-1.453152027f);
      p = FMA(p, t, (vec)1.421413741f);
      p = FMA(p, t, (vec)-0.284496736f);
      p = FMA(p, t, (vec)0.254829592f) * t;
      const vec tail = (vec)0.5f * p * NAME(exponential)(-z * z);
      // Far below zero the small tail itself is kept, so that nothing cancels.
      return __builtin_elementwise_max(x, (vec)0) - __builtin_elementwise_abs(x) * tail;
    }
    default: return x;
  }
}

// Bias, residual, activation: `columns` <= PANEL results of one row.
static inline void NAME(finish_row)(
    const float *c, const float *bias, const float *residual, int activation, float *result, size_t columns) {
  if (columns == PANEL) {
#pragma clang loop unroll(full)
    for (int j = 0; j < VECTORS; j++) {
      vec v = NAME(load)(c + j * WIDE);
      if (bias) v += NAME(load)(bias + j * WIDE);
      if (residual) v += NAME(load)(residual + j * WIDE);
      NAME(store)(result + j * WIDE, NAME(activate)(v, activation));
    }
  } else {
    float row[PANEL], last[PANEL] = {0}, biases[PANEL] = {0};
    if (residual) memcpy(last, residual, columns * sizeof(float));
    if (bias) memcpy(biases, bias, columns * sizeof(float));
    for (int j = 0; j < VECTORS; j++) {
      vec v = NAME(load)(c + j * WIDE);
      if (bias) v += NAME(load)(biases + j * WIDE);
      if (residual) v += NAME(load)(last + j * WIDE);
      NAME(store)(row + j * WIDE, NAME(activate)(v, activation));
    }
    memcpy(result, row, columns * sizeof(float));
  }
}

static void NAME(finish)(
    const float *c, size_t rows, const float *bias, const float *const *residual, int activation,
    float *const *result, size_t column, size_t columns) {
#define FINISH(kind)                                                                                        \
  for (size_t i = 0; i < rows; i++)                                                                         \
    NAME(finish_row)(c + i * PANEL, bias, residual ? residual[i] + column : 0, kind, result[i] + column, columns)
  switch (activation) {
    case ASSAY_RELU: FINISH(ASSAY_RELU); break;
    case ASSAY_QUICK_GELU: FINISH(ASSAY_QUICK_GELU); break;
    case ASSAY_GELU: FINISH(ASSAY_GELU); break;
    default: FINISH(ASSAY_IDENTITY); break;
  }
#undef FINISH
}

// To bfloat16, to nearest and ties to even; a NaN stays one.
static inline uvec NAME(rounded)(vec x) {
  const uvec bits = (uvec)x;
  const uvec up = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const ivec ordered = x == x;
  return (up & (uvec)ordered) | (((bits >> 16) | 0x40u) & ~(uvec)ordered);
}

static void NAME(round_row)(const float *restrict from, uint16_t *restrict to, size_t count) {
  size_t i = 0;
  typedef uint16_t half __attribute__((ext_vector_type(WIDE), aligned(2)));
  for (; i + WIDE <= count; i += WIDE)
    *(half *)(to + i) = __builtin_convertvector(NAME(rounded)(NAME(load)(from + i)), half);
  for (; i < count; i++) to[i] = (uint16_t)NAME(rounded)((vec)from[i])[0];
}

// Sums run over 16 lanes in every instruction set, and the lanes are added in one order, so that all round alike.
static inline float NAME(total)(lanes v) {
  const float __attribute__((ext_vector_type(8))) eight = v.lo + v.hi;
  const float __attribute__((ext_vector_type(4))) four = eight.lo + eight.hi;
  const float __attribute__((ext_vector_type(2))) two = four.lo + four.hi;
  return two.x + two.y;
}

static inline lanes NAME(load_lanes)(const float *p) { return *(const lanes_at *)p; }

static void NAME(layer_norm)(
    const float *x, float *y, size_t rows, size_t width, const float *gain, const float *bias, float epsilon) {
  for (size_t r = 0; r < rows; r++, x += width, y += width) {
    lanes sums = 0;
    float rest = 0;
    size_t i = 0;
    for (; i + 16 <= width; i += 16) sums += NAME(load_lanes)(x + i);
    for (; i < width; i++) rest += x[i];
    const float mean = (NAME(total)(sums) + rest) / (float)width;
    lanes squares = 0;
    rest = 0;
    for (i = 0; i + 16 <= width; i += 16) {
      const lanes d = NAME(load_lanes)(x + i) - (lanes)mean;
      squares = FMA(d, d, squares);
    }
    for (; i < width; i++) rest += (x[i] - mean) * (x[i] - mean);
    const float scale = 1.0f / sqrtf((NAME(total)(squares) + rest) / (float)width + epsilon);
    for (i = 0; i + 16 <= width; i += 16) {
      const lanes d = (NAME(load_lanes)(x + i) - (lanes)mean) * (lanes)scale;
      *(lanes_at *)(y + i) = FMA(d, NAME(load_lanes)(gain + i), NAME(load_lanes)(bias + i));
    }
    for (; i < width; i++) y[i] = fmaf((x[i] - mean) * scale, gain[i], bias[i]);
  }
}

static void NAME(softmax)(float *x, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, x += columns) {
    float most = x[0];
    for (size_t i = 1; i < columns; i++) most = x[i] > most ? x[i] : most;
    lanes sums = 0;
    for (size_t i = 0; i < columns; i += 16) {
      // A last, partial step runs on a copy whose rest weighs nothing.
      const size_t count = columns - i < 16 ? columns - i : 16;
      float row[16];
      for (size_t j = 0; j < 16; j++) row[j] = j < count ? x[i + j] - most : -200.0f;
      for (int j = 0; j < 16; j += WIDE) NAME(store)(row + j, NAME(exponential)(NAME(load)(row + j)));
      for (size_t j = count; j < 16; j++) row[j] = 0;
      sums += NAME(load_lanes)(row);
      memcpy(x + i, row, count * sizeof(float));
    }
    const float scale = 1.0f / NAME(total)(sums);
    for (size_t i = 0; i < columns; i++) x[i] *= scale;
  }
}

static void NAME(attend_ancestors)(
    const float *queries, const float *keys_values, const int32_t *nodes, size_t count, const int32_t *parents,
    size_t heads, size_t head_width, float *results) {
  const size_t width = heads * head_width;
  for (size_t q = 0; q < count; q++) {
    const float *query = queries + q * width;
    float *result = results + q * width;
    int32_t path[ASSAY_MOST_ANCESTORS];
    float weights[ASSAY_MOST_ANCESTORS];
    size_t length = 0;
    for (int32_t node = nodes[q]; node >= 0 && length < ASSAY_MOST_ANCESTORS; node = parents[node])
      path[length++] = node;
    for (size_t head = 0; head < heads; head++) {
      const size_t first = head * head_width;
      for (size_t j = 0; j < length; j++) {
        const float *key = keys_values + (size_t)path[j] * 2 * width + first;
        lanes sums = 0;
        float rest = 0;
        size_t i = 0;
        for (; i + 16 <= head_width; i += 16)
          sums = FMA(NAME(load_lanes)(query + first + i), NAME(load_lanes)(key + i), sums);
        for (; i < head_width; i++) rest = fmaf(query[first + i], key[i], rest);
        weights[j] = NAME(total)(sums) + rest;
      }
      NAME(softmax)(weights, 1, length);
      size_t i = 0;
      for (; i + 16 <= head_width; i += 16) {
        lanes sums = 0;
        for (size_t j = 0; j < length; j++)
          sums = FMA((lanes)weights[j], NAME(load_lanes)(keys_values + ((size_t)path[j] * 2 + 1) * width + first + i), sums);
        *(lanes_at *)(result + first + i) = sums;
      }
      for (; i < head_width; i++) {
        float sum = 0;
        for (size_t j = 0; j < length; j++)
          sum = fmaf(weights[j], keys_values[((size_t)path[j] * 2 + 1) * width + first + i], sum);
        result[first + i] = sum;
      }
    }
  }
}

static void NAME(average_pool)(
    const float *x, float *y, size_t items, size_t height, size_t width, size_t channels, size_t side) {
  const size_t down = height / side, across = width / side;
  const float scale = 1.0f / (float)(side * side);
  for (size_t n = 0; n < items; n++)
    for (size_t row = 0; row < down; row++)
      for (size_t column = 0; column < across; column++, y += channels) {
        const float *corner = x + ((n * height + row * side) * width + column * side) * channels;
        size_t c = 0;
        for (; c + WIDE <= channels; c += WIDE) {
          vec sum = 0;
          for (size_t i = 0; i < side; i++)
            for (size_t j = 0; j < side; j++) sum += NAME(load)(corner + (i * width + j) * channels + c);
          NAME(store)(y + c, sum * (vec)scale);
        }
        for (; c < channels; c++) {
          float sum = 0;
          for (size_t i = 0; i < side; i++)
            for (size_t j = 0; j < side; j++) sum += corner[(i * width + j) * channels + c];
          y[c] = sum * scale;
        }
      }
}

#include "gradient_kernels.h"
#include "winograd_kernels.h"

static const kernels NAME(set) = {
  .panel = PANEL,
  .rows = ROWS,
  .slice = SLICE,
  .tile_f32 = NAME(tile_f32),
  .tile_bf16 = NAME(tile_bf16),
  .finish = NAME(finish),
  .round_row = NAME(round_row),
  .layer_norm = NAME(layer_norm),
  .softmax = NAME(softmax),
  .attend_ancestors = NAME(attend_ancestors),
  .average_pool = NAME(average_pool),
  .winograd_forward = NAME(winograd_forward),
  .winograd_back = NAME(winograd_back),
  .winograd_kernel = NAME(winograd_kernel),
  .winograd_given = NAME(winograd_given),
  .winograd_gradient = NAME(winograd_gradient),
  .activate = NAME(activate_all),
  .activate_back = NAME(activate_back),
  .layer_norm_back = NAME(layer_norm_back),
  .softmax_back = NAME(softmax_back),
  .sum_rows = NAME(sum_rows),
  .adamw = NAME(adamw),
};

#undef lanes
#undef lanes_at
#undef vec
#undef vec_at
#undef ivec
#undef uvec
#undef uvec_at
#undef PANEL
#undef STRIDE
#undef tile
#undef INLINED
#undef UNROLLED
#undef EVERY_ROW
#undef EVERY_VECTOR
