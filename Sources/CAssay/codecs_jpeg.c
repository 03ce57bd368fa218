// JPEG by libjpeg-turbo with the settings Pillow uses: integer DCT, fancy upsampling, block smoothing.
#include "assay_codecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

enum {
  MAX_SCANS = 100,
  MAX_WARNINGS = 64,
  MAX_MEMORY = 512 * 1024 * 1024,
};

typedef struct {
  struct jpeg_decompress_struct decoder;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  uint8_t *inks;  // one row of CMYK, if the picture is in CMYK
  char *message;
} jpeg_work;

static void jpeg_fail(j_common_ptr common) {
  jpeg_work *work = common->client_data;
  char text[JMSG_LENGTH_MAX];
  common->err->format_message(common, text);
  snprintf(work->message, ASSAY_MESSAGE_BYTES, "%s", text);
  longjmp(work->escape, 1);
}

static void jpeg_give_up(j_common_ptr common, const char *text) {
  jpeg_work *work = common->client_data;
  snprintf(work->message, ASSAY_MESSAGE_BYTES, "%s", text);
  longjmp(work->escape, 1);
}

// A negative level is a defect in the data that libjpeg can pass over; a missing end is not passed over.
static void jpeg_note(j_common_ptr common, int level) {
  if (level >= 0) return;
  if (common->err->msg_code == JWRN_JPEG_EOF) jpeg_give_up(common, "it ends too early");
  if (++common->err->num_warnings > MAX_WARNINGS) jpeg_give_up(common, "it has too many defects");
}

static void jpeg_print_nothing(j_common_ptr common) { (void)common; }

static void jpeg_watch_scans(j_common_ptr common) {
  const jpeg_work *work = common->client_data;
  if (work->decoder.input_scan_number > MAX_SCANS) jpeg_give_up(common, "it has more than 100 progressive scans");
}

static uint8_t product(unsigned a, unsigned b) {  // a * b / 255, rounded, as Pillow does it
  const unsigned sum = a * b + 128;
  return (uint8_t)(((sum >> 8) + sum) >> 8);
}

// Files store inks inverted (Adobe's habit, which Pillow takes for granted): 255 is no ink.
static void rgb_from_inks(const uint8_t *inks, uint8_t *pixels, size_t width) {
  for (size_t x = 0; x < width; x++) {
    const uint8_t white = inks[4 * x + 3];
    for (size_t channel = 0; channel < 3; channel++)
      pixels[3 * x + channel] = (uint8_t)(white - product(255u - inks[4 * x + channel], white));
  }
}

static void jpeg_read_rows(jpeg_work *work, uint8_t *pixels, size_t height, size_t width) {
  j_decompress_ptr decoder = &work->decoder;
  const int has_inks = decoder->jpeg_color_space == JCS_CMYK || decoder->jpeg_color_space == JCS_YCCK;
  decoder->out_color_space = has_inks ? JCS_CMYK : JCS_RGB;
  decoder->dct_method = JDCT_ISLOW;
  decoder->do_fancy_upsampling = TRUE;
  decoder->do_block_smoothing = TRUE;
  jpeg_start_decompress(decoder);
  if (decoder->output_height != height || decoder->output_width != width)
    jpeg_give_up((j_common_ptr)decoder, "its size is not the expected one");
  if (has_inks && !(work->inks = malloc(width * 4)))
    jpeg_give_up((j_common_ptr)decoder, "there is not enough memory to read it");
  while (decoder->output_scanline < height) {
    uint8_t *line = pixels + decoder->output_scanline * width * 3;
    JSAMPROW target = has_inks ? work->inks : line;
    if (jpeg_read_scanlines(decoder, &target, 1) == 1 && has_inks) rgb_from_inks(work->inks, line, width);
  }
  jpeg_finish_decompress(decoder);
}

// Reads the header, and the pixels unless there is no room for them.
static int jpeg_read(
    jpeg_work *work, const uint8_t *bytes, size_t count, uint8_t *pixels, size_t *height, size_t *width) {
  j_decompress_ptr decoder = &work->decoder;
  decoder->err = jpeg_std_error(&work->errors);
  decoder->client_data = work;
  work->errors.error_exit = jpeg_fail;
  work->errors.emit_message = jpeg_note;
  work->errors.output_message = jpeg_print_nothing;
  work->progress.progress_monitor = jpeg_watch_scans;
  if (setjmp(work->escape)) {
    jpeg_destroy_decompress(decoder);
    free(work->inks);
    return 1;
  }
  jpeg_create_decompress(decoder);
  decoder->mem->max_memory_to_use = MAX_MEMORY;
  decoder->progress = &work->progress;
  jpeg_mem_src(decoder, bytes, count);
  jpeg_read_header(decoder, TRUE);
  const size_t rows = decoder->image_height, columns = decoder->image_width;
  if (rows > ASSAY_MAX_SIDE || columns > ASSAY_MAX_SIDE || rows * columns > ASSAY_MAX_PIXELS)
    jpeg_give_up((j_common_ptr)decoder, "it has more than 64 million pixels or a side beyond 16384");
  if (pixels) {
    jpeg_read_rows(work, pixels, *height, *width);
  } else {
    *height = rows;
    *width = columns;
  }
  jpeg_destroy_decompress(decoder);
  free(work->inks);
  return 0;
}

int assay_jpeg_size(const uint8_t *bytes, size_t count, size_t *height, size_t *width, char *message) {
  jpeg_work work = {.message = message};
  return jpeg_read(&work, bytes, count, NULL, height, width);
}

int assay_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t height, size_t width, char *message) {
  jpeg_work work = {.message = message};
  return jpeg_read(&work, bytes, count, pixels, &height, &width);
}

#define AS_TEXT(x) #x
#define TEXT_OF(x) AS_TEXT(x)

const char *assay_jpeg_version(void) {
#ifdef LIBJPEG_TURBO_VERSION
  return "turbo " TEXT_OF(LIBJPEG_TURBO_VERSION);
#else
  return TEXT_OF(JPEG_LIB_VERSION);
#endif
}
