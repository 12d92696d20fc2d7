"""A segmentation as one page: pictures, components, curves, animation, choices; complete in itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes

from pixture.errors import ChoiceError
from pixture.files.atomic_writing import write_whole
from pixture.files.output_files import refuse_outputs
from pixture.imaging.channels import channels_in_words
from pixture.mixture.em.fit_result import Fit, Stop
from pixture.mixture.model_selection.selection import Selection
from pixture.segmentation.segmentation import Segmentation
from pixture.view.output.input_record import CHANGED
from pixture.view.pages.component_rows import UNCERTAIN, component_table, percent
from pixture.view.pages.inline_svg import inline_svg
from pixture.view.pages.page import page
from pixture.view.pages.pictures import pictures
from pixture.view.pages.report_animation import Film, Unwatched, Watch, film, likelihood
from pixture.view.panels.convergence import draw_changes, draw_log_likelihood, draw_negative
from pixture.view.plots import plot_selection
from pixture.view.regions_slider import regions_html
from pixture.view.volume_slices import slices_html
from pixture.wording import plural, signed, size_in_words

LARGEST = 4_900_000
"""Bytes of a report, but for a record that is itself larger."""

MOST_LISTED = 16
"""Labels beside the picture; the table has all."""

FOR_PICTURES = 2_000_000
"""Of them for the four pictures; the animation gets what is left."""

FOR_FILM = 600_000
"""Bytes that an animation gets in any case."""

MOST_NUMBERS = 20_000
"""Numbers of the covariances up to which they stand in the record on the page."""


def save_report(segmentation: Segmentation, path: Path, *, overwrite: bool = False) -> Path:
    """Write a report as `Segmentation.report` says; return its path."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise ChoiceError(f"A report is a page: its file ends in .html; got {path.name!r}.")
    inputs = segmentation.image.inputs
    refuse_outputs([path], overwrite=overwrite, inputs=inputs)
    write_whole({path: report_html(segmentation)}, overwrite=overwrite, inputs=inputs)
    return path


def report_html(segmentation: Segmentation, watch: Watch | None = None) -> bytes:
    """Return the page, UTF-8.

    The same input and choices give the same bytes, with the same versions of what makes them.

    Parameters
    ----------
    watch
        Told of the animation's frames as they are drawn.

    Examples
    --------
    >>> import numpy as np, pixture
    >>> made = report_html(pixture.segment(np.eye(8, dtype=np.uint8), 2))
    >>> made.startswith(b"<!doctype html>"), b"http-equiv" in made
    (True, True)
    """
    shown = pictures(segmentation)
    values = {
        "name": _name(segmentation),
        "record": _record(segmentation),
        "pictures": shown.as_data(FOR_PICTURES),
        "regions": "" if segmentation.image.has_times else regions_html(segmentation.regions),
        "slices": slices_html(segmentation) if segmentation.image.is_volume else "",
        "table": component_table(segmentation, shown),
        "below": percent(UNCERTAIN).replace(".0", ""),
        "components": segmentation.mixture.components,
        "most_listed": MOST_LISTED,
        "masked": segmentation.masked_label,
        "summary": _summary(segmentation),
        "curves": _curves(segmentation),
        "selection": _selection(segmentation.selection),
        "advice": segmentation.fit.stop.value,
    }
    rest = len(_page(values, Film(Markup(), ())))
    room = max(FOR_FILM, (LARGEST - rest) * 3 // 4)  # in base64 four letters hold three bytes
    return _page(values, film(segmentation, room, Unwatched() if watch is None else watch))


def _page(values: dict[str, Any], animation: Film) -> bytes:
    # a file's name need not be text: what of it is none is shown as "?"
    return page("report.html", **values, film=animation).encode(errors="replace")


def _name(segmentation: Segmentation) -> str:
    origin = segmentation.image.origin
    return "image" if origin is None else origin.path.name


def _summary(segmentation: Segmentation) -> str:
    """Return what was found, in a sentence or two."""
    fit, K = segmentation.fit, segmentation.mixture.components
    how = "a mixture that was given" if fit.stop is Stop.GIVEN else "EM"
    chosen = "" if segmentation.selection is None else ", as many as the image is worth"
    named = segmentation.features
    features = "" if named is None else f", fitted to the features {named}"
    size, covariance = size_in_words(segmentation.image.shape), segmentation.mixture.covariance
    return (
        f"{size} pixels in {plural(K, 'component')} of {covariance} "
        f"covariance by {how}{chosen}{features}. "
        f"Log-likelihood {likelihood(fit.log_likelihood)} nats per pixel."
        f"{_guidance(segmentation)}{_smoothing(segmentation)}"
    )


def _guidance(segmentation: Segmentation) -> str:
    marks = segmentation.guidance
    return "" if marks is None else f" It follows {marks.in_words}: {marks.pixels.sum():,} pixels."


def _smoothing(segmentation: Segmentation) -> str:
    smoothing = segmentation.smoothing
    if smoothing is None:
        return ""
    lost = segmentation.fit.log_likelihood - smoothing.log_likelihood
    cost = "" if lost == 0 else f"; the mixture fitted so has {lost:.4f} nats less"
    return f" The labels are {smoothing.in_words}{cost}."


def _end(segmentation: Segmentation) -> str:
    """Return what ends the way to the mixture, in a sentence."""
    if segmentation.guidance is None:
        return f"EM ends where a step gains less than {segmentation.choices.tol:g}."
    return "A step may lower it: the mixture is fitted to marked pixels, or so that neighbours agree."


def _curves(segmentation: Segmentation) -> list[dict[str, Any]]:
    """Return the plots of the way to the mixture; none where it was given."""
    fit = segmentation.fit
    if fit.stop is Stop.GIVEN:
        return []
    way = _climb(float(fit.history[0]), fit.log_likelihood)
    before = " On a shade, the iterations on subsamples." if fit.iterations_on_subsamples else ""
    panels = (
        ("rising", draw_log_likelihood, f"The log-likelihood of all pixels {way} nats per pixel.{before}"),
        ("falling", draw_negative, "Its negative, which EM lowers, as the distance above its final value."),
        ("changing", draw_changes, _end(segmentation)),
    )
    curves = []
    for name, draw, said in panels:

        def drawn(axes: Axes, draw: Callable[[Axes, Fit, str], None] = draw) -> None:
            draw(axes, fit, "pixel")
            _legend_below(axes)

        curves.append({"svg": inline_svg(name, drawn, width=4.2, height=3.5), "said": said})
    return curves


def _climb(first: float, last: float) -> str:
    """Return from where to where the log-likelihood went, in words.

    >>> _climb(-12.5, -12.25), _climb(-12.5, -12.50000001)
    ('rose from −12.5000 to −12.2500', 'stayed at −12.5000')
    """
    start, end = likelihood(first), likelihood(last)
    if start == end:
        return f"stayed at {end}"
    return f"{'rose' if last > first else 'fell'} from {start} to {end}"


def _legend_below(axes: Axes) -> None:
    """Move a legend out of the plot, where it can cover nothing."""
    legend = axes.get_legend()
    if legend is not None:
        handles = [handle for handle in legend.legend_handles if handle is not None]
        axes.legend(
            handles=handles,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.19),
            ncols=2,
            frameon=False,
            fontsize="small",
        )


