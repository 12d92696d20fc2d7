"""`pixture select`: how many components an image supports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pixture.commands.arguments import OneImage
from pixture.commands.command import Without, command
from pixture.commands.help_pages import Example
from pixture.commands.process.error_messages import Refused
from pixture.commands.process.lean_imports import import_matplotlib, import_numba
from pixture.commands.process.settings import prepare_readers, print_json, stderr, stdout
from pixture.options.fitting import AUTO_COMPONENTS, COVARIANCE, Choices, InitName
from pixture.options.kinds import Name, NameList, Place, Whole, WholeList
from pixture.options.option import Group, Options, described, option, varied
from pixture.options.pixels import Pixels
from pixture.options.reading import Reading
from pixture.options.running import Running
from pixture.options.writing import Overwriting
from pixture.wording import printable


@described
@dataclass(frozen=True)
class Comparing(Options):
    """What is compared, and by what."""

    components: Any = varied(
        Choices,
        "components",
        tuple(AUTO_COMPONENTS),
        help="Numbers of components to compare, such as 1-12 or 3,5,7.",
        kind=WholeList(Whole(1)),
        metavar="NUMBERS",
        shown_default=f"{min(AUTO_COMPONENTS)}-{max(AUTO_COMPONENTS)}",
    )
    covariance: Any = varied(
        Choices,
        "covariance",
        ("full",),
        help="Shapes of the components to compare: full, tied, diagonal, spherical; several as in full,tied.",
        kind=NameList(COVARIANCE),
        metavar="NAMES",
        shown_default="full",
        group=Group.FIND,
    )
    criterion: Literal["bic", "icl", "aic"] = option(
        "bic",
        "What is compared: bic; icl, for fewer components, which overlap less; or aic, for more. The "
        "lowest value is the best.",
        Name(("bic", "icl", "aic")),
        metavar="NAME",
        group=Group.FIND,
    )


@described
@dataclass(frozen=True)
class Plotting(Overwriting):
    """Whether the curve is drawn into a file."""

    plot: Path | None = option(
        None, "Draw the curve into a file too.", Place(), metavar="FILE.png", group=Group.WRITE
    )


@command(
    Example("pixture select photo.jpg", "Compare 1 to 12 components."),
    Example("pixture select photo.jpg -k 2-6 --covariance full,tied", "Compare two shapes as well."),
    Example("pixture select photo.jpg --plot curve.png", "Draw the criterion for each number."),
)
def select(
    image: OneImage,
    comparing: Comparing,
    choices: Annotated[Choices, Without("components", "covariance", "accelerate", "shrinkage")],
    reading: Reading,
    pixels: Pixels,
    plotting: Plotting,
    running: Annotated[Running, Without("quiet")],
) -> None:
    """Compare numbers of components, and say how many an image supports.

    Lower is better. The criterion counts how many independent pixels the image is worth, since neighbours
    repeat each other.
    """
    import_numba()
    from pixture.compilation.notice import announced
    from pixture.files.atomic_writing import write_whole
    from pixture.files.input_files import Inputs
    from pixture.files.output_files import refuse_outputs
    from pixture.segmentation.component_count.select_components import select as select_image
    from pixture.segmentation.sources.image_source import as_image
    from pixture.view.terminal.progress import ComparisonBar
    from pixture.view.terminal.selection_table import selection_line, selection_table

    prepare_readers(running.max_pixels)
    plot, overwrite = plotting.plot, plotting.overwrite
    if plot is not None and plot.suffix.lower() != ".png":
        raise Refused(f"--plot draws PNG; {plot.name} should end in .png.")
    read_here = Inputs.of([image, *([] if pixels.mask is None else [pixels.mask])])
    if plot is not None:
        refuse_outputs([plot], overwrite=overwrite, inputs=read_here)
    with ComparisonBar(stderr(), image.name, quiet=False) as bar, announced(bar.note):
        selection = select_image(
            as_image(image, reading),
            comparing.components,
            covariance=comparing.covariance,
            criterion=comparing.criterion,
            init=cast(InitName, choices.init),  # "given" is never read from text
            n_init=choices.n_init,
            max_iter=choices.max_iter,
            tol=choices.tol,
            seed=choices.seed,
            covariance_floor=choices.covariance_floor,
            threads=choices.threads,
            mask=pixels.mask,
            mask_threshold=pixels.mask_threshold,
            on_progress=bar.progress,
        )
    if plot is not None:
        import_matplotlib()
        from pixture.view.plots import selection_png

        write_whole({plot: selection_png(selection)}, overwrite=overwrite, inputs=read_here)
    if running.json:
        print_json(selection.as_dict())
        return
    console = stdout()
    console.print(selection_table(selection))
    console.print(f"\n{printable(image.name)}: {selection_line(selection)}")
