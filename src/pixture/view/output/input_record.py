"""What is known of an image that something was made of, ready for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from pixture.imaging.image import Image

CHANGED = "the file was changed or removed after it was read"
"""Why a record lacks the SHA-256 of a large file."""


def input_record(image: Image) -> dict[str, Any]:
    """Return what is known of an image but its pixels, ready for JSON."""
    return {
        "path": None if image.origin is None else str(image.origin.path),
        **({} if image.origin is None or image.origin.scene is None else {"scene": image.origin.scene}),
        **_digest(image),
        "shape": list(image.shape),
        "channels": image.channels,
        "stored_channels": image.stored_channels or image.channels,
        "dtype": str(image.pixels.dtype),
        "pixels": image.size,
        **({"spacing": list(image.spacing)} if image.has_units else {}),
        **({} if image.unit is None else {"unit": image.unit}),
        **({} if image.place is None else {"place": image.place.in_words}),
        "masked_pixels": 0 if image.mask is None else int(image.size - np.count_nonzero(image.mask)),
    }


def _digest(image: Image) -> dict[str, Any]:
    """Return the SHA-256 of what was read, and why there is none of a file that had one."""
    found = None if image.origin is None else image.origin.sha256
    if image.origin is None or found is not None:
        return {"sha256": found}
    return {"sha256": None, "without_sha256": CHANGED}
