"""The compiled pass over pixels and their labels: sums of each label's values."""

from __future__ import annotations

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.compilation.jit import kernel


@kernel
def add_by_label(
    pixels: Array,
    labels: Integers,
    mask: Mask,
    reference: Floats,
    start: int,
    stop: int,
    zeroth: Floats,
    first: Floats,
    second: Floats,
) -> None:
    """Add pixels start … stop - 1 to the sums of their labels.

    zeroth (K,) gets how many there are, first and second (K, channels) Σ (x - reference) and its squares.
    `pixels` is (n, channels), `labels` (n,). An empty mask takes every pixel.
    """
    channels = pixels.shape[1]
    for i in range(start, stop):
        if mask.size == 0 or mask[i]:
            label = labels[i]
            zeroth[label] += 1
            for c in range(channels):
                deviation = float(pixels[i, c]) - reference[label, c]
                first[label, c] += deviation
                second[label, c] += deviation * deviation
