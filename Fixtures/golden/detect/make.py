"""Statistics of embeddings by scikit-learn and plain numpy in double precision.

Run from anywhere: `python make.py`. Writes `neighbours.h5` and `fitted.h5` beside itself, and by `clusters.py`
`clusters.h5`. Each group of
`neighbours.h5` holds `points`
(f32 [N, D]) with attribute k, and, in f64 [N]:

    neighbours   int32 [N, k]  the k nearest other points, nearest first
    k_distance   Euclidean distance to the k-th nearest other point
    slof         mean over the neighbours j of k_distance(i) / k_distance(j)
    log_slof     mean over the neighbours j of ln k_distance(i) - ln k_distance(j)
    lid          maximum-likelihood local intrinsic dimension, -(k - 1) / sum over j < k of ln(r_j / r_k)
    dao_log      mean over the neighbours j of lid(j) * (ln k_distance(i) - ln k_distance(j))

`clusters` is 300 x 24, k 16; `line` the five points of a hand calculation, k 2. `duplicates` holds
three equal points: only points, k_distance, slof 0 for the three, and log_slof (distances floored at
1e-6 of the median positive k-distance, 0 for the three), `duplicate_group` bool [N].

`fitted.h5` holds what is fitted before it scores:

    forest/points          f32 [300, 6]; half of them scored only
    forest/trees           int32 [trees + 1], where each tree's nodes start
    forest/column, threshold, left, right, size   one a node; column -2 in a leaf
    forest/score           f64 [300], minus scikit-learn's score_samples; attribute `samples` a tree
    forest/mean, error     f64 [300], mean and standard error of the score over 40 forests of 50 trees
    spectral/points, group f32 [120, 16], int32 [120]
    spectral/score         f64 [120], squared projection on the group's first right singular vector
    halves/points          f64 [150, 10], two clouds of 110 and 40
    halves/label, inertia, silhouette   of scikit-learn's KMeans and silhouette_score
    cosines/images, captions, score     f32 [8, 5] unit rows, minus their cosines
"""

from pathlib import Path

import clusters
import h5py
import numpy as np
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

HERE = Path(__file__).resolve().parent
SEED = 11


def clustered_points(random):
    """Unit vectors: three clusters of unequal spread, a tight small one, and scattered points."""
    parts = []
    for count, spread in ((90, 0.15), (80, 0.3), (60, 0.5), (20, 0.05), (50, 3.0)):
        centre = random.normal(size=24)
        parts.append(centre / np.linalg.norm(centre) + spread * random.normal(size=(count, 24)) / np.sqrt(24))
    points = np.concatenate(parts)[random.permutation(300)]
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points.astype(np.float32)


def other_neighbours(points, k):
    """Distances and indices of the k nearest other points. Needs points without duplicates."""
    distances, indices = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(points).kneighbors(points)
    assert (indices[:, 0] == np.arange(len(points))).all()
    return distances[:, 1:], indices[:, 1:]


def write_case(store, name, points, k):
    exact = points.astype(np.float64)
    _, neighbours = other_neighbours(exact, k)
    distances = np.linalg.norm(exact[:, None] - exact[neighbours], axis=-1)
    k_distance = distances[:, -1]
    log_ratios = np.log(k_distance[:, None]) - np.log(k_distance[neighbours])
    lid = -(k - 1) / np.log(distances[:, :-1] / distances[:, -1:]).sum(1)
    group = store.create_group(name)
    group.attrs["k"] = k
    group["points"] = points
    group["neighbours"] = neighbours.astype(np.int32)
    group["k_distance"] = k_distance
    group["slof"] = (k_distance[:, None] / k_distance[neighbours]).mean(1)
    group["log_slof"] = log_ratios.mean(1)
    group["lid"] = lid
    group["dao_log"] = (lid[neighbours] * log_ratios).mean(1)


