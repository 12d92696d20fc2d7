"""How many components: the sweep, the criteria, the effective sample size."""

from __future__ import annotations

import json
import warnings
from functools import partial

import numpy as np
import pytest
from benchmarks.selecting import simulated, usual_choice

import pixture
from pixture import ChoiceError, Mixture, Selection, WeightedSample, select
from pixture.arrays import Array
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image_from_array import image_from_array
from pixture.mixture.em.fit import fit_sample
from pixture.mixture.model import posterior
from pixture.mixture.model_selection import information_criteria
from pixture.mixture.model_selection.compare_components import mean_entropy, select_sample
from pixture.mixture.model_selection.split_and_merge import merges, splits
from pixture.mixture.model_selection.sweep_components import least_variances, sweep
from pixture.options.fitting import COVARIANCES, Choices, CovarianceName
from pixture.segmentation.component_count.away_from_edges import away_from_edges
from pixture.segmentation.component_count.effective_size import ORDER, effective_size, residual_correlations
from pixture.view.output.save_segmentation import record
from pixture.view.panels.figures import Plot


def mixture_of(covariance: CovarianceName, d: int = 3) -> Mixture:
    """Four components, no two alike."""
    generator = np.random.default_rng(3)
    roots = generator.normal(0, 1, (4, d, d))
    matrices = roots @ roots.swapaxes(1, 2) + np.eye(d)
    covariances = {
        "full": matrices,
        "tied": matrices[0],
        "diagonal": np.diagonal(matrices, axis1=1, axis2=2),
        "spherical": matrices[:, 0, 0],
    }[covariance]
    return Mixture([0.1, 0.2, 0.3, 0.4], generator.normal(0, 4, (4, d)), covariances, covariance)


def drawn(mixture: Mixture, size: int = 3000) -> WeightedSample:
    generator = np.random.default_rng(4)
    of = generator.choice(mixture.components, size, p=mixture.weights)
    roots = np.linalg.cholesky(mixture.matrices())
    noise = generator.standard_normal((size, mixture.dimension))
    return WeightedSample(mixture.means[of] + np.einsum("nij,nj->ni", roots[of], noise))


def whole_moments(mixture: Mixture) -> tuple[Array, Array]:
    """Mean and covariance of all that a mixture describes."""
    mean = mixture.weights @ mixture.means
    apart = mixture.means - mean
    spread = mixture.matrices() + apart[:, :, None] * apart[:, None, :]
    return mean, np.einsum("k,kij->ij", mixture.weights, spread)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_neighbours_keep_the_moments(covariance: CovarianceName) -> None:
    mixture, zero = mixture_of(covariance), np.zeros(3)
    split = splits(mixture, zero, drawn(mixture), 16)
    merged = list(merges(mixture, zero, 6))
    assert len(split) == (12 if covariance == "tied" else 16)
    assert [each.components for each in split + merged] == [5] * len(split) + [3] * 6
    mean, spread = whole_moments(mixture)
    for each in split + merged:
        assert each.covariance == covariance
        np.testing.assert_allclose(whole_moments(each)[0], mean, atol=1e-12)
        if covariance in ("full", "tied"):
            np.testing.assert_allclose(whole_moments(each)[1], spread, atol=1e-10)
        else:  # what is not on the diagonal has no place in the components
            np.testing.assert_allclose(np.trace(whole_moments(each)[1]), np.trace(spread))


