"""How results show themselves in a notebook."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from pixture.arrays import Floats
from pixture.imaging.channels import numbered_names
from pixture.imaging.display.label_colours import hexadecimal
from pixture.mixture.em.fit_result import Fit, Stop
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model_selection.selection import Selection
from pixture.segmentation.segmentation import Segmentation
from pixture.view.pages.component_rows import UNCERTAIN, measured, percent
from pixture.view.pages.page import page
from pixture.view.pages.pictures import pictures
from pixture.view.panels.axis_labels import sample_names
from pixture.view.panels.figures import figure_png
from pixture.view.panels.glimpse import glimpse
from pixture.view.panels.palette import component_colours
from pixture.view.plots import plot_convergence, plot_mixture, selection_png
from pixture.wording import plural, signed, size_in_words

MOST_PIXELS = 400_000
"""Pixels of each picture, somewhat more than there is room for."""

LARGEST = 600_000
"""Bytes of the four pictures of a segmentation."""

MOST_CHANNELS = 6
"""Channels that a table shows, if there are more than `MOST_CHANNELS` + 1."""

MOST_ROWS = 24
"""Components that a table shows."""

NAME_LETTERS = 24
"""Letters of a name that a table shows."""


@dataclass(frozen=True)
class _Row:
    cells: list[str]
    colour: str | None = None
    best: bool = False


def segmentation_html(segmentation: Segmentation) -> str:
    """Return the image, its labels, boundaries and uncertainty over a table of the components.

    >>> import pixture
    >>> segmentation_html(pixture.segment(np.eye(4, dtype=np.uint8), 2)).count("<img")
    4
    """
    shown = pictures(glimpse(segmentation, MOST_PIXELS)).as_data(LARGEST)
    captions = {name: name for name in ("image", "labels", "boundaries")}
    captions["uncertainty"] = f"uncertainty: entropy, dark 0 to light {_most_entropy(segmentation):.2f} nats"
    image = segmentation.image
    uncertain = segmentation.uncertain_shares(UNCERTAIN)
    columns = {
        "share": [percent(share) for share in segmentation.shares],
        "uncertain": [
            percent(part) if share > 0 else "no pixel"
            for part, share in zip(uncertain, segmentation.shares, strict=True)
        ],
    }
    masked = 0 if image.mask is None else image.size - int(np.count_nonzero(image.mask))
    file = "" if image.origin is None else f"{image.origin.path.name}: "
    of_pixels = f"{file}{size_in_words(image.shape)} pixels, {image.depth}"
    if image.stored_channels is not None:
        of_pixels += f", grey stored as {image.stored_channels} channels"
    return page(
        "notebook.html",
        pictures=[{"data": shown[name], "caption": caption} for name, caption in captions.items()],
        plots=[],
        sentences=[
            f"{of_pixels}{f', {masked:,} masked' if masked else ''}. {_way(segmentation.fit, 'pixel')}"
        ],
        **_table(segmentation.mixture, "label", columns, sample_names(segmentation)),
        more="Uncertain is a pixel whose label's component has less than "
        f"{UNCERTAIN:.0%} of the responsibility. {_note(segmentation.mixture)}",
    )


def mixture_html(mixture: Mixture) -> str:
    """Return the plot of a mixture over a table of its components.

    >>> mixture_html(Mixture([0.5, 0.5], [[0.0], [4.0]], [1.0, 2.0], "spherical")).count("<td>")
    6
    """
    return page(
        "notebook.html",
        pictures=[],
        plots=[_components(mixture)],
        sentences=[_what(mixture)],
        **_table(mixture, "component", _weights(mixture), numbered_names(mixture.dimension)),
        more=_note(mixture),
    )


def fit_html(fit: Fit) -> str:
    """Return how a fit converged, why it stopped, and the table of its mixture.

    >>> import pixture
    >>> fit_html(pixture.fit([[0.0], [1.0], [8.0], [9.0]], 2)).count("<img")
    2
    """
    mixture = fit.mixture
    figure = Figure(figsize=(12, 3.7), layout="constrained")
    plot_convergence(fit, figure.subplots(1, 3), unit="row")
    return page(
        "notebook.html",
        pictures=[],
        plots=[_plot(figure, "log-likelihood, its negative and its change", 960), _components(mixture)],
        sentences=[_way(fit, "row"), _what(mixture)],
        **_table(mixture, "component", _weights(mixture), numbered_names(mixture.dimension)),
        more=_note(mixture),
    )


def selection_html(selection: Selection) -> str:
    """Return the curve over a table of the candidates."""
    name = selection.criterion
    data = _png_uri(selection_png(selection))
    rows = [
        _Row(
            [
                f"{row['components']}",
                row["covariance"],
                f"{row['parameters']:,}",
                signed(f"{row['log_likelihood']:.4f}"),
                signed(f"{row[name]:,.1f}"),
                f"{row['above_best']:,.1f}",
            ],
            best=row["best"],
        )
        for row in selection.table()
    ]
    return page(
        "notebook.html",
        pictures=[],
        plots=[{"data": data, "caption": f"{name.upper()} by number of components", "width": 600}],
        sentences=[],
        head=["K", "covariance", "parameters", "log-likelihood", name.upper(), "above best"],
        rows=rows,
        more=f"{selection.total_weight:,.0f} rows, worth {selection.effective_size:,.0f} independent ones.",
    )


def _table(
    mixture: Mixture, what: str, columns: dict[str, list[str]], names: Sequence[str]
) -> dict[str, list[str] | list[_Row]]:
    """Return the head and the rows of a table: the columns given, and of each channel the mean ± σ."""
    channels, components = _shown_channels(mixture), _shown_components(mixture)
    cut = channels < mixture.dimension
    spreads = np.sqrt(np.diagonal(mixture.matrices(), axis1=1, axis2=2))
    rows = [
        _Row(
            [
                str(k),
                *(column[k] for column in columns.values()),
                *_measures(mixture.means[k], spreads[k], channels),
            ],
            hexadecimal(colour),
        )
        for k, colour in enumerate(component_colours(mixture.components)[:components])
    ]
    if components < mixture.components:
        rows.append(_Row(["…"] * len(rows[0].cells)))
    shown = [_shortened(name) for name in names[:channels]]
    return {"head": [what, *columns, *shown, *(["…"] if cut else [])], "rows": rows}


def _measures(means: Floats, spreads: Floats, channels: int) -> list[str]:
    found = [measured(*both) for both in zip(means[:channels], spreads[:channels], strict=True)]
    return found if channels == means.size else [*found, "…"]


def _shown_channels(mixture: Mixture) -> int:
    return mixture.dimension if mixture.dimension <= MOST_CHANNELS + 1 else MOST_CHANNELS


def _shown_components(mixture: Mixture) -> int:
    return mixture.components if mixture.components <= MOST_ROWS + 1 else MOST_ROWS


def _note(mixture: Mixture) -> str:
    """Return in a sentence what the table shows of the channels, and what it does not."""
    left = {
        "channel": mixture.dimension - _shown_channels(mixture),
        "component": mixture.components - _shown_components(mixture),
    }
    said = " and ".join(plural(count, thing) for thing, count in left.items() if count)
    return f"Of each channel the mean ± σ.{f' Not shown: {said}.' if said else ''}"


def _weights(mixture: Mixture) -> dict[str, list[str]]:
    return {"weight": [percent(weight) for weight in mixture.weights]}


def _what(mixture: Mixture) -> str:
    return (
        f"{plural(mixture.components, 'component')} in {plural(mixture.dimension, 'channel')}, "
        f"{mixture.covariance} covariance, {plural(mixture.parameters, 'parameter')}."
    )


def _way(fit: Fit, unit: str) -> str:
    """Return in sentences how a fit was found, how good it is, and why it ended."""
    likelihood = f"Log-likelihood {signed(f'{fit.log_likelihood:.4f}')} nats per {unit}."
    if fit.stop is Stop.GIVEN:
        return f"{likelihood} {fit.stop.value}"
    return f"EM, {fit.iterations_in_words}. {likelihood} {fit.stop.value}"


def _components(mixture: Mixture) -> dict[str, str | int]:
    """Return the plot of a mixture, of many channels in the plane of greatest spread: one panel."""
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    plot_mixture(mixture, axes)
    legend = axes.get_legend()
    assert legend is not None
    legend.remove()  # the table below is one
    return _plot(figure, "components", 560)


def _plot(figure: Figure, caption: str, width: int) -> dict[str, str | int]:
    return {"data": _png_uri(figure_png(figure, dpi=120)), "caption": caption, "width": width}


def _png_uri(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def _most_entropy(segmentation: Segmentation) -> float:
    return float(np.log(max(2, segmentation.mixture.components)))


def _shortened(name: str) -> str:
    return name if len(name) <= NAME_LETTERS else f"{name[: NAME_LETTERS - 1]}…"
