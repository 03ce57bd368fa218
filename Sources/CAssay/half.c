// Conversions between 16-bit and 32-bit floating point: F16C where the processor has it, portable C elsewhere.
#include "assay_half.h"

#include <math.h>
#include <string.h>

static float f16_portable(uint16_t h) {
  const int exponent = (h >> 10) & 0x1f;
  const int fraction = h & 0x3ff;
  float value;
  if (exponent == 31) {
    value = fraction ? NAN : INFINITY;
  } else if (exponent == 0) {
    value = ldexpf((float)fraction, -24);
  } else {
    value = ldexpf((float)(fraction | 0x400), exponent - 25);
  }
  return (h & 0x8000) ? -value : value;
}

static uint16_t f32_portable(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  const uint16_t sign = (uint16_t)((bits >> 16) & 0x8000);
  const uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;  // rounds to 65536 or more
  if (magnitude < 0x33000001) return sign;            // rounds to zero
  if (magnitude < 0x38800000) {                       // subnormal: value is a multiple of 2^-24
    float positive;
    memcpy(&positive, &magnitude, 4);
    return sign | (uint16_t)rintf(ldexpf(positive, 24));
  }
  const uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
  return sign | (uint16_t)((rounded - 0x38000000) >> 13);
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx,f16c"))) static size_t f16_wide(const uint16_t *from, float *to, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(from + i))));
  return i;
}

__attribute__((target("avx,f16c"))) static size_t f32_wide(const float *from, uint16_t *to, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm_storeu_si128((__m128i *)(to + i), _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT));
  return i;
}

static int has_f16c(void) { return __builtin_cpu_supports("f16c") && __builtin_cpu_supports("avx"); }
#else
static size_t f16_wide(const uint16_t *from, float *to, size_t count) { (void)from, (void)to, (void)count; return 0; }
static size_t f32_wide(const float *from, uint16_t *to, size_t count) { (void)from, (void)to, (void)count; return 0; }
static int has_f16c(void) { return 0; }
#endif

void assay_f16_to_f32(const uint16_t *restrict from, float *restrict to, size_t count) {
  for (size_t i = has_f16c() ? f16_wide(from, to, count) : 0; i < count; i++) to[i] = f16_portable(from[i]);
}

void assay_f32_to_f16(const float *restrict from, uint16_t *restrict to, size_t count) {
  for (size_t i = has_f16c() ? f32_wide(from, to, count) : 0; i < count; i++) to[i] = f32_portable(from[i]);
}

void assay_bf16_to_f32(const uint16_t *restrict from, float *restrict to, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = (uint32_t)from[i] << 16;
    memcpy(to + i, &bits, 4);
  }
}

void assay_f32_to_bf16(const float *restrict from, uint16_t *restrict to, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, from + i, 4);
    const int nan = (bits & 0x7fffffff) > 0x7f800000;
    to[i] = nan ? (uint16_t)((bits >> 16) | 0x40) : (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
  }
}
