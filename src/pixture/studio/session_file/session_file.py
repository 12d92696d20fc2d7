"""A session in one file: what is chosen and drawn, the fit, and the image or where it is.

It is a ZIP with `session.json`, `numbers.safetensors` (every mixture, with all its digits) and, if it is to
go with the session, the image's own file. Reading it runs no code of the file's; nothing in it is trusted.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as arrays_of
from safetensors.numpy import save as bytes_of

import pixture
from pixture.arrays import Array
from pixture.errors import ReadError, WriteError
from pixture.imaging.image import Image
from pixture.segmentation.segmentation import Segmentation
from pixture.studio.marks.strokes import says_of
from pixture.studio.session.document import Document, Found
from pixture.studio.session_file.packed_fit import packed, packed_fit, packed_selection

FORMAT = 1
"""Version of the layout; those up to it are read."""

SUFFIX = ".pixture-session"
SAYS, NUMBERS, IMAGE = "session.json", "numbers.safetensors", "image/"
"""What is in the archive."""

MOST_SAID, MOST_NUMBERS = 2**26, 2**31
"""Bytes of the JSON, and of the numbers, beyond which a file is no session's."""

PIECE = 2**20

# RuntimeError: a password is wanted; NotImplementedError: another compression
DAMAGED = (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)
"""What reading a damaged archive may raise."""

FIT, RUN = "fit", "run"
"""How a segmentation is found again: from its fit, which is in the file; or by the same run."""


@dataclass(frozen=True)
class Kept:
    """What a session's file says, as it was read: nothing of it has been checked but its form.

    Attributes
    ----------
    says
        The JSON.
    arrays
        The numbers.
    """

    says: dict[str, Any]
    arrays: Mapping[str, Array]


def is_session_file(path: Path) -> bool:
    """Whether a file is a session's, by what is in it.

    >>> is_session_file(Path(__file__))
    False
    """
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with path.open("rb") as file:
            if file.read(4) != b"PK\x03\x04":
                return False
        with zipfile.ZipFile(path) as archive:
            return SAYS in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return False


def write_session(
    file: IO[bytes],
    document: Document,
    *,
    colours: list[str] | None,
    with_image: bool,
    path: Path | None = None,
) -> None:
    """Write a session into a file that is open.

    Parameters
    ----------
    document
        What the session is about; it has an image.
    colours
        Those of the labels.
    with_image
        Whether the image's own file goes into it; else its path does.
    path
        Where the image is, if that is elsewhere than where it was read from.

    Raises
    ------
    WriteError
        The image's file has changed, or is none.
    """
    arrays: dict[str, Array] = {}
    image = _image_says(document, arrays, with_image=with_image, path=path)
    says = {
        "format": FORMAT,
        "pixture": pixture.__version__,
        "image": image,
        "choices": document.chosen.as_dict(),
        "drawn": says_of(document.drawn),
        "locked": sorted(document.locked),
        "started": document.start is not None,
        "colours": colours,
        "found": _found_says(document.found, arrays),
    }
    if document.start is not None:
        arrays |= packed([document.start], "start")
    arrays["format"] = np.array([FORMAT])  # there is at least one
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(SAYS, json.dumps(says, indent=1, allow_nan=False))
        archive.writestr(NUMBERS, bytes_of({name: np.ascontiguousarray(one) for name, one in arrays.items()}))
        if image["where"] == "inside":
            place = Path(image["path"])
            archive.write(place, f"{IMAGE}{place.name}", zipfile.ZIP_STORED)


def _image_says(
    document: Document, arrays: dict[str, Array], *, with_image: bool, path: Path | None
) -> dict[str, Any]:
    """Return what is said of the image; what was an array is kept as one."""
    assert document.opened is not None
    image, name = document.opened.image, document.opened.name
    if image.origin is None:
        arrays["pixels"] = image.pixels
        if image.mask is not None:
            arrays["mask"] = image.mask
        return {
            "where": "array",
            "name": name,
            "axes": image.axes,
            "spacing": list(image.spacing),
            "unit": image.unit,
            "channel_names": list(image.channel_names),
        }
    if document.opened.large is not None:  # of many gigabytes no digest is taken
        return {"where": "large", "name": name, "path": str(image.origin.place)}
    digest = image.origin.sha256
    if with_image and not image.origin.place.is_file():
        raise WriteError(
            f"{name} is no single file, or is no longer there, so it cannot go into the session's file; save "
            "the session without the image."
        )
    if with_image and digest is None:
        raise WriteError(f"{name} has changed since it was opened; open it again, or save without the image.")
    return {
        "where": "inside" if with_image else "path",
        "name": name,
        "path": str(path or image.origin.place),
        "sha256": digest,
    }


