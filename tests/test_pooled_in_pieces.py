"""Pooling with a file larger than the memory it may take: its pieces are counted, as the whole would be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pixture.batch.large_images.which_files import LargeFiles
from pixture.batch.pooled import counted_in_pieces
from pixture.cli import app
from pixture.errors import ImageError
from pixture.imaging.grey_as_colour import as_grey
from pixture.imaging.image_from_array import image_from_array
from pixture.scale.sources.source import ImageSource
from pixture.segmentation.many_images.image_model import ImageModel
from pixture.segmentation.many_images.pooled_histogram import Counted


@given(
    st.sampled_from(["uint8", "int16", "uint16", "float32"]),
    st.sampled_from([1, 3]),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_counted_in_pieces_is_counted_whole(dtype: str, channels: int, grey: bool, seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.integers(0, 9, (30, 40, channels)).astype(dtype)
    values = (np.repeat(values[..., :1], channels, axis=-1) if grey else values)[..., : channels or None]
    image = image_from_array(values if channels > 1 else values[..., 0])
    image = image.masked(generator.random((30, 40)) < 0.9)
    whole, found = Counted.of(as_grey(image)), counted_in_pieces(ImageSource(image), LargeFiles(), 2)
    assert (found.depth, found.dtype, found.stored) == (whole.depth, whole.dtype, whole.stored)
    np.testing.assert_array_equal(found.sample.values, whole.sample.values)
    np.testing.assert_array_equal(found.sample.weights, whole.sample.weights)
    assert found.sample.resolution == whole.sample.resolution


def test_values_that_hardly_repeat_are_refused() -> None:
    noise = np.random.default_rng(0).random((2000, 2000))
    with pytest.raises(ImageError, match="values hardly repeat"):
        counted_in_pieces(ImageSource(image_from_array(noise)), LargeFiles(), 2)


def test_a_folder_with_a_large_file(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    tones = np.repeat(np.repeat(generator.integers(0, 3, (65, 65)), 64, axis=0), 64, axis=1)
    large = (60 * tones + generator.integers(0, 40, tones.shape)).astype(np.uint8)
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in" / "large.tif", large, tile=(512, 512))
    tifffile.imwrite(tmp_path / "in" / "small.tif", large[:50, :60] // 2)
    found = []
    for name, memory in (("whole", ()), ("pieces", ("--memory", "700MB"))):
        command = ["segment", str(tmp_path / "in"), "-k", "3", "-q", "--pooled", "-o", str(tmp_path / name)]
        done = CliRunner().invoke(app, [*command, *memory])
        assert done.exit_code == 0, done.stderr
        found.append(ImageModel.load(tmp_path / name / "pooled.pixture"))
    whole, pieces = found
    assert pieces.mixture.as_dict() == whole.mixture.as_dict()
    assert pieces.facts == whole.facts
    assert pieces.dtype == whole.dtype
    labels = tifffile.imread(tmp_path / "pieces" / "large.labels.tif")
    np.testing.assert_array_equal(labels.shape, large.shape)
    assert (tmp_path / "whole" / "large.labels.png").exists()
