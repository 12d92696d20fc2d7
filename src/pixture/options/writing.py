"""What to write, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pixture.options.kinds import Flag, Name, NameList, Place
from pixture.options.option import Group, Options, described, option, varied


@described
@dataclass(frozen=True)
class Overwriting(Options):
    """Whether what is there already may be replaced."""

    overwrite: bool = option(
        False,
        "Replace results that are there already; a file that is read is never replaced.",
        Flag(),
        group=Group.WRITE,
    )


FORMATS = ("png", "tiff", "numpy", "geotiff", "nifti", "mgh", "dicom", "envi", "ome-tiff", "ome-zarr")
"""What answers can be written in: `imaging.writers.families` has them."""

GEOJSON, GEOPACKAGE = "geojson", "gpkg"
"""What polygons can be written in."""

PROBABILITIES, UNCERTAINTY = "probabilities", "uncertainty"


@described
@dataclass(frozen=True)
class Writing(Options):
    """Where the results of several images go, and what to do where results are there already.

    >>> Writing(overwrite=True, skip_existing=True)
    Traceback (most recent call last):
        ...
    pixture.errors.ChoiceError: overwrite=True and skip_existing=True exclude each other; choose one of them.
    """

    output: Path = option(
        Path(),
        "Folder for the results; it is made if it is not there. Or an address, such as s3://bucket/results.",
        Place(),
        short="-o",
        metavar="DIR",
        shown_default="the current folder",
        group=Group.WRITE,
    )
    overwrite: bool = varied(Overwriting, "overwrite", False, excludes=("skip_existing",))
    format: str | None = option(
        None,
        "Format of labels, painted images and maps.",
        Name(FORMATS),
        more="None takes the one that the image came in where it has a place, as a map or a scan has, and "
        "PNG else, or TIFF of what has planes.",
        metavar="FORMAT",
        shown_default="that of the image",
        group=Group.WRITE,
    )
    maps: tuple[str, ...] = option(
        (),
        f"Write maps, too: {PROBABILITIES} of each class, {UNCERTAINTY} of each pixel in nats.",
        NameList(Name((PROBABILITIES, UNCERTAINTY))),
        metavar="LIST",
        shown_default="none",
        group=Group.WRITE,
    )
    vector: str | None = option(
        None,
        "Write polygons, too: the outlines of classes or regions, as geojson or gpkg (GeoPackage).",
        Name((GEOJSON, GEOPACKAGE)),
        more="They are the outlines of pixels, exactly, with label, name, colour and area; GeoPackage is in "
        "the image's coordinate reference system, GeoJSON in longitudes and latitudes (WGS 84), as its "
        "standard wants. They need `pip install 'pixture[geo]'`.",
        metavar="FORMAT",
        shown_default="none",
        group=Group.WRITE,
    )
    skip_existing: bool = option(
        False,
        "Leave out images whose results are all there already, with whatever options they were made.",
        Flag(),
        group=Group.WRITE,
    )
