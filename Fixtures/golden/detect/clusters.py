"""Clusters by density, silhouettes and the affinities of t-SNE by scikit-learn.

Run from anywhere: `python clusters.py`. Writes `clusters.h5` beside itself:

    density/points        f64 [170, 4]: four clouds of unequal density, two of them close, and scattered points
    density/label_M       int32 [170], sklearn.cluster.HDBSCAN(min_cluster_size=M), -1 for noise, for M 5, 15 and 25
    density/membership_M  f64 [170], its probabilities_
    cosine/points         f32 [60, 8] unit rows; cosine/label int32 [60]
    cosine/silhouette     f64 [60], silhouette_samples with the cosine metric
    affinities/points     f64 [40, 5]; affinities/law f64 [40, 40], t-SNE's joint probabilities, perplexity 8
    affinities/divergence f64, and divergence_random: of TSNE(init="pca", perplexity=30) on density/points, and
                          of the same points at random places, in nats
"""

from pathlib import Path

import h5py
import numpy as np
from scipy.spatial.distance import squareform
from sklearn.cluster import HDBSCAN
from sklearn.manifold import TSNE
from sklearn.manifold._t_sne import _joint_probabilities, _kl_divergence
from sklearn.metrics import pairwise_distances, silhouette_samples

HERE = Path(__file__).resolve().parent


def density_points(random):
    parts = [random.normal(size=(count, 4)) * spread + centre
             for count, spread, centre in ((40, 0.3, 0.0), (35, 0.5, 4.0), (30, 0.2, [4.0, 0, 0, 0]),
                                           (30, 0.2, [5.2, 0, 0, 0]), (35, 3.0, 1.0))]
    return np.concatenate(parts)[random.permutation(170)]


def divergence(points, places):
    law = _joint_probabilities(pairwise_distances(points, squared=True).astype(np.float32), 30, 0)
    return _kl_divergence(places.ravel().astype(np.float64), law, 1.0, len(points), 2)[0]


def main():
    with h5py.File(HERE / "clusters.h5", "w") as store:
        points = density_points(np.random.default_rng(21))
        store["density/points"] = points
        for least in (5, 15, 25):
            found = HDBSCAN(min_cluster_size=least, copy=True).fit(points)
            store[f"density/label_{least}"] = found.labels_.astype(np.int32)
            store[f"density/membership_{least}"] = found.probabilities_
            print(least, np.unique(found.labels_, return_counts=True))
        random = np.random.default_rng(22)
        unit = random.normal(size=(60, 8)) + np.repeat(random.normal(size=(3, 8)) * 1.5, 20, axis=0)
        unit = (unit / np.linalg.norm(unit, axis=1, keepdims=True)).astype(np.float32)
        label = np.repeat(np.arange(3), 20).astype(np.int32)
        store["cosine/points"], store["cosine/label"] = unit, label
        store["cosine/silhouette"] = silhouette_samples(unit.astype(np.float64), label, metric="cosine")
        few = np.random.default_rng(23).normal(size=(40, 5))
        store["affinities/points"] = few
        law = _joint_probabilities(pairwise_distances(few, squared=True).astype(np.float32), 8, 0)
        store["affinities/law"] = squareform(law)
        places = TSNE(init="pca", perplexity=30, method="exact", random_state=0).fit_transform(points)
        store["affinities/divergence"] = divergence(points, places)
        store["affinities/divergence_random"] = divergence(points, np.random.default_rng(24).normal(size=(170, 2)) * 10)
        print(store["affinities/divergence"][()], store["affinities/divergence_random"][()])


if __name__ == "__main__":
    main()