def test_the_worst_described_component_is_split_and_the_closest_two_are_merged() -> None:
    """One of three is two in truth; two of four are close."""
    generator = np.random.default_rng(0)
    centres = generator.choice([-2.0, 2.0], 2000)
    values = np.concatenate(
        [generator.normal(centres, 0.5), generator.normal(20, 2, 2000), generator.normal(40, 2, 2000)]
    )
    three = Mixture(np.full(3, 1 / 3), [[0.0], [20.0], [40.0]], [4.25, 4.0, 4.0], "spherical")
    best = splits(three, np.zeros(1), WeightedSample(values), 1)[0]
    assert (best.means < 10).sum() == 2
    four = Mixture(np.full(4, 0.25), [[0.0], [9.0], [10.5], [20.0]], np.ones(4), "spherical")
    closest = next(merges(four, np.zeros(1), 1))
    assert sorted(closest.means.ravel()) == [0.0, 9.75, 20.0]


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_the_mean_entropy_is_that_of_the_responsibilities(covariance: CovarianceName) -> None:
    mixture = mixture_of(covariance)
    sample = drawn(mixture)
    long_way = posterior.entropy(mixture, sample).astype(float) @ sample.weights / sample.total_weight
    assert mean_entropy(sample, mixture) == pytest.approx(long_way, abs=1e-5)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_a_sweep_is_as_good_as_single_fits(china: Array, covariance: CovarianceName) -> None:
    sample = histogram(image_from_array(china)).sample
    choices = Choices(covariance=covariance, covariance_floor=0.25)
    found = sweep(sample, range(1, 9), choices)
    assert list(found) == list(range(1, 9))
    assert all(fit.mixture.components == K for K, fit in found.items())
    heights = [fit.log_likelihood for fit in found.values()]
    assert (np.diff(heights) > 0).all()
    single = [fit_sample(sample, Choices(K, covariance, covariance_floor=0.25)).log_likelihood for K in found]
    assert np.mean(heights) > np.mean(single) - 1e-3
    assert min(np.subtract(heights, single)) > -0.05


def test_the_answer_does_not_depend_on_threads_and_follows_the_seed(china: Array) -> None:
    one, four = (select(china, (2, 4), threads=threads) for threads in (1, 4))
    again = select(china, (2, 4), seed=1)
    for a, b in zip(one.candidates, four.candidates, strict=True):
        np.testing.assert_array_equal(a.mixture.means, b.mixture.means)
    assert one.as_dict() == four.as_dict()
    assert again.best.log_likelihood == pytest.approx(one.best.log_likelihood, abs=0.1)


def test_the_numbers_are_the_criteria_of_the_effective_size(china: Array) -> None:
    whole = select(china)
    selection = select(china, range(1, 6), covariance=("full", "spherical"), criterion="icl")
    assert [(each.covariance, each.components) for each in selection.candidates] == [
        (name, K) for name in ("full", "spherical") for K in range(1, 6)
    ]
    n = selection.effective_size
    assert 100 < n < selection.total_weight / 10
    for each in selection.candidates:
        likelihood = n * each.log_likelihood
        assert each.bic == pytest.approx(information_criteria.bic(likelihood, each.parameters, n))
        entropy = n * each.entropy
        assert each.icl == pytest.approx(information_criteria.icl(likelihood, each.parameters, n, entropy))
        assert each.aic == pytest.approx(information_criteria.aic(likelihood, each.parameters))
    assert selection.best.icl == min(each.icl for each in selection.candidates)
    # the size is that of the residuals of the best of 1 to 12 components, whatever was asked for
    assert n == whole.effective_size
    image = image_from_array(china)
    counted = histogram(image.masked(away_from_edges(image)))
    assert effective_size(counted, whole.best.mixture) == pytest.approx(n, rel=0.2)
    rows = selection.table()
    assert [row["best"] for row in rows].count(True) == 1
    assert min(row["above_best"] for row in rows) == 0
    assert json.loads(json.dumps(selection.as_dict()))["components"] == selection.best.components


def blurred(shape: tuple[int, ...], blur: float, seed: int = 0) -> Array:
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), blur, mode="wrap")
    return np.asarray(field / field.std())


STANDARD = Mixture([1.0], [[0.0]], [1.0], "spherical")


@pytest.mark.parametrize("blur", [0.5, 1.0, 2.0])
def test_the_effective_size_of_blurred_noise_is_what_theory_says(blur: float) -> None:
    """Blurring by a Gaussian of deviation s makes ρ(h) = exp(-h² / 4 s²)."""
    counted = histogram(image_from_array(blurred((256, 256), blur)))
    lags = np.exp(-(np.arange(-30, 31) ** 2) / (4 * blur**2))
    expected = 256**2 / (lags**ORDER).sum() ** 2
    if blur < 1:  # sampled so coarsely, the filter is not quite Gaussian
        assert effective_size(counted, STANDARD) == pytest.approx(expected, rel=0.25)
    else:
        assert effective_size(counted, STANDARD) == pytest.approx(expected, rel=0.1)


