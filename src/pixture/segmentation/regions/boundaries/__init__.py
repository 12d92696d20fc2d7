"""How strong the boundary is at every pixel: appearance, contrast, what belongs together."""
