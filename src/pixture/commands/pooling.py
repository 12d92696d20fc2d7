"""One mixture for all images of `pixture segment`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pixture.commands.arguments import HowMany
from pixture.commands.process.error_messages import Refused
from pixture.options.fitting import Choices
from pixture.options.kinds import Flag
from pixture.options.method import Method
from pixture.options.option import Group, Options, described, option

if TYPE_CHECKING:
    from pixture.batch.batch_run import BatchRun
    from pixture.commands.segment import Saving
    from pixture.segmentation.many_images.image_model import ImageModel


@described
@dataclass(frozen=True)
class Pooling(Options):
    """Whether all images have one mixture."""

    pooled: bool = option(
        False,
        "Fit one mixture to all images together: labels mean the same in all; pooled.pixture keeps it.",
        Flag(),
        group=Group.FIT,
    )


def refuse_of_one_image(how_many: HowMany, method: Method) -> None:
    """Refuse what is of one image, where a mixture is of all.

    Raises
    ------
    Refused
        There is such a choice.
    """
    if how_many.is_auto:
        raise Refused(
            "--pooled is one mixture for all images, so it takes a number of components, such as -k 4; "
            "`pixture select IMAGE` says how many one of them supports."
        )
    given = {
        "--features": method.features.features is not None,
        "--scribbles or --box": method.guidance.marks,
        "--prior or --bias": method.scan.prior is not None or method.scan.bias,
        "--per-time": method.times.per_time,
    }
    for name, is_given in given.items():
        if is_given:
            raise Refused(f"--pooled is one mixture for all images, and {name} is of each: give one of them.")


def pooled_model(run: BatchRun, choices: Choices, saving: Saving, watch: Any) -> ImageModel:
    """Return the model of all images, fitted and saved, or loaded where an earlier run fitted it."""
    from pixture.batch.large_images.which_files import LargeFiles, mask_is_large
    from pixture.batch.pooled import MODEL, CountEach, model_of_all
    from pixture.segmentation.sources.mask_image import opened
    from pixture.view.terminal.result_lines import model_line

    large = LargeFiles(saving.memory, saving.clustering, all_of_them=saving.in_pieces)
    pixels = saving.pixels
    opening = None if mask_is_large(pixels, large) else opened(pixels.mask, pixels.mask_threshold)
    count = CountEach(saving.reading, pixels, opening, Method(choices), large)
    model = model_of_all(run, count, choices, watch)
    watch.note(model_line(model, len(model.facts["images"]), str(run.output / MODEL)))
    return model
