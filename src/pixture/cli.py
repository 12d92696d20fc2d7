"""The command `pixture`: parse, call, print.

Nothing heavy is imported before a command needs it, so that `pixture --help` answers at once.

Exit status: 0 all done, 1 failed, 2 usage, 3 some of a batch failed, 130 interrupted.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pixture.choices import DEFAULT_INIT, Choices, CovarianceName, InitName
from pixture.errors import ChoiceError
from pixture.reporting import FAILED, INTERRUPTED, SOME_FAILED, reported, say, sentence
from pixture.startup import import_matplotlib, import_numba

DEFAULTS = Choices()

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Components = Annotated[int, typer.Option("-k", "--components", help="Number of Gaussian components.")]
Folder = Annotated[
    Path, typer.Option("-o", "--output", metavar="DIR", help="Where the results go.", readable=False)
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that are there already.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
MaxPixels = Annotated[
    int | None, typer.Option(help="Largest image to trust, in pixels.", show_default="179 million")
]


def _version(asked: bool) -> None:
    if asked:
        from pixture import __version__

        typer.echo(f"pixture {__version__}")
        raise typer.Exit


@app.callback()
def pixture(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Segment images by Gaussian mixtures, fitted exactly with Expectation-Maximization.

    Exit status: 0 all done, 1 failed, 2 wrong usage, 3 some of several images failed, 130 interrupted.
    """


@app.command()
@reported
def segment(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Image files.", readable=False)],
    components: Components = DEFAULTS.components,
    output: Folder = Path(),
    covariance: Annotated[
        CovarianceName, typer.Option(help="Structure of the covariances.")
    ] = DEFAULTS.covariance,
    init: Annotated[InitName, typer.Option(help="How the start is found.")] = DEFAULT_INIT,
    n_init: Annotated[int, typer.Option(help="Number of starts; the best is kept.")] = DEFAULTS.n_init,
    max_iter: Annotated[int, typer.Option(help="Most EM iterations.")] = DEFAULTS.max_iter,
    tol: Annotated[
        float, typer.Option(help="Converged when the log-likelihood per pixel grows by less (nats).")
    ] = DEFAULTS.tol,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.")] = DEFAULTS.seed,
    covariance_floor: Annotated[
        float | None, typer.Option(help="Least variance of a component.", show_default="1/12 for integers")
    ] = DEFAULTS.covariance_floor,
    accelerate: Annotated[
        bool, typer.Option("--accelerate/--no-accelerate", help="Fit small draws of the pixels first.")
    ] = DEFAULTS.accelerate,
    threads: Annotated[
        int | None, typer.Option(help="Threads; the result is the same.", show_default="all")
    ] = DEFAULTS.threads,
    mask: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Image whose zero pixels are left out.", readable=False),
    ] = None,
    overwrite: Overwrite = False,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Leave images whose results are there already.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
    max_pixels: MaxPixels = None,
    debug: Debug = False,
) -> None:
    """Segment images; for each write STEM.labels.png, .overlay.png, .painted.png, .convergence.png, .json.

    The labels are 0 (darkest) to K - 1; masked pixels have the largest value of their type. Results go to
    the current folder unless -o says otherwise, each file under its final name only when it is complete.
    """
    if overwrite and skip_existing:
        raise typer.BadParameter("--overwrite and --skip-existing exclude each other.")
    choices = Choices(
        components=components,
        covariance=covariance,
        init=init,
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        seed=seed,
        covariance_floor=covariance_floor,
        accelerate=accelerate,
        threads=threads,
    )
    import_numba()
    import_matplotlib()
    from pixture.batch import clashes, segment_files
    from pixture.compiling import announced
    from pixture.view.terminal import ProgressBar, result_line

    same = clashes(images)
    if same:
        raise typer.BadParameter(
            f"several images are called {same[0]}, and their results would have the same names. "
            "Segment them into different folders."
        )
    _prepare_readers(max_pixels)
    console = _stderr()
    failed = 0
    with ProgressBar(console, choices, quiet=quiet) as watch, announced(watch.note):
        for outcome in segment_files(
            images,
            choices,
            output,
            mask=mask,
            overwrite=overwrite,
            skip_existing=skip_existing,
            watch=watch,
        ):
            failed += outcome.error is not None
            for warning in outcome.warnings:
                watch.note(f"warning: {outcome.path.name}: {warning}")
            if outcome.error is not None:
                if debug:
                    raise outcome.error
                watch.say(sentence(outcome.error, outcome.sentence))
            elif not quiet and outcome.segmentation is None:
                watch.say(f"{outcome.path.name}: skipped, its results are there.")
            elif not quiet and outcome.segmentation is not None:
                where = output / f"{outcome.path.stem}.*"
                watch.say(result_line(outcome.path.name, outcome.segmentation, str(where)))
            if as_json:
                _print_json(outcome.as_dict())
            del outcome  # and with it the image, before the next is read
    if failed:
        raise typer.Exit(FAILED if failed == len(images) else SOME_FAILED)


