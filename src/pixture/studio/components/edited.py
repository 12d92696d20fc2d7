"""What follows from components that were edited: which label each has after the fit, and its class."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np

from pixture.errors import ChoiceError, PixtureWarning, warn
from pixture.mixture.em.fit_result import Fit
from pixture.mixture.extensions.fixed_parameters import Frozen
from pixture.mixture.model.mixture import Mixture
from pixture.options.classes import Classes
from pixture.options.fitting import GIVEN
from pixture.options.method import Method
from pixture.segmentation.classes.class_choice import groups_of
from pixture.segmentation.classes.derived import classified
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.source_fit import SourceFit
from pixture.segmentation.segmentation import Segmentation
from pixture.studio.choices.choosing import STARTS, changed_in
from pixture.studio.choices.chosen import Chosen
from pixture.studio.session.document import Document


class ClassesLeftWarning(PixtureWarning):
    """Classes were merged or named that the new labels have not."""


def from_start(method: Method, start: Mixture) -> Method:
    """Return a method that starts from a mixture."""
    choices = replace(
        method.choices, init=GIVEN, n_init=1, components=start.components, covariance=start.covariance
    )
    return replace(method, choices=choices, auto=False)


def frozen_in(document: Document) -> Frozen | None:
    """Return what stays of the mixture that a document starts from; None where nothing is locked.

    Raises
    ------
    ChoiceError
        Components are locked, and a bias field, or a mixture of each time, is asked for.
    """
    if document.start is None or not document.locked:
        return None
    if document.chosen.scan.bias:
        raise ChoiceError(
            "A bias field is estimated together with the mixture, so that no component can stay as it is: "
            "unlock the components, or leave bias out."
        )
    if document.chosen.times.per_time:
        raise ChoiceError(
            "The mixture of each time follows that of the time before, so that no component can stay as it "
            "is: unlock the components, or leave per_time out."
        )
    return Frozen.shapes(document.start.components, document.locked)


def unmerged(segmentation: Segmentation) -> Segmentation:
    """Return a segmentation with the labels that it had before any were merged or named."""
    in_pieces = isinstance(segmentation, LargeSegmentation)  # its field was smoothed with labels merged
    before = () if segmentation.smoothing is None or in_pieces else segmentation.smoothing.groups
    return replace(segmentation, groups=before, names=())


def labels_after(start: Mixture, fit: Fit) -> tuple[int | None, ...]:
    """Return the label that each component of a start has in the end, None where it was dropped.

    >>> import pixture
    >>> start = Mixture([0.5, 0.5], [[8.0], [1.0]], [1.0, 1.0], "spherical")
    >>> labels_after(start, pixture.fit([[0.0], [1.0], [8.0], [9.0]], init=start))
    (1, 0)
    """
    first, K = fit.steps[0], fit.mixture.components
    before, matrices, of_start = first.mixture, first.mixture.matrices(), start.matrices()
    free = set(range(before.components))
    found: list[int | None] = []
    for mean, matrix in zip(start.means, of_start, strict=True):
        same = (
            k for k in free if np.array_equal(before.means[k], mean) and np.array_equal(matrices[k], matrix)
        )
        at = min(same, default=None)
        free.discard(-1 if at is None else at)
        label = None if at is None else int(first.components[at])
        found.append(label if label is not None and label < K else None)
    return tuple(found)


def classes_from(groups: Iterable[tuple[Sequence[int], str]]) -> Classes:
    """Return the classes of labels in groups, each with a name; "" where one has none.

    Where some have names, the others are called by their numbers.

    >>> classes_from([([2], "sky"), ([3, 0], ""), ([1], "sea")])
    Classes(merge='0+3', names='0,sea,sky')
    """
    made = sorted((sorted(labels), name) for labels, name in groups if labels)
    merge = ",".join("+".join(map(str, labels)) for labels, _ in made if len(labels) > 1)
    given = [name for _, name in made]
    names = [name or (f"{at}" if f"{at}" not in given else f"label {at}") for at, name in enumerate(given)]
    return Classes(merge or None, ",".join(names) if any(given) else None)


def parts_called(name: str, count: int, taken: Collection[str]) -> list[str]:
    """Return names of the parts of a class, none of which is taken; "" where it has none.

    >>> parts_called("sky", 2, ["sea", "sky 1"])
    ['sky 2', 'sky 3']
    """
    free = (called for number in itertools.count(1) if (called := f"{name} {number}") not in taken)
    return list(itertools.islice(free, count)) if name else [""] * count


def groups_in(classes: Classes, count: int) -> list[tuple[tuple[int, ...], str]]:
    """Return the labels of each class, and its name; "" where that is but its number."""
    groups, names = groups_of(classes.groups, count), classes.named
    if len(names) != len(groups):
        names = ("",) * len(groups)
    return [(group, given_name(name, at)) for at, (group, name) in enumerate(zip(groups, names, strict=True))]


def given_name(name: str, label: int) -> str:
    """Return the name of a class; "" where it is but its number.

    >>> given_name("2", 2), given_name("2", 3)
    ('', '2')
    """
    return "" if name.strip() in (f"{label}", f"label {label}") else name.strip()


def renumbered(classes: Classes, labels: Sequence[int | None]) -> Classes:
    """Return the same classes where each label has become another, or is gone.

    >>> renumbered(Classes("0+1", "tree,sea"), [1, None, 0])
    Classes(merge=None, names='sea,tree')
    """
    groups = groups_in(classes, len(labels))
    return classes_from(
        ([new for label in group if (new := labels[label]) is not None], name) for group, name in groups
    )


def as_asked(segmentation: Segmentation, classes: Classes) -> Segmentation:
    """Return a segmentation with labels merged and named as asked for; unmerged where it has not such labels.

    Warns
    -----
    ClassesLeftWarning
        It has not.
    """
    try:
        return classified(segmentation, classes)
    except ChoiceError as refused:
        warn(f"Classes are as they were found. {refused}", ClassesLeftWarning)
        return segmentation


def source_as_asked(fitted: SourceFit, classes: Classes) -> SourceFit:
    """Return the fit of an image larger than memory with labels merged and named, as `as_asked` does.

    Warns
    -----
    ClassesLeftWarning
        It has not such labels.
    """
    try:
        return fitted.classified(classes)
    except ChoiceError as refused:
        warn(f"Classes are as they were found. {refused}", ClassesLeftWarning)
        return fitted


def after_run(document: Document, found: Segmentation) -> Document:
    """Return a document that a run was asked for, as it is with what was found: edits go on from there."""
    start = document.start
    if start is None or found.guidance is not None:
        return document
    labels, mixture = labels_after(start, found.fit), unmerged(found).mixture
    locked = frozenset(label for k in document.locked if (label := labels[k]) is not None)
    chosen = with_components(document.chosen, mixture)
    return replace(
        document,
        start=mixture,
        locked=locked,
        chosen=replace(chosen, classes=renumbered(document.chosen.classes, labels)),
    )


def landed(now: Document, begun: Document, after: Document) -> Document:
    """Return a document with what a run of it found; what was chosen meanwhile stays chosen.

    Parameters
    ----------
    now
        The document as it is.
    begun
        As it was when the run began.
    after
        As `after_run` has what was found.
    """
    if after.start is None:
        return replace(now, found=after.found)
    if changed_in(STARTS, begun, now):  # the next fit starts elsewhere
        return replace(now, found=after.found)
    followed = replace(with_components(now.chosen, after.start), classes=after.chosen.classes)
    return replace(now, found=after.found, start=after.start, locked=after.locked, chosen=followed)


def with_components(chosen: Chosen, mixture: Mixture) -> Chosen:
    """Return choices that ask for as many components as a mixture has."""
    choices = replace(chosen.choices, components=mixture.components)
    return replace(chosen, auto=False, choices=choices)
