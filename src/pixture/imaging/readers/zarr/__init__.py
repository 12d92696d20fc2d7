"""Zarr and OME-Zarr: `reader` decodes, the others are what it asks."""
