"""TIFF, BigTIFF and what is built on them: `reader` decodes, the others are what it asks."""
