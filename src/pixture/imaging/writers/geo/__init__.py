"""What lies on the Earth: GeoTIFF, and what programs of maps read beside it."""