def test_classes_are_no_correlation_and_masked_pixels_take_no_part() -> None:
    generator = np.random.default_rng(0)
    classes = np.repeat([0.0, 30.0], 64)[None].repeat(128, axis=0)
    pixels = classes + generator.standard_normal((128, 128))
    mixture = Mixture([0.5, 0.5], [[0.0], [30.0]], [1.0, 1.0], "spherical")
    assert effective_size(histogram(image_from_array(pixels)), mixture) == 128**2
    one = Mixture([1.0], [[15.0]], [226.0], "spherical")
    assert effective_size(histogram(image_from_array(pixels)), one) < 50
    mask = np.ones((128, 128), bool)
    mask[40:80, 30:70] = False
    spoilt = np.where(mask, blurred((128, 128), 1.0), 1e6)
    seen = histogram(image_from_array(spoilt).masked(mask))
    whole = histogram(image_from_array(blurred((128, 128), 1.0)))
    share = effective_size(seen, STANDARD) / effective_size(whole, STANDARD)
    assert share == pytest.approx(mask.mean(), rel=0.1)


def test_correlations_are_those_of_the_definition() -> None:
    """Against sums over pairs written out; a lag without a pair has none."""
    pixels = blurred((7, 5), 0.8)
    mask = np.ones((7, 5), bool)
    mask[2, 1:4] = False
    counted = histogram(image_from_array(pixels).masked(mask))
    found = residual_correlations(counted, STANDARD)[0]
    assert found.shape == (13, 9)
    residuals = pixels - pixels[mask].mean()
    for down in range(-6, 7):
        for across in range(-4, 5):
            products = [
                residuals[y, x] * residuals[y + down, x + across]
                for y, x in np.argwhere(mask)
                if 0 <= y + down < 7 and 0 <= x + across < 5 and mask[y + down, x + across]
            ]
            expected = np.mean(products) / np.mean(residuals[mask] ** 2) if products else 0.0
            assert found[6 + down, 4 + across] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 2)])
def test_images_of_any_shape(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 200, shape).astype(np.uint8)
    selection = select(pixels, range(1, 4))
    assert selection.best.components >= 1
    assert 1 <= selection.effective_size <= max(2, pixels.size)
    assert np.isfinite([each.bic for each in selection.candidates]).all()


def test_large_images_are_seen_through_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = blurred((300, 260), 1.0)
    whole = effective_size(histogram(image_from_array(pixels)), STANDARD)
    monkeypatch.setattr("pixture.segmentation.component_count.effective_size.SIDE", 100)
    assert effective_size(histogram(image_from_array(pixels)), STANDARD) == pytest.approx(whole, rel=0.1)


def test_data_are_independent_and_their_weight_is_their_size() -> None:
    generator = np.random.default_rng(1)
    values = np.concatenate([generator.normal(mean, 1, (300, 2)) for mean in (0, 7, 14, 21)])
    selection = select(WeightedSample(values), range(1, 7), covariance=("full", "tied"))
    assert isinstance(selection, Selection)
    assert selection.effective_size == selection.total_weight == 1200
    assert (selection.best.components, selection.best.covariance) == (4, "tied")
    doubled = select(WeightedSample(values, np.full(1200, 2)), range(1, 7))
    assert doubled.effective_size == 2400


