"""One way in: public functions take the same sources and keywords; what is refused says what would work."""

from __future__ import annotations

import inspect
import io
import pickle
import warnings
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import xarray

import pixture
from pixture.errors import PixtureWarning

GENERATOR = np.random.default_rng(0)
GREY = (GENERATOR.integers(0, 2, (24, 30)) * 150 + GENERATOR.integers(0, 20, (24, 30))).astype(np.uint8)
TABLE = GENERATOR.normal(size=(300, 2))
COLOUR = np.stack([GREY, GREY // 2, 255 - GREY], axis=-1)


# every worker reads this file, and most run none of its tests: made here, each would compile the kernels anew
@cache
def model() -> pixture.ImageModel:
    return pixture.fit_images([GREY], 2)


@cache
def segmented() -> pixture.Segmentation:
    return pixture.segment(GREY, 2)


@cache
def counted() -> pixture.Histogram:
    return pixture.histogram(GREY)


def made(value: Any) -> Any:
    """Return what stands for a result made; anything else as it is."""
    return value() if any(value is function for function in (model, segmented, counted)) else value


OF_AN_IMAGE: dict[str, Callable[..., Any]] = {
    "segment": lambda image, **more: pixture.segment(image, 2, **more).labels,
    "histogram": lambda image, **more: pixture.histogram(image, **more).sample.weights,
    "select": lambda image, **more: pixture.select(image, [1, 2], **more).best.mixture.means,
    "regions": lambda image, **more: pixture.regions(image, **more).labels,
    "fit_images": lambda image, **more: pixture.fit_images(image, 2, **more).mixture.means,
    "apply": lambda image, **more: pixture.apply(model(), image, **more).labels,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    PIL.Image.fromarray(GREY).save(folder / "a.png")
    PIL.Image.fromarray(GREY[::-1]).save(folder / "b.png")
    return folder


@pytest.mark.parametrize("name", OF_AN_IMAGE)
def test_every_function_takes_every_kind_of_image(name: str, files: Path) -> None:
    of = OF_AN_IMAGE[name]
    expected = of(GREY)
    with PIL.Image.open(files / "a.png") as picture:
        sources = [
            files / "a.png",
            str(files / "a.png"),
            picture,
            pixture.read(files / "a.png"),
            xarray.DataArray(GREY, dims=("y", "x")),
            pixture.image_from_array(GREY),
        ]
        for source in sources:
            np.testing.assert_array_equal(of(source), expected)


@pytest.mark.parametrize("name", OF_AN_IMAGE)
def test_every_function_takes_the_same_masks(name: str, files: Path) -> None:
    of, mask = OF_AN_IMAGE[name], GREY > 80
    expected = of(GREY, mask=mask)
    for same in (mask.astype(np.uint8) * 255, mask.tolist(), pixture.image_from_array(mask)):
        np.testing.assert_array_equal(of(GREY, mask=same), expected)
    np.testing.assert_array_equal(of(GREY, mask=files / "a.png", mask_threshold=81), expected)


@pytest.mark.parametrize("name", [name for name in OF_AN_IMAGE if name != "fit_images"])
@pytest.mark.parametrize(
    "several", [["a.png", "b.png"], (GREY, GREY), iter([GREY]), np.stack([COLOUR] * 4)], ids=type
)
def test_several_images_are_led_to_fit_images(name: str, several: Any) -> None:
    with pytest.raises(pixture.ImageError, match=r"pixture\.fit_images\(images\)"):
        OF_AN_IMAGE[name](several)


OF_ONE_IMAGE = {
    field.name
    for options in (pixture.Spatial, pixture.Guidance, pixture.Scan, pixture.FeatureChoice, pixture.Times)
    for field in fields(options)
}
"""What is asked of the labels of one image, or of its places, which a model has none of."""


def test_fit_images_takes_what_segment_takes(files: Path) -> None:
    asked = [name for name in inspect.signature(pixture.segment).parameters if name not in OF_ONE_IMAGE]
    assert asked[1:] == list(inspect.signature(pixture.fit_images).parameters)[1:]
    paths = sorted(files.glob("*.png"))

    def one_after_the_other() -> Iterator[Path]:
        yield from paths

    expected = pixture.fit_images(paths, 2).mixture.means
    for same in (
        one_after_the_other(),
        tuple(map(str, paths)),
        np.stack([np.repeat(GREY[..., None], 1, 2)] * 2),
    ):
        np.testing.assert_allclose(pixture.fit_images(same, components=2).mixture.means, expected)
    with pytest.raises(pixture.ChoiceError, match=r"\*\*choices\.as_dict\(\)"):
        pixture.fit_images(paths, pixture.Choices(2))  # type: ignore[arg-type]  # is refused
    with pytest.raises(pixture.ChoiceError, match=r"pixture\.select\(image\)"):
        pixture.fit_images(paths, "auto")  # type: ignore[arg-type]  # is refused
    with pytest.raises(pixture.ImageError, match="matches no file"):
        pixture.fit_images([], 2)
    with pytest.raises(pixture.ImageError, match=r"images\.values\(\)"):
        pixture.fit_images({"a": GREY}, 2)
    with pytest.raises(pixture.ImageError, match="looks as if"):
        pixture.fit_images(np.stack([GREY] * 4), 2)


@pytest.mark.parametrize(
    ("components", "said"),
    [
        (0, 'or "auto".*got 0'),
        ("4", r"got '4'\. Give components=4\."),
        (4.0, r"Give components=4\."),
        (np.float32(4), r"Give components=4\."),
        ("four", '"auto"'),
        (None, '"auto".*got None'),
        (True, "got True"),
        ([2, 3], r"pixture\.select"),
        (range(1, 4), r"pixture\.select"),
        (pixture.Choices(2), r"got Choices\(components=2\)"),
    ],
)
def test_a_number_of_components_that_is_none_leads_to_auto(components: Any, said: str) -> None:
    with pytest.raises(pixture.ChoiceError, match=said):
        pixture.segment(GREY, components)


@pytest.mark.parametrize("auto", ["auto", "AUTO"])
def test_auto_and_numpy_s_numbers_are_understood(auto: Any) -> None:
    assert pixture.segment(GREY, auto).selection is not None
    two = pixture.segment(GREY, np.int64(2))  # type: ignore[arg-type]  # NumPy's are understood
    assert two.mixture.components == 2
    assert pixture.select(GREY, auto).candidates[0].components == 1


@pytest.mark.parametrize(
    ("given", "understood"), [("diag", "diagonal"), ("Full", "full"), ("SPHERICAL", "spherical")]
)
def test_names_of_covariances_are_understood(given: Any, understood: str) -> None:
    assert pixture.Choices(covariance=given).covariance == understood


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"covariance": "diagonol"}, "Did you mean 'diagonal'"),
        ({"init": "quantile"}, "Did you mean 'quantiles'"),
        ({"init": model}, r"Give its mixture: init=….mixture"),
        ({"init": "given"}, "starting mixture go together"),
        ({"seed": "0"}, r"Give seed=0\."),
        ({"seed": np.random.default_rng(0)}, "got Generator"),
        ({"tol": np.zeros((40, 40))}, r"got an ndarray of shape \(40, 40\)"),
        ({"mask": GREY, "mask_threshold": "128"}, "finite number; got '128'"),
    ],
)
def test_a_choice_that_is_refused_says_what_would_work(choice: Any, said: str) -> None:
    with pytest.raises(pixture.ChoiceError, match=said):
        pixture.segment(GREY, 2, **{name: made(value) for name, value in choice.items()})


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.where(GREY > 80), "not the places of pixels"),
        (np.argwhere(GREY > 80), "If these are the places of pixels"),
        ((slice(2, 5), slice(3, 9)), "not the places of pixels"),
        (GREY.T, r"mask\.T"),
        (GREY[:5], "they must agree"),
        (128, "mask=array > value"),
        (False, "mask=array > value"),
        (np.zeros_like(GREY), "leaves no pixel"),
        (segmented, r"\.labels"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),  # an address would be another in each worker
)
def test_a_mask_that_is_none_says_how_to_make_one(mask: Any, said: str) -> None:
    with pytest.raises(pixture.ImageError, match=said):  # and not a warning, which would be an error here
        pixture.segment(GREY, 2, mask=made(mask))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (7, "7 is not an image"),
        (pixture.segment, "is not an image"),
        (model, r"pixture\.apply\(model, image\)"),
        (segmented, r"give its \.image"),
        (pixture.WeightedSample(TABLE), r"pixture\.fit\(sample\)"),
        (io.BytesIO(b"x"), r"PIL\.Image\.open"),
        (b"x", "1 bytes"),
        ({"a": GREY}, "dict is not an image"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_image_says_what_would_be(source: Any, said: str) -> None:
    with pytest.raises(pixture.ImageError, match=said):
        pixture.segment(made(source))


@pytest.mark.parametrize("function", [pixture.fit, pixture.record])
@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ("a.png", r"pixture\.histogram\(image\)\.sample"),
        (pixture.image_from_array(GREY), r"pixture\.segment\(image\)"),
        (counted, r"Give its \.sample"),
        (segmented, r"Give its \.histogram\.sample"),
        (COLOUR, "as a table"),
        (None, "got None"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_rows_that_are_none_say_what_would_be(function: Any, sample: Any, said: str) -> None:
    with pytest.raises(pixture.SampleError, match=said):
        function(made(sample), 2)
    with pytest.raises(pixture.ChoiceError, match=r"pixture\.select"):
        function(TABLE, "auto")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (["a.png"], "for path in paths|for p in paths"),
        (b"a.png", "fsdecode"),
        (GREY, r"is read already"),
        (io.BytesIO(), "open file"),
        (None, "got None"),
        ("*.png", "glob"),
        ("~/no such file.png", "expanduser"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_read_says_what_it_takes(path: Any, said: str) -> None:
    with pytest.raises(pixture.ReadError, match=said):
        pixture.read(path)


def test_apply_takes_a_file_and_says_what_else(tmp_path: Path) -> None:
    path = model().save(tmp_path / "model")
    expected = pixture.apply(model(), GREY).labels
    np.testing.assert_array_equal(pixture.apply(path, GREY).labels, expected)
    np.testing.assert_array_equal(pixture.apply(str(path), GREY).labels, expected)
    for other, said in ((pixture.segment(GREY, 2), r"Give its \.mixture"), (GREY, "model comes first")):
        with pytest.raises(pixture.ChoiceError, match=said):
            pixture.apply(other, GREY)  # type: ignore[arg-type]  # is refused


def test_results_are_evaluated_as_their_labels_are() -> None:
    result = pixture.segment(GREY, 2)
    assert (
        pixture.evaluate(result, result).summary() == pixture.evaluate(result.labels, result.labels).summary()
    )
    with pytest.raises(pixture.ImageError, match="one after the other"):
        pixture.evaluate([result.labels] * 2, result.labels)
    with pytest.raises(pixture.ImageError, match="astype"):
        pixture.evaluate(result.labels.astype(float), result.labels)


@pytest.mark.parametrize("name", ["out.png", "sub/out.JPG", "out.html"])
def test_a_set_of_files_is_not_saved_as_one(name: str, tmp_path: Path) -> None:
    for result in (pixture.segment(GREY, 2), pixture.regions(GREY)):
        with pytest.raises(pixture.WriteError, match="a set of files goes into a folder"):
            result.save(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_folder_that_is_called_as_a_file_is_one(tmp_path: Path) -> None:
    (tmp_path / "out.png").mkdir()
    assert pixture.segment(GREY, 2).save(tmp_path / "out.png")
    assert pixture.segment(GREY, 2).save(tmp_path / "2026.11")


@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        ("k", r"Give components=\.\.\."),
        ("n_components", r"Give components=\.\.\."),
        ("random_state", r"Give seed=\.\.\."),
        ("n_jobs", r"Give threads=\.\.\."),
        ("component", "Did you mean 'components'"),
        ("covarience", "Did you mean 'covariance'"),
        ("Mask", r"Give mask=\.\.\."),
        ("zzz", "It has image, components"),
    ],
)
def test_an_unknown_argument_says_which_was_meant(keyword: str, said: str) -> None:
    with pytest.raises(TypeError, match=said) as refused:
        pixture.segment(GREY, **{keyword: 2})  # type: ignore[arg-type]  # is refused
    assert isinstance(refused.value, pixture.KeywordError)


def test_too_many_arguments_say_how_to_name_them() -> None:
    with pytest.raises(pixture.KeywordError, match=r"takes 1 argument .*\(image\).*regions=, detail="):
        pixture.regions(GREY, 3)  # type: ignore[call-arg]  # is refused


def test_missing_arguments_are_shown_in_a_call() -> None:
    with pytest.raises(pixture.KeywordError, match=r"needs images: fit_images\(images, \.\.\.\)"):
        pixture.fit_images(components=4)  # type: ignore[call-arg]  # is refused
    with pytest.raises(pixture.KeywordError, match=r"needs model and image: apply\(model, image, \.\.\.\)"):
        pixture.apply()  # type: ignore[call-arg]  # is refused


def test_public_functions_stay_what_they_are() -> None:
    from pixture.segmentation.segment import segment

    assert inspect.signature(pixture.segment) == inspect.signature(segment)
    assert pixture.segment.__doc__ == segment.__doc__
    assert pickle.loads(pickle.dumps(pixture.segment)) is pixture.segment


def test_a_warning_stands_at_the_line_that_called() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PixtureWarning)
        pixture.segment(GREY, 2, mask=GREY)
        pixture.fit(np.zeros((9, 1)), 2)
        pixture.image_from_array(np.array([[np.nan, 1.0]]))
    assert len(caught) == 3
    assert {warning.filename for warning in caught} == {__file__}


def test_rows_are_diagnosed_and_merged_as_they_are_fitted() -> None:
    mixture = pixture.fit(TABLE, 2).mixture
    sample = pixture.WeightedSample(TABLE)
    assert pixture.diagnose(mixture, TABLE) == pixture.diagnose(mixture, sample, sample.variance_floor())
    merged = pixture.merge_components(mixture, TABLE)
    assert merged.total_weight == pixture.merge_components(mixture, sample).total_weight
    with pytest.raises(pixture.SampleError, match=r"pixture\.histogram\(image\)\.sample"):
        pixture.diagnose(mixture, "a.png")
