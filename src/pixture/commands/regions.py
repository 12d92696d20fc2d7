"""`pixture regions`: images in, their regions and the tree of every other cut out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pixture.commands.arguments import Images
from pixture.commands.command import Only, Without, command
from pixture.commands.help_pages import Example
from pixture.commands.process.error_messages import Refused
from pixture.commands.process.lean_imports import import_numba
from pixture.commands.process.outcomes import refuse_clashes, say_outcomes
from pixture.commands.process.settings import prepare_readers, stderr
from pixture.options.fitting import Choices
from pixture.options.kinds import Number, Place, Text, Whole
from pixture.options.option import Group, Options, described, option, varied
from pixture.options.pixels import Pixels
from pixture.options.reading import Reading
from pixture.options.running import Running
from pixture.options.writing import Writing

if TYPE_CHECKING:
    from pixture.batch.outcome import Outcome
    from pixture.imaging.image import Image
    from pixture.segmentation.regions.regions import Regions


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
)
def regions(
    images: Images,
    cut: Cut,
    reading: Reading,
    pixels: Pixels,
    writing: Annotated[Writing, Without("maps")],
    choices: Annotated[Choices, Only("threads")],
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
    """
    if cut.tree is not None and len(images) > 1:
        raise Refused("--tree goes with one image, whose tree it is.")
    if cut.groups is not None and len(images) > 1:
        raise Refused("--groups goes with one image, whose regions they are.")
    import_numba()
    from pixture.batch.regions import find_regions_of_files
    from pixture.compilation.notice import announced
    from pixture.files.input_files import Inputs, name_of
    from pixture.files.output_files import stem_of
    from pixture.segmentation.regions.find_regions import find_regions
    from pixture.segmentation.regions.merge_tree.merge_tree import height_of
    from pixture.segmentation.regions.merge_tree.tree_file import regions_in
    from pixture.segmentation.regions.region_groups import groups_in
    from pixture.view.output.save_regions import regions_record
    from pixture.view.terminal.region_lines import Spinner, regions_line

    groups = {} if cut.groups is None else groups_in(cut.groups)
    if cut.detail is not None:
        height_of(cut.detail)  # refused before any work is done
    prepare_readers(running.max_pixels)
    refuse_clashes(images, writing.output, "Find their regions into different folders.")
    number, detail, threads = cut.regions, cut.detail, choices.threads
    if cut.tree is None:
        cutting = partial(find_regions, regions=number, detail=detail, seed=cut.seed, threads=threads)
    else:
        cutting = partial(regions_in, cut.tree, regions=number, detail=detail, threads=threads)

    def find(image: Image) -> Regions:
        return cutting(image).grouped(groups) if groups else cutting(image)

    def line(outcome: Outcome[Regions], found: Regions) -> str:
        return regions_line(name_of(outcome.path), found, str(writing.output / f"{stem_of(outcome.path)}.*"))

    def as_dict(outcome: Outcome[Regions]) -> dict[str, Any]:
        return outcome.as_dict("found", regions_record)

    with Spinner(stderr(), "finding regions", quiet=running.quiet) as watch, announced(watch.note):
        inputs = Inputs() if cut.tree is None else Inputs.of([cut.tree])
        outcomes = find_regions_of_files(
            images, find, pixels, writing, reading=reading, inputs=inputs, watch=watch
        )
        say_outcomes(outcomes, len(images), watch, line, as_dict, running)
