// The loops behind NearestNeighbours.swift: integer products compared as they are made, and distances measured exactly.
#include "assay_neighbours.h"

#include "assay_products.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

enum { ROWS = ASSAY_TILE_ROWS, COLUMNS = ASSAY_TILE_COLUMNS };

static int tile_plain(const int16_t *strip, const int16_t *panel, size_t pairs, const float *scale, const float *bound,
                      const float *bias, float *scores, uint64_t *reached) {
  int32_t sums[ROWS][COLUMNS] = {{0}};
  for (size_t step = 0; step < pairs; step++) {
    const int16_t *a = strip + step * 2 * ROWS;
    const int16_t *b = panel + step * 2 * COLUMNS;
    for (int row = 0; row < ROWS; row++)
      for (int column = 0; column < COLUMNS; column++)
        sums[row][column] += a[2 * row] * b[2 * column] + a[2 * row + 1] * b[2 * column + 1];
  }
  int any = 0;
  for (int row = 0; row < ROWS; row++) {
    reached[row] = 0;
    for (int column = 0; column < COLUMNS; column++) {
      const float score = scale[row] * (float)sums[row][column] + bias[column];
      scores[row * COLUMNS + column] = score;
      if (score >= bound[row]) reached[row] |= (uint64_t)1 << column;
    }
    any |= reached[row] != 0;
  }
  return any;
}

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

// Sixteen columns of a panel: twelve sums of eight, two operands and two products fill the sixteen registers.
__attribute__((target("avx2"))) static inline int quarter_avx2(
    const int16_t *strip, const int16_t *panel, size_t pairs, const float *scale, const float *bound, const float *bias,
    float *scores, uint64_t *reached, int column) {
  __m256i sums[ROWS][2];
  for (int row = 0; row < ROWS; row++) sums[row][0] = sums[row][1] = _mm256_setzero_si256();
  for (size_t step = 0; step < pairs; step++) {
    const int16_t *b = panel + step * 2 * COLUMNS + 2 * column;
    _mm_prefetch((const char *)(b + 8 * 2 * COLUMNS), _MM_HINT_T0);
    const __m256i left = _mm256_loadu_si256((const __m256i *)b);
    const __m256i right = _mm256_loadu_si256((const __m256i *)(b + 16));
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
      int32_t both;
      memcpy(&both, strip + step * 2 * ROWS + 2 * row, 4);
      const __m256i pair = _mm256_set1_epi32(both);
      sums[row][0] = _mm256_add_epi32(sums[row][0], _mm256_madd_epi16(pair, left));
      sums[row][1] = _mm256_add_epi32(sums[row][1], _mm256_madd_epi16(pair, right));
    }
  }
  const __m256 first = _mm256_loadu_ps(bias + column), second = _mm256_loadu_ps(bias + column + 8);
  __m256 found[ROWS][2], any = _mm256_setzero_ps();
  for (int row = 0; row < ROWS; row++) {
    const __m256 factor = _mm256_set1_ps(scale[row]), least = _mm256_set1_ps(bound[row]);
    found[row][0] = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sums[row][0]), factor), first);
    found[row][1] = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sums[row][1]), factor), second);
    any = _mm256_or_ps(any, _mm256_cmp_ps(found[row][0], least, _CMP_GE_OQ));
    any = _mm256_or_ps(any, _mm256_cmp_ps(found[row][1], least, _CMP_GE_OQ));
  }
  if (!_mm256_movemask_ps(any)) return 0;
  for (int row = 0; row < ROWS; row++) {
    const __m256 least = _mm256_set1_ps(bound[row]);
    const int low = _mm256_movemask_ps(_mm256_cmp_ps(found[row][0], least, _CMP_GE_OQ));
    const int high = _mm256_movemask_ps(_mm256_cmp_ps(found[row][1], least, _CMP_GE_OQ));
    reached[row] |= (uint64_t)(low | high << 8) << column;
    _mm256_storeu_ps(scores + row * COLUMNS + column, found[row][0]);
    _mm256_storeu_ps(scores + row * COLUMNS + column + 8, found[row][1]);
  }
  return 1;
}

__attribute__((target("avx2"))) static int tile_avx2(const int16_t *strip, const int16_t *panel, size_t pairs,
                                                     const float *scale, const float *bound, const float *bias,
                                                     float *scores, uint64_t *reached) {
  int any = 0;
  for (int row = 0; row < ROWS; row++) reached[row] = 0;
  for (int column = 0; column < COLUMNS; column += 16)
    any |= quarter_avx2(strip, panel, pairs, scale, bound, bias, scores, reached, column);
  return any;
}

