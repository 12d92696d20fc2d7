"""A tree of merges in one file, with its superpixels, that runs no code: safetensors, as models are kept.

The superpixels are kept as runs: labels and lengths in reading order, which for regions that hold together
are some per cent of the pixels. The header has the image's shape and a fingerprint of its pixels, by which a
tree of another image is refused. Whatever reads safetensors reads the arrays too.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pixture.arrays import Integers
from pixture.errors import ImageError, ReadError, TreeError
from pixture.files.input_files import Inputs
from pixture.files.output_files import NO_INPUTS
from pixture.imaging.image import Image
from pixture.imaging.readers.limits import refuse_bomb, refuse_large_stack
from pixture.model_file import arrays_called, model_content, read_model, write_model
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree
from pixture.segmentation.regions.merge_tree.runs import Runs, runs
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.regions.regions_of_tree import regions_of

SUFFIX = ".regions.safetensors"
"""How the names of such files end where nothing else is asked for."""

AXES = "zyx"
"""Of volumes."""

KIND = "regions"
"""The kind of model that the file says it is."""

DTYPES: dict[str, type[np.generic]] = {
    "parents": np.int64,
    "heights": np.float64,
    "pixels": np.int64,
    "run_labels": np.int32,
    "run_lengths": np.int32,
}


def write_tree(
    regions: Regions, path: str | os.PathLike[str], *, overwrite: bool = False, inputs: Inputs = NO_INPUTS
) -> Path:
    """Write the tree and the superpixels of some regions, whatever their cut; return the path.

    Raises
    ------
    WriteError
        The file is there already, or cannot be written, or is one that the regions were made from. What was
        there is untouched.
    """
    kept = inputs | regions.image.inputs
    return write_model(path, KIND, _facts(regions), _arrays(regions), overwrite=overwrite, inputs=kept)


def tree_content(regions: Regions, path: Path) -> bytes:
    """Return what `write_tree` writes, for a file that is one of a set."""
    return model_content(path, KIND, _facts(regions), _arrays(regions))


def content_of(
    path: Path,
    tree: MergeTree,
    of_superpixels: Runs,
    shape: tuple[int, ...],
    image: str,
    choices: Mapping[str, Any],
) -> bytes:
    """Return what `write_tree` writes, of superpixels as runs and of an image of that fingerprint."""
    return model_content(path, KIND, _facts_of(shape, image, choices), _arrays_of(tree, of_superpixels))


def read_tree(path: str | os.PathLike[str]) -> tuple[Integers, MergeTree]:
    """Return the superpixels, (rows, columns) or (planes, rows, columns) int32, and the tree in a file.

    Raises
    ------
    ReadError
        The file is missing, damaged, cut short, or holds no tree.
    """
    superpixels, tree, _ = _read(path)
    return superpixels, tree


def regions_in(
    path: str | os.PathLike[str],
    image: Image,
    *,
    regions: int | None = None,
    height: float | None = None,
    detail: float | None = None,
    threads: int | None = None,
) -> Regions:
    """Return a cut of the tree in a file, of the image that it was found in; nothing is found again.

    Parameters
    ----------
    image
        The image, with the mask it had then.
    regions, height, detail
        As in `Regions.cut`.

    Raises
    ------
    ReadError
        As in `read_tree`.
    ImageError
        The tree was found in another image, or with another mask.
    ChoiceError
        More than one cut is asked for, or one out of its range.
    """
    superpixels, tree, facts = _read(path)
    if superpixels.shape != image.shape:
        here, there = (" x ".join(map(str, shape[::-1])) for shape in (image.shape, superpixels.shape))
        raise ImageError(
            f"{path}: the tree is of another image: it is of {there} pixels, the image has {here}. "
            "Find the regions of this one anew."
        )
    seen = np.ones(image.shape, bool) if image.mask is None else image.mask
    if not np.array_equal(superpixels > 0, seen):
        raise ImageError(
            f"{path}: the tree was found with another mask. Give the one that it was found with, or find the "
            "regions anew."
        )
    if facts["image"] != fingerprint(image):
        raise ImageError(
            f"{path}: the tree is of another image, of the same size. Find the regions of this one anew."
        )
    return regions_of(
        image,
        superpixels,
        tree,
        regions=regions,
        height=height,
        detail=detail,
        choices=facts["choices"],
        threads=threads,
    )


def fingerprint(image: Image) -> str:
    """Return the SHA-256, in hexadecimal, of an image's values where it is not masked, and of their type."""
    rows = image.rows if image.mask is None else image.rows[image.mask.ravel()]
    found = hashlib.sha256(f"{rows.dtype.name} {image.channels}\n".encode())
    found.update(np.ascontiguousarray(rows, rows.dtype.newbyteorder("<")).data)
    return found.hexdigest()


