"""Features by name: what they are, what they leave unchanged, and what weights do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage import color, feature

import pixture
from pixture import ChoiceError, Image, image_from_array
from pixture.arrays import Array, Floats, Integers
from pixture.cli import app
from pixture.imaging.encoding.png import png
from pixture.imaging.feature_space.colour_spaces import OF_COLOUR, logarithm
from pixture.imaging.feature_space.perceptual_planes import perceptual_planes
from pixture.imaging.feature_space.position import position
from pixture.imaging.feature_space.texture import AROUND, DERIVATIVE, texture
from pixture.mixture.model.channel_scales import ChannelScales
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.features import COLOURS, FEATURES, FeatureChoice
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.segmentation.component_order import lightness_of_components
from pixture.segmentation.sources.feature_histogram import feature_histogram

POINTWISE = [name for name in FEATURES if name not in ("texture", "position")]
colours = st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=20)


def scene(height: int = 48, width: int = 64, levels: int = 255) -> Integers:
    """Three patches of colour, light to dark, one striped; noise."""
    generator = np.random.default_rng(3)
    values = np.empty((height, width, 3))
    values[:] = (200, 190, 120)
    values[: height // 2, : width // 2] = (40, 60, 120)
    values[height // 2 :] = (90, 120, 60)
    values[height // 2 :, width // 2 :: 2] += 30
    noisy = values + generator.normal(0, 6, values.shape)
    return np.round(noisy.clip(0, 255) * levels / 255).astype(np.uint8 if levels == 255 else np.uint16)


@pytest.fixture(scope="module")
def pixels() -> Integers:
    return scene()


def chosen(features: str) -> FeatureChoice:
    return FeatureChoice(features)


def pieces(labels: Integers) -> int:
    return sum(int(ndimage.label(labels == k)[1]) for k in np.unique(labels))


def agreement(one: Integers, other: Integers) -> float:
    return float((one == other).mean())


# --- twins


@given(colours)
def test_colour_spaces_are_scikit_image_s(values: list[tuple[float, float, float]]) -> None:
    shown = np.array(values)
    of = {name: function(shown.T).T for name, (function, _) in OF_COLOUR.items()}
    # its matrices have more digits than the standard's
    assert np.allclose(of["lab"], color.rgb2lab(shown), atol=0.05)
    luv = color.rgb2luv(shown)  # type: ignore[attr-defined]  # its stub leaves it out
    assert np.allclose(of["luv"], luv, atol=0.15)
    hue, saturation, value = color.rgb2hsv(shown).T
    circle = [saturation * np.cos(2 * np.pi * hue), saturation * np.sin(2 * np.pi * hue), value]
    assert np.allclose(of["hsv"], 100 * np.array(circle).T, atol=1e-6)
    assert np.allclose(of["rgb"], 100 * shown)
    xyz = color.rgb2xyz(shown)
    assert np.allclose(of["linear"] @ np.array([0.2126, 0.7152, 0.0722]), 100 * xyz[:, 1], atol=0.01)


@given(colours)
def test_opponent_is_a_rotation(values: list[tuple[float, float, float]]) -> None:
    shown = np.array(values).T
    turned = OF_COLOUR["opponent"][0](shown)
    assert np.allclose((turned**2).sum(axis=0), 1e4 * (shown**2).sum(axis=0))
    grey = OF_COLOUR["opponent"][0](np.full((3, 1), 0.5))
    assert np.allclose(grey[1:], 0)


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_the_logarithm_keeps_the_order(one: float, other: float) -> None:
    first, second = logarithm(np.array([[one, other]]))[0]
    assert (first <= second) == (one <= other) or one == other or abs(first - second) < 1e-9


def test_texture_is_the_structure_tensor(pixels: Integers) -> None:
    image = image_from_array(pixels)
    lightness = perceptual_planes(image)[0].astype(np.float64)
    slopes = [ndimage.gaussian_filter(lightness, DERIVATIVE, order=order) for order in ((1, 0), (0, 1))]
    mean = [
        ndimage.gaussian_filter(a * b, AROUND, truncate=3.0)
        for a, b in ((slopes[0], slopes[0]), (slopes[1], slopes[1]), (slopes[0], slopes[1]))
    ]
    trace = mean[0] + mean[1]
    contrast = np.log1p(np.sqrt(trace))
    expected = [contrast, contrast * (mean[1] - mean[0]) / trace, contrast * 2 * mean[2] / trace]
    assert np.allclose(texture(image), expected, atol=1e-3)
    # the same tensor as scikit-image's, whose derivative is another: directions agree
    rows, _, columns = feature.structure_tensor(lightness, sigma=AROUND, mode="reflect", order="rc")
    inner = np.s_[28:44, 40:60]  # stripes
    theirs = (columns - rows)[inner] / (columns + rows)[inner]
    ours = texture(image)[1][inner] / texture(image)[0][inner]
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.9


def test_position_is_in_hundredths_of_the_longest_side() -> None:
    flat = position(image_from_array(np.zeros((10, 40), np.uint8)))
    assert flat[:, 0, 0].tolist() == [1.25, 1.25]
    assert flat[:, -1, -1].tolist() == [23.75, 98.75]
    volume = image_from_array(np.zeros((5, 10, 10), np.uint8), axes="zyx", spacing=(4.0, 1.0, 1.0))
    assert position(volume)[:, -1, -1, -1].tolist() == [90.0, 47.5, 47.5]


# --- laws


@pytest.mark.parametrize("name", POINTWISE)
def test_the_fit_of_distinct_values_is_that_of_every_pixel(name: str, pixels: Integers) -> None:
    image = image_from_array(pixels // 16 * 16)
    counted = feature_histogram(image, chosen(name))
    assert counted.counted
    assert counted.sample.size < image.size
    rows = counted.rows().ravel()
    every = WeightedSample(counted.sample.values[rows], scales=counted.sample.scales)
    alone = feature_histogram(image_from_array(pixels[:3, :3] // 16 * 16, axes="yxc"), chosen(name))
    if name not in ("channels", "log"):  # a pixel's feature is one of its value alone
        assert np.allclose(
            alone.sample.values[alone.rows().ravel()],
            every.values[[*range(3), *range(64, 67), *range(128, 131)]],
        )
    start = pixture.fit(counted.sample, 3, init="greedy", accelerate=False).mixture
    of_values, of_pixels = (
        pixture.fit(sample, init=start, max_iter=5, tol=0) for sample in (counted.sample, every)
    )
    assert of_values.log_likelihood == pytest.approx(of_pixels.log_likelihood, rel=1e-9)
    assert np.allclose(of_values.mixture.means, of_pixels.mixture.means, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", ["rgb", "channels", "opponent"])
def test_a_linear_map_of_the_channels_changes_no_label(name: str, pixels: Integers) -> None:
    own, mapped = (pixture.segment(pixels, 3, init="quantiles", features=f) for f in (None, name))
    if name == "opponent":  # the quantiles are along another direction
        mapped = pixture.segment(pixels, 3, features=name, init=_turned(own.mixture))
    assert agreement(own.labels, mapped.labels) > 0.999


def _turned(mixture: pixture.Mixture) -> pixture.Mixture:
    turn = OF_COLOUR["opponent"][0](np.eye(3)) / 255
    return mixture.projected(turn)


@pytest.mark.parametrize("features", ["lab", "hsv", "log", "lab,texture,position"])
def test_sixteen_bits_are_labelled_as_eight(features: str, pixels: Integers) -> None:
    wide = pixels.astype(np.uint16) * 257
    eight, sixteen = (pixture.segment(of, 3, init="greedy", features=features) for of in (pixels, wide))
    assert agreement(eight.labels, sixteen.labels) > 0.995


@pytest.mark.parametrize("features", ["lab,texture", "texture,position:0.3"])
def test_flipped_and_turned_images_have_flipped_and_turned_labels(features: str, pixels: Integers) -> None:
    as_it_is = pixture.segment(pixels, 3, init="greedy", features=features).labels
    for turn in (np.fliplr, np.flipud, np.rot90):
        turned = pixture.segment(np.ascontiguousarray(turn(pixels)), 3, init="greedy", features=features)
        assert agreement(turned.labels, turn(as_it_is)) > 0.99


@pytest.mark.parametrize("features", ["lab", "log,texture,position"])
def test_what_masked_pixels_hold_changes_nothing(features: str, pixels: Integers) -> None:
    mask = np.ones(pixels.shape[:2], bool)
    mask[10:30, 20:50] = False
    other = pixels.copy()
    other[~mask] = (255, 0, 0)
    one, two = (pixture.segment(of, 3, features=features, mask=mask) for of in (pixels, other))
    assert one.histogram.sample.size == two.histogram.sample.size
    assert np.array_equal(one.histogram.sample.values, two.histogram.sample.values)
    assert np.array_equal(one.labels, two.labels)
    assert (one.labels[~mask] == 255).all()
    assert np.array_equal(one.painted()[mask], two.painted()[mask])


def test_nan_is_masked_and_does_not_spread() -> None:
    values = np.random.default_rng(0).normal(0, 1, (24, 30))
    values[:, 15:] += 5
    values[5:9, 3:8] = np.nan
    with pytest.warns(pixture.MaskedValuesWarning):
        found = pixture.segment(values, 2, features="channels,texture,position:0.5")
    assert found.masked_label == 255
    assert (found.labels == 255).sum() == 20
    assert np.isfinite(found.histogram.sample.values).all()
    contrast = texture(found.image)[0]
    assert contrast[4:10, 2:9].max() < contrast[:, 15].min()  # a hole is no edge


def test_threads_change_nothing(pixels: Integers) -> None:
    one, two = (
        pixture.segment(pixels, 3, features="lab,texture,position:0.5", threads=threads) for threads in (1, 2)
    )
    assert np.array_equal(one.labels, two.labels)
    assert np.array_equal(one.mixture.means, two.mixture.means)


# --- weights


def test_a_smaller_weight_of_position_breaks_labels_up() -> None:
    generator = np.random.default_rng(1)
    grey = (generator.normal(0, 12, (48, 64)) + np.where(np.arange(64) < 32, 110, 130)).clip(0, 255)
    image = grey.astype(np.uint8)

    def labels(features: str) -> Integers:
        return pixture.segment(image, 2, init="greedy", features=features, smooth="off").labels

    found = [pieces(labels(f"channels,position:{weight}")) for weight in (1, 0.2, 0.001)]
    assert found[0] < found[1] < found[2]
    assert agreement(labels("channels"), labels("channels,position:0.001")) > 0.97


def test_only_ratios_of_weights_count(pixels: Integers) -> None:
    one, two = (pixture.segment(pixels, 3, features=f) for f in ("lab:2,position:1", "lab,position:0.5"))
    assert np.array_equal(one.labels, two.labels)
    assert one.features == "lab:2,position"


def test_no_component_is_narrower_than_its_weight_allows(pixels: Integers) -> None:
    found = pixture.segment(pixels, 3, features="lab,position:0.1")
    spread = found.histogram.sample.deviation[3:]
    least = 0.1 * spread * np.sqrt(1 / 0.1**2 - 1)
    deviations = np.sqrt(np.diagonal(found.mixture.matrices(), axis1=1, axis2=2))[:, 3:]
    assert (deviations >= least * (1 - 1e-9)).all()


@given(st.floats(1e-3, 1), st.floats(1e-3, 1))
def test_a_larger_weight_leaves_narrower_components(one: float, other: float) -> None:
    small, large = sorted((one, other))
    least = ChannelScales(np.zeros(2), np.array([small, large])).least_deviations(np.ones(2))
    assert least[0] >= least[1] >= 0


def test_weights_do_not_fall_to_the_floor_that_is_asked_for(pixels: Integers) -> None:
    found = pixture.segment(pixels, 3, features="lab,position:0.1", covariance_floor=0.0)
    assert found.mixture.covariances[:, 3, 3].min() > 0.9 * found.histogram.sample.variance[3]


# --- in the image's own units


@pytest.mark.parametrize("features", ["lab", "hsv", "lab,texture,position:0.3"])
@pytest.mark.parametrize("smooth", ["off", "light", 2])
def test_classes_and_painted_pixels_are_in_the_image_s_own_units(
    features: str, smooth: str | float, pixels: Integers
) -> None:
    found = pixture.segment(pixels, 3, features=features, smooth=smooth)
    light = [np.dot(one.mean, (0.2126, 0.7152, 0.0722)) for one in found.classes]
    assert light == sorted(light)
    for one in found.classes:
        of_label = pixels[found.labels == one.label]
        assert np.allclose(one.mean, of_label.mean(axis=0))
        painted = found.painted()[found.labels == one.label]
        assert (painted == np.round(of_label.mean(axis=0)).astype(np.uint8)).all()


def test_merged_labels_and_volumes(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    values = generator.normal(20, 3, (4, 16, 18))
    values[:, :, 9:] += 60
    image = image_from_array(values.astype(np.uint8), axes="zyx", spacing=(2.0, 1.0, 1.0))
    found = pixture.segment(image, 3, features="channels,texture,position:0.2")
    assert found.histogram.names[-3:] == ("plane", "row", "column")
    assert len(found.histogram.names) == 1 + 6 + 3
    merged = found.merged("0+1")
    assert merged.labels.shape == (4, 16, 18)
    assert len(merged.classes[0].mean) == 1
    assert (tmp_path / "image.labels.tif") in merged.save(tmp_path)


def test_components_of_the_own_channels_are_ordered_as_ever(pixels: Integers) -> None:
    found = pixture.segment(pixels, 3)
    lightness = lightness_of_components(found.histogram, found.mixture, found.image.lightness)
    assert np.array_equal(lightness, found.mixture.means @ found.image.lightness)


def test_the_number_of_components_may_be_found(pixels: Integers) -> None:
    found = pixture.segment(pixels[::2, ::2], "auto", features="lab,texture")
    assert 2 <= found.mixture.components <= 8
    assert found.selection is not None


def test_a_mixture_of_features_is_a_start(pixels: Integers) -> None:
    mixture = pixture.segment(pixels, 3, features="lab,position").mixture
    again = pixture.segment(pixels, features="lab,position", init=mixture)
    assert again.mixture.components == 3
    with pytest.raises(ChoiceError, match=r"5 channels, the features lab 3; they must agree"):
        pixture.segment(pixels, features="lab", init=mixture)


def test_a_mixture_of_features_is_applied_to_another_image(pixels: Integers) -> None:
    found = pixture.segment(pixels, 3, features="lab,position:0.3")
    again = pixture.apply(found.mixture, pixels, features=found.features)
    assert np.array_equal(again.labels, found.labels)
    assert again.features == found.features
    with pytest.raises(ChoiceError, match=r"features lab have 3 channels, the mixture 5; they must agree"):
        pixture.apply(found.mixture, pixels, features="lab")
    with pytest.raises(ChoiceError, match="takes no features; a mixture does"):
        pixture.apply(pixture.fit_images([pixels], 2), pixels, features="lab")


def test_shown_small_the_labels_are_those_of_the_whole(pixels: Integers) -> None:
    from pixture.view.panels.glimpse import glimpse

    found = pixture.segment(pixels, 3, features="lab,texture,position:0.3")
    assert np.array_equal(glimpse(found, 800).labels, found.labels[::2, ::2])
    frames = list(found.animate().frames([0]))
    assert len(frames) == 1
    assert "L*" in found._repr_html_()


# --- what is refused


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ("lap", r"features must be some of channels, .*; got 'lap'\. Did you mean 'lab'\?"),
        ("", "got ''"),
        ("lab:0", r"features must have weights above 0, such as lab:0\.3; got 'lab:0'"),
        ("lab:-1", "weights above 0"),
        ("lab:nan", "weights above 0"),
        ("lab:inf", "weights above 0"),
        ("lab:much", "weights above 0"),
        ("lab,position,LAB", "features must differ; lab is named twice"),
        (7, r"features must be names such as 'lab,position:0\.3'; got 7"),
    ],
)
def test_what_is_no_feature_is_refused(features: object, said: str) -> None:
    with pytest.raises(ChoiceError, match=said):
        FeatureChoice(features)  # type: ignore[arg-type]  # is refused


@pytest.mark.parametrize("name", COLOURS)
def test_one_channel_has_no_colour(name: str, pixels: Integers) -> None:
    with pytest.raises(ChoiceError, match=f"{name} is made of red, green and blue; the image has 1 channel"):
        pixture.segment(pixels[..., 0], 2, features=name)
    assert pixture.segment(pixels[..., 0], 2, features="log").mixture.dimension == 1


def test_one_variance_has_no_weights() -> None:
    with pytest.raises(ChoiceError, match="spherical covariance has one variance"):
        Method(Choices(covariance="spherical"), features=chosen("lab,position:0.3"))
    Method(Choices(covariance="spherical"), features=chosen("lab,position"))


def test_more_components_than_pixels() -> None:
    image: Image = image_from_array(np.zeros((2, 2, 3), np.uint8), axes="yxc")
    with pytest.warns(pixture.FewerComponentsWarning):
        assert pixture.segment(image, 9, features="lab,position").mixture.components <= 4
    with pytest.warns(pixture.FewerComponentsWarning):
        flat = pixture.segment(image, 2, features="lab,texture")
    assert (flat.labels == 0).all()


# --- as a user runs it


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_segment_and_report_take_features(tmp_path: Path, pixels: Integers) -> None:
    path = tmp_path / "scene.png"
    path.write_bytes(png(np.ascontiguousarray(pixels[::2, ::2])))
    done = run("segment", path, "-k", 3, "--features", "Lab, position:0.3", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert "values taken singly by lab,position:0.3, 3 components" in done.stderr
    record = json.loads((tmp_path / "out" / "scene.json").read_text())
    assert record["features"] == {
        "named": "lab,position:0.3",
        "channels": ["L*", "a*", "b*", "row", "column"],
    }
    assert len(record["mixture"]["means"][0]) == 5
    assert len(record["classes"][0]["mean"]) == 3
    header = (tmp_path / "out" / "scene.classes.csv").read_text().splitlines()[0]
    assert header.endswith(
        "mean_R,standard_deviation_R,mean_G,standard_deviation_G,mean_B,standard_deviation_B"
    )
    refused = run("segment", path, "--features", "lap", "-o", tmp_path / "out")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error: --features must be some of channels,")
    assert run("report", path, "-k", 3, "--features", "lab", "-o", tmp_path / "page").exit_code == 0
    page = (tmp_path / "page" / "scene.report.html").read_text(encoding="utf-8")
    assert "fitted to the features lab" in page
    assert "of the label&#39;s pixels" in page


def test_the_record_of_own_channels_names_no_features(pixels: Integers) -> None:
    from pixture.view.output.save_segmentation import record

    assert record(pixture.segment(pixels, 2))["features"] is None
    of_lab: Floats | Array = pixture.segment(pixels, 2, features="lab").mixture.means
    assert of_lab.shape == (2, 3)
