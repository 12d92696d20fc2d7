"""What the page can ask, and what answers it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pixture.studio.choices import choosing, equivalent_command
from pixture.studio.choices.chosen import Chosen
from pixture.studio.choices.options_form import options_form
from pixture.studio.components import density, mixture_edits
from pixture.studio.marks import drawing
from pixture.studio.measures import measuring, regions_of_session
from pixture.studio.playground import playground
from pixture.studio.runs import fitting, large_maps, selecting, steps
from pixture.studio.session import opening
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Handler, Session
from pixture.studio.session_file import saved_sessions
from pixture.studio.take_home import outputs, session_output
from pixture.studio.tiles import pixel, tiles


def look(session: Session, question: Question) -> Answer:
    """Say that the session is there; `Session.receive` sends the state besides."""
    return Answer()


QUESTIONS: dict[str, Handler] = {
    "look": look,
    "choose": choosing.choose,
    "axes": density.axes,
    "density": density.density,
    "components-in-lab": density.components_in_lab,
    "equivalent": equivalent_command.equivalent,
    "lock": mixture_edits.lock,
    "split": mixture_edits.split,
    "delete": mixture_edits.delete,
    "merge": mixture_edits.merge,
    "unmerge": mixture_edits.unmerge,
    "rename": mixture_edits.rename,
    "colour": mixture_edits.colour,
    "select": selecting.select,
    "steps": steps.steps,
    "labels-at": steps.labels_at,
    "draw": drawing.draw,
    "drawn": drawing.drawn,
    "outputs": outputs.outputs,
    "make-output": outputs.make_output,
    "output": outputs.output,
    "save-session": session_output.save_session,
    "saved-sessions": saved_sessions.saved_sessions,
    "open-saved": saved_sessions.open_saved,
    "forget-saved": saved_sessions.forget_saved,
    "save-by-itself": saved_sessions.save_by_itself,
    "measure": measuring.measure,
    "objects-table": measuring.table,
    "object-shape": measuring.object_shape,
    "regions": regions_of_session.regions,
    "regions-map": regions_of_session.regions_map,
    "open-path": opening.open_path,
    "begin-upload": opening.begin_upload,
    "open-sample": opening.open_sample,
    "upload-part": opening.upload_part,
    "find-map": large_maps.find_map,
    "run": fitting.run,
    "cancel": fitting.cancel,
    "pixel": pixel.pixel,
    "play-points": playground.points,
    "play-start": playground.start,
    "play-e": playground.expect,
    "play-m": playground.maximised,
    "play-k-means": playground.k_means,
    "tile": tiles.tile,
}

LOOKS = frozenset((
    "look", "axes", "density", "components-in-lab", "equivalent", "steps", "labels-at", "drawn", "outputs",
    "output", "saved-sessions", "objects-table", "object-shape", "regions-map", "cancel",
    "pixel", "play-points", "play-start", "play-e", "play-m", "play-k-means", "tile",
))  # fmt: skip
"""Those that change nothing of what a session is about, and wait for no other."""


def new_session(folder: Path, *, saved: Path | None = None, **how: Any) -> Session:
    """Return a session that answers all questions; `how` is as in `Session`.

    With `saved` it is saved by itself in that folder, such as `saved_sessions.sessions_folder()`.
    """
    session = Session(QUESTIONS, folder, looks=LOOKS, **how)
    session.publish(choices=Chosen().as_dict(), options=options_form())
    if saved is not None:
        saved_sessions.keep_saved(session, saved)
    return session
