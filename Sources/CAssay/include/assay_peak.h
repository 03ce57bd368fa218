// How many floating-point operations a second the processor can do: the ceiling that the benchmarks hold the engine
// against. Independent chains of fused multiply-adds in registers, more of them than an instruction's latency times the
// units that execute it, so that nothing but those units limits the loop.
#pragma once

// The widest instructions this processor multiplies with; null where it has none for bfloat16. AMX is not tried.
const char *assay_peak_f32_instructions(void);
const char *assay_peak_bf16_instructions(void);

// Runs the loop on the calling thread for about `seconds`; returns the operations done, two for a multiply-add, or 0
// where there are no such instructions.
double assay_peak_f32(double seconds);
double assay_peak_bf16(double seconds);
