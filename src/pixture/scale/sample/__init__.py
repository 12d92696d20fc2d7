"""Sources -> samples: the pixels of an image that is read piece by piece, counted or in parts."""
