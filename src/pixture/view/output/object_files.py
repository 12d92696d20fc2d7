"""Objects on disk: their numbers, a table, the image with their outlines, and a record."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tifffile

import pixture
from pixture.arrays import Array, Integers
from pixture.errors import OlderReportWarning, warn
from pixture.files.atomic_writing import Content, write_whole
from pixture.files.input_files import Inputs
from pixture.files.output_files import NO_INPUTS, refuse_outputs, stem_of
from pixture.imaging.display.display import LINE, as_picture, boundaries
from pixture.imaging.encoding.jpeg import jpeg
from pixture.imaging.encoding.png import png
from pixture.imaging.image import Image
from pixture.imaging.physical_space.place import Place
from pixture.imaging.writers.families import PNG, TIFF, Family, encoded
from pixture.imaging.writers.raster import Holds, Raster
from pixture.segmentation.objects.objects import MOST_16_BITS, Objects
from pixture.segmentation.regions.contour_map import times_enlarged
from pixture.view.output.input_record import input_record

FORMAT = 1
"""Version of the record's layout."""

NUMBERS, NUMBERS_32 = ".objects.png", ".objects.tif"
TABLE, OUTLINES, RECORD = ".objects.csv", ".objects.jpg", ".objects.json"


def object_paths(objects: Objects, folder: Path, stem: str) -> list[Path]:
    """Return the paths of the files that `save_objects` writes, the numbers' first, the record's last.

    >>> found = Objects(np.array([[1, 1, 0, 2]], np.uint16))
    >>> [path.name for path in object_paths(found, Path("."), "cat")]
    ['cat.objects.png', 'cat.objects.csv', 'cat.objects.json']
    """
    numbers = NUMBERS if _fits_png(objects) else NUMBERS_32
    shown = (OUTLINES,) if _can_be_shown(objects) else ()
    return [folder / f"{stem}{suffix}" for suffix in (numbers, TABLE, *shown, RECORD)]


def save_objects(
    objects: Objects,
    folder: Path,
    *,
    stem: str | None = None,
    overwrite: bool = False,
    inputs: Inputs = NO_INPUTS,
) -> list[Path]:
    """Write the files of objects as `Objects.save` says; return the paths.

    Neither the image's own files are replaced nor other `inputs`.
    """
    image = objects.image
    origin = None if image is None else image.origin
    stem = stem or (stem_of(origin.path) if origin is not None else "image")
    paths = object_paths(objects, folder, stem)
    kept = inputs if image is None else inputs | image.inputs
    refuse_outputs(paths, overwrite=overwrite, inputs=kept)
    made = {folder / f"{stem}{suffix}": content for suffix, content in object_files(objects).items()}
    write_whole(made, overwrite=overwrite, inputs=kept)
    older = folder / f"{stem}{NUMBERS_32 if _fits_png(objects) else NUMBERS}"
    if os.path.lexists(older):
        warn(
            f"{older.name} is there from another run; the numbers written now are in {paths[0].name}.",
            OlderReportWarning,
        )
    return paths


def object_files(objects: Objects, family: Family = PNG) -> dict[str, Content]:
    """Return what the files of objects hold, by the ends of their names; the record is the last.

    Their numbers are in a family's format, of an image that came in one.
    """
    made: dict[str, Content] = {**_numbers(objects, family), TABLE: objects_csv(objects)}
    if _can_be_shown(objects):
        assert objects.image is not None  # it would not be shown
        made[OUTLINES] = jpeg(outlined(objects.image, objects.labels))
    made[RECORD] = (json.dumps(objects_record(objects), indent=2, allow_nan=False) + "\n").encode()
    return made


def _numbers(objects: Objects, family: Family) -> dict[str, Content]:
    """Return the files of objects' numbers."""
    if objects.image is not None and family not in (PNG, TIFF):
        raster = Raster(objects.labels, objects.image, Holds.NUMBERS, 0)
        return {f".objects{suffix}": content for suffix, content in encoded(raster, family).items()}
    if _fits_png(objects):
        return {NUMBERS: png(objects.labels.astype(np.uint16))}
    return {NUMBERS_32: _tiff(objects)}


class Found(Protocol):
    """Objects as their table and their record ask for them."""

    @property
    def columns(self) -> Mapping[str, Array]:
        """The table."""

    @property
    def spacing(self) -> tuple[float, ...]:
        """Size of a pixel along each axis."""

    @property
    def choices(self) -> Mapping[str, Any]:
        """What was asked for."""

    @property
    def class_names(self) -> Mapping[int, str]:
        """Names of classes, by number."""

    @property
    def count(self) -> int:
        """How many there are."""

    @property
    def dropped(self) -> int:
        """How many pieces were too small."""

    @property
    def pixels(self) -> int:
        """How many pixels they have."""

    @property
    def share(self) -> float:
        """What part of the image they are."""


def objects_csv(objects: Found) -> bytes:
    r"""Return a table, a line an object, its columns named in the first line; `Objects.table` describes them.

    >>> print(objects_csv(Objects(np.array([[1, 0]], np.uint16))).decode().replace("\r", "").splitlines()[0])
    object,pixels,top,left,bottom,right,row,column,equivalent_diameter,perimeter,eccentricity
    """
    columns = {name: column.tolist() for name, column in objects.columns.items()}
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().encode()


def objects_record(objects: Objects) -> dict[str, Any]:
    """Return all that is known of objects but their pixels and their table, ready for JSON.

    The same input and choices give the same record.
    """
    image = objects.image
    read = None if image is None else input_record(image)
    return record_of(objects, read, objects.labels.shape, None if image is None else image.place)


def record_of(
    objects: Found, read: dict[str, Any] | None, shape: tuple[int, ...], place: Place | None
) -> dict[str, Any]:
    """Return the record of objects of an image.

    Parameters
    ----------
    objects
        They.
    read
        What is known of the image; None where there is none.
    shape
        Of their labels.
    place
        Where the image lies.
    """
    return {
        "format": FORMAT,
        "input": read,
        "shape": list(shape),
        "spacing": list(objects.spacing),
        "coordinates": _coordinates(place),
        "choices": dict(objects.choices),
        "objects": objects.count,
        "dropped": objects.dropped,
        "pixels": objects.pixels,
        "share": objects.share,
        "class_names": {str(number): name for number, name in objects.class_names.items()},
        "versions": {
            "pixture": pixture.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "numba", "scikit-image", "scipy", "tifffile")},
        },
    }


def _coordinates(place: Place | None) -> dict[str, Any] | None:
    """Return which columns of the table are coordinates outside of the image, and in what system."""
    known = None if place is None else place.coordinates
    return None if known is None else {"columns": list(known.names), "system": known.in_words}


def _fits_png(objects: Objects) -> bool:
    return objects.ndim == 2 and objects.count <= MOST_16_BITS


def _can_be_shown(objects: Objects) -> bool:
    return objects.ndim == 2 and objects.image is not None


def outlined(image: Image, numbers: Integers) -> Integers:
    """Return the image, a small one enlarged, with the objects' outlines one pixel wide, uint8."""
    times = times_enlarged(numbers.shape)
    picture, labels = (
        np.repeat(np.repeat(plane, times, axis=0), times, axis=1) for plane in (as_picture(image), numbers)
    )
    picture[boundaries(labels)] = LINE
    return np.asarray(picture)


def _tiff(objects: Objects) -> bytes:
    content = io.BytesIO()
    tifffile.imwrite(
        content,
        objects.labels.astype(np.uint32),
        compression="zlib",
        photometric="minisblack",
        metadata=None,
    )
    return content.getvalue()
