"""Plots hold what the results hold, in the labels' colours, and can be read."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import pixture
from pixture import ChoiceError, Fit, Mixture, SampleError, Segmentation, Step, Stop, WeightedSample, segment
from pixture.arrays import Array, Floats
from pixture.imaging.display.display import as_picture, outlined
from pixture.imaging.display.label_colours import label_colours
from pixture.mixture.model.moments import Moments
from pixture.mixture.model_selection.compare_components import select_sample
from pixture.view.panels.components import MOST_CHANNELS, telling_channels
from pixture.view.panels.figures import Plot
from pixture.view.panels.segmentation_panels import LEAST_ENTROPY
from pixture.view.plots import (
    convergence_figure,
    plot_changes,
    plot_convergence,
    plot_log_likelihood,
    plot_mixture,
    plot_segmentation,
    plot_selection,
)
from tests.pictures import assert_legible


def mixture_of(d: int, K: int, seed: int = 3) -> Mixture:
    generator = np.random.default_rng(seed)
    roots = generator.normal(0, 1, (K, d, d)) + 2 * np.eye(d)
    means = generator.uniform(-9, 9, (K, d))
    return Mixture(generator.dirichlet(np.full(K, 5.0)), means, roots @ roots.transpose(0, 2, 1))


def drawn_from(mixture: Mixture, count: int = 900) -> Floats:
    generator = np.random.default_rng(7)
    of = generator.choice(mixture.components, count, p=mixture.weights)
    roots = np.linalg.cholesky(mixture.matrices())
    noise: Floats = np.einsum("nij,nj->ni", roots[of], generator.normal(0, 1, (count, mixture.dimension)))
    return mixture.means[of] + noise


def a_fit(history: list[float], stop: Stop = Stop.CONVERGED, on_subsamples: int = 0) -> Fit:
    """A fit of so many steps, the first ones on subsamples, with their log-likelihoods of all of the data."""
    mixture, known = mixture_of(2, 3), iter(history)

    def step(n: int) -> Step:
        subsample = 1000 if n < on_subsamples else None
        return Step(0, n, mixture, history[n], np.arange(3), subsample, extrapolated=n == 2)

    def summarise(_: Mixture) -> Moments:
        return Moments(np.zeros((1, 2)), np.ones(1), np.zeros((1, 2)), np.zeros((1, 2, 2)), next(known))

    return Fit(mixture, stop, tuple(map(step, range(len(history)))), summarise)


def figure_of(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure


def hexes(count: int) -> list[str]:
    return [to_hex(colour / 255) for colour in label_colours(count)]


def lines(axes: Axes) -> list[LineCollection]:
    return [artist for artist in axes.collections if isinstance(artist, LineCollection)]


def line_colours(axes: Axes) -> list[str]:
    colours: Any = lines(axes)[-1].get_colors()
    return [to_hex(colour) for colour in colours]


def as_list(data: object) -> list[float]:
    found: list[float] = np.asarray(data).tolist()
    return found


def points(axes: Axes) -> list[Floats]:
    """The outlines of a plane, or the curves along a channel."""
    return [np.asarray(segment) for segment in lines(axes)[-1].get_segments()]


# convergence


def test_convergence_shows_the_history_its_negative_and_its_change() -> None:
    fit = pixture.fit(drawn_from(mixture_of(2, 3)), 3, accelerate=False)
    plot = plot_convergence(fit)
    assert isinstance(plot, Plot)
    rising, falling, change = plot
    np.testing.assert_array_equal(rising.lines[0].get_ydata(), fit.history)
    above = np.asarray(falling.lines[0].get_ydata())
    np.testing.assert_array_equal(above[:-1], (fit.history[-1] - fit.history)[:-1])
    np.testing.assert_array_equal(change.lines[0].get_xdata(), np.arange(fit.iterations + 1))
    np.testing.assert_array_equal(np.asarray(change.lines[0].get_ydata())[1:], np.abs(np.diff(fit.history)))
    assert (rising.get_yscale(), falling.get_yscale(), change.get_yscale()) == ("linear", "log", "log")
    assert_legible(plot)
    assert plot._repr_png_()[:4] == b"\x89PNG"


def test_a_fall_and_a_step_without_change_are_marked() -> None:
    (change,) = plot_changes(a_fit([-3.0, -2.0, -2.25, -2.125, -2.125, -2.0]))
    sizes, _, falls, stays = change.lines
    np.testing.assert_array_equal(sizes.get_ydata(), [np.nan, 1.0, 0.25, 0.125, np.nan, 0.125])
    assert (as_list(falls.get_xdata()), as_list(falls.get_ydata())) == ([2], [0.25])
    assert as_list(stays.get_xdata()) == [4]
    low, high = change.get_ylim()
    assert low < 0.125
    assert high > 1
    legend = change.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["extrapolated step", "a fall", "no change"]


@pytest.mark.parametrize(
    "fit",
    [
        a_fit([-12.345], Stop.GIVEN),
        a_fit([-12.345, -12.0]),
        a_fit([-2.0, -2.0, -2.0]),
        a_fit([-3.0, -2.0, -2.25, -2.125, -2.125, -2.0]),
        a_fit([-5.0, -4.0, -3.5, -3.4, -3.3999], on_subsamples=3),
        a_fit([-5.0, -4.0, -3.4], Stop.ASKED, on_subsamples=2),
        a_fit([-1e9, -1e6, -1e6 + 1e-3]),
        a_fit([-1 / n for n in range(1, 200)][::-1], Stop.MAX_ITER),
        a_fit([1.0 - 1e-13, 1.0]),
    ],
    ids=["given", "one step", "flat", "falls", "subsamples", "only subsamples", "large", "long", "rounding"],
)
def test_every_way_of_a_fit_can_be_read(fit: Fit) -> None:
    plot = fit.plot()
    assert isinstance(plot, Plot)
    assert_legible(plot)
    assert_legible(convergence_figure(fit))


def test_axes_given_to_a_convergence_plot_are_drawn_in_and_returned() -> None:
    fit = a_fit([-3.0, -2.0, -1.9])
    grid = Figure(figsize=(12, 4), layout="constrained").subplots(1, 3)
    assert plot_convergence(fit, grid) == tuple(grid)
    one = Figure().subplots()
    assert plot_convergence(fit, one) is one
    assert one.get_title() == "Log-likelihood"
    for plot in (plot_log_likelihood, plot_changes):
        axes = Figure().subplots()
        assert plot(fit, axes) is axes
    with pytest.raises(ChoiceError, match="one Axes or 3; got 2"):
        plot_convergence(fit, grid[:2])
    (axes,) = plot_log_likelihood(fit, unit="point")
    assert axes.get_ylabel() == "nats per point"


# mixtures


@pytest.mark.parametrize("K", [1, 12])
@pytest.mark.parametrize("d", [1, 2, 3, 10])
@pytest.mark.parametrize("with_sample", [True, False])
def test_mixtures_of_any_size_can_be_read(d: int, K: int, with_sample: bool) -> None:
    mixture = mixture_of(d, K)
    sample = drawn_from(mixture, 300) if with_sample else None
    plot = mixture.plot(sample=sample)
    assert isinstance(plot, Plot)
    shown = min(d, MOST_CHANNELS)
    assert len(plot.panels) == (1 if d < 3 else shown * (shown + 1) // 2)
    assert_legible(plot)
    axes = Figure(figsize=(6, 4), layout="constrained").subplots()
    assert mixture.plot(axes, sample=sample) is axes
    assert_legible(figure_of(axes))


def test_curves_integrate_to_the_weights_and_add_up() -> None:
    mixture = Mixture([0.2, 0.5, 0.3], [[0.0], [4.0], [5.0]], [1.0, 1e-8, 2.0], "spherical")
    (axes,) = plot_mixture(mixture)
    curves = points(axes)
    for weight, curve in zip(mixture.weights, curves, strict=True):
        np.testing.assert_allclose(np.trapezoid(curve[:, 1], curve[:, 0]), weight, rtol=2e-3)
    total = axes.lines[0]
    np.testing.assert_allclose(
        np.asarray(total.get_ydata()), np.sum([curve[:, 1] for curve in curves], axis=0)
    )
    assert line_colours(axes) == hexes(3)
    assert axes.get_ylim()[1] > np.asarray(total.get_ydata()).max()


def test_the_histogram_below_the_curves_is_the_data_s() -> None:
    values = np.array([0.0] * 2 + [1] * 5 + [9])
    sample = WeightedSample(values, resolution=1)
    (axes,) = plot_mixture(Mixture([1.0], [[1.0]], [1.0], "spherical"), sample=sample)
    (heights,) = (np.asarray(patch.get_data()[0]) for patch in axes.patches)  # type: ignore[attr-defined]  # StepPatch
    assert heights.tolist() == [0.25, 0.625, 0, 0, 0, 0, 0, 0, 0, 0.125]


@pytest.mark.parametrize("d", [2, 3, 10])
def test_ellipses_lie_at_one_and_two_standard_deviations(d: int) -> None:
    mixture, channels = mixture_of(d, 4), (1, 0) if d == 2 else (2, 0)
    axes = plot_mixture(mixture, Figure().subplots(), channels=channels)
    marginal = mixture.projected(np.eye(d)[list(channels)])
    outlines = points(axes)
    assert len(outlines) == 8
    again = plot_mixture(
        mixture, Figure().subplots(), channels=tuple(np.array(channels))
    )  # NumPy's own numbers
    np.testing.assert_array_equal(points(again), outlines)
    for number, outline in enumerate(outlines):
        k, deviations = number // 2, 1 + number % 2
        scaled = (outline - marginal.means[k]) @ marginal.factors[k].T
        np.testing.assert_allclose(np.linalg.norm(scaled, axis=1), deviations, rtol=1e-9)
    assert line_colours(axes) == np.repeat(hexes(4), 2).tolist()
    (means,) = (artist for artist in axes.collections if isinstance(artist, PathCollection))
    np.testing.assert_array_equal(means.get_offsets(), marginal.means)
    assert (axes.get_xlabel(), axes.get_ylabel()) == (
        f"channel {channels[0] + 1}",
        f"channel {channels[1] + 1}",
    )
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    assert all(((outline > (left, low)) & (outline < (right, high))).all() for outline in outlines)


def test_the_pairs_of_channels_stand_in_a_triangle() -> None:
    mixture = mixture_of(3, 2)
    plot = plot_mixture(mixture, sample=drawn_from(mixture), names=["R", "G", "B"])
    said = [(axes.get_xlabel(), axes.get_ylabel()) for axes in plot]
    assert said == [("", ""), ("", "G"), ("", ""), ("R", "B"), ("G", ""), ("B", "")]
    diagonal = [plot.panels[0], plot.panels[2], plot.panels[5]]
    for channel, axes in enumerate(diagonal):
        for weight, curve in zip(mixture.weights, points(axes), strict=True):
            assert np.trapezoid(curve[:, 1], curve[:, 0]) == pytest.approx(weight, rel=0.06)
        # the panels below one another have one horizontal axis
        assert {plot.panels[at].get_xlim() for at in ([0, 1, 3], [2, 4], [5])[channel]} == {axes.get_xlim()}
    wide = plot_mixture(mixture_of(10, 3))
    title = wide.get_suptitle()
    assert title.splitlines()[1].startswith(
        "the 6 of 10 in which the components differ most; not shown: chan"
    )


@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0.0), (3.0, 1e6)])
def test_numbers_and_names_of_any_size_can_be_read(scale: float, shift: float) -> None:
    for d, names in (
        (1, None),
        (6, None),
        (30, [f"reflectance at {500 + 7 * band} nm" for band in range(30)]),
    ):
        mixture = mixture_of(d, 3)
        moved = Mixture(mixture.weights, mixture.means * scale + shift, mixture.covariances * scale**2)
        assert_legible(plot_mixture(moved, names=names))


def test_the_channels_that_are_shown_are_those_that_tell_components_apart() -> None:
    means = np.zeros((2, 9))
    means[1] = [0, 9, 1, 8, 0, 7, 6, 5, 4]
    assert telling_channels(Mixture([0.5, 0.5], means, [1.0, 1.0], "spherical"), 6) == [1, 3, 5, 6, 7, 8]
    alone = Mixture([1.0], np.zeros((1, 4)), [[1.0, 9.0, 4.0, 25.0]], "diagonal")
    assert telling_channels(alone, 2) == [1, 3]


def test_what_a_mixture_s_plot_refuses() -> None:
    mixture = mixture_of(3, 2)
    refused: list[Any] = [(0, 3), (1, 1), -1, (0, 1, 2)]
    for channels in refused:
        with pytest.raises(ChoiceError, match="one or two different ones of 0 to 2"):
            plot_mixture(mixture, channels=channels)
    with pytest.raises(ChoiceError, match="got 1 of type int"):
        plot_convergence(a_fit([0.0], Stop.GIVEN), 3)  # type: ignore[call-overload]  # refused
    with pytest.raises(ChoiceError, match="names must be 3"):
        plot_mixture(mixture, names=["R", "G"])
    with pytest.raises(SampleError):
        plot_mixture(mixture, sample=np.zeros((5, 2)))


def test_a_channel_alone_and_a_fit() -> None:
    mixture = mixture_of(3, 2)
    (axes,) = plot_mixture(replace(a_fit([0.0]), mixture=mixture), channels=2)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("channel 3", "density")
    assert len(points(axes)) == 2


# segmentations


def stripes(dtype: str, channels: int = 1) -> Array:
    generator = np.random.default_rng(2)
    values: Array = generator.integers(0, 9, (40, 60, channels))
    values = values + np.array([0, 80, 200]).repeat(20)[None, :, None]
    scale = 1 / 300 if dtype == "f4" else np.iinfo(dtype).max // 255
    scaled: Array = (values * scale).astype(dtype)
    return scaled


def constant() -> Segmentation:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pixture.FewerComponentsWarning)
        return segment(np.full((8, 9), 77, np.uint8))


def masked() -> Segmentation:
    mask = np.ones((40, 60), bool)
    mask[:, :9] = False
    return segment(stripes("u1", 3), 3, mask=mask)


SEGMENTATIONS: dict[str, Any] = {
    "grey": lambda: segment(stripes("u1"), 3),
    "16-bit": lambda: segment(stripes("u2", 3), 3),
    "floats": lambda: segment(stripes("f4", 2), 2),
    "ten channels": lambda: segment(stripes("u1", 10), 3, covariance="diagonal"),
    "one component": lambda: segment(stripes("u1"), 1),
    "one iteration": lambda: segment(stripes("u1", 3), 3, max_iter=1, accelerate=False),
    "constant": constant,
    "masked": masked,
    "given": lambda: pixture.apply(mixture_of(1, 3), stripes("u1")),
    "flat": lambda: segment(stripes("u1")[:2], 12),
    "tall": lambda: segment(np.swapaxes(stripes("u1"), 0, 1).copy(), 12),
    "one pixel high": lambda: segment(stripes("u1")[:1], 2),
}


@pytest.mark.parametrize("name", SEGMENTATIONS)
def test_segmentations_of_any_kind_can_be_read(name: str) -> None:
    result: Segmentation = SEGMENTATIONS[name]()
    plot = result.plot()
    assert isinstance(plot, Plot)
    assert_legible(plot)
    image, labels, boundaries, uncertainty = (np.asarray(axes.images[0].get_array()) for axes in plot)
    np.testing.assert_array_equal(image, as_picture(result.image))
    np.testing.assert_array_equal(labels, result.overlay())
    np.testing.assert_array_equal(boundaries, outlined(result.image, result.labels))
    np.testing.assert_array_equal(uncertainty, result.entropy())
    most = float(np.nanmax(uncertainty))
    scale = most if most > LEAST_ENTROPY else np.log(max(2, result.mixture.components))
    assert plot.panels[3].images[0].get_clim() == (0, scale)
    assert_legible(plot_mixture(result.fit, sample=result.histogram.sample))


def test_the_legend_lists_labels_in_their_colours() -> None:
    result = masked()
    plot = plot_segmentation(result)
    assert isinstance(plot, Plot)
    (legend,) = plot.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        f"{k}   {share:.1%}".replace("%", " %") for k, share in enumerate(result.shares)
    ]
    assert [to_hex(patch.get_facecolor()) for patch in legend.get_patches()] == hexes(3)


def test_axes_given_to_a_segmentation_s_plot_are_drawn_in_and_returned() -> None:
    result = segment(stripes("u1"), 3)
    one = Figure(layout="constrained").subplots()
    assert result.plot(one) is one
    np.testing.assert_array_equal(one.images[0].get_array(), result.overlay())
    assert one.get_legend() is not None
    assert_legible(figure_of(one))
    four = Figure(figsize=(10, 7), layout="constrained").subplots(2, 2)
    assert plot_segmentation(result, four.ravel()) == tuple(four.ravel())
    assert plot_segmentation(result, four) == tuple(four.ravel())
    with pytest.raises(ChoiceError, match="one Axes or 4; got 3"):
        plot_segmentation(result, four.ravel()[:3])


def test_a_large_image_is_shown_with_fewer_pixels(china: Array) -> None:
    result = segment(np.tile(china, (3, 3, 1)), 3)
    plot = plot_segmentation(result)
    shown = np.asarray(plot.panels[1].images[0].get_array())
    assert 200_000 < shown.shape[0] * shown.shape[1] <= 600_000
    step = -(-result.image.shape[0] // shown.shape[0])
    whole = result.overlay()[::step, ::step].astype(int)
    assert np.abs(shown - whole).max() < 4  # shaded about the mean of the pixels that are shown


# selections


def test_a_selection_s_plot_shows_its_table() -> None:
    values = drawn_from(mixture_of(2, 3))
    selection = select_sample(WeightedSample(values), range(1, 5), covariances=["full", "spherical"])
    (axes,) = plot_selection(selection)
    for line, name in zip(axes.lines, ("full", "spherical"), strict=False):
        rows = [row for row in selection.table() if row["covariance"] == name]
        assert as_list(line.get_xdata()) == [row["components"] for row in rows]
        np.testing.assert_array_equal(line.get_ydata(), [row["above_best"] for row in rows])
    assert_legible(figure_of(axes))
    given = Figure().subplots()
    assert selection.plot(given) is given
