"""Models on disk that are damaged, or hold what none holds: refused in a sentence, or the same content."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from pixture import (
    BayesianGaussianMixture,
    GaussianMixture,
    Mixture,
    ReadError,
    TMixture,
    apply,
    fit_images,
)
from pixture.arrays import Array
from pixture.model_file import FORMAT, checksum, read_model
from pixture.segmentation.many_images.image_model import ImageModel

PIXELS = np.repeat(np.array([[10, 12, 200, 203]], np.uint8), 6, axis=0)
POINTS = np.random.default_rng(0).normal(0, 1, (40, 2)) + np.repeat([[0, 0], [9, 9]], 20, axis=0)

ESTIMATORS: dict[str, Callable[[], Any]] = {
    "gaussian": lambda: GaussianMixture(2, random_state=0).fit(POINTS),
    "noise": lambda: GaussianMixture(2, noise="uniform", random_state=0).fit(POINTS),
    "stream": lambda: GaussianMixture(2, random_state=0).partial_fit(POINTS),
    "bayesian": lambda: BayesianGaussianMixture(n_components=2, random_state=0).fit(POINTS),
    "student": lambda: TMixture(2, random_state=0).fit(POINTS),
}


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return fit_images([PIXELS], 2).save(tmp_path_factory.mktemp("models") / "a").read_bytes()


@pytest.fixture(scope="module")
def estimator_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("estimators")
    return {name: make().to_file(folder / name).read_bytes() for name, make in ESTIMATORS.items()}


def image_model(content: bytes) -> ImageModel | str:
    """The model in a file with this content, or what is said of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(content)
        found: ImageModel | str = loaded(path, ImageModel.load)
        return found


def loaded(path: Path, load: Callable[[Path], Any]) -> Any:
    try:
        return load(path)
    except ReadError as error:
        said = str(error)
        assert said.startswith(f"{path}: ")
        assert said.endswith(".")
        assert "\n" not in said
        return said


def bits(model: ImageModel) -> tuple[bytes, ...]:
    mixture = model.mixture
    return (
        *(array.tobytes() for array in (mixture.weights, mixture.means, mixture.covariances)),
        json.dumps([mixture.covariance, model.dtype, model.facts], sort_keys=True).encode(),
    )


def test_no_flipped_bit_passes_unnoticed(model_file: bytes, tmp_path: Path) -> None:
    """Each byte with one of its bits changed, each bit of it somewhere: refused, or the same content."""
    path = tmp_path / "a"
    path.write_bytes(model_file)
    whole = bits(ImageModel.load(path))
    header = int.from_bytes(model_file[:8], "little") + 8
    generator = np.random.default_rng(0)
    for at in range(len(model_file)):
        content = bytearray(model_file)
        content[at] ^= 1 << int(generator.integers(8))
        path.write_bytes(content)
        found = loaded(path, ImageModel.load)
        if isinstance(found, ImageModel):
            assert at < header, "a number was changed"
            assert bits(found) == whole
    for at in range(header, len(model_file)):  # the numbers: every bit
        for bit in range(8):
            content = bytearray(model_file)
            content[at] ^= 1 << bit
            path.write_bytes(content)
            assert "the checksum differs" in str(loaded(path, Mixture.load))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_nor_in_an_estimator_s_file(name: str, estimator_files: dict[str, bytes], tmp_path: Path) -> None:
    content = estimator_files[name]
    path, cls = tmp_path / "a", type(ESTIMATORS[name]())
    generator = np.random.default_rng(1)
    for at in generator.choice(len(content), 250, replace=False):
        changed = bytearray(content)
        changed[at] ^= 1 << int(generator.integers(8))
        path.write_bytes(changed)
        found = loaded(path, cls.from_file)
        if not isinstance(found, str):  # the last digit of a number, say, which is rounded to the same
            assert found.to_file(tmp_path / "b", overwrite=True).read_bytes() == content


