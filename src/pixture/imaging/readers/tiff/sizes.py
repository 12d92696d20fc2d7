"""How large a pixel of a TIFF is, and what its channels are called, as microscopes' programs write it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from pixture.imaging.physical_space.units import usual_unit
from pixture.imaging.readers.microscopy.ome_xml import OmeImage

_RESOLUTION = {"x": 282, "y": 283}
_RESOLUTION_UNIT, _CENTIMETRE = 296, 3
SLIDES = ("svs", "ndpi", "scn", "bif", "philips", "qpi", "avs")
"""What tifffile calls scanners of whole slides."""


@dataclass(frozen=True)
class Known:
    """What is known of pixels: sizes by axis ("t" in seconds), their unit, names of channels, a calibration.

    `calibration` is (c0, c1), where values are c0 + c1 x what is stored.
    """

    sizes: dict[str, float] = field(default_factory=dict)
    unit: str | None = None
    channels: tuple[str, ...] = ()
    calibration: tuple[float, float] | None = None


NOTHING_KNOWN = Known()


def of_ome(image: OmeImage) -> Known:
    """Return what OME-XML says."""
    times = {} if image.seconds is None else {"t": image.seconds}
    return Known(image.sizes | times, image.unit, image.channels)


def of_imagej(said: dict[str, Any], page: Any, axes: str, lengths: tuple[int, ...]) -> Known:
    """Return what ImageJ says in its description, in the resolution, and in the labels of slices.

    Parameters
    ----------
    said
        Its description, as tifffile takes it apart.
    page
        The first page.
    axes, lengths
        Letters of the axes of pages, and how many there are along each.
    """
    unit = usual_unit(str(said.get("unit", "")))
    found = {axis: _per_unit(page, tag) for axis, tag in _RESOLUTION.items()} | {
        "z": _size(said.get("spacing")),
        "t": _size(said.get("finterval")),
    }
    sizes = {axis: size for axis, size in found.items() if size is not None}
    return Known(sizes, unit, _labels(said.get("Labels"), axes, lengths), _calibration(said))


def of_lsm(said: dict[str, Any]) -> Known:
    """Return what Zeiss's LSM says: sizes in metres, and names beside colours of channels."""
    found = {axis: _size(said.get(f"VoxelSize{axis.upper()}")) for axis in "xyz"}
    sizes = {axis: _size(1e6 * size) or size for axis, size in found.items() if size is not None}
    apart = _size(said.get("TimeIntervall"))
    names = (said.get("ChannelColors") or {}).get("ColorNames") or []
    times = {} if apart is None else {"t": apart}
    return Known(sizes | times, "µm" if sizes else None, tuple(str(name) for name in names))


def of_stk(said: dict[str, Any]) -> Known:
    """Return what MetaMorph's STK says."""
    calibrated = bool(said.get("SpatialCalibration", True))
    found = {
        "x": _size(said.get("XCalibration")) if calibrated else None,
        "y": _size(said.get("YCalibration")) if calibrated else None,
        "z": _size(_first(said.get("ZDistance"))),
    }
    unit = usual_unit(str(said.get("CalibrationUnits", "")))
    sizes = {axis: size for axis, size in found.items() if size is not None}
    return Known(sizes, unit) if unit is not None else Known()


def of_slide(page: Any) -> Known:
    """Return what scanners of whole slides say: µm a pixel in the description, or pixels a centimetre."""
    said = re.search(r"\bMPP\s*=\s*([0-9.]+)", str(page.description))
    stated = None if said is None else _size(_float(said[1]))
    if stated is not None:
        return Known({"y": stated, "x": stated}, "µm")
    if int(page.tags.valueof(_RESOLUTION_UNIT, 0)) != _CENTIMETRE:
        return Known()
    found = {axis: _per_unit(page, tag) for axis, tag in _RESOLUTION.items()}
    if None in found.values():
        return Known()
    return Known({axis: float(f"{1e4 * size:.6g}") for axis, size in found.items() if size}, "µm")


def _labels(labels: Any, axes: str, lengths: tuple[int, ...]) -> tuple[str, ...]:
    """Return the names of channels that labels of slices are: where they change with the channel alone."""
    if not isinstance(labels, list | tuple) or "c" not in axes or len(labels) != math.prod(lengths):
        return ()
    behind = math.prod(lengths[axes.index("c") + 1 :])
    count = lengths[axes.index("c")]
    names = [str(labels[channel * behind]) for channel in range(count)]
    same = all(str(label) == names[at // behind % count] for at, label in enumerate(labels))
    return tuple(names) if same and all(names) else ()


def _calibration(said: dict[str, Any]) -> tuple[float, float] | None:
    """Return c0 and c1 of ImageJ's straight line (its function 0); None where there is none."""
    if said.get("cf") != 0:
        return None
    line = said.get("c0", 0), said.get("c1", 1)
    if not all(isinstance(value, int | float) and math.isfinite(value) for value in line) or line[1] == 0:
        return None
    return None if line == (0, 1) else (float(line[0]), float(line[1]))


def _per_unit(page: Any, tag: int) -> float | None:
    """Return the size of a pixel, from how many there are in a unit of length."""
    found = page.tags.valueof(tag)
    if not isinstance(found, tuple) or len(found) != 2 or not all(found):
        return None
    return _size(found[1] / found[0])


def _size(value: Any) -> float | None:
    """Return a size as it was written; None where it is none."""
    try:
        size = abs(float(value))
    except (TypeError, ValueError):
        return None
    return float(f"{size:.6g}") if 0 < size < math.inf else None  # resolutions are fractions, and rounded


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _first(values: Any) -> Any:
    try:
        return float(values[0])
    except (IndexError, TypeError, ValueError):
        return None
