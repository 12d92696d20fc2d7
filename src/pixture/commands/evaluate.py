"""`pixture evaluate`: how well segmentations agree with what people said of the same images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pixture.commands.command import Argument, Only, Without, command
from pixture.commands.help_pages import Example
from pixture.commands.process.error_messages import say
from pixture.commands.process.settings import print_json, stderr, stdout
from pixture.options.fitting import Choices
from pixture.options.kinds import Flag, Number, Place, Whole
from pixture.options.option import Group, Options, described, option
from pixture.options.running import Running
from pixture.options.writing import Overwriting


@described
@dataclass(frozen=True)
class Scoring(Options):
    """What is scored, and how."""

    ignore: int | None = option(
        None,
        "A label of the truth whose pixels no score of regions or objects counts.",
        Whole(-(2**63)),
        metavar="LABEL",
        shown_default="none",
        group=Group.FIND,
    )
    tolerance: float = option(
        0.0075,
        "Boundaries match within this share of the image's diagonal.",
        Number(),
        metavar="SHARE",
        group=Group.FIND,
    )
    objects: bool = option(
        False,
        "Labels are objects, 0 the background: score how many are found.",
        Flag(),
        group=Group.FIND,
    )


@described
@dataclass(frozen=True)
class TableWriting(Overwriting):
    """Whether the table goes into a file."""

    csv: Path | None = option(
        None, "Write a row for each image into this file too.", Place(), metavar="FILE", group=Group.WRITE
    )


@command(
    Example("pixture evaluate photo.labels.png truth.png", "Score one segmentation."),
    Example("pixture evaluate results truth --csv scores.csv", "Score a folder of them, one row an image."),
    Example("pixture evaluate results truth --objects", "Score objects, such as cells, 0 the background."),
    Example("pixture evaluate photo.regions.safetensors photo.mat", "Score every cut of a tree of regions."),
)
def evaluate(
    predictions: Annotated[
        Path, Argument("PREDICTIONS", "A label image or a tree of regions, or a folder of them.")
    ],
    truth: Annotated[
        Path,
        Argument(
            "TRUTH",
            "A label image or a Berkeley .mat file, or a folder of them, or of a folder for each annotator.",
        ),
    ],
    scoring: Scoring,
    writing: TableWriting,
    choices: Annotated[Choices, Only("threads")],
    running: Annotated[Running, Without("max_pixels")],
) -> None:
    """Score segmentations by what people said of the same images, one or several of them.

    Files belong to the same image where their names agree up to the first dot. The scores are covering,
    variation of information and probabilistic Rand of the regions, as the Berkeley benchmark (BSDS500) has
    them; adjusted Rand, Jaccard and Dice; and precision, recall and F of the boundaries. Of trees that
    `pixture regions` wrote, the best single cut and the best cut for each image are scored too. With
    --objects the labels are objects: precision, recall and F1 at an IoU above .5, average precision over IoU
    .5 to .95, and the Dice of the foregrounds are added. Labels may be volumes, in NIfTI and
    MGH files (pip install 'pixture[medical]') too; boundaries are scored of planes alone.
    """
    from pixture.files.atomic_writing import write_whole
    from pixture.files.input_files import Inputs
    from pixture.files.output_files import refuse_outputs
    from pixture.segmentation.evaluation.evaluate import evaluate as scored
    from pixture.view.terminal.evaluation_tables import CountedProgress, evaluation_csv, evaluation_tables

    csv, overwrite = writing.csv, writing.overwrite
    inputs = Inputs.of([place for place in (predictions, truth) if place.is_file()])
    if csv is not None:
        refuse_outputs([csv], overwrite=overwrite, inputs=inputs)
    with CountedProgress(stderr(), "scoring", quiet=running.quiet) as watch:
        found = scored(
            predictions,
            truth,
            ignore=scoring.ignore,
            tolerance=scoring.tolerance,
            objects=scoring.objects,
            threads=choices.threads,
            progress=watch.done,
        )
    if found.without_partner and not running.quiet:
        say(f"warning: without a partner: {', '.join(found.without_partner)}")
    if csv is not None:
        write_whole({csv: evaluation_csv(found)}, overwrite=overwrite, inputs=inputs)
    if running.json:
        print_json({"summary": found.summary(), "images": found.table()})
    elif not running.quiet:
        for table in evaluation_tables(found):
            stdout().print(table)
