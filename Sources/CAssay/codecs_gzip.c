// gzip by zlib, with a bound: a few kilobytes can claim to be gigabytes.
#include "assay_codecs.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, FIRST_CAPACITY = 1 << 16 };

void assay_release(assay_bytes *bytes) {
  free(bytes->start);
  *bytes = (assay_bytes){0};
}

static int gunzip_fail(z_stream *stream, assay_bytes *inflated, char *message, const char *text) {
  snprintf(message, ASSAY_MESSAGE_BYTES, "%s", text);
  inflateEnd(stream);
  assay_release(inflated);
  return 1;
}

int assay_gunzip(const uint8_t *bytes, size_t count, size_t limit, assay_bytes *inflated, char *message) {
  z_stream stream = {0};
  size_t capacity = 0;
  *inflated = (assay_bytes){0};
  if (count > UINT32_MAX || limit > UINT32_MAX) return gunzip_fail(&stream, inflated, message, "it is too large");
  if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
    return gunzip_fail(&stream, inflated, message, "there is not enough memory to read it");
  stream.next_in = (Bytef *)bytes;
  stream.avail_in = (uInt)count;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    if (inflated->count == capacity) {
      if (capacity >= limit) return gunzip_fail(&stream, inflated, message, "it is longer than allowed when inflated");
      capacity = capacity ? 2 * capacity : FIRST_CAPACITY;
      if (capacity > limit) capacity = limit;
      uint8_t *larger = realloc(inflated->start, capacity);
      if (!larger) return gunzip_fail(&stream, inflated, message, "there is not enough memory to read it");
      inflated->start = larger;
    }
    stream.next_out = inflated->start + inflated->count;
    stream.avail_out = (uInt)(capacity - inflated->count);
    status = inflate(&stream, Z_NO_FLUSH);
    inflated->count = capacity - stream.avail_out;
    if (status != Z_OK && status != Z_STREAM_END) {
      const char *text = status == Z_BUF_ERROR ? "it ends too early" : "it is damaged";
      return gunzip_fail(&stream, inflated, message, text);
    }
  }
  if (stream.avail_in > 0) return gunzip_fail(&stream, inflated, message, "more data follow its end");
  inflateEnd(&stream);
  return 0;
}

const char *assay_zlib_version(void) { return zlibVersion(); }
