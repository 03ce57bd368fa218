// What the C library declares only for GNU sources.
#pragma once

// Lets two paths change places in one step. Returns 0, or -1 with errno set.
int assay_exchange_paths(const char *first, const char *second);

// Has buffers of a mebibyte and more given back to the system when they are freed.
void assay_return_freed_memory(void);
