"""What lies on the Earth, by rasterio."""
