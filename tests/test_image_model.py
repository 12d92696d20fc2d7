"""One mixture for many images: fitted to all of them, saved, and applied to others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture import Choices, ImageError, Mixture, ReadError, apply, fit_images, image_from_array, segment
from pixture.arrays import Array
from pixture.segmentation.many_images.image_model import ImageModel
from pixture.segmentation.many_images.pooled_histogram import pooled
from tests import reference
from tests.strategies import images


@given(images(), st.integers(1, 4))
def test_pooled_values_are_those_of_all_pixels(image: Array, parts: int) -> None:
    pieces = [piece for piece in np.array_split(image, parts) if piece.size]
    sample = pooled(image_from_array(piece, axes="yx" if image.ndim == 2 else "yxc") for piece in pieces)
    values, counts = reference.distinct(image, None)
    rows, row_of = np.unique(sample.values, axis=0, return_inverse=True)
    np.testing.assert_array_equal(rows, values)
    np.testing.assert_array_equal(np.bincount(row_of.ravel(), sample.weights), counts)
    assert sample.resolution == 1


def test_values_of_several_images_become_one_row(china: Array) -> None:
    whole = pooled([image_from_array(china)])
    twice = pooled(image_from_array(half) for half in (china[:200], china[200:], china))
    assert twice.size == whole.size
    assert twice.total_weight == 2 * whole.total_weight


def test_one_image_in_pieces_is_the_image(china: Array) -> None:
    choices = Choices(3, accelerate=False)
    model = fit_images([china[:200], china[200:]], **choices.as_dict())
    whole = segment(china, 3, accelerate=False)
    assert model.mixture.components == 3
    pieces = np.concatenate([apply(model, china[:200]).labels, apply(model, china[200:]).labels])
    # another order of the rows makes another start: the same optimum, within the tolerance
    assert (pieces == whole.labels).mean() > 0.95
    assert model.facts["pixels"] == china.shape[0] * china.shape[1]


def test_what_was_fitted_is_what_is_applied(china: Array, flower: Array, tmp_path: Path) -> None:
    model = fit_images([china, flower], 4)
    again = ImageModel.load(model.save(tmp_path / "both.pixture"))
    np.testing.assert_array_equal(again.mixture.means, model.mixture.means)
    assert (again.dtype, again.facts) == (model.dtype, model.facts)
    one, other = apply(model, china), apply(again, china)
    np.testing.assert_array_equal(one.labels, other.labels)
    assert one.fit.stop.name == "GIVEN"
    assert one.fit.iterations == 0
    assert np.isfinite(one.fit.log_likelihood)
    luminance = one.mixture.means @ image_from_array(china).lightness
    assert (np.diff(luminance) > 0).all()
    assert Mixture.load(tmp_path / "both.pixture").components == 4
    masked = apply(model, china, mask=np.eye(427, 640))
    assert masked.shares.sum() == pytest.approx(1)


def test_what_does_not_agree_is_refused(china: Array, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no image"):
        fit_images([])
    with pytest.raises(ImageError, match="must agree"):
        fit_images([china, china[..., 0]])
    with pytest.raises(ImageError, match="must agree"):
        fit_images([china, china.astype(np.uint16)])
    model = fit_images([china], 2)
    with pytest.raises(ImageError, match="1 channel, the model 3"):
        apply(model, china[..., 0])
    with pytest.raises(ImageError, match="uint16, the model was fitted to uint8"):
        apply(model, china.astype(np.uint16))
    assert apply(model.mixture, china.astype(np.uint16)).labels.shape == china.shape[:2]
    path = tmp_path / "a.png"
    PIL.Image.fromarray(china).save(path)
    with pytest.raises(ReadError, match="not a model"):
        ImageModel.load(path)
