"""Figures that are made without pyplot, so that nothing of the process's own plotting is touched."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pixture.errors import ChoiceError


class Plot(tuple[Axes, ...]):
    """The Axes of a figure that was made for them, in reading order. A notebook shows the figure.

    >>> from matplotlib.figure import Figure
    >>> left, right = plot = Plot(Figure().subplots(1, 2))
    >>> plot.figure is left.figure, plot._repr_png_()[1:4]
    (True, b'PNG')
    """

    __slots__ = ()

    @property
    def figure(self) -> Figure:
        """The figure, whose `savefig` writes a file."""
        figure = self[0].get_figure(root=True)
        assert figure is not None
        return figure

    def _repr_png_(self) -> bytes:
        return figure_png(self.figure, dpi=100)


def figure_png(figure: Figure, dpi: int = 130) -> bytes:
    """Return a figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def blank(width: float, height: float) -> Figure:
    """Return a figure of a size in inches, that makes room for what stands beside its Axes."""
    return Figure(figsize=(width, height), layout="constrained")


def place(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Return new Axes at a place in inches, from the figure's lower left corner."""
    across, up = figure.get_size_inches()
    return figure.add_axes((left / across, bottom / up, width / across, height / up))


def as_many(ax: Iterable[Axes], count: int, what: str) -> tuple[Axes, ...]:
    """Return the Axes given, in an array or a list, or refuse them where they are not `count`."""
    given = tuple(np.ravel(np.array(ax, dtype=object)))  # pyplot's subplots gives them in rows
    if len(given) != count or not all(isinstance(axes, Axes) for axes in given):
        others = {type(axes).__name__ for axes in given} - {"Axes"}
        found = f"{len(given)}{' of type ' + ', '.join(sorted(others)) if others else ''}"
        raise ChoiceError(f"A plot of a {what} needs one Axes or {count}; got {found}.")
    return given