def test_steps_between_values_are_no_classes() -> None:
    """A class of a few grey values; the same as floats; a picture of two values only."""
    generator = np.random.default_rng(2)
    pixels = (generator.choice([20, 40, 60], (128, 128)) + generator.normal(0, 1.5, (128, 128))).round()
    grey = pixels.astype(np.uint8)
    for each in (grey, grey / np.float32(255)):
        assert select(each).best.components == 3
    two = np.where(generator.random((64, 64)) < 0.3, 7, 8).astype(np.uint8)
    assert select(two, (1, 2)).best.components == 2
    named = least_variances(histogram(image_from_array(grey)).sample, Choices(covariance_floor=3.0))
    np.testing.assert_array_equal(named, [3.0])


def test_a_constant_image_has_one_component() -> None:
    for pixels in (np.full((8, 9), 77, np.uint8), np.zeros((8, 9, 3))):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert [each.components for each in select(pixels).candidates] == [1]
            assert pixture.segment(pixels, "auto").mixture.components == 1
    with pytest.raises(ChoiceError, match=r"only 1 distinct value in 72 rows: too few for 3"):
        select(pixels, (3, 4))


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"components": ()}, "components must name at least one"),
        ({"components": (2, 0)}, "components must be a whole number of at least 1; got 0"),
        ({"components": 2.5}, "got 2.5"),
        ({"covariance": ()}, "covariance must name at least one"),
        ({"covariance": ("full", "round")}, "covariance must be one of full.*got 'round'"),
        ({"criterion": "dic"}, "criterion must be one of bic, icl, aic; got 'dic'"),
        ({"n_init": 0}, "n_init"),
    ],
)
def test_bad_choices_are_refused(choices: dict[str, object], said: str) -> None:
    with pytest.raises(ChoiceError, match=said):
        select(np.eye(4), **choices)  # type: ignore[arg-type]  # wrong on purpose


def test_what_does_not_go_together_is_refused(china: Array) -> None:
    with pytest.raises(ChoiceError, match="A mask goes with an image"):
        select(WeightedSample([1.0, 2.0]), mask=np.eye(2))
    with pytest.raises(ChoiceError, match="start from no mixture"):
        pixture.segment(china, "auto", init=mixture_of("full"))
    with pytest.raises(ChoiceError, match="start from no mixture"):
        select_sample(WeightedSample([1.0, 2.0]), 1, choices=Choices(1, init="given"))


def test_auto_takes_what_select_chooses() -> None:
    image = simulated(3, 1.0, 0)
    best = select(image.pixels).best
    result = pixture.segment(image.pixels, components="auto")
    assert result.selection is not None
    assert result.selection.best.components == result.mixture.components
    assert record(result)["selection"]["components"] == result.mixture.components
    assert result.mixture.components == best.components == 3
    assert result.choices.components == 3
    # selected away from edges, fitted to every pixel
    assert best.fit.log_likelihood != result.fit.log_likelihood
    named = pixture.segment(image.pixels, 3)
    assert result.fit.log_likelihood == pytest.approx(named.fit.log_likelihood, abs=0.001)
    mask = np.ones(image.labels.shape, bool)
    mask[:20] = False
    assert (pixture.segment(image.pixels, "auto", mask=mask).labels[:20] == 255).all()


def test_plots_and_pages(china: Array) -> None:
    selection = select(china, range(1, 4), covariance=("full", "tied"))
    plot = selection.plot()
    assert isinstance(plot, Plot)
    (axes,) = plot
    assert [line.get_label() for line in axes.lines][:2] == ["full", "tied"]
    assert axes.get_ylabel() == "BIC above the best"
    lone = select(china, 2)
    assert lone.plot(axes) is axes
    page = selection._repr_html_()
    assert page.count("<tr") == 7
    assert "data:image/png" in page


@pytest.mark.parametrize("K", [3, 5, 7])
def test_the_number_of_components_of_simulated_images_is_found(K: int) -> None:
    """As `python -m benchmarks.selecting`, on few draws that the usual BIC mostly fails on."""
    found = [select(simulated(K, 2.0, seed).pixels).best.components for seed in range(100, 106)]
    assert found.count(K) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("K", [3, 5, 7])
