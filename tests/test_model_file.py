"""Models on disk: bit for bit, whole or not at all, and refused with a sentence where they are none."""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

import pixture
from pixture import Mixture, ReadError, WriteError
from pixture.model_file import FORMAT, MOST_HEADER, arrays_called, read_model, write_model
from tests.strategies import Problem, problems

ARRAYS = {"weights": np.array([0.25, 0.75]), "means": np.array([[0.0], [1.0]]), "covariances": np.ones(2)}


def mixture() -> Mixture:
    return Mixture([0.3, 0.7], [[0.1, 0.2], [3.0, 4.0]], [[[2.0, 0.3], [0.3, 1.0]], [[1.0, 0.0], [0.0, 1.0]]])


def raw(header: object, data: bytes = b"") -> bytes:
    """A safetensors file by hand."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def named(**facts: Any) -> bytes:
    """A mixture's file whose header says something else."""
    header = {"format": 1, "kind": "mixture", "pixture": "0.1.0", "covariance": "spherical"} | facts
    return safetensors.numpy.save(ARRAYS, {"pixture": json.dumps(header)})


def refused(folder: Path, content: bytes) -> str:
    """What is said of a file with this content."""
    path = folder / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(ReadError) as caught:
        Mixture.load(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert said.endswith(".")
    assert "\n" not in said
    return said


@given(problems())
def test_saving_and_loading_changes_no_bit(problem: Problem) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = problem.start.save(Path(folder) / "a.safetensors")
        again = Mixture.load(path)
    for name in ("weights", "means", "covariances"):
        before, after = getattr(problem.start, name), getattr(again, name)
        assert before.tobytes() == after.tobytes()
        assert before.shape == after.shape
        assert not after.flags.writeable
    assert again.covariance == problem.start.covariance
    np.testing.assert_array_equal(again.constants, problem.start.constants)


@given(st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_weights_keep_their_bits_whatever_they_round_to(K: int, seed: int) -> None:
    """Dividing by their sum again, which is 1 but for rounding, would change the last of them."""
    weights = np.random.default_rng(seed).dirichlet(np.full(K, 0.3))
    made = Mixture(weights, np.arange(K)[:, None], np.ones(K), "spherical")
    with tempfile.TemporaryDirectory() as folder:
        again = Mixture.load(made.save(Path(folder) / "a"))
    assert again.weights.tobytes() == made.weights.tobytes()


def test_weights_that_another_program_wrote_sum_to_one(tmp_path: Path) -> None:
    weights = np.array([0.25, 0.75 + 5e-7])
    write_model(tmp_path / "a", "mixture", {"covariance": "spherical"}, {**ARRAYS, "weights": weights})
    assert abs(Mixture.load(tmp_path / "a").weights.sum() - 1) < 1e-15


numbers = st.one_of(st.integers(-(2**62), 2**62), st.floats(allow_nan=False, allow_infinity=False))
dtypes = st.sampled_from(("f8", "f4", "i8", "i4", "u1", "u2", "bool", ">f8", ">i4"))


@given(
    st.dictionaries(st.text(max_size=5).map("x{}".format), st.one_of(numbers, st.text(), st.lists(numbers))),
    st.lists(st.tuples(dtypes, st.lists(st.integers(0, 3), max_size=3)), min_size=1, max_size=4),
)
def test_facts_and_arrays_come_back(facts: dict[str, Any], shapes: list[tuple[str, list[int]]]) -> None:
    generator = np.random.default_rng(0)
    arrays = {
        f"array {i}": np.asfortranarray(generator.normal(0, 9, shape)).astype(dtype)
        for i, (dtype, shape) in enumerate(shapes)
    }
    with tempfile.TemporaryDirectory() as folder:
        path = write_model(Path(folder) / "a", "thing", facts, arrays)
        kind, facts_again, arrays_again = read_model(path, ("mixture", "thing"))
    assert (kind, facts_again) == ("thing", facts)
    assert arrays_again.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(arrays_again[name], array)
        assert arrays_again[name].shape == array.shape
        assert arrays_again[name].dtype == array.dtype.newbyteorder("=")


def test_facts_besides_the_mixture_s_own_are_kept(tmp_path: Path) -> None:
    path = write_model(tmp_path / "a", "mixture", {"covariance": "spherical", "channels": ["red"]}, ARRAYS)
    assert Mixture.load(path).components == 2
    assert read_model(path, ("mixture",))[1]["channels"] == ["red"]


def test_any_reader_of_safetensors_reads_it(tmp_path: Path) -> None:
    path = mixture().save(tmp_path / "a.safetensors")
    np.testing.assert_array_equal(safetensors.numpy.load_file(path)["means"], mixture().means)
    with safetensors.safe_open(path, framework="np") as file:
        header = json.loads(file.metadata()["pixture"])
    assert len(header.pop("sha256")) == 64
    assert header == {
        "format": FORMAT, "kind": "mixture", "pixture": pixture.__version__, "covariance": "full",
    }  # fmt: skip


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = mixture().save(tmp_path / "one"), mixture().save(tmp_path / "other")
    assert one.read_bytes() == other.read_bytes()


def test_a_folder_is_made_and_a_path_may_be_a_string(tmp_path: Path) -> None:
    path = mixture().save(str(tmp_path / "new" / "folder" / "a"))
    assert path == tmp_path / "new" / "folder" / "a"
    assert Mixture.load(str(path)).components == 2


def test_what_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"mine")
    with pytest.raises(WriteError, match=r"a is there already\. Give overwrite=True"):
        mixture().save(path)
    assert path.read_bytes() == b"mine"
    mixture().save(path, overwrite=True)
    assert Mixture.load(path).components == 2
    assert os.listdir(tmp_path) == ["a"]  # noqa: PTH208 - names alone


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_interrupted_write_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    if overwrite:
        (tmp_path / "a").write_bytes(b"old")

    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        mixture().save(tmp_path / "a", overwrite=overwrite)
    there = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert there == ({"a": b"old"} if overwrite else {})


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WriteError, match="a file is in the way"):
        mixture().save(tmp_path / "file" / "a")


