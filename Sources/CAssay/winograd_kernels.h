// The transforms of Winograd's F(4x4, 3x3): Lavin and Gray, "Fast algorithms for convolutional neural networks" (2016),
// section 4.3, with the points 0, 1, -1, 2, -2 and infinity. Included by products_kernels.h for every instruction set.

// One column or row of B^T d B.
#define FORWARD(d0, d1, d2, d3, d4, d5, r, at, step)                     \
  do {                                                                   \
    const vec p = (d4) - (vec)4 * (d2), q = (d3) - (vec)4 * (d1);        \
    const vec s = (d4) - (d2), u = (vec)2 * ((d3) - (d1));               \
    (r)[(at)] = (vec)4 * (d0) - (vec)5 * (d2) + (d4);                    \
    (r)[(at) + (step)] = p + q;                                          \
    (r)[(at) + 2 * (step)] = p - q;                                      \
    (r)[(at) + 3 * (step)] = s + u;                                      \
    (r)[(at) + 4 * (step)] = s - u;                                      \
    (r)[(at) + 5 * (step)] = (vec)4 * (d1) - (vec)5 * (d3) + (d5);       \
  } while (0)

static void NAME(winograd_forward)(
    const float *maps, size_t height, size_t width, size_t channels, size_t first, size_t tiles, float *spread) {
  const size_t down = (height + 3) / 4, across = (width + 3) / 4, plane = tiles * channels;
  for (size_t t = 0; t < tiles; t++) {
    const size_t item = (first + t) / (down * across), place = (first + t) % (down * across);
    const float *map = maps + item * height * width * channels;
    const ptrdiff_t top = (ptrdiff_t)(place / across * 4) - 1, left = (ptrdiff_t)(place % across * 4) - 1;
    // Where each cell's channels lie; nowhere outside the map.
    const float *cells[36];
    for (ptrdiff_t k = 0; k < 36; k++) {
      const ptrdiff_t y = top + k / 6, x = left + k % 6;
      const int inside = y >= 0 && y < (ptrdiff_t)height && x >= 0 && x < (ptrdiff_t)width;
      cells[k] = inside ? map + ((size_t)y * width + (size_t)x) * channels : 0;
    }
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
#define BACK(m0, m1, m2, m3, m4, m5, r, at, step)                   \
  do {                                                              \
    const vec p = (m1) + (m2), q = (m1) - (m2);                     \
    const vec s = (m3) + (m4), u = (m3) - (m4);                     \
    (r)[(at)] = (m0) + p + s;                                       \
    (r)[(at) + (step)] = q + (vec)2 * u;                            \
    (r)[(at) + 2 * (step)] = p + (vec)4 * s;                        \
    (r)[(at) + 3 * (step)] = q + (vec)8 * u + (m5);                 \
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
      const vec shift = NAME(load)(bias + c);
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
