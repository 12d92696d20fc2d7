"""Series of images in time: one mixture for all, and whatever looks at neighbours looks at one time alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture.arrays import Array
from pixture.commands.app import app
from pixture.errors import ChoiceError, ImageError
from pixture.imaging.image_from_array import image_from_array
from pixture.segmentation.objects.find_objects import find_objects

EITHER = ("tyx", "tzyx", "tyxc", "tzyxc")


def scene(axes: str, seed: int = 0, times: int = 3) -> Array:
    """Two classes in noise: a square that moves on with time."""
    random = np.random.default_rng(seed)
    shape = {"t": times, "z": 4, "y": 24, "x": 30, "c": 2}
    values = np.full([shape[letter] for letter in axes], 60.0)
    for time in range(times):
        of_time = values[time] if axes.endswith("c") else values[time, ..., None]
        of_time[..., 4 + time : 14 + time, 6:20, :] = 160
    return np.clip(values + random.normal(0, 25, values.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("axes", EITHER)
@pytest.mark.parametrize("smooth", ["off", "light", 2.0])
def test_times_by_themselves_under_the_mixture_of_all_are_the_whole(axes: str, smooth: float | str) -> None:
    image = image_from_array(scene(axes), axes=axes)
    whole = pixture.segment(image, 2, smooth=smooth)
    assert whole.labels.shape == image.shape
    if smooth == 2.0:  # the mixture of all is re-estimated; its strength and contrast are those of all, too
        return
    for time in range(image.shape[0]):
        of_time = image.at("t", time)
        assert of_time.axes == axes[1:]
        if smooth == "off":
            labels = pixture.apply(whole.fit.mixture, of_time, smooth="off").labels
            np.testing.assert_array_equal(labels, whole.labels[time])


@settings(max_examples=15)
@given(st.sampled_from(EITHER), st.integers(0, 10**6))
def test_no_time_is_a_neighbour_of_another(axes: str, seed: int) -> None:
    """What is at one time changes no label of another, the mixture and what is alike being the same."""
    image = image_from_array(scene(axes, seed), axes=axes)
    turned = image.pixels[::-1].copy()
    mixture = model(image.channels)
    forwards = pixture.apply(mixture, image, smooth="light").labels
    backwards = pixture.apply(mixture, image_from_array(turned, axes=axes), smooth="light").labels
    np.testing.assert_array_equal(forwards, backwards[::-1])


def model(channels: int) -> pixture.Mixture:
    """Return a mixture for images of so many channels."""
    return pixture.Mixture([0.5, 0.5], [[60.0] * channels, [160.0] * channels], [625.0, 625.0], "spherical")


def test_times_are_read_from_any_order_of_axes() -> None:
    values = scene("tzyxc")
    moved = np.moveaxis(values, (0, 4), (4, 0))  # c z y x t
    image = image_from_array(moved, axes="czyxt", spacing=(3.0, 1.0, 1.0), unit="µm")
    assert image.axes == "tzyxc"
    assert image.spacing == (1.0, 3.0, 1.0, 1.0)
    assert image.spatial_spacing == (3.0, 1.0, 1.0)
    np.testing.assert_array_equal(image.pixels, values)
    assert image.in_words == "3 times of 4 planes of 30 x 24 x 2 uint8"
    with pytest.raises(ChoiceError, match="There is no time 3: it has 3 times"):
        image.at("t", 3)


def test_objects_of_times_are_those_of_each() -> None:
    image = image_from_array(scene("tyx"), axes="tyx", spacing=(0.5, 0.5), unit="µm")
    result = pixture.segment(image, 2)
    found = result.objects(1, min_size=20)
    assert found.has_times
    assert found.count == 3
    rows = found.table()
    assert [row["time"] for row in rows] == [1, 2, 3]
    for time in range(3):
        alone = find_objects(result.labels[time], image.at("t", time), classes={1: "1"}, min_size=20).table()
        assert [{**row, "object": time + 1, "time": time + 1} for row in alone] == [rows[time]]
    assert np.array_equal(np.unique(found.labels), [0, 1, 2, 3])
    assert result.classes[1].area == pytest.approx(result.classes[1].pixels * 0.25 / 3)
    automatic = result.objects("auto")
    assert automatic.labels.shape == image.shape


def test_what_is_of_one_time_alone_is_refused() -> None:
    image = image_from_array(scene("tzyx"), axes="tzyx")
    with pytest.raises(ChoiceError, match="bias field is that of one time"):
        pixture.segment(image, 2, bias=True)
    with pytest.raises(ImageError, match=r"Regions are found in one time; .* Take one of the times: --time"):
        pixture.regions(image)
    with pytest.raises(ImageError, match="goes with an image that has times"):
        find_objects(np.ones((2, 3, 4, 5), bool))


def test_features_of_times_are_those_of_each() -> None:
    image = image_from_array(scene("tyx"), axes="tyx")
    result = pixture.segment(image, 2, features="channels,texture:0.3,position:0.5", covariance="diagonal")
    assert result.labels.shape == image.shape


@pytest.mark.parametrize("axes", ["tyx", "tzyx"])
def test_the_command_writes_times(axes: str, tmp_path: Path) -> None:
    pixels = scene(axes)
    np.save(tmp_path / "series.npy", pixels)
    image = image_from_array(pixels, axes=axes)
    result = pixture.segment(image, "auto")
    paths = result.save(tmp_path, stem="series", maps=("probabilities", "uncertainty"))
    assert {path.name for path in paths} >= {
        "series.labels.tif", "series.painted.tif", "series.probabilities.tif", "series.uncertainty.tif",
        "series.times.csv",
    }  # fmt: skip
    with tifffile.TiffFile(tmp_path / "series.labels.tif") as file:
        assert file.series[0].axes == axes.upper()
        np.testing.assert_array_equal(file.asarray(), result.labels)
    with tifffile.TiffFile(tmp_path / "series.probabilities.tif") as file:
        np.testing.assert_allclose(
            np.moveaxis(file.asarray().reshape(*image.shape[:-2], 2, *image.shape[-2:]), -3, -1),
            result.probabilities(),
        )


def test_a_folder_of_planes_is_a_volume(tmp_path: Path) -> None:
    volume = scene("tyx", times=12)
    (tmp_path / "slices").mkdir()
    for number, plane in enumerate(volume):
        tifffile.imwrite(tmp_path / "slices" / f"z{number}.tif", plane)  # z10 after z9
    image = pixture.read(tmp_path / "slices", stack=True)
    assert image.axes == "zyx"
    np.testing.assert_array_equal(image.pixels, volume)
    assert pixture.read(tmp_path / "slices", stack=True, slice=12).pixels.tolist() == volume[11].tolist()
    command = ["segment", str(tmp_path / "slices"), "--stack", "-k", "2", "-o", str(tmp_path / "o"), "-q"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "o" / "slices.labels.tif").is_file()
    tifffile.imwrite(tmp_path / "slices" / "z12.tif", volume[0, :5])
    with pytest.raises(pixture.ReadError, match=r"z12.tif: it is no plane of the volume that z0.tif begins"):
        pixture.read(tmp_path / "slices", stack=True)


def drifting(times: int = 4) -> Array:
    """Two classes that get brighter, until the dark one is as bright as the bright one was."""
    random = np.random.default_rng(5)
    values = np.full((times, 30, 40), 40.0)
    values[:, 8:20, 10:30] = 100
    values += 30.0 * np.arange(times)[:, None, None]
    return np.clip(values + random.normal(0, 6, values.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("smooth", ["off", "light", 3.0])
def test_per_time_labels_stay_what_they_are(smooth: float | str) -> None:
    image = image_from_array(drifting(), axes="tyx")
    truth = np.zeros(image.shape, np.uint8)
    truth[:, 8:20, 10:30] = 1
    found = pixture.segment(image, 2, smooth=smooth, per_time=True)
    assert (found.labels == truth).mean() > 0.99
    together = pixture.segment(image, 2, smooth=smooth)
    assert (together.labels == truth).mean() < 0.9  # one mixture cannot know
    assert len(found.per_time) == 4
    means = np.array([mixture.means.ravel() for mixture in found.per_time])
    np.testing.assert_allclose(np.diff(means, axis=0), 30, atol=2)
    np.testing.assert_allclose(found.probabilities().sum(axis=-1), 1, atol=1e-4)


def test_per_time_of_equal_times_is_each_alone() -> None:
    image = image_from_array(np.repeat(drifting(1), 3, axis=0), axes="tyx")
    found = pixture.segment(image, 2, per_time=True)
    assert (found.labels == found.labels[0]).all()
    alone = pixture.segment(image.at("t", 0), 2)
    assert (found.labels[0] == alone.labels).mean() > 0.999


def test_a_time_without_pixels_keeps_the_mixture() -> None:
    mask = np.ones((4, 30, 40), bool)
    mask[1] = False
    image = image_from_array(drifting(), axes="tyx", mask=mask)
    found = pixture.segment(image, 2, per_time=True)
    assert found.per_time[1] is found.per_time[0]
    assert (found.labels[1] == found.masked_label).all()


def test_per_time_needs_times() -> None:
    with pytest.raises(ChoiceError, match="per_time fits each time of a series, and this is 30 x 24"):
        pixture.segment(scene("tyx")[0], 2, per_time=True)
    image = image_from_array(scene("tyx"), axes="tyx")
    with pytest.raises(ChoiceError, match="of all times together"):
        pixture.segment(image, 2, per_time=True, box=(1, 1, 5, 5))
