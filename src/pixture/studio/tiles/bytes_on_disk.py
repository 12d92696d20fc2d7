"""A sink that keeps a byte a pixel on the disk, to be looked at: labels, or shades of a map."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pixture.arrays import Integers
from pixture.imaging.window import Window


def label_bytes(labels: npt.NDArray[Any]) -> Integers:
    """Return labels as bytes; 255 where there is none, which is their type's largest number.

    >>> label_bytes(np.array([3, 65535], np.uint16))
    array([  3, 255], dtype=uint8)
    """
    found: Integers = np.minimum(labels, 255).astype(np.uint8)
    return found


@dataclass(frozen=True)
class BytesOnDisk:
    """A sink, as `scale.sinks.sink.Sink` says, whose one file is lost with the session.

    Attributes
    ----------
    path
        The file.
    shape
        Of the image.
    as_bytes
        Makes uint8, of the shape of a piece, of what is made of it.
    """

    path: Path
    shape: tuple[int, ...]
    as_bytes: Callable[[npt.NDArray[Any]], Integers] = label_bytes

    def begin(self) -> None:
        """Make the file, of zeros that take no room yet."""
        with self.path.open("wb") as file:
            file.truncate(math.prod(self.shape))

    def write(self, window: Window, labels: npt.NDArray[Any]) -> None:
        """As `Sink` says; but nothing waits until it is on the disk."""
        kept = np.memmap(self.path, np.uint8, "r+", shape=self.shape)
        kept[window.slices] = self.as_bytes(labels)

    def has(self, window: Window) -> bool:
        """As `Sink` says."""
        return False

    def kept(self) -> frozenset[Window]:
        """As `Sink` says."""
        return frozenset()

    def finish(self) -> tuple[Path | str, ...]:
        """As `Sink` says."""
        return (self.path,)

    def remove(self) -> None:
        """As `Sink` says."""
        self.path.unlink(missing_ok=True)
