"""OME-XML: what the images of a file are called, how large their pixels are, what their channels are."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree import ElementTree

from pixture.imaging.physical_space.units import sizes_in_one_unit, usual_unit


@dataclass(frozen=True)
class OmeImage:
    """An image as OME-XML tells of it.

    Attributes
    ----------
    name
        What it is called; empty where it has no name.
    sizes
        Size of a pixel by axis, "z", "y" and "x", in `unit`; those that are known.
    unit
        What these are in.
    seconds
        How far times are apart; None where that is not known.
    channels
        A name a channel; empty where one of them has none.
    planes
        How many planes of one channel it speaks of, channels and times counted.
    position
        Where the stage stood, by axis, "x" and "y", with its unit: as OME-XML says it.
    date
        When it was acquired, as OME-XML says it.
    files
        The names of the files that its pixels are in, where it names them.
    """

    name: str = ""
    sizes: dict[str, float] = field(default_factory=dict)
    unit: str | None = None
    seconds: float | None = None
    channels: tuple[str, ...] = ()
    planes: int = 1
    position: dict[str, tuple[float, str]] = field(default_factory=dict)
    date: str = ""
    files: tuple[str, ...] = ()


_SECONDS = {"ps": 1e-12, "ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def ome_images(xml: str) -> tuple[OmeImage, ...]:
    """Return the images that OME-XML tells of, in its order; none where it cannot be understood.

    https://www.openmicroscopy.org/Schemas/OME/2016-06

    >>> ome_images('<OME><Image Name="a"><Pixels SizeC="2" PhysicalSizeX="0.5"/></Image></OME>')[0].sizes
    {'x': 0.5}
    >>> ome_images("<OME>")
    ()
    """
    try:
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError):
        return ()
    return tuple(_image(element) for element in root if _kind(element) == "Image")


def _kind(element: ElementTree.Element) -> str:
    """Return what an element is called, without the schema."""
    return element.tag.rpartition("}")[2]


def _image(element: ElementTree.Element) -> OmeImage:
    name = element.get("Name", "")
    pixels = next((child for child in element if _kind(child) == "Pixels"), None)
    date = next((child.text or "" for child in element if _kind(child) == "AcquisitionDate"), "")
    if pixels is None:
        return OmeImage(name, date=date)
    said = pixels.attrib
    sizes, units = dict[str, float](), dict[str, str | None]()
    for axis in "XYZ":
        size = _number(said.get(f"PhysicalSize{axis}"))
        if size is not None:
            sizes[axis.lower()] = size
            # the schema's unit where none is given
            units[axis.lower()] = usual_unit(said.get(f"PhysicalSize{axis}Unit", "µm"))
    sizes = {axis: size for axis, size in sizes.items() if units[axis] is not None}
    sizes, unit = sizes_in_one_unit(sizes, units)
    step, per = _number(said.get("TimeIncrement")), _SECONDS.get(said.get("TimeIncrementUnit", "s"))
    names = [child.get("Name", "") for child in pixels if _kind(child) == "Channel"]
    samples = [child.get("SamplesPerPixel", "1") for child in pixels if _kind(child) == "Channel"]
    plane = next((child for child in pixels if _kind(child) == "Plane"), None)
    files = [
        child.get("FileName", "")
        for data in pixels
        if _kind(data) == "TiffData"
        for child in data
        if _kind(child) == "UUID"
    ]
    return OmeImage(
        name,
        sizes,
        unit,
        None if step is None or per is None or not step * per > 0 else step * per,
        tuple(names) if all(names) and set(samples) == {"1"} else (),
        _count(said, "SizeZ") * _count(said, "SizeC") * _count(said, "SizeT"),
        {} if plane is None else _position(plane),
        date,
        tuple(dict.fromkeys(filter(None, files))),
    )


def _position(plane: ElementTree.Element) -> dict[str, tuple[float, str]]:
    found = {axis.lower(): _number(plane.get(f"Position{axis}")) for axis in "XY"}
    return {
        axis: (at, plane.get(f"Position{axis.upper()}Unit", "reference frame"))
        for axis, at in found.items()
        if at is not None
    }


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _count(said: dict[str, str], name: str) -> int:
    text = said.get(name, "1")
    return int(text) if text.isdecimal() else 1
