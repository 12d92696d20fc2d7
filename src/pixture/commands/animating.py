"""`pixture animate`: EM step by step, on points or on an image, in a window or a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixture.choices import AUTO, AUTO_COMPONENTS, DEFAULT_INIT, FPS, FRAME_WIDTH, Choices, InitName
from pixture.commands.error_messages import say
from pixture.commands.lean_imports import import_matplotlib, import_numba
from pixture.commands.options import (
    Covariance,
    Debug,
    Floor,
    Iterations,
    MaskFile,
    MaskThreshold,
    MaxPixels,
    Overwrite,
    Quiet,
    Seed,
    Starts,
    Threads,
    Tolerance,
    number_or_auto,
)
from pixture.commands.process import prepare_readers, stderr
from pixture.wording import plural

if TYPE_CHECKING:
    from pixture.mixture.em.recording import Recording
    from pixture.view.animation.animation import Animation
    from pixture.view.terminal import ProgressBar

DEFAULTS = Choices()
SYNTHETIC = "synthetic"
POINTS, TRUE_COMPONENTS, SPREAD = 600, 4, 1.5

Source = Annotated[
    str,
    typer.Argument(metavar="synthetic|IMAGE", help="Points drawn from a mixture, or an image file."),
]
Film = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Write FILE.gif, .webp, .mp4 (needs ffmpeg) or .html instead of opening a window.",
        readable=False,
        show_default="a window",
    ),
]
FilmComponents = Annotated[
    Any,
    typer.Option(
        "-k",
        "--components",
        metavar="K|auto",
        parser=number_or_auto,
        help='Number of Gaussian components; "auto" takes as many as the image is worth, up to 12.',
        show_default=f"{DEFAULTS.components}; of synthetic points as many as they are of",
    ),
]
FilmInit = Annotated[
    InitName | None,
    typer.Option(
        help="How the start is found.",
        show_default=f"{DEFAULT_INIT}; random for synthetic, a longer way to go",
    ),
]
Points = Annotated[int | None, typer.Option(help="Synthetic: how many points.", show_default=str(POINTS))]
TrueComponents = Annotated[
    int | None,
    typer.Option(help="Synthetic: components that the points are of.", show_default=str(TRUE_COMPONENTS)),
]
Spread = Annotated[
    float | None,
    typer.Option(
        help="Synthetic: how wide the components are; from about 2 they run into each other.",
        show_default=str(SPREAD),
    ),
]
Width = Annotated[int, typer.Option(help="Pixels across a frame of a file.")]
FramesASecond = Annotated[float, typer.Option(help="Frames a second.")]


def animate(
    source: Source,
    components: FilmComponents = None,
    output: Film = None,
    points: Points = None,
    true_components: TrueComponents = None,
    spread: Spread = None,
    covariance: Covariance = DEFAULTS.covariance,
    init: FilmInit = None,
    n_init: Starts = DEFAULTS.n_init,
    max_iter: Iterations = DEFAULTS.max_iter,
    tol: Tolerance = DEFAULTS.tol,
    seed: Seed = DEFAULTS.seed,
    covariance_floor: Floor = DEFAULTS.covariance_floor,
    threads: Threads = DEFAULTS.threads,
    mask: MaskFile = None,
    mask_threshold: MaskThreshold = None,
    fps: FramesASecond = FPS,
    width: Width = FRAME_WIDTH,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    max_pixels: MaxPixels = None,
    debug: Debug = False,
) -> None:
    """Watch EM: a frame an iteration, in a window, or in a file with -o.

    Of points, the components' ellipses over them. Of an image, its labels, their uncertainty, its colours
    with the components' ellipses (grey: its histogram with their curves), and the log-likelihood. Every
    iteration goes over all of the pixels, without the subsamples by which `pixture segment` is quicker.

    In the window, space plays and pauses, the arrow keys step, home and end go to the ends.
    """
    is_synthetic = source == SYNTHETIC
    drawn = {"--points": points, "--true-components": true_components, "--spread": spread}
    auto = components == AUTO
    _refuse_what_does_not_apply(
        is_synthetic,
        drawn,
        {"--mask": mask is not None, "--mask-threshold": mask_threshold is not None, "-k auto": auto},
    )
    points, true_components, spread = points or POINTS, true_components or TRUE_COMPONENTS, spread or SPREAD
    usual = true_components if is_synthetic else DEFAULTS.components
    choices = Choices(
        components=max(AUTO_COMPONENTS) if auto else usual if components is None else components,
        covariance=covariance,
        init=init or ("random" if is_synthetic else DEFAULT_INIT),
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        seed=seed,
        covariance_floor=covariance_floor,
        accelerate=False,
        threads=threads,
    )
    import_numba()
    import_matplotlib()
    from pixture.compilation.notice import announced
    from pixture.files.input_files import Inputs
    from pixture.mixture.em.recording import record_sample
    from pixture.mixture.model.synthetic_points import synthetic
    from pixture.mixture.model.weighted_sample import WeightedSample
    from pixture.view.animation.file_formats import check_fps, refuse_unwritable
    from pixture.view.animation.window import refuse_without_display
    from pixture.view.terminal import ProgressBar

    if output is None:  # what would be refused in the end is refused at once
        check_fps(fps)
        refuse_without_display()
    else:
        given = [] if is_synthetic else [Path(source)] if mask is None else [Path(source), mask]
        refuse_unwritable(output, fps, width, overwrite, Inputs.of(given))
    prepare_readers(max_pixels)
    with ProgressBar(stderr(), choices, quiet=quiet) as watch, announced(watch.note):
        if is_synthetic:
            values, _ = synthetic(points, true_components, spread=spread, seed=seed)
            recording = record_sample(WeightedSample(values), choices)
            animation = recording.animate()
        else:
            recording, animation = _of_image(Path(source), mask, mask_threshold, choices, auto, watch)
        if output is not None:
            animation.watched(watch.frame).save(output, fps=fps, width=width, overwrite=overwrite)
    if not quiet:
        say(f"{plural(recording.fit.iterations, 'EM iteration')}. {recording.fit.stop.value}")
    if output is None:
        animation.show(fps=fps)
    elif not quiet:
        say(f"{plural(len(animation), 'frame')} written to {output}")


def _refuse_what_does_not_apply(
    is_synthetic: bool, of_points: dict[str, float | None], of_images: dict[str, bool]
) -> None:
    for name, value in of_points.items():
        if value is not None and not is_synthetic:
            raise typer.BadParameter(
                f"{name} is for `pixture animate {SYNTHETIC}`; an image has the pixels that it has."
            )
        if value is not None and not value > 0:
            raise typer.BadParameter(f"{name} must be above 0; got {value:g}.")
    for name, given in of_images.items():
        if given and is_synthetic:
            raise typer.BadParameter(f"{name} is for images; points are drawn as --points and others say.")


def _of_image(
    path: Path,
    mask: Path | None,
    mask_threshold: float | None,
    choices: Choices,
    auto: bool,
    watch: ProgressBar,
) -> tuple[Recording, Animation]:
    from pixture.imaging.histogram.histogram import histogram
    from pixture.mixture.em.recording import record_sample
    from pixture.segmentation.image_source import as_image
    from pixture.segmentation.mask_image import opened, within
    from pixture.segmentation.segment import select_image
    from pixture.view.animation.animation import animate_image

    image = within(as_image(path), opened(mask, mask_threshold))
    watch.begin(path, image)
    if auto:
        selection = select_image(image, AUTO_COMPONENTS, choices.covariance, choices)
        choices = replace(choices, components=selection.best.components)
    sample = histogram(image, threads=choices.threads).sample
    recording = record_sample(sample, choices, direction=image.lightness, on_step=watch.step)
    return recording, animate_image(image, recording)
