"""Regions of an image that is larger than memory: found on a reduced one, refined piece by piece."""
