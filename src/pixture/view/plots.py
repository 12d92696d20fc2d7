"""Plots of results; each takes a result and, if asked, Axes to draw in, and returns these.

Where no Axes are given, a figure is made and returned, a `Plot`: a notebook shows it, `savefig` writes it,
and it unpacks into its Axes. It is made without pyplot, so nothing of the process's own plotting is touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, overload

from matplotlib.axes import Axes

from pixture.mixture.em.fit_result import Fit
from pixture.mixture.model_selection.selection import Selection
from pixture.view.mixture_plot import plot_mixture
from pixture.view.panels.convergence import (
    convergence_figure,
    draw_changes,
    draw_log_likelihood,
    draw_negative,
)
from pixture.view.panels.figures import Plot, as_many, blank, drawn_in, figure_png
from pixture.view.panels.segmentation_panels import PANELS, draw_panels, list_labels, segmentation_figure
from pixture.view.panels.selection_curve import draw_selection

if TYPE_CHECKING:
    from pixture.segmentation.segmentation import Segmentation

__all__ = [
    "Plot",
    "convergence_figure",
    "figure_png",
    "plot_changes",
    "plot_convergence",
    "plot_log_likelihood",
    "plot_mixture",
    "plot_segmentation",
    "plot_selection",
    "selection_png",
]


@overload
def plot_log_likelihood(fit: Fit, ax: Axes, *, negative: bool = False, unit: str = "pixel") -> Axes: ...


@overload
def plot_log_likelihood(
    fit: Fit, ax: None = None, *, negative: bool = False, unit: str = "pixel"
) -> Plot: ...


def plot_log_likelihood(
    fit: Fit, ax: Axes | None = None, *, negative: bool = False, unit: str = "pixel"
) -> Axes | Plot:
    """Plot the log-likelihood (or its negative) against the iteration; return the Axes, or a figure.

    It is that of all of the data under every mixture from the start to the end. Iterations on subsamples have
    a shade under them, extrapolated steps are hollow.

    Parameters
    ----------
    fit
        The fit.
    ax
        Where it is drawn; None makes a figure.
    negative
        Whether it is the negative log-likelihood, which EM lowers: how far it lies above its last
        value, on a logarithmic axis.
    unit
        What one row of the data is: "pixel", "point".
    """
    shown, axes = drawn_in(ax, 5, 4)
    (draw_negative if negative else draw_log_likelihood)(axes, fit, unit)
    return shown


@overload
def plot_changes(fit: Fit, ax: Axes, *, unit: str = "pixel") -> Axes: ...


@overload
def plot_changes(fit: Fit, ax: None = None, *, unit: str = "pixel") -> Plot: ...


def plot_changes(fit: Fit, ax: Axes | None = None, *, unit: str = "pixel") -> Axes | Plot:
    """Plot by how much each iteration changed the log-likelihood, on a logarithmic axis.

    Sizes are shown, so that a fall (rounding, or the least variance taking hold) has its place: it is marked
    by a triangle. A step that changed nothing has no logarithm, and is a cross on the foot of the axis.

    Parameters
    ----------
    fit, ax, unit
        As in `plot_log_likelihood`.
    """
    shown, axes = drawn_in(ax, 5, 4)
    draw_changes(axes, fit, unit)
    return shown


@overload
def plot_convergence(fit: Fit, ax: Axes, *, unit: str = "pixel") -> Axes: ...


@overload
def plot_convergence(fit: Fit, ax: Iterable[Axes], *, unit: str = "pixel") -> tuple[Axes, ...]: ...


@overload
def plot_convergence(fit: Fit, ax: None = None, *, unit: str = "pixel") -> Plot: ...


def plot_convergence(
    fit: Fit, ax: Axes | Iterable[Axes] | None = None, *, unit: str = "pixel"
) -> Axes | tuple[Axes, ...] | Plot:
    """Plot how a fit converged: the log-likelihood, its negative, and its change an iteration.

    Parameters
    ----------
    fit
        The fit.
    ax
        None makes a figure with the three side by side. Three Axes get one each. One Axes gets the
        log-likelihood alone.
    unit
        What one row of the data is: "pixel", "point".

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
    >>> fit = pixture.fit([[0.0], [1.0], [8.0], [9.0]], 2)
    >>> rising, falling, change = plot_convergence(fit, unit="point")
    >>> rising.lines[0].get_ydata().tolist() == fit.history.tolist()
    True
    """
    if isinstance(ax, Axes):
        return plot_log_likelihood(fit, ax, unit=unit)
    shown: Plot | None = None
    if ax is None:
        shown = blank(12, 3.7)
        ax = tuple(shown.subplots(1, 3))
    given = as_many(ax, 3, "convergence")
    plot_log_likelihood(fit, given[0], unit=unit)
    plot_log_likelihood(fit, given[1], negative=True, unit=unit)
    plot_changes(fit, given[2], unit=unit)
    return given if shown is None else shown


@overload
def plot_segmentation(segmentation: Segmentation, ax: Axes) -> Axes: ...


@overload
def plot_segmentation(segmentation: Segmentation, ax: Iterable[Axes]) -> tuple[Axes, ...]: ...


@overload
def plot_segmentation(segmentation: Segmentation, ax: None = None) -> Plot: ...


def plot_segmentation(
    segmentation: Segmentation, ax: Axes | Iterable[Axes] | None = None
) -> Axes | tuple[Axes, ...] | Plot:
    """Plot a segmentation: the image, its labels, their boundaries, and how uncertain they are.

    A large image is shown with fewer of its pixels. Masked pixels are grey.

    Parameters
    ----------
    segmentation
        The segmentation.
    ax
        None makes a figure with the four. Four Axes get one each. One Axes gets the labels alone.

    Returns
    -------
    Axes, tuple of Axes, or Plot
        What was given; where nothing was, a figure of four panels.

    Raises
    ------
    ChoiceError
        Neither one nor four Axes are given.

    Examples
    --------
    >>> import pixture
    >>> result = pixture.segment([[0, 1, 8, 9]], 2)
    >>> [axes.get_title() for axes in plot_segmentation(result)]
    ['Image', 'Labels', 'Boundaries', 'Uncertainty']
    """
    if isinstance(ax, Axes):
        draw_panels(segmentation, {"Labels": ax})
        list_labels(ax, segmentation)
        return ax
    if ax is None:
        return segmentation_figure(segmentation)
    given = as_many(ax, len(PANELS), "segmentation")
    draw_panels(segmentation, dict(zip(PANELS, given, strict=True)))
    list_labels(given[PANELS.index("Labels")], segmentation)
    return given


@overload
def plot_selection(selection: Selection, ax: Axes) -> Axes: ...


@overload
def plot_selection(selection: Selection, ax: None = None) -> Plot: ...


def plot_selection(selection: Selection, ax: Axes | None = None) -> Axes | Plot:
    """Plot the criterion against the number of components, a line a covariance structure.

    The Axes given are returned; where none are, a figure.

    What is shown is how far each candidate lies above the best; the axis is linear up to 10, where candidates
    are close to one another, and logarithmic beyond.
    """
    shown, axes = drawn_in(ax, 6, 4)
    draw_selection(axes, selection)
    return shown


def selection_png(selection: Selection) -> bytes:
    """Return the plot of a selection as a PNG file."""
    figure = blank(6, 4)
    plot_selection(selection, figure.subplots())
    return figure_png(figure)
