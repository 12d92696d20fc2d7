"""Families of formats that answers are written in: that which an image came in, or one asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from pixture.errors import NotKeptWarning, WriteError, warn
from pixture.files.atomic_writing import Content
from pixture.imaging.image import Image
from pixture.imaging.writers.raster import Holds, Raster
from pixture.wording import plural

WRITERS = "pixture.imaging.writers."


@dataclass(frozen=True)
class Family:
    """A family of formats that rasters are written in.

    Attributes
    ----------
    name
        What people call it, and `Place.family` of images that come in it.
    suffix
        How the name of the main file ends.
    module
        The module that writes it, with `encode(raster) -> {suffix: content}`, loaded when first needed.
    install
        What gives the library that it stands on.
    holds
        What of a segmentation it can hold; what it cannot is written in the format `instead`.
    axes
        The axes that it can hold besides rows, columns and channels.
    instead
        The name of the family that holds what this one cannot.
    offset
        What is added to labels in its files: 1 where those who read them take 0 for the background. What the
        mask leaves out is 0 then.
    only_its_own
        Whether its files refer to images of its own, so that nothing else can be written in it.
    """

    name: str
    suffix: str
    module: str
    install: str = "pip install --upgrade pixture"
    holds: frozenset[Holds] = frozenset(Holds)
    axes: str = "tz"
    instead: str = "TIFF"
    offset: int = 0
    only_its_own: bool = False


PNG = Family("PNG", ".png", WRITERS + "png", holds=frozenset({Holds.LABELS, Holds.NUMBERS}), axes="")
TIFF = Family("TIFF", ".tif", WRITERS + "tiff")
NUMPY = Family("NumPy", ".npy", WRITERS + "numpy_file")
GEOTIFF = Family("GeoTIFF", ".tif", WRITERS + "geo.geotiff", "pip install 'pixture[geo]'", axes="")

_MEDICAL = "pip install 'pixture[medical]'"
NIFTI = Family("NIfTI", ".nii.gz", WRITERS + "medical.nifti", _MEDICAL, offset=1)
MGH = Family("MGH", ".mgz", WRITERS + "medical.mgh", _MEDICAL, offset=1)
DICOM = Family(
    "DICOM",
    ".dcm",
    WRITERS + "medical.dicom_seg",
    _MEDICAL,
    holds=frozenset({Holds.LABELS}),
    axes="z",
    instead="NIfTI",
    offset=1,
    only_its_own=True,
)
ENVI = Family("ENVI", ".img", WRITERS + "envi", axes="")
OME_TIFF = Family("OME-TIFF", ".ome.tif", WRITERS + "ome_tiff")
OME_ZARR = Family("OME-Zarr", ".zarr", WRITERS + "ome_zarr", "pip install 'pixture[zarr]'")

FAMILIES = (PNG, TIFF, NUMPY, GEOTIFF, NIFTI, MGH, DICOM, ENVI, OME_TIFF, OME_ZARR)


class Writer(Protocol):
    """What a writer module offers."""

    def encode(self, raster: Raster) -> Mapping[str, Content]:
        """Return the files, or folders, of a raster by how their names end, the main one first."""


def formats() -> tuple[str, ...]:
    """Return the names by which formats are asked for.

    >>> formats()[:2]
    ('png', 'tiff')
    """
    return tuple(family.name.lower() for family in FAMILIES)


def family_of(image: Image, asked: str | None = None) -> Family:
    """Return the family in which what is made of an image is written.

    Parameters
    ----------
    image
        The image: its place says which family it came in. Without one, pictures become PNG, and what has
        planes or times TIFF.
    asked
        One of `formats`, in its place.

    Raises
    ------
    WriteError
        The family that is asked for has no room for the image's axes, or is for images of its own.
    """
    came_in = None if image.place is None else image.place.family
    if asked is None:
        known = next((one for one in FAMILIES if one.name == came_in), None)
        return known or (TIFF if image.is_stack else PNG)
    family = next(one for one in FAMILIES if one.name.lower() == asked.lower())
    if family.only_its_own and family.name != came_in:
        raise WriteError(
            f"What is written in {family.name} refers to the {family.name} images it is of, and this image "
            "came from none. Choose another format (--format)."
        )
    left = [letter for letter in image.axes if letter in "tz" and letter not in family.axes]
    if left:
        named = {"t": "times", "z": "planes"}[left[0]]
        count = image.shape[image.axes.index(left[0])]
        raise WriteError(
            f"{family.name} holds no {named}, and the image has {plural(count, named[:-1])}. Choose another "
            "format (--format), or take one of them."
        )
    return family


def suffix_of_values(family: Family) -> str:
    """Return how the name of a file of values ends, where labels are in a family's format.

    >>> suffix_of_values(PNG), suffix_of_values(NUMPY)
    ('.tif', '.npy')
    """
    return _holding(Holds.VALUES, family).suffix


def _holding(holds: Holds, family: Family) -> Family:
    """Return the family in which something is written where a family is wanted."""
    if holds in family.holds:
        return family
    return next(one for one in FAMILIES if one.name == family.instead)


def encoded(raster: Raster, family: Family) -> dict[str, Content]:
    """Return the files of a raster by how their names end, in a family's format or where it cannot, another.

    Raises
    ------
    WriteError
        The library that writes it is not installed.

    Warns
    -----
    NotKeptWarning
        The family cannot hold it, or not all of it.
    """
    wanted, family = family, _holding(raster.holds, family)
    if wanted is PNG and raster.values.dtype.itemsize > 2:
        family = TIFF
    elif family is not wanted and wanted is not PNG:
        warn(
            f"{wanted.name} holds labels; what else has a value a pixel is written as {family.name}.",
            NotKeptWarning,
        )
    say_where_place_is_lost(raster.image, family)
    try:
        writer = cast(Writer, importlib.import_module(family.module))
    except ImportError as error:
        raise WriteError(
            f"The library that writes {family.name} is not installed ({error.name or error}). Install it: "
            f"{family.install}."
        ) from error
    return dict(writer.encode(raster))


def say_where_place_is_lost(image: Image, family: Family) -> None:
    """Warn where a family has no room for where an image lies, and the image's own has.

    Warns
    -----
    NotKeptWarning
        It has none.
    """
    place = image.place
    known = place is not None and any(one.name == place.family for one in FAMILIES)
    if place is not None and known and family in (PNG, TIFF, NUMPY):
        warn(
            f"{family.name} has no room for where the image lies ({place.in_words or place.family}): it is "
            "not kept.",
            NotKeptWarning,
        )
