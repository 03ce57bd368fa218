// renameat2 with RENAME_EXCHANGE, which Swift's view of the C library lacks.
#define _GNU_SOURCE
#include "assay_files.h"

#include <fcntl.h>
#include <stdio.h>

int assay_exchange_paths(const char *first, const char *second) {
  return renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE);
}
