"""The panels of a segmentation: image, labels, boundaries, uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.ticker import MaxNLocator

from pixture.arrays import Integers
from pixture.imaging.display.display import as_picture, outlined
from pixture.imaging.display.label_colours import hexadecimal
from pixture.imaging.display.montage import montage
from pixture.imaging.display.shades import most_entropy
from pixture.segmentation.segmentation import Segmentation
from pixture.view.panels.components import MOST_INSIDE, swatches
from pixture.view.panels.figures import SCALE_LABEL, Plot, place
from pixture.view.panels.glimpse import glimpse
from pixture.view.panels.palette import GONE, INK, UNCERTAINTY, component_colours
from pixture.view.panels.proportion import picture_ratio, pixel_aspect

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

PANELS = ("Image", "Labels", "Boundaries", "Uncertainty")

MOST_PIXELS = 600_000
"""Pixels that are shown: somewhat more than a panel has."""

WIDTH, GAP, TITLE, SCALE, LEGEND = 10.5, 0.14, 0.32, 0.85, 1.25
"""Inches: of the figure, between panels, above each, and beside them for the scale and for the legend."""

LEAST_ENTROPY = 1e-3
"""Nats; where the uncertainty is less everywhere, there is none to be shown."""

LINE, LOW = 0.21, 1.5
"""Inches that a line of the legend takes, and of a panel that has no room for one beside it."""


def segmentation_figure(segmentation: Segmentation) -> Plot:
    """Return a figure of the four panels: two by two, or in one row where the image is tall."""
    ratio = picture_ratio(montage(segmentation.image))
    columns = 4 if ratio > 1.4 else 2
    rows = 4 // columns
    width = (WIDTH - SCALE - LEGEND) / columns - GAP
    height = width * ratio
    whole = WIDTH, rows * (height + TITLE) + GAP
    # places in inches: the panels' proportion is known, and looking for a layout would draw them once more
    figure = Plot(figsize=whole)
    places = [
        (GAP + column * (width + GAP), GAP + (rows - 1 - row) * (height + TITLE))
        for row in range(rows)
        for column in range(columns)
    ]
    panels = tuple(place(figure, *corner, width, height) for corner in places)
    left, bottom = places[-1]
    scale = place(figure, left + width + GAP, bottom, 0.14, height)
    scale.set_label(SCALE_LABEL)
    draw_panels(segmentation, dict(zip(PANELS, panels, strict=True)), scale)
    beside = columns == 2 and height > LOW  # the labels, where there is nothing else
    larger = {"fontsize": "medium", "title_fontsize": "medium"} if beside else {}
    figure.legend(
        handles=_swatches(segmentation, int((height if beside else whole[1] - TITLE) / LINE) - 1),
        loc="upper left" if beside else "upper right",
        bbox_to_anchor=((left + width + GAP) / WIDTH if beside else 1, 1 - TITLE / whole[1]),
        borderaxespad=0,
        frameon=False,
        **(_LISTED | larger),
    )
    return figure


def draw_panels(segmentation: Segmentation, panels: Mapping[str, Axes], scale: Axes | None = None) -> None:
    """Draw the panels named, of `PANELS`; the scale of the uncertainty beside it, or where it is told."""
    seen = glimpse(segmentation, MOST_PIXELS)
    for name, axes in panels.items():
        if name == "Uncertainty":
            _uncertainty(axes, seen, scale)
        else:
            axes.imshow(_PICTURES[name](seen))
        axes.set_title(name, color=INK)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_frame_on(False)
        axes.set_aspect(pixel_aspect(seen.image))


def list_labels(axes: Axes, segmentation: Segmentation) -> None:
    """Put the legend of the labels into their panel."""
    axes.legend(handles=_swatches(segmentation, MOST_INSIDE), loc="upper right", **_LISTED)


_LISTED: dict[str, Any] = {"title": "label, share", "fontsize": "small", "title_fontsize": "small"}
_PICTURES: dict[str, Callable[[Segmentation], Integers]] = {
    "Image": lambda seen: as_picture(seen.image),
    "Labels": lambda seen: seen.overlay(),
    "Boundaries": lambda seen: outlined(seen.image, seen.labels),
}


def _swatches(segmentation: Segmentation, most: int) -> list[Artist]:
    return swatches(segmentation.shares, component_colours(segmentation.mixture.components), most)


def _uncertainty(axes: Axes, seen: Segmentation, scale: Axes | None) -> None:
    entropy = seen.entropy()
    found = float(np.nanmax(entropy))
    # up to what occurs: most images are certain nearly everywhere, and would be dark on the whole scale
    most = found if found > LEAST_ENTROPY else most_entropy(seen.mixture.components)
    colours = matplotlib.colormaps[UNCERTAINTY].with_extremes(bad=hexadecimal(np.array(GONE, np.uint8)))
    shown = axes.imshow(entropy, cmap=colours, vmin=0, vmax=most)
    bar = axes.figure.colorbar(shown, ax=axes, cax=scale, label="entropy (nats)")
    bar.ax.yaxis.set_major_locator(MaxNLocator(4))
    bar.outline.set_visible(False)