@app.command()
@reported
def demo(
    output: Folder = Path("pixture-demo"),
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Segment two photographs that come with scikit-learn, in colour and in grey."""
    import_numba()
    import_matplotlib()
    from rich.console import Console

    from pixture.compiling import announced
    from pixture.demo import run_demo
    from pixture.view.terminal import demo_row, demo_table

    say("Segmenting two photographs in colour and in grey …")
    table = demo_table()
    files = 0
    with announced(say):
        for stem, segmentation, paths in run_demo(output, overwrite=overwrite):
            table.add_row(*demo_row(stem, segmentation))
            files += len(paths)
    console = Console(highlight=False, markup=False, soft_wrap=not sys.stdout.isatty())
    console.print(table)
    console.print(
        f"\n{files} files are in {output}{os.sep}. Look at *.overlay.png (the labels over the photograph), "
        "*.painted.png (each pixel its component's mean) and *.convergence.png (the log-likelihood and "
        "negative log-likelihood at every EM iteration); *.json holds the numbers.\n"
        "Now your own:  pixture segment IMAGE -k 4",
        markup=False,
    )


@app.command()
@reported
def info(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An image file.", readable=False)],
    components: Components = DEFAULTS.components,
    as_json: Json = False,
    max_pixels: MaxPixels = None,
    debug: Debug = False,
) -> None:
    """Say what an image holds, and what a segmentation would cost."""
    choices = Choices(components)
    import_numba()
    from rich.console import Console

    from pixture.compiling import announced
    from pixture.imaging.read import read
    from pixture.segmentation.cost import cost
    from pixture.view.terminal import info_dict, info_table

    _prepare_readers(max_pixels)
    image = read(file)
    with announced(say):
        estimate = cost(image, choices)
    if as_json:
        _print_json(info_dict(file, image, estimate, choices))
    else:
        Console(highlight=False, markup=False).print(info_table(file, image, estimate, choices))


def main() -> None:
    """Run the command."""
    # what is imported is a million objects that stay: looking through them for garbage, again and again as
    # they grow, is a tenth of a small photograph's time. Arrays are freed without it.
    gc.set_threshold(200_000, 20, 20)
    try:
        app(prog_name="pixture")
    except KeyboardInterrupt:  # before or after the command itself ran
        sys.exit(INTERRUPTED)
    finally:
        gc.freeze()  # the process ends: what is left need not be looked through either


def _prepare_readers(max_pixels: int | None) -> None:
    """Settings of the process, which is ours here: the size to trust, and no chatter from tifffile."""
    import logging

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    if max_pixels is not None:
        if max_pixels < 1:
            raise ChoiceError(f"max-pixels must be at least 1; got {max_pixels}.")
        import PIL.Image

        PIL.Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2  # Pillow refuses more than twice this


def _stderr() -> Any:
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False)


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, allow_nan=False))


if __name__ == "__main__":
    main()
