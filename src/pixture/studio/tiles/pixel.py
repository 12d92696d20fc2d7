"""What is known of one pixel: its values, its label, how probable each label is, its object and region."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any

import numpy as np

from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.window import Window
from pixture.segmentation.posterior.value_posterior import OfValues
from pixture.studio.runs.fitting import opened_in
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Session
from pixture.studio.tiles.large_image import LargeImage
from pixture.studio.tiles.planes import plane_asked

NUMBERED = MappingProxyType({"object": "objects", "superpixel": "regions"})
"""What a pixel is said to be in, and the layer whose numbers say so."""


def pixel(session: Session, question: Question) -> Answer:
    """Return what is known of a pixel: {x, y, plane}, x and y from the upper left corner.

    The answer says `values`, a number a channel (null where it is none), and whether it is `masked`; where
    there is a result, its `run`, and of pixels that take part the `label` and the `probabilities` of all;
    where objects are measured or regions found, the `object` and the `superpixel` that it is in, 0 for none.
    """
    opened = opened_in(session)
    image = opened.image
    if opened.large is not None:
        return _of_large(session, question, opened.large)
    plane = plane_asked(question, image)
    height, width = plane.shape(image)
    at = question.whole("y", 0, height - 1), question.whole("x", 0, width - 1)
    values = np.atleast_1d(plane.of(image.pixels, image)[at])
    masked = image.mask is not None and not plane.of(image.mask, image)[at]
    says: dict[str, Any] = {"values": [_number(value) for value in values], "masked": bool(masked)}
    for name, layer in NUMBERED.items():
        _, numbers = session.memory.get(layer, (None, None))
        if session.state(layer) is not None and numbers is not None and numbers.shape == image.shape:
            says[name] = int(plane.of(numbers, image)[at])
    found = session.document.found
    if found is None:
        return Answer(says)
    says["run"] = found.run
    if not masked:
        segmentation = found.segmentation
        says["label"] = int(plane.of(segmentation.labels, image)[at])
        says["probabilities"] = [
            float(share) for share in segmentation.posterior.at_pixel(plane.place(image, *at))
        ]
    return Answer(says)


def _of_large(session: Session, question: Question, large: LargeImage) -> Answer:
    """Return what is known of a pixel of an image larger than memory; probabilities are by its value."""
    rows, columns = large.shape
    y, x = question.whole("y", 0, rows - 1), question.whole("x", 0, columns - 1)
    window = Window((y, x), (y + 1, x + 1))
    image = large.source.read(window)
    masked = image.mask is not None
    says: dict[str, Any] = {"values": [_number(value) for value in image.pixels.ravel()], "masked": masked}
    found = session.document.found
    if found is None or large.labels is None:
        return Answer(says)
    says["run"] = found.run
    if not masked:
        segmentation = found.segmentation
        by_value = OfValues(segmentation.mixture, histogram(image), (), 1)
        says["label"] = int(large.labels_of(window, 1)[0, 0])
        says["probabilities"] = [float(share) for share in by_value.at_pixel(0)]
    return Answer(says)


def _number(value: Any) -> float | int | None:
    found: float | int = value.item()
    return found if math.isfinite(found) else None
