// The transforms of Winograd's F(4x4, 3x3): Lavin and Gray, "Fast algorithms for convolutional neural networks" (2016),
// section 4.3, with the points 0, 5/8, -5/8, 3/2, -3/2 and infinity: their powers are exact in single precision, and the sums
// round half as coarsely as with 1 and 2 (Docs/engine.md). Included by products_kernels.h for every instruction set.

#define INNER 0.625
#define INNER2 (INNER * INNER)
#define OUTER 1.5
#define OUTER2 (OUTER * OUTER)
#define BOTH (INNER2 * OUTER2)
#define SUM (INNER2 + OUTER2)
#define INNER_SHARE (1 / (2 * INNER2 * (INNER2 - OUTER2)))
#define OUTER_SHARE (1 / (2 * OUTER2 * (OUTER2 - INNER2)))
#define TIMES(factor) (vec)(float)(factor) *

// One column or row of B^T d B.
#define FORWARD(d0, d1, d2, d3, d4, d5, r, at, step)                        \
  do {                                                                      \
    const vec p = (d4) - TIMES(OUTER2) (d2), q = (d3) - TIMES(OUTER2) (d1); \
    const vec s = (d4) - TIMES(INNER2) (d2), u = (d3) - TIMES(INNER2) (d1); \
    (r)[(at)] = TIMES(BOTH) (d0) - TIMES(SUM) (d2) + (d4);                  \
    (r)[(at) + (step)] = p + TIMES(INNER) q;                                \
    (r)[(at) + 2 * (step)] = p - TIMES(INNER) q;                            \
    (r)[(at) + 3 * (step)] = s + TIMES(OUTER) u;                            \
    (r)[(at) + 4 * (step)] = s - TIMES(OUTER) u;                            \
    (r)[(at) + 5 * (step)] = TIMES(BOTH) (d1) - TIMES(SUM) (d3) + (d5);     \
  } while (0)

static void NAME(winograd_forward)(
    const float *maps, size_t height, size_t width, size_t channels, size_t first, size_t tiles, size_t plane,
    float *spread) {
  const size_t down = (height + 3) / 4, across = (width + 3) / 4;
  for (size_t t = 0; t < tiles; t++) {
    const size_t item = (first + t) / (down * across), place = (first + t) % (down * across);
    const float *cells[36];
    tile_cells(
        maps + item * height * width * channels, height, width, channels, (ptrdiff_t)(place / across * 4) - 1,
        (ptrdiff_t)(place % across * 4) - 1, 6, cells);
    float *to = spread + t * channels;
    for (size_t c = 0; c < channels; c += WIDE) {
      vec half[36];
      UNROLLED for (int j = 0; j < 6; j++) {
        vec d[6];
        UNROLLED for (int i = 0; i < 6; i++) d[i] = cells[6 * i + j] ? NAME(load)(cells[6 * i + j] + c) : (vec)0;
        FORWARD(d[0], d[1], d[2], d[3], d[4], d[5], half, j, 6);
      }
      UNROLLED for (int i = 0; i < 36; i += 6) {
        vec whole[6];
        FORWARD(half[i], half[i + 1], half[i + 2], half[i + 3], half[i + 4], half[i + 5], whole, 0, 1);
        UNROLLED for (int j = 0; j < 6; j++) NAME(store)(to + (size_t)(i + j) * plane + c, whole[j]);
      }
    }
  }
}
#undef FORWARD

// One column or row of A^T m A.
#define BACK(m0, m1, m2, m3, m4, m5, r, at, step)                                      \
  do {                                                                                 \
    const vec p = (m1) + (m2), q = (m1) - (m2);                                        \
    const vec s = (m3) + (m4), u = (m3) - (m4);                                        \
    (r)[(at)] = (m0) + p + s;                                                          \
    (r)[(at) + (step)] = TIMES(INNER) q + TIMES(OUTER) u;                              \
    (r)[(at) + 2 * (step)] = TIMES(INNER2) p + TIMES(OUTER2) s;                        \
    (r)[(at) + 3 * (step)] = TIMES(INNER2 * INNER) q + TIMES(OUTER2 * OUTER) u + (m5); \
  } while (0)

