"""Classes and regions as polygons in a file that geographic information systems open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pixture.arrays import Integers, Mask
from pixture.errors import NotKeptWarning, WriteError, warn
from pixture.imaging.display.display import as_picture
from pixture.imaging.display.label_colours import hexadecimal
from pixture.imaging.geo.georeference import WHOLE, Georeference
from pixture.imaging.image import Image
from pixture.imaging.writers.geo.qgis_style import polygon_style
from pixture.imaging.writers.raster import ClassLook
from pixture.options.writing import GEOJSON, GEOPACKAGE
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.segmentation import Segmentation

if TYPE_CHECKING:
    from pixture.imaging.vector.polygons import Feature

CLASSES, REGIONS = "classes", "regions"
STYLE = ".qml"

Said = Mapping[int, dict[str, Any]]


def class_polygons(segmentation: Segmentation, vector: str) -> dict[str, bytes]:
    """Return the polygons of a segmentation's classes, by how their files' names end; a style is beside them.

    A feature is a class: its `label`, `name`, `colour`, `pixels`, and its `area` where that is known.
    """
    said = {
        found.label: {
            "label": found.label,
            "name": found.name,
            "colour": found.colour,
            "pixels": found.pixels,
            **found.size_in_units,
        }
        for found in segmentation.classes
    }
    image = segmentation.image
    refuse_polygons(image, vector)
    features, where = _features(image, segmentation.labels, image.mask, said, vector)
    looks = [
        (one.properties["label"], ClassLook(one.properties["name"], one.properties["colour"]))
        for one in features
    ]
    return {
        f".{CLASSES}.{vector}": _content(features, where, CLASSES, vector),
        f".{CLASSES}{STYLE}": polygon_style("label", looks),
    }


def region_polygons(regions: Regions, vector: str) -> dict[str, bytes]:
    """Return the polygons of regions, by how their file's name ends.

    A feature is a region: its number as `label`, its `name`, its mean `colour` as shown, `pixels` and `area`.
    """
    labels = regions.labels
    colours = _mean_colours(as_picture(regions.image), labels)
    said = {
        row["region"]: {
            "label": row["region"],
            "name": row.get("name", ""),
            "colour": hexadecimal(colours[row["region"]]),
            "pixels": row["pixels"],
            **({"area": row["area"]} if "area" in row else {}),
        }
        for row in regions.table()
    }
    refuse_polygons(regions.image, vector)
    features, where = _features(regions.image, labels, labels > 0, said, vector)
    return {f".{REGIONS}.{vector}": _content(features, where, REGIONS, vector)}


def _mean_colours(picture: Integers, labels: Integers) -> Integers:
    at = labels.ravel()
    counts = np.maximum(np.bincount(at), 1)
    sums = [np.bincount(at, plane) for plane in picture.reshape(-1, 3).T]
    return np.stack([np.round(total / counts) for total in sums], axis=1).astype(np.uint8)


def refuse_polygons(image: Image, vector: str | None) -> None:
    """Refuse, before any work is done, polygons that cannot be made.

    Raises
    ------
    WriteError
        The image has planes or times, or a library is not installed.
    """
    if vector is None:
        return
    if image.is_stack:
        raise WriteError(
            "Polygons are of pictures, and this image has planes or times. Take one of them, or leave out "
            "--vector."
        )
    try:
        import rasterio.features  # noqa: F401 - only whether it is there

        if vector == GEOPACKAGE:
            import pyogrio  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise WriteError(
            f"The library that makes polygons is not installed ({error.name or error}). Install it: "
            "pip install 'pixture[geo]'."
        ) from error


def _features(
    image: Image, labels: Integers, mask: Mask | None, said: Said, vector: str
) -> tuple[list[Feature], Georeference]:
    """Return a feature a label, in the coordinates that the file is of, and where the image lies."""
    from pixture.imaging.vector.coordinates import in_degrees, in_raster, moved
    from pixture.imaging.vector.polygons import Feature, outlines, with_meeting_points

    place = None if image.place is None else image.place.content
    where = place if isinstance(place, Georeference) else Georeference()
    transform = where.transform or WHOLE
    found = outlines(labels, mask)
    if vector == GEOJSON and where.crs is not None and where.transform is not None:
        found = with_meeting_points(found, (labels.shape[0], labels.shape[1]))
        by = in_degrees(where, transform)
    else:
        by = in_raster(transform)
        if vector == GEOJSON:
            _say_what_coordinates(where)
    everything = [polygon for of_label in found.values() for polygon in of_label]
    placed = iter(moved(everything, by))
    features = [
        Feature(tuple(next(placed) for _ in of_label), said[label]) for label, of_label in found.items()
    ]
    return features, where


def _content(features: list[Feature], where: Georeference, name: str, vector: str) -> bytes:
    if vector == GEOJSON:
        from pixture.imaging.vector.geojson import geojson

        return geojson(features, name)
    from pixture.imaging.vector.geopackage import geopackage

    return geopackage(features, name, where.crs if where.transform is not None else None)


def _say_what_coordinates(where: Georeference) -> None:
    lacks = "coordinate reference system" if where.transform is not None else "transform to coordinates"
    of = "its own" if where.transform is not None else "columns and rows, from the upper left corner down"
    warn(
        f"GeoJSON is of longitudes and latitudes, and the image has no {lacks}: the polygons' coordinates "
        f"are {of}.",
        NotKeptWarning,
    )
