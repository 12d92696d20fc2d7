"""The pixels that are looked at while others are computed, as the sample that a mixture sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pixture.arrays import Array
from pixture.imaging.histogram.histogram import Histogram
from pixture.options.features import FeatureChoice
from pixture.segmentation.sources.feature_histogram import feature_histogram
from pixture.studio.session.document import OpenedImage

if TYPE_CHECKING:
    from pixture.studio.session.session import Session

SEEN, LAB, STEPS = "seen histogram", "lab of seen", "labels of steps"
"""Under which names a session keeps what was made of the pixels that are looked at."""


MASKED = 255
"""Of labels, uncertainty and probability as bytes: where no pixel takes part."""

MOST_LABEL = 254
"""Labels beyond it are drawn as it is."""


def as_bytes(labels: Array, *, masked: bool) -> Array:
    """Return labels as bytes, 255 where nothing takes part: there they are their type's largest number."""
    if labels.dtype == np.uint8 and masked:
        return labels
    found = np.minimum(labels, MOST_LABEL).astype(np.uint8)
    if masked:
        found[labels == np.iinfo(labels.dtype).max] = MASKED
    return found


def seen_histogram(
    session: Session, opened: OpenedImage, features: FeatureChoice, threads: int | None = None
) -> Histogram:
    """Return the sample of every n-th pixel's features, and the way back; that of one image is kept."""
    asked = opened.number, features.features
    kept: tuple[object, Histogram] | None = session.memory.get(SEEN)
    if kept is not None and kept[0] == asked:
        return kept[1]
    found = feature_histogram(opened.seen, features, threads=threads)
    session.memory[SEEN] = asked, found
    return found
