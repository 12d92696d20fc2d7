"""Naive twins of what regions are made with: each written as its definition reads."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.linalg import eigh

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.segmentation.regions.merge_tree.region_merging import MergeWeights


def watershed(strength: Array, mask: Mask) -> Integers:
    """Flood in rising order: each pixel joins its lowest labelled 4-neighbour, or begins a basin."""
    rows, columns = strength.shape
    basins = np.zeros((rows, columns), np.int32)
    found = 0
    for flat in np.argsort(strength.ravel(), kind="stable"):
        y, x = divmod(int(flat), columns)
        if not mask[y, x]:
            continue
        lowest, joined = np.inf, 0
        for a, b in ((y - 1, x), (y, x - 1), (y, x + 1), (y + 1, x)):
            if 0 <= a < rows and 0 <= b < columns and basins[a, b] > 0 and strength[a, b] < lowest:
                lowest, joined = strength[a, b], basins[a, b]
        if joined == 0:
            found += 1
            joined = found
        basins[y, x] = joined
    return in_raster_order(basins)


def in_raster_order(labels: Integers) -> Integers:
    """The same parts numbered by their first pixels; 0 stays."""
    number = {0: 0}
    for label in labels.ravel():
        number.setdefault(int(label), len(number))
    return np.array([number[int(label)] for label in labels.ravel()], np.int32).reshape(labels.shape)


def cracks(labels: Integers) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """The two flat pixels of each crack, by the leaves it parts."""
    rows, columns = labels.shape
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for y in range(rows):
        for b, a in ((y, 1), (y + 1, 0)):
            for x in range(columns - a):
                if b < rows and 0 != labels[y, x] != labels[b, x + a] != 0:
                    u, v = sorted((int(labels[y, x]) - 1, int(labels[b, x + a]) - 1))
                    found.setdefault((u, v), []).append((y * columns + x, b * columns + x + a))
    return dict(sorted(found.items()))


def normal_matrices(edge: list[tuple[int, int]], columns: int, radius: float) -> Floats:
    """n nᵀ of each crack of an edge, (y, x): the least principal axis of the cracks within reach."""
    pixels = np.array(edge)
    centres = (
        np.stack(np.divmod(pixels[:, 0], columns), 1) + np.stack(np.divmod(pixels[:, 1], columns), 1)
    ) / 2
    out = np.empty((len(edge), 2, 2))
    for i, centre in enumerate(centres):
        near = centres[((centres - centre) ** 2).sum(axis=1) <= radius**2]
        spread = (near - near.mean(axis=0)).T @ (near - near.mean(axis=0))
        values, axes = np.linalg.eigh(spread)
        if np.isclose(values[0], values[1]):
            own = np.array(divmod(edge[i][1], columns)) - divmod(edge[i][0], columns)
            out[i] = np.outer(own, own)
        else:
            out[i] = np.outer(axes[:, 0], axes[:, 0])
    return out


def boundary_mean(labels: Integers, tensor: Array, radius: float) -> Floats:
    means = []
    for edge in cracks(labels).values():
        normals = normal_matrices(edge, labels.shape[1], radius)
        values = []
        for (p, q), nn in zip(edge, normals, strict=True):
            xx, xy, yy = tensor.reshape(3, -1)[:, [p, q]].astype(float).mean(axis=1)
            square = nn[1, 1] * xx + 2 * nn[0, 1] * xy + nn[0, 0] * yy
            values.append(np.sqrt(max(square, 0.0)))
        means.append(np.mean(values))
    return np.array(means)


def region_sums(labels: Integers, maps: Array) -> Floats:
    """Maps of the image's size."""
    return np.array(
        [
            [float(f[labels == label].sum(dtype=float)) for f in maps]
            for label in range(1, int(labels.max()) + 1)
        ]
    ).reshape(int(labels.max()), len(maps))


def embedding(pairs: Integers, weights: Floats, areas: Array, vectors: int) -> tuple[Floats, Floats]:
    """All eigenpairs by a dense solver, less as many as there are connected parts."""
    n = len(areas)
    W = np.zeros((n, n))
    for (u, v), w in zip(pairs, weights, strict=True):
        W[u, v] += w
        W[v, u] += w
    reached = np.linalg.matrix_power(np.eye(n) + (W > 0), n) > 0
    parts = len(np.unique(reached, axis=0))
    values, X = eigh(np.diag(W.sum(axis=1)) - W, np.diag(np.asarray(areas, float)))
    scale = np.sqrt(np.sum(areas))
    return values[parts : parts + vectors], X[:, parts : parts + vectors] * scale