// One instruction adds 32 products to sixteen sums. Twenty-four registers of sums: ten loads then serve 24 of them.
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))) static int tile_vnni(
    const int16_t *strip, const int16_t *panel, size_t pairs, const float *scale, const float *bound,
    const float *bias, float *scores, uint64_t *reached) {
  enum { VECTORS = COLUMNS / 16 };
  __m512i sums[ROWS][VECTORS];
  for (int row = 0; row < ROWS; row++)
    for (int j = 0; j < VECTORS; j++) sums[row][j] = _mm512_setzero_si512();
  for (size_t step = 0; step < pairs; step++) {
    const int16_t *b = panel + step * 2 * COLUMNS;
    __m512i right[VECTORS];
#pragma unroll
    for (int j = 0; j < VECTORS; j++) {
      right[j] = _mm512_loadu_si512(b + 32 * j);
      _mm_prefetch((const char *)(b + 8 * 2 * COLUMNS + 32 * j), _MM_HINT_T0);
    }
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
      int32_t both;
      memcpy(&both, strip + step * 2 * ROWS + 2 * row, 4);
      const __m512i pair = _mm512_set1_epi32(both);
#pragma unroll
      for (int j = 0; j < VECTORS; j++) sums[row][j] = _mm512_dpwssd_epi32(sums[row][j], right[j], pair);
    }
  }
  __m512 found[ROWS][VECTORS];
  uint64_t hits[ROWS], any = 0;
  for (int row = 0; row < ROWS; row++) {
    hits[row] = 0;
    for (int j = 0; j < VECTORS; j++) {
      const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[row][j]), _mm512_set1_ps(scale[row]));
      found[row][j] = _mm512_add_ps(product, _mm512_loadu_ps(bias + 16 * j));
      hits[row] |= (uint64_t)_mm512_cmp_ps_mask(found[row][j], _mm512_set1_ps(bound[row]), _CMP_GE_OQ) << 16 * j;
    }
    any |= hits[row];
  }
  if (!any) return 0;
  for (int row = 0; row < ROWS; row++) {
    reached[row] = hits[row];
    for (int j = 0; j < VECTORS; j++) _mm512_storeu_ps(scores + row * COLUMNS + 16 * j, found[row][j]);
  }
  return 1;
}

// Whether a tile gives the plain one's bits, over an odd number of pairs and the largest steps that fit.
static int works(assay_tile tile) {
  enum { PAIRS = 37, LARGEST = 2047 };
  int16_t strip[PAIRS * 2 * ROWS], panel[(PAIRS + 32) * 2 * COLUMNS] = {0};
  float scale[ROWS], bound[ROWS], bias[COLUMNS], scores[2][ROWS * COLUMNS];
  uint64_t reached[2][ROWS];
  uint32_t seed = 1;
  for (size_t i = 0; i < PAIRS * 2 * ROWS; i++)
    strip[i] = (int16_t)((seed = seed * 1664525u + 1013904223u) >> 20) - LARGEST;
  for (size_t i = 0; i < PAIRS * 2 * COLUMNS; i++)
    panel[i] = (int16_t)((seed = seed * 1664525u + 1013904223u) >> 20) - LARGEST;
  for (int column = 0; column < COLUMNS; column++) bias[column] = -0.01f * (float)column;
  for (int row = 0; row < ROWS; row++) scale[row] = 1e-8f * (float)(row + 1), bound[row] = row == 2 ? INFINITY : -0.1f;
  if (!tile_plain(strip, panel, PAIRS, scale, bound, bias, scores[0], reached[0]) ||
      !tile(strip, panel, PAIRS, scale, bound, bias, scores[1], reached[1]))
    return 0;
  for (int row = 0; row < ROWS; row++) {
    if (reached[0][row] != reached[1][row]) return 0;
    for (int column = 0; column < COLUMNS; column++) {
      const int place = row * COLUMNS + column;
      if (reached[0][row] >> column & 1 && memcmp(&scores[0][place], &scores[1][place], sizeof(float))) return 0;
    }
  }
  for (int row = 0; row < ROWS; row++) bound[row] = INFINITY;
  return !tile(strip, panel, PAIRS, scale, bound, bias, scores[1], reached[1]);
}

static int has_vnni(void) {
  return assay_kernels() >= ASSAY_AVX512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}

