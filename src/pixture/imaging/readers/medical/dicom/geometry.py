"""Where the planes of a DICOM series lie: their order, how far they are apart, what does not fit.

Planes are told apart by where they lie along the normal of their plane, never by the names of files or the
numbers in them (DICOM PS3.3, C.7.6.2: Image Position and Image Orientation (Patient)).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pixture.arrays import Floats
from pixture.errors import ReadError
from pixture.wording import plural

ROTATED = 2e-3
"""What the cosines of two planes may differ: a tenth of a degree, which is rounding."""

UNEVEN = 0.02
"""Share of the distance of planes by which it may differ."""

TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""DICOM's axes go to the left and to the back."""


@dataclass(frozen=True, eq=False)
class Plane:
    """Where one plane lies.

    Attributes
    ----------
    name
        The file's, or the frame's in it, for messages.
    position
        (3,) of the centre of the first pixel, in millimetres.
    cosines
        (2, 3): in which direction columns follow each other, and rows.
    spacing
        From row to row, and from column to column.
    frame
        Which frame of its file, from 0.
    """

    name: str
    position: Floats
    cosines: Floats
    spacing: tuple[float, float]
    frame: int = 0

    @property
    def normal(self) -> Floats:
        """(3,) the direction in which planes follow each other."""
        return np.cross(self.cosines[0], self.cosines[1])


@dataclass(frozen=True, eq=False)
class Stack:
    """Planes in their order, and where their voxels lie.

    Attributes
    ----------
    order
        Which of the planes that were given comes when.
    affine
        (4, 4) from (column, row, plane, 1) to millimetres to the right, to the front and up.
    distance
        From plane to plane along their normal; None of one plane.
    """

    order: tuple[int, ...]
    affine: Floats
    distance: float | None


def planes_of(path: Path, header: Any) -> list[Plane] | None:
    """Return where the planes of a file lie, a plane a frame; None where it does not say so."""
    groups = header.get("PerFrameFunctionalGroupsSequence")
    if groups:
        shared = (header.get("SharedFunctionalGroupsSequence") or [None])[0]
        made = [_of_frame(f"{path.name}, frame {n + 1}", one, shared, n) for n, one in enumerate(groups)]
        return None if any(one is None for one in made) else [one for one in made if one is not None]
    first = _plane(path.name, header, header, header, 0)
    if first is None:
        return None
    offsets = header.get("GridFrameOffsetVector")
    if offsets is None or isinstance(offsets, str | float):
        return [first] if int(header.get("NumberOfFrames") or 1) == 1 else None
    steps = np.array([float(offset) for offset in offsets])  # of a dose, relative to the first or not
    return [
        Plane(
            f"{path.name}, frame {n + 1}",
            first.position + first.normal * step,
            first.cosines,
            first.spacing,
            n,
        )
        for n, step in enumerate(steps - steps[0])
    ]


def _of_frame(name: str, own: Any, shared: Any, frame: int) -> Plane | None:
    def macro(sequence: str) -> Any:
        for group in (own, shared):
            found = None if group is None else group.get(sequence)
            if found:
                return found[0]
        return {}

    where, turned = macro("PlanePositionSequence"), macro("PlaneOrientationSequence")
    return _plane(name, where, turned, macro("PixelMeasuresSequence"), frame)


def _plane(name: str, where: Any, turned: Any, measured: Any, frame: int) -> Plane | None:
    position, cosines = where.get("ImagePositionPatient"), turned.get("ImageOrientationPatient")
    sizes = measured.get("PixelSpacing")
    if not position or not cosines or len(position) != 3 or len(cosines) != 6:
        return None
    height, width = (float(size) for size in sizes) if sizes and len(sizes) == 2 else (1.0, 1.0)
    made = Plane(
        name,
        np.array([float(value) for value in position]),
        np.array([float(value) for value in cosines]).reshape(2, 3),
        (height, width),
        frame,
    )
    finite = np.isfinite(made.position).all() and np.isfinite(made.cosines).all()
    return made if finite and np.linalg.norm(made.normal) > 0.5 and min(made.spacing) > 0 else None


