// Nearest neighbours: the loops that must be fast. Vectors are 16-bit integers, whose products are exact, so that a score
// never depends on the order of addition, on the tile or on the processor.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { ASSAY_TILE_ROWS = 6, ASSAY_TILE_COLUMNS = 64 };

// Scores of one strip of rows against one panel of columns, scores[row][column] = scale[row] * product + bias[column].
// reached[row] gets a bit for each column whose score is not below the row's bound; returns whether there is any. Where there
// is no bit a score may not be written, and where there is none at all, neither may the bits. Both operands hold `pairs`
// steps of two values each: strip[step][row][2] and panel[step][column][2]. No sum of products may exceed 32 bits.
typedef int (*assay_tile)(const int16_t *strip, const int16_t *panel, size_t pairs, const float *scale, const float *bound,
                          const float *bias, float *scores, uint64_t *reached);

// The fastest tile for this processor, of the kernels that are in use (assay_kernels) and tried on a small product first; and
// the plain one that runs on all.
assay_tile assay_tile_fastest(void);
assay_tile assay_tile_plain(void);

// The largest |x - centre|; not finite if an element of x is not.
double assay_reach(const float *x, const float *centre, size_t count);

// Rounds x - centre to whole steps and writes them two by two, `stride` values from one pair to the next. `square` is
// |x - centre|^2, `error` the squared length of what rounding left out. A step of 0 stands for a row of zeros.
void assay_to_steps(const float *x, const float *centre, size_t count, double step, int16_t *out, size_t stride,
                    double *square, double *error);

// Drops candidates whose score lies more than `window` below the k-th best, of more than k; returns how many are left, in
// their order. `bound` is what they reach.
size_t assay_keep_best(float *scores, int32_t *indices, size_t count, size_t k, float window, float *bound);

// Squared Euclidean distances from x to some rows of a matrix, in double precision and a fixed order of addition.
void assay_squared_distances(const float *x, const float *matrix, size_t columns, const int32_t *rows, size_t count,
                             double *distances);