def test_facts_that_would_hide_the_header_s_are_refused(tmp_path: Path) -> None:
    for name in ("format", "kind", "pixture"):
        with pytest.raises(ValueError, match=f"cannot be called {name}"):
            write_model(tmp_path / "a", "thing", {name: 1}, {})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_model(tmp_path / "a", "thing", {"x": np.inf}, {})
    with pytest.raises(WriteError, match="too long to be read again"):
        write_model(tmp_path / "a", "thing", {"x": " " * MOST_HEADER}, {})
    assert not list(tmp_path.iterdir())


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    content = mixture().save(tmp_path / "whole").read_bytes()
    places = {*np.linspace(0, len(content) - 1, 25).astype(int).tolist(), 1, 7, 8, 9, len(content) - 1}
    for place in sorted(places):
        said = refused(tmp_path, content[:place])
        if place == 0:
            assert "the file is empty" in said
        elif place > 8:
            assert "damaged or incomplete" in said


def test_bytes_too_many_are_refused(tmp_path: Path) -> None:
    assert "damaged or incomplete" in refused(tmp_path, named() + b"\0")


@given(st.binary(max_size=200))
def test_bytes_that_mean_nothing_are_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        refused(Path(folder), content)


@given(st.integers(0, 2**32 - 1))
def test_a_damaged_file_is_refused_or_still_a_mixture(seed: int) -> None:
    """Some bytes changed: what is loaded, if anything, is a valid mixture; nothing else is raised."""
    generator = np.random.default_rng(seed)
    content = bytearray(named())
    for at in generator.integers(0, len(content), generator.integers(1, 6)):
        content[at] = generator.integers(0, 256)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(content)
        try:
            found = Mixture.load(path)
        except ReadError:
            return
        assert np.isfinite(found.means).all()


def test_other_formats_and_kinds_are_named(tmp_path: Path) -> None:
    said = refused(tmp_path, named(format=FORMAT + 1, pixture="9.9"))
    assert f"pixture 9.9 wrote this model, in format {FORMAT + 1}" in said
    assert said.endswith("Install a newer one.")
    said = refused(tmp_path, named(kind="student"))
    assert "holds a model of the kind 'student'; expected 'mixture'" in said
    assert len(refused(tmp_path, named(kind=["x" * 10**6]))) < 300
    for form in (0, -1, "1", None, True, 1.0, [1]):
        assert "names no format" in refused(tmp_path, named(format=form))


def test_what_others_saved_is_not_ours(tmp_path: Path) -> None:
    for content in (
        pickle.dumps(ARRAYS),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"PK\x03\x04" + bytes(100),
        safetensors.numpy.save(ARRAYS),
        safetensors.numpy.save(ARRAYS, {"format": "pt"}),
        raw({}),
        raw({"__metadata__": {"pixture": {"format": 1}}}),
        raw({"__metadata__": ["pixture"]}),
        struct.pack("<Q", 2**63) + b"{" + bytes(100),
        struct.pack("<Q", MOST_HEADER + 1) + b"{" + bytes(100),
    ):
        assert "this is not a model that pixture saved" in refused(tmp_path, content)


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "harm"),)

    refused(tmp_path, pickle.dumps(Harm()))
    assert not (tmp_path / "harm").exists()


