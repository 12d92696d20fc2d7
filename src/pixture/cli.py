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

from pixture.choices import AUTO, AUTO_COMPONENTS, DEFAULT_INIT, Choices
from pixture.errors import ChoiceError
from pixture.options import (
    COMPARED,
    Compared,
    Components,
    ComponentsOrAuto,
    Covariance,
    Covariances,
    Criterion,
    Debug,
    Floor,
    Folder,
    Init,
    Json,
    MaskFile,
    MaxPixels,
    Overwrite,
    PlotFile,
    Quiet,
    Seed,
    Starts,
    Threads,
    Tolerance,
)
from pixture.reporting import FAILED, INTERRUPTED, SOME_FAILED, reported, say, sentence
from pixture.startup import import_matplotlib, import_numba

DEFAULTS = Choices()

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    components: ComponentsOrAuto = str(DEFAULTS.components),
    output: Folder = Path(),
    covariance: Covariance = DEFAULTS.covariance,
    init: Init = DEFAULT_INIT,
    n_init: Starts = DEFAULTS.n_init,
    max_iter: Annotated[int, typer.Option(help="Most EM iterations.")] = DEFAULTS.max_iter,
    tol: Tolerance = DEFAULTS.tol,
    seed: Seed = DEFAULTS.seed,
    covariance_floor: Floor = DEFAULTS.covariance_floor,
    accelerate: Annotated[
        bool, typer.Option("--accelerate/--no-accelerate", help="Fit small draws of the pixels first.")
    ] = DEFAULTS.accelerate,
    threads: Threads = DEFAULTS.threads,
    mask: MaskFile = None,
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
    auto = components == AUTO
    choices = Choices(
        components=max(AUTO_COMPONENTS) if auto else components,
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
            auto=auto,
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
def select(
    file: Annotated[Path, typer.Argument(metavar="IMAGE", help="An image file.", readable=False)],
    components: Compared = COMPARED,
    covariance: Covariances = DEFAULTS.covariance,
    criterion: Criterion = "bic",
    init: Init = DEFAULT_INIT,
    n_init: Starts = DEFAULTS.n_init,
    seed: Seed = DEFAULTS.seed,
    threads: Threads = DEFAULTS.threads,
    mask: MaskFile = None,
    plot: PlotFile = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    max_pixels: MaxPixels = None,
    debug: Debug = False,
) -> None:
    """Compare numbers of components, and say how many an image is worth.

    Lower is better. The criterion counts how many independent pixels the image is worth, since neighbours
    repeat each other.
    """
    import_numba()
    from rich.console import Console

    from pixture.compiling import announced
    from pixture.imaging.writers.whole import refuse_existing, write_whole
    from pixture.segmentation.select import select as select_image
    from pixture.view.terminal import selection_line, selection_table

    _prepare_readers(max_pixels)
    if plot is not None and not overwrite:
        refuse_existing([plot])
    with announced(say):
        selection = select_image(
            file,
            components,
            covariance=covariance,
            criterion=criterion,
            init=init,
            n_init=n_init,
            seed=seed,
            threads=threads,
            mask=mask,
        )
    if plot is not None:
        import_matplotlib()
        from pixture.view.plots import selection_png

        write_whole({plot: selection_png(selection)}, overwrite=overwrite)
    if as_json:
        _print_json(selection.as_dict())
        return
    console = Console(highlight=False, markup=False, soft_wrap=not sys.stdout.isatty())
    console.print(selection_table(selection))
    console.print(f"\n{file.name}: {selection_line(selection)}")


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
