"""A folder of images, one a plane, as one volume."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from pixture.errors import ReadError
from pixture.files.input_files import Inputs
from pixture.imaging.image import Image, Origin
from pixture.wording import plural, shown_shape


def folder_as_volume(folder: Path, read: Callable[[Path], Image]) -> Image:
    """Return the images of a folder as the planes of a volume, in the order of their names.

    Numbers in names count as numbers: "z10" follows "z9". Hidden files and folders are passed over. The size
    of a pixel is that of the first plane, planes are 1 apart.

    Parameters
    ----------
    folder
        The folder.
    read
        Reads a plane.

    Raises
    ------
    ReadError
        It holds no files, one of them is no image, or one is no plane of the first one's size and kind.
    """
    paths = sorted(
        (path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")),
        key=in_natural_order,
    )
    if not paths:
        raise ReadError(f"{folder}: the folder holds no files. Give one that holds the planes of a volume.")
    first = read(paths[0])
    planes, masks, origins = [], [], []
    for path in paths:
        plane = first if path is paths[0] else read(path)
        same = (plane.pixels.shape, plane.pixels.dtype) == (first.pixels.shape, first.pixels.dtype)
        if plane.is_stack or not same:
            raise ReadError(
                f"{path}: it is no plane of the volume that {paths[0].name} begins: it is {plane.in_words}, "
                f"and the first {shown_shape(first.pixels)}. Leave only the "
                f"{plural(len(paths), 'plane')} of one volume in the folder."
            )
        planes.append(plane.pixels)
        origins.append(plane.origin)
        masks.append(np.ones(first.shape, bool) if plane.mask is None else plane.mask)
    mask = np.stack(masks)
    digests = "".join("" if plane is None else plane.sha256 or "" for plane in origins)
    return replace(
        first,
        pixels=np.stack(planes),
        axes=f"z{first.axes}",
        spacing=(1.0, *first.spatial_spacing),
        mask=None if mask.all() else mask,
        origin=Origin(folder, hashlib.sha256(digests.encode()).hexdigest()),
        place=None,
    ).read_with(Inputs.of(paths))


def in_natural_order(path: Path) -> list[tuple[int, str]]:
    """Return what files sort by so that numbers in their names count as numbers.

    >>> sorted([Path("z10.png"), Path("z9.png")], key=in_natural_order)[0].name
    'z9.png'
    """
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() else (0, part.casefold()) for part in parts]