def stacked(path: Path, planes: list[Plane]) -> Stack:
    """Return the order of planes, the first the lowest along their normal.

    Raises
    ------
    ReadError
        They are turned, lie at the same place, beside each other or unevenly apart, or some are missing.
    """
    first = planes[0]
    for plane in planes:
        if np.abs(plane.cosines - first.cosines).max() > ROTATED:
            raise ReadError(
                f"{path}: the planes are turned against each other, as in a localizer: {first.name} has the "
                f"orientation {_shown(first.cosines)}, {plane.name} {_shown(plane.cosines)}. Leave those of "
                "one orientation in the folder."
            )
        if not np.allclose(plane.spacing, first.spacing, rtol=1e-3):
            raise ReadError(
                f"{path}: {first.name} has pixels of {first.spacing[1]:g} x {first.spacing[0]:g} mm, "
                f"{plane.name} of {plane.spacing[1]:g} x {plane.spacing[0]:g} mm. Leave those of one size."
            )
    heights = np.array([float(plane.position @ first.normal) for plane in planes])
    order = tuple(int(place) for place in np.argsort(heights, kind="stable"))
    if len(planes) == 1:
        return Stack(order, _affine(first, first.normal * 1.0), None)
    named = [planes[place].name for place in order]
    steps = np.diff(heights[list(order)])
    distance = float(np.median(steps))
    same = np.flatnonzero(steps <= UNEVEN * max(distance, steps.max() / len(planes)))
    if same.size:
        raise ReadError(
            f"{path}: {named[same[0]]} and {named[same[0] + 1]} lie at the same place "
            f"({heights[order[same[0]]]:.4g} mm along the planes' normal): several times, echoes or copies "
            "are in one series. Leave one of each in the folder."
        )
    _refuse_gaps(path, heights[list(order)], steps, distance, named)
    last = planes[order[-1]].position - planes[order[0]].position
    step = last / (len(planes) - 1)
    for count, place in enumerate(order):
        off = planes[place].position - planes[order[0]].position - count * step
        if np.abs(off).max() > max(UNEVEN * distance, 0.5 * min(first.spacing)):
            raise ReadError(
                f"{path}: {planes[place].name} lies {np.abs(off).max():.3g} mm beside the line of the "
                "others. Give a series whose planes follow one line."
            )
    affine = _affine(planes[order[0]], step)
    return Stack(order, affine, float(heights[order[-1]] - heights[order[0]]) / (len(planes) - 1))


def _refuse_gaps(path: Path, heights: Floats, steps: Floats, distance: float, named: list[str]) -> None:
    uneven = np.flatnonzero(np.abs(steps - distance) > UNEVEN * distance)
    if not uneven.size:
        return
    at = int(uneven[0])
    missing = round(float(steps[at] / distance)) - 1
    where = (
        f"between {named[at]} ({heights[at]:.4g} mm) and {named[at + 1]} ({heights[at + 1]:.4g} mm) there "
        f"are {steps[at]:.4g} mm, where planes are {distance:.4g} mm apart"
    )
    if missing >= 1 and abs(float(steps[at]) - (missing + 1) * distance) <= 2 * UNEVEN * distance:
        lacking = f"{plural(missing, 'plane')} {'is' if missing == 1 else 'are'} missing"
        raise ReadError(f"{path}: {where}: {lacking}. Copy the whole series.")
    raise ReadError(f"{path}: {where}. A volume has planes at even distances: resample it first.")


def _affine(first: Plane, step: Floats) -> Floats:
    affine = np.eye(4)
    affine[:3, 0] = first.cosines[0] * first.spacing[1]
    affine[:3, 1] = first.cosines[1] * first.spacing[0]
    affine[:3, 2] = step
    affine[:3, 3] = first.position
    return np.asarray(TO_RAS @ affine)


def _shown(cosines: Floats) -> str:
    return "(" + ", ".join(f"{value:.3g}" for value in cosines.ravel()) + ")"