static void NAME(winograd_back)(
    const float *products, size_t height, size_t width, size_t channels, size_t first, size_t tiles,
    const float *bias, int activation, float *maps) {
  const size_t down = (height + 3) / 4, across = (width + 3) / 4, plane = tiles * channels;
  for (size_t t = 0; t < tiles; t++) {
    const size_t item = (first + t) / (down * across), place = (first + t) % (down * across);
    const size_t top = place / across * 4, left = place % across * 4;
    const size_t rows = height - top, columns = width - left;
    float *corner = maps + ((item * height + top) * width + left) * channels;
    for (size_t c = 0; c < channels; c += WIDE) {
      const float *from = products + t * channels + c;
      vec half[24];
      UNROLLED for (int j = 0; j < 6; j++) {
        vec m[6];
        UNROLLED for (int i = 0; i < 6; i++) m[i] = NAME(load)(from + (size_t)(6 * i + j) * plane);
        BACK(m[0], m[1], m[2], m[3], m[4], m[5], half, j, 6);
      }
      const vec shift = bias ? NAME(load)(bias + c) : (vec)0;
      UNROLLED for (size_t i = 0; i < 4; i++) {
        if (i >= rows) break;
        const vec *row = half + 6 * i;
        vec whole[4];
        BACK(row[0], row[1], row[2], row[3], row[4], row[5], whole, 0, 1);
        UNROLLED for (size_t j = 0; j < 4; j++)
          if (j < columns) NAME(store)(corner + (i * width + j) * channels + c, NAME(activate)(whole[j] + shift, activation));
      }
    }
  }
}
#undef BACK

// One column or row of G w G^T, in double precision: kernels are transformed seldom, and the chain of a network's sums begins
// with them.
#define KERNEL(w0, w1, w2, r, at, step)                                                        \
  do {                                                                                         \
    const wide inner = ((w0) + (w2) * INNER2) * INNER_SHARE, p = (w1) * (INNER * INNER_SHARE); \
    const wide outer = ((w0) + (w2) * OUTER2) * OUTER_SHARE, q = (w1) * (OUTER * OUTER_SHARE); \
    (r)[(at)] = (w0) * (1 / BOTH);                                                             \
    (r)[(at) + (step)] = inner + p;                                                            \
    (r)[(at) + 2 * (step)] = inner - p;                                                        \
    (r)[(at) + 3 * (step)] = outer + q;                                                        \
    (r)[(at) + 4 * (step)] = outer - q;                                                        \
    (r)[(at) + 5 * (step)] = (w2);                                                             \
  } while (0)

static void NAME(winograd_kernel)(
    const float *weights, size_t inputs, size_t outputs, size_t columns, const float *scales, int turned, float *planes) {
  typedef double wide __attribute__((vector_size(WIDE * sizeof(double))));
  const size_t plane = outputs * columns;
  for (size_t o = 0; o < outputs; o++) {
    const double scale = scales ? scales[o] : 1;
    for (size_t i = 0; i < columns; i += WIDE) {
      const float *from = weights + (o * inputs + i) * 9;
      float cells[9][WIDE];
      for (size_t lane = 0; lane < WIDE; lane++)
        for (size_t cell = 0; cell < 9; cell++) cells[turned ? 8 - cell : cell][lane] = from[9 * lane + cell];
      wide w[9], half[18];
      UNROLLED for (int cell = 0; cell < 9; cell++) w[cell] = __builtin_convertvector(NAME(load)(cells[cell]), wide) * scale;
      UNROLLED for (int j = 0; j < 3; j++) KERNEL(w[j], w[3 + j], w[6 + j], half, j, 3);
      float *to = planes + o * columns + i;
      UNROLLED for (int row = 0; row < 6; row++) {
        wide whole[6];
        KERNEL(half[3 * row], half[3 * row + 1], half[3 * row + 2], whole, 0, 1);
        UNROLLED for (int j = 0; j < 6; j++)
          NAME(store)(to + (size_t)(6 * row + j) * plane, __builtin_convertvector(whole[j], vec));
      }
    }
  }
}
#undef KERNEL

