"""zarr's arrays: the names of their dimensions, where they have some."""

from __future__ import annotations

from typing import Any

from pixture.imaging.libraries.description import Dimensions


def dimensions(array: Any) -> Dimensions | None:
    """Return the names that a zarr array has for its dimensions: version 3's own, or xarray's attribute."""
    names = getattr(array.metadata, "dimension_names", None) or array.attrs.get("_ARRAY_DIMENSIONS")
    if not names or len(names) != array.ndim or any(name is None for name in names):
        return None
    return Dimensions(tuple(str(name) for name in names))
