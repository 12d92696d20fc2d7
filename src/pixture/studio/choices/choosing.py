"""Choices are changed in the page; what no longer goes with them is forgotten."""

from __future__ import annotations

from dataclasses import replace

from pixture.errors import ChoiceError
from pixture.options.classes import NO_CLASSES
from pixture.studio.session.document import Document
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Session
from pixture.wording import shown

STARTS = frozenset(("components", "covariance", "init", "n_init", "seed", "features", "accelerate"))
"""Choices that say where a fit starts: a mixture that was edited by hand has no place then."""

NUMBERS = frozenset(("components", "features"))
"""Choices after which labels mean others: classes are no longer merged or named."""

COMPARED = (STARTS - {"components"}) | {"tol", "max_iter", "covariance_floor", "shrinkage"}
"""Choices after which a comparison of numbers of components is out of date."""


def changed_in(names: frozenset[str], before: Document, after: Document) -> bool:
    """Whether one of some choices is another in one document than in another."""
    was, now = before.chosen.as_dict(), after.chosen.as_dict()
    return any(was[name] != now[name] for name in names)


def choose(session: Session, question: Question) -> Answer:
    """Change choices: {"choices": {name: value}}; None takes a default."""
    values = question.says.get("choices")
    if not isinstance(values, dict):
        raise ChoiceError(f"choices must be names and values; got {shown(values)}.")
    names = set(values)

    def changed(document: Document) -> Document:
        chosen = document.chosen
        if names & NUMBERS and not names & {"merge", "names"}:
            chosen = replace(chosen, classes=NO_CLASSES)
        chosen = chosen.changed_by(values)
        _ = chosen.method  # refuses what excludes each other
        if names & STARTS:
            document = replace(document, start=None, locked=frozenset())
        return replace(document, chosen=chosen)

    session.edit(changed)
    if names & COMPARED and session.state("selection") is not None:
        session.publish(selection=None)
    return Answer()
