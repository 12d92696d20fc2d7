"""The plot of a mixture's components, over data where there are some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy.typing as npt
from matplotlib.axes import Axes

from pixture.errors import ChoiceError
from pixture.imaging.channels import numbered_names
from pixture.mixture.em.fit_result import Fit
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.packed_gaussians import same_channels
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.view.panels.components import (
    MOST_INSIDE,
    MOST_LISTED,
    chosen_channels,
    draw_components,
    pairs_figure,
)
from pixture.view.panels.figures import Plot, drawn_in


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
        What was given; where nothing was, a figure.

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
    ('channel 1', '0   38.5 %')
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
        return pairs_figure(shown, data, named)
    plot, axes = drawn_in(ax, 6.4, 4.2)
    most = MOST_LISTED if ax is None else MOST_INSIDE
    handles = draw_components(axes, shown, data, channels, named, most)
    # beside the panel where the figure is ours to divide, else where there is most room in it
    where: dict[str, Any] = (
        {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)} if ax is None else {"loc": "best"}
    )
    look = {"frameon": ax is not None, "fontsize": "small", "title_fontsize": "small", **where}
    axes.legend(handles=handles, title="component, weight", **look)
    return plot