// One column or row of A r A^T, the transpose of BACK.
#define GIVEN(r0, r1, r2, r3, m, at, step)                                                       \
  do {                                                                                           \
    const vec p = (r0) + TIMES(INNER2) (r2), q = TIMES(INNER) (r1) + TIMES(INNER2 * INNER) (r3); \
    const vec s = (r0) + TIMES(OUTER2) (r2), u = TIMES(OUTER) (r1) + TIMES(OUTER2 * OUTER) (r3); \
    (m)[(at)] = (r0);                                                                            \
    (m)[(at) + (step)] = p + q;                                                                  \
    (m)[(at) + 2 * (step)] = p - q;                                                              \
    (m)[(at) + 3 * (step)] = s + u;                                                              \
    (m)[(at) + 4 * (step)] = s - u;                                                              \
    (m)[(at) + 5 * (step)] = (r3);                                                               \
  } while (0)

static void NAME(winograd_given)(
    const float *maps, size_t height, size_t width, size_t channels, size_t first, size_t tiles, size_t plane,
    float *spread) {
  const size_t down = (height + 3) / 4, across = (width + 3) / 4;
  for (size_t t = 0; t < tiles; t++) {
    const size_t item = (first + t) / (down * across), place = (first + t) % (down * across);
    const float *cells[16];
    tile_cells(
        maps + item * height * width * channels, height, width, channels, (ptrdiff_t)(place / across * 4),
        (ptrdiff_t)(place % across * 4), 4, cells);
    float *to = spread + t * channels;
    for (size_t c = 0; c < channels; c += WIDE) {
      vec half[24];
      UNROLLED for (int j = 0; j < 4; j++) {
        vec r[4];
        UNROLLED for (int i = 0; i < 4; i++) r[i] = cells[4 * i + j] ? NAME(load)(cells[4 * i + j] + c) : (vec)0;
        GIVEN(r[0], r[1], r[2], r[3], half, j, 4);
      }
      UNROLLED for (int i = 0; i < 6; i++) {
        vec whole[6];
        GIVEN(half[4 * i], half[4 * i + 1], half[4 * i + 2], half[4 * i + 3], whole, 0, 1);
        UNROLLED for (int j = 0; j < 6; j++) NAME(store)(to + (size_t)(6 * i + j) * plane + c, whole[j]);
      }
    }
  }
}
#undef GIVEN

// One column or row of G^T u G, the transpose of KERNEL.
#define GRADIENT(u0, u1, u2, u3, u4, u5, r, at, step)                                             \
  do {                                                                                            \
    const vec p = TIMES(INNER_SHARE) ((u1) + (u2)), q = TIMES(INNER * INNER_SHARE) ((u1) - (u2)); \
    const vec s = TIMES(OUTER_SHARE) ((u3) + (u4)), v = TIMES(OUTER * OUTER_SHARE) ((u3) - (u4)); \
    (r)[(at)] = TIMES(1 / BOTH) (u0) + p + s;                                                     \
    (r)[(at) + (step)] = q + v;                                                                   \
    (r)[(at) + 2 * (step)] = TIMES(INNER2) p + TIMES(OUTER2) s + (u5);                            \
  } while (0)

static void NAME(winograd_gradient)(
    const float *sums, size_t inputs, size_t outputs, size_t plane, float *gradient) {
  for (size_t o = 0; o < outputs; o++)
    for (size_t i = 0; i < inputs; i += WIDE) {
      const float *from = sums + o * inputs + i;
      vec half[18];
      UNROLLED for (int j = 0; j < 6; j++) {
        vec u[6];
        UNROLLED for (int row = 0; row < 6; row++) u[row] = NAME(load)(from + (size_t)(6 * row + j) * plane);
        GRADIENT(u[0], u[1], u[2], u[3], u[4], u[5], half, j, 6);
      }
      UNROLLED for (int row = 0; row < 3; row++) {
        const vec *u = half + 6 * row;
        vec whole[3];
        GRADIENT(u[0], u[1], u[2], u[3], u[4], u[5], whole, 0, 1);
        UNROLLED for (int j = 0; j < 3; j++) NAME(store)(gradient + (o * 9 + (size_t)(3 * row + j)) * inputs + i, whole[j]);
      }
    }
}
#undef GRADIENT
#undef INNER
#undef INNER2
#undef OUTER
#undef OUTER2
#undef BOTH
#undef SUM
#undef INNER_SHARE
#undef OUTER_SHARE
#undef TIMES
