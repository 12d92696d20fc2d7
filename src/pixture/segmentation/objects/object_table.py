"""Objects as a table: where each lies, how large it is, which shape it has, what it holds.

The shapes are those of scikit-image's `regionprops`, which measures one object after the other, in minutes
where there are many. Here all are measured at once, by adding up over the pixels of the foreground.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from pixture.arrays import Array, Floats, Integers
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
    labels, count, spacing = objects.labels, objects.count, np.array(objects.spacing)
    at = np.flatnonzero(labels)
    ids = labels.reshape(-1)[at].astype(np.int64) - 1
    places = np.unravel_index(at, labels.shape)
    pixels = np.bincount(ids, minlength=count)
    centroids = np.stack([_means(ids, along.astype(np.float64), pixels) for along in places], axis=1)
    columns: dict[str, Array] = {"object": np.arange(1, count + 1)}
    if objects.classes is not None:
        columns["class"] = objects.classes
        if objects.class_names:
            names = [objects.class_names.get(int(number), "") for number in objects.classes]
            columns["class_name"] = np.array(names, dtype=object)
    columns["pixels"] = pixels
    image = objects.image if objects.image is not None and objects.image.spacing == objects.spacing else None
    known = bool((spacing != 1).any()) or (image is not None and image.has_units)
    areas = pixels * float(np.prod(spacing))
    varied = image is not None and image.place is not None and image.place.row_areas is not None
    if image is not None and varied:
        areas = np.asarray(label_areas(image, labels, count + 1))[1:]
    if known or varied:
        columns["area" if labels.ndim == 2 else "volume"] = areas
        if labels.ndim == 3 and image is not None and image.unit == "mm":
            columns["volume_ml"] = areas / CUBIC_MILLIMETRES
    columns |= dict(zip(BOX[labels.ndim], _boxes(labels, count).T, strict=True))
    columns |= dict(zip(CENTROID[labels.ndim], centroids.T, strict=True))
    if known:
        columns |= dict(zip(IN_UNITS[labels.ndim], (centroids * spacing).T, strict=True))
    columns |= world_columns(None if objects.image is None else objects.image.place, centroids)
    columns["equivalent_diameter"] = (2 * labels.ndim * areas / np.pi) ** (1 / labels.ndim)
    if labels.ndim == 2:
        if spacing[0] == spacing[1] and not varied:
            columns["perimeter"] = _perimeters(labels, count) * spacing[0]
        columns["eccentricity"] = _eccentricities(ids, places, centroids, pixels, spacing)
    if objects.image is not None:
        for channel, suffix in enumerate(channel_suffixes(objects.image)):
            values = objects.image.rows[at, channel].astype(np.float64)
            means = _means(ids, values, pixels)
            columns[f"mean{suffix}"] = means
            columns[f"standard_deviation{suffix}"] = np.sqrt(_means(ids, (values - means[ids]) ** 2, pixels))
    return columns


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
    """Return √(1 - b²/a²), a and b the half axes of the ellipse of the same second moments."""
    y, x = ((along - centroids[ids, axis]) * spacing[axis] for axis, along in enumerate(places))
    count = len(pixels)
    yy, xx, xy = (
        np.bincount(ids, product, count) / np.maximum(pixels, 1) for product in (y * y, x * x, x * y)
    )
    half, apart = (yy + xx) / 2, np.hypot((yy - xx) / 2, xy)
    longest, shortest = half + apart, np.maximum(half - apart, 0)
    with np.errstate(invalid="ignore"):
        return np.where(longest > 0, np.sqrt(1 - shortest / longest), 0.0)


def _perimeters(labels: Integers, count: int) -> Floats:
    """Return the lengths of lines through the centres of each object's boundary pixels."""
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
    ids = line.reshape(-1)[at].astype(np.int64)
    lengths = np.bincount(ids, PERIMETER_WEIGHTS[code.reshape(-1)[at]], count + 1)
    return np.asarray(lengths[1:], dtype=np.float64)