def rewritten(content: bytes, change: Callable[[dict[str, Any], dict[str, Array]], object]) -> bytes:
    """A file whose header and arrays are changed, and whose checksum is right."""
    arrays = safetensors.numpy.load(content)
    length = int.from_bytes(content[:8], "little")
    header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["pixture"])
    header.pop("sha256", None)
    change(header, arrays)
    if header.get("format") != 1 and "sha256" not in header:
        header["sha256"] = checksum(header, arrays)
    return safetensors.numpy.save(arrays, {"pixture": json.dumps(header)})


def test_files_of_the_first_format_are_read(model_file: bytes) -> None:
    old = rewritten(model_file, lambda header, arrays: header.update(format=1))
    found, new = image_model(old), image_model(model_file)
    assert isinstance(found, ImageModel)
    assert isinstance(new, ImageModel)
    assert bits(found) == bits(new)
    assert apply(found, PIXELS).labels.tolist() == apply(new, PIXELS).labels.tolist()


def test_a_checksum_is_not_left_out(model_file: bytes) -> None:
    for there, said in ((None, "checksum is missing"), ("", "checksum differs"), ([1], "checksum differs")):

        def change(header: dict[str, Any], arrays: dict[str, Array], there: object = there) -> None:
            header["sha256"] = there

        assert said in str(image_model(rewritten(model_file, change)))
    newer = rewritten(model_file, lambda header, arrays: header.update(format=FORMAT + 1))
    assert "Install a newer one" in str(image_model(newer))


def test_another_layout_of_the_same_content_is_the_same(model_file: bytes) -> None:
    """Another program may write the header's keys in another order."""

    def reversed_keys(header: dict[str, Any], arrays: dict[str, Array]) -> None:
        items = list(header.items())[::-1]
        header.clear()
        header.update(items)

    found, whole = image_model(rewritten(model_file, reversed_keys)), image_model(model_file)
    assert isinstance(found, ImageModel)
    assert isinstance(whole, ImageModel)
    assert bits(found) == bits(whole)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FACTS = (
    "covariance", "dtype", "fit", "fit.choices", "fit.iterations", "fit.stop", "fit.log_likelihood_per_pixel",
    "fit.distinct_values", "fit.pixels", "fit.images", "fit.unknown", "unknown",
)  # fmt: skip


@pytest.mark.parametrize("fact", FACTS)
@given(value=anything)
@settings(max_examples=15)
def test_anything_in_the_place_of_a_fact(model_file: bytes, fact: str, value: Any) -> None:
    def change(header: dict[str, Any], arrays: dict[str, Array]) -> None:
        (header["fit"] if fact.startswith("fit.") else header)[fact.removeprefix("fit.")] = value

    found = image_model(rewritten(model_file, change))
    if isinstance(found, ImageModel):
        assert apply(found, PIXELS.astype(found.dtype or "uint8")).labels.shape == (6, 4)
        json.dumps(found.facts, allow_nan=False)
        with tempfile.TemporaryDirectory() as folder:  # and it can be saved, and is what it was
            again = ImageModel.load(found.save(Path(folder) / "b"))
        assert (again.dtype, again.facts) == (found.dtype, found.facts)


