"""Trees on disk: what is saved is loaded; damage and other images are told in a sentence."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from pixture import Mixture, ReadError
from pixture.arrays import Array
from pixture.errors import ImageError, WriteError
from pixture.imaging.image_from_array import image_from_array
from pixture.model_file import checksum
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree
from pixture.segmentation.regions.merge_tree.runs import runs
from pixture.segmentation.regions.merge_tree.tree_file import read_tree, regions_in, write_tree
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.regions.regions_of_tree import regions_of
from tests.reference_merge_tree import random_tree, wholes

SUPERPIXELS = np.array([[1, 1, 2, 3], [1, 1, 2, 3]], np.int32)
PIXELS = np.array([[1, 1, 3, 9], [1, 1, 3, 9]], np.uint8)
TREE = MergeTree(np.array([3, 3, 4, 4, 4]), np.array([0, 0, 0, 0.5, 2]), np.array([4, 2, 2, 6, 8]))


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    found = regions_of(image_from_array(PIXELS), SUPERPIXELS, TREE, choices={"seed": 3})
    return write_tree(found, tmp_path_factory.mktemp("tree") / "a").read_bytes()


@given(wholes())
def test_saving_and_loading_changes_nothing(found: Regions) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_tree(found, Path(folder) / "a")
        superpixels, tree = read_tree(path)
        again = regions_in(path, found.image, regions=found.count)
        assert path.read_bytes() == write_tree(again, Path(folder) / "b").read_bytes()
    assert superpixels.dtype == np.int32
    assert np.array_equal(superpixels, found.superpixels)
    for name in ("parents", "heights", "pixels"):
        assert np.array_equal(getattr(tree, name), getattr(found.tree, name))
    assert np.array_equal(again.labels, found.cut(regions=found.count).labels)


def test_what_was_chosen_for_the_tree_is_kept_but_not_its_cut(tmp_path: Path) -> None:
    image = image_from_array(PIXELS)
    found = regions_of(image, SUPERPIXELS, TREE, regions=3, choices={"seed": 3, "regions": 3})
    again = regions_in(write_tree(found, tmp_path / "a"), image, detail=0)
    assert again.choices == {"seed": 3, "regions": None, "height": None, "detail": 0}


def test_runs_are_small(tmp_path: Path) -> None:
    """A megapixel of 2,500 superpixels takes some hundred kilobytes."""
    blocks = np.arange(1, 2501, dtype=np.int32).reshape(50, 50)
    superpixels = np.repeat(np.repeat(blocks, 20, axis=0), 20, axis=1)
    image = image_from_array(np.zeros(superpixels.shape, np.uint8))
    tree = random_tree(np.full(2500, 400), 1, 0)
    path = write_tree(regions_of(image, superpixels, tree), tmp_path / "a")
    assert path.stat().st_size < 8 * 50 * 1000 + 24 * 5000 + 2000
    assert np.array_equal(read_tree(path)[0], superpixels)
    labels, lengths = runs(superpixels)
    assert np.array_equal(np.repeat(labels, lengths), superpixels.ravel())


def said_of(content: bytes) -> str:
    """What is said of a file with this content, in a sentence that begins with its name; "" if it is read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(content)
        try:
            read_tree(path)
        except ReadError as error:
            said = str(error)
            assert said.startswith(f"{path}: ")
            assert said.endswith(".")
            assert "\n" not in said
            return said
    return ""


def test_a_file_cut_short_anywhere_is_refused(content: bytes) -> None:
    assert said_of(content) == ""
    for length in range(len(content)):
        assert said_of(content[:length])
    assert "damaged or incomplete" in said_of(content[:-1])


def test_no_flipped_bit_passes_unnoticed(content: bytes, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    header = int.from_bytes(content[:8], "little") + 8
    for at in range(len(content)):
        changed = bytearray(content)
        changed[at] ^= 1 << int(generator.integers(8))
        if at >= header:
            assert "the checksum differs" in said_of(bytes(changed))
        elif not said_of(bytes(changed)):  # white space, say: the content is the same
            path = tmp_path / "a"
            path.write_bytes(changed)
            assert np.array_equal(read_tree(path)[0], SUPERPIXELS)


Change = Callable[[dict[str, Any], dict[str, Array]], object]


def rewritten(content: bytes, change: Change) -> bytes:
    """A file whose header and arrays are changed, and whose checksum is right."""
    arrays = safetensors.numpy.load(content)
    length = int.from_bytes(content[:8], "little")
    header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["pixture"])
    header.pop("sha256")
    change(header, arrays)
    header["sha256"] = checksum(header, arrays)
    return safetensors.numpy.save(arrays, {"pixture": json.dumps(header)})


