// What training adds to the forward kernels: slopes of activations, the backward passes of normalization and softmax, sums
// over rows, and AdamW in one pass. Included by products_kernels.h for every instruction set.

// The derivative of `activate`.
static inline vec NAME(slope)(vec x, int activation) {
  switch (activation) {
    case ASSAY_RELU: return (vec)((uvec)(x > (vec)0) & (uvec)(vec)1.0f);
    case ASSAY_QUICK_GELU: {
      const vec s = (vec)1.0f / (NAME(exponential)(x * (vec)-1.702f) + (vec)1.0f);
      return s * FMA(x * (vec)1.702f, (vec)1.0f - s, (vec)1.0f);
    }
    case ASSAY_GELU: {
      // The distribution function as in `activate`, plus x times the density.
      const vec z = __builtin_elementwise_abs(x) * (vec)0.70710678118654752f;
      const vec t = (vec)1.0f / FMA((vec)0.3275911f, z, (vec)1.0f);
      vec p = FMA((vec)1.061405429f, t, (vec)-1.453152027f);
      p = FMA(p, t, (vec)1.421413741f);
      p = FMA(p, t, (vec)-0.284496736f);
      p = FMA(p, t, (vec)0.254829592f) * t;
      const vec bell = NAME(exponential)(-z * z), tail = (vec)0.5f * p * bell;
      const uvec above = (uvec)(x > (vec)0);
      const vec below = (vec)(((uvec)((vec)1.0f - tail) & above) | ((uvec)tail & ~above));
      return FMA(x * (vec)0.39894228040143268f, bell, below);
    }
    default: return (vec)1.0f;
  }
}

// Vectors of `count` floats from p, zero beyond.
static inline vec NAME(load_some)(const float *p, size_t count) {
  float room[WIDE] = {0};
  memcpy(room, p, count * sizeof(float));
  return NAME(load)(room);
}

static inline void NAME(store_some)(float *p, vec v, size_t count) {
  float room[WIDE];
  NAME(store)(room, v);
  memcpy(p, room, count * sizeof(float));
}

static void NAME(activate_all)(const float *x, float *y, size_t count, int activation) {
  size_t i = 0;
#define ACTIVATE(kind)                                                                           \
  for (; i + WIDE <= count; i += WIDE) NAME(store)(y + i, NAME(activate)(NAME(load)(x + i), kind)); \
  if (i < count) NAME(store_some)(y + i, NAME(activate)(NAME(load_some)(x + i, count - i), kind), count - i)
  switch (activation) {
    case ASSAY_RELU: ACTIVATE(ASSAY_RELU); break;
    case ASSAY_QUICK_GELU: ACTIVATE(ASSAY_QUICK_GELU); break;
    case ASSAY_GELU: ACTIVATE(ASSAY_GELU); break;
    default: ACTIVATE(ASSAY_IDENTITY); break;
  }
#undef ACTIVATE
}

static void NAME(activate_back)(
    const float *x, const float *dy, float *dx, size_t count, int activation, int adding) {
#define BACK(kind)                                                                                        \
  for (size_t i = 0; i < count; i += WIDE) {                                                              \
    const size_t rest = count - i;                                                                        \
    if (rest >= WIDE) {                                                                                   \
      const vec d = NAME(load)(dy + i) * NAME(slope)(NAME(load)(x + i), kind);                            \
      NAME(store)(dx + i, adding ? NAME(load)(dx + i) + d : d);                                           \
    } else {                                                                                              \
      const vec d = NAME(load_some)(dy + i, rest) * NAME(slope)(NAME(load_some)(x + i, rest), kind);      \
      NAME(store_some)(dx + i, adding ? NAME(load_some)(dx + i, rest) + d : d, rest);                     \
    }                                                                                                     \
  }
  switch (activation) {
    case ASSAY_RELU: BACK(ASSAY_RELU) break;
    case ASSAY_QUICK_GELU: BACK(ASSAY_QUICK_GELU) break;
    case ASSAY_GELU: BACK(ASSAY_GELU) break;
    default: BACK(ASSAY_IDENTITY) break;
  }
#undef BACK
}

