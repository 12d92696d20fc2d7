"""How many components the image supports: numbers of them are compared, and what a criterion says of each."""

from __future__ import annotations

from typing import Any

from pixture import stopping
from pixture.mixture.model_selection.selection import Selection
from pixture.options.fitting import AUTO_COMPONENTS
from pixture.segmentation.component_count.image_components import select_image
from pixture.studio.choices.choosing import COMPARED, changed_in
from pixture.studio.runs.fitting import opened_in
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import RUNNING, Run, Session
from pixture.wording import plural


def select(session: Session, question: Question) -> Answer:
    """Begin to compare 1 to 12 components, by what is chosen; what is found is published as `selection`."""
    opened_in(session)
    begun = session.begin("Comparing numbers of components", lambda run: _compare(session, run))
    return Answer({"run": begun.number})


def selection_state(selection: Selection) -> dict[str, Any]:
    """Return what is told of a selection, ready for JSON."""
    return selection.as_dict()


def _compare(session: Session, run: Run) -> str:
    opened, begun = opened_in(session), session.document
    chosen = begun.chosen

    def tell(done: int, fits: int) -> None:
        stopping.check()
        session.say_run(run, RUNNING, f"Comparing numbers of components: {done} of {fits} fits")

    found = select_image(
        opened.image,
        AUTO_COMPONENTS,
        chosen.choices.covariance,
        chosen.choices,
        features=chosen.features,
        on_progress=tell,
    )
    stopping.check()
    if changed_in(COMPARED, begun, session.document):
        return "Choices were changed meanwhile, so what was compared is out of date; compare again."
    session.publish(selection=selection_state(found))
    best = plural(found.best.components, "component")
    return f"The image supports {best}: their {found.criterion.upper()} is the lowest."
