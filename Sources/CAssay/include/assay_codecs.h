// PNG, JPEG and gzip through libpng, libjpeg and zlib: what Swift must not do itself, because the first two report
// errors by longjmp; and the one loop over pixels that needs an instruction chosen at run time.
// Every decoder returns 0, or 1 with a message; nothing is printed and nothing ends the process. Pixels are 8-bit RGB
// exactly as Pillow's convert("RGB") gives them: 16-bit samples lose their low byte, palettes are expanded, alpha is
// dropped, gamma, colour profiles and EXIF orientation are not applied.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
  ASSAY_MESSAGE_BYTES = 200,         // room that every `message` must have
  ASSAY_MAX_SIDE = 16384,            // largest height or width of a picture
  ASSAY_MAX_PIXELS = 64 * 1024 * 1024,
};

// Bytes that a function has allocated; given back by assay_release.
typedef struct {
  uint8_t *start;
  size_t count;
} assay_bytes;

void assay_release(assay_bytes *bytes);

// The size that the header states, within the limits above.
int assay_png_size(const uint8_t *bytes, size_t count, size_t *height, size_t *width, char *message);
int assay_jpeg_size(const uint8_t *bytes, size_t count, size_t *height, size_t *width, char *message);

// Decodes into height x width x 3 bytes; fails when the picture has another size.
int assay_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t height, size_t width, char *message);
int assay_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t height, size_t width, char *message);

// Encodes height x width pixels of 1 (gray) or 3 (RGB) channels: fixed filters and compression, so that equal
// pixels give equal bytes.
int assay_png_encode(
    const uint8_t *pixels, size_t height, size_t width, int channels, assay_bytes *encoded, char *message);

// Inflates one gzip member that fills the input; fails when it would grow beyond `limit` bytes.
int assay_gunzip(const uint8_t *bytes, size_t count, size_t limit, assay_bytes *inflated, char *message);

// The vertical pass of Pillow's 8-bit resampling: one output row, `weights` in 22-bit fixed point over `taps` rows of
// `count` bytes that follow each other. The baseline processor has no 32-bit multiplication in vectors, which makes
// this loop three times slower than the instruction that is chosen here at run time.
void assay_weigh_rows(const uint8_t *rows, size_t count, const int32_t *weights, size_t taps, uint8_t *output);

// Versions of the libraries: of libpng and zlib as they run, of libjpeg as it was built with.
const char *assay_png_version(void);
const char *assay_jpeg_version(void);
const char *assay_zlib_version(void);
