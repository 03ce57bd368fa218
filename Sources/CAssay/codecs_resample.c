// One row of a vertical resampling pass, in blocks whose sums stay in registers. All sums are whole numbers, so every
// instruction set gives the same bytes.
#include "assay_codecs.h"

enum { PRECISION = 22, BLOCK = 64 };

#if defined(__x86_64__)
#define ASSAY_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define ASSAY_VECTORS
#endif

static inline uint8_t byte_of(int32_t sum) {
  const int32_t value = sum >> PRECISION;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

ASSAY_VECTORS
void assay_weigh_rows(const uint8_t *rows, size_t count, const int32_t *weights, size_t taps, uint8_t *output) {
  size_t start = 0;
  for (; start + BLOCK <= count; start += BLOCK) {
    int32_t sums[BLOCK];
    for (size_t i = 0; i < BLOCK; i++) sums[i] = 1 << (PRECISION - 1);
    for (size_t tap = 0; tap < taps; tap++)
      for (size_t i = 0; i < BLOCK; i++) sums[i] += rows[tap * count + start + i] * weights[tap];
    for (size_t i = 0; i < BLOCK; i++) output[start + i] = byte_of(sums[i]);
  }
  for (; start < count; start++) {
    int32_t sum = 1 << (PRECISION - 1);
    for (size_t tap = 0; tap < taps; tap++) sum += rows[tap * count + start] * weights[tap];
    output[start] = byte_of(sum);
  }
}
