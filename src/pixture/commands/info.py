"""`pixture info`: what an image holds, and what a segmentation of it would cost."""

from __future__ import annotations

from typing import Annotated

from pixture.commands.arguments import OneImage
from pixture.commands.command import Only, Without, command
from pixture.commands.help_pages import Example
from pixture.commands.process.error_messages import say
from pixture.commands.process.lean_imports import import_numba
from pixture.commands.process.settings import prepare_readers, print_json, stdout
from pixture.options.fitting import Choices
from pixture.options.reading import Reading
from pixture.options.running import Running


@command(
    Example("pixture info photo.jpg", "Size, channels, distinct values, and the time and memory of a fit."),
    Example("pixture info photo.jpg -k 12", "What twelve components would cost."),
    Example("pixture info photo.jpg --json", "The same for a program."),
)
def info(
    file: OneImage,
    reading: Reading,
    choices: Annotated[Choices, Only("components")],
    running: Annotated[Running, Without("quiet")],
) -> None:
    """Say what an image holds, and what a segmentation would cost."""
    import_numba()
    from pixture.compilation.notice import announced
    from pixture.imaging.readers.read import contents
    from pixture.segmentation.cost_estimate import cost
    from pixture.segmentation.sources.image_source import as_image
    from pixture.view.terminal.facts import contents_table, info_dict, info_table

    prepare_readers(running.max_pixels)
    held = contents(file)
    image = as_image(file, reading)
    with announced(say):
        estimate = cost(image, choices)
    if running.json:
        print_json(info_dict(file, image, estimate, choices, held))
    else:
        stdout().print(info_table(file, image, estimate, choices))
        if len(held) > 1 or any(len(one.levels) > 1 for one in held):
            stdout().print(contents_table(held))
