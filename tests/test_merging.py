"""Merging by the heap is merging by brute force; heights never fall; a mask gives a forest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pixture.arrays import Floats, Integers
from pixture.segmentation.regions.kernels.merging import blend, chi_square, distance
from pixture.segmentation.regions.merging import merge_hierarchically
from tests import reference_regions as reference

Graph = tuple[Integers, Floats, Floats, Floats, Integers]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any graph, mostly with ties: strengths, lengths and areas are few whole numbers."""
    n = draw(st.integers(1, 14))
    every = [(u, v) for u in range(n) for v in range(u + 1, n)]
    chosen = sorted(draw(st.sets(st.sampled_from(every), max_size=3 * n))) if every else []
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    ties = draw(st.booleans())
    edges = len(chosen)
    strength = rng.integers(0, 3, edges).astype(float) if ties else rng.random(edges)
    histograms = rng.dirichlet(np.ones(5), 2 if ties else n)[rng.integers(0, 2, n) if ties else slice(None)]
    return (
        np.array(chosen, np.int32).reshape(-1, 2),
        strength,
        rng.integers(1, 4, edges).astype(float),
        histograms,
        rng.integers(1, 4, n),
    )


@given(graphs())
@settings(deadline=None, max_examples=200)
def test_the_heap_merges_as_brute_force_does(graph: Graph) -> None:
    def apart(strength: float, length: float, a: Floats, b: Floats, smaller: float, whole: float) -> float:
        return distance(strength, length, a, b, smaller, whole, 2.0, 0.1, 0.01)

    def together(a: Floats, b: Floats, part: float) -> Floats:
        out = np.empty_like(a)
        blend(a, b, part, out)
        return out

    tree = merge_hierarchically(*graph)
    parents, heights, areas = reference.merge(*graph, apart, together)
    assert_array_equal(tree.parents, parents)
    assert_array_equal(tree.heights, heights)
    assert_array_equal(tree.pixels, areas)
