"""`pixture fit`: one mixture for several images, saved as a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pixture.commands.arguments import Images
from pixture.commands.command import Only, Without, command
from pixture.commands.help_pages import Example
from pixture.commands.process.lean_imports import import_numba
from pixture.commands.process.settings import prepare_readers, print_json, stderr
from pixture.options.batch import Batch
from pixture.options.fitting import MOST_COMPONENTS, Choices
from pixture.options.kinds import Place, Whole
from pixture.options.option import Group, Options, described, option, varied
from pixture.options.pixels import Pixels
from pixture.options.reading import Reading
from pixture.options.running import Running
from pixture.options.writing import Overwriting

if TYPE_CHECKING:
    from pixture.imaging.image import Image


@described
@dataclass(frozen=True)
class ForAll(Options):
    """How many components all images have together."""

    components: int = varied(
        Choices,
        "components",
        Choices().components,
        kind=Whole(
            1,
            MOST_COMPONENTS,
            instead="One model is for all images, so it takes a number, such as -k 4; `pixture select IMAGE` "
            "says how many components an image supports.",
        ),
    )


@described
@dataclass(frozen=True)
class ModelWriting(Overwriting):
    """Where the model goes."""

    output: Path = option(
        Path(),
        "File for the model.",
        Place(),
        short="-o",
        metavar="MODEL",
        required=True,
        group=Group.WRITE,
    )


@command(
    Example("pixture fit *.png -o model.pixture", "Fit four components to all images together."),
    Example("pixture fit a.png b.png -k 6 --covariance tied -o model.pixture", "Choose the mixture."),
    Example("pixture apply model.pixture c.png", "Use the model: segment another image by it."),
)
def fit(
    images: Images,
    for_all: ForAll,
    choices: Annotated[Choices, Without("components")],
    reading: Reading,
    pixels: Pixels,
    writing: ModelWriting,
    folders: Annotated[Batch, Only("recursive")],
    running: Running,
) -> None:
    """Fit one mixture to all pixels of several images, and save it for `pixture apply`.

    The images have the same channels and depth; they are read one after the other, and only their distinct
    values are kept.
    """
    choices = replace(choices, components=for_all.components)
    import_numba()
    from pixture.batch.file_list import listed
    from pixture.compilation.notice import announced
    from pixture.files.input_files import Inputs
    from pixture.files.output_files import refuse_outputs
    from pixture.segmentation.many_images.fit_images import fit_opened_images
    from pixture.segmentation.sources.image_source import as_image
    from pixture.segmentation.sources.mask_image import opened, within
    from pixture.view.terminal.progress import ProgressBar
    from pixture.view.terminal.result_lines import model_line

    prepare_readers(running.max_pixels)
    found = listed(images, Path(), recursive=folders.recursive, stack=reading.stack)
    images = found.paths
    output, overwrite = writing.output, writing.overwrite
    read_here = Inputs.of([*images, *([] if pixels.mask is None else [pixels.mask])])
    refuse_outputs([output], overwrite=overwrite, inputs=read_here)
    opening = opened(pixels.mask, pixels.mask_threshold)
    with ProgressBar(stderr(), choices, quiet=running.quiet) as watch, announced(watch.note):

        def each() -> Iterator[Image]:
            for path in images:
                image = within(as_image(path, reading), opening)
                watch.begin(path, image)
                yield image

        model = fit_opened_images(each(), choices, on_step=watch.step)
        watch.saving()
        model.save(output, overwrite=overwrite)
        if not running.quiet:
            watch.say(model_line(model, len(images), str(output)))
    if running.json:
        print_json(
            {"output": str(output), "mixture": model.mixture.as_dict(), "dtype": model.dtype, **model.facts}
        )
