"""What a run in pieces is said to take of memory, and how many pieces are worked on at once within it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture.batch.large_images.segment_file import forecast_of
from pixture.batch.large_images.which_files import LargeFiles
from pixture.errors import ChoiceError
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.options.fitting import Choices
from pixture.options.memory import Memory
from pixture.options.method import Method
from pixture.options.spatial import Spatial
from pixture.scale.sources.source import Description
from pixture.segmentation.large_images.forecast import forecast
from pixture.segmentation.large_images.memory_of_pieces import (
    bytes_beside,
    bytes_of_piece,
    pixels_measured,
    updating_pixel,
)

FLOATS = Description("yxc", (8192, 8192), 3, np.dtype(np.float32))
BYTES = Description("yxc", (8192, 8192), 3, np.dtype(np.uint8))
SMOOTH = ("off", "light", "auto", 3.0)


@dataclass(frozen=True)
class Noise:
    """A large source of noise, of which windows are made as they are read."""

    description: Description

    def read(self, window: Window) -> Image:
        """Return a window."""
        generator = np.random.default_rng(window.start)
        values = generator.normal(0, 1, (*window.shape, 3)).astype(np.float32)
        return Image(values, "yxc", (1.0, 1.0))


@given(st.sampled_from([FLOATS, BYTES]), st.integers(1, 200), st.sampled_from(SMOOTH), st.booleans())
def test_more_components_take_no_less(
    description: Description, components: int, smooth: Any, counted: bool
) -> None:
    def piece(k: int, of: Any = smooth) -> int:
        return bytes_of_piece(description, k, Spatial(of), counted=counted)

    assert piece(components) <= piece(components + 1)
    assert piece(components, "off") <= piece(components)
    # what values say of each label, and the posteriors twice: float32
    if components > 1 and smooth in ("auto", 3.0):
        size = description.pieces[0].size
        assert piece(components) >= size * updating_pixel(description, components) >= size * 12 * components


@pytest.mark.parametrize(
    ("description", "components", "smooth", "threads", "peak"),
    [
        (FLOATS, 4, "off", 1, 581),
        (FLOATS, 4, "off", 2, 796),
        (FLOATS, 4, "light", 1, 735),
        (FLOATS, 4, "light", 2, 971),
        (FLOATS, 16, "light", 1, 909),
        (FLOATS, 16, "light", 2, 1350),
        (FLOATS, 4, "auto", 1, 752),
        (FLOATS, 4, "auto", 2, 1028),
        (FLOATS, 16, "auto", 1, 1074),
        (BYTES, 4, "light", 1, 560),
        (BYTES, 4, "light", 2, 755),
        (BYTES, 4, "auto", 1, 725),
        (BYTES, 4, "auto", 2, 854),
        (BYTES, 16, "auto", 2, 1420),
    ],
)
def test_the_sum_is_near_what_was_measured(
    description: Description, components: int, smooth: str, threads: int, peak: int
) -> None:
    """Peaks in megabytes of runs on photographs, as `benchmarks.peak` and the system told."""
    counted, spatial = description is BYTES, Spatial(smooth)
    piece = bytes_of_piece(description, components, spatial, counted=counted)
    said = bytes_beside(description, spatial, counted=counted) + threads * piece
    assert 0.99 * peak < said / 1e6 < 1.25 * peak


def test_as_many_pieces_at_once_as_there_is_memory_for() -> None:
    source = Noise(replace(FLOATS, shape=(4096, 8192)))
    method = Method(Choices(12), spatial=Spatial("auto"))
    piece = bytes_of_piece(source.description, 12, method.spatial, counted=False)
    beside = bytes_beside(source.description, method.spatial, counted=False)
    for pieces, memory in ((3, beside + 4 * piece - 1), (4, beside + 4 * piece), (8, 10**11)):
        found = forecast(source, method, 8, memory)
        assert (found.threads, found.memory) == (pieces, beside + pieces * piece)


def test_too_many_components_for_the_memory_are_refused_in_a_sentence() -> None:
    source = Noise(replace(FLOATS, shape=(4096, 8192)))
    large = LargeFiles(Memory(1_500_000_000))
    assert forecast_of(source, Method(Choices(30), spatial=Spatial(3.0)), large).threads == 1
    with pytest.raises(ChoiceError, match=r"A piece of this image takes about 1,\d\d\d MB of memory, more"):
        forecast_of(source, Method(Choices(40), spatial=Spatial(3.0)), large)


def test_measuring_keeps_to_the_memory_too() -> None:
    assert pixels_measured(10**10, 3, 2**20) == 2**20
    assert pixels_measured(600_000_000, 40, 2**20) * (360 + 16 * 40) <= 340_000_000
    assert pixels_measured(0, 3, 2**20) == 2**14
