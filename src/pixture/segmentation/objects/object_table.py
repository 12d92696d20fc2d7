"""Objects as a table: where each lies, how large it is, which shape it has, what it holds.

The shapes are those of scikit-image's `regionprops`, which measures one object after the other, in minutes
where there are many. Here all are measured at once, by adding up over the pixels of the foreground.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.image import Image
from pixture.imaging.physical_space.pixel_areas import label_areas
from pixture.imaging.physical_space.place import world_columns
from pixture.segmentation.classes.class_statistics import CUBIC_MILLIMETRES
from pixture.segmentation.regions.region_table import BOX, CENTROID, IN_UNITS, channel_suffixes

if TYPE_CHECKING:
    from pixture.segmentation.objects.objects import Objects

PERIMETER_WEIGHTS = np.zeros(50)
"""Of a boundary pixel, by 1 + 2 · its neighbours on the boundary by a side + 10 · those by a corner (Benkrid,
Crookes and Benkrid 2000)."""
PERIMETER_WEIGHTS[[5, 7, 15, 17, 25, 27]] = 1
PERIMETER_WEIGHTS[[21, 33]] = np.sqrt(2)
PERIMETER_WEIGHTS[[13, 23]] = (1 + np.sqrt(2)) / 2


def object_columns(objects: Objects) -> dict[str, Array]:
    """Return the measures of objects by name, (count,) each, as `Objects.table` describes them."""
    if objects.has_times:
        tables = [object_columns(one) for one in each_time(objects)]
        times = np.repeat(np.arange(1, len(tables) + 1), [len(table["object"]) for table in tables])
        found = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
        return {"object": np.arange(1, objects.count + 1), "time": times} | {
            name: column for name, column in found.items() if name != "object"
        }
    measures = _measures(objects)
    return measured_columns(measures, objects.image, objects.spacing, objects.classes, objects.class_names)


def _measures(objects: Objects) -> Measures:
    """Return what is measured in objects of one time."""
    labels, count, spacing, image = objects.labels, objects.count, np.array(objects.spacing), objects.image
    at = np.flatnonzero(labels)
    ids = labels.reshape(-1)[at].astype(np.int64) - 1
    places = np.unravel_index(at, labels.shape)
    pixels = np.bincount(ids, minlength=count)
    centroids = np.stack([_means(ids, along.astype(np.float64), pixels) for along in places], axis=1)
    areas = None
    if image is not None and image.spacing == objects.spacing and has_row_areas(image):
        areas = np.asarray(label_areas(image, labels, count + 1))[1:]
    plane = labels.ndim == 2
    means, spreads = [], []
    for channel in range(0 if image is None else image.channels):
        assert image is not None
        values = image.rows[at, channel].astype(np.float64)
        means.append(_means(ids, values, pixels))
        spreads.append(np.sqrt(_means(ids, (values - means[-1][ids]) ** 2, pixels)))
    return Measures(
        pixels,
        areas,
        _boxes(labels, count),
        centroids,
        _perimeters(labels, count) if plane and spacing[0] == spacing[1] else None,
        _eccentricities(ids, places, centroids, pixels, spacing) if plane else None,
        tuple(means),
        tuple(spreads),
    )


@dataclass(frozen=True, eq=False)
class Measures:
    """What is measured in objects, an array of (count,) each where nothing else is said.

    Attributes
    ----------
    pixels
        How many each has.
    row_areas
        Their true areas, where pixels of each row have an area of their own.
    boxes
        (count, 2 axes) the starts, then the ends.
    centroids
        (count, axes) in pixels.
    perimeters
        In pixels; None of volumes, and where pixels are not square.
    eccentricities
        None of volumes.
    means, spreads
        Of each channel; empty without an image.
    """

    pixels: Integers
    row_areas: Floats | None
    boxes: Integers
    centroids: Floats
    perimeters: Floats | None
    eccentricities: Floats | None
    means: tuple[Floats, ...] = ()
    spreads: tuple[Floats, ...] = ()


def measured_columns(
    measures: Measures,
    image: Image | None,
    sizes: tuple[float, ...],
    classes: Integers | None,
    class_names: Mapping[int, str],
) -> dict[str, Array]:
    """Return the columns of a table, as `Objects.table` describes them.

    Parameters
    ----------
    measures
        Of the objects, by number.
    image
        What says how large a pixel is, and where the image lies; of its pixels nothing is asked.
    sizes
        The size of a pixel along each axis.
    classes, class_names
        As in `Objects`.
    """
    count, axes = measures.boxes.shape[0], measures.boxes.shape[1] // 2
    spacing, centroids = np.array(sizes), measures.centroids
    columns: dict[str, Array] = {"object": np.arange(1, count + 1)}
    if classes is not None:
        columns["class"] = classes
        if class_names:
            names = [class_names.get(int(number), "") for number in classes]
            columns["class_name"] = np.array(names, dtype=object)
    columns["pixels"] = measures.pixels
    same = image if image is not None and image.spacing == sizes else None
    known = bool((spacing != 1).any()) or (same is not None and same.has_units)
    varied = measures.row_areas is not None
    areas = measures.pixels * float(np.prod(spacing)) if measures.row_areas is None else measures.row_areas
    if known or varied:
        columns["area" if axes == 2 else "volume"] = areas
        if axes == 3 and same is not None and same.unit == "mm":
            columns["volume_ml"] = areas / CUBIC_MILLIMETRES
    columns |= dict(zip(BOX[axes], measures.boxes.T, strict=True))
    columns |= dict(zip(CENTROID[axes], centroids.T, strict=True))
    if known:
        columns |= dict(zip(IN_UNITS[axes], (centroids * spacing).T, strict=True))
    columns |= world_columns(None if image is None else image.place, centroids)
    columns["equivalent_diameter"] = (2 * axes * areas / np.pi) ** (1 / axes)
    if measures.perimeters is not None and not varied:
        columns["perimeter"] = measures.perimeters * spacing[0]
    if measures.eccentricities is not None:
        columns["eccentricity"] = measures.eccentricities
    if image is not None:
        for suffix, mean, spread in zip(
            channel_suffixes(image), measures.means, measures.spreads, strict=True
        ):
            columns[f"mean{suffix}"] = mean
            columns[f"standard_deviation{suffix}"] = spread
    return columns


def has_row_areas(image: Image) -> bool:
    """Whether pixels of each row have an area of their own."""
    return image.place is not None and image.place.row_areas is not None


def each_time(objects: Objects) -> list[Objects]:
    """Return the objects of each time by themselves, numbered from 1."""
    assert objects.image is not None
    found, before = [], 0
    for time in range(objects.labels.shape[0]):
        labels = np.where(objects.labels[time] > 0, objects.labels[time].astype(np.int64) - before, 0)
        count = int(labels.max())
        of = None if objects.classes is None else objects.classes[before : before + count]
        found.append(
            replace(
                objects,
                labels=labels.astype(objects.labels.dtype),
                image=objects.image.at("t", time),
                classes=of,
                has_times=False,
            )
        )
        before += count
    return found


def _means(ids: Integers, values: Floats, pixels: Integers) -> Floats:
    """Return each object's mean, by deviations from its first value, so that large values lose no digits."""
    first = np.zeros(len(pixels))
    first[ids[::-1]] = values[::-1]
    return first + np.bincount(ids, values - first[ids], len(pixels)) / np.maximum(pixels, 1)


