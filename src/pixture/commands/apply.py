"""`pixture apply`: a model that was fitted before segments images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pixture.commands.arguments import ImagesAnywhere, WithReport
from pixture.commands.batches import asked_for
from pixture.commands.command import Argument, Only, command
from pixture.commands.help_pages import Example
from pixture.commands.process.lean_imports import import_matplotlib, import_numba
from pixture.commands.process.settings import prepare_readers
from pixture.commands.segment import Saving, save_each
from pixture.options.batch import Batch
from pixture.options.classes import Classes, ObjectChoices
from pixture.options.cluster import Clustering
from pixture.options.fitting import Choices
from pixture.options.memory import Memory
from pixture.options.pixels import Pixels
from pixture.options.reading import Reading
from pixture.options.running import Running
from pixture.options.spatial import Spatial
from pixture.options.writing import Writing


@command(
    Example("pixture apply model.pixture photo.jpg", "Segment an image by the model of `pixture fit`."),
    Example("pixture apply model.pixture *.png -o results", "Segment many; a label means the same in all."),
    Example("pixture apply model.pixture photo.jpg --report", "Write a page that shows the result too."),
)
def apply(
    model: Annotated[Path, Argument("MODEL", "The file that `pixture fit` wrote.")],
    images: ImagesAnywhere,
    spatial: Spatial,
    classes: Classes,
    objects: ObjectChoices,
    reading: Reading,
    pixels: Pixels,
    writing: Writing,
    with_report: WithReport,
    choices: Annotated[Choices, Only("threads")],
    batch: Batch,
    memory: Memory,
    clustering: Clustering,
    running: Running,
) -> None:
    """Segment images by a mixture that was fitted before; nothing is fitted, so labels mean the same in all.

    The files are those of `pixture segment` but for the convergence plot, and a report has no curves and no
    animation, as nothing is fitted here.
    """
    import_numba()
    import_matplotlib()
    from pixture.batch.apply_each import ApplyEach
    from pixture.files.input_files import Inputs
    from pixture.segmentation.many_images.image_model import ImageModel

    prepare_readers(running.max_pixels)
    fitted = ImageModel.load(model)
    make = ApplyEach(fitted, spatial, classes, choices.threads)
    chosen = Choices(fitted.mixture.components, fitted.mixture.covariance, threads=choices.threads)
    saving = Saving(
        reading,
        pixels,
        writing,
        running,
        batch,
        with_report.outputs,
        with_report.flat,
        objects,
        fitted=False,
        memory=memory,
        clustering=clustering,
    )
    asked = asked_for(
        "apply", spatial, classes, *saving.asked, model=model, outputs=saving.outputs, flat=saving.flat
    )
    save_each(images, lambda run, watch: make, chosen, saving, asked, Inputs.of([model]))
