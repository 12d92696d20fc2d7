"""`pixture segment`: images in, files for each out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pixture.commands.arguments import HowMany, ImagesAnywhere, WithReport
from pixture.commands.batches import Lines, asked_for, batch_of, files_of
from pixture.commands.command import Without, command
from pixture.commands.dry_run import say_costs
from pixture.commands.help_pages import Example
from pixture.commands.pooling import Pooling, pooled_model, refuse_of_one_image
from pixture.commands.process.lean_imports import import_matplotlib, import_numba
from pixture.commands.process.outcomes import end_with, say_outcomes
from pixture.commands.process.settings import prepare_readers, stderr
from pixture.files.addresses import Address
from pixture.options.batch import Batch
from pixture.options.classes import NO_OBJECTS, Classes, ObjectChoices
from pixture.options.cluster import HERE, Clustering
from pixture.options.features import FeatureChoice
from pixture.options.fitting import Choices
from pixture.options.guidance import Guidance
from pixture.options.memory import HALF_OF_IT, Memory
from pixture.options.method import Method
from pixture.options.pixels import Pixels
from pixture.options.reading import Reading
from pixture.options.running import Running
from pixture.options.scan import Scan
from pixture.options.spatial import Spatial
from pixture.options.times import Times
from pixture.options.writing import Writing

if TYPE_CHECKING:
    from pixture.batch.batch_run import BatchRun
    from pixture.batch.segmentations import Make
    from pixture.files.input_files import Inputs
    from pixture.segmentation.segmentation import Segmentation
    from pixture.view.terminal.batch_bar import BatchBar
    from pixture.view.terminal.progress import ProgressBar

REMEDY = "Rename one of them, or segment them into different folders."


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
        "pixture segment photos --recursive --jobs auto -o results",
        "All images in a folder and in those below it, on all processors; --resume goes on where a run was "
        "killed.",
    ),
    Example(
        "pixture segment mosaic.tif --memory 1GB",
        "An image that is larger than memory, piece by piece; --dry-run says what it would cost.",
    ),
    Example(
        "pixture segment s3://bucket/scene.zarr -k 5 -o s3://bucket/results",
        "An image where it is, piece by piece; its labels go there too.",
    ),
    Example(
        "pixture segment *.tif -k 3 --skip-existing --json",
        "Go on with many images, and print what was found.",
    ),
)
def segment(
    images: ImagesAnywhere,
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
    pooling: Pooling,
    batch: Batch,
    memory: Memory,
    clustering: Clustering,
    running: Running,
) -> None:
    """Segment images; for each write pictures of its labels, a table of its classes, and all numbers.

    STEM.labels.png holds the labels as numbers, STEM.overlay.jpg their colours over the image with a legend,
    STEM.painted.png each label's mean; STEM.classes.csv is a line a label; STEM.convergence.png and STEM.json
    tell of the fit. Several images have a summary.csv of all their classes too, and, where objects are found,
    a summary.objects.csv: how many, and what share of each image they cover. Of a folder, the images in it
    are segmented.

    The labels are 0 (darkest) to K - 1; masked pixels have the largest value of their type. In NIfTI, MGH
    and DICOM files, whose readers take 0 for the background, they are 1 to K, and masked pixels 0. Each file
    appears under its final name only when it is complete. With --report, a set that lacks its report is
    incomplete too, for --skip-existing.

    An image that would take more memory than --memory allows is gone through in pieces, with the labels that
    the whole would have; --resume goes on where such a run was killed. So is a Zarr store or a GeoTIFF at an
    address (https://, s3://, gs://, az://), whatever its size; --output may be an address in an object store.
    Keys and servers are taken from the environment, such as AWS_ACCESS_KEY_ID and AWS_ENDPOINT_URL.
    """
    choices = replace(choices, components=how_many.most)
    method = Method(choices, how_many.is_auto, spatial, features, guidance, scan, times)
    saving = Saving(
        reading,
        pixels,
        writing,
        running,
        batch,
        with_report.outputs,
        with_report.flat,
        objects,
        pooled=pooling.pooled,
        memory=memory,
        clustering=clustering,
    )
    segment_each(images, how_many, method, classes, saving)


@dataclass(frozen=True)
class Saving:
    """What is written of each image, and how the command runs.

    Attributes
    ----------
    reading, pixels, writing, running, batch, objects
        What was asked for.
    outputs
        Names one of `batch.task.Outputs`, which is loaded where the command runs.
    flat, fitted
        As in `batch.task.Task`.
    pooled
        Whether one mixture is fitted to all images.
    memory, clustering
        How images are gone through that are larger than the memory they may take.
    """

    reading: Reading
    pixels: Pixels
    writing: Writing
    running: Running
    batch: Batch
    outputs: str
    flat: bool = False
    objects: ObjectChoices = NO_OBJECTS
    fitted: bool = True
    pooled: bool = False
    memory: Memory = HALF_OF_IT
    clustering: Clustering = HERE

    @property
    def in_pieces(self) -> bool:
        """Whether all images are gone through in pieces: results go to an address, or the mask is at one."""
        return isinstance(self.writing.output, Address) or isinstance(self.pixels.mask, Address)

    @property
    def asked(self) -> tuple[Any, ...]:
        """The options that say what is made of each image."""
        return self.reading, self.pixels, self.writing, self.objects


def segment_each(
    images: list[Path], how_many: HowMany, method: Method, classes: Classes, saving: Saving
) -> None:
    """Segment each image by a fit of its own, or all by one, and save it."""
    import_numba()
    import_matplotlib()
    from pixture.batch.fit_each import FitEach
    from pixture.segmentation.guidance.marks import with_opened
    from pixture.segmentation.guidance.prior_maps import with_opened_maps

    if saving.pooled:
        refuse_of_one_image(how_many, method)
    prepare_readers(saving.running.max_pixels)
    guidance, inputs = with_opened(method.guidance)
    maps, of_maps = with_opened_maps(method.scan.prior)
    opened = replace(method, guidance=guidance, scan=Scan(maps, method.scan.bias))
    asked = asked_for(
        "segment", how_many, method.choices, method.features, method.spatial, method.guidance, method.scan,
        method.times, classes, *saving.asked, components=how_many.components, pooled=saving.pooled,
        outputs=saving.outputs, flat=saving.flat,
    )  # fmt: skip

    def make(run: BatchRun, watch: ProgressBar | BatchBar) -> Make:
        if not saving.pooled:
            return FitEach(opened, classes)
        from pixture.batch.apply_each import ApplyEach

        model = pooled_model(run, method.choices, saving, watch)
        return ApplyEach(model, method.spatial, classes, method.choices.threads)

    save_each(images, make, method.choices, saving, asked, inputs | of_maps)


def save_each(
    images: list[Path],
    making: Callable[[BatchRun, Any], Make],
    choices: Choices,
    saving: Saving,
    asked: dict[str, Any],
    inputs: Inputs,
) -> None:
    """Make a segmentation of each image and save it; say what became of it.

    `inputs` are files that are read besides the images and the mask.
    """
    from pixture.batch.large_images.destination import refuse_at_address
    from pixture.batch.large_images.which_files import LargeFiles
    from pixture.batch.segmentations import segment_files
    from pixture.batch.task import Outputs, Task
    from pixture.compilation.notice import announced
    from pixture.view.output.class_csv import CLASSES
    from pixture.view.output.store_labels import is_any_store
    from pixture.view.terminal.batch_bar import BatchBar
    from pixture.view.terminal.class_table import class_table
    from pixture.view.terminal.progress import ProgressBar

    writing, running, batch = saving.writing, saving.running, saving.batch
    outputs = Outputs[saving.outputs]
    refuse_at_address(writing)
    files = files_of(images, writing.output, batch, Lines(running), REMEDY, stack=saving.reading.stack)
    several = len(files.files) > 1
    if saving.memory.dry_run:
        say_costs(files, making, choices, saving)
        return

    def show_classes(found: Segmentation) -> None:
        table, left_out = class_table(found)
        watch.show(table)
        if left_out:
            watch.note(f"{left_out} in {'the report' if outputs is Outputs.REPORT else f'*{CLASSES}'}")

    bar = (
        BatchBar(stderr(), len(files.files), quiet=running.quiet)
        if several
        else ProgressBar(stderr(), choices, quiet=running.quiet)
    )
    beside = writing.output.parent if is_any_store(writing.output) else writing.output
    with (
        bar as watch,
        announced(watch.note),
        batch_of(files, beside, asked, batch, running, watch) as run,
    ):
        task = Task(
            saving.pixels,
            writing,
            outputs,
            saving.fitted and not saving.pooled,
            inputs,
            saving.flat,
            saving.objects if saving.objects.wanted else None,
            saving.reading,
            running.json,
            batch.summary,
            LargeFiles(saving.memory, saving.clustering, batch.resume, asked, saving.in_pieces),
        )
        made = segment_files(run, making(run, watch), task, watch)
        status = say_outcomes(made, watch, running, "segmented", then=None if several else show_classes)
    end_with(status)
