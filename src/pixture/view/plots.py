"""Plots of results; each takes a result and, if asked, Axes to draw in, and returns the Axes.

Figures are made without pyplot, so nothing of the process's own plotting is touched. Of a figure made here
the Axes are returned as a `Plot`: a notebook shows it, and `plot.figure.savefig` writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy.typing as npt
from matplotlib.axes import Axes

from pixture.errors import ChoiceError
from pixture.mixture.em.fit_result import Fit
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.packed_gaussians import same_channels
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.mixture.model_selection.selection import Selection
from pixture.view.panels.axis_labels import numbered_names
from pixture.view.panels.components import (
    MOST_INSIDE,
    MOST_LISTED,
    chosen_channels,
    draw_components,
    pairs_figure,
)
from pixture.view.panels.convergence import (
    convergence_figure,
    draw_changes,
    draw_log_likelihood,
    draw_negative,
)
from pixture.view.panels.figures import Plot, as_many, blank, figure_png
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


def plot_log_likelihood(
    fit: Fit, ax: Axes | None = None, *, negative: bool = False, unit: str = "pixel"
) -> Axes:
    """Plot the log-likelihood (or its negative) against the iteration; return the Axes.

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
    axes = blank(5, 4).subplots() if ax is None else ax
    (draw_negative if negative else draw_log_likelihood)(axes, fit, unit)
    return axes


def plot_changes(fit: Fit, ax: Axes | None = None, *, unit: str = "pixel") -> Axes:
    """Plot by how much each iteration changed the log-likelihood, on a logarithmic axis; return the Axes.

    Sizes are shown, so that a fall (rounding, or the least variance taking hold) has its place: it is marked
    by a triangle. A step that changed nothing has no logarithm, and is a cross on the foot of the axis.

    Parameters
    ----------
    fit, ax, unit
        As in `plot_log_likelihood`.
    """
    axes = blank(5, 4).subplots() if ax is None else ax
    draw_changes(axes, fit, unit)
    return axes


@overload
def plot_convergence(fit: Fit, ax: Axes, *, unit: str = "pixel") -> Axes: ...


@overload
def plot_convergence(
    fit: Fit, ax: Iterable[Axes] | None = None, *, unit: str = "pixel"
) -> tuple[Axes, ...]: ...


def plot_convergence(
    fit: Fit, ax: Axes | Iterable[Axes] | None = None, *, unit: str = "pixel"
) -> Axes | tuple[Axes, ...]:
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
    Axes or tuple of Axes
        What was given; of a figure made here, its three Axes (`Plot`).

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
    given: tuple[Axes, ...]
    given = Plot(blank(12, 3.7).subplots(1, 3)) if ax is None else as_many(ax, 3, "convergence")
    plot_log_likelihood(fit, given[0], unit=unit)
    plot_log_likelihood(fit, given[1], negative=True, unit=unit)
    plot_changes(fit, given[2], unit=unit)
    return given


@overload
def plot_mixture(
    mixture: Mixture | Fit,
    ax: Axes,
    *,
    sample: WeightedSample | npt.ArrayLike | None = None,
    channels: int | tuple[int, int] | None = None,
    names: Sequence[str] | None = None,
) -> Axes: ...


@overload
def plot_mixture(
    mixture: Mixture | Fit,
    ax: None = None,
    *,
    sample: WeightedSample | npt.ArrayLike | None = None,
    channels: int | tuple[int, int] | None = None,
    names: Sequence[str] | None = None,
) -> Plot: ...


def plot_mixture(
    mixture: Mixture | Fit,
    ax: Axes | None = None,
    *,
    sample: WeightedSample | npt.ArrayLike | None = None,
    channels: int | tuple[int, int] | None = None,
    names: Sequence[str] | None = None,
) -> Axes | Plot:
    """Plot a mixture's components, each in the colour of its label.

    Of one channel, each component's curve, weighted, and their sum. Of two, each component's mean and its
    ellipses at 1 and 2 standard deviations.

    Parameters
    ----------
    mixture
        The mixture, or a fit of one.
    ax
        None makes a figure. Of more than two channels it has a panel for each of them and for each pair; of
        more than six, for the six in which the components differ most. One Axes gets, of more than two
        channels, the plane of greatest spread.
    sample
        Data to show below the components, (n, d) or a sample with weights. Without any, the axes end 3.5
        standard deviations from the components' means.
    channels
        One channel, or a pair, the horizontal one first, to be shown alone.
    names
        Of the channels; None numbers them.

    Returns
    -------
    Axes or Plot
        What was given; of a figure made here, its Axes, in a tuple even where there is one.

    Raises
    ------
    ChoiceError
        There are no such channels, or not as many names as channels.
    SampleError
        The data have other channels than the mixture, or cannot be used.

    Examples
    --------
    >>> import pixture
    >>> points, mixture = pixture.synthetic(200, 3)
    >>> (axes,) = plot_mixture(mixture, sample=points)
    >>> axes.get_xlabel(), axes.get_legend().get_texts()[0].get_text()
    ('channel 0', '0   38.5 %')
    """
    shown = mixture.mixture if isinstance(mixture, Fit) else mixture
    data = sample if isinstance(sample, WeightedSample) or sample is None else WeightedSample(sample)
    if data is not None:
        same_channels(shown, data)
    named = numbered_names(shown.dimension) if names is None else list(names)
    if len(named) != shown.dimension:
        raise ChoiceError(f"names must be {shown.dimension}, one a channel; got {len(named)}.")
    channels = chosen_channels(channels, shown.dimension)
    if ax is None and channels is None and shown.dimension > 2:
        return Plot(pairs_figure(shown, data, named).axes)
    axes = blank(6.4, 4.2).subplots() if ax is None else ax
    most = MOST_LISTED if ax is None else MOST_INSIDE
    handles = draw_components(axes, shown, data, channels, named, most)
    # beside the panel where the figure is ours to divide, else where there is most room in it
    where: dict[str, Any] = (
        {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)} if ax is None else {"loc": "best"}
    )
    look = {"frameon": ax is not None, "fontsize": "small", "title_fontsize": "small", **where}
    axes.legend(handles=handles, title="component, weight", **look)
    return Plot([axes]) if ax is None else axes


@overload
def plot_segmentation(segmentation: Segmentation, ax: Axes) -> Axes: ...


@overload
def plot_segmentation(segmentation: Segmentation, ax: Iterable[Axes] | None = None) -> tuple[Axes, ...]: ...


def plot_segmentation(
    segmentation: Segmentation, ax: Axes | Iterable[Axes] | None = None
) -> Axes | tuple[Axes, ...]:
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
    Axes or tuple of Axes
        What was given; of a figure made here, its four Axes (`Plot`).

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
        return Plot(segmentation_figure(segmentation))
    given = as_many(ax, len(PANELS), "segmentation")
    draw_panels(segmentation, dict(zip(PANELS, given, strict=True)))
    list_labels(given[PANELS.index("Labels")], segmentation)
    return given


def plot_selection(selection: Selection, ax: Axes | None = None) -> Axes:
    """Plot the criterion against the number of components, a line a covariance structure; return the Axes.

    What is shown is how far each candidate lies above the best; the axis is linear up to 10, where candidates
    are close to one another, and logarithmic beyond.
    """
    axes = blank(6, 4).subplots() if ax is None else ax
    draw_selection(axes, selection)
    return axes


def selection_png(selection: Selection) -> bytes:
    """Return the plot of a selection as a PNG file."""
    figure = blank(6, 4)
    plot_selection(selection, figure.subplots())
    return figure_png(figure)
