// What Swift's view of the C library lacks: renameat2 with RENAME_EXCHANGE, and malloc's settings.
#define _GNU_SOURCE
#include "assay_files.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>

int assay_exchange_paths(const char *first, const char *second) {
  return renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE);
}

void assay_return_freed_memory(void) { mallopt(M_MMAP_THRESHOLD, 1 << 20); }
