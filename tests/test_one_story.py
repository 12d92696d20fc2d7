"""The curve, the animation, the report, the line in the terminal and the record speak of one fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture import Segmentation
from pixture.arrays import Array
from pixture.cli import app
from pixture.view.output.save_segmentation import record
from pixture.view.plots import plot_convergence
from pixture.view.report import report_html
from pixture.view.terminal.result_lines import result_line
from pixture.wording import signed


def image_of(seed: int, channels: int, kind: str) -> Array:
    """Patches of a few colours with noise, whose classes overlap more or less."""
    generator = np.random.default_rng(seed)
    colours = generator.uniform(30, 220, (4, channels))
    patches = generator.integers(0, 4, (5, 6)).repeat(9, axis=0).repeat(9, axis=1)
    noise = generator.normal(0, generator.uniform(2, 25), (*patches.shape, channels))
    values = (colours[patches] + noise).clip(0, 255)
    return (values if channels > 1 else values[..., 0]).astype(kind)


def assert_one_story(result: Segmentation) -> None:
    fit = result.fit
    value = fit.log_likelihood
    said = record(result)
    assert said["log_likelihood_per_pixel"] == said["steps"][-1]["log_likelihood_per_pixel"] == value
    assert said["iterations"] == fit.iterations == said["steps"][-1]["iteration"]
    # the number is that of all pixels under the mixture that is reported
    moments = fit.summarise(result.mixture)
    assert moments.log_likelihood / moments.zeroth.sum() == pytest.approx(
        value, rel=1e-6
    )  # float32 sums by their order
    rising = plot_convergence(fit).panels[0].lines[0]
    assert np.asarray(rising.get_ydata())[-1] == value
    assert np.asarray(rising.get_xdata())[-1] == fit.iterations
    animation = result.animate()
    iteration, likelihood = animation.captions[-1]
    assert iteration.startswith(f"EM iteration {fit.iterations} of {fit.iterations}")
    assert likelihood.endswith(signed(f"{value:.4f}"))
    line = result_line("image.png", result, "here")
    assert f"log-likelihood {value:.4f}/px" in line
    assert f"{fit.iterations} iteration" in line
    assert result.record().fit is fit


@given(st.integers(0, 10_000), st.sampled_from([1, 2, 3]), st.sampled_from(["u1", "f4"]), st.integers(1, 5))
@settings(max_examples=15)
def test_all_that_shows_a_fit_shows_the_same_fit(seed: int, channels: int, kind: str, K: int) -> None:
    pixels = pixture.image_from_array(image_of(seed, channels, kind), axes="yxc"[: 2 + (channels > 1)])
    assert_one_story(pixture.segment(pixels, K, seed=seed))


@pytest.mark.parametrize("channels", [1, 3])
def test_also_where_the_image_says_how_many(channels: int) -> None:
    result = pixture.segment(image_of(1, channels, "u1"), "auto")
    assert_one_story(result)
    assert result.selection is not None
    assert result.fit.iterations > 0


@pytest.mark.parametrize("components", [4, "auto"])
@pytest.mark.parametrize("grey", [False, True])
def test_also_on_a_photograph(china: Array, components: int, grey: bool) -> None:
    pixels = china[::2, ::2]
    assert_one_story(pixture.segment(pixels[..., 1] if grey else pixels, components))


def test_the_command_its_record_and_its_report_agree(tmp_path: Path) -> None:
    PIL.Image.fromarray(image_of(3, 3, "u1")).save(tmp_path / "a.png")
    told = CliRunner().invoke(
        app, ["segment", str(tmp_path / "a.png"), "-k", "3", "--report", "-o", str(tmp_path)]
    )
    assert told.exit_code == 0, told.output
    said = json.loads((tmp_path / "a.json").read_text())
    value = said["log_likelihood_per_pixel"]
    assert f"log-likelihood {value:.4f}/px" in told.output
    page = (tmp_path / "a.report.html").read_text()
    assert page.count(signed(f"{value:.4f}")) >= 4  # summary, table, curve, last frame


def test_where_nothing_was_fitted_there_is_no_curve(tmp_path: Path) -> None:
    pixels = image_of(5, 3, "u1")
    applied = pixture.apply(pixture.segment(pixels, 3).mixture, pixels)
    paths = applied.save(tmp_path, stem="a")
    assert not [path for path in paths if "convergence" in path.name]
    assert record(applied)["iterations"] == 0
    assert b"no way to it" in report_html(applied)
    assert "mixture given" in result_line("a.png", applied, "here")
    assert f"{applied.fit.log_likelihood:.4f}/px" in result_line("a.png", applied, "here")


def test_a_curve_of_another_run_is_warned_of(tmp_path: Path) -> None:
    PIL.Image.fromarray(image_of(5, 3, "u1")).save(tmp_path / "a.png")
    for arguments in (
        ["segment", "a.png", "-k", "3"],
        ["fit", "a.png", "-k", "3", "-o", "model"],
        ["apply", "model", "a.png", "--overwrite"],
    ):
        given_paths = [str(tmp_path / each) if each in ("a.png", "model") else each for each in arguments]
        where = [] if "-o" in arguments else ["-o", str(tmp_path / "out")]
        told = CliRunner().invoke(app, [*given_paths, *where])
        assert told.exit_code == 0, told.output
    assert "a.convergence.png is there from another run" in told.output
