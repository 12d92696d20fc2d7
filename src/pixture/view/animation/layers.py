"""A figure in two layers: what stays, kept as it was drawn, and what moves, drawn over a copy of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure


class Layers:
    """The two layers of a figure whose canvas is Agg's, in memory or in a window.

    Parameters
    ----------
    figure
        The figure.
    moving
        What moves, in the order of its drawing; it is left out whenever the figure is drawn as a whole.
    """

    def __init__(self, figure: Figure, moving: Sequence[Artist]) -> None:
        self._figure = figure
        self._canvas: Any = figure.canvas  # Agg's, which can do more than a canvas's type says
        self._moving = moving
        self._background: Any = None
        self._size: tuple[float, float] | None = None
        for artist in moving:
            artist.set_animated(True)

    def keep(self) -> None:
        """Keep what stays: to be called when the figure has been drawn as a whole."""
        self._background = self._canvas.copy_from_bbox(self._figure.bbox)
        self._size = self._figure.bbox.size

    def paint(self) -> bool:
        """Draw what moves over what stays; return whether what was kept is of the figure's size now."""
        if self._size is None or tuple(self._size) != tuple(self._figure.bbox.size):
            return False
        self._canvas.restore_region(self._background)
        for artist in self._moving:
            self._figure.draw_artist(artist)
        return True
