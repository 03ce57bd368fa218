// Loops that do nothing but multiply and add. Each step updates every chain once; b < 1 lets a chain settle at 1, so
// that no value overflows or becomes denormal.
#include "assay_peak.h"

#include <stddef.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { STEPS = 1 << 16 };

// A loop of STEPS steps, and the operations of one step.
typedef struct {
  const char *instructions;
  void (*loop)(void);
  double operations;
} peak;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double run(peak which, double seconds) {
  if (!which.loop) return 0;
  const double end = now() + seconds;
  double done = 0;
  do {
    which.loop();
    done += STEPS * which.operations;
  } while (now() < end);
  return done;
}

// Makes the compiler take a chain's value for unknown, in the register where it is.
#if defined(__x86_64__)
#define OPAQUE(value) __asm__ volatile("" : "+v"(value))
#elif defined(__aarch64__)
#define OPAQUE(value) __asm__ volatile("" : "+w"(value))
#else
#define OPAQUE(value) __asm__ volatile("" : "+m"(value))
#endif

// The body of a loop: CHAINS chains of TYPE, each set to START of its number k and replaced by UPDATE of chain[k].
#define LOOP(CHAINS, TYPE, START, UPDATE)                         \
  TYPE chain[CHAINS];                                             \
  _Pragma("GCC unroll 32") for (int k = 0; k < (CHAINS); k++)     \
    chain[k] = START;                                             \
  for (long step = 0; step < STEPS; step++) {                     \
    _Pragma("GCC unroll 32") for (int k = 0; k < (CHAINS); k++) { \
      chain[k] = UPDATE;                                          \
      OPAQUE(chain[k]);                                           \
    }                                                             \
  }

typedef float four __attribute__((vector_size(16)));

// Whatever the compiler makes of a product and a sum of four floats: fused on Arm, not on old x86-64.
static void portable_loop(void) {
  const four b = {0.999f, 0.999f, 0.999f, 0.999f}, c = {0.001f, 0.001f, 0.001f, 0.001f};
  LOOP(12, four, c * (float)k, chain[k] * b + c)
}

static const peak portable = {"128-bit vectors", portable_loop, 12 * 4 * 2};

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void avx2_loop(void) {
  const __m256 b = _mm256_set1_ps(0.999f), c = _mm256_set1_ps(0.001f);
  LOOP(12, __m256, _mm256_set1_ps(0.1f * (float)k), _mm256_fmadd_ps(chain[k], b, c))
}

__attribute__((target("avx512f"))) static void avx512_loop(void) {
  const __m512 b = _mm512_set1_ps(0.999f), c = _mm512_set1_ps(0.001f);
  LOOP(24, __m512, _mm512_set1_ps(0.1f * (float)k), _mm512_fmadd_ps(chain[k], b, c))
}

// Products of (1, -1) pairs with (1, 1) pairs: the sums stay what they are.
__attribute__((target("avx512f,avx512bf16"))) static void avx512_bf16_loop(void) {
  const __m512bh b = (__m512bh)_mm512_set1_epi32((int)0xbf803f80u), c = (__m512bh)_mm512_set1_epi32(0x3f803f80);
  LOOP(24, __m512, _mm512_set1_ps(0.1f * (float)k), _mm512_dpbf16_ps(chain[k], b, c))
}

static peak best_f32(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return (peak){"AVX-512", avx512_loop, 24 * 16 * 2};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return (peak){"AVX2, FMA", avx2_loop, 12 * 8 * 2};
  return portable;
}

static peak best_bf16(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bf16")) return (peak){"AVX-512 BF16", avx512_bf16_loop, 24 * 32 * 2};
  return (peak){NULL, NULL, 0};
}
#else
static peak best_f32(void) { return portable; }
static peak best_bf16(void) { return (peak){NULL, NULL, 0}; }
#endif

const char *assay_peak_f32_instructions(void) { return best_f32().instructions; }
const char *assay_peak_bf16_instructions(void) { return best_bf16().instructions; }
double assay_peak_f32(double seconds) { return run(best_f32(), seconds); }
double assay_peak_bf16(double seconds) { return run(best_bf16(), seconds); }
