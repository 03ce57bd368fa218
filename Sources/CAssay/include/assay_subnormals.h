// Whether numbers too small for the usual form are computed with. Some processors take a hundred times as long over them,
// and gradients far down a tower are full of them.
#pragma once
#include <stdint.h>

// Takes subnormal numbers for zero on this thread, as operands and as results; returns the mode before.
uint64_t assay_flush_subnormals(void);
// Sets the mode of this thread.
void assay_restore_subnormals(uint64_t mode);
