"""What came of a file, in a line; the demo's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from pixture.imaging.image import Image
from pixture.mixture.em.fit_result import Fit, Stop
from pixture.segmentation.objects.objects import Objects
from pixture.segmentation.segmentation import Segmentation
from pixture.view.pages.component_rows import percent
from pixture.wording import plural, si

if TYPE_CHECKING:
    from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
    from pixture.segmentation.many_images.image_model import ImageModel

MOST_SHARES = 12
"""Labels whose shares a result's line lists."""


def large_result_line(name: str, segmentation: LargeSegmentation, where: str) -> str:
    """Return what came of a file that was segmented piece by piece, in a line."""
    whole, fit = segmentation.facts, segmentation.fit
    shares = " ".join(f"{share:.0%}" for share in segmentation.shares[:MOST_SHARES])
    more = " ..." if segmentation.shares.size > MOST_SHARES else ""
    size = " x ".join(f"{length}" for length in reversed(whole.description.shape))
    values = "values taken singly" if whole.distinct is None else plural(whole.distinct, "distinct value")
    return (
        f"{name}: {size} in {plural(len(whole.description.pieces), 'piece')}, {values}, "
        f"{plural(segmentation.mixture.components, 'component')} ({shares}{more}), {_how(fit)}, "
        f"log-likelihood {fit.log_likelihood:.4f}/px{_smoothing(segmentation)} -> {where}"
    )


def _values(segmentation: Segmentation) -> str:
    sample = segmentation.histogram.sample
    return plural(sample.size, "distinct value") if segmentation.histogram.counted else "values taken singly"


def result_line(name: str, segmentation: Segmentation, where: str, objects: Objects | None = None) -> str:
    """Return what came of a file, in a line."""
    fit, size = segmentation.fit, extent(segmentation.image)
    shares = " ".join(f"{share:.0%}" for share in segmentation.shares[:MOST_SHARES])
    more = " ..." if segmentation.shares.size > MOST_SHARES else ""
    stored = segmentation.image.stored_channels
    grey = "" if stored is None else f"grey stored as {stored} channels, "
    features = "" if segmentation.features is None else f" by {segmentation.features}"
    return (
        f"{name}: {size}, {grey}{_values(segmentation)}{features}, "
        f"{plural(segmentation.mixture.components, 'component')} ({shares}{more}), {_how(fit)}, "
        f"log-likelihood {fit.log_likelihood:.4f}/px{_smoothing(segmentation)}{_objects(objects)} -> {where}"
    )


def extent(image: Image) -> str:
    """Return the lengths of an image's axes, the columns first, and how many times there are.

    >>> import numpy as np
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> extent(image_from_array(np.zeros((5, 40, 60), np.uint8), axes="zyx"))
    '60 x 40 x 5'
    """
    space = image.shape[1:] if image.has_times else image.shape
    times = f" at {plural(image.shape[0], 'time')}" if image.has_times else ""
    return " x ".join(f"{length}" for length in reversed(space)) + times


def _objects(objects: Objects | None) -> str:
    if objects is None:
        return ""
    dropped = f" ({objects.dropped:,} smaller left out)" if objects.dropped else ""
    return f", {plural(objects.count, 'object')} covering {percent(objects.share)}{dropped}"


def _smoothing(segmentation: Segmentation) -> str:
    """Return how labels were smoothed, and what of the log-likelihood that cost."""
    smoothing = segmentation.smoothing
    if smoothing is None:
        return ""
    lost = segmentation.fit.log_likelihood - smoothing.log_likelihood
    cost = "" if smoothing.mixture is segmentation.fit.mixture else f", which cost {lost:.4f} of it"
    return f", {smoothing.in_words}{cost}"


def _how(fit: Fit) -> str:
    if fit.stop is Stop.GIVEN:
        return "mixture given"
    shrunk = f", covariances shrunk by {fit.shrunk_by:.3g} px each" if fit.shrunk_by else ""
    return f"{fit.iterations_in_words}{'' if fit.converged else ', not converged'}{shrunk}"


def model_line(model: ImageModel, images: int, where: str) -> str:
    """Return what came of fitting several images together, in a line."""
    facts = model.facts
    pixels, values = si(facts["pixels"]), facts["distinct_values"]
    return (
        f"{plural(images, 'image')}, {pixels}px, {plural(values, 'distinct value')}: "
        f"{plural(model.mixture.components, 'component')}, {plural(facts['iterations'], 'iteration')}, "
        f"log-likelihood {facts['log_likelihood_per_pixel']:.4f}/px -> {where}"
    )


def demo_table() -> Table:
    """Return the head of the demo's table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("image", "size", "distinct", "iterations", "log-likelihood", "label shares"):
        table.add_column(name, justify="left" if name in ("image", "label shares") else "right")
    return table


def demo_row(stem: str, segmentation: Segmentation) -> tuple[str, ...]:
    """Return a row of the demo's table."""
    height, width = segmentation.image.shape
    fit = segmentation.fit
    return (
        stem,
        f"{width} x {height}",
        f"{segmentation.histogram.sample.size:,}",
        f"{fit.iterations:,}",
        f"{fit.log_likelihood:.4f}",
        " ".join(f"{share:.0%}" for share in segmentation.shares),
    )
