"""`pixture regions`: images in, their regions and the tree of every other cut out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pixture.commands.arguments import Images
from pixture.commands.batches import Lines, asked_for, batch_of, files_of
from pixture.commands.command import Only, Without, command
from pixture.commands.dry_run import say_region_costs
from pixture.commands.help_pages import Example
from pixture.commands.process.error_messages import Refused
from pixture.commands.process.lean_imports import import_numba
from pixture.commands.process.outcomes import end_with, say_outcomes
from pixture.commands.process.settings import prepare_readers, stderr
from pixture.options.batch import Batch
from pixture.options.fitting import Choices
from pixture.options.kinds import Number, Place, Text, Whole
from pixture.options.memory import Memory
from pixture.options.option import Group, Options, described, option, varied
from pixture.options.pixels import Pixels
from pixture.options.reading import Reading
from pixture.options.running import Running
from pixture.options.writing import Writing

REMEDY = "Rename one of them, or find their regions into different folders."


@described
@dataclass(frozen=True)
class Cut(Options):
    """Which regions: one cut of the tree."""

    regions: int | None = option(
        None,
        "Number of regions.",
        Whole(1),
        short="-n",
        metavar="N",
        shown_default="found from the image",
        group=Group.FIND,
        excludes=("detail",),
    )
    detail: float | None = option(
        None,
        "How fine: from 0, one region, to 1, every superpixel.",
        Number(),
        metavar="D",
        shown_default="0.5",
        group=Group.FIND,
    )
    tree: Path | None = option(
        None,
        "Cut the tree in this file (STEM.regions.safetensors of an earlier run), instead of finding it anew.",
        Place(),
        metavar="FILE",
        group=Group.FIND,
        excludes=("seed",),
    )
    groups: str | None = option(
        None,
        "Regions that are one thing, and what it is called, such as sky=1,trees=4+5; STEM.regions.jpg shows "
        "the numbers of a run before.",
        Text(),
        metavar="NAME=A+B,...",
        shown_default="none",
        group=Group.FIND,
    )
    seed: int | None = varied(
        Choices,
        "seed",
        None,
        help="Start EM at random, with this seed.",
        shown_default="no random numbers",
    )


@command(
    Example("pixture regions photo.jpg", "As many regions as are found; the results go to this folder."),
    Example("pixture regions photo.jpg -n 20 -o results", "Twenty regions."),
    Example("pixture regions photo.jpg --groups sky=1,trees=4+5", "The same, some of them named."),
    Example(
        "pixture regions photo.jpg --tree photo.regions.safetensors -n 50 -o finer",
        "A finer cut of the tree of an earlier run, at once.",
    ),
    Example(
        "pixture regions mosaic.tif --memory 1GB",
        "An image that is larger than memory, piece by piece; --dry-run says what it would cost.",
    ),
)
def regions(
    images: Images,
    cut: Cut,
    reading: Reading,
    pixels: Pixels,
    writing: Annotated[Writing, Without("maps")],
    choices: Annotated[Choices, Only("threads")],
    batch: Annotated[Batch, Without("summary")],
    memory: Memory,
    running: Running,
) -> None:
    """Find regions with clean outlines; their number is found too, unless -n or --detail say otherwise.

    For each image it writes STEM.regions.png (the region of each pixel, from 1; 0 is masked), .regions.jpg
    (their numbers over the image, or the colours of those that --groups names), .outlines.png,
    .boundaries.png (how strong every boundary is), .regions.csv (a table), .regions.safetensors (the tree of
    every other cut) and .regions.json. Of a volume the regions' numbers are in the format that it came in,
    such as STEM.regions.nii.gz, or in .regions.tif; pictures show some of its planes. Of a series, take one
    time.

    Regions come from one tree: with more detail, regions are divided, and none changes its outline. With
    --tree, another cut takes no time.

    An image that would take more memory than --memory allows is gone through in pieces, with the regions that
    the whole would have; its pictures are of fewer pixels. --resume goes on where such a run was killed.
    """
    import_numba()
    from pixture.batch.finding import Finding
    from pixture.batch.large_images.which_files import LargeFiles
    from pixture.batch.regions import find_regions_of_files
    from pixture.batch.task import Task
    from pixture.compilation.notice import announced
    from pixture.files.input_files import Inputs
    from pixture.segmentation.regions.merge_tree.merge_tree import height_of
    from pixture.segmentation.regions.region_groups import groups_in
    from pixture.view.terminal.batch_bar import BatchBar
    from pixture.view.terminal.region_lines import Spinner

    files = files_of(images, writing.output, batch, Lines(running), REMEDY, stack=reading.stack)
    several = len(files.files) > 1
    if cut.tree is not None and several:
        raise Refused("--tree goes with one image, whose tree it is.")
    if cut.groups is not None and several:
        raise Refused("--groups goes with one image, whose regions they are.")
    groups = {} if cut.groups is None else groups_in(cut.groups)
    if cut.detail is not None:
        height_of(cut.detail)  # refused before any work is done
    prepare_readers(running.max_pixels)
    find = Finding(cut.regions, cut.detail, cut.seed, choices.threads, cut.tree, groups)
    asked = asked_for("regions", cut, reading, pixels, writing)
    task = Task(
        pixels,
        writing,
        inputs=Inputs() if cut.tree is None else Inputs.of([cut.tree]),
        reading=reading,
        with_record=running.json,
        large=LargeFiles(memory, resume=batch.resume, asked=asked),
    )
    if memory.dry_run:
        say_region_costs(files, find, task, running)
        return

    bar = (
        BatchBar(stderr(), len(files.files), quiet=running.quiet)
        if several
        else Spinner(stderr(), "finding regions", quiet=running.quiet)
    )
    with (
        bar as watch,
        announced(watch.note),
        batch_of(files, writing.output, asked, batch, running, watch, plots=False) as run,
    ):
        status = say_outcomes(find_regions_of_files(run, find, task, watch), watch, running, "found")
    end_with(status)
