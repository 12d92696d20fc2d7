"""`pixture demo` and `pixture info`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from pixture.choices import Choices
from pixture.commands.error_messages import say
from pixture.commands.lean_imports import import_matplotlib, import_numba
from pixture.commands.options import Components, Debug, Folder, Json, MaxPixels, Overwrite
from pixture.commands.process import prepare_readers, print_json, stdout
from pixture.wording import printable

DEFAULTS = Choices()


def demo(
    output: Folder = Path("pixture-demo"),
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Segment two photographs that come with scikit-learn, in colour and in grey."""
    import_numba()
    import_matplotlib()
    from pixture.compilation.notice import announced
    from pixture.demo import run_demo
    from pixture.view.terminal import demo_row, demo_table

    say("Segmenting two photographs in colour and in grey ...")
    table = demo_table()
    files = 0
    with announced(say):
        for stem, segmentation, paths in run_demo(output, overwrite=overwrite):
            table.add_row(*demo_row(stem, segmentation))
            files += len(paths)
    console = stdout()
    console.print(table)
    place = printable(f"{output}{os.sep}")
    console.print(
        f"\n{files} files are in {place}. Look at *.overlay.jpg (the labels over the photograph), "
        "*.painted.png (each pixel its component's mean) and *.convergence.png (the log-likelihood and "
        "negative log-likelihood at every EM iteration); *.json holds the numbers.\n"
        "Now your own:  pixture segment IMAGE -k 4"
    )


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
    from pixture.compilation.notice import announced
    from pixture.segmentation.cost_estimate import cost
    from pixture.segmentation.image_source import as_image
    from pixture.view.terminal import info_dict, info_table

    prepare_readers(max_pixels)
    image = as_image(file)
    with announced(say):
        estimate = cost(image, choices)
    if as_json:
        print_json(info_dict(file, image, estimate, choices))
    else:
        stdout().print(info_table(file, image, estimate, choices))
