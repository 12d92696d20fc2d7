"""Segmentations beside what people said: scores for each image and for all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pixture import stopping
from pixture.arrays import Floats, Integers, Mask
from pixture.errors import ImageError, ReadError
from pixture.parallel import map_slabs
from pixture.segmentation.evaluation.annotations import (
    LABEL_SUFFIXES,
    MAT,
    Annotation,
    read_annotations,
    read_labels,
)
from pixture.segmentation.evaluation.boundary_scores import (
    TOLERANCE,
    BoundaryScores,
    boundary_scores,
    label_boundaries,
)
from pixture.segmentation.evaluation.evaluation import (
    BOUNDARY_DETAILS,
    DETAILS,
    Cuts,
    Evaluation,
    ImageScores,
)
from pixture.segmentation.evaluation.object_scores import object_scores
from pixture.segmentation.evaluation.region_scores import RegionScores, confusion, scores_of_confusions
from pixture.segmentation.regions.contour_map import contour_map
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree, cut, height_of
from pixture.segmentation.regions.merge_tree.tree_file import SUFFIX, read_tree
from pixture.wording import shown

Progress = Callable[[str, int, int], None]
"""Told of an image's name once it is scored, of how many are, and of how many there are."""


def evaluate(
    predictions: Any,
    truth: Any,
    *,
    ignore: int | None = None,
    tolerance: float = TOLERANCE,
    objects: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Score segmentations by what people said of the same images.

    Parameters
    ----------
    predictions
        A file or a folder of files: label images (PNG, TIFF, `.npy`, NIfTI and MGH with
        `pip install 'pixture[medical]'`) or trees that `pixture regions` wrote; or an array of labels,
        (rows, columns) or (planes, rows, columns); or a `Regions`, a `Segmentation` or an `Objects`. In a
        folder each file is one image.
    truth
        The same for the annotations: label images, or Berkeley's `.mat` files, which hold several annotators.
        A folder may hold a folder for each annotator instead. Files belong to the same image where the first
        part of their names, up to the first dot, is the same. Or an array, or a list of arrays, an annotator
        each.
    ignore
        A label of the truth whose pixels no score of regions or objects counts.
    tolerance
        Share of the diagonal within which boundaries match.
    objects
        Whether labels are objects, 0 the background, and are scored as such too.
    threads
        Images that are scored at the same time; None takes every processor available.
    progress
        Told of each image.

    Returns
    -------
    Evaluation
        `.summary()` for all of them, `.table()` for each. Boundary scores of a tree are taken at 11 details,
        where the benchmark takes 99 thresholds and interpolates: the best of them may be a little low. Of
        volumes no boundaries are scored.

    Raises
    ------
    ReadError, ImageError
        A file is not usable as it is, shapes differ, or nothing has a partner; the message says what to do.

    Examples
    --------
    >>> labels = np.array([[1, 1, 2, 2]] * 4)
    >>> found = evaluate(labels, [labels, np.ones((4, 4), int)])
    >>> found.summary()["covering"], found.summary()["variation_of_information"]
    (0.75, 0.5)
    >>> evaluate(np.array([[1, 1, 0, 2]]), np.array([[1, 1, 0, 0]]), objects=True).summary()["object_f1"]
    0.666...
    """
    if _is_place(predictions) and _is_place(truth):
        pairs, alone = _pairs(Path(predictions), Path(truth))
    else:
        pairs, alone = {"image": (predictions, [truth])}, ()
    names = list(pairs)
    scored: list[ImageScores] = []

    def work(start: int, stop: int) -> list[ImageScores]:
        made = []
        for name in names[start:stop]:
            stopping.check()
            of, with_ = pairs[name]
            annotations = [each for one in with_ for each in _annotations(one)]
            made.append(_scored(name, of, annotations, ignore, tolerance, objects))
            if progress is not None:
                scored.extend(made[-1:])
                progress(name, len(scored), len(names))
        return made

    slabs = map_slabs(work, len(names), threads=threads, size=1)
    return Evaluation(tuple(image for slab in slabs for image in slab), alone)


def _is_place(value: Any) -> bool:
    return isinstance(value, str | os.PathLike)


def _pairs(predictions: Path, truth: Path) -> tuple[dict[str, tuple[Path, list[Path]]], tuple[str, ...]]:
    if not predictions.is_dir() or not truth.is_dir():
        if predictions.is_dir() or truth.is_dir():
            raise ReadError(
                f"{predictions} and {truth} must both be folders, or both files; one of them is a folder."
            )
        return {predictions.name.split(".")[0]: (predictions, [truth])}, ()
    trees = _by_name([predictions], (SUFFIX,))
    predicted = trees or _by_name([predictions], LABEL_SUFFIXES)
    annotators = sorted(place for place in truth.iterdir() if place.is_dir()) or [truth]
    said = _by_name(annotators, (MAT,)) or _by_name(annotators, LABEL_SUFFIXES)
    several = [name for name, files in predicted.items() if len(files) > 1]
    if several:
        raise ReadError(f"{predictions} holds several label images of {several[0]}; keep one of each image.")
    shared = sorted(predicted.keys() & said.keys())
    if not shared:
        raise ReadError(
            f"No file in {predictions} has a partner in {truth}: {len(predicted)} and {len(said)} files that "
            "can be read, none of the same name up to its first dot."
        )
    alone = tuple(sorted(predicted.keys() ^ said.keys()))
    return {name: (predicted[name][0], said[name]) for name in shared}, alone


def _by_name(folders: Sequence[Path], suffixes: tuple[str, ...]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for folder in folders:
        for place in sorted(folder.iterdir()):
            if place.name.lower().endswith(suffixes) and place.is_file():
                found.setdefault(place.name.split(".")[0], []).append(place)
    return found


def _annotations(truth: Any) -> list[Annotation]:
    if _is_place(truth):
        return read_annotations(truth)
    several = truth if isinstance(truth, list | tuple) and (not truth or np.ndim(truth[0]) >= 2) else [truth]
    return [Annotation(_whole(labels)) for labels in several]


def _whole(labels: npt.ArrayLike) -> Integers:
    array = np.asarray(getattr(labels, "labels", labels))
    several = isinstance(labels, list | tuple) and array.ndim == 3
    if several or array.ndim not in (2, 3) or not array.size or array.dtype.kind not in "uib":
        advice = " If they are whole numbers, give array.astype(int)." if array.dtype.kind == "f" else ""
        if several:
            advice = " Of several images, give one after the other, or folders of label images."
        got = f"{array.dtype}, shape {array.shape}" if array.ndim else shown(labels)
        raise ImageError(
            "Labels are whole numbers, (rows, columns) or (planes, rows, columns): an array, a file of them, "
            f"a Segmentation, a Regions or an Objects; got {got}.{advice}"
        )
    return array


def _scored(
    name: str,
    prediction: Any,
    annotations: list[Annotation],
    ignore: int | None,
    tolerance: float,
    objects: bool,
) -> ImageScores:
    if _is_place(prediction) and str(prediction).endswith(SUFFIX):
        superpixels, tree = read_tree(prediction)
        members = cut(tree)
        scores = _scored_tree(name, superpixels, tree, members, annotations, ignore, tolerance)
        labels = _labels_of(superpixels, members)
    elif hasattr(prediction, "superpixels"):
        found = prediction
        scores = _scored_tree(
            name, found.superpixels, found.tree, found.members, annotations, ignore, tolerance
        )
        labels = found.labels
    else:
        labels = read_labels(prediction) if _is_place(prediction) else _whole(prediction)
        scores = ImageScores(
            name,
            len(np.unique(labels)),
            len(annotations),
            scores_of_confusions([confusion(labels, each.labels, ignore) for each in annotations]),
            _boundaries(label_boundaries(labels), annotations, tolerance) if labels.ndim == 2 else None,
        )
    if not objects:
        return scores
    of_each = [object_scores(labels, each.labels, ignore=ignore) for each in annotations]
    return replace(scores, objects=sum(of_each[1:], start=of_each[0]))


def _labels_of(superpixels: Integers, members: Integers) -> Integers:
    return np.concatenate([[0], members]).astype(np.int32)[superpixels]


def _boundaries(lines: Mask, annotations: list[Annotation], tolerance: float) -> BoundaryScores:
    return boundary_scores(lines, [each.boundaries for each in annotations], tolerance=tolerance)


def _scored_tree(
    name: str,
    superpixels: Integers,
    tree: MergeTree,
    members: Integers,
    annotations: list[Annotation],
    ignore: int | None,
    tolerance: float,
) -> ImageScores:
    """Score a tree: superpixels and truth are counted once; the cuts add up the counts."""
    counts = [_counts(superpixels, tree.leaves, each.labels, ignore) for each in annotations]

    def of(regions: Integers) -> RegionScores:
        return scores_of_confusions([_added_up(n, regions) for n in counts])

    every = tuple(of(cut(tree, detail=detail)) for detail in DETAILS)
    found: BoundaryScores | None = None
    lines: tuple[BoundaryScores, ...] = ()
    if superpixels.ndim == 2:
        strength = contour_map(superpixels, tree, threads=1)[2::2, 2::2]  # of each pixel's lower right corner
        lines = tuple(
            _boundaries(strength > height_of(detail), annotations, tolerance) for detail in BOUNDARY_DETAILS
        )
        found = _boundaries(label_boundaries(_labels_of(superpixels, members)), annotations, tolerance)
    return ImageScores(
        name, len(np.unique(members)), len(annotations), of(members), found, Cuts(every, lines)
    )


def _counts(superpixels: Integers, leaves: int, truth: Integers, ignore: int | None) -> Floats:
    """Return the confusion of superpixels and truth, a row for each superpixel and one for masked pixels."""
    counts = np.zeros((leaves + 1, len(np.unique(truth if ignore is None else truth[truth != ignore]))))
    found = confusion(superpixels, truth, ignore)
    there = np.unique(superpixels if ignore is None else superpixels[truth != ignore])
    counts[there] = found
    return counts


def _added_up(counts: Floats, regions: Integers) -> Floats:
    order = np.argsort(regions, kind="stable")
    start = np.flatnonzero(np.diff(regions[order], prepend=-1))
    added = np.add.reduceat(counts[1:][order], start, axis=0)
    with_masked = np.concatenate([counts[:1], added]) if counts[0].any() else added
    kept: Floats = with_masked[with_masked.any(axis=1)]
    return kept
