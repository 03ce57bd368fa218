// The bits that turn subnormal numbers off, a processor each.
#include "assay_subnormals.h"

#if defined(__x86_64__)
#include <immintrin.h>

uint64_t assay_flush_subnormals(void) {
  const unsigned mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040u);  // FTZ for results, DAZ for operands
  return mode;
}

void assay_restore_subnormals(uint64_t mode) { _mm_setcsr((unsigned)mode); }
#elif defined(__aarch64__)
uint64_t assay_flush_subnormals(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  __asm__ volatile("msr fpcr, %0" : : "r"(mode | (1u << 24)));
  return mode;
}

void assay_restore_subnormals(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
#else
uint64_t assay_flush_subnormals(void) { return 0; }

void assay_restore_subnormals(uint64_t mode) { (void)mode; }
#endif