def _found_says(found: Found | None, arrays: dict[str, Array]) -> dict[str, Any] | None:
    """Return what is said of a segmentation; None where there is none, or one that is larger than memory."""
    if found is None or not isinstance(found.segmentation, Segmentation):
        return None
    segmentation = found.segmentation
    smoothing, selection = segmentation.smoothing, segmentation.selection
    light = smoothing is None or (smoothing.method == "light" and smoothing.bias is None)
    from_fit = light and segmentation.guidance is None and not segmentation.per_time
    said: dict[str, Any] = {
        "by": FIT if from_fit else RUN,
        "labels": digest_of(segmentation.labels),
        "seconds": found.seconds,
        "warnings": list(found.warnings),
        "groups": [list(group) for group in segmentation.groups],
        "names": list(segmentation.names),
    }
    if not from_fit:
        return said
    arrays |= packed_fit(segmentation.fit)
    said |= {
        "stop": segmentation.fit.stop.name,
        "choices": segmentation.choices.as_dict(),
        "features": segmentation.features,
        "smooth": "off" if smoothing is None else "light",
        "neighbours": None if smoothing is None else smoothing.neighbours,
        "selection": None,
    }
    if selection is not None and selection.directions is None:
        said["selection"], candidates = packed_selection(selection)
        arrays |= candidates
    return said


def digest_of(labels: Array) -> str:
    """Return what tells labels from others: SHA-256 of their numbers."""
    return hashlib.sha256(np.ascontiguousarray(labels).tobytes()).hexdigest()


def image_named_in(path: Path) -> str:
    """Return what the image of a session's file is called; nothing else of it is read.

    Raises
    ------
    ReadError
        The file is none, or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            said = json.loads(_member(archive, SAYS, MOST_SAID))
        return str(said["image"]["name"])
    except (*DAMAGED, KeyError, TypeError, ValueError) as error:
        raise ReadError(f"{path.name} is no session of pixture's ({error}).") from error


def read_session(path: Path) -> Kept:
    """Return what a session's file says.

    Raises
    ------
    ReadError
        It is none, damaged, or one of a later version.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            says = json.loads(_member(archive, SAYS, MOST_SAID))
            arrays = arrays_of(_member(archive, NUMBERS, MOST_NUMBERS))
    except (*DAMAGED, KeyError, ValueError, SafetensorError) as error:
        raise ReadError(
            f"{path.name} is damaged, so that it cannot be opened as a session ({error})."
        ) from error
    if not isinstance(says, dict) or not isinstance(says.get("format"), int):
        raise ReadError(f"{path.name} is no session of pixture's.")
    if says["format"] > FORMAT:
        raise ReadError(
            f"{path.name} was saved by pixture {says.get('pixture')}, a newer one; update pixture to open it."
        )
    return Kept(says, arrays)


def unpack_image(path: Path, name: str, target: Path, most: int) -> None:
    """Write the image in a session's file to another file.

    Raises
    ------
    ReadError
        There is none, or it is larger than it may be.
    """
    try:
        with zipfile.ZipFile(path) as archive, target.open("wb") as to:
            inside = next(one for one in archive.namelist() if one.startswith(IMAGE))
            written = 0
            with archive.open(inside) as source:
                while piece := source.read(PIECE):
                    written += len(piece)
                    if written > most:
                        raise ReadError(
                            f"The image in the session's file has over {most / 1e6:,.0f} MB, the most that "
                            "the studio takes."
                        )
                    to.write(piece)
    except (*DAMAGED, StopIteration) as error:
        raise ReadError(f"The image {name} is missing in the session's file, or damaged there.") from error


def image_of(kept: Kept) -> Image:
    """Return the image of a session that had an array for one.

    Raises
    ------
    ReadError
        There is none.
    """
    said = kept.says["image"]
    try:
        mask = kept.arrays.get("mask")
        return Image(
            kept.arrays["pixels"],
            said["axes"],
            tuple(float(one) for one in said["spacing"]),
            None if mask is None else mask.astype(bool),
            unit=said["unit"],
            channel_names=tuple(str(one) for one in said["channel_names"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(f"The image in the session's file is damaged ({error}).") from error


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{name} is too long")
    return content
