"""`pixture animate`: EM step by step, on points or on an image, in a window or a file."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

from pixture.commands.arguments import HowMany
from pixture.commands.command import Argument, Without, command
from pixture.commands.help_pages import Example
from pixture.commands.process.error_messages import Refused, in_options, say
from pixture.commands.process.lean_imports import import_matplotlib, import_numba
from pixture.commands.process.settings import prepare_readers, stderr
from pixture.options.fitting import (
    AUTO_COMPONENTS,
    DEFAULT_INIT,
    FPS,
    FRAME_WIDTH,
    Choices,
    InitName,
    StyleName,
)
from pixture.options.kinds import Name, Number, Place, Text, Whole
from pixture.options.option import Group, Options, described, option, varied
from pixture.options.pixels import Pixels
from pixture.options.reading import Reading
from pixture.options.running import Running
from pixture.options.writing import Overwriting
from pixture.wording import plural

if TYPE_CHECKING:
    from pixture.mixture.em.recording import Recording
    from pixture.view.animation.animation import Animation
    from pixture.view.terminal.progress import ProgressBar

SYNTHETIC = "synthetic"
POINTS, TRUE_COMPONENTS, SPREAD = 600, 4, 1.5


@described
@dataclass(frozen=True)
class AnimatedComponents(HowMany):
    """How many components; of synthetic points, as many as they are of where nothing is said."""

    components: int | str | None = varied(
        HowMany,
        "components",
        None,
        shown_default=f"{Choices().components}; of synthetic points, as many as they are of",
    )


@described
@dataclass(frozen=True)
class Synthetic(Options):
    """What synthetic points are like."""

    points: int | None = option(
        None,
        "Synthetic: number of points.",
        Whole(1),
        metavar="N",
        shown_default=str(POINTS),
        group=Group.FIND,
    )
    true_components: int | None = option(
        None,
        "Synthetic: number of components that the points are drawn from.",
        Whole(1),
        metavar="N",
        shown_default=str(TRUE_COMPONENTS),
        group=Group.FIND,
    )
    spread: float | None = option(
        None,
        "Synthetic: how wide the components are; from about 2 they overlap.",
        Number(above=0),
        metavar="S",
        shown_default=str(SPREAD),
        group=Group.FIND,
    )


@described
@dataclass(frozen=True)
class Start(Options):
    """Where EM starts; for synthetic points at random, a longer way to go."""

    init: InitName | None = varied(
        Choices, "init", None, shown_default=f"{DEFAULT_INIT}; random for synthetic points"
    )


@described
@dataclass(frozen=True)
class Film(Overwriting):
    """Whether the animation goes into a file, and how."""

    output: Path | None = option(
        None,
        "File to write instead of opening a window: its name ends in .gif, .webp, .html or .mp4 (which needs "
        "ffmpeg).",
        Place(),
        short="-o",
        metavar="FILE",
        shown_default="a window",
        group=Group.WRITE,
    )
    style: StyleName | None = option(
        None,
        "Synthetic: colours, each component has a colour, its points too; or classic, red ellipses on grey "
        "points.",
        Name(get_args(StyleName)),
        metavar="NAME",
        shown_default="colours",
        group=Group.WRITE,
    )
    fps: float = option(FPS, "Frames a second.", Number(), metavar="FPS", group=Group.WRITE)
    width: int = option(
        FRAME_WIDTH,
        "Width of a frame of the file, in pixels.",
        Whole(-(2**63)),
        metavar="N",
        group=Group.WRITE,
    )


@command(
    Example("pixture animate synthetic", "Points drawn from a mixture, in a window."),
    Example("pixture animate synthetic --spread 2 --seed 3 -o em.gif", "Other points, in a file."),
    Example("pixture animate photo.jpg -k 5 -o em.html", "An image, as a page with a player."),
)
def animate(
    source: Annotated[
        str, Argument("synthetic|IMAGE", "Points drawn from a mixture, or an image file.", Text())
    ],
    how_many: AnimatedComponents,
    synthetic: Synthetic,
    start: Start,
    choices: Annotated[Choices, Without("components", "init", "accelerate")],
    reading: Reading,
    pixels: Pixels,
    film: Film,
    running: Annotated[Running, Without("json")],
) -> None:
    """Watch EM: a frame an iteration, in a window, or in a file with -o.

    Of points, the components' ellipses over them. Of an image, the image, its labels, their uncertainty, its
    colours with the components' ellipses (grey: its histogram with their curves), and the log-likelihood.
    Every iteration goes over all of the pixels, without the subsamples by which `pixture segment` is quicker.

    In the window, space plays and pauses, the arrow keys step, home and end go to the ends.
    """
    is_synthetic = source == SYNTHETIC
    _refuse_what_does_not_apply(is_synthetic, synthetic, pixels, how_many)
    if film.style is not None and not is_synthetic:
        raise Refused(f"--style is for `pixture animate {SYNTHETIC}`; an image has one.")
    points = synthetic.points or POINTS
    true_components, spread = synthetic.true_components or TRUE_COMPONENTS, synthetic.spread or SPREAD
    usual = true_components if is_synthetic else Choices().components
    choices = replace(
        choices,
        components=usual if how_many.components is None else how_many.most,
        init=start.init or ("random" if is_synthetic else DEFAULT_INIT),
        accelerate=False,
    )
    import_numba()
    import_matplotlib()
    from pixture.compilation.notice import announced
    from pixture.files.input_files import Inputs
    from pixture.mixture.em.recording import record_sample
    from pixture.mixture.model.synthetic_points import synthetic as drawn
    from pixture.mixture.model.weighted_sample import WeightedSample
    from pixture.view.animation.file_formats import check_fps, refuse_unwritable
    from pixture.view.animation.window import refuse_without_display
    from pixture.view.terminal.progress import ProgressBar

    output, fps, width, overwrite, mask = film.output, film.fps, film.width, film.overwrite, pixels.mask
    if output is None:  # what would be refused in the end is refused at once
        check_fps(fps)
        refuse_without_display()
    else:
        given = [] if is_synthetic else [Path(source)] if mask is None else [Path(source), mask]
        refuse_unwritable(output, fps, width, overwrite, Inputs.of(given))
    prepare_readers(running.max_pixels)
    with ProgressBar(stderr(), choices, quiet=running.quiet) as watch, announced(watch.note):
        if is_synthetic:
            values, _ = drawn(points, true_components, spread=spread, seed=choices.seed)
            recording = record_sample(WeightedSample(values), choices)
            animation = recording.animate(style=film.style or "colours")
        else:
            recording, animation = _of_image(Path(source), reading, pixels, choices, how_many.is_auto, watch)
        if output is not None:
            animation.watched(watch.frame).save(output, fps=fps, width=width, overwrite=overwrite)
    if not running.quiet:
        say(f"{plural(recording.fit.iterations, 'EM iteration')}. {in_options(recording.fit.stop.value)}")
    if output is None:
        animation.show(fps=fps)
    elif not running.quiet:
        say(f"{plural(len(animation), 'frame')} written to {output}")


def _refuse_what_does_not_apply(
    is_synthetic: bool, synthetic: Synthetic, pixels: Pixels, how_many: HowMany
) -> None:
    if is_synthetic:
        for name, given in (
            ("--mask", pixels.mask is not None),
            ("-k auto", how_many.is_auto),
        ):
            if given:
                raise Refused(f"{name} is for images; points are drawn as --points and others say.")
        return
    for field in fields(synthetic):
        if getattr(synthetic, field.name) is not None:
            raise Refused(
                f"--{field.name.replace('_', '-')} is for `pixture animate {SYNTHETIC}`; an image has the "
                "pixels that it has."
            )


def _of_image(
    path: Path,
    reading: Reading,
    pixels: Pixels,
    choices: Choices,
    auto: bool,
    watch: ProgressBar,
) -> tuple[Recording, Animation]:
    from pixture.imaging.histogram.histogram import histogram
    from pixture.mixture.em.recording import record_sample
    from pixture.segmentation.component_count.image_components import select_image
    from pixture.segmentation.sources.image_source import as_image
    from pixture.segmentation.sources.mask_image import opened, within
    from pixture.view.animation.animation import animate_image

    image = within(as_image(path, reading), opened(pixels.mask, pixels.mask_threshold))
    watch.begin(path, image)
    if auto:
        selection = select_image(image, AUTO_COMPONENTS, choices.covariance, choices)
        choices = replace(choices, components=selection.best.components)
    sample = histogram(image, threads=choices.threads).sample
    recording = record_sample(sample, choices, direction=image.lightness, on_step=watch.step)
    return recording, animate_image(image, recording)