def test_headers_that_are_not_what_they_should_be(tmp_path: Path) -> None:
    for content, said in (
        (raw(b"{" + b"[" * 100_000), "its header is no JSON"),
        (raw(b"{\xff\xff}"), "its header is no JSON"),
        (struct.pack("<Q", 1000) + b"{}", "its header is cut off"),
        (raw({"__metadata__": {"pixture": "{"}}), "pixture's header is no JSON"),
        (raw({"__metadata__": {"pixture": "[" * 100_000}}), "pixture's header is no JSON"),
        (raw({"__metadata__": {"pixture": "[1]"}}), "pixture's header is no JSON object"),
    ):
        assert said in refused(tmp_path, content)


@pytest.mark.parametrize(
    "array",
    [
        {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]},
        {"dtype": "F8_E4M3", "shape": [8], "data_offsets": [0, 8]},
        {"dtype": "F64", "shape": [2**40, 2**40], "data_offsets": [0, 8]},
        {"dtype": "F64", "shape": [-1], "data_offsets": [0, 8]},
        {"dtype": "F64", "shape": [1], "data_offsets": [8, 0]},
        {"dtype": "F64", "shape": [1], "data_offsets": [0, 2**60]},
        {"dtype": "no", "shape": [1], "data_offsets": [0, 8]},
        {"dtype": "F64"},
        7,
    ],
)
def test_arrays_that_lie_about_themselves(tmp_path: Path, array: object) -> None:
    ours = json.dumps({"format": 1, "kind": "mixture", "pixture": "0.1.0"})
    said = refused(tmp_path, raw({"__metadata__": {"pixture": ours}, "weights": array}, bytes(8)))
    assert "damaged or incomplete" in said


def test_missing_unexpected_and_wrong_arrays_are_named(tmp_path: Path) -> None:
    def said_of(**arrays: Any) -> str:
        kept = {name: array for name, array in (ARRAYS | arrays).items() if array is not None}
        path = write_model(tmp_path / "made", "mixture", {"covariance": "spherical"}, kept, overwrite=True)
        return refused(tmp_path, path.read_bytes())

    assert "the file lacks covariances, means; a model of its kind holds weights, means" in said_of(
        means=None, covariances=None
    )
    assert "the file also holds extra" in said_of(extra=np.zeros(1))
    assert len(said_of(**{"a\nname " * 1000: np.zeros(1)})) < 400
    assert "means must be float64; got float32" in said_of(means=np.zeros((2, 1), np.float32))
    for arrays, reason in (
        ({"means": np.zeros(2)}, "means must be (K, d)"),
        ({"means": np.zeros((0, 1))}, "means must be (K, d)"),
        ({"weights": np.ones(3) / 3}, "one a component"),
        ({"covariances": np.ones((2, 2))}, "must be (2,)"),
        ({"means": np.full((2, 1), np.nan)}, "must be finite"),
        ({"weights": np.array([1.5, -0.5])}, "not negative and sum to 1"),
        ({"weights": np.array([1e308, 1e308])}, "not negative and sum to 1"),
        ({"covariances": np.array([1.0, 0.0])}, "A variance is not positive"),
    ):
        said = said_of(**arrays)
        assert "the file holds no mixture. " in said
        assert reason in said


@pytest.mark.parametrize("covariance", [None, "round", 3, ["full"], {}])
def test_a_covariance_that_is_none_is_refused(tmp_path: Path, covariance: object) -> None:
    assert "covariance must be one of full" in refused(tmp_path, named(covariance=covariance))


def test_arrays_called_gives_them_in_order() -> None:
    means, weights = arrays_called(
        "a", {"weights": np.ones(1), "means": np.zeros(1, np.int64)}, {"means": np.int64, "weights": float}
    )
    assert (means.tolist(), weights.tolist()) == ([0], [1.0])


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="there is no such file"):
        Mixture.load(tmp_path / "none")
    with pytest.raises(ReadError, match="this is a folder"):
        Mixture.load(tmp_path)
    with pytest.raises(ReadError, match="cannot be read"):
        Mixture.load("nul\0l")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReadError, match="a pipe or a device"):
        Mixture.load(tmp_path / "pipe")


def test_mixtures_that_are_not_saved_load_no_safetensors() -> None:
    code = "import sys; from pixture import Mixture; Mixture([1], [[0]], [1], 'spherical'); "
    code += "assert 'safetensors' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
