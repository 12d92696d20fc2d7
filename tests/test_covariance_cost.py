"""What whole covariances would take is known before they are estimated, and what takes little is done."""

from __future__ import annotations

import numpy as np
import pytest

import pixture
from pixture import ChoiceError, WeightedSample, segment
from pixture.imaging.image_from_array import image_from_array
from pixture.mixture.model.covariance_cost import in_proportion, refuse_what_is_out_of_proportion
from pixture.mixture.model_selection.compare_components import select_sample
from pixture.options.fitting import Choices
from pixture.segmentation.cost_estimate import cost


def many(channels: int) -> pixture.Image:
    """Sixteen pixels of very many channels: two kinds of them, side by side."""
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 60, (4, 4, channels), dtype=np.uint8)
    pixels[:, 2:] += 150
    return image_from_array(pixels, axes="yxc")


@pytest.mark.parametrize("covariance", ["full", "tied"])
def test_whole_covariances_of_thousands_of_channels_are_refused(covariance: str) -> None:
    sentence = rf"{covariance} covariances of 4 components in 3,000 channels would take about 4\.3 GB"
    with pytest.raises(ChoiceError, match=sentence + r".*from 16 rows.*--covariance diagonal"):
        segment(many(3000), 4, covariance=covariance)  # type: ignore[arg-type]  # a parametrized string
    sample = WeightedSample(many(3000).rows)
    with pytest.raises(ChoiceError, match="covariances of 3 components"):
        # a parametrized string
        select_sample(sample, range(1, 4), ["diagonal", covariance])  # type: ignore[list-item]  # any str, by parametrize


@pytest.mark.parametrize("covariance", ["diagonal", "spherical"])
@pytest.mark.parametrize("init", ["kmeans++", "quantiles", "random"])
def test_variances_of_thousands_of_channels_are_estimated(covariance: str, init: str) -> None:
    # a parametrized string
    found = segment(many(3000), 2, covariance=covariance, init=init)  # type: ignore[arg-type]  # any str, by parametrize
    if init != "random":
        np.testing.assert_array_equal(found.labels, np.repeat([[0, 0, 1, 1]], 4, axis=0))
    assert np.isfinite(found.fit.history).all()


def test_the_cost_says_which_covariances_it_is_of() -> None:
    assert cost(many(3000), Choices(4)).covariance == "diagonal"
    assert cost(many(30), Choices(4)).covariance == "full"


@pytest.mark.parametrize(
    ("rows", "channels", "components"),
    [(16, 400, 4), (95 * 95, 156, 8), (512 * 614, 224, 12), (2000, 300, 8), (6, 3, 4)],
)
def test_ordinary_hyperspectral_images_go_through(rows: int, channels: int, components: int) -> None:
    sample = WeightedSample(np.broadcast_to(np.float32(1), (min(rows, 10_000), channels)))
    refuse_what_is_out_of_proportion(sample, components, "full")
    assert in_proportion(sample, components, "tied")
