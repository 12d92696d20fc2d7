"""What can be taken home: files, made by what the command makes them with, when they are asked for."""

from __future__ import annotations

import gc
import shutil
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from pixture import stopping
from pixture.errors import ChoiceError, remarks_taken
from pixture.files.output_files import stem_of
from pixture.imaging.encoding.png import png
from pixture.options.guidance import Guidance
from pixture.options.writing import PROBABILITIES, UNCERTAINTY, Writing
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.segmentation import Segmentation
from pixture.studio.marks.guided import guidance_of, marks_in
from pixture.studio.measures.measuring import measured_in
from pixture.studio.measures.regions_of_session import regions_in
from pixture.studio.runs.fitting import found_in, opened_in
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.opening import PART
from pixture.studio.session.session import Run, Session
from pixture.studio.take_home.archive import as_file, zipped
from pixture.studio.take_home.large_outputs import MADE as MADE_IN_PIECES
from pixture.studio.take_home.large_outputs import Making, make_of_large, refuse_what_is_not_made, set_of
from pixture.studio.take_home.model_output import save_model
from pixture.studio.take_home.shelf import Made, Shelf, shelf_of
from pixture.wording import nearest, plural, shown

GONE = "These files are no longer there; make them again."

SET = {
    "labels": (".labels.", "Labels", "The label of each pixel, as numbers."),
    "overlay": (".overlay.", "Overlay", "The labels' colours over the image, with a legend."),
    "painted": (".painted.", "Painted", "Each label in the mean of its pixels."),
    "classes": (
        ".classes.",
        "Table of classes",
        "A line a label: share, means, deviations.",
    ),
    "convergence": (".convergence.", "Convergence plot", "The log-likelihood of every iteration."),
    "record": (".json", "Record", "Every choice and every number of the fit, as JSON."),
}
"""The files that `pixture segment` always writes: by what they are recognised, and words."""

OTHERS = {
    PROBABILITIES: ("Probabilities", "Of each class at each pixel."),
    UNCERTAINTY: ("Uncertainty", "Of each pixel's label, in nats."),
    "objects": ("Objects", "Their numbers, their table and their outlines."),
    "regions": (
        "Regions",
        "Numbers, outlines, boundaries, table and tree, at the detail shown.",
    ),
    "report": ("Report", "A page that shows all there is to see; it needs no network."),
    "animation": ("Animation", "The fit as it went, as a page that plays."),
    "film": ("Animated picture", "The same as a GIF."),
    "scribbles": ("Your marks", "Numbers of classes as a picture, for pixture segment --scribbles."),
    "model": ("Model", "The mixture, to segment other images by (pixture apply)."),
}


def outputs(session: Session, question: Question) -> Answer:
    """List what can be taken home: {"outputs": [{"name", "title", "words", "ready", "wants"}]}."""
    found_in(session)
    large = opened_in(session).large is not None
    listed = [
        {"name": name, "title": title, "words": words, "wants": _wants(session, name)}
        for name, (title, words) in [*((one, SET[one][1:]) for one in SET), *OTHERS.items()]
        if name in MADE_IN_PIECES or not large
    ]
    return Answer({"outputs": listed})


def _wants(session: Session, name: str) -> str:
    """Return what has to be done before something can be made, "" where nothing."""
    found = found_in(session)
    try:
        if name == "objects" and measured_in(session).segmentation is not found.segmentation:
            return "The image was segmented anew: measure the objects again."
        if name == "regions":
            regions_in(session)
        if name == "scribbles":
            _marks(session)
    except ChoiceError as refused:
        return str(refused)
    return ""


def make_output(session: Session, question: Question) -> Answer:
    """Make files: {"names": …}, and {"regions": how many} of regions; several become one archive.

    `outputs` of the state says when they are there, under which number, and which files to ask for.
    """
    names = question.says.get("names")
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        raise ChoiceError(f"names must be a list of what is to be made; got {shown(names)}.")
    for name in names:
        if name not in SET and name not in OTHERS:
            raise ChoiceError(
                f"There is nothing called {shown(name)} to be made.{nearest(name, [*SET, *OTHERS])}"
            )
    archive = question.says.get("archive") is True
    regions = None
    if question.says.get("regions") is not None:
        regions = question.whole("regions", 1, 2**31)
    found_in(session)
    if opened_in(session).large is not None:
        for name in names:
            refuse_what_is_not_made(name)

    def work(run: Run) -> str:
        try:
            return _make(session, tuple(dict.fromkeys(names)), archive, regions, run)
        finally:
            # figures of matplotlib leave some 100,000 objects that refer to each other: Python finds them by
            # itself only after several reports, and what lies between them keeps their memory in use
            gc.collect()

    begun = session.begin("Making files", work)
    return Answer({"run": begun.number})


