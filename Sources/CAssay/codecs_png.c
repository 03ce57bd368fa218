// PNG by the classic libpng API. The simplified one applies gamma, and most advisories of recent years are about it.
#include "assay_codecs.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  COMPRESSION_LEVEL = 6,
  MAX_CHUNKS = 128,
  MAX_CHUNK_BYTES = 8 * 1024 * 1024,
  MAX_WARNINGS = 64,
};

typedef struct {
  const uint8_t *bytes;
  size_t count, position;
  int warnings;
  char *message;
} png_source;

static void png_fail(png_structp png, png_const_charp text) {
  const png_source *source = png_get_error_ptr(png);
  snprintf(source->message, ASSAY_MESSAGE_BYTES, "%s", text);
  png_longjmp(png, 1);
}

static void png_note(png_structp png, png_const_charp text) {
  (void)text;
  png_source *source = png_get_error_ptr(png);
  if (++source->warnings > MAX_WARNINGS) png_error(png, "it has too many defects");
}

static void png_take(png_structp png, png_bytep to, size_t count) {
  png_source *source = png_get_io_ptr(png);
  if (count > source->count - source->position) png_error(png, "it ends too early");
  memcpy(to, source->bytes + source->position, count);
  source->position += count;
}

// Reads the header, and the pixels unless there is no room for them.
static int png_read(png_source *source, uint8_t *pixels, size_t *height, size_t *width) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, source, png_fail, png_note);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    snprintf(source->message, ASSAY_MESSAGE_BYTES, "there is not enough memory to read it");
    png_destroy_read_struct(&png, NULL, NULL);
    return 1;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return 1;
  }
  png_set_user_limits(png, ASSAY_MAX_SIDE, ASSAY_MAX_SIDE);
  png_set_chunk_cache_max(png, MAX_CHUNKS);
  png_set_chunk_malloc_max(png, MAX_CHUNK_BYTES);
  png_set_read_fn(png, source, png_take);
  png_read_info(png, info);
  const size_t rows = png_get_image_height(png, info), columns = png_get_image_width(png, info);
  if (rows * columns > ASSAY_MAX_PIXELS) png_error(png, "it has more than 64 million pixels");
  if (!pixels) {
    *height = rows;
    *width = columns;
  } else {
    if (rows != *height || columns != *width) png_error(png, "its size is not the expected one");
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != columns * 3) png_error(png, "its pixels cannot be turned into RGB");
    for (int pass = 0; pass < passes; pass++)
      for (size_t row = 0; row < rows; row++) png_read_row(png, pixels + row * columns * 3, NULL);
  }
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}

int assay_png_size(const uint8_t *bytes, size_t count, size_t *height, size_t *width, char *message) {
  png_source source = {.bytes = bytes, .count = count, .message = message};
  return png_read(&source, NULL, height, width);
}

int assay_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t height, size_t width, char *message) {
  png_source source = {.bytes = bytes, .count = count, .message = message};
  return png_read(&source, pixels, &height, &width);
}

typedef struct {
  assay_bytes *encoded;
  size_t capacity;
  char *message;
} png_sink;

static void png_write_fail(png_structp png, png_const_charp text) {
  const png_sink *sink = png_get_error_ptr(png);
  snprintf(sink->message, ASSAY_MESSAGE_BYTES, "%s", text);
  png_longjmp(png, 1);
}

static void png_write_note(png_structp png, png_const_charp text) { (void)png, (void)text; }

static void png_append(png_structp png, png_bytep from, size_t count) {
  png_sink *sink = png_get_io_ptr(png);
  assay_bytes *encoded = sink->encoded;
  if (count > sink->capacity - encoded->count) {
    const size_t capacity = 2 * (encoded->count + count);
    uint8_t *larger = realloc(encoded->start, capacity);
    if (!larger) png_error(png, "there is not enough memory to write it");
    encoded->start = larger;
    sink->capacity = capacity;
  }
  memcpy(encoded->start + encoded->count, from, count);
  encoded->count += count;
}

static void png_flush_nothing(png_structp png) { (void)png; }

int assay_png_encode(
    const uint8_t *pixels, size_t height, size_t width, int channels, assay_bytes *encoded, char *message) {
  png_sink sink = {.encoded = encoded, .message = message};
  *encoded = (assay_bytes){0};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &sink, png_write_fail, png_write_note);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    snprintf(message, ASSAY_MESSAGE_BYTES, "there is not enough memory to write it");
    png_destroy_write_struct(&png, NULL);
    return 1;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    assay_release(encoded);
    return 1;
  }
  if (height == 0 || height > ASSAY_MAX_SIDE || width == 0 || width > ASSAY_MAX_SIDE)
    png_error(png, "its sides must be between 1 and 16384 pixels");
  png_set_write_fn(png, &sink, png_append, png_flush_nothing);
  const int colour = channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
  png_set_IHDR(
      png, info, (png_uint_32)width, (png_uint_32)height, 8, colour, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
      PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, COMPRESSION_LEVEL);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
  png_write_info(png, info);
  for (size_t row = 0; row < height; row++) png_write_row(png, pixels + row * width * (size_t)channels);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return 0;
}

const char *assay_png_version(void) { return png_get_libpng_ver(NULL); }
