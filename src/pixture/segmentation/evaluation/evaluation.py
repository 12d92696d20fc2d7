"""The scores of one image, and those of many: what an evaluation holds, and how it is summed up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pixture.segmentation.evaluation.boundary_scores import BoundaryScores
from pixture.segmentation.evaluation.object_scores import ObjectScores
from pixture.segmentation.evaluation.region_scores import RegionScores
from pixture.wording import plural, shown

DETAILS = tuple(round(0.02 * step, 2) for step in range(1, 50))
"""Details of the cuts of a tree whose regions are scored."""

BOUNDARY_DETAILS = (0.2, 0.3, 0.4, 0.45, 0.5, 0.53, 0.56, 0.59, 0.62, 0.65, 0.68, 0.72, 0.8)
"""Details of the cuts of a tree whose boundaries are scored."""

RATED = ("covering", "variation_of_information", "probabilistic_rand", "adjusted_rand", "jaccard", "dice")
OBJECT_MEANS = ("f1", "average_precision", "dice")


@dataclass(frozen=True, eq=False)
class Cuts:
    """The scores of cuts of a tree at fixed details."""

    regions: tuple[RegionScores, ...]
    """At each of `DETAILS`."""
    boundaries: tuple[BoundaryScores, ...]
    """At each of `BOUNDARY_DETAILS`; of a volume none."""

    def __repr__(self) -> str:
        return f"<Cuts: {len(self.regions)} scored by regions, {len(self.boundaries)} by boundaries>"


@dataclass(frozen=True, eq=False)
class ImageScores:
    """The scores of one image.

    Attributes
    ----------
    name
        Of the image: the stem of its files.
    labels
        How many labels its segmentation has; of a tree, its automatic cut.
    annotators
        How many annotators it is compared with.
    regions, boundaries
        The scores of that segmentation; a volume's boundaries are None.
    cuts
        Of a tree, the scores of its other cuts; else None.
    objects
        The scores of objects, added over annotators; None where they were not asked for.
    """

    name: str
    labels: int
    annotators: int
    regions: RegionScores
    boundaries: BoundaryScores | None
    cuts: Cuts | None = None
    objects: ObjectScores | None = None

    def __repr__(self) -> str:
        lines = "" if self.boundaries is None else f", boundary F {self.boundaries.f:.3f}"
        objects = "" if self.objects is None else f", object F1 {self.objects.f1:.3f}"
        return (
            f"<ImageScores of {shown(self.name, 30)}: {plural(self.labels, 'label')}, covering "
            f"{self.regions.covering:.3f}{lines}{objects}>"
        )

    def row(self) -> dict[str, Any]:
        """Return the scores by name, ready for JSON."""
        return {
            "image": self.name,
            "labels": self.labels,
            "annotators": self.annotators,
            **{name: getattr(self.regions, name) for name in RATED},
            **({} if self.boundaries is None else _of_boundaries(self.boundaries)),
            **({} if self.objects is None else _of_objects(self.objects)),
        }


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The scores of images, and of all of them.

    Attributes
    ----------
    images
        The scores of each.
    without_partner
        Names of predictions without truth, and of truths without a prediction.
    """

    images: tuple[ImageScores, ...]
    without_partner: tuple[str, ...] = ()

    def table(self) -> list[dict[str, Any]]:
        """Return a row an image, ready for JSON."""
        return [image.row() for image in self.images]

    def summary(self) -> dict[str, Any]:
        """Return the scores over all images, ready for JSON.

        The covering, the boundaries' precision and recall and those of objects add up over images, the
        others are means; `…_mean` is the mean of what adds up. Boundaries are scored of planes, objects where
        they were asked for. Of trees there are, besides those of the automatic cut, the scores of the single
        detail that is best for all images (`…_best_cut`), and of the best cut for each of them
        (`…_best_for_each`).
        """
        found = {"images": len(self.images), **_of_regions([image.regions for image in self.images])}
        boundaries = [image.boundaries for image in self.images if image.boundaries is not None]
        found |= _of_boundaries(_added(boundaries)) if len(boundaries) == len(self.images) else {}
        objects = [image.objects for image in self.images if image.objects is not None]
        found |= _of_all_objects(objects) if objects else {}
        trees = [image.cuts for image in self.images if image.cuts is not None]
        return found | (_of_cuts(trees) if len(trees) == len(self.images) else {})

    def __repr__(self) -> str:
        found = self.summary()
        also = {"boundary_f": "boundary F", "object_f1": "object F1"}
        more = [f", {said} {found[name]:.3f}" for name, said in also.items() if name in found]
        return (
            f"<Evaluation of {plural(found['images'], 'image')}: covering {found['covering']:.3f}, "
            f"variation of information {found['variation_of_information']:.3f}{''.join(more)}>"
        )


def _of_regions(scores: Sequence[RegionScores]) -> dict[str, float]:
    found = {name: float(np.mean([getattr(each, name) for each in scores])) for name in RATED}
    pixels = sum(each.truth_pixels for each in scores)
    return found | {"covering": sum(each.covered for each in scores) / pixels}


def _added(scores: Sequence[BoundaryScores]) -> BoundaryScores:
    return sum(scores[1:], start=scores[0])


def _of_boundaries(scores: BoundaryScores) -> dict[str, float]:
    return {
        "boundary_precision": scores.precision,
        "boundary_recall": scores.recall,
        "boundary_f": scores.f,
    }


def _of_objects(scores: ObjectScores) -> dict[str, Any]:
    return {
        "objects_found": scores.found,
        "objects_true": scores.true,
        "object_precision": scores.precision,
        "object_recall": scores.recall,
        "object_f1": scores.f1,
        "average_precision": scores.average_precision,
        "foreground_dice": scores.dice,
    }


def _of_all_objects(scores: Sequence[ObjectScores]) -> dict[str, Any]:
    means = {name: float(np.mean([getattr(each, name) for each in scores])) for name in OBJECT_MEANS}
    return _of_objects(sum(scores[1:], start=scores[0])) | {
        "object_f1_mean": means["f1"],
        "average_precision": means["average_precision"],
        "foreground_dice": means["dice"],
    }


def _of_cuts(trees: Sequence[Cuts]) -> dict[str, Any]:
    """Return the scores of the best single detail and of the best cut for each image."""
    found: dict[str, Any] = {}
    at_detail = [_of_regions([tree.regions[at] for tree in trees]) for at in range(len(DETAILS))]
    better: Mapping[str, Callable[..., Any]] = {
        "covering": np.argmax,
        "variation_of_information": np.argmin,
        "probabilistic_rand": np.argmax,
    }
    for name, best in better.items():
        at = int(best([scores[name] for scores in at_detail]))
        each = [tree.regions[int(best([getattr(scores, name) for scores in tree.regions]))] for tree in trees]
        found |= {
            f"{name}_best_cut": at_detail[at][name],
            f"{name}_best_detail": DETAILS[at],
            f"{name}_best_for_each": _of_regions(each)[name],
        }
    if not all(tree.boundaries for tree in trees):
        return found
    pooled = [_added([tree.boundaries[at] for tree in trees]) for at in range(len(BOUNDARY_DETAILS))]
    at = int(np.argmax([scores.f for scores in pooled]))
    each_best = [max(tree.boundaries, key=lambda scores: scores.f) for tree in trees]
    return found | {
        "boundary_f_best_cut": pooled[at].f,
        "boundary_f_best_detail": BOUNDARY_DETAILS[at],
        "boundary_f_best_for_each": _added(each_best).f,
    }
