"""An image in, a segmentation out."""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import tifffile

import pixture
from pixture import ChoiceError, FewerComponentsWarning, ImageError, Mixture, Segmentation, read, segment
from pixture.arrays import Array
from pixture.demo import photograph
from pixture.imaging.display.display import LINE, as_picture, outlined, overlay
from pixture.imaging.display.label_colours import label_colours
from pixture.options.fitting import CovarianceName
from pixture.options.method import Method
from pixture.segmentation.segment import segment_image
from pixture.view.plots import convergence_figure, plot_log_likelihood


def halves(dtype: str = "u1", channels: int | None = None, noise: int = 4) -> Array:
    """A dark and a light half with a little noise, in the lower quarter of the dtype's range."""
    generator = np.random.default_rng(5)
    shape = (20, 30) if channels is None else (20, 30, channels)
    values = generator.integers(0, noise, shape).astype(float)
    values[:, 15:] += 40
    if np.dtype(dtype).kind == "f":
        return (values / 8).astype(dtype)
    return (values * (np.iinfo(dtype).max // 255)).astype(dtype)


EXPECTED = np.repeat(np.arange(2), 15)[None].repeat(20, axis=0)


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "i4", "f4", "f8"])
@pytest.mark.parametrize("channels", [None, 1, 2, 3, 4, 6])
@pytest.mark.parametrize("covariance", ["full", "spherical"])
def test_two_halves(dtype: str, channels: int | None, covariance: CovarianceName) -> None:
    pixels = halves(dtype, channels)
    result = segment(pixels, 2, covariance=covariance)
    np.testing.assert_array_equal(result.labels, EXPECTED)
    assert result.labels.dtype == np.uint8
    painted = result.painted()
    assert painted.dtype == pixels.dtype
    assert painted.shape == pixels.shape
    one = 0 if pixels.dtype.kind == "f" else 1  # integers are rounded
    np.testing.assert_allclose(
        painted[:, :15].astype(float).mean(), pixels[:, :15].mean(), rtol=1e-6, atol=0.5 * one
    )
    assert result.overlay().shape == (20, 30, 3)
    probabilities = result.probabilities()
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1, atol=1e-6)
    np.testing.assert_array_equal(probabilities.argmax(axis=-1), result.labels)
    np.testing.assert_array_equal(result.probabilities(1), probabilities[..., 1])
    assert result.entropy().max() < 0.05
    np.testing.assert_allclose(result.shares, [0.5, 0.5])


def test_paths_arrays_and_images_are_the_same(tmp_path: Path) -> None:
    pixels = halves(channels=3)
    PIL.Image.fromarray(pixels).save(tmp_path / "a.png")
    image = read(tmp_path / "a.png")
    pillow = PIL.Image.fromarray(pixels)
    for source in (tmp_path / "a.png", str(tmp_path / "a.png"), image, pixels, pixels.tolist(), pillow):
        np.testing.assert_array_equal(segment(source, 2).labels, EXPECTED)


def test_a_pillow_palette_is_its_colours_not_its_indices() -> None:
    palette = PIL.Image.fromarray(EXPECTED.astype(np.uint8), "P")
    palette.putpalette([250, 250, 250, 0, 0, 9])
    np.testing.assert_array_equal(segment(palette, 2).labels, 1 - EXPECTED)


def test_label_0_is_the_darkest_whatever_the_seed(china: Array) -> None:
    one = segment(china, 3, seed=0, tol=1e-6)
    luminance = one.mixture.means @ one.image.lightness
    assert (np.diff(luminance) > 0).all()
    other = segment(china, 3, seed=11, tol=1e-6)
    assert (one.labels == other.labels).mean() > 0.99


def test_the_labels_are_the_most_probable_components(flower: Array) -> None:
    result = segment(flower, 4)
    probabilities = result.probabilities()
    np.testing.assert_array_equal(probabilities.argmax(axis=-1), result.labels)
    entropy = result.entropy()
    certain = probabilities.max(axis=-1)
    assert entropy[certain > 0.999].max() < 0.02
    assert entropy.max() <= np.log(4) + 1e-6
    np.testing.assert_allclose(np.bincount(result.labels.ravel()) / result.labels.size, result.shares)


def test_a_mask_leaves_pixels_out_of_the_fit_and_the_labels(tmp_path: Path) -> None:
    pixels = halves()
    pixels[:5] = 255
    mask = np.ones((20, 30), np.uint8)
    mask[:5] = 0
    PIL.Image.fromarray(mask * 255).save(tmp_path / "mask.png")
    for given in (mask, mask.astype(bool), tmp_path / "mask.png"):
        result = segment(pixels, 2, mask=given)
        assert (result.labels[:5] == 255).all()
        assert result.masked_label == 255
        np.testing.assert_array_equal(result.labels[5:], EXPECTED[5:])
        assert result.mixture.means.max() < 60
        assert np.isnan(result.entropy()[:5]).all()
        assert np.isnan(result.probabilities()[:5]).all()
        assert (result.painted()[:5] == 0).all()
        assert (result.overlay()[:5] == 255).all()
    alone = segment(pixels[5:], 2)
    np.testing.assert_allclose(alone.mixture.means, result.mixture.means)
    with pytest.raises(ImageError, match="leaves no pixel"):
        segment(pixels, 2, mask=np.zeros((20, 30)))
    with pytest.raises(ImageError, match="they must agree"):
        segment(pixels, 2, mask=np.ones((3, 3)))
    with pytest.raises(pixture.ReadError, match="no such file"):
        segment(pixels, 2, mask="none.png")


