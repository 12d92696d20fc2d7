"""Components edited by hand: locked, split, deleted, merged into classes, named, coloured."""

from __future__ import annotations

from dataclasses import replace

from pixture.errors import ChoiceError
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model_selection.split_and_merge import splits, without
from pixture.options.classes import Classes
from pixture.options.features import FeatureChoice
from pixture.segmentation.classes.derived import classified
from pixture.segmentation.segmentation import Segmentation
from pixture.studio.components.edited import (
    classes_from,
    given_name,
    groups_in,
    parts_called,
    renumbered,
    unmerged,
    with_components,
)
from pixture.studio.runs.fitting import found_in, opened_in, segment_document
from pixture.studio.runs.large_run import label_anew
from pixture.studio.runs.seen import seen_histogram
from pixture.studio.session.document import Document
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.result_state import COLOUR, found_state
from pixture.studio.session.session import Session
from pixture.wording import shown

FEW = 4_096
"""Rows that say along which axis a component is split."""


def lock(session: Session, question: Question) -> Answer:
    """Have a label keep mean and covariance in the fits to come, or no longer: {label, locked}.

    Its share follows the image.
    """
    document, segmentation = session.document, _edited(session, "locked")
    if document.chosen.scan.bias:
        raise ChoiceError(
            "A bias field is estimated together with the mixture: leave bias out to lock components."
        )
    if document.chosen.times.per_time:
        raise ChoiceError(
            "The mixture of each time follows that of the time before: leave per_time out to lock components."
        )
    components, locked = _components(segmentation, _label(question, segmentation)), _locked(session)
    locked = locked | components if question.says.get("locked") else locked - components
    session.change(start=unmerged(segmentation).mixture, locked=locked)
    _show(session, segmentation)
    return Answer()


def split(session: Session, question: Question) -> Answer:
    """Split the component of a label in two, and fit again from there: {label}."""
    segmentation = _edited(session, "split")
    label = _label(question, segmentation)
    components = _components(segmentation, label)
    if len(components) > 1:
        raise ChoiceError(f"Label {label} is made of {len(components)} components: unmerge it first.")
    (component,) = components
    mixture = unmerged(segmentation).mixture
    opened, features = opened_in(session), FeatureChoice(segmentation.features)
    few = seen_histogram(session, opened, features, segmentation.choices.threads).sample.thinned(FEW)
    start = splits(mixture, few.variance_floor(), few, 1, only=component)[0]
    # the halves come last
    kept = [k for k in range(mixture.components) if k != component]
    labels = [None if k == component else kept.index(k) for k in range(mixture.components)]
    classes = classes_from(_classes_shown(segmentation))
    name = next(name for group, name in groups_in(classes, mixture.components) if component in group)
    last = len(kept)
    rest = groups_in(renumbered(classes, labels), last) if kept else []
    halves = zip([(last,), (last + 1,)], parts_called(name, 2, [one for _, one in rest]), strict=True)
    return _fit_from(session, "Splitting", start, labels, classes_from([*rest, *halves]))


def delete(session: Session, question: Question) -> Answer:
    """Leave the components of a label out, and fit again from the others: {label}."""
    segmentation = _edited(session, "deleted")
    label = _label(question, segmentation)
    mixture, gone = unmerged(segmentation).mixture, _components(segmentation, label)
    kept = [k for k in range(mixture.components) if k not in gone]
    if not kept:
        raise ChoiceError("The last class cannot be deleted: every pixel has a label.")
    labels = [None if k in gone else kept.index(k) for k in range(mixture.components)]
    classes = renumbered(classes_from(_classes_shown(segmentation)), labels)
    return _fit_from(session, "Deleting", without(mixture, gone), labels, classes)


def merge(session: Session, question: Question) -> Answer:
    """Make several labels one class: {"labels": […]}. Nothing is fitted; a large image is labelled anew."""
    segmentation = found_in(session).segmentation
    labels = question.says.get("labels")
    count = segmentation.mixture.components
    whole = isinstance(labels, list) and all(isinstance(one, int) and 0 <= one < count for one in labels)
    if not isinstance(labels, list) or not whole or len(set(labels)) < 2:
        raise ChoiceError(f"Two labels or more of 0 to {count - 1} are merged; got {shown(labels)}.")
    groups = _classes_shown(segmentation)
    together = sorted(set(labels))
    merged = [label for one in together for label in groups[one][0]]
    rest = [group for at, group in enumerate(groups) if at not in together]
    return _reclassified(session, classes_from([*rest, (merged, groups[together[0]][1])]))


