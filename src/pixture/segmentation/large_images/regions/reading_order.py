"""What a tree's file and pictures ask of an image larger than memory: learned in reading order."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pixture.arrays import Array, Integers
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.scale.sources.source import Source
from pixture.scale.stores.piece_store import PieceStore
from pixture.scale.workers import Workers
from pixture.segmentation.large_images.glimpse import glimpse_image, strides_of
from pixture.segmentation.large_images.regions.level_rows import READ
from pixture.segmentation.regions.merge_tree.runs import Runs, joined, runs


@dataclass(frozen=True, eq=False)
class InReadingOrder:
    """What is learned of an image and its superpixels.

    Attributes
    ----------
    fingerprint
        As `tree_file.fingerprint` has it.
    runs
        Of the superpixels.
    image
        Evenly spaced pixels, to look at.
    superpixels
        Theirs.
    """

    fingerprint: str
    runs: Runs
    image: Image
    superpixels: Integers


@dataclass(frozen=True, eq=False)
class ReadRows:
    """Reads some rows of a source and of its superpixels."""

    source: Source
    labels: PieceStore
    strides: tuple[int, ...]
    doing: ClassVar[str] = "reading rows"

    def __call__(self, window: Window) -> tuple[Array, Runs, Array, Integers]:
        """Return the values, the runs, and evenly spaced values and superpixels."""
        image, labels = self.source.read(window), self.labels.read(window)
        down, across = self.strides
        some = (slice(-window.start[0] % down, None, down), slice(None, None, across))
        values = np.ascontiguousarray(image.rows, image.rows.dtype.newbyteorder("<"))
        return values, runs(labels), image.pixels[some].copy(), labels[some].copy()


def in_reading_order(source: Source, labels: PieceStore, workers: Workers) -> InReadingOrder:
    """Return what is learned of a source and its superpixels; all of it is read once.

    Parameters
    ----------
    source
        Of two axes, all of whose pixels take part.
    labels
        Its superpixels.
    workers
        Who reads the rows. Those read at the same time are held, so that they are taken in order.
    """
    description = source.description
    rows, columns = description.shape
    work = ReadRows(source, labels, strides_of(description.shape))
    windows = [Window((at, 0), (min(rows, at + READ), columns)) for at in range(0, rows, READ)]
    digest = hashlib.sha256(f"{description.dtype.name} {description.channels}\n".encode())
    parts: list[Runs] = []
    seen: list[tuple[Array, Integers]] = []
    for values, of_rows, pixels, superpixels in workers.each(work, windows):
        digest.update(values.data)
        parts.append(of_rows)
        seen.append((pixels, superpixels))
    pixels = np.concatenate([one for one, _ in seen])
    given = {"pixels": pixels, "mask": np.ones(pixels.shape[:2], bool)}
    return InReadingOrder(
        digest.hexdigest(),
        joined(parts),
        glimpse_image(source, given, work.strides),
        np.concatenate([one for _, one in seen]),
    )
