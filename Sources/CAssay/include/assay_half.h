// Half-precision and bfloat16 to single precision and back. Swift's own Float(Float16) calls a
// software routine on the baseline processor, 19 times slower than the instruction chosen here at run time.
#pragma once
#include <stddef.h>
#include <stdint.h>

void assay_f16_to_f32(const uint16_t *restrict from, float *restrict to, size_t count);
void assay_bf16_to_f32(const uint16_t *restrict from, float *restrict to, size_t count);
// Round to nearest, ties to even; values beyond the range become infinite.
void assay_f32_to_f16(const float *restrict from, uint16_t *restrict to, size_t count);
void assay_f32_to_bf16(const float *restrict from, uint16_t *restrict to, size_t count);
