"""Plots of regions: outlines over the image, each region its mean, the strength of every boundary."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from matplotlib.axes import Axes

from pixture.arrays import Array, Integers
from pixture.imaging.display.display import LINE, as_picture
from pixture.segmentation.regions.contour_map import outlines, times_enlarged
from pixture.segmentation.regions.flat_regions import flat_regions
from pixture.segmentation.regions.regions import Regions
from pixture.view.panels.figures import Plot, as_many, blank
from pixture.view.regions_slider import greatest_of_blocks, small_image
from pixture.wording import plural

PANELS = ("Outlines", "Regions", "Boundaries")
WIDTH = 4.6
"""Inches of each panel."""

SEEN = 420
"""Pixels of a picture's longer side for each pixel of a line's width, so that no line is lost in a panel."""


def plot_regions(regions: Regions, ax: Axes | Iterable[Axes] | None = None) -> Axes | tuple[Axes, ...] | Plot:
    """Plot regions: their outlines, each in its mean colour, and how strong every boundary is.

    Parameters
    ----------
    regions
        The regions. Of a volume some planes are shown, beside each other.
    ax
        None makes a figure with the three. Three Axes get one each. One Axes gets the outlines alone.

    Returns
    -------
    Axes, tuple of Axes, or Plot
        What was given; where nothing was, a figure of three panels.

    Raises
    ------
    ChoiceError
        Neither one nor three Axes are given.

    Examples
    --------
    >>> import pixture
    >>> found = pixture.regions(np.repeat([[0, 0, 90, 90, 255, 255]], 6, axis=0).astype(np.uint8), regions=2)
    >>> [axes.get_title() for axes in plot_regions(found)]
    ['2 regions', 'Mean of each', 'Strength of boundaries']
    """
    regions = flat_regions(regions)
    draw: tuple[Callable[[Axes, Regions], None], ...] = (_draw_outlines, _draw_means, _draw_boundaries)
    if isinstance(ax, Axes):
        _draw_outlines(ax, regions)
        return ax
    plot: Plot | None = None
    if ax is None:
        rows, columns = regions.image.shape
        height = float(np.clip(WIDTH * rows / columns, 1.2, 8)) + 0.4
        plot = blank(3 * WIDTH, height)
        ax = tuple(plot.subplots(1, 3))
    given = as_many(ax, len(PANELS), "regions")
    for axes, panel in zip(given, draw, strict=True):
        panel(axes, regions)
    return given if plot is None else plot


def mean_picture(regions: Regions) -> Integers:
    """Return each region in its mean colour, (rows, columns, 3) uint8; masked pixels grey.

    Of a volume it is that of the planes that are shown.
    """
    regions = flat_regions(regions)
    picture = as_picture(regions.image)
    labels = regions.labels
    counts = np.maximum(np.bincount(labels.ravel()), 1)
    means = np.stack(
        [np.bincount(labels.ravel(), channel.ravel()) for channel in np.moveaxis(picture, -1, 0)]
    )
    colours = np.round(means / counts).T.astype(np.uint8)
    if regions.image.mask is not None:
        colours[0] = 128
    return np.asarray(colours[labels])


def _draw_outlines(axes: Axes, regions: Regions) -> None:
    small, apart = small_image(regions.image)
    times = times_enlarged(regions.image.shape)
    picture, labels = (
        np.repeat(np.repeat(pixels, times, axis=0), times, axis=1)
        for pixels in (as_picture(small), regions.labels[::apart, ::apart])
    )
    picture[_widened(outlines(labels, threads=regions.threads))] = LINE
    _show(axes, picture, plural(regions.count, "region"))


def _draw_means(axes: Axes, regions: Regions) -> None:
    _, apart = small_image(regions.image)
    _show(axes, mean_picture(regions)[::apart, ::apart], "Mean of each")


def _draw_boundaries(axes: Axes, regions: Regions) -> None:
    _, apart = small_image(regions.image)
    strength = _widened(greatest_of_blocks(regions.boundaries(), apart)).astype(np.float64)
    with np.errstate(invalid="ignore"):
        shown = np.where(np.isinf(strength), 1.0, strength / (1 + strength))
    axes.imshow(shown, cmap="gray_r", vmin=0, vmax=1, interpolation="antialiased")
    axes.set_title("Strength of boundaries")
    axes.set_axis_off()


def _show(axes: Axes, picture: Array, title: str) -> None:
    axes.imshow(picture, interpolation="antialiased")
    axes.set_title(title)
    axes.set_axis_off()


def _widened(lines: Array) -> Array:
    """Return lines of one pixel as wide as it takes to be seen, towards the right and below."""
    wide = -(-max(lines.shape) // SEEN)
    out = lines.copy()
    for down in range(wide):
        for right in range(wide):
            to = out[down:, right:]
            np.maximum(to, lines[: len(lines) - down, : lines.shape[1] - right], out=to)
    return out
