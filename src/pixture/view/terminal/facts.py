"""The facts of a file: what `pixture info` shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from pixture.imaging.image import Image
from pixture.options.fitting import Choices
from pixture.segmentation.cost_estimate import Cost
from pixture.view.panels.axis_labels import channels_in_words
from pixture.wording import printable, si


def info_dict(path: Path, image: Image, cost: Cost, choices: Choices) -> dict[str, Any]:
    """Return the facts of `info_table`, ready for JSON."""
    return {
        "path": str(path),
        "shape": list(image.shape),
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


def _spacing(image: Image) -> str:
    if not image.has_units:
        return ""
    sizes = " x ".join(f"{size:g}" for size in image.spacing[::-1])
    return f", each {sizes}{f' {image.unit}' if image.unit else ''}"


def _masked(image: Image) -> int:
    return 0 if image.mask is None else image.size - int(image.mask.sum())


def info_table(path: Path, image: Image, cost: Cost, choices: Choices) -> Table:
    """Return the facts of a file and what segmenting it would cost."""
    size = " x ".join(f"{length}" for length in image.shape[::-1])
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
        "size": f"{size} = {image.size:,} pixels{_spacing(image)}",
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
