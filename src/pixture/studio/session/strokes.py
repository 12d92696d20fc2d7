"""What is drawn by hand on an image: strokes of classes, and a box."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stroke:
    """A stroke of a round brush.

    Attributes
    ----------
    mark
        The class, from 1; 0 takes away what was drawn before.
    width
        Of the brush, in pixels.
    points
        x, y of each point, in pixels from the upper left corner of the image.
    plane
        Which plane it is on.
    """

    mark: int
    width: float
    points: tuple[tuple[float, float], ...]
    plane: int = 0


@dataclass(frozen=True)
class Drawn:
    """What is drawn: strokes in their order, later ones over earlier; a box (top, left, bottom, right)."""

    strokes: tuple[Stroke, ...] = ()
    box: tuple[int, int, int, int] | None = None


NOTHING_DRAWN = Drawn()
"""An image as it is."""
