"""`pixture info`: what an image holds, and what a segmentation of it would cost."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pixture.commands.command import Argument, Only, Without, command
from pixture.commands.help_pages import Example
from pixture.commands.process.error_messages import say
from pixture.commands.process.lean_imports import import_numba
from pixture.commands.process.settings import prepare_readers, print_json, stdout
from pixture.files.addresses import Address
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.options.reading import Reading
from pixture.options.running import Running
from pixture.wording import plural, size_in_words

if TYPE_CHECKING:
    from pixture.scale.sources.source import Source


@command(
    Example("pixture info photo.jpg", "Size, channels, distinct values, and the time and memory of a fit."),
    Example("pixture info photo.jpg -k 12", "What twelve components would cost."),
    Example("pixture info s3://bucket/scene.zarr", "What is at an address; only its header is fetched."),
    Example("pixture info photo.jpg --json", "The same for a program."),
)
def info(
    file: Annotated[Path, Argument("IMAGE", "An image file, or the address of a Zarr store or a GeoTIFF.")],
    reading: Reading,
    choices: Annotated[Choices, Only("components")],
    running: Annotated[Running, Without("quiet")],
) -> None:
    """Say what an image holds, and what a segmentation would cost."""
    import_numba()
    from pixture.batch.large_images.which_files import LargeFiles, large_source
    from pixture.compilation.notice import announced
    from pixture.imaging.readers.read import contents
    from pixture.segmentation.cost_estimate import cost
    from pixture.segmentation.sources.image_source import as_image
    from pixture.view.terminal.facts import contents_table, info_dict, info_table

    prepare_readers(running.max_pixels)
    held = () if isinstance(file, Address) else contents(file)
    source = large_source(file, reading, Method(choices), LargeFiles())
    if source is not None:
        say_of_pieces(file, source, Method(choices), running)
        return
    image = as_image(file, reading)
    with announced(say):
        estimate = cost(image, choices)
    if running.json:
        print_json(info_dict(file, image, estimate, choices, held))
    else:
        stdout().print(info_table(file, image, estimate, choices))
        if len(held) > 1 or any(len(one.levels) > 1 for one in held):
            stdout().print(contents_table(held))


def say_of_pieces(file: Path, source: Source, plan: Method, running: Running) -> None:
    """Say what an image holds that is read in pieces, and what going through it will cost."""
    from pixture.batch.large_images.segment_file import forecast_of
    from pixture.batch.large_images.which_files import LargeFiles
    from pixture.compilation.notice import announced
    from pixture.scale.sources.packed_scan import unpacked_source
    from pixture.view.terminal.forecast_lines import forecast_line

    description = source.description
    with announced(say), unpacked_source(source, Path(tempfile.gettempdir())) as fast:
        expected = forecast_of(fast, plan, LargeFiles())
    if running.json:
        about = {
            "path": str(file),
            "axes": description.axes,
            "shape": list(description.shape),
            "spacing": list(description.spacing),
            "unit": description.unit,
            "channel_names": list(description.channel_names),
            "place": None if description.place is None else description.place.in_words,
            "channels": description.channels,
            "dtype": str(description.dtype),
            "pixels": description.size,
        }
        print_json(about | expected.as_dict())
        return
    place = "" if description.place is None else f", {description.place.in_words}"
    why = "where it is" if isinstance(file, Address) else "in pieces, for its size"
    stdout().print(
        f"{size_in_words(description.shape)}, {plural(description.channels, 'channel')}, "
        f"{description.dtype}{place}; read {why}",
        highlight=False,
    )
    stdout().print(forecast_line(description, expected), highlight=False)
