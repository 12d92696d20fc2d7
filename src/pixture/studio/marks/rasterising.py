"""Strokes -> the class of each pixel: those whose middle is under the brush."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pixture.arrays import Array
from pixture.studio.marks.strokes import Stroke


def rasterised(
    strokes: Sequence[Stroke], shape: tuple[int, int], *, over: Array | None = None, step: int = 1
) -> Array:
    """Return the class of each pixel of a plane, uint8: 0 where nothing is drawn.

    A pixel is under a stroke if its middle is no farther from the line through its points than half the
    brush's width, or one of the points lies in it. Later strokes lie over earlier ones, and 0 takes away.

    Parameters
    ----------
    strokes
        All on one plane.
    shape
        Rows and columns of what is returned.
    over
        What was drawn before; a copy of it is drawn on.
    step
        Of which of the plane's rows and columns every how manyth is wanted.

    >>> rasterised([Stroke(2, 1, ((0.5, 0.5), (2.5, 0.5)))], (2, 4))
    array([[2, 2, 2, 0],
           [0, 0, 0, 0]], dtype=uint8)
    """
    found = np.zeros(shape, np.uint8) if over is None else over.copy()
    for stroke in strokes:
        _draw(stroke, found, step)
    return found


def _draw(stroke: Stroke, found: Array, step: int) -> None:
    from skimage.draw import disk, polygon  # loaded when something is drawn

    # in these coordinates the middle of a pixel is a whole number
    points = (np.array(stroke.points) - 0.5) / step
    radius = stroke.width / (2 * step)
    rows, columns = found.shape
    nearest = np.floor(points + 0.5)
    inside = (nearest >= 0).all(axis=1) & (nearest[:, 0] < columns) & (nearest[:, 1] < rows)
    at = nearest[inside].astype(np.intp)
    found[at[:, 1], at[:, 0]] = stroke.mark
    if step > 1:  # pixels in between are not there, so a thin line must not slip through
        radius = max(radius, 0.75)
    for x, y in points:
        # a little more, as `disk` leaves out what is exactly as far
        found[disk((y, x), radius * (1 + 1e-9) + 1e-9, shape=found.shape)] = stroke.mark
    along = np.diff(points, axis=0)
    lengths = np.hypot(along[:, 0], along[:, 1])
    for here, way, length in zip(points, along, lengths, strict=False):
        if length > 0:
            across = np.array([-way[1], way[0]]) / length * radius
            corners = np.array([here + across, here + way + across, here + way - across, here - across])
            found[polygon(corners[:, 1], corners[:, 0], found.shape)] = stroke.mark
