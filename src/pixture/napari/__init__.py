"""The plugin of napari: the roof's other side, a dock widget that nothing but napari loads."""
