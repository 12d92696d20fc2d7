"""What segmenting an image will cost, as the command says it."""

from __future__ import annotations

from pixture.scale.sources.source import Description
from pixture.segmentation.cost_estimate import Cost
from pixture.segmentation.large_images.forecast import Forecast
from pixture.wording import duration, plural, si


def forecast_line(description: Description, expected: Forecast) -> str:
    """Return what going through an image in pieces will cost, in a line."""
    how = " (its values are counted)" if expected.counted else " (each pixel is taken by itself)"
    return (
        f"{si(description.size)}px in {plural(expected.pieces, 'piece')}, "
        f"{plural(expected.passes, 'pass').replace('passs', 'passes')}"
        f"{'' if expected.counted is None else how}: about "
        f"{duration(expected.seconds)}, {si(expected.memory)}B of memory, {si(expected.output)}B of labels"
        f"{f', {si(expected.scratch)}B on the disk meanwhile' if expected.scratch else ''}."
    )


def whole_regions_line(pixels: int, memory: int) -> str:
    """Return what finding the regions of an image in memory will cost, in a line."""
    return f"{si(pixels)}px in memory: about {si(memory)}B of it."


def cost_line(pixels: int, expected: Cost) -> str:
    """Return what segmenting an image in memory will cost, in a line."""
    seconds = expected.seconds(expected.usual_iterations)
    return f"{si(pixels)}px in memory: about {duration(seconds)} to fit, {si(expected.memory)}B of memory."
