"""Neighbour statistics by scikit-learn and plain numpy in double precision.

Run from anywhere: `python make.py`. Writes `neighbours.h5` beside itself. Each group holds `points`
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
"""

from pathlib import Path

import h5py
import numpy as np
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


def main():
    with h5py.File(HERE / "neighbours.h5", "w") as store:
        write_case(store, "clusters", clustered_points(np.random.default_rng(SEED)), k=16)
        write_case(store, "line", np.array([[0], [1], [2.5], [4.5], [10]], np.float32), k=2)
        write_duplicates(store)


if __name__ == "__main__":
    main()