assay_tile assay_tile_fastest(void) {
  if (has_vnni() && works(tile_vnni)) return tile_vnni;
  if (assay_kernels() >= ASSAY_AVX2 && works(tile_avx2)) return tile_avx2;
  return tile_plain;
}
#else
assay_tile assay_tile_fastest(void) { return tile_plain; }
#endif

assay_tile assay_tile_plain(void) { return tile_plain; }

double assay_reach(const float *x, const float *centre, size_t count) {
  double largest = 0, sum = 0;
  for (size_t i = 0; i < count; i++) {
    const double offset = fabs((double)x[i] - centre[i]);
    largest = offset > largest ? offset : largest;
    sum += offset;
  }
  // A comparison would pass over what is not a number; a sum does not.
  return isfinite(sum) ? largest : sum;
}

void assay_to_steps(const float *x, const float *centre, size_t count, double step, int16_t *out, size_t stride,
                    double *square, double *error) {
  const double inverse = step > 0 ? 1 / step : 0;
  double squares = 0, errors = 0;
  for (size_t i = 0; i < count; i++) {
    const double offset = (double)x[i] - centre[i];
    const double steps = offset * inverse;
    const int whole = (int)(steps + (steps < 0 ? -0.5 : 0.5));
    const double left = offset - whole * step;
    out[(i >> 1) * stride + (i & 1)] = (int16_t)whole;
    squares += offset * offset;
    errors += left * left;
  }
  if (count & 1) out[(count >> 1) * stride + 1] = 0;
  *square = squares;
  *error = errors;
}

// A lower bound of the k-th best serves as well as itself, and halving the range finds one without a branch that depends
// on the scores; sorting mispredicts half of its branches.
size_t assay_keep_best(float *scores, int32_t *indices, size_t count, size_t k, float window, float *bound) {
  enum { HALVINGS = 8 };
  float low = scores[0], high = scores[0];
  for (size_t i = 1; i < count; i++) {
    low = scores[i] < low ? scores[i] : low;
    high = scores[i] > high ? scores[i] : high;
  }
  for (int halving = 0; halving < HALVINGS; halving++) {
    const float middle = low + (high - low) / 2;
    int32_t above = 0;
    for (size_t i = 0; i < count; i++) above += scores[i] >= middle;
    low = above >= (int32_t)k ? middle : low;
    high = above >= (int32_t)k ? high : middle;
  }
  *bound = low - window;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    const float score = scores[i];
    const int32_t index = indices[i];
    scores[kept] = score;
    indices[kept] = index;
    kept += score >= *bound;
  }
  return kept;
}

// Vectors of the compiler: the same additions in the same order whatever instructions they become.
typedef float floats __attribute__((vector_size(16), aligned(4)));
typedef double doubles __attribute__((vector_size(32)));

static inline __attribute__((always_inline)) double squared_distance(const float *x, const float *y, size_t count) {
  doubles sums[4] = {{0}, {0}, {0}, {0}};
  size_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int part = 0; part < 4; part++) {
      const doubles a = __builtin_convertvector(*(const floats *)(x + i + 4 * part), doubles);
      const doubles b = __builtin_convertvector(*(const floats *)(y + i + 4 * part), doubles);
      sums[part] += (a - b) * (a - b);
    }
  const doubles sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  double total = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  for (; i < count; i++) {
    const double offset = (double)x[i] - y[i];
    total += offset * offset;
  }
  return total;
}

// Rows lie far apart: each is asked for while the two before it are measured.
static inline __attribute__((always_inline)) void fetch(const float *row, size_t columns) {
  for (size_t byte = 0; byte < columns * sizeof(float); byte += 64) __builtin_prefetch((const char *)row + byte);
}

static inline __attribute__((always_inline)) void measure(const float *x, const float *matrix, size_t columns,
                                                          const int32_t *rows, size_t count, double *distances) {
  for (size_t i = 0; i < count && i < 2; i++) fetch(matrix + (size_t)rows[i] * columns, columns);
  for (size_t i = 0; i < count; i++) {
    if (i + 2 < count) fetch(matrix + (size_t)rows[i + 2] * columns, columns);
    distances[i] = squared_distance(x, matrix + (size_t)rows[i] * columns, columns);
  }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void measure_avx2(const float *x, const float *matrix, size_t columns,
                                                         const int32_t *rows, size_t count, double *distances) {
  measure(x, matrix, columns, rows, count, distances);
}
#endif

void assay_squared_distances(const float *x, const float *matrix, size_t columns, const int32_t *rows, size_t count,
                             double *distances) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return measure_avx2(x, matrix, columns, rows, count, distances);
#endif
  measure(x, matrix, columns, rows, count, distances);
}
