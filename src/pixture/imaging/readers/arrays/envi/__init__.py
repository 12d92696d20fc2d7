"""ENVI: a text header, and the values beside it."""
