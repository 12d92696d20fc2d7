"""`pixture evaluate`: how well segmentations agree with what people said of the same images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pixture.commands.error_messages import say
from pixture.commands.options import Debug, Json, Overwrite, Quiet, Threads
from pixture.commands.process import print_json, stderr, stdout

Predictions = Annotated[
    Path,
    typer.Argument(
        metavar="PREDICTIONS", help="A label image or a tree of regions, or a folder of them.", readable=False
    ),
]
Truth = Annotated[
    Path,
    typer.Argument(
        metavar="TRUTH",
        help="A label image or a Berkeley .mat file, or a folder of them, or of a folder for each annotator.",
        readable=False,
    ),
]
CsvFile = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="Write a row an image into this file too.", readable=False),
]
Ignored = Annotated[
    int | None,
    typer.Option(
        "--ignore", metavar="LABEL", help="A label of the truth whose pixels no region score counts."
    ),
]
Tolerance = Annotated[
    float,
    typer.Option(metavar="SHARE", help="Share of the image's diagonal within which boundaries match."),
]


def evaluate(
    predictions: Predictions,
    truth: Truth,
    csv: CsvFile = None,
    ignore: Ignored = None,
    tolerance: Tolerance = 0.0075,
    threads: Threads = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Score segmentations by what people said of the same images, one or several of them.

    Files belong to the same image where their names agree up to the first dot. The scores are covering,
    variation of information and probabilistic Rand of the regions, as the Berkeley benchmark (BSDS500) has
    them; adjusted Rand, Jaccard and Dice; and precision, recall and F of the boundaries. Of trees that
    `pixture regions` wrote, the best single cut and the best cut for each image are scored too.
    """
    from pixture.files.atomic_writing import write_whole
    from pixture.files.input_files import Inputs
    from pixture.files.output_files import refuse_outputs
    from pixture.segmentation.evaluation.evaluate import evaluate as scored
    from pixture.view.evaluation_tables import CountedProgress, evaluation_csv, evaluation_tables

    inputs = Inputs.of([place for place in (predictions, truth) if place.is_file()])
    if csv is not None:
        refuse_outputs([csv], overwrite=overwrite, inputs=inputs)
    with CountedProgress(stderr(), "scoring", quiet=quiet) as watch:
        found = scored(
            predictions, truth, ignore=ignore, tolerance=tolerance, threads=threads, progress=watch.done
        )
    if found.without_partner and not quiet:
        say(f"warning: without a partner: {', '.join(found.without_partner)}")
    if csv is not None:
        write_whole({csv: evaluation_csv(found)}, overwrite=overwrite, inputs=inputs)
    if as_json:
        print_json({"summary": found.summary(), "images": found.table()})
    elif not quiet:
        for table in evaluation_tables(found):
            stdout().print(table)
