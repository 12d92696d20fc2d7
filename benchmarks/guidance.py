"""An object cut out by a box, or by scribbles: ours beside OpenCV's GrabCut, on photographs."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
from scipy import ndimage

import pixture
from benchmarks.data import folder_of_images
from benchmarks.machine import installed
from benchmarks.report import Row, Section
from pixture.arrays import Array, Integers, Mask
from pixture.segmentation.evaluation.annotations import read_annotations

IMAGES = 20
"""Photographs, the first by name that have an object."""

LARGEST, LEAST = 0.6, 0.02
"""Shares of the image that an object's box may have at most, and the object at least."""

ERODED = 5
"""Pixels by which a region is eroded before its skeleton is its scribble."""


@dataclass(frozen=True, eq=False)
class Task:
    """An object in a photograph, and how a person would point it out."""

    name: str
    image: pixture.Image
    truth: Mask
    box: tuple[int, int, int, int]
    scribbles: Integers


def tasks(count: int = IMAGES) -> Iterator[Task]:
    """Yield objects: the largest region of the first annotation that does not fill its photograph."""
    root = folder_of_images() / "bsds500"
    found = 0
    for path in sorted((root / "groundTruth" / "train").glob("*.mat")):
        truth = _object(path)
        if truth is None:
            continue
        rows, columns = ndimage.find_objects(truth.astype(int))[0]
        box = (rows.start, columns.start, rows.stop, columns.stop)
        picture = root / "images" / "train" / f"{path.stem}.jpg"
        yield Task(path.stem, pixture.read(picture), truth, box, scribbled(truth))
        found += 1
        if found == count:
            return


def _object(path: Path) -> Mask | None:
    """Return the largest region whose box leaves some of the photograph; None where it is too small."""
    labels = read_annotations(path)[0].labels
    sizes = np.bincount(labels.ravel())
    boxes = ndimage.find_objects(labels)
    for label in np.argsort(-sizes, kind="stable"):
        if label == 0 or sizes[label] < LEAST * labels.size:
            continue
        height, width = (side.stop - side.start for side in boxes[label - 1])
        if height * width <= LARGEST * labels.size:
            return np.asarray(labels == label)
    return None


def scribbled(truth: Mask) -> Integers:
    """Return scribbles: 1 along the middle of what is no object, 2 along the object's, 0 elsewhere."""
    from skimage.morphology import skeletonize

    marks = np.zeros(truth.shape, np.uint8)
    for mark, region in ((1, ~truth), (2, truth)):
        core = ndimage.binary_erosion(region, iterations=ERODED, border_value=1)
        marks[skeletonize(core if core.any() else region)] = mark
    return marks


Cut = Callable[[Task], Mask]


def ours(by: str, **choices: Any) -> Cut:
    """Return what cuts objects out by their "box" or by "scribbles"."""

    def cut(task: Task) -> Mask:
        guidance = {by: getattr(task, by)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pixture.PixtureWarning)
            return np.asarray(pixture.segment(task.image, **guidance, **choices).labels == 1)

    return cut


def grabcut(by: str, iterations: int = 5) -> Cut:
    """Return GrabCut as OpenCV has it, with five components a class; it takes 8-bit RGB alone."""
    import cv2

    def cut(task: Task) -> Mask:
        mask = np.full(task.truth.shape, cv2.GC_PR_BGD, np.uint8)
        top, left, bottom, right = task.box
        around: Any = (left, top, right - left, bottom - top)
        how = cv2.GC_INIT_WITH_RECT
        if by == "scribbles":
            mask[task.scribbles == 1], mask[task.scribbles == 2] = cv2.GC_BGD, cv2.GC_FGD
            around, how = None, cv2.GC_INIT_WITH_MASK
        cv2.setRNGSeed(0)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(np.ascontiguousarray(task.image.pixels), mask, around, *models, iterations, how)
        return np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))

    return cut


def scores(found: Array, truth: Array) -> tuple[float, float]:
    """Return Jaccard and Dice of two masks."""
    both, either = int(np.count_nonzero(found & truth)), int(np.count_nonzero(found | truth))
    return both / max(either, 1), 2 * both / max(both + either, 1)


def guidance() -> Section:
    """How well objects are cut out, and how long it takes."""
    if not (folder_of_images() / "bsds500" / "groundTruth").is_dir():
        return Section("Guidance", [], ["bsds500/ is absent in what PIXTURE_TEST_DATA names."], [])
    there = list(tasks())
    methods: dict[str, tuple[str, Cut]] = {}
    for by in ("box", "scribbles"):
        methods[f"pixture, {by}"] = by, ours(by)
        methods[f"pixture, {by}, mean-field"] = by, ours(by, inference="mean-field")
        methods[f"pixture, {by}, off"] = by, ours(by, smooth="off")
        if installed("opencv-python-headless"):
            methods[f"OpenCV GrabCut, {by}"] = by, grabcut(by)
    rows: list[Row] = []
    for name, (by, cut) in methods.items():
        cut(there[0])  # what is compiled on the first call is not timed
        judged, taken = [], []
        for task in there:
            began = time.perf_counter()
            found = cut(task)
            taken.append(time.perf_counter() - began)
            judged.append(scores(found, task.truth))
        rows.append(
            {
                "method": name.replace(f", {by}", ""),
                "guided by": by,
                "Jaccard": mean(one for one, _ in judged),
                "Dice": mean(other for _, other in judged),
                "worst Jaccard": min(one for one, _ in judged),
                "s": median(taken),
            }
        )
    notes = [
        f"{len(there)} photographs of BSDS500 (training), the first by name that have an object: the largest "
        f"region of the first annotation whose box takes at most {100 * LARGEST:.0f} % of it. The "
        "box is the object's bounding box, scribbles are the skeletons of the object and of the rest, both "
        f"eroded by {ERODED} pixels. All by default, GrabCut with 5 iterations. "
        "Means over the photographs; s is the median.",
        "GrabCut takes 8-bit colour and two classes; ours any number of classes, channels, bits and axes.",
    ]
    if not installed("opencv-python-headless"):
        notes.append("OpenCV is absent: pip install 'pixture[bench]'.")
    return Section("Guidance", rows, notes, [])
