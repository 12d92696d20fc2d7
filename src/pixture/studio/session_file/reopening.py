"""A session's file is opened: everything is as it was, and its labels are the same.

Where the mixture was fitted to values alone, the fit is in the file, and nothing is fitted again. Where it
was fitted under a spatial prior, or by marks, the same run is done again, which has the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pixture import stopping
from pixture.errors import ChoiceError, ImageError, PixtureError, ReadError, remarks_taken
from pixture.files.file_digest import digest_now
from pixture.imaging.image import Image
from pixture.options.features import FeatureChoice
from pixture.options.fitting import Choices
from pixture.options.spatial import Spatial
from pixture.segmentation.many_images.image_model import apply_to
from pixture.segmentation.segmentation import Segmentation
from pixture.segmentation.sources.feature_histogram import feature_histogram
from pixture.studio.choices.chosen import Chosen
from pixture.studio.marks.drawing import drawn_state
from pixture.studio.marks.guided import MEMORY as MARKS
from pixture.studio.marks.guided import marks_in
from pixture.studio.marks.strokes import NOTHING_DRAWN, drawn_of
from pixture.studio.measures.measuring import LAYER as OBJECTS
from pixture.studio.measures.measuring import MEMORY as MEASURED
from pixture.studio.measures.regions_of_session import LAYER as REGIONS
from pixture.studio.measures.regions_of_session import MEMORY as FOUND_REGIONS
from pixture.studio.runs.fitting import segment_document
from pixture.studio.runs.seen import LAB, SEEN, STEPS
from pixture.studio.session.document import Document, Found, OpenedImage
from pixture.studio.session.result_state import COLOUR, COLOURS, found_state, image_state, palette
from pixture.studio.session.sent_files import file_name, forget_files, new_folder
from pixture.studio.session.session import Run, Session
from pixture.studio.session_file.packed_fit import unpacked, unpacked_fit, unpacked_selection
from pixture.studio.session_file.session_file import (
    FIT,
    Kept,
    digest_of,
    image_of,
    read_session,
    unpack_image,
)
from pixture.studio.take_home.shelf import forget_outputs
from pixture.studio.tiles.tiles import MAPS

GONE = "The image of the session is no longer at"


def forget_image(session: Session) -> None:
    """Forget what was kept beside the document of the image that was open before."""
    for name in (MARKS, MEASURED, OBJECTS, FOUND_REGIONS, REGIONS, SEEN, LAB, STEPS, MAPS):
        session.memory.pop(name, None)
    forget_outputs(session)
    opened = session.document.opened
    if opened is not None and opened.large is not None and opened.large.labels is not None:
        opened.large.labels.unlink(missing_ok=True)


def open_session(
    session: Session, path: Path, run: Run, on_opened: Callable[[OpenedImage], object] = lambda opened: None
) -> str:
    """Open a session's file in a session; return what came of it, in a sentence.

    `on_opened` is told of the image just before the session has it.

    Raises
    ------
    ReadError, ImageError, ChoiceError
        It is damaged; its image is not there, or is another than it was.
    """
    kept = read_session(path)
    says = kept.says
    if isinstance(says.get("image"), dict) and says["image"].get("where") == "large":
        return _open_large(session, kept, path, run, on_opened)
    with remarks_taken() as remarks:
        image, name = _image(session, kept, path)
    if image.size > session.limits.pixels:
        raise ImageError(
            f"The image of the session has {image.size / 1e6:,.0f} million pixels, which are too many."
        )
    stopping.check()
    before = session.document.opened
    opened = OpenedImage(name, image, 0 if before is None else before.number + 1, None, tuple(remarks))
    document = _document(kept, opened)
    said = says.get("found")
    found, note = None, ""
    if isinstance(said, dict) and said.get("by") == FIT:
        warnings, seconds = _told_then(said)
        with remarks_taken() as more:
            segmentation = _segmentation(kept, document, image)
        note = _compared(said, segmentation)
        found = Found(segmentation, run.number, seconds, tuple(dict.fromkeys((*warnings, *more))))
        state: Any = found_state(document, found)
    else:
        state = None
    stopping.check()
    document = replace(document, found=found)
    on_opened(opened)
    forget_image(session)
    session.edit(lambda before: document)
    forget_files(session)
    colours = says.get("colours")
    there = marks_in(session.memory, document.drawn, opened)
    session.publish(
        image=image_state(opened), result=state,
        selection=_selection_state(found), regions=None, objects=None,
        palette=colours if _are_colours(colours) else palette(COLOURS),
        drawn=None if document.drawn == NOTHING_DRAWN else drawn_state(document.drawn, there),
    )  # fmt: skip
    if isinstance(said, dict) and found is None:
        segment_document(session, run)
        now = session.document.found
        note = "" if now is None else _compared(said, now.segmentation)
    return f"The session on {name} is open, as it was.{note}"


def _open_large(
    session: Session, kept: Kept, path: Path, run: Run, on_opened: Callable[[OpenedImage], object]
) -> str:
    """Open the image of a session that is larger than memory, and segment it as the session did."""
    from pixture.studio.session.opening import open_place  # which opens sessions, too

    place = kept.says["image"].get("path")
    if not isinstance(place, str):
        raise ReadError(f"{path.name} does not say where its image is.")
    if not Path(place).exists():
        raise ImageError(f"{GONE} {place}; put it back, and open the session again.")
    document = _document(kept, None)

    def about(opened: OpenedImage, before: Document) -> Document:
        on_opened(opened)
        return replace(document, opened=opened, drawn=NOTHING_DRAWN)

    return open_place(session, Path(place), run, about)


def _image(session: Session, kept: Kept, path: Path) -> tuple[Image, str]:
    """Return the image of a session, and what it is called."""
    said = kept.says.get("image")
    if not isinstance(said, dict) or not isinstance(said.get("name"), str):
        raise ReadError(f"{path.name} does not say what its image is.")
    name = file_name(said["name"])
    if said.get("where") == "array":
        return image_of(kept), name
    if said.get("where") == "inside":
        folder = new_folder(session)
        unpack_image(path, name, folder / name, session.limits.upload)
        return session.read(folder / name), name
    place = said.get("path")
    if not isinstance(place, str):
        raise ReadError(f"{path.name} does not say where its image is.")
    there = Path(place)
    if not there.exists():
        raise ImageError(f"{GONE} {place}; put it back, and open the session again.")
    if isinstance(said.get("sha256"), str) and there.is_file() and digest_now(there) != said["sha256"]:
        raise ImageError(f"{place} is another image than the session's: it has changed since it was saved.")
    return session.read(there), name


def _chosen(kept: Kept) -> Chosen:
    """Return the choices of a session."""
    choices = kept.says.get("choices")
    if not isinstance(choices, dict):
        raise ReadError("The session's file does not say what was chosen.")
    chosen = Chosen()
    try:
        default = chosen.as_dict()
        chosen = chosen.changed_by(
            {name: value for name, value in choices.items() if default.get(name) != value}
        )
    except PixtureError as refused:
        raise ChoiceError(f"A choice in the session's file is none that there is: {refused}") from refused
    return chosen


def _document(kept: Kept, opened: OpenedImage | None) -> Document:
    """Return what a session is about, but what was found."""
    says = kept.says
    chosen, drawn = _chosen(kept), says.get("drawn")
    if not isinstance(drawn, dict):
        raise ReadError("The session's file does not say what was drawn.")
    start, locked = None, says.get("locked", [])
    if says.get("started") is True:
        (start,) = unpacked(kept.arrays, "start")
    if not isinstance(locked, list) or not all(isinstance(one, int) for one in locked):
        raise ReadError("The session's file does not say which components are locked.")
    return Document(opened, chosen, drawn_of(drawn), start, frozenset(locked))


def _segmentation(kept: Kept, document: Document, image: Image) -> Segmentation:
    """Return a segmentation again, from its fit."""
    said = kept.says["found"]
    try:
        choices, features = Choices(**said["choices"]), FeatureChoice(said["features"])
        spatial = Spatial(said["smooth"], said["neighbours"], document.chosen.spatial.inference)
        groups = tuple(tuple(int(one) for one in group) for group in said["groups"])
        names, stop, selection = (
            tuple(str(one) for one in said["names"]),
            str(said["stop"]),
            said["selection"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(f"What the session's file says of the segmentation is damaged ({error}).") from error
    counted = feature_histogram(image, features, threads=choices.threads)
    fit = unpacked_fit(kept.arrays, stop, counted, choices.threads)
    applied = apply_to(fit.mixture, image, spatial=spatial, features=features, threads=choices.threads)
    if selection is not None:
        selection = unpacked_selection(selection, kept.arrays, counted, choices.threads)
    made = replace(applied, fit=fit, choices=choices, selection=selection)
    components = {one for group in groups for one in group}
    if groups and components != set(range(fit.mixture.components)):
        raise ReadError("The classes in the session's file are not those of its mixture.")
    made = replace(made, groups=groups)
    return made.named(*names) if names else made


def _told_then(said: dict[str, Any]) -> tuple[list[str], float]:
    """Return what a run warned of, and the seconds that it took."""
    warnings, seconds = said.get("warnings", []), said.get("seconds", 0)
    if not isinstance(warnings, list) or not isinstance(seconds, int | float):
        raise ReadError("What the session's file says of the segmentation is damaged (warnings, seconds).")
    return [str(one) for one in warnings], float(seconds)


def _compared(said: dict[str, Any], segmentation: Segmentation) -> str:
    """Return a sentence where labels are not what they were."""
    if said.get("labels") == digest_of(segmentation.labels):
        return ""
    return " Its labels are not quite those that were saved: choices were changed since, or pixture was."


def _selection_state(found: Found | None) -> dict[str, Any] | None:
    selection = None if found is None else found.segmentation.selection
    return None if selection is None else selection.as_dict()


def _are_colours(given: Any) -> bool:
    return (
        isinstance(given, list)
        and len(given) == COLOURS
        and all(isinstance(one, str) and COLOUR.fullmatch(one) for one in given)
    )
