"""DICOM, by pydicom: a file is a plane, a film or a volume; a folder is the volume of one series.

Planes are in the order in which they lie along their normal, whatever their files are called.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pixture.arrays import Array, Mask
from pixture.errors import ReadError
from pixture.files.input_files import Inputs
from pixture.imaging.image import Image, Origin
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.physical_space.patient_space import (
    DicomPlace,
    patient_coordinates,
    place_in_words,
    upwards,
)
from pixture.imaging.physical_space.place import Place
from pixture.imaging.readers.medical.dicom.geometry import Plane, Stack, planes_of, stacked
from pixture.imaging.readers.medical.dicom.pixels import (
    by_table,
    padding,
    refuse_unread,
    rescaling,
    stored_pixels,
)
from pixture.imaging.readers.medical.dicom.quiet import silenced
from pixture.imaging.readers.medical.dicom.series import Series, frame_count, header_of, series_in, the_series
from pixture.imaging.readers.medical.scaling import scaled
from pixture.imaging.readers.subimage import Content, Subimage, chosen_scene, refuse_level
from pixture.wording import plural


def decode(path: Path, which: Subimage) -> Image:
    """Return the image of a file, or the volume of a series in a folder; `which` names the series."""
    with silenced():
        if not path.is_dir():
            chosen_scene(path, which, [""])
            refuse_level(path, which.level, 1)
            return _of_file(path, header_of(path))
        found = series_in(path)
        if which.scene is None:
            series = the_series(path, found)
        else:
            series = found[chosen_scene(path, which, [one.name for one in found])]
        refuse_level(path, which.level, 1)
        image = _of_series(path, series)
    files = [file for file, _ in series.files]
    digests = b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)
    origin = Origin(path, hashlib.sha256(digests).hexdigest())
    return replace(image, origin=origin).read_with(Inputs.of(files))


def contents(path: Path) -> tuple[Content, ...]:
    """Return the series in a folder; of a file, the image in it."""
    with silenced():
        if path.is_dir():
            return tuple(_content(one) for one in series_in(path))
        return (_content(Series(((path, header_of(path)),), "")),)


def _content(series: Series) -> Content:
    header = series.first
    count = len(series.files) if len(series.files) > 1 else frame_count(header)
    axes, shape = "yx", tuple[int, ...]((int(header.Rows), int(header.Columns)))
    if count > 1:
        flat = len(series.files) == 1 and planes_of(*series.files[0]) is None
        axes, shape = f"{'t' if flat else 'z'}yx", (count, *shape)
    if int(header.get("SamplesPerPixel", 1)) == 3:
        axes, shape = f"{axes}c", (*shape, 3)
    kind = "int" if int(header.get("PixelRepresentation", 0)) else "uint"
    return Content(series.name, axes, shape, f"{kind}{header.get('BitsAllocated', 8)}")


def _of_file(path: Path, header: Any) -> Image:
    """Return the image of one file: a plane, or frames that are planes, or times."""
    refuse_unread(path, header, frame_count(header))
    planes = planes_of(path, header)
    if planes is not None and len(planes) != frame_count(header):
        raise ReadError(
            f"{path}: the file has {plural(frame_count(header), 'frame')}, and says of {len(planes)} where "
            "they lie. Export it again."
        )
    stored, whole = stored_pixels(path)
    values, hidden = _measured([(stored, whole)])
    if planes is None:
        return _unplaced(values, hidden, header)
    return _placed(values, hidden, stacked(path, planes), planes, (header,), in_one=True)


def _of_series(folder: Path, series: Series) -> Image:
    """Return the volume of a series in a folder."""
    if len(series.files) == 1:
        return _of_file(*series.files[0])
    first, planes = series.first, list[Plane]()
    for path, header in series.files:
        for name in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "PhotometricInterpretation"):
            if header.get(name) != first.get(name):
                raise ReadError(
                    f"{folder}: {path.name} has {header.get(name)} as its {name}, {series.files[0][0].name} "
                    f"{first.get(name)}. Leave the images of one kind and size in the folder."
                )
        found = planes_of(path, header)
        if not found:
            raise ReadError(
                f"{folder}: {path.name} does not say where in the patient it lies (Image Position Patient), "
                "so that the planes have no order. Give its files one by one."
            )
        planes += found
        refuse_unread(path, header, len(series.files))
    stack = stacked(folder, planes)
    values, hidden = _measured([stored_pixels(path) for path, _ in series.files])
    headers = tuple(series.files[place][1] for place in stack.order)
    return _placed(values, hidden, stack, planes, headers, in_one=False)


def _measured(files: list[tuple[Array, Any]]) -> tuple[Array, Mask | None]:
    """Return the values of all frames of files, one after the other, and where they are padding."""
    stored = np.concatenate([pixels for pixels, _ in files]) if len(files) > 1 else files[0][0]
    masks = [padding(pixels, header) for pixels, header in files]
    hidden: Mask | None = None
    if any(mask is not None for mask in masks):
        hidden = np.concatenate(
            [
                np.zeros(pixels.shape, bool) if mask is None else mask
                for mask, (pixels, _) in zip(masks, files, strict=True)
            ]
        )
    if stored.ndim > 3:  # colours stand for themselves
        return stored, None
    if any(header.get("ModalityLUTSequence") for _, header in files):
        tables = [by_table(pixels, header) for pixels, header in files]
        given = [pixels for pixels, _ in files]
        return np.concatenate([a if a is not None else b for a, b in zip(tables, given, strict=True)]), hidden
    pairs = [pair for _, header in files for pair in rescaling(header)]
    if len(set(pairs)) == 1:
        return scaled(stored, *pairs[0]), hidden
    # each plane by its own, as of positrons: what is not whole in one of them is not in the volume
    made = [scaled(plane, *pair) for plane, pair in zip(stored, pairs, strict=True)]
    return np.stack(made), hidden


def _unplaced(values: Array, hidden: Mask | None, header: Any) -> Image:
    """Return an image that does not say where in the patient it lies: frames are times."""
    times = len(values) > 1
    axes = f"{'t' if times else ''}yx{'c' if values.ndim > 3 else ''}"
    sizes = header.get("PixelSpacing")
    known = bool(sizes) and len(sizes) == 2 and min(float(size) for size in sizes) > 0
    spatial = tuple(float(size) for size in sizes) if known else (1.0, 1.0)
    apart = header.get("FrameTime")
    seconds = float(apart) / 1000 if apart else 1.0
    return image_from_array(
        values if times else values[0],
        axes=axes,
        spacing=(seconds if seconds > 0 else 1.0, *spatial) if times else spatial,
        unit="mm" if known else None,
        mask=None if hidden is None else ~(hidden if times else hidden[0]),
    )


def _placed(
    values: Array,
    hidden: Mask | None,
    stack: Stack,
    planes: list[Plane],
    headers: tuple[Any, ...],
    *,
    in_one: bool,
) -> Image:
    """Return the volume, or the plane, of frames that say where they lie."""
    order = list(stack.order)
    colours = "c" if values.ndim > 3 else ""
    volume = len(order) > 1
    spacing = planes[0].spacing
    sizes = spacing if stack.distance is None else (stack.distance, *spacing)
    frames = tuple(planes[place].frame for place in order) if in_one and volume else ()
    name = str(headers[0].get("SeriesDescription") or "").strip()
    what = " ".join(part for part in ("DICOM", str(headers[0].get("Modality") or ""), name) if part)
    pixels, mask = (values[order], None if hidden is None else ~hidden[order])
    return image_from_array(
        pixels if volume else pixels[0],
        axes=f"{'z' if volume else ''}yx{colours}",
        spacing=sizes,
        unit="mm",
        mask=mask if volume or mask is None else mask[0],
        place=Place(
            "DICOM",
            DicomPlace(stack.affine, headers, frames),
            place_in_words(what, stack.affine, sizes, "mm"),
            upwards=upwards(stack.affine),
            coordinates=patient_coordinates(stack.affine, "zyx" if volume else "yx"),
        ),
    )
