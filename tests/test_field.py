"""The spatial prior: its passes against naive twins and enumeration, its laws, and what users see of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture import ChoiceError, Mixture, image_from_array
from pixture.arrays import Array
from pixture.cli import app
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image import Image
from pixture.mixture.model import posterior
from pixture.options.fitting import Choices
from pixture.options.spatial import Spatial
from pixture.segmentation.field.contrast import contrast_weights
from pixture.segmentation.field.label_table import label_table
from pixture.segmentation.field.mean_field import (
    Grid,
    all_active,
    grid_of,
    update,
    weights_of_rows,
    without_neighbours,
)
from pixture.segmentation.field.neighbourhood import neighbourhood
from pixture.segmentation.field.posteriors_in_memory import moments_of_rows
from pixture.segmentation.field.potts_em import Prior, fit_field
from pixture.segmentation.field.smooth import smoothed
from pixture.segmentation.field.strength import STRONGEST, estimated_prior, some_lines
from tests.reference_field import (
    couplings,
    kinds_of,
    labellings,
    log_probabilities,
    pieces,
    updated,
)

TWO = Mixture([0.5, 0.5], [[80.0], [120.0]], [400.0, 400.0], "spherical")
STEPS = {4: 1, 8: 2}


def noisy(shape: tuple[int, int], seed: int, spread: float = 20) -> tuple[Array, Array]:
    """Two areas with a curved border, 80 and 120, and noise; and which pixel is of which."""
    generator = np.random.default_rng(seed)
    y, x = np.indices(shape)
    truth = (x - shape[1] / 2 > 0.2 * shape[1] * np.sin(y / shape[0] * 4)).astype(np.uint8)
    values = np.where(truth, 120, 80) + generator.normal(0, spread, shape)
    return values.round().clip(0, 255).astype(np.uint8), truth


def grid_and_table(
    image: Image, mixture: Mixture, neighbours: int = 8, contrast: bool = False, threads: int | None = None
) -> tuple[Grid, Array]:
    near = neighbourhood(neighbours, image.spacing)
    counted = histogram(image)
    likeness = contrast_weights(image, near)
    grid = grid_of(counted, near, likeness if contrast else likeness[:0], threads=threads)
    return grid, label_table(counted, mixture).joint


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([4, 8]), st.floats(0, 6), st.integers(0, 999))
def test_an_update_equals_its_twin(rows: int, columns: int, near: int, strength: float, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(60, 140, (rows, columns), dtype=np.uint8)
    image = image_from_array(pixels, axes="yx")
    grid, table = grid_and_table(image, TWO, near)
    q = without_neighbours(grid, table)
    joint = table[grid.rows.ravel()].T.astype(np.float64)
    naive = np.exp(joint - joint.max(axis=0))
    naive /= naive.sum(axis=0)
    np.testing.assert_allclose(q.reshape(2, -1), naive, atol=1e-6)
    coupling = strength * couplings((rows, columns), STEPS[near], (1.0, 1.0))
    for _ in range(3):
        before = naive
        naive = updated(naive, joint, coupling, kinds_of((rows, columns)))
        moved = update(q, grid, table, strength)
        np.testing.assert_allclose(q.reshape(2, -1), naive, atol=2e-5)
        assert moved == pytest.approx(np.abs(naive - before).sum() / 2 / naive.shape[1], abs=1e-5)


@given(st.data())
@settings(max_examples=40)
def test_pixels_at_rest_are_left_out_bit_for_bit(data: st.DataObject) -> None:
    """Also in volumes, of few planes and of so many that threads take whole ones."""
    planes, rows = data.draw(st.sampled_from([(1, 20), (3, 6), (17, 3)]))
    columns, seed = data.draw(st.sampled_from([1, 63, 64, 65, 200, 321])), data.draw(st.integers(0, 999))
    generator = np.random.default_rng(seed)
    shape = (rows, columns) if planes == 1 else (planes, rows, columns)
    pixels = generator.integers(60, 140, shape, dtype=np.uint8)
    pixels[..., columns // 2 :] = generator.choice([60, 140])  # much of it comes to rest at once
    mask = None if seed % 2 else generator.random(shape) > 0.2
    image = image_from_array(pixels, axes="zyx"[-len(shape) :], mask=mask)
    near = 8 if planes == 1 else 26
    grid, table = grid_and_table(image, TWO, near, contrast=data.draw(st.booleans()), threads=2)
    strength = data.draw(st.sampled_from([0.5, 3.0]))
    every = without_neighbours(grid, table)
    some, active = every.copy(), all_active(grid)
    left_out = 0
    for _ in range(12):
        left_out += int((active == 0).sum())
        moved = update(every, grid, table, strength)
        assert update(some, grid, table, strength, active=active) == moved
        np.testing.assert_array_equal(some, every)
    assert left_out or columns < 128


def test_masked_pixels_have_no_say() -> None:
    pixels, _ = noisy((12, 15), 3)
    mask = np.random.default_rng(1).random((12, 15)) > 0.3
    mask[4] = False
    wild = np.where(mask, pixels, np.random.default_rng(2).integers(0, 255, pixels.shape)).astype(np.uint8)
    found = []
    for values in (pixels, wild):
        grid, table = grid_and_table(image_from_array(values, mask=mask), TWO)
        q = without_neighbours(grid, table)
        for _ in range(4):
            update(q, grid, table, 3.0)
        assert (q[:, 0][:, ~mask] == 0).all()
        np.testing.assert_allclose(q[:, 0][:, mask].sum(axis=0), 1, atol=1e-5)
        found.append(q[:, 0][:, mask])
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


def test_labels_are_nearly_the_best_of_all() -> None:
    """Of 4 x 4 pixels every labelling can be tried."""
    every = labellings(16, 2)
    lost, lost_alone = [], []
    for seed in range(24):
        strength = (0.3, 0.8, 1.5, 3.0)[seed % 4]
        pixels = np.random.default_rng(seed).integers(70, 130, (4, 4), dtype=np.uint8)
        image = image_from_array(pixels, axes="yx")
        grid, table = grid_and_table(image, TWO, 4)
        joint = table[grid.rows.ravel()].T.astype(np.float64)
        coupling = strength * couplings((4, 4), 1, (1.0, 1.0))
        scores = log_probabilities(every, joint, coupling)
        found = fit_field(histogram(image), grid, TWO, Prior(strength), None, 200, settled=1e-7).q
        shares = found.reshape(2, 16)
        both = log_probabilities(np.stack([shares.argmax(axis=0), joint.argmax(axis=0)]), joint, coupling)
        ours, alone = (scores.max() - both) / (scores.max() - np.median(scores))
        lost.append(ours)
        lost_alone.append(alone)
        if strength < 1:  # then the mean field is near the truth, not only its best labelling
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            np.testing.assert_allclose(shares[1], chances @ every, atol=0.05)
    # the labels that are most probable one by one are not those that are most probable together
    assert np.mean(lost) < 0.03
    assert np.mean(lost) < np.mean(lost_alone) / 3
    assert max(lost) < 0.15


def test_the_bits_do_not_depend_on_threads(china: Array) -> None:
    image = image_from_array(china[:150, :170])
    made = []
    for threads in (1, 2, 5):
        choices = Choices(3, threads=threads)
        counted = histogram(image)
        start = pixture.fit(counted.sample, 3).mixture
        for smooth in ("light", 3.0, "auto"):
            made.append(smoothed(image, counted, start, Spatial(smooth), choices))
    for one, other in zip(made[:3] * 2, made[3:], strict=True):
        assert one is not None
        assert other is not None
        np.testing.assert_array_equal(one.posterior.planes, other.posterior.planes)
        np.testing.assert_array_equal(one.mixture.means, other.mixture.means)
        np.testing.assert_array_equal(one.mixture.covariances, other.mixture.covariances)
        assert one.strength == other.strength


TURNS: dict[str, Callable[[Array], Array]] = {
    "upside down": lambda array: array[::-1],
    "left to right": lambda array: array[:, ::-1],
    "turned": lambda array: np.rot90(array),
    "transposed": lambda array: array.swapaxes(0, 1),
}


@pytest.mark.parametrize("how", TURNS)
def test_turning_the_image_turns_the_labels(how: str, china: Array) -> None:
    turn = TURNS[how]
    pixels = china[100:180, 200:290]

    def found(array: Array) -> tuple[Array, Mixture]:
        image = image_from_array(np.ascontiguousarray(array))
        counted = histogram(image)
        start = pixture.fit(histogram(image_from_array(pixels)).sample, 3).mixture
        near = neighbourhood(8, image.spacing)
        grid = grid_of(counted, near, contrast_weights(image, near))
        floor = counted.sample.variance_floor()
        fitted = fit_field(counted, grid, start, Prior(1.5), floor, 300, settled=1e-6).mixture
        made = fit_field(counted, grid, start, Prior(1.5), None, 300, settled=1e-7)
        return made.q[:, 0], fitted

    (q, mixture), (turned, other) = found(pixels), found(turn(pixels))
    np.testing.assert_allclose(turned, np.stack([turn(plane) for plane in q]), atol=2e-3)
    np.testing.assert_allclose(other.means, mixture.means, rtol=1e-3)


def test_channels_in_another_order_have_the_same_labels(china: Array) -> None:
    pixels = china[60:200, 100:260]
    one = pixture.segment(pixels, 3, smooth=3)
    other = pixture.segment(pixels, smooth=3, init=_permuted(one.fit.mixture))
    again = pixture.segment(
        np.ascontiguousarray(pixels[..., [2, 0, 1]]), smooth=3, init=_permuted(one.fit.mixture, [2, 0, 1])
    )
    ranks = [np.argsort(np.argsort(found.mixture.means[:, at])) for found, at in ((other, 0), (again, 1))]
    assert (ranks[0][other.labels] == ranks[1][again.labels]).mean() > 0.999


def _permuted(mixture: Mixture, channels: list[int] | None = None) -> Mixture:
    order = list(range(mixture.dimension)) if channels is None else channels
    covariances = mixture.covariances[:, order][:, :, order]
    return Mixture(mixture.weights, mixture.means[:, order], covariances, mixture.covariance)


@pytest.mark.parametrize(("smooth", "times"), [("light", 3), (2, 1.6), (4, 3), ("auto", 3)])
def test_the_field_beats_the_plain_mixture_where_neighbours_agree(smooth: Any, times: float) -> None:
    errors = {}
    for name in ("off", smooth):
        wrong = 0.0
        for seed in range(4):
            pixels, truth = noisy((60, 70), seed)
            labels = pixture.segment(pixels, 2, covariance="tied", smooth=name).labels
            wrong += (labels != truth).mean() / 4
        errors[name] = wrong
    assert errors[smooth] < errors["off"] / times, errors


def test_the_strength_of_simulated_labels_is_found() -> None:
    """Labels from a Gibbs sampler of known strength."""
    generator = np.random.default_rng(0)
    shape, strength = (60, 60), 3.0
    near = couplings((3, 3), 2, (1.0, 1.0))[4].reshape(3, 3)
    labels = generator.integers(0, 2, shape)
    for _ in range(60):
        for parity in np.ndindex(2, 2):
            padded = np.pad(labels, 1, constant_values=-1)
            agree = np.array(
                [
                    sum(
                        near[a, b] * (padded[a : a + shape[0], b : b + shape[1]] == k)
                        for a, b in np.ndindex(3, 3)
                    )
                    for k in (0, 1)
                ]
            )
            chance = 1 / (1 + np.exp(-strength * (agree[1] - agree[0])))
            here = tuple(slice(p, None, 2) for p in parity)
            labels[here] = (generator.random(shape) < chance)[here]
    image = image_from_array((labels * 100).astype(np.uint8))
    grid, _ = grid_and_table(image, TWO)
    q = np.stack([labels == 0, labels == 1]).astype(np.float32)[:, None]
    even = np.log([0.5, 0.5])
    chances, found = estimated_prior(some_lines(q, grid), even, 1.0, fixed=False)
    assert found == pytest.approx(strength, rel=0.15)
    # neighbours that agree make labels unequally frequent, of which each is as likely as the other
    np.testing.assert_allclose(np.exp(chances), 0.5, atol=0.1)
    alone = (generator.random(shape) < 0.2).astype(int)
    q = np.stack([alone == 0, alone == 1]).astype(np.float32)[:, None]
    chances, found = estimated_prior(some_lines(q, grid), even, 1.0, fixed=False)
    assert found < 0.5
    np.testing.assert_allclose(np.exp(chances), [0.8, 0.2], atol=0.06)
    np.testing.assert_allclose(
        np.exp(estimated_prior(some_lines(q, grid), even, 0.0, fixed=True)[0]), [0.8, 0.2], atol=0.01
    )
    whole = np.zeros((2, 1, *shape), np.float32)
    whole[0] = 1
    assert estimated_prior(some_lines(whole, grid), even, 1.0, fixed=False)[1] <= STRONGEST


def test_the_moments_are_those_of_the_pixels(china: Array) -> None:
    image = image_from_array(china[:40, :50])
    counted = histogram(image)
    mixture = pixture.fit(counted.sample, 3).mixture
    grid, table = grid_and_table(image, mixture)
    q = without_neighbours(grid, table)
    update(q, grid, table, 2.0)
    weights = weights_of_rows(q, grid, counted.sample.size)
    moments = moments_of_rows(counted.sample, weights, mixture)
    flat, values = q.reshape(3, -1).astype(np.float64), image.rows.astype(np.float64)
    np.testing.assert_allclose(moments.zeroth, flat.sum(axis=1), rtol=1e-4)
    np.testing.assert_allclose(moments.means, flat @ values / flat.sum(axis=1)[:, None], rtol=1e-4)


@given(st.integers(0, 1000))
@settings(max_examples=10)
def test_likeness_is_its_definition(seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (5, 6, 2), dtype=np.uint8)
    image = image_from_array(pixels, axes="yxc")
    near = neighbourhood(8, (1.0, 1.0))
    found = contrast_weights(image, near)
    values = pixels.astype(np.float64)
    steps = [np.square(np.diff(values, axis=axis)).reshape(-1, 2) for axis in (0, 1)]
    usual = np.concatenate(steps).mean(axis=0)
    usual[usual == 0] = 1
    for n, (_, dy, dx) in enumerate(near.offsets):
        for y, x in np.ndindex(5, 6):
            if 0 <= y + dy < 5 and 0 <= x + dx < 6:
                square = (np.square(values[y, x] - values[y + dy, x + dx]) / usual).sum() / 4
                assert abs(int(found[n, 0, y, x]) - (127 + 128 * np.exp(-square))) <= 1


def test_off_is_the_plain_mixture_bit_for_bit(china: Array) -> None:
    pixels = china[::2, ::2]
    counted = histogram(image_from_array(pixels))
    mixture = pixture.fit(counted.sample, 4).ordered(np.array([0.2126, 0.7152, 0.0722])).mixture
    labels = posterior.labels(mixture, counted.sample)
    plain = pixture.segment(pixels, 4, smooth="off")
    np.testing.assert_array_equal(plain.labels, counted.spread(labels, 0))
    none = pixture.segment(pixels, 4, smooth=0)
    for other in (plain, none):
        assert other.smoothing is None
        np.testing.assert_array_equal(plain.labels, other.labels)
        np.testing.assert_array_equal(plain.entropy(), other.entropy())
    light, by_default = pixture.segment(pixels, 4, smooth="light"), pixture.segment(pixels, 4)
    np.testing.assert_array_equal(light.labels, by_default.labels)
    assert light.mixture is light.fit.mixture
    np.testing.assert_array_equal(light.mixture.means, plain.mixture.means)


def test_specks_go(china: Array) -> None:
    pixels, kinds = china[::2, ::2], ("off", "light", 4)
    count = {how: pieces(pixture.segment(pixels, 4, smooth=how).labels) for how in kinds}
    assert count["light"] < 0.6 * count["off"]
    assert count[4] < 0.6 * count["off"]


@pytest.mark.parametrize("smooth", ["light", 3.0])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_all_that_is_said_of_pixels_is_of_the_smoothed_ones(smooth: float | str, dtype: str) -> None:
    pixels, _ = noisy((30, 40), 5)
    values = pixels.astype(dtype) * (1 if dtype != "f4" else np.float32(0.37))
    mask = np.ones(pixels.shape, bool)
    mask[:3, :5] = False
    result = pixture.segment(values, 2, smooth=smooth, mask=mask)
    shares = result.probabilities()
    assert np.isnan(shares[~mask]).all()
    np.testing.assert_allclose(shares[mask].sum(axis=1), 1, atol=2e-3)
    np.testing.assert_array_equal(shares[mask].argmax(axis=1), result.labels[mask])
    assert (result.labels[~mask] == result.masked_label).all()
    np.testing.assert_allclose(np.bincount(result.labels[mask]) / mask.sum(), result.shares)
    q = shares[mask].astype(np.float64)
    np.testing.assert_allclose(result.entropy()[mask], -(q * np.log(q.clip(1e-30))).sum(axis=1), atol=1e-3)
    np.testing.assert_allclose(result.probabilities(1), shares[..., 1])
    for found in result.classes:
        of = values[(result.labels == found.label) & mask].astype(np.float64)
        assert found.pixels == of.size
        assert found.mean[0] == pytest.approx(of.mean(), rel=1e-6)
        assert found.standard_deviation[0] == pytest.approx(of.std(), rel=1e-6)
    low = (q.max(axis=1) < 0.9)[:, None] & (result.labels[mask][:, None] == [0, 1])
    np.testing.assert_allclose(
        result.uncertain_shares(), low.sum(axis=0) / np.bincount(result.labels[mask]), atol=2e-3
    )


@pytest.mark.filterwarnings("ignore::pixture.errors.LabelWithoutPixelsWarning")  # all of one label
@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (2, 2)])
@pytest.mark.parametrize("K", [1, 2])
@pytest.mark.parametrize("smooth", ["light", "auto", 5])
def test_small_images(shape: tuple[int, int], K: int, smooth: Any) -> None:
    pixels = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    if pixels.size < K:
        with pytest.warns(pixture.FewerComponentsWarning):
            labels = pixture.segment(pixels, K, smooth=smooth).labels
    else:
        labels = pixture.segment(pixels, K, smooth=smooth).labels
    assert labels.shape == shape


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"smooth": "lots"}, "smooth must be one of off, light, auto; got 'lots'"),
        ({"smooth": -1}, "smooth must be a finite number of at least 0; got -1"),
        ({"smooth": 2, "neighbours": 6}, "A pixel of an image has 4 or 8 neighbours; got 6"),
    ],
)
def test_what_is_refused(choices: dict[str, Any], said: str) -> None:
    with pytest.raises(ChoiceError, match=said):
        pixture.segment(np.arange(64, dtype=np.uint8).reshape(8, 8), 2, **choices)


def test_the_command_smooths(tmp_path: Path) -> None:
    pixels, _ = noisy((60, 70), 1)
    PIL.Image.fromarray(pixels).save(tmp_path / "a.png")
    run = CliRunner().invoke(
        app,
        [
            "segment",
            str(tmp_path / "a.png"),
            "-k",
            "2",
            "--smooth",
            "3",
            "-o",
            str(tmp_path / "out"),
            "--report",
        ],
    )
    assert run.exit_code == 0, run.output
    assert "smoothed (strength 3, 8 neighbours), which cost" in run.stderr + run.stdout
    said = json.loads((tmp_path / "out" / "a.json").read_text())["smoothing"]
    assert (said["method"], said["strength"], said["neighbours"]) == ("field", 3.0, 8)
    assert said["log_likelihood_per_pixel"] < 0
    expected = pixture.segment(tmp_path / "a.png", 2, smooth=3)
    labels = np.asarray(PIL.Image.open(tmp_path / "out" / "a.labels.png"))
    np.testing.assert_array_equal(labels, expected.labels)
    assert "smoothed (strength 3" in (tmp_path / "out" / "a.report.html").read_text()
    refused = CliRunner().invoke(app, ["segment", str(tmp_path / "a.png"), "--smooth", "much"])
    assert refused.exit_code == 2
    assert "'much' is neither a number nor one of off, light, auto" in refused.stderr


def test_a_given_mixture_stays_and_neighbours_agree() -> None:
    pixels, truth = noisy((60, 70), 2)
    plain, smooth = (pixture.apply(TWO, pixels, smooth=how) for how in ("off", 4))
    assert smooth.mixture is TWO
    assert (smooth.labels != truth).mean() < (plain.labels != truth).mean() / 3
