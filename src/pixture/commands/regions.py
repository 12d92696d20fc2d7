"""`pixture regions`: images in, their regions and the tree of every other cut out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixture.commands.lean_imports import import_numba
from pixture.commands.options import (
    Debug,
    Folder,
    Images,
    Json,
    MaskFile,
    MaskThreshold,
    MaxPixels,
    Overwrite,
    Quiet,
    SkipExisting,
    Threads,
)
from pixture.commands.outcomes import refuse_clashes, say_outcomes
from pixture.commands.process import prepare_readers, stderr

if TYPE_CHECKING:
    from pixture.batch.segmentations import Outcome
    from pixture.segmentation.regions.regions import Regions

Number = Annotated[
    int | None,
    typer.Option("-n", "--regions", metavar="N", help="How many regions.", show_default="found by itself"),
]
Detail = Annotated[
    float | None,
    typer.Option(metavar="D", help="From 0, one region, to 1, every superpixel.", show_default="0.5"),
]
TreeFile = Annotated[
    Path | None,
    typer.Option(
        "--tree",
        metavar="FILE",
        help="Cut this tree of the image, from an earlier run, instead of finding it anew.",
        readable=False,
    ),
]
SeedOrNone = Annotated[
    int | None,
    typer.Option(help="Start EM at random, with this seed.", show_default="from the image alone"),
]


def regions(
    images: Images,
    number: Number = None,
    detail: Detail = None,
    output: Folder = Path(),
    tree: TreeFile = None,
    seed: SeedOrNone = None,
    threads: Threads = None,
    mask: MaskFile = None,
    mask_threshold: MaskThreshold = None,
    overwrite: Overwrite = False,
    skip_existing: SkipExisting = False,
    as_json: Json = False,
    quiet: Quiet = False,
    max_pixels: MaxPixels = None,
    debug: Debug = False,
) -> None:
    """Find regions with clean outlines; their number is found too, unless -n or --detail say otherwise.

    For each image it writes STEM.regions.png (the region of each pixel, from 1; 0 is masked), .outlines.png,
    .boundaries.png (how strong every boundary is), .regions.csv (a table), .regions.safetensors (the tree of
    every other cut) and .regions.json.

    Regions come from one tree: with more detail, regions are divided, and none changes its outline. With
    --tree, another cut takes no time.
    """
    if number is not None and detail is not None:
        raise typer.BadParameter("-n and --detail each choose a cut; give one of them.")
    if tree is not None and (len(images) > 1 or seed is not None):
        raise typer.BadParameter("--tree goes with one image, and without --seed: nothing is fitted.")
    if overwrite and skip_existing:
        raise typer.BadParameter("--overwrite and --skip-existing exclude each other.")
    import_numba()
    from pixture.batch.regions import find_regions_of_files
    from pixture.compilation.notice import announced
    from pixture.files.input_files import Inputs
    from pixture.segmentation.regions.find_regions import find_regions
    from pixture.segmentation.regions.merge_tree.merge_tree import height_of
    from pixture.segmentation.regions.merge_tree.tree_file import regions_in
    from pixture.view.regions_terminal import Spinner, regions_line
    from pixture.view.save_regions import regions_record

    if detail is not None:
        height_of(detail)  # refused before any work is done
    prepare_readers(max_pixels)
    refuse_clashes(images, output, "Find their regions into different folders.")
    if tree is None:
        find = partial(find_regions, regions=number, detail=detail, seed=seed, threads=threads)
    else:
        find = partial(regions_in, tree, regions=number, detail=detail, threads=threads)

    def line(outcome: Outcome[Regions], found: Regions) -> str:
        return regions_line(outcome.path.name, found, str(output / f"{outcome.path.stem}.*"))

    def described(outcome: Outcome[Regions]) -> dict[str, Any]:
        return outcome.as_dict("found", regions_record)

    with Spinner(stderr(), "finding regions", quiet=quiet) as watch, announced(watch.note):
        outcomes = find_regions_of_files(
            images,
            find,
            output,
            mask=mask,
            mask_threshold=mask_threshold,
            inputs=Inputs() if tree is None else Inputs.of([tree]),
            overwrite=overwrite,
            skip_existing=skip_existing,
            watch=watch,
        )
        say_outcomes(
            outcomes,
            len(images),
            watch,
            line,
            described if as_json else None,
            quiet=quiet,
            debug=debug,
        )
