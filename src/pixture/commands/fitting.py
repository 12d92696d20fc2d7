"""`pixture fit` and `pixture select`: what can be said of images by a mixture, before any is segmented."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixture.choices import DEFAULT_INIT, Choices
from pixture.commands.lean_imports import import_matplotlib, import_numba
from pixture.commands.options import (
    COMPARED,
    Compared,
    Components,
    Covariance,
    Covariances,
    Criterion,
    Debug,
    Floor,
    Images,
    Init,
    Iterations,
    Json,
    MaskFile,
    MaskThreshold,
    MaxPixels,
    ModelFile,
    Overwrite,
    PlotFile,
    Quiet,
    Seed,
    Starts,
    Threads,
    Tolerance,
    WithDraws,
)
from pixture.commands.process import prepare_readers, print_json, stderr, stdout
from pixture.wording import printable

if TYPE_CHECKING:
    from pixture.imaging.image import Image

DEFAULTS = Choices()


def fit(
    images: Images,
    output: ModelFile,
    components: Components = DEFAULTS.components,
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
    as_json: Json = False,
    quiet: Quiet = False,
    max_pixels: MaxPixels = None,
    debug: Debug = False,
) -> None:
    """Fit one mixture to all pixels of several images, and save it for `pixture apply`.

    The images have the same channels and depth; they are read one after the other, and only their distinct
    values are kept.
    """
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
    from pixture.compilation.notice import announced
    from pixture.files.input_files import Inputs
    from pixture.files.output_files import refuse_outputs
    from pixture.segmentation.image_source import as_image
    from pixture.segmentation.many_images.fit_images import fit_opened_images
    from pixture.segmentation.mask_image import opened, within
    from pixture.view.terminal import ProgressBar, model_line

    prepare_readers(max_pixels)
    read_here = Inputs.of([*images, *([] if mask is None else [mask])])
    refuse_outputs([output], overwrite=overwrite, inputs=read_here)
    opening = opened(mask, mask_threshold)
    with ProgressBar(stderr(), choices, quiet=quiet) as watch, announced(watch.note):

        def each() -> Iterator[Image]:
            for path in images:
                image = within(as_image(path), opening)
                watch.begin(path, image)
                yield image

        model = fit_opened_images(each(), choices, on_step=watch.step)
        watch.saving()
        model.save(output, overwrite=overwrite)
        if not quiet:
            watch.say(model_line(model, len(images), str(output)))
    if as_json:
        print_json(
            {"output": str(output), "mixture": model.mixture.as_dict(), "dtype": model.dtype, **model.facts}
        )


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
    mask_threshold: MaskThreshold = None,
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
    from pixture.compilation.notice import announced
    from pixture.files.atomic_writing import write_whole
    from pixture.files.input_files import Inputs
    from pixture.files.output_files import refuse_outputs
    from pixture.segmentation.component_count.select_components import select as select_image
    from pixture.view.terminal import ComparisonBar, selection_line, selection_table

    prepare_readers(max_pixels)
    if plot is not None and plot.suffix.lower() != ".png":
        raise typer.BadParameter(f"--plot draws PNG; {plot.name} should end in .png.")
    read_here = Inputs.of([file, *([] if mask is None else [mask])])
    if plot is not None:
        refuse_outputs([plot], overwrite=overwrite, inputs=read_here)
    with ComparisonBar(stderr(), file.name, quiet=False) as bar, announced(bar.note):
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
            mask_threshold=mask_threshold,
            on_progress=bar.progress,
        )
    if plot is not None:
        import_matplotlib()
        from pixture.view.plots import selection_png

        write_whole({plot: selection_png(selection)}, overwrite=overwrite, inputs=read_here)
    if as_json:
        print_json(selection.as_dict())
        return
    console = stdout()
    console.print(selection_table(selection))
    console.print(f"\n{printable(file.name)}: {selection_line(selection)}")