def unmerge(session: Session, question: Question) -> Answer:
    """Make the labels of a class classes of their own again: {label}; of all classes without one."""
    segmentation = found_in(session).segmentation
    groups = _classes_shown(segmentation)
    only = None if question.says.get("label") is None else _label(question, segmentation)
    apart: list[tuple[tuple[int, ...], str]] = []
    for at, (labels, name) in enumerate(groups):
        if len(labels) > 1 and only in (None, at):
            names = parts_called(name, len(labels), [one for _, one in [*apart, *groups]])
            apart += [((one,), called) for one, called in zip(labels, names, strict=True)]
        else:
            apart.append((labels, name))
    return _reclassified(session, classes_from(apart))


def rename(session: Session, question: Question) -> Answer:
    """Give a class a name: {label, name}; an empty one is its number again."""
    segmentation = found_in(session).segmentation
    label, name = _label(question, segmentation), question.text("name", longest=80).strip()
    if "," in name:
        raise ChoiceError("The name of a class has no comma: commas stand between names.")
    groups = _classes_shown(segmentation)
    groups[label] = groups[label][0], given_name(name, label)
    return _reclassified(session, classes_from(groups))


def colour(session: Session, question: Question) -> Answer:
    """Show a label in a colour, "#rrggbb": {label, colour}."""
    palette = list(session.state("palette") or ())
    label, wanted = question.whole("label", 0, len(palette) - 1), question.text("colour", longest=7).lower()
    if COLOUR.fullmatch(wanted) is None:
        raise ChoiceError(f"colour must be such as #e69f00; got {shown(wanted)}.")
    palette[label] = wanted
    session.publish(palette=palette)
    return Answer()


def _edited(session: Session, how: str) -> Segmentation:
    """Return the segmentation whose components are to be edited.

    Raises
    ------
    ChoiceError
        Its classes are those that were drawn.
    """
    segmentation = found_in(session).segmentation
    if segmentation.guidance is not None:
        raise ChoiceError(
            f"The classes are those that were drawn, so none can be {how}: draw, or erase, under Guide."
        )
    return segmentation


def _label(question: Question, segmentation: Segmentation) -> int:
    return question.whole("label", 0, segmentation.mixture.components - 1)


def _components(segmentation: Segmentation, label: int) -> frozenset[int]:
    """Return the components, before any were merged, that are a label."""
    return frozenset(segmentation.groups[label]) if segmentation.groups else frozenset({label})


def _locked(session: Session) -> frozenset[int]:
    return frozenset() if session.document.start is None else session.document.locked


def _classes_shown(segmentation: Segmentation) -> list[tuple[tuple[int, ...], str]]:
    """Return the labels before any were merged that each class is made of, and its name.

    They are those of what was found: choices may have been changed since.
    """
    before = unmerged(segmentation)
    labels = before.groups or tuple((k,) for k in range(before.mixture.components))
    shown = segmentation.groups or labels
    names = segmentation.names or [""] * len(shown)
    return [
        (tuple(at for at, one in enumerate(labels) if set(one) <= set(group)), given_name(name, number))
        for number, (group, name) in enumerate(zip(shown, names, strict=True))
    ]


def _reclassified(session: Session, classes: Classes) -> Answer:
    """Show what was found with other classes."""
    before = found_in(session).segmentation
    segmentation = classified(unmerged(before), classes)
    if segmentation.groups != before.groups and opened_in(session).large is not None:
        run = session.begin("Merging", lambda run: label_anew(session, run, classes))
        return Answer({"run": run.number})
    session.edit(lambda document: replace(document, chosen=replace(document.chosen, classes=classes)))
    if segmentation.groups == before.groups:
        _call(session, replace(before, names=segmentation.names))
    else:
        _show(session, segmentation)
    return Answer()


def _show(session: Session, segmentation: Segmentation) -> None:
    document = session.change(found=replace(found_in(session), segmentation=segmentation))
    assert document.found is not None
    session.publish(result=found_state(document, document.found))


def _call(session: Session, segmentation: Segmentation) -> None:
    """Show what was found under other names: nothing else of it is another."""
    names = segmentation.names or ("",) * segmentation.mixture.components
    session.change(found=replace(found_in(session), segmentation=segmentation))
    said = session.state("result")
    components = [{**one, "name": name} for one, name in zip(said["components"], names, strict=True)]
    session.publish(result={**said, "components": components})


def _fit_from(
    session: Session, name: str, start: Mixture, labels: list[int | None], classes: Classes
) -> Answer:
    """Begin to fit from an edited mixture; the document has the edit when the fit is done.

    `labels` are those that the components of what was found have in the start.
    """
    locked = frozenset(label for k in _locked(session) if (label := labels[k]) is not None)

    def edited(document: Document) -> Document:
        chosen = replace(with_components(document.chosen, start), classes=classes)
        return replace(document, start=start, locked=locked, chosen=chosen)

    run = session.begin(name, lambda run: segment_document(session, run, edited(session.document)))
    return Answer({"run": run.number})
