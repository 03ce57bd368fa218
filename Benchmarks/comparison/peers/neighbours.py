"""Exact nearest neighbours in faiss and scikit-learn, all rows in memory in single precision."""

import argparse
import os
import sys
from pathlib import Path

import numpy as np

from comparison.peers.protocol import serve


def name_kernels():
    """Tells OpenBLAS its kernels by the processor's instructions.

    faiss brings a version that takes newer processors for the oldest, and multiplies four times as slowly there."""
    flags = set(Path("/proc/cpuinfo").read_text().split())
    for kernels, needed in (("SkylakeX", {"avx512f", "avx512bw", "avx512dq", "avx512vl"}), ("Haswell", {"avx2", "fma"})):
        if needed <= flags:
            os.environ.setdefault("OPENBLAS_CORETYPE", kernels)


def faiss_search(index_type, references, count, threads):
    """A flat index: every query against every row."""
    name_kernels()
    import faiss

    faiss.omp_set_num_threads(threads)
    index = getattr(faiss, index_type)(references.shape[1])
    index.add(references)
    return lambda queries: index.search(queries, count)[1], {"faiss-cpu": faiss.__version__}


def scikit_learn_search(metric, references, count, threads):
    """Brute force."""
    import sklearn
    import threadpoolctl
    from sklearn.neighbors import NearestNeighbors

    threadpoolctl.threadpool_limits(threads)
    search = NearestNeighbors(n_neighbors=count, algorithm="brute", metric=metric, n_jobs=threads).fit(references)
    return lambda queries: search.kneighbors(queries, return_distance=False), {"scikit-learn": sklearn.__version__}


LIBRARIES = {"faiss": faiss_search, "scikit-learn": scikit_learn_search}


def prepare(arguments):
    queries, references = (np.load(path).astype(np.float32) for path in (arguments.queries, arguments.references))
    search, details = LIBRARIES[arguments.library](arguments.variant, references, arguments.count, arguments.threads)
    search(queries[:256])
    return lambda: search(queries), lambda found, path: found.astype(np.int32).tofile(path), details


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", choices=LIBRARIES, required=True)
    parser.add_argument("--variant", required=True, help="an index of faiss, a metric of scikit-learn")
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--references", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    serve(lambda: prepare(arguments))
    sys.stdout.flush()
    os._exit(0)
