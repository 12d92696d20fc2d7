"""`pixture segment`, `apply` and `report`: images in, files for each out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixture.choices import AUTO, AUTO_COMPONENTS, DEFAULT_INIT, Choices
from pixture.commands.lean_imports import import_matplotlib, import_numba
from pixture.commands.options import (
    ComponentsOrAuto,
    Covariance,
    Debug,
    Floor,
    Folder,
    Images,
    Init,
    Iterations,
    Json,
    MaskFile,
    MaskThreshold,
    MaxPixels,
    Overwrite,
    Quiet,
    Seed,
    SkipExisting,
    Starts,
    Threads,
    Tolerance,
    WithDraws,
    WithReport,
)
from pixture.commands.outcomes import refuse_clashes, say_outcomes
from pixture.commands.process import prepare_readers, stderr

if TYPE_CHECKING:
    from pixture.batch.segmentations import Make, Outcome, Outputs
    from pixture.files.input_files import Inputs
    from pixture.segmentation.segmentation import Segmentation

DEFAULTS = Choices()


def segment(
    images: Images,
    components: ComponentsOrAuto = str(DEFAULTS.components),
    output: Folder = Path(),
    covariance: Covariance = DEFAULTS.covariance,
    init: Init = DEFAULT_INIT,
    n_init: Starts = DEFAULTS.n_init,
    max_iter: Iterations = DEFAULTS.max_iter,
    tol: Tolerance = DEFAULTS.tol,
    seed: Seed = DEFAULTS.seed,
    covariance_floor: Floor = DEFAULTS.covariance_floor,
    accelerate: WithDraws = DEFAULTS.accelerate,
    threads: Threads = DEFAULTS.threads,
    mask: MaskFile = None,
    mask_threshold: MaskThreshold = None,
    overwrite: Overwrite = False,
    skip_existing: SkipExisting = False,
    report: WithReport = False,
    as_json: Json = False,
    quiet: Quiet = False,
    max_pixels: MaxPixels = None,
    debug: Debug = False,
) -> None:
    """Segment images; for each write STEM.labels.png, .overlay.png, .painted.png, .convergence.png, .json.

    The labels are 0 (darkest) to K - 1; masked pixels have the largest value of their type. Results go to
    the current folder unless -o says otherwise, each file under its final name only when it is complete.
    With --report, a set that lacks its report is incomplete too, for --skip-existing.
    """
    _segment(
        images,
        _chosen(
            components,
            covariance=covariance,
            init=init,
            n_init=n_init,
            max_iter=max_iter,
            tol=tol,
            seed=seed,
            covariance_floor=covariance_floor,
            accelerate=accelerate,
            threads=threads,
        ),
        "SET_AND_REPORT" if report else "SET",
        output=output,
        mask=mask,
        mask_threshold=mask_threshold,
        overwrite=overwrite,
        skip_existing=skip_existing,
        as_json=as_json,
        quiet=quiet,
        max_pixels=max_pixels,
        debug=debug,
    )


def apply(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="What `pixture fit` wrote.", readable=False)],
    images: Images,
    output: Folder = Path(),
    threads: Threads = DEFAULTS.threads,
    mask: MaskFile = None,
    mask_threshold: MaskThreshold = None,
    overwrite: Overwrite = False,
    skip_existing: SkipExisting = False,
    report: WithReport = False,
    as_json: Json = False,
    quiet: Quiet = False,
    max_pixels: MaxPixels = None,
    debug: Debug = False,
) -> None:
    """Segment images by a mixture that was fitted before; nothing is fitted, so labels mean the same in all.

    The files are those of `pixture segment` but for the convergence plot, and a report has no curves and no
    animation, as nothing is fitted here.
    """
    _refuse_both(overwrite, skip_existing)
    import_numba()
    import_matplotlib()
    from pixture.batch.segmentations import Outputs
    from pixture.files.input_files import Inputs
    from pixture.segmentation.many_images.image_model import ImageModel, apply_to

    prepare_readers(max_pixels)
    fitted = ImageModel.load(model)
    choices = Choices(fitted.mixture.components, fitted.mixture.covariance, threads=threads)

    make = partial(apply_to, fitted, threads=threads)
    _each(
        images,
        make,
        choices,
        Outputs.SET_AND_REPORT if report else Outputs.SET,
        inputs=Inputs.of([model]),
        fitted=False,
        output=output,
        mask=mask,
        mask_threshold=mask_threshold,
        overwrite=overwrite,
        skip_existing=skip_existing,
        as_json=as_json,
        quiet=quiet,
        debug=debug,
    )


def report(
    images: Images,
    components: ComponentsOrAuto = str(DEFAULTS.components),
    output: Folder = Path(),
    covariance: Covariance = DEFAULTS.covariance,
    init: Init = DEFAULT_INIT,
    n_init: Starts = DEFAULTS.n_init,
    max_iter: Iterations = DEFAULTS.max_iter,
    tol: Tolerance = DEFAULTS.tol,
    seed: Seed = DEFAULTS.seed,
    covariance_floor: Floor = DEFAULTS.covariance_floor,
    accelerate: WithDraws = DEFAULTS.accelerate,
    threads: Threads = DEFAULTS.threads,
    mask: MaskFile = None,
    mask_threshold: MaskThreshold = None,
    overwrite: Overwrite = False,
    skip_existing: SkipExisting = False,
    as_json: Json = False,
    quiet: Quiet = False,
    max_pixels: MaxPixels = None,
    debug: Debug = False,
) -> None:
    """Segment images, and for each write STEM.report.html alone: a page that shows all there is to see.

    The image beside its labels, boundaries and uncertainty, a table of the components, the curves, an
    animation of EM, every choice. It is complete in itself, asks the network for nothing, and prints well.
    """
    _segment(
        images,
        _chosen(
            components,
            covariance=covariance,
            init=init,
            n_init=n_init,
            max_iter=max_iter,
            tol=tol,
            seed=seed,
            covariance_floor=covariance_floor,
            accelerate=accelerate,
            threads=threads,
        ),
        "REPORT",
        output=output,
        mask=mask,
        mask_threshold=mask_threshold,
        overwrite=overwrite,
        skip_existing=skip_existing,
        as_json=as_json,
        quiet=quiet,
        max_pixels=max_pixels,
        debug=debug,
    )


def _chosen(components: int | str, **choices: Any) -> tuple[Choices, bool]:
    """Return the choices of a fit, and whether each image says how many components."""
    auto = components == AUTO
    return Choices(components=max(AUTO_COMPONENTS) if auto else int(components), **choices), auto


def _segment(
    images: list[Path],
    chosen: tuple[Choices, bool],
    outputs: str,
    *,
    overwrite: bool,
    skip_existing: bool,
    max_pixels: int | None,
    **rest: Any,
) -> None:
    """Segment each image by a fit of its own; `outputs` names one of `batch.Outputs`, loaded here."""
    _refuse_both(overwrite, skip_existing)
    import_numba()
    import_matplotlib()
    from pixture.batch.segmentations import Outputs
    from pixture.segmentation.segment import segment_image

    prepare_readers(max_pixels)
    choices, auto = chosen
    make = partial(segment_image, choices=choices, auto=auto)
    _each(images, make, choices, Outputs[outputs], overwrite=overwrite, skip_existing=skip_existing, **rest)


def _refuse_both(overwrite: bool, skip_existing: bool) -> None:
    if overwrite and skip_existing:
        raise typer.BadParameter("--overwrite and --skip-existing exclude each other.")


def _each(
    images: list[Path],
    make: Make,
    choices: Choices,
    outputs: Outputs,
    *,
    inputs: Inputs | None = None,
    fitted: bool = True,
    output: Path,
    mask: Path | None,
    mask_threshold: float | None,
    overwrite: bool,
    skip_existing: bool,
    as_json: bool,
    quiet: bool,
    debug: bool,
) -> None:
    """Make a segmentation of each image and save it; say what became of it."""
    from pixture.batch.segmentations import segment_files
    from pixture.compilation.notice import announced
    from pixture.files.input_files import Inputs
    from pixture.view.save_segmentation import record
    from pixture.view.terminal import ProgressBar, result_line

    refuse_clashes(images, output, "Segment them into different folders.")

    def line(outcome: Outcome[Segmentation], found: Segmentation) -> str:
        several = output / f"{outcome.path.stem}.*"
        where = several if len(outcome.outputs) > 1 else outcome.outputs[0]
        return result_line(outcome.path.name, found, str(where))

    def described(outcome: Outcome[Segmentation]) -> dict[str, Any]:
        return outcome.as_dict("segmented", record)

    with ProgressBar(stderr(), choices, quiet=quiet) as watch, announced(watch.note):
        made = segment_files(
            images,
            make,
            output,
            outputs=outputs,
            fitted=fitted,
            mask=mask,
            mask_threshold=mask_threshold,
            inputs=inputs or Inputs(),
            overwrite=overwrite,
            skip_existing=skip_existing,
            watch=watch,
        )
        say_outcomes(made, len(images), watch, line, described if as_json else None, quiet=quiet, debug=debug)