def test_a_transparent_mask_pixel_lets_nothing_through() -> None:
    mask = pixture.image_from_array(np.full((20, 30, 2), [9, 255], np.uint8), alpha=True)
    half = np.full((20, 30, 2), 255, np.uint8)
    half[:, :15, 1] = 0
    result = segment(halves(), 1, mask=pixture.image_from_array(half, alpha=True))
    assert (result.labels == 255).sum() == 300
    assert segment(halves(), 2, mask=mask).masked_label is None or mask.mask is None


def test_a_constant_image_has_one_component() -> None:
    for pixels in (np.full((8, 9), 77, np.uint8), np.zeros((8, 9, 3)), np.full((4, 4), 1e9)):
        with pytest.warns(FewerComponentsWarning, match="1 distinct value"):
            result = segment(pixels)
        assert (result.labels == 0).all()
        np.testing.assert_allclose(result.painted(), pixels)


def test_many_components_take_wider_labels(generator: np.random.Generator) -> None:
    pixels = np.arange(40_000, dtype=np.uint16).reshape(200, 200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerComponentsWarning)
        result = segment(pixels, 300, covariance="spherical", max_iter=2)
    assert result.labels.dtype == np.uint16
    assert (np.diff(result.labels.ravel().astype(int)) >= 0).all()


def test_a_mixture_is_a_start(china: Array) -> None:
    first = segment(china, 3)
    again = segment(china, init=first.mixture)
    assert again.fit.iterations <= 2
    assert (again.choices.components, again.choices.init) == (3, "given")
    with pytest.raises(ChoiceError, match="go together"):
        segment_image(first.image, Method(again.choices))
    with pytest.raises(ChoiceError, match="3 channels, the image 1"):
        segment(china[..., 0], init=first.mixture)


def test_probabilities_of_a_component_there_is_not() -> None:
    with pytest.raises(ChoiceError, match="component must be 0 to 1; got 2"):
        segment(halves(), 2).probabilities(2)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("channels", [None, 2, 3, 5])
@pytest.mark.parametrize("masked", [True, False])
def test_saved_files_say_what_they_are(
    tmp_path: Path, dtype: str, channels: int | None, masked: bool
) -> None:
    pixels = halves(dtype, channels)
    tifffile.imwrite(
        tmp_path / "a.tif",
        pixels,
        photometric="rgb" if channels == 3 else "minisblack",
        planarconfig="contig" if channels else None,
    )
    mask = None
    if masked:
        mask = np.ones((20, 30), bool)
        mask[:3] = False
    result = segment(tmp_path / "a.tif", 2, mask=mask)
    labels, over, painted, classes, convergence, record = result.save(tmp_path / "out")
    np.testing.assert_array_equal(read_raw(labels), result.labels)
    colours = read_raw(over)
    assert colours.shape[2] == 3
    assert np.abs(colours[:80, :120:4][::4].astype(int) - result.overlay()).mean() < 12
    lines = classes.read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[1] for line in lines] == ["label", "0", "1"]
    shown = read(painted)
    if dtype != "f4" and channels != 2 and channels != 5:
        np.testing.assert_array_equal(shown.pixels, result.painted())
    assert (shown.mask is not None) is masked
    if masked:
        np.testing.assert_array_equal(shown.mask, mask)
    assert read_raw(convergence).shape[1] > 1000
    said = json.loads(record.read_text(encoding="utf-8"))
    assert said["input"]["sha256"] == hashlib.sha256((tmp_path / "a.tif").read_bytes()).hexdigest()
    assert (said["input"]["distinct_values"] is not None) is result.histogram.counted
    assert said["input"]["masked_pixels"] == (90 if masked else 0)
    assert said["labels"] == {"dtype": "uint8", "masked": 255 if masked else None, "offset": 0}
    again = Mixture.from_dict(said["mixture"])
    np.testing.assert_array_equal(again.means, result.mixture.means)
    steps = [step["log_likelihood_per_pixel"] for step in said["steps"]]
    assert steps == result.fit.history.tolist()
    assert said["log_likelihood_per_pixel"] == steps[-1] == result.fit.log_likelihood
    assert said["iterations"] == said["steps"][-1]["iteration"]
    assert said["stop"]["reason"] == "converged"
    assert said["choices"] == result.choices.as_dict()
    assert said["versions"]["pixture"] == pixture.__version__


def read_raw(path: Path) -> Array:
    with PIL.Image.open(path) as picture:
        return np.asarray(picture)