def _boxes(labels: Integers, count: int) -> Integers:
    """Return each object's box, (count, 2 axes): the starts, then the ends."""
    found = [
        [*(side.start for side in box), *(side.stop for side in box)] for box in ndimage.find_objects(labels)
    ]
    return np.array(found, np.int64).reshape(count, 2 * labels.ndim)


def _eccentricities(
    ids: Integers, places: tuple[Integers, ...], centroids: Floats, pixels: Integers, spacing: Floats
) -> Floats:
    """Return the eccentricity of each object's pixels."""
    y, x = ((along - centroids[ids, axis]) * spacing[axis] for axis, along in enumerate(places))
    count = len(pixels)
    yy, xx, xy = (
        np.bincount(ids, product, count) / np.maximum(pixels, 1) for product in (y * y, x * x, x * y)
    )
    return eccentricities(yy, xx, xy)


def eccentricities(yy: Floats, xx: Floats, xy: Floats) -> Floats:
    """Return √(1 - b²/a²), a and b the half axes of the ellipse of these second moments.

    >>> eccentricities(np.array([1.0, 4.0]), np.array([1.0, 1.0]), np.array([0.0, 0.0])).round(3)
    array([0.   , 0.866])
    """
    half, apart = (yy + xx) / 2, np.hypot((yy - xx) / 2, xy)
    longest, shortest = half + apart, np.maximum(half - apart, 0)
    with np.errstate(invalid="ignore"):
        return np.where(longest > 0, np.sqrt(1 - shortest / longest), 0.0)


def _perimeters(labels: Integers, count: int) -> Floats:
    """Return the lengths of lines through the centres of each object's boundary pixels."""
    at, lengths = boundary_lengths(labels)
    ids = labels.reshape(-1)[at].astype(np.int64)
    return np.asarray(np.bincount(ids, lengths, count + 1)[1:], dtype=np.float64)


def boundary_lengths(labels: Integers) -> tuple[Integers, Floats]:
    """Return the objects' boundary pixels, flat, and how long the line through the centres is in each.

    It follows from the pixels up to two rows and columns away.
    """
    around = np.pad(labels, 1)
    own = around[1:-1, 1:-1]

    def beside(of: Array, y: int, x: int) -> Array:
        return of[1 + y : of.shape[0] - 1 + y, 1 + x : of.shape[1] - 1 + x]

    sides, corners = ((-1, 0), (0, -1), (0, 1), (1, 0)), ((-1, -1), (-1, 1), (1, -1), (1, 1))
    inner = np.logical_and.reduce([beside(around, *step) == own for step in sides])
    line = np.where(inner, 0, own)
    lines = np.pad(line, 1)
    code = np.ones(own.shape, np.uint8)
    for weight, steps in ((2, sides), (10, corners)):
        for step in steps:
            code += np.uint8(weight) * (beside(lines, *step) == own)
    at = np.flatnonzero(line)
    return at, PERIMETER_WEIGHTS[code.reshape(-1)[at]]
