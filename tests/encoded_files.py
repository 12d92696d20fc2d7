"""Rasters in formats whose files are no folders."""

from __future__ import annotations

from pixture.imaging.writers import families
from pixture.imaging.writers.families import Family
from pixture.imaging.writers.raster import Raster


def encoded(raster: Raster, family: Family) -> dict[str, bytes]:
    """Return the files of a raster by how their names end."""
    found: dict[str, bytes] = {}
    for suffix, content in families.encoded(raster, family).items():
        assert isinstance(content, bytes), suffix
        found[suffix] = content
    return found
