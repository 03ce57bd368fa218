// oneDNN 2.6 for Swift: the plain C interface. What is a cast or a macro in the header becomes a
// one-line function. oneDNN runs on libgomp; each of our workers asks it for one thread.
#pragma once
#include <dnnl.h>

void omp_set_num_threads(int count);
