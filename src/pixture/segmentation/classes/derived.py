"""From labels to classes, and from classes to a foreground and its objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pixture.arrays import Mask
from pixture.segmentation.classes.class_choice import AUTO, foreground_labels, groups_of

if TYPE_CHECKING:
    from pixture.options.classes import Classes, ObjectChoices
    from pixture.segmentation.objects.objects import Objects
    from pixture.segmentation.segmentation import Segmentation


def merged(segmentation: Segmentation, labels: Sequence[Any]) -> Segmentation:
    """Return a segmentation with some labels made one class; see `Segmentation.merged`."""
    groups = groups_of(labels, segmentation.mixture.components)
    before = segmentation.groups or tuple((k,) for k in range(segmentation.mixture.components))
    components = tuple(tuple(sorted(k for label in group for k in before[label])) for group in groups)
    return replace(segmentation, groups=components, names=())


def foreground(segmentation: Segmentation, which: Any) -> Mask:
    """Return where the foreground is; see `Segmentation.foreground`."""
    if isinstance(which, str) and which.lower() == AUTO:
        from pixture.segmentation.foreground.automatic_foreground import automatic_foreground

        mask: Mask = automatic_foreground(segmentation.image, threads=segmentation.choices.threads).mask
        return mask
    chosen = foreground_labels(which, segmentation.mixture.components, segmentation.names)
    found: Mask = np.isin(segmentation.labels, chosen)
    return found if segmentation.image.mask is None else found & segmentation.image.mask


def objects(
    segmentation: Segmentation, which: Any, *, min_size: int | None, split: str, fill_holes: bool
) -> Objects:
    """Return the objects of a foreground; see `Segmentation.objects`."""
    from pixture.segmentation.objects.find_objects import find_objects  # scikit-image is loaded where needed

    image, threads = segmentation.image, segmentation.choices.threads
    if isinstance(which, str) and which.lower() == AUTO:
        found: Any = foreground(segmentation, which)
        classes = None
    else:
        chosen = foreground_labels(which, segmentation.mixture.components, segmentation.names)
        found = segmentation.labels
        classes = {k: segmentation.names[k] if segmentation.names else f"{k}" for k in chosen}
    return find_objects(
        found,
        image,
        classes=classes,
        min_size=min_size,
        split=split,
        fill_holes=fill_holes,
        threads=threads,
    )


def classified(segmentation: Segmentation, classes: Classes) -> Segmentation:
    """Return a segmentation with labels merged and classes named, as asked for."""
    if classes.groups:
        segmentation = segmentation.merged(*classes.groups)
    return segmentation.named(*classes.named) if classes.named else segmentation


def found_objects(segmentation: Segmentation, asked: ObjectChoices) -> Objects:
    """Return the objects of a segmentation that are asked for."""
    return segmentation.objects(asked.which, min_size=asked.min_size, split=asked.split)