def _selection(selection: Selection | None) -> dict[str, Any] | None:
    """Return the curve and the table of how many components, and what they rest on."""
    if selection is None:
        return None
    name = selection.criterion
    rows = [
        {
            "best": row["best"],
            "cells": (
                f"{row['components']}",
                row["covariance"],
                f"{row['parameters']:,}",
                likelihood(row["log_likelihood"]),
                signed(f"{row[name]:,.1f}"),
                f"{row['above_best']:,.1f}",
            ),
        }
        for row in selection.table()
    ]
    return {
        "svg": inline_svg("selection", lambda axes: plot_selection(selection, axes), width=6.0),
        "criterion": name.upper(),
        "rows": rows,
        "said": f"{name.upper()} is lowest for {plural(selection.best.components, 'component')}. "
        f"{plural(round(selection.total_weight), 'pixel')}, worth {selection.effective_size:,.0f} "
        f"independent ones.{_largest(selection)} Candidates are judged on the pixels away from edges, where "
        "there are enough of them, so their log-likelihoods are not the segmentation's.",
    }


def _largest(selection: Selection) -> str:
    """Return a sentence where no more components were compared than were best."""
    if selection.best.components < max(candidate.components for candidate in selection.candidates):
        return ""
    return " No larger number was compared: more may be better."


def _record(segmentation: Segmentation) -> dict[str, Any]:
    """Return what the page shows of the record: input, fit, choices, versions, and the whole as text."""
    from pixture.view.output.save_segmentation import record  # which writes reports too

    found = record(segmentation)
    origin, about, fit = segmentation.image.origin, found["input"], segmentation.fit
    distinct = about["distinct_values"]
    found_input = {
        "file": "none: an array in memory" if origin is None else str(origin.path),
        "SHA-256": "–" if origin is None else origin.sha256 or f"not known: {CHANGED}",
        "size": f"{size_in_words(about['shape'])} = {about['pixels']:,} pixels",
        "channels": channels_in_words(segmentation.image),
        "depth": f"{segmentation.image.depth} ({about['dtype']})",
        "masked": f"{about['masked_pixels']:,} pixels",
        "distinct values": "not counted: pixels are taken singly" if distinct is None else f"{distinct:,}",
    }
    found_fit = {
        "stop": f"{fit.stop.name.lower().replace('_', ' ')}",
        "EM iterations": f"{fit.iterations:,}",
        "of them on subsamples": f"{fit.iterations_on_subsamples:,}",
        "start": f"{fit.start + 1} of {segmentation.choices.n_init}",
        "log-likelihood per pixel": f"{likelihood(fit.log_likelihood)} nats",
        "components": f"{segmentation.mixture.components:,}",
        **({"covariances shrunk by": f"{fit.shrunk_by:.3g} pixels each"} if fit.shrunk_by else {}),
    }
    count = segmentation.mixture.covariances.size
    if count > MOST_NUMBERS:
        left_out = f"{count:,} numbers, left out here; they are in the record that `pixture segment` writes"
        found["mixture"] = {**found["mixture"], "covariances": left_out}
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in found.items()]
    return {
        "input": found_input,
        "fit": found_fit,
        "choices": {name.replace("_", " "): _chosen(value) for name, value in found["choices"].items()},
        "versions": found["versions"],
        "whole": "{\n" + ",\n".join(lines) + "\n}",
    }


def _chosen(value: object) -> str:
    """Return a choice in words.

    >>> _chosen(None), _chosen(True), _chosen(0.0001)
    ('automatic', 'yes', '0.0001')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "automatic" if value is None else str(value)
