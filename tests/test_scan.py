"""Prior maps and the bias field: their equations, what they are for, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from scipy import ndimage

import pixture
from pixture import ChoiceError, ImageError, image_from_array
from pixture.arrays import Array
from pixture.cli import app
from pixture.segmentation.field.bias_field import corrected, estimated_bias

SHAPE = (16, 40, 44)
MEANS = np.array([60.0, 100.0, 140.0])


def head(seed: int = 0, spread: float = 9.0, bias: float = 0.0) -> tuple[Array, Array, Array]:
    """Blobs of three classes, with noise and a bias field; the classes, and the factors."""
    generator = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(generator.normal(size=SHAPE), 3)
    truth = np.digitize(smooth, np.quantile(smooth, [0.3, 0.7]))
    z, y, x = (np.linspace(-1, 1, n) for n in SHAPE)
    factors = 1 + bias * (0.6 * x + 0.3 * y[:, None] * x - 0.4 * z[:, None, None] ** 2)
    values = (MEANS[truth] + generator.normal(0, spread, SHAPE)) * factors
    return values.round().clip(0, 255).astype(np.uint8), truth, factors


def wrong(found: Array, truth: Array) -> float:
    return float((found != truth).mean())


def test_the_posterior_is_that_of_maps_in_place_of_weights() -> None:
    pixels, truth, _ = head()
    maps = np.stack([ndimage.gaussian_filter((truth == k).astype(float), 4) for k in range(3)])
    maps /= maps.sum(axis=0)
    result = pixture.segment(image_from_array(pixels, axes="zyx"), 3, prior=maps)
    means, variances = result.mixture.means.ravel(), result.mixture.covariances.ravel()
    density = np.exp(-((pixels[..., None] - means) ** 2) / (2 * variances)) / np.sqrt(variances)
    joint = np.moveaxis(maps, 0, -1) * density
    naive = joint / joint.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(result.probabilities(), naive, atol=2e-3)
    assert result.smoothing is not None
    assert result.smoothing.strength == 0
    # the mixture is at a fixed point of EM
    again = (naive * pixels[..., None]).sum(axis=(0, 1, 2)) / naive.sum(axis=(0, 1, 2))
    np.testing.assert_allclose(again, means, rtol=5e-3)


def test_maps_help_and_say_which_label_is_which() -> None:
    pixels, truth, _ = head(1, spread=25)
    image = image_from_array(pixels, axes="zyx")
    maps = [ndimage.gaussian_filter((truth == k).astype(np.float32), 3) for k in range(3)]
    total = np.sum(maps, axis=0)
    maps = [one / total for one in maps]
    plain = pixture.segment(image, 3, covariance="tied", smooth="off")
    guided = pixture.segment(image, 3, covariance="tied", prior=maps)
    assert wrong(guided.labels, truth) < 0.7 * wrong(plain.labels, truth)
    turned = pixture.segment(image, 3, covariance="tied", prior=maps[::-1])
    np.testing.assert_array_equal(2 - turned.labels.astype(int), guided.labels)
    both = pixture.segment(image, 3, covariance="tied", prior=maps, smooth=2)
    assert wrong(both.labels, truth) < wrong(guided.labels, truth)


def test_maps_that_do_not_sum_to_one_are_normalised_and_that_is_said() -> None:
    pixels, truth, _ = head()
    image = image_from_array(pixels, axes="zyx")
    maps = np.stack([ndimage.gaussian_filter((truth == k).astype(np.float32), 3) for k in range(3)])
    maps /= maps.sum(axis=0)
    with pytest.warns(pixture.PriorNormalisedWarning, match="do not sum to 1 .from 0.5 to 0.5"):
        half = pixture.segment(image, 3, prior=maps / 2)
    np.testing.assert_array_equal(half.labels, pixture.segment(image, 3, prior=maps).labels)
    eight_bits = np.round(maps * 255).astype(np.uint8)
    assert (pixture.segment(image, 3, prior=eight_bits).labels == half.labels).mean() > 0.999


@pytest.mark.parametrize(
    ("prior", "error", "said"),
    [
        (np.full((2, 6, 8), 0.5), ChoiceError, "got 2 maps for components=3"),
        (np.full((3, 6, 7), 1 / 3), ImageError, "Prior map 0 has the shape"),
        (np.full((3, 6, 8), 2.0), ImageError, "Probabilities are from 0 to 1; prior map 0 goes from 2 to 2"),
        (np.full((3, 6, 8), "a"), ImageError, "A prior map holds probabilities"),
        (7, ChoiceError, "prior must be several maps"),
    ],
)
def test_what_is_no_prior_is_refused(prior: Any, error: type[Exception], said: str) -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(6, 8)
    with pytest.raises(error, match=said):
        pixture.segment(pixels, 3, prior=prior)


@pytest.mark.parametrize("more", [{"scribbles": np.eye(8, dtype=int)}, {"components": "auto"}])
def test_what_excludes_a_prior_is_refused(more: dict[str, Any]) -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    with pytest.raises(ChoiceError):
        pixture.segment(pixels, **{"components": 2, "prior": np.full((2, 8, 8), 0.5), **more})


def test_a_bias_field_is_found_and_taken_off() -> None:
    pixels, truth, factors = head(2, bias=0.4)
    image = image_from_array(pixels, axes="zyx")
    plain = pixture.segment(image, 3, covariance="tied", smooth="off")
    smooth = pixture.segment(image, 3, covariance="tied", smooth=2)
    found = pixture.segment(image, 3, covariance="tied", smooth=2, bias=True)
    assert found.smoothing is not None
    assert found.smoothing.bias is not None
    assert np.corrcoef(found.smoothing.bias.ravel(), factors.ravel())[0, 1] > 0.93
    assert wrong(found.labels, truth) < wrong(smooth.labels, truth) / 2
    assert wrong(found.labels, truth) < wrong(plain.labels, truth) / 3
    alone = pixture.segment(image, 3, covariance="tied", bias=True)
    assert wrong(alone.labels, truth) < wrong(plain.labels, truth)


def test_without_a_bias_the_factors_are_one() -> None:
    pixels, truth, _ = head(3)
    found = pixture.segment(image_from_array(pixels, axes="zyx"), 3, covariance="tied", smooth=2, bias=True)
    assert found.smoothing is not None
    assert found.smoothing.bias is not None
    np.testing.assert_allclose(found.smoothing.bias, 1, atol=0.04)
    assert wrong(found.labels, truth) < 0.03


def test_the_factors_of_known_labels_are_exact() -> None:
    """Of a colour image whose labels are known, without noise, whatever the channel."""
    truth = np.indices((30, 40))[1] // 8 % 2
    y, x = np.linspace(-1, 1, 30)[:, None], np.linspace(-1, 1, 40)
    factors = np.stack([1 + 0.2 * x + 0 * y, 1 - 0.1 * y + 0.1 * x * y])
    means = np.array([[50.0, 90.0], [100.0, 30.0]])
    pixels = (means[truth] * np.moveaxis(factors, 0, -1)).astype(np.float32)
    image = image_from_array(pixels, axes="yxc")
    mixture = pixture.Mixture([0.5, 0.5], means, [4.0, 4.0], "spherical")
    q = np.stack([truth == 0, truth == 1]).astype(np.float32)
    found = estimated_bias(image, q, mixture)
    np.testing.assert_allclose(found, factors / factors.mean(axis=(1, 2), keepdims=True), atol=0.02)
    np.testing.assert_allclose(found / factors, (found / factors).mean(), rtol=0.02)
    flat = corrected(image, found).pixels
    assert flat[truth == 0].std(axis=0).max() < 1


def test_a_bias_goes_with_neither_marks_nor_features() -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    for more in ({"features": "lab"}, {"box": (1, 1, 4, 4)}):
        with pytest.raises(ChoiceError, match="A bias field is one of the image's own channels"):
            pixture.segment(pixels, 2, bias=True, **more)


def test_the_bits_do_not_depend_on_threads() -> None:
    pixels, truth, _ = head(4, bias=0.3)
    image = image_from_array(pixels, axes="zyx")
    maps = np.stack([ndimage.gaussian_filter((truth == k).astype(np.float32), 3) for k in range(3)])
    maps /= maps.sum(axis=0)
    for more in ({"bias": True}, {"prior": maps, "bias": True}):
        one, two = (pixture.segment(image, 3, smooth=2, threads=n, **more) for n in (1, 3))
        np.testing.assert_array_equal(one.labels, two.labels)
        np.testing.assert_array_equal(one.mixture.means, two.mixture.means)


def test_the_command(tmp_path: Path) -> None:
    pixels, truth, _ = head(5, bias=0.3)
    tifffile.imwrite(tmp_path / "scan.tif", pixels[0])
    names = []
    for k in range(3):
        name = tmp_path / f"map{k}.tif"
        one = ndimage.gaussian_filter((truth[0] == k).astype(np.float32), 3)
        tifffile.imwrite(name, (one * 255).round().astype(np.uint8))
        names.append(str(name))
    command = ["segment", str(tmp_path / "scan.tif"), "-k", "3", "--prior", ",".join(names), "--bias"]
    done = CliRunner().invoke(app, [*command, "--smooth", "2", "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    about = json.loads((tmp_path / "out" / "scan.json").read_text())
    low, high = about["smoothing"]["bias_from_to"]
    assert 0.5 < low < 1 < high < 2
    again = CliRunner().invoke(app, [*command[:-2], names[0], "-o", str(tmp_path / "two")])
    assert again.exit_code != 0
    assert "got 1 map for --components 3" in " ".join(again.output.split())
