"""The options that several commands share, and how what is typed is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pixture.choices import AUTO, AUTO_COMPONENTS, CovarianceName, InitName

COMPARED = f"{min(AUTO_COMPONENTS)}-{max(AUTO_COMPONENTS)}"
"""What is compared if nothing is named, as it would be typed."""


def number_or_auto(text: str) -> int | str:
    """Return a whole number, or "auto" as it is."""
    if text.lower() == AUTO:
        return AUTO
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither a whole number nor auto.") from None


def numbers(text: str) -> list[int]:
    """Return the numbers that a list with ranges names.

    >>> numbers("1-3,7")
    [1, 2, 3, 7]
    """
    found: list[int] = []
    try:
        for part in text.split(","):
            least, dash, most = part.partition("-")
            here = range(int(least), int(most) + 1) if dash else [int(least)]
            if not here:
                raise ValueError(part)
            found += here
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} names no numbers of components; give a range or a list, such as 1-12 or 3,5,7."
        ) from None
    return found


def names(text: str) -> list[str]:
    """Return the names that a list separated by commas holds."""
    return text.split(",")


Components = Annotated[int, typer.Option("-k", "--components", help="Number of Gaussian components.")]
ComponentsOrAuto = Annotated[
    Any,
    typer.Option(
        "-k",
        "--components",
        metavar="K|auto",
        parser=number_or_auto,
        help='Number of Gaussian components; "auto" takes as many as the image is worth, up to 12.',
    ),
]
Compared = Annotated[
    Any,
    typer.Option(
        "-k",
        "--components",
        metavar="NUMBERS",
        parser=numbers,
        help="Numbers of components to compare, such as 1-12 or 3,5,7.",
    ),
]
Covariance = Annotated[CovarianceName, typer.Option(help="Structure of the covariances.")]
Covariances = Annotated[
    Any, typer.Option(metavar="NAMES", parser=names, help="Structures of the covariances: full,tied,...")
]
Criterion = Annotated[Literal["bic", "icl", "aic"], typer.Option(help="What is lowest for the best.")]
Images = Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Image files.", readable=False)]
Iterations = Annotated[int, typer.Option(help="Most EM iterations.")]
WithDraws = Annotated[
    bool, typer.Option("--accelerate/--no-accelerate", help="Fit small draws of the pixels first.")
]
ModelFile = Annotated[
    Path, typer.Option("-o", "--output", metavar="MODEL", help="Where the model goes.", readable=False)
]
Folder = Annotated[
    Path, typer.Option("-o", "--output", metavar="DIR", help="Where the results go.", readable=False)
]
Init = Annotated[InitName, typer.Option(help="How the start is found.")]
Starts = Annotated[int, typer.Option(help="Number of starts; the best is kept.")]
Tolerance = Annotated[
    float, typer.Option(help="Converged when the log-likelihood per pixel grows by less (nats).")
]
Floor = Annotated[
    float | None, typer.Option(help="Least variance of a component.", show_default="1/36 for integers")
]
Seed = Annotated[int, typer.Option(help="Seed of the random numbers.")]
Threads = Annotated[int | None, typer.Option(help="Threads; the result is the same.", show_default="all")]
MaskFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Image whose zero pixels are left out.", readable=False),
]
MaskThreshold = Annotated[
    float | None,
    typer.Option(
        metavar="T",
        help="Least value of the mask that lets a pixel through, for one from a lossy file.",
        show_default="all but 0",
    ),
]
PlotFile = Annotated[
    Path | None, typer.Option(metavar="FILE.png", help="Draw the curve into a file too.", readable=False)
]
WithReport = Annotated[
    bool, typer.Option("--report", help="Write STEM.report.html too: a page that shows all of it.")
]
Flat = Annotated[
    bool, typer.Option("--flat", help="Overlay: the labels' colours alone, without the photograph.")
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace results that are there already; never a file that is read."),
]
SkipExisting = Annotated[
    bool,
    typer.Option("--skip-existing", help="Leave images that have results, of whatever run."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
MaxPixels = Annotated[
    int | None, typer.Option(help="Largest image to trust, in pixels.", show_default="179 million")
]
