"""What the page is told of an image and of what was found in it."""

from __future__ import annotations

import re
from typing import Any

from pixture.imaging.channels import channel_names
from pixture.imaging.display.label_colours import hexadecimal, label_colours
from pixture.studio.session.document import Document, Found, OpenedImage

COLOURS = 64
"""Of labels, as the page is told them."""

COLOUR = re.compile("#[0-9a-f]{6}")
"""A colour as pages write it."""


def image_state(opened: OpenedImage) -> dict[str, Any]:
    """Return what is told of an image, ready for JSON."""
    image = opened.image
    rows, columns = opened.plane_shape
    seen = opened.seen
    return {
        "number": opened.number,
        "name": opened.name,
        "width": columns,
        "height": rows,
        "planes": opened.planes,
        "shape": list(image.shape),
        "axes": image.axes,
        "channels": list(channel_names(image)),
        "dtype": str(image.pixels.dtype),
        "words": image.in_words if opened.large is None else str(opened.large.source.description)[14:-1],
        "large": opened.large is not None,
        "spacing": list(image.spatial_spacing if opened.large is None else opened.large.spacing),
        "unit": image.unit,
        "has_units": image.has_units if opened.large is None else opened.large.has_units,
        "upwards": "" if image.place is None else image.place.upwards,
        "masked": image.mask is not None,
        "shown": None if opened.shown_range is None else opened.shown_range.tolist(),
        "seen": {"width": seen.shape[1], "height": seen.shape[0], "step": round(columns / seen.shape[1])},
    }


def palette(count: int) -> list[str]:
    """Return the colours of so many labels, as pages write them.

    >>> palette(2)
    ['#0072b2', '#e69f00']
    """
    return [hexadecimal(colour) for colour in label_colours(count)]


def found_state(document: Document, found: Found) -> dict[str, Any]:
    """Return what is told of a segmentation, ready for JSON; its labels are computed here."""
    segmentation, opened = found.segmentation, document.opened
    fit = segmentation.fit
    components = [
        {
            "label": label,
            "name": segmentation.names[label] if segmentation.names else "",
            "colour": one.colour,
            "share": one.share,
            "pixels": one.pixels,
            "mean": list(one.mean),
            "deviation": list(one.standard_deviation),
            "uncertain": one.uncertain_share,
            "locked": document.locked >= set(segmentation.groups[label] if segmentation.groups else (label,)),
        }
        for label, one in enumerate(segmentation.classes)
    ]
    return {
        "run": found.run,
        "seconds": round(found.seconds, 3),
        "components": components,
        "stop": fit.stop.name,
        "sentence": fit.stop.value,
        "log_likelihood": fit.log_likelihood,
        "iterations": fit.iterations,
        "steps": len(fit.steps),
        "covariance": segmentation.mixture.covariance,
        "warnings": list(found.warnings),
        "groups": [list(group) for group in segmentation.groups],
        "masked_label": segmentation.masked_label,
        "smoothed": None if segmentation.smoothing is None else segmentation.smoothing.method,
        # of an image larger than memory: those that can be looked at
        "maps": None if opened is None or opened.large is None else list(opened.large.maps),
    }