static void NAME(layer_norm_back)(
    const float *x, const float *dy, float *dx, size_t rows, size_t width, const float *gain, float epsilon, int adding,
    float *dgain, float *dbias) {
  const float share = 1.0f / (float)width;
  for (size_t r = 0; r < rows; r++, x += width, dy += width, dx += width) {
    lanes sums = 0, squares = 0, plain = 0, along = 0;
    float rest = 0;
    size_t i;
    for (i = 0; i + 16 <= width; i += 16) sums += NAME(load_lanes)(x + i);
    for (; i < width; i++) rest += x[i];
    const float mean = (NAME(total)(sums) + rest) * share;
    rest = 0;
    for (i = 0; i + 16 <= width; i += 16) {
      const lanes d = NAME(load_lanes)(x + i) - (lanes)mean;
      squares = FMA(d, d, squares);
    }
    for (; i < width; i++) rest += (x[i] - mean) * (x[i] - mean);
    const float scale = 1.0f / sqrtf((NAME(total)(squares) + rest) * share + epsilon);
    float more = 0;
    rest = 0;
    for (i = 0; i + 16 <= width; i += 16) {
      const lanes d = NAME(load_lanes)(dy + i), g = d * NAME(load_lanes)(gain + i);
      const lanes n = (NAME(load_lanes)(x + i) - (lanes)mean) * (lanes)scale;
      plain += g;
      along = FMA(g, n, along);
      if (dgain) {
        *(lanes_at *)(dgain + i) = FMA(d, n, NAME(load_lanes)(dgain + i));
        *(lanes_at *)(dbias + i) = NAME(load_lanes)(dbias + i) + d;
      }
    }
    for (; i < width; i++) {
      const float g = dy[i] * gain[i], n = (x[i] - mean) * scale;
      rest += g, more += g * n;
      if (dgain) dgain[i] += dy[i] * n, dbias[i] += dy[i];
    }
    const float center = (NAME(total)(plain) + rest) * share, tilt = (NAME(total)(along) + more) * share;
    for (i = 0; i + 16 <= width; i += 16) {
      const lanes n = (NAME(load_lanes)(x + i) - (lanes)mean) * (lanes)scale;
      const lanes g = NAME(load_lanes)(dy + i) * NAME(load_lanes)(gain + i);
      const lanes d = (g - (lanes)center - n * (lanes)tilt) * (lanes)scale;
      *(lanes_at *)(dx + i) = adding ? NAME(load_lanes)(dx + i) + d : d;
    }
    for (; i < width; i++) {
      const float d = (dy[i] * gain[i] - center - (x[i] - mean) * scale * tilt) * scale;
      dx[i] = adding ? dx[i] + d : d;
    }
  }
}

static void NAME(softmax_back)(const float *p, float *dp, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, p += columns, dp += columns) {
    lanes sums = 0;
    float rest = 0;
    size_t i = 0;
    for (; i + 16 <= columns; i += 16) sums = FMA(NAME(load_lanes)(p + i), NAME(load_lanes)(dp + i), sums);
    for (; i < columns; i++) rest += p[i] * dp[i];
    const float along = NAME(total)(sums) + rest;
    for (i = 0; i + 16 <= columns; i += 16)
      *(lanes_at *)(dp + i) = NAME(load_lanes)(p + i) * (NAME(load_lanes)(dp + i) - (lanes)along);
    for (; i < columns; i++) dp[i] = p[i] * (dp[i] - along);
  }
}

static void NAME(sum_rows)(const float *x, size_t rows, size_t columns, float *sums) {
  for (size_t r = 0; r < rows; r++, x += columns) {
    size_t i = 0;
    for (; i + WIDE <= columns; i += WIDE) NAME(store)(sums + i, NAME(load)(sums + i) + NAME(load)(x + i));
    for (; i < columns; i++) sums[i] += x[i];
  }
}

static void NAME(adamw)(
    float *w, const float *g, float *m, float *v, size_t count, const assay_adamw_step *s) {
  for (size_t i = 0; i < count; i += WIDE) {
    const size_t rest = count - i < WIDE ? count - i : WIDE;
    const int whole = rest == WIDE;
    const vec gradient = (whole ? NAME(load)(g + i) : NAME(load_some)(g + i, rest)) * (vec)s->scale;
    vec first = whole ? NAME(load)(m + i) : NAME(load_some)(m + i, rest);
    vec second = whole ? NAME(load)(v + i) : NAME(load_some)(v + i, rest);
    vec weight = whole ? NAME(load)(w + i) : NAME(load_some)(w + i, rest);
    first = FMA((vec)s->beta1, first, (vec)(1.0f - s->beta1) * gradient);
    second = FMA((vec)s->beta2, second, (vec)(1.0f - s->beta2) * gradient * gradient);
    const vec spread = __builtin_elementwise_sqrt(second * (vec)s->correction2) + (vec)s->epsilon;
    weight = weight * (vec)s->kept - (vec)(s->rate * s->correction1) * first / spread;
    if (whole) {
      NAME(store)(m + i, first);
      NAME(store)(v + i, second);
      NAME(store)(w + i, weight);
    } else {
      NAME(store_some)(m + i, first, rest);
      NAME(store_some)(v + i, second, rest);
      NAME(store_some)(w + i, weight, rest);
    }
  }
}
