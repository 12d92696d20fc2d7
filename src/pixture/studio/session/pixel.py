"""What is known of one pixel: its values, its label, how probable each label is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pixture.studio.session.fitting import opened_in
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.planes import plane_asked
from pixture.studio.session.session import Session


def pixel(session: Session, question: Question) -> Answer:
    """Return what is known of a pixel: {x, y, plane}, x and y from the upper left corner.

    The answer says `values`, a number a channel (null where it is none), and whether it is `masked`; where
    there is a result, its `run`, and of pixels that take part the `label` and the `probabilities` of all.
    """
    opened = opened_in(session)
    image = opened.image
    plane = plane_asked(question, image)
    height, width = plane.shape(image)
    at = question.whole("y", 0, height - 1), question.whole("x", 0, width - 1)
    values = np.atleast_1d(plane.of(image.pixels, image)[at])
    masked = image.mask is not None and not plane.of(image.mask, image)[at]
    says: dict[str, Any] = {"values": [_number(value) for value in values], "masked": bool(masked)}
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


def _number(value: Any) -> float | int | None:
    found: float | int = value.item()
    return found if math.isfinite(found) else None
