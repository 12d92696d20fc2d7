"""What stands beside an axis that shows a channel, or a direction among channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pixture.arrays import Floats
from pixture.imaging.channels import channel_names
from pixture.segmentation.segmentation import Segmentation

MOST_TERMS = 4
"""Channels up to which a direction is written out."""

MOST_LETTERS = 44
"""Letters that have room along an axis."""

PRINCIPAL = ("direction of greatest spread", "direction of second greatest spread")


def sample_names(segmentation: Segmentation) -> list[str]:
    """Return a short name of each channel of the mixture: of the image's own, or of the features.

    >>> import pixture
    >>> sample_names(pixture.segment(np.eye(9, dtype=np.uint8), 2, features="position"))
    ['row', 'column']
    """
    return list(segmentation.histogram.names) or channel_names(segmentation.image)


def direction_labels(names: Sequence[str], directions: Floats) -> tuple[str, str]:
    """Return the labels of the axes along two directions, (2, d), among channels of these names.

    >>> direction_labels(["R", "G", "B"], np.array([[0.6, 0.6, 0.5], [0.8, 0, -0.6]]))
    ('0.60 R + 0.60 G + 0.50 B', '0.80 R − 0.60 B')
    >>> direction_labels(["channel 1", "channel 2"], np.eye(2))
    ('channel 1', 'channel 2')
    """
    first, second = (_written(direction, names) for direction in directions)
    alone = all(np.count_nonzero(direction) == 1 for direction in directions)
    if alone or (len(names) <= MOST_TERMS and max(len(first), len(second)) <= MOST_LETTERS):
        return first, second
    return PRINCIPAL


def _written(direction: Floats, names: Sequence[str]) -> str:
    """Return a sum of named terms, without those that two decimals do not show."""
    if np.count_nonzero(direction) == 1 and direction.max() == 1:
        return names[int(direction.argmax())]
    terms = [
        f"{'−' if share < 0 else '+'} {abs(share):.2f} {name}"
        for share, name in zip(direction, names, strict=True)
        if abs(share) >= 0.005
    ]
    written = " ".join(terms).removeprefix("+ ")
    return f"−{written[2:]}" if written.startswith("− ") else written  # a sign, not a subtraction
