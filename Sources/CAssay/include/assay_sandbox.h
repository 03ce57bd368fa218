// A worker's walls: no network, and writing only below the given folders. Linux only; what the kernel lacks is reported.
#pragma once
#include <stddef.h>

// What could be put in place.
enum { ASSAY_SANDBOX_FILES = 1, ASSAY_SANDBOX_NETWORK = 2 };

// Restricts the calling thread and everything it starts later, for good. Call it before any other thread exists.
// `writable` holds `count` folders below which files may be written. Returns a sum of ASSAY_SANDBOX_*.
int assay_sandbox_enter(const char *const *writable, size_t count);

// Landlock's version in this kernel; 0 where there is none.
int assay_landlock_version(void);