@pytest.mark.parametrize("blur", [0.0, 1.0, 2.0])
def test_the_number_of_components_is_found_in_nine_of_ten_images(K: int, blur: float) -> None:
    found = [select(simulated(K, blur, seed).pixels) for seed in range(20)]
    ours = [selection.best.components for selection in found].count(K)
    usual = [usual_choice(selection) for selection in found].count(K)
    assert ours >= 18
    assert ours >= usual - 1


@pytest.mark.parametrize("optics", [0.6, 1.0])
def test_mixed_pixels_are_no_class(optics: float) -> None:
    """Images of three classes each, which all of their pixels together would seem to be more."""
    for seed in (0, 6, 12):
        pixels = simulated(3, 0.0, seed, optics).pixels
        assert select(pixels).best.components == 3
        counted = histogram(image_from_array(pixels))
        size = partial(effective_size, counted)
        assert select_sample(counted.sample, range(1, 13), effective_size=size).best.components > 3


def test_mixed_pixels_are_left_out_and_few_others() -> None:
    classes = np.zeros((120, 100, 3))
    classes[:, 50:] = 8.0
    classes[:, 50] = 4.0
    classes[60:] += np.array([0.0, 10.0, 0.0])
    away = away_from_edges(image_from_array(classes + np.random.default_rng(0).normal(0, 1, classes.shape)))
    assert not away[:, 48:53].any()
    assert not away[58:62].any()
    assert away[5:55, 5:45].mean() > 0.97


def test_where_every_pixel_has_its_own_label_hardly_any_is_left_out() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 4, (150, 150))
    pixels = 6.0 * labels + generator.standard_normal(labels.shape)
    assert away_from_edges(image_from_array(pixels)).mean() > 0.97
    assert away_from_edges(image_from_array(blurred((200, 200), 2.0))).mean() > 0.97
    assert select(pixels).best.components == 4


def test_a_texture_beside_a_calm_area_is_not_left_out() -> None:
    pixels = blurred((256, 256), 0.8)
    pixels[:, :128] *= 0.05
    away = away_from_edges(image_from_array(pixels))
    assert away[:, 140:].mean() > 0.9
    assert away[:, :116].mean() > 0.9


def test_masked_pixels_make_no_edge() -> None:
    pixels = np.random.default_rng(1).standard_normal((90, 110, 2))
    mask = np.ones((90, 110), bool)
    mask[20:60, 30:80] = False
    spoilt = np.where(mask[..., None], pixels, 1e300)
    away = away_from_edges(image_from_array(spoilt).masked(mask))
    assert not away[~mask].any()
    assert away[mask].mean() > 0.95
    np.testing.assert_array_equal(away, away_from_edges(image_from_array(pixels).masked(mask), threads=1))


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 2), (9, 200), (64, 64, 3)])
def test_an_even_image_has_no_edges(shape: tuple[int, ...]) -> None:
    for pixels in (np.full(shape, 7, np.uint8), np.full(shape, 0.1)):
        assert away_from_edges(image_from_array(pixels)).all()


def test_where_little_would_be_left_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    halves = np.repeat([0.0, 20.0], 32)[None] + np.random.default_rng(0).standard_normal((64, 64))
    assert not away_from_edges(image_from_array(halves)).all()
    monkeypatch.setattr("pixture.segmentation.component_count.away_from_edges.LEAST_LEFT", 0.97)
    assert away_from_edges(image_from_array(halves)).all()
    # of few values, each may be a class
    flat = np.repeat(np.arange(6, dtype=np.uint8) * 40, 3)[None].repeat(30, axis=0)
    assert [each.components for each in select(flat, (5, 6)).candidates] == [5, 6]


def test_a_table_of_floats_is_data() -> None:
    generator = np.random.default_rng(0)
    table = np.concatenate([generator.normal(mean, 1, (400, 2)) for mean in (0, 6, 12)])
    selection = select(table, range(1, 6))
    assert (selection.best.components, selection.effective_size) == (3, 1200)
    strip = image_from_array(table)
    assert select(strip, range(1, 3)).candidates[0].mixture.dimension == 1
    with pytest.raises(ChoiceError, match="of a table"):
        select(table, mask=np.ones((1200, 2)))
