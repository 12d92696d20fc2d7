"""The facts of a file: what `pixture info` shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from pixture.imaging.channels import channels_in_words
from pixture.imaging.image import Image
from pixture.imaging.readers.subimage import Content
from pixture.options.fitting import Choices
from pixture.segmentation.cost_estimate import Cost
from pixture.wording import plural, printable, si


def info_dict(
    path: Path, image: Image, cost: Cost, choices: Choices, held: Sequence[Content] = ()
) -> dict[str, Any]:
    """Return the facts of `info_table` and of `contents_table`, ready for JSON."""
    return {
        "path": str(path),
        "axes": image.axes,
        "shape": list(image.shape),
        "spacing": list(image.spacing),
        "unit": image.unit,
        "channel_names": list(image.channel_names),
        "place": None if image.place is None else image.place.in_words,
        "scenes": [
            {
                "name": one.name,
                "axes": one.axes,
                "shape": list(one.shape),
                "dtype": one.dtype,
                "levels": [list(level) for level in one.levels],
            }
            for one in held
        ],
        "channels": image.channels,
        "stored_channels": image.stored_channels or image.channels,
        "dtype": str(image.pixels.dtype),
        "pixels": image.size,
        "masked_pixels": _masked(image),
        "distinct_values": cost.distinct,
        "components": choices.components,
        "covariance": cost.covariance,
        "seconds_counting": cost.counting,
        "seconds_starting": cost.starting,
        "seconds_per_iteration": cost.iteration,
        "memory_bytes": cost.memory,
    }


def contents_table(held: Sequence[Content]) -> Table:
    """Return the images that a file holds, a row each, and the levels of their pyramids."""
    table = Table(box=None, pad_edge=False)
    for title in ("scene", "name", "axes", "size", "dtype", "levels"):
        table.add_column(title, overflow="fold")
    for number, one in enumerate(held, 1):
        levels = ", ".join(" x ".join(map(str, level[::-1])) for level in one.levels[1:])
        size = " x ".join(map(str, one.shape))
        table.add_row(str(number), printable(one.name), one.axes, size, one.dtype, levels or "one")
    return table


def _size(image: Image) -> str:
    """Return how many pixels an image has along its axes, the columns first, and how large they are."""
    lengths = dict(zip(image.axes, image.shape, strict=False))
    named = " x ".join(f"{lengths[letter]}" for letter in "xyz" if letter in lengths)
    times = f" at {plural(lengths['t'], 'time')}" if "t" in lengths else ""
    each = ""
    if image.has_units:
        sizes = " x ".join(f"{size:g}" for size in image.spatial_spacing[::-1])
        each = f", each {sizes}{f' {image.unit}' if image.unit else ''}"
    return f"{named}{times} = {image.size:,} pixels{each}"


def _masked(image: Image) -> int:
    return 0 if image.mask is None else image.size - int(image.mask.sum())


def info_table(path: Path, image: Image, cost: Cost, choices: Choices) -> Table:
    """Return the facts of a file and what segmenting it would cost."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    masked = _masked(image)
    distinct = "hardly any repeats: every pixel is taken by itself"
    if cost.distinct is not None:
        distinct = f"{cost.distinct:,} ({cost.distinct / (image.size - masked):.2%} of the pixels)"
    some, most = cost.usual_iterations, choices.max_iter
    seconds = {iterations: f"{cost.seconds(iterations):.2g} s" for iterations in (some, most)}
    other = ""
    if cost.covariance != choices.covariance:
        other = f" and {cost.covariance} covariances ({choices.covariance} ones are out of proportion)"
    rows = {
        "file": printable(str(path)),
        "size": _size(image),
        **({} if image.place is None else {"place": printable(image.place.in_words)}),
        "channels": channels_in_words(image),
        "depth": f"{image.depth} ({image.pixels.dtype})",
        "masked": f"{masked:,} pixels" + (" (transparent, without data, or not finite)" if masked else ""),
        "distinct values": distinct,
        "time": f"about {seconds[some]} with k = {choices.components}{other}, for a start and {some} "
        f"iterations, at most {seconds[most]} for {most} (measured here, without reading and writing)",
        "memory": f"about {si(cost.memory)}B at the peak",
    }
    for row in rows.items():
        table.add_row(*row)
    return table
