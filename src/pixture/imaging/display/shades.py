"""Uncertainty and probability as numbers of 8 bits, which a table of colours shows."""

from __future__ import annotations

import math

import numpy as np

from pixture.arrays import Array, Integers


def entropy_shades(entropy: Array, components: int) -> Integers:
    """Return each entropy as a number, 0 (certain) to 254 (log K), uint8; 255 where there is none (NaN).

    >>> entropy_shades(np.array([0.0, np.log(2), np.nan]), 2)
    array([  0, 254, 255], dtype=uint8)
    """
    shades = entropy * (254.5 / most_entropy(components))
    found: Integers = np.nan_to_num(shades, nan=255).clip(0, 255).astype(np.uint8)
    return found


def most_entropy(components: int) -> float:
    """Return the end of the scale of the entropy: log K, or log 2 where there is one component."""
    return math.log(max(2, components))


def probability_shades(probability: Array) -> Integers:
    """Return each probability as a number, 0 to 254, uint8; 255 where there is none (NaN).

    >>> probability_shades(np.array([0.0, 0.5, 1.0, np.nan]))
    array([  0, 127, 254, 255], dtype=uint8)
    """
    found: Integers = np.nan_to_num(np.round(probability * 254), nan=255).astype(np.uint8)
    return found