def test_the_same_input_gives_the_same_record(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        segment(photograph("flower"), 3).save(tmp_path / folder)
    one, other = ((tmp_path / folder / "flower.json").read_bytes() for folder in ("a", "b"))
    assert one == other


def test_a_label_has_one_colour_however_many_there_are() -> None:
    colours = label_colours(60)
    assert len(np.unique(colours, axis=0)) == 60
    for count in range(60):
        np.testing.assert_array_equal(label_colours(count), colours[:count])


def in_oklab(colours: Array) -> Array:
    """Linear red, green and blue in OKLab (Ottosson 2020)."""
    cones = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.63]])
    lab = np.array([[0.2105, 0.7936, -0.0041], [1.978, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
    found: Array = np.cbrt((colours @ cones.T).clip(0)) @ lab.T
    return found


@pytest.mark.parametrize(
    "sight",
    [
        np.eye(3),
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    ],
    ids=["normal", "protanopia", "deuteranopia"],  # Machado, Oliveira and Fernandes 2009
)
def test_neighbouring_labels_are_told_apart_by_every_sight(sight: Array) -> None:
    srgb = label_colours(24) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    lab = in_oklab(linear @ np.asarray(sight).T)
    assert np.linalg.norm(np.diff(lab, axis=0), axis=1).min() > 0.09  # two patches differ from about 0.02 on
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1)
    assert apart[np.triu_indices(24, 1)].min() > 0.03
    chroma = np.hypot(*in_oklab(linear)[7:, 1:].T)
    assert chroma.max() < 0.13


def test_a_label_is_seen_in_the_colour_of_its_legend(china: Array) -> None:
    result = segment(china, 4)
    seen = result.overlay()
    for label, colour in enumerate(label_colours(4).astype(int)):
        assert np.abs(seen[result.labels == label].mean(axis=0) - colour).max() < 16
    np.testing.assert_array_equal(result.overlay(flat=True), label_colours(4)[result.labels])


def test_classes_are_those_of_the_pixels(china: Array, tmp_path: Path) -> None:
    mask = np.ones(china.shape[:2], bool)
    mask[:40] = False
    result = segment(china, 3, mask=mask)
    probabilities = result.probabilities()
    for found in result.classes:
        pixels = china[result.labels == found.label].astype(float)
        assert found.pixels == len(pixels)
        np.testing.assert_allclose(found.share, len(pixels) / mask.sum())
        np.testing.assert_allclose(found.mean, pixels.mean(axis=0))
        np.testing.assert_allclose(found.standard_deviation, pixels.std(axis=0))
        sure = probabilities[result.labels == found.label].max(axis=-1)
        np.testing.assert_allclose(found.uncertain_share, (sure < 0.9).mean(), atol=1e-5)
    paths = result.save(tmp_path, stem="china")
    said = json.loads(paths[-1].read_text(encoding="utf-8"))["classes"]
    assert said == [found.as_dict() for found in result.classes]


def test_boundaries_of_a_fine_texture_do_not_cover_the_picture() -> None:
    pixels = np.full((60, 60), 90, np.uint8)
    labels = np.zeros((60, 60), np.uint8)
    labels[:, 30:] = np.indices((60, 30)).sum(axis=0) % 2  # a chessboard on the right
    image = pixture.image_from_array(pixels)
    seen = outlined(image, labels)
    assert np.abs(seen[:, 36:].astype(int) - 90).mean() < 15
    labels[:, 30:] = 1
    seen = outlined(image, labels)
    assert (seen[:, 29] == LINE).all()  # in full, and one pixel wide
    assert (np.delete(seen, 29, axis=1) == 90).all()


def test_overlays_of_any_depth() -> None:
    labels = EXPECTED.astype(np.uint8)
    for pixels in (halves("u2", 3), halves("f4"), halves("f8", 5), halves("u1", 2), np.full((20, 30), 3.0)):
        image = pixture.image_from_array(pixels)
        assert as_picture(image).dtype == np.uint8
        assert overlay(image, labels, label_colours(2)).shape == (20, 30, 3)
    sparse = halves("f4")
    sparse[0, 0] = np.nan
    with pytest.warns(pixture.MaskedValuesWarning):
        assert as_picture(pixture.image_from_array(sparse)).shape == (20, 30, 3)


def test_the_convergence_plot_shows_one_curve(china: Array) -> None:
    fit = segment(china, 3, max_iter=5).fit
    left, right = convergence_figure(fit).axes
    along = [step.iteration for step in fit.steps]
    for axes, values in ((left, fit.history), (right, fit.history[-1] - fit.history)):
        np.testing.assert_array_equal(axes.lines[0].get_xdata(), along)
        shown = np.asarray(axes.lines[0].get_ydata())
        np.testing.assert_array_equal(shown[:-1], values[:-1])
    assert right.get_yscale() == "log"
    assert fit.iterations_on_subsamples > 0
    (axes,) = plot_log_likelihood(fit)
    assert axes.get_title() == "Log-likelihood"


def test_hyperspectral_images_are_segmented(data: Path) -> None:
    from scipy.io import loadmat

    cube = loadmat(data / "samson_hsi" / "Samson.mat")["Y"].T.reshape(95, 95, 156)
    result = segment(cube, 3, covariance="diagonal")
    assert isinstance(result, Segmentation)
    assert np.bincount(result.labels.ravel()).min() > 500