def put(**arrays: Any) -> Change:
    return lambda header, there: there.update({name: np.asarray(array) for name, array in arrays.items()})


def say(**facts: Any) -> Change:
    return lambda header, there: header.update(facts)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (say(shape=[2]), "Its shape is not two numbers"),
        (say(shape=[2, 0]), "Its shape is not two numbers"),
        (say(shape="2 x 4"), "Its shape is not two numbers"),
        (say(shape=[2, 5]), "do not fill the image"),
        (say(shape=[2**40, 2**40]), "do not fill the image"),
        (say(image=3), "no fingerprint of the image"),
        (say(choices=[]), "no choices"),
        (say(kind="mixture"), "a model of the kind 'mixture'; expected 'regions'"),
        (put(parents=np.array([4, 3, 4, 4, 4])), "no tree of merges"),
        (put(heights=np.array([0, 0, 0, 3.0, 2])), "never fall towards a root"),
        (put(heights=np.zeros(5, np.float32)), "heights must be float64"),
        (put(pixels=np.array([4, 2, 2, 6, 9])), "those of its two children"),
        (put(run_labels=np.array([1, 2, 3, 1, 2, 4], np.int32)), "not those of the tree"),
        (put(run_labels=np.array([1, 2, 3, 1, 3, 3], np.int32)), "other numbers of pixels"),
        (put(run_labels=np.array([1, 2], np.int32)), "not labels and as many lengths"),
        (put(run_lengths=np.array([2, 1, 1, 2, 2, 0], np.int32)), "not those of the tree"),
        (put(run_lengths=np.full(6, 2**31 - 1, np.int32)), "do not fill the image"),
        (lambda header, there: there.pop("heights"), "lacks heights"),
        (put(more=np.zeros(1)), "also holds more"),
    ],
)
def test_what_is_no_tree_is_refused(content: bytes, change: Change, said: str) -> None:
    assert said in said_of(rewritten(content, change))


def test_an_image_larger_than_is_safe_is_not_spread_out(content: bytes) -> None:
    side = 30_000
    pixels = np.array([side * side - 2, 1, 1, side * side - 1, side * side])

    def change(header: dict[str, Any], arrays: dict[str, Array]) -> None:
        header["shape"] = [side, side]
        put(
            pixels=pixels,
            run_labels=np.array([1, 2, 3], np.int32),
            run_lengths=np.array([side * side - 2, 1, 1], np.int32),
        )(header, arrays)

    assert "larger than is taken for safe" in said_of(rewritten(content, change))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("fact", ["shape", "image", "choices", "unknown"])
@given(value=anything)
def test_anything_in_the_place_of_a_fact(content: bytes, fact: str, value: Any) -> None:
    said_of(rewritten(content, say(**{fact: value})))


def test_a_tree_of_another_image_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    assert regions_in(path, image_from_array(PIXELS)).count == 2
    for image, said in (
        (image_from_array(PIXELS + 1), "the tree is of another image, of the same size"),
        (image_from_array(PIXELS.astype(np.uint16)), "the tree is of another image, of the same size"),
        (image_from_array(PIXELS[:, :3]), "it is of 4 x 2 pixels, the image has 3 x 2"),
        (image_from_array(PIXELS).masked(SUPERPIXELS < 3), "found with another mask"),
    ):
        with pytest.raises(ImageError, match=said):
            regions_in(path, image)


def test_what_masked_pixels_hold_changes_nothing(tmp_path: Path) -> None:
    mask = SUPERPIXELS < 3
    tree = MergeTree(np.array([2, 2, 2]), np.array([0, 0, 1.0]), np.array([4, 2, 6]))
    seen = np.where(mask, SUPERPIXELS, 0).astype(np.int32)
    path = write_tree(regions_of(image_from_array(PIXELS, mask=mask), seen, tree), tmp_path / "a")
    other = image_from_array(np.where(mask, PIXELS, 77).astype(np.uint8), mask=mask)
    assert regions_in(path, other).count == 1


def test_files_that_are_there_or_are_no_tree(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    found = regions_of(image_from_array(PIXELS), SUPERPIXELS, TREE)
    with pytest.raises(WriteError, match="is there already"):
        write_tree(found, path)
    with pytest.raises(ReadError, match="there is no such file"):
        read_tree(tmp_path / "none")
    with pytest.raises(ReadError, match="a model of the kind 'mixture'"):
        read_tree(Mixture([1.0], [[0.0]], [[[1.0]]]).save(tmp_path / "mixture"))
