"""What finding regions piece by piece will cost: measured on a part of the image, before the work begins."""

from __future__ import annotations

import tempfile
import time
import zlib
from pathlib import Path

import numpy as np

from pixture.imaging.downsampling import reduction
from pixture.imaging.feature_space.perceptual_planes import perceptual_planes
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.scale.memory import PROGRAM
from pixture.scale.sources.source import Description, ImageSource, Source
from pixture.scale.workers import Threads
from pixture.segmentation.large_images.forecast import Forecast, some_of
from pixture.segmentation.large_images.regions.level_rows import READ, reduced_source
from pixture.segmentation.large_images.regions.outlines_in_bands import BAND, bring_source_to_full_resolution
from pixture.segmentation.regions.find_regions import DEFAULTS, MOST_PIXELS, tree_of
from pixture.segmentation.regions.full_resolution import STRIP, sides_of
from pixture.segmentation.regions.merge_tree.merge_tree import cut

TREE = 250_000_000
"""Bytes that finding the tree takes, whatever the size of the image: it is found on a reduced one."""

A_PIXEL = 46
"""Bytes a pixel that regions take in memory besides its values, with all that is written of them."""

A_BLOCK = 16
"""Bytes a pixel of a band that refining outlines takes besides its values."""

LEVELS = 4 / 3
"""How much there is to refine in all levels: each has a quarter of the pixels of the next, or less."""


def memory_of_whole_regions(description: Description) -> int:
    """Return the bytes that finding the regions of an image in memory takes, about, with saving them.

    >>> memory_of_whole_regions(Description("yxc", (1000, 1000), 3, np.dtype(np.uint8)))
    562000000
    """
    values = 2 * description.channels * description.dtype.itemsize
    return PROGRAM + TREE + description.size * (A_PIXEL + values)


def region_forecast(source: Source, threads: int, memory: int) -> Forecast:
    """Return what finding the regions of a source will cost, measured on a part of it, in its middle.

    As many pieces, or bands of rows, are worked on at the same time as there are threads, and as there is
    memory for; at least one.

    Raises
    ------
    ChoiceError
        Some of the pixels there are masked.
    """
    description = source.description
    windows = description.pieces
    window = some_of(windows[len(windows) // 2])
    began = time.perf_counter()
    image = source.read(window)
    reading = time.perf_counter() - began
    tree, refining, packed, written = _measured(image)
    levels = len(sides_of(reduction(description.size, MOST_PIXELS)))
    passes = 3 * levels + 3
    at_once = max(1, min(threads, (memory - PROGRAM - TREE) // _bytes_of_band(description)))
    times = description.size / window.size
    seconds = tree + times * (passes * reading + LEVELS * refining) / at_once
    return Forecast(
        len(windows),
        passes,
        seconds,
        PROGRAM + TREE + at_once * _bytes_of_band(description),
        round(times * written),
        at_once,
        None,
        round(times * packed * 2),
    )


def _bytes_of_band(description: Description) -> int:
    """Return the bytes that a band of rows takes while it is worked on, or a piece, or rows that are read."""
    columns, values = description.shape[1], description.channels * description.dtype.itemsize
    strips = max(1, BAND // (STRIP * columns))
    band = min(strips * STRIP, description.shape[0]) * columns * (A_BLOCK + 2 * values)
    piece = description.pieces[0].size * (A_BLOCK + 2 * values + 4 * description.channels)
    return max(band, piece, READ * columns * (8 + 4 * values))


def _measured(image: Image) -> tuple[float, float, int, int]:
    """Return the seconds of finding a tree, those of refining outlines; bytes of labels, of numbers."""
    factor = max(2, reduction(image.size, MOST_PIXELS))
    part = ImageSource(image)
    reduced = reduced_source(part, factor, Threads(1))
    began = time.perf_counter()
    superpixels, merges, _ = tree_of(perceptual_planes(reduced), None, DEFAULTS, threads=None)
    tree = time.perf_counter() - began
    values = reduced.pixels.reshape(*reduced.shape, -1).astype(np.float32, copy=False)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = bring_source_to_full_resolution(superpixels, values, part, factor, Threads(1), Path(folder))
        refining = time.perf_counter() - began
        labels = found.read(Window.of(image.shape))
    numbers = cut(merges).astype(np.uint16)[labels - 1]
    return tree, refining, len(zlib.compress(labels.tobytes(), 1)), len(zlib.compress(numbers.tobytes(), 1))