def _make(session: Session, names: tuple[str, ...], archive: bool, regions: int | None, run: Run) -> str:
    shelf = shelf_of(session)
    files: list[Path] = []
    remarks: list[str] = []
    for done, name in enumerate(names):
        stopping.check()
        session.say_run(
            run, "running", f"Making files: {done} of {len(names)} done", done=done, of=len(names)
        )
        with remarks_taken() as said:
            files += [file for file in _files(session, run, shelf, name, regions) if file not in files]
        remarks += [remark for remark in said if remark not in remarks]
    if archive:
        session.say_run(run, "running", "Packing the files", done=len(names), of=len(names))
        files = [_archive(session, files)]
    files = [as_file(file) for file in files]
    shelf.number += 1
    shelf.asked = {shelf.number: tuple(files)}
    session.publish(
        outputs={
            "number": shelf.number,
            "run": run.number,
            "names": list(names),
            "files": [{"name": file.name, "bytes": file.stat().st_size} for file in files],
        }
    )
    return " ".join([f"{plural(len(files), 'file')} made.", *remarks])


def made_file(session: Session, question: Question) -> Path:
    """Return the place of a file that was made: {"number", "file"}.

    Raises
    ------
    ChoiceError
        It is not there any more.
    """
    files = shelf_of(session).asked.get(question.whole("number", 1, 2**53))
    if files is None:
        raise ChoiceError(GONE)
    return files[question.whole("file", 0, len(files) - 1, 0)]


def output(session: Session, question: Question) -> Answer:
    """Send a part of a file that was made: {"number", "file", "offset"}; a buffer of at most 4 MB."""
    path = made_file(session, question)
    try:
        size = path.stat().st_size
        offset = question.whole("offset", 0, size, 0)
        with path.open("rb") as file:
            file.seek(offset)
            part = file.read(PART)
    except OSError:
        raise ChoiceError(GONE) from None
    return Answer({"name": path.name, "offset": offset, "bytes": size}, (part,))


# --- how each is made --------------------------------------------------------------------------------------


def _files(session: Session, run: Run, shelf: Shelf, name: str, regions: int | None) -> tuple[Path, ...]:
    """Return the files of something, made unless they are there already."""
    large = opened_in(session).large
    key = ("set" if name in SET else name) if large is None else set_of(name)
    of, regions = _basis(session, name), regions if name == "regions" else None
    made = shelf.made.get(key)
    if made is None or made.of() is not of or made.regions != regions:
        folder = session.folder / "outputs" / key
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        segmentation = found_in(session).segmentation
        if large is not None and isinstance(segmentation, LargeSegmentation):
            making = Making(session, run, large, segmentation, _stem(segmentation), folder)
            paths = make_of_large(making, key)
        else:
            paths = _make_in(session, key, regions, folder)
        made = Made(weakref.ref(of), regions, tuple(paths))
        shelf.made[key] = made
    if name not in SET:
        return made.files
    stem = _stem(found_in(session).segmentation)
    return tuple(one for one in made.files if one.name.removeprefix(stem).startswith(SET[name][0]))


def _marks(session: Session) -> Guidance:
    """Return what is marked in the image by strokes.

    Raises
    ------
    ChoiceError
        Nothing, or too little; or it is no picture.
    """
    opened = opened_in(session)
    if opened.planes > 1:
        raise ChoiceError("Marks in several planes are kept in the session's file.")
    drawn = session.document.drawn
    guidance = guidance_of(drawn, marks_in(session.memory, drawn, opened))
    if guidance.scribbles is None:
        raise ChoiceError("Nothing is marked by strokes yet.")
    return guidance


def _basis(session: Session, name: str) -> Any:
    """Return what something is made of."""
    if name == "objects":
        return measured_in(session)
    if name == "scribbles":
        return session.document.drawn
    return regions_in(session) if name == "regions" else found_in(session).segmentation


def _make_in(session: Session, name: str, regions: int | None, folder: Path) -> list[Path]:
    """Make files in a folder, by what the command makes them with; return them."""
    # with these comes matplotlib: a page is there before
    from pixture.view.output.object_files import save_objects
    from pixture.view.output.save_regions import save_regions
    from pixture.view.output.save_segmentation import save
    from pixture.view.report import save_report

    segmentation = found_in(session).segmentation
    stem = _stem(segmentation)
    if name == "set":
        return save(segmentation, Writing(folder), stem=stem)
    if name in (PROBABILITIES, UNCERTAINTY):  # written with the set, as the command does
        written = save(segmentation, Writing(folder, maps=(name,)), stem=stem)
        return [path for path in written if f".{name}." in path.name]
    if name == "objects":
        return save_objects(measured_in(session).objects, folder, stem=stem)
    if name == "regions":
        found = regions_in(session).regions
        cut = found if regions is None else found.cut(regions=regions)
        return save_regions(cut, Writing(folder), stem=stem)
    if name == "report":
        return [save_report(segmentation, folder / f"{stem}.report.html")]
    if name == "model":
        return [save_model(segmentation, folder / f"{stem}.pixture")]
    if name == "scribbles":
        path = folder / f"{stem}.scribbles.png"
        path.write_bytes(png(np.asarray(_marks(session).scribbles, np.uint8)))
        return [path]
    suffix = ".animation.html" if name == "animation" else ".gif"
    return [segmentation.animate().save(folder / f"{stem}{suffix}")]


def _stem(segmentation: Segmentation) -> str:
    origin = segmentation.image.origin
    return "image" if origin is None else stem_of(origin.path)


def _archive(session: Session, files: list[Path]) -> Path:
    """Return a ZIP of files."""
    folder = session.folder / "outputs"
    folder.mkdir(exist_ok=True)
    return zipped(files, folder / f"{_stem(found_in(session).segmentation)}.zip")