def merge(
    pairs: Integers,
    strength: Floats,
    length: Floats,
    histograms: tuple[Floats, ...],
    areas: Array,
    weights: MergeWeights,
) -> tuple[list[int], list[float], list[float]]:
    """Look at every edge, merge the nearest pair, begin again. Parents, distances, areas."""
    n = len(areas)
    parents, heights, area = list(range(n)), [-np.inf] * n, [float(a) for a in areas]
    h = [[np.array(row, float) for row in group] for group in histograms]
    edges = {
        (min(u, v), max(u, v)): (float(m) * float(w), float(w))
        for (u, v), m, w in zip(pairs.tolist(), strength, length, strict=True)
    }
    total = sum(area)

    def apart(u: int, v: int, s: float, w: float) -> float:
        found = s / w + weights.size * np.log(min(area[u], area[v]) / total + 1e-5)
        for group, chi, least in zip(h, weights.chi_square, weights.entropy, strict=True):
            found += chi * chi_square(group[u], group[v])
            found += least * min(entropy(group[u]), entropy(group[v]))
        return float(found)

    while edges:
        near = {(u, v): apart(u, v, s, w) for (u, v), (s, w) in edges.items()}
        (a, b), nearest = min(near.items(), key=lambda item: (item[1], item[0]))
        x = len(parents)
        parents[a] = parents[b] = x
        parents.append(x)
        heights.append(max(nearest, heights[a], heights[b]))
        area.append(area[a] + area[b])
        for group in h:
            group.append((area[a] * group[a] + area[b] * group[b]) / area[x])
        joined: dict[tuple[int, int], tuple[float, float]] = {}
        for (u, v), (s, w) in edges.items():
            if (u, v) == (a, b):
                continue
            key = (min(u, v), x) if v in (a, b) else (v, x) if u in (a, b) else (u, v)
            before = joined.get(key, (0.0, 0.0))
            joined[key] = (before[0] + s, before[1] + w)
        edges = joined
    return parents, heights, area


def entropy(shares: Floats) -> float:
    return float(-sum(p * np.log2(p) for p in shares if p > 0))


def chi_square(a: Floats, b: Floats) -> float:
    return float(0.5 * sum((p - q) ** 2 / (p + q) for p, q in zip(a, b, strict=True) if p + q > 0))


def tree_regression(parents: Integers, values: Floats, weights: Floats) -> Floats:
    """By level sets: v(x) > t where the best pruning at t keeps x, for each t between two means."""
    n = len(values)
    nodes = range(n)
    sets = [[x for x in nodes if subset >> x & 1] for subset in range(1, 1 << n)]
    means = np.unique([np.average(values[s], weights=weights[s]) for s in sets])
    out = np.full(n, means[0])
    for low, high in itertools.pairwise(means):
        for x in best_pruning(parents, weights * (values - (low + high) / 2)):
            out[x] = high
    return out


def best_pruning(parents: Integers, gains: Floats) -> set[int]:
    """The nodes kept where a node is kept only with its parent, and the sum of gains is greatest."""
    best = gains.astype(float).copy()
    for x, parent in enumerate(parents):  # children come before their parents
        if parent != x:
            best[parent] += max(0.0, best[x])
    kept: set[int] = set()
    for x in range(len(parents) - 1, -1, -1):
        if best[x] > 0 and (parents[x] == x or int(parents[x]) in kept):
            kept.add(x)
    return kept


def co_occurrence(maps: Array, distances: tuple[int, ...], step: int) -> Floats:
    """Pairs of pixels on the grid of every step-th, one by one."""
    of = maps[:, ::step, ::step].astype(float)
    K, rows, columns = of.shape
    counts = np.zeros((K, K))
    for distance in distances:
        straight = max(1, round(distance / step))
        diagonal = max(1, round(distance / (2**0.5 * step)))
        for dy, dx in ((0, straight), (straight, 0), (diagonal, diagonal), (diagonal, -diagonal)):
            for y in range(rows):
                for x in range(columns):
                    if y + dy < rows and 0 <= x + dx < columns:
                        pair = np.outer(of[:, y, x], of[:, y + dy, x + dx])
                        counts += pair + pair.T
    return counts / counts.sum() if counts.sum() > 0 else counts
