"""Grey stored as colour is one channel, and the image remembers how many there were."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import tifffile

import pixture
from pixture import ImageError, apply, fit_images, image_from_array, segment
from pixture.arrays import Array
from pixture.imaging import grey_as_colour as grey
from pixture.imaging.grey_as_colour import as_grey, with_channels
from pixture.segmentation.many_images.pooled_histogram import pooled
from pixture.segmentation.sources.image_source import Source, as_image
from pixture.view.terminal.result_lines import result_line


def shades(dtype: str = "u1") -> Array:
    draw = np.random.default_rng(4)
    values = draw.normal(60, 4, (30, 40))
    values[:, 20:] += 90
    return values.astype(dtype)


def thrice(pixels: Array) -> Array:
    return np.repeat(pixels[..., None], 3, axis=-1)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_it_is_segmented_as_grey(tmp_path: Path, dtype: str) -> None:
    """From files, Pillow pictures and arrays, with the numbers of the grey image; the record says so."""
    expected = segment(shades(dtype), 2)
    tifffile.imwrite(tmp_path / "a.tif", thrice(shades(dtype)), photometric="rgb")
    sources: list[Source] = [thrice(shades(dtype)), tmp_path / "a.tif"]
    if dtype == "u1":
        PIL.Image.fromarray(thrice(shades())).save(tmp_path / "a.png")
        sources += [PIL.Image.fromarray(thrice(shades())), tmp_path / "a.png"]
    for source in sources:
        result = segment(source, 2)
        np.testing.assert_array_equal(result.mixture.means, expected.mixture.means)
        np.testing.assert_array_equal(result.labels, expected.labels)
        assert (result.image.axes, result.image.stored_channels) == ("yx", 3)
        np.testing.assert_array_equal(result.painted(), thrice(expected.painted()))
        assert "grey stored as 3 channels" in result_line("a", result, "b")
        selection = pixture.select(source, range(1, 4))
        assert selection.best.mixture.dimension == 1
        files = result.save(tmp_path / "out", stem="a", overwrite=True)
        about = json.loads(files[-1].read_text())["input"]
        assert (about["channels"], about["stored_channels"]) == (1, 3)
    assert expected.image.stored_channels is None


def test_transparent_pixels_do_not_make_it_colour() -> None:
    pixels = np.concatenate([thrice(shades()), np.full((30, 40, 1), 255, np.uint8)], axis=-1)
    pixels[:9, :9] = 255, 0, 0, 0
    image = as_image(PIL.Image.fromarray(pixels))
    assert (image.channels, image.stored_channels) == (1, 3)
    pixels[0, 0, 3] = 1
    assert as_image(PIL.Image.fromarray(pixels)).channels == 3


def test_one_pixel_of_another_colour_is_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grey, "BLOCK", 100)
    for at in ((0, 0), (29, 39), (13, 7)):
        for channel in range(3):
            pixels = thrice(shades())
            pixels[(*at, channel)] += 1
            assert as_image(pixels).channels == 3


def test_an_image_keeps_the_channels_it_was_given() -> None:
    given = image_from_array(thrice(shades()))
    assert segment(given, 2).mixture.dimension == 3
    assert as_image(given) is given
    two = shades()[..., None].repeat(2, axis=-1)
    assert segment(two, 1).mixture.dimension == 2  # two channels are no colour


def test_the_channels_come_back() -> None:
    pixels = thrice(shades())
    image = as_image(pixels)
    back = with_channels(image, 3)
    np.testing.assert_array_equal(back.pixels, pixels)
    assert (back.axes, back.stored_channels) == ("yxc", None)
    assert with_channels(image, 1) is image
    assert with_channels(image, 2) is image
    assert as_grey(back).stored_channels == 3
    assert with_channels(as_image(shades()), 3).channels == 1  # stored as grey: it had no colour


def test_models_of_one_and_three_channels_apply() -> None:
    draw = np.random.default_rng(1)
    colour = draw.integers(0, 255, (30, 40, 3), dtype=np.uint8)
    of_colour = fit_images([colour], 2)
    of_grey = fit_images([thrice(shades())], 2)
    assert (of_colour.mixture.dimension, of_grey.mixture.dimension) == (3, 1)
    expected = apply(of_colour, image_from_array(thrice(shades()))).labels
    np.testing.assert_array_equal(apply(of_colour, thrice(shades())).labels, expected)
    expected = apply(of_grey, shades()).labels
    for source in (thrice(shades()), image_from_array(thrice(shades()))):
        np.testing.assert_array_equal(apply(of_grey, source).labels, expected)
    with pytest.raises(ImageError, match="has 3 channels, the model 1"):
        apply(of_grey, colour)
    with pytest.raises(ImageError, match="has 1 channel, the model 3"):
        apply(of_colour, shades())
    start = of_colour.mixture
    assert segment(thrice(shades()), init=start, max_iter=2).mixture.dimension == 3


def test_grey_and_colour_are_fitted_together_in_any_order() -> None:
    draw = np.random.default_rng(1)
    colour = draw.integers(0, 9, (30, 40, 3), dtype=np.uint8)
    pictures = [thrice(shades()), colour, thrice(shades() + np.uint8(3)), colour + np.uint8(2)]
    whole = pooled(image_from_array(picture) for picture in pictures)
    for order in ((0, 1, 2, 3), (1, 0, 3, 2), (0, 2, 1, 3), (1, 3, 0, 2)):
        sample = pooled(as_image(pictures[i]) for i in order)
        mine, theirs = (np.lexsort(one.values.T) for one in (sample, whole))
        np.testing.assert_array_equal(sample.values[mine], whole.values[theirs])
        np.testing.assert_array_equal(sample.weights[mine], whole.weights[theirs])
        model = fit_images([pictures[i] for i in order], 2, max_iter=3)
        assert model.mixture.dimension == 3
    together = pooled(as_image(source) for source in (shades(), thrice(shades())))
    assert together.dimension == 1
    assert together.total_weight == 2400
    for apart in ([shades(), colour], [colour, shades()], [thrice(shades()), shades(), colour]):
        with pytest.raises(ImageError, match="fitted together must agree"):
            pooled(as_image(source) for source in apart)
