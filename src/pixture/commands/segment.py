"""`pixture segment`: images in, files for each out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pixture.commands.arguments import HowMany, Images, WithReport
from pixture.commands.command import Without, command
from pixture.commands.help_pages import Example
from pixture.commands.lean_imports import import_matplotlib, import_numba
from pixture.commands.outcomes import refuse_clashes, say_outcomes
from pixture.commands.process import prepare_readers, stderr
from pixture.options.classes import NO_CLASSES, NO_OBJECTS, Classes, ObjectChoices
from pixture.options.fitting import Choices
from pixture.options.pixels import Pixels
from pixture.options.running import Running
from pixture.options.spatial import Spatial
from pixture.options.writing import Writing

if TYPE_CHECKING:
    from pixture.batch.outcome import Outcome
    from pixture.batch.segmentations import Make, Outputs, Watch
    from pixture.files.input_files import Inputs
    from pixture.imaging.image import Image
    from pixture.segmentation.objects.objects import Objects
    from pixture.segmentation.segmentation import Segmentation


@command(
    Example("pixture segment photo.jpg", "Four components; the results go to this folder."),
    Example(
        "pixture segment photo.jpg -k auto -o results --report",
        "As many components as the image supports, and a page that shows all of it.",
    ),
    Example("pixture segment photo.jpg -k 3 --smooth light", "Labels without specks."),
    Example("pixture segment cells.tif --foreground auto", "Count the cells, and measure each."),
    Example(
        "pixture segment *.tif -k 3 --skip-existing --json",
        "Go on with many images, and print what was found.",
    ),
)
def segment(
    images: Images,
    how_many: HowMany,
    choices: Annotated[Choices, Without("components")],
    spatial: Spatial,
    classes: Classes,
    objects: ObjectChoices,
    pixels: Pixels,
    writing: Writing,
    with_report: WithReport,
    running: Running,
) -> None:
    """Segment images; for each write pictures of its labels, a table of its classes, and all numbers.

    STEM.labels.png holds the labels as numbers, STEM.overlay.jpg their colours over the image with a legend,
    STEM.painted.png each label's mean; STEM.classes.csv is a line a label; STEM.convergence.png and STEM.json
    tell of the fit. Several images have a summary.csv of all their classes too.

    The labels are 0 (darkest) to K - 1; masked pixels have the largest value of their type. Each file
    appears under its final name only when it is complete. With --report, a set that lacks its report is
    incomplete too, for --skip-existing.
    """
    outputs = "SET_AND_REPORT" if with_report.report else "SET"
    segment_each(
        images,
        how_many,
        choices,
        spatial,
        pixels,
        writing,
        running,
        outputs,
        classes=classes,
        objects=objects,
        flat=with_report.flat,
    )


def segment_each(
    images: list[Path],
    how_many: HowMany,
    choices: Choices,
    spatial: Spatial,
    pixels: Pixels,
    writing: Writing,
    running: Running,
    outputs: str,
    *,
    classes: Classes = NO_CLASSES,
    objects: ObjectChoices = NO_OBJECTS,
    flat: bool = False,
) -> None:
    """Segment each image by a fit of its own; `outputs` names one of `batch.Outputs`, loaded here."""
    choices = replace(choices, components=how_many.most)
    import_numba()
    import_matplotlib()
    from pixture.batch.segmentations import Outputs
    from pixture.segmentation.segment import segment_image

    prepare_readers(running.max_pixels)

    def make(image: Image, watch: Watch) -> Segmentation:
        found = segment_image(
            image,
            choices,
            spatial=spatial,
            auto=how_many.is_auto,
            on_step=watch.step,
            on_progress=watch.compared,
        )
        return classified(found, classes)

    save_each(images, make, choices, Outputs[outputs], pixels, writing, running, flat=flat, objects=objects)


def classified(segmentation: Segmentation, classes: Classes) -> Segmentation:
    """Return a segmentation with labels merged and classes named, as asked for."""
    if classes.groups:
        segmentation = segmentation.merged(*classes.groups)
    return segmentation.named(*classes.named) if classes.named else segmentation


def save_each(
    images: list[Path],
    make: Make,
    choices: Choices,
    outputs: Outputs,
    pixels: Pixels,
    writing: Writing,
    running: Running,
    *,
    inputs: Inputs | None = None,
    fitted: bool = True,
    flat: bool = False,
    objects: ObjectChoices = NO_OBJECTS,
) -> None:
    """Make a segmentation of each image and save it; say what became of it."""
    from pixture.batch.segmentations import Outputs, segment_files
    from pixture.compilation.notice import announced
    from pixture.files.input_files import Inputs
    from pixture.view.class_csv import CLASSES
    from pixture.view.save_segmentation import record
    from pixture.view.terminal.class_table import class_table
    from pixture.view.terminal.progress import ProgressBar
    from pixture.view.terminal.result_lines import result_line

    refuse_clashes(images, writing.output, "Segment them into different folders.")

    def line(outcome: Outcome[Segmentation], found: Segmentation) -> str:
        several = writing.output / f"{outcome.path.stem}.*"
        where = several if len(outcome.outputs) > 1 else outcome.outputs[0]
        return result_line(outcome.path.name, found, str(where), outcome.objects)

    def show_classes(found: Segmentation) -> None:
        table, left_out = class_table(found)
        watch.show(table)
        if left_out:
            watch.note(f"{left_out} in {'the report' if outputs is Outputs.REPORT else f'*{CLASSES}'}")

    def as_dict(outcome: Outcome[Segmentation]) -> dict[str, Any]:
        about = outcome.as_dict("segmented", record)
        return about if outcome.objects is None else about | {"objects": outcome.objects.count}

    def find(found: Segmentation) -> Objects:
        return found.objects(objects.which, min_size=objects.min_size, split=objects.split)

    with ProgressBar(stderr(), choices, quiet=running.quiet) as watch, announced(watch.note):
        made = segment_files(
            images,
            make,
            pixels,
            writing,
            outputs=outputs,
            fitted=fitted,
            inputs=inputs or Inputs(),
            flat=flat,
            find=find if objects.wanted else None,
            watch=watch,
        )
        then = show_classes if len(images) == 1 else None
        say_outcomes(made, len(images), watch, line, as_dict, running, then=then)