def write_duplicates(store):
    points = np.array([0, 0, 0, 1, 3], np.float64)
    apart = np.abs(points[:, None] - points)
    np.fill_diagonal(apart, np.inf)
    neighbours = np.argsort(apart, axis=1, kind="stable")[:, :2]
    k_distance = np.take_along_axis(apart, neighbours, 1)[:, -1]
    floor = 1e-6 * np.median(k_distance[k_distance > 0])
    duplicate = k_distance <= floor
    floored = np.maximum(k_distance, floor)
    log_slof = (np.log(floored)[:, None] - np.log(floored[neighbours])).mean(1)
    slof = (k_distance[:, None] / floored[neighbours]).mean(1)
    group = store.create_group("duplicates")
    group.attrs["k"] = 2
    group["points"] = points[:, None].astype(np.float32)
    group["k_distance"] = k_distance
    group["duplicate_group"] = duplicate
    group["slof"] = np.where(duplicate, 0, slof)
    group["log_slof"] = np.where(duplicate, 0, log_slof)


def write_forest(store):
    random = np.random.default_rng(SEED + 1)
    points = random.normal(size=(300, 6)) * [1, 1, 2, 0.5, 1, 3]
    points[:8] += random.normal(size=(8, 6)) * 6
    points = points.astype(np.float32)
    forest = IsolationForest(n_estimators=30, max_samples=64, random_state=SEED).fit(points[::2])
    trees = [tree.tree_ for tree in forest.estimators_]
    group = store.create_group("forest")
    group.attrs["samples"] = 64
    group["points"] = points
    group["trees"] = np.cumsum([0] + [tree.node_count for tree in trees]).astype(np.int32)
    for name, attribute in (("column", "feature"), ("left", "children_left"), ("right", "children_right"),
                            ("size", "n_node_samples")):
        group[name] = np.concatenate([getattr(tree, attribute) for tree in trees]).astype(np.int32)
    group["threshold"] = np.concatenate([tree.threshold for tree in trees])
    group["score"] = -forest.score_samples(points)
    scores = np.stack([
        -IsolationForest(n_estimators=50, max_samples=64, random_state=seed).fit(points).score_samples(points)
        for seed in range(40)])
    group["mean"] = scores.mean(0)
    group["error"] = scores.std(0, ddof=1) / np.sqrt(len(scores))


def write_spectral(store):
    random = np.random.default_rng(SEED + 2)
    points = random.normal(size=(120, 16)) * np.linspace(2, 0.5, 16) + 1
    points[:9, 3] += 8
    points = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    label = (np.arange(120) % 3 == 2).astype(np.int32)
    score = np.zeros(120)
    for which in (0, 1):
        rows = np.flatnonzero(label == which)
        centred = points[rows].astype(np.float64) - points[rows].astype(np.float64).mean(0)
        score[rows] = (centred @ np.linalg.svd(centred, full_matrices=False)[2][0]) ** 2
    group = store.create_group("spectral")
    group["points"], group["group"], group["score"] = points, label, score


def write_halves(store):
    random = np.random.default_rng(SEED + 3)
    points = random.normal(size=(150, 10))
    points[110:, 0] += 4
    found = KMeans(n_clusters=2, n_init=10, random_state=SEED).fit(points)
    group = store.create_group("halves")
    group["points"], group["label"] = points, found.labels_.astype(np.int32)
    group["inertia"] = found.inertia_
    group["silhouette"] = silhouette_score(points, found.labels_)


def write_cosines(store):
    random = np.random.default_rng(SEED + 4)
    images, captions = random.normal(size=(2, 8, 5))
    images = (images / np.linalg.norm(images, axis=1, keepdims=True)).astype(np.float32)
    captions = (captions / np.linalg.norm(captions, axis=1, keepdims=True)).astype(np.float32)
    group = store.create_group("cosines")
    group["images"], group["captions"] = images, captions
    group["score"] = -(images.astype(np.float64) * captions.astype(np.float64)).sum(1)


def main():
    with h5py.File(HERE / "neighbours.h5", "w") as store:
        write_case(store, "clusters", clustered_points(np.random.default_rng(SEED)), k=16)
        write_case(store, "line", np.array([[0], [1], [2.5], [4.5], [10]], np.float32), k=2)
        write_duplicates(store)
    with h5py.File(HERE / "fitted.h5", "w") as store:
        write_forest(store)
        write_spectral(store)
        write_halves(store)
        write_cosines(store)
    clusters.main()


if __name__ == "__main__":
    main()
