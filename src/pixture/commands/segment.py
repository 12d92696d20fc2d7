"""`pixture segment`: images in, files for each out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pixture.commands.arguments import HowMany, Images, WithReport
from pixture.commands.command import Without, command
from pixture.commands.help_pages import Example
from pixture.commands.process.lean_imports import import_matplotlib, import_numba
from pixture.commands.process.outcomes import refuse_clashes, say_outcomes
from pixture.commands.process.settings import prepare_readers, stderr
from pixture.options.classes import NO_OBJECTS, Classes, ObjectChoices
from pixture.options.features import FeatureChoice
from pixture.options.fitting import Choices
from pixture.options.guidance import Guidance
from pixture.options.method import Method
from pixture.options.pixels import Pixels
from pixture.options.reading import Reading
from pixture.options.running import Running
from pixture.options.scan import Scan
from pixture.options.spatial import Spatial
from pixture.options.times import Times
from pixture.options.writing import Writing

if TYPE_CHECKING:
    from pixture.batch.outcome import Outcome
    from pixture.batch.segmentations import Make, Watch
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
    Example("pixture segment photo.jpg -k 3 --smooth 4", "Smoother labels, the mixture fitted so."),
    Example("pixture segment cells.tif --foreground auto", "Count the cells, and measure each."),
    Example(
        "pixture segment photo.jpg --box 40,60,300,420",
        "Cut out what the box holds: rows 40 to 299, columns 60 to 419.",
    ),
    Example(
        "pixture segment *.tif -k 3 --skip-existing --json",
        "Go on with many images, and print what was found.",
    ),
)
def segment(
    images: Images,
    how_many: HowMany,
    choices: Annotated[Choices, Without("components")],
    features: FeatureChoice,
    spatial: Spatial,
    guidance: Guidance,
    scan: Scan,
    times: Times,
    classes: Classes,
    objects: ObjectChoices,
    reading: Reading,
    pixels: Pixels,
    writing: Writing,
    with_report: WithReport,
    running: Running,
) -> None:
    """Segment images; for each write pictures of its labels, a table of its classes, and all numbers.

    STEM.labels.png holds the labels as numbers, STEM.overlay.jpg their colours over the image with a legend,
    STEM.painted.png each label's mean; STEM.classes.csv is a line a label; STEM.convergence.png and STEM.json
    tell of the fit. Several images have a summary.csv of all their classes too, and, where objects are found,
    a summary.objects.csv: how many, and what share of each image they cover.

    The labels are 0 (darkest) to K - 1; masked pixels have the largest value of their type. In NIfTI, MGH
    and DICOM files, whose readers take 0 for the background, they are 1 to K, and masked pixels 0. Each file
    appears under its final name only when it is complete. With --report, a set that lacks its report is
    incomplete too, for --skip-existing.
    """
    choices = replace(choices, components=how_many.most)
    method = Method(choices, how_many.is_auto, spatial, features, guidance, scan, times)
    saving = Saving(reading, pixels, writing, running, with_report.outputs, with_report.flat, objects)
    segment_each(images, method, classes, saving)


@dataclass(frozen=True)
class Saving:
    """What is written of each image, and how the command runs.

    Attributes
    ----------
    reading, pixels, writing, running, objects
        What was asked for.
    outputs
        Names one of `batch.segmentations.Outputs`, which is loaded where the command runs.
    flat, fitted
        As in `batch.segmentations.Task`.
    """

    reading: Reading
    pixels: Pixels
    writing: Writing
    running: Running
    outputs: str
    flat: bool = False
    objects: ObjectChoices = NO_OBJECTS
    fitted: bool = True


def segment_each(images: list[Path], method: Method, classes: Classes, saving: Saving) -> None:
    """Segment each image by a fit of its own, and save it."""
    import_numba()
    import_matplotlib()
    from pixture.segmentation.guidance.marks import with_opened
    from pixture.segmentation.guidance.prior_maps import with_opened_maps
    from pixture.segmentation.segment import segment_image

    prepare_readers(saving.running.max_pixels)
    guidance, inputs = with_opened(method.guidance)
    maps, of_maps = with_opened_maps(method.scan.prior)
    method = replace(method, guidance=guidance, scan=Scan(maps, method.scan.bias))

    def make(image: Image, watch: Watch) -> Segmentation:
        found = segment_image(image, method, on_step=watch.step, on_progress=watch.compared)
        return classified(found, classes)

    save_each(images, make, method.choices, saving, inputs | of_maps)


def classified(segmentation: Segmentation, classes: Classes) -> Segmentation:
    """Return a segmentation with labels merged and classes named, as asked for."""
    if classes.groups:
        segmentation = segmentation.merged(*classes.groups)
    return segmentation.named(*classes.named) if classes.named else segmentation


def save_each(
    images: list[Path],
    make: Make,
    choices: Choices,
    saving: Saving,
    inputs: Inputs | None = None,
) -> None:
    """Make a segmentation of each image and save it; say what became of it.

    `inputs` are files that are read besides the images and the mask.
    """
    from pixture.batch.segmentations import segment_files
    from pixture.batch.task import Outputs, Task
    from pixture.compilation.notice import announced
    from pixture.files.input_files import Inputs, name_of
    from pixture.files.output_files import stem_of
    from pixture.view.output.class_csv import CLASSES
    from pixture.view.output.save_segmentation import record
    from pixture.view.terminal.class_table import class_table
    from pixture.view.terminal.progress import ProgressBar
    from pixture.view.terminal.result_lines import result_line

    writing, running, objects = saving.writing, saving.running, saving.objects
    outputs = Outputs[saving.outputs]
    refuse_clashes(images, writing.output, "Segment them into different folders.")

    def line(outcome: Outcome[Segmentation], found: Segmentation) -> str:
        several = outcome.outputs[0].parent / f"{stem_of(outcome.path)}.*"
        where = several if len(outcome.outputs) > 1 else outcome.outputs[0]
        return result_line(name_of(outcome.path), found, str(where), outcome.objects)

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
        task = Task(
            saving.pixels,
            writing,
            outputs,
            saving.fitted,
            inputs or Inputs(),
            saving.flat,
            find if objects.wanted else None,
            saving.reading,
        )
        made = segment_files(images, make, task, watch)
        then = show_classes if len(images) == 1 else None
        say_outcomes(made, len(images), watch, line, as_dict, running, then=then)
