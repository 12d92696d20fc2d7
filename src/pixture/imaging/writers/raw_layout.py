"""How numbers stand in a file that holds nothing else: what is around them, their order and their type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class RawLayout:
    """What stands around the numbers of a file, and how they follow one another.

    Attributes
    ----------
    head, tail
        What the file begins and ends with.
    axes
        The letters of the axes, that of neighbours in the file last.
    dtype
        Of the numbers, with their byte order.
    """

    head: bytes
    axes: str
    dtype: np.dtype[Any]
    tail: bytes = b""
