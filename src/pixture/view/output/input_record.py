"""What is known of an image that something was made of, ready for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from pixture.imaging.image import Image


def input_record(image: Image) -> dict[str, Any]:
    """Return what is known of an image but its pixels, ready for JSON."""
    return {
        "path": None if image.origin is None else str(image.origin.path),
        **({} if image.origin is None or image.origin.scene is None else {"scene": image.origin.scene}),
        "sha256": None if image.origin is None else image.origin.sha256,
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
