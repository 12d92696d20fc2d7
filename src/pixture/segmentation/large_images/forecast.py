"""What segmenting an image piece by piece will cost: measured on a piece of it, before the work begins."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from pixture.arrays import Integers
from pixture.imaging.histogram.histogram import Histogram, histogram
from pixture.imaging.window import Window
from pixture.mixture.em.em import summarise
from pixture.mixture.em.fit import fit_sample
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.scale.sample.source_sample import SourceSample
from pixture.scale.sources.source import Description, Source
from pixture.segmentation.large_images.field.field_view import field_view
from pixture.segmentation.large_images.field.light_field import LightField
from pixture.segmentation.large_images.field.smooth_source import field_cost
from pixture.segmentation.large_images.memory_of_pieces import (
    MOST_BITS,
    bytes_beside,
    bytes_of_piece,
    pixels_measured,
)
from pixture.segmentation.large_images.painting import PaintPiece

USUAL_PASSES = 3
"""Whole passes of EM that continuous images usually take after starts on some of their pixels."""

MEASURED = 2**20
"""Pixels of a piece that are measured, at most."""


@dataclass(frozen=True)
class Forecast:
    """What a run will cost, about.

    Attributes
    ----------
    pieces
        In how many pieces the image is gone through.
    passes
        How many times all pixels are read.
    seconds
        How long it takes.
    memory
        Bytes of memory at its peak.
    output
        Bytes of the file of labels.
    threads
        How many pieces are worked on at the same time.
    counted
        Whether distinct values are counted; else each pixel is taken by itself. None where no values are
        asked for.
    scratch
        Bytes that are kept on the disk meanwhile.
    """

    pieces: int
    passes: int
    seconds: float
    memory: int
    output: int
    threads: int
    counted: bool | None
    scratch: int = 0

    def as_dict(self) -> dict[str, int | float | bool]:
        """Return it ready for JSON."""
        return {
            "pieces": self.pieces,
            "passes": self.passes,
            "seconds": round(self.seconds, 1),
            "memory_bytes": self.memory,
            "output_bytes": self.output,
            "threads": self.threads,
            **({} if self.counted is None else {"counted": self.counted}),
            "scratch_bytes": self.scratch,
        }


def forecast(source: Source, method: Method, threads: int, memory: int) -> Forecast:
    """Return what a run will cost, measured on a part of the piece in the middle of the image.

    As many pieces are worked on at the same time as there are threads, and as there is memory for; at least
    one.
    """
    description, choices = source.description, replace(method.choices, threads=1)
    windows = description.pieces
    window = some_of(windows[len(windows) // 2], pixels_measured(memory, choices.components, MEASURED))
    reading = _seconds(lambda: source.read(window))
    image = source.read(window)
    counted = histogram(image, threads=1)
    counting = _seconds(lambda: histogram(image, threads=1))
    is_counted = counted.counted and not _hardly_repeat(counted, description)
    mixture = fit_sample(counted.sample, Choices(choices.components, choices.covariance, threads=1)).mixture
    expecting = _seconds(lambda: summarise(counted.sample, mixture, threads=1))
    known = SourceSample.of(source, counted.sample)
    painting, output = _painting(known, window, method, mixture)
    field = field_cost(description, choices.components, method.spatial, choices)
    passes = (1 if is_counted else 2 + USUAL_PASSES) + field.passes
    seconds = reading + counting + field.passes * painting
    if not is_counted:
        seconds += 2 * reading + USUAL_PASSES * (reading + expecting)
    piece = bytes_of_piece(description, choices.components, method.spatial, counted=is_counted)
    before = bytes_beside(description, method.spatial, counted=is_counted)
    at_once = max(1, min(threads, (memory - before) // piece))
    return Forecast(
        len(windows),
        passes,
        description.size / window.size / at_once * seconds,
        before + at_once * piece,
        round(output * description.size / window.size),
        at_once,
        is_counted,
        field.scratch,
    )


def _hardly_repeat(counted: Histogram, description: Description) -> bool:
    """Whether so many values of a part are distinct that those of the whole will not be counted."""
    bits = 8 * description.dtype.itemsize * description.channels
    return bits > MOST_BITS and counted.sample.size > counted.sample.total_weight / 8


def _painting(known: SourceSample, window: Window, method: Method, mixture: Mixture) -> tuple[float, int]:
    """Return the seconds that labelling a window takes, and the bytes of its labels."""
    whole = Window.of(known.source.description.shape)
    light = None
    if not method.spatial.is_off:
        light = LightField(field_view(known.source, known, method.spatial), mixture, whole)
    strides = (64,) * len(window.shape)
    kept = Kept()
    painter = PaintPiece(known.source, mixture, light, (), False, kept, strides=strides)
    painter(window)  # compiled kernels are loaded
    seconds = _seconds(lambda: painter(window))
    return seconds, len(zlib.compress(kept.labels.tobytes(), 1))


class Kept:
    """A sink that keeps the last piece."""

    labels: Integers

    def write(self, window: Window, labels: Integers) -> None:
        """Keep its labels."""
        self.labels = labels

    def has(self, window: Window) -> bool:
        """Return that it is not there."""
        return False

    def kept(self) -> frozenset[Window]:
        """Return none."""
        return frozenset()

    def finish(self) -> tuple[()]:
        """Make no file."""
        return ()

    def remove(self) -> None:
        """Remove nothing."""


def some_of(window: Window, most: int = MEASURED) -> Window:
    """Return a part of a window that is large enough to be measured, of so many pixels at most."""
    start, stop = list(window.start), list(window.stop)
    while Window(tuple(start), tuple(stop)).size > most:
        axis = max(range(len(start)), key=lambda at: stop[at] - start[at])
        stop[axis] = start[axis] + (stop[axis] - start[axis]) // 2
    return Window(tuple(start), tuple(stop))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