def _facts(regions: Regions) -> dict[str, Any]:
    return _facts_of(regions.image.shape, fingerprint(regions.image), regions.choices)


def _facts_of(shape: tuple[int, ...], image: str, choices: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts in a tree's file: the image's shape and fingerprint, and how the tree was found."""
    found = {name: value for name, value in choices.items() if name not in OF_A_CUT}
    return {"shape": list(shape), "image": image, "choices": found}


OF_A_CUT = ("regions", "height", "detail", "by_hand")
"""Choices that are of a cut, not of the tree."""


def _arrays(regions: Regions) -> dict[str, Any]:
    return _arrays_of(regions.tree, runs(regions.superpixels))


def _arrays_of(tree: MergeTree, of_superpixels: Runs) -> dict[str, Any]:
    """Return the arrays in a tree's file."""
    labels, lengths = of_superpixels
    return {
        "parents": tree.parents,
        "heights": tree.heights,
        "pixels": tree.pixels,
        "run_labels": labels,
        "run_lengths": lengths,
    }


def _read(path: str | os.PathLike[str]) -> tuple[Integers, MergeTree, dict[str, Any]]:
    _, facts, arrays = read_model(path, (KIND,))
    parents, heights, pixels, run_labels, run_lengths = arrays_called(path, arrays, DTYPES)
    try:
        shape = _shape(facts)
        tree = MergeTree(parents, heights, pixels)
        _refuse_other_runs(math.prod(shape), tree, run_labels, run_lengths)
    except (TreeError, ValueError) as error:
        raise ReadError(f"{path}: the file holds no tree of merges. {error}") from error
    if len(shape) == len(AXES):
        refuse_large_stack(Path(path), AXES, shape)
    else:
        refuse_bomb(Path(path), shape[1], shape[0])
    superpixels = np.repeat(run_labels, run_lengths).reshape(shape)
    superpixels.flags.writeable = False
    return superpixels, tree, facts


def _shape(facts: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the shape that the facts say; refuse facts that are not as `_facts` writes them."""
    shape = facts.get("shape")
    if (
        not isinstance(shape, list)
        or len(shape) not in (2, len(AXES))
        or not all(type(length) is int and length >= 1 for length in shape)
    ):
        raise ValueError("Its shape is not two numbers of at least 1, or three of a volume.")
    if not isinstance(facts.get("image"), str) or not isinstance(facts.get("choices"), dict):
        raise ValueError("Its header has no fingerprint of the image, or no choices.")
    return tuple(shape)


def _refuse_other_runs(size: int, tree: MergeTree, labels: Integers, lengths: Integers) -> None:
    if labels.ndim != 1 or labels.shape != lengths.shape or not len(labels):
        raise ValueError("Its runs of superpixels are not labels and as many lengths.")
    if labels.min() < 0 or labels.max() > tree.leaves or lengths.min() < 1:
        raise ValueError("Its superpixels are not those of the tree.")
    if int(lengths.sum(dtype=np.int64)) != size:
        raise ValueError("Its superpixels do not fill the image.")
    counts = np.bincount(labels, lengths, tree.leaves + 1)[1:]
    if not np.array_equal(counts, tree.pixels[: tree.leaves]):
        raise ValueError("Its superpixels have other numbers of pixels than the tree's leaves.")