@pytest.mark.parametrize(
    ("fact", "value", "said"),
    [
        ("fit", 3, "its fit is 3; expected facts by name"),
        ("fit", [1], r"its fit is [1]; expected facts by name"),
        ("dtype", "complex64", 'its dtype is "complex64"; expected one of float32'),
        ("dtype", 3, "its dtype is 3"),
        ("fit.images", ["a.png"], "expected a list of paths"),
        ("fit.iterations", True, "its iterations is true; expected a number of iterations"),
        ("fit.pixels", float("nan"), "its pixels is NaN; expected a number of pixels"),
        ("fit.more", [float("inf")], "is not finite"),
    ],
)
def test_facts_that_are_none_are_named(model_file: bytes, fact: str, value: object, said: str) -> None:
    def change(header: dict[str, Any], arrays: dict[str, Array]) -> None:
        (header["fit"] if fact.startswith("fit.") else header)[fact.removeprefix("fit.")] = value

    assert said in str(image_model(rewritten(model_file, change)))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("means", [[np.nan], [1.0]], "must be finite"),
        ("means", [[1e302], [1.0]], "a mean is 1e+302, where uint8 pixels cannot be"),
        ("means", [[-3.0], [1.0]], "a mean is -3, where uint8 pixels cannot be"),
        ("means", [[0.0]], "weights must be (1,)"),
        ("covariances", [[[-1.0]], [[1.0]]], "not positive definite"),
        ("covariances", [[[np.inf]], [[1.0]]], "must be finite"),
        ("covariances", [1.0, 1.0], "must be (2, 1, 1)"),
        ("weights", [0.0, 0.0], "sum to"),
        ("weights", [2.0, -1.0], "not negative"),
        ("weights", [np.nan, 1.0], "must be finite"),
    ],
)
def test_numbers_that_are_no_mixture_s(model_file: bytes, name: str, value: Any, said: str) -> None:
    changed = rewritten(model_file, lambda header, arrays: arrays.update({name: np.array(value)}))
    assert said in str(image_model(changed))


def test_the_models_that_were_reported(data: Path) -> None:
    folder = data / "hostile" / "reported"
    if not folder.is_dir():
        pytest.skip("the reported files are not there")
    said = {path.stem: loaded(path, ImageModel.load) for path in sorted(folder.glob("model_*.pixture"))}
    assert "its fit is 3; expected facts by name" in said["model_fitint"]
    assert "its fit is [1]; expected facts by name" in said["model_fitlist"]
    assert "where uint8 pixels cannot be" in said["model_hugemeans"]


# --- estimators


def leaves(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places in a header where something could stand instead, at any depth."""
    here = [at] if at else []
    if isinstance(value, dict):
        return here + [place for key, item in value.items() for place in leaves(item, (*at, key))]
    if isinstance(value, list):
        return here + [place for key, item in enumerate(value) for place in leaves(item, (*at, key))]
    return here


@pytest.mark.parametrize("name", ESTIMATORS)
@given(draws=st.data())
@settings(max_examples=30)
def test_anything_in_an_estimator_s_facts(
    name: str, draws: st.DataObject, estimator_files: dict[str, bytes]
) -> None:
    def change(header: dict[str, Any], arrays: dict[str, Array]) -> None:
        place = draws.draw(st.sampled_from(leaves(header)))
        inner: Any = header
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = draws.draw(anything)

    cls = type(ESTIMATORS[name]())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(rewritten(estimator_files[name], change))
        found = loaded(path, cls.from_file)
    if not isinstance(found, str) and hasattr(found, "means_"):
        assert found.predict(POINTS).shape == (40,)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_any_number_in_an_estimator_s_arrays(name: str, estimator_files: dict[str, bytes]) -> None:
    cls = type(ESTIMATORS[name]())
    names = safetensors.numpy.load(estimator_files[name])
    for array in names:
        for value in (np.nan, np.inf, -np.inf, 1e308, -1e308, 0.0, -1.0):

            def change(
                header: dict[str, Any], arrays: dict[str, Array], array: str = array, value: float = value
            ) -> None:
                changed = arrays[array].copy()
                if changed.dtype.kind == "f":
                    changed.flat[0] = value
                arrays[array] = changed

            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "a"
                path.write_bytes(rewritten(estimator_files[name], change))
                found = loaded(path, cls.from_file)
            if not isinstance(found, str):
                assert found.predict(POINTS).shape == (40,)


def test_what_is_read_back_is_whole(estimator_files: dict[str, bytes], tmp_path: Path) -> None:
    """The facts come back without the header's own."""
    path = tmp_path / "a"
    path.write_bytes(estimator_files["gaussian"])
    kind, facts, _ = read_model(path, ("estimator",))
    assert (kind, set(facts)) == ("estimator", {"class", "parameters", "attributes"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert GaussianMixture.from_file(path).predict(POINTS).shape == (40,)
