"""Files -> images: which reader takes which file, and what is said when none can.

The format is told by the file's first bytes, not by its name. Readers are modules with a
`decode(path) -> Image`, loaded when first needed.
"""

from __future__ import annotations

import hashlib
import importlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, cast

from pixture.errors import PixtureError, PixtureWarning, ReadError
from pixture.imaging.image import Image, Origin


class Reader(Protocol):
    """What a reader module offers."""

    def decode(self, path: Path) -> Image:
        """Return the image in the file; any exception means that it cannot be decoded."""


@dataclass(frozen=True)
class Format:
    """A family of file formats: how its files begin, and the module that reads them."""

    magic: tuple[bytes, ...]
    module: str


FORMATS = (
    Format((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "pixture.imaging.readers.tiff.reader"),
    Format((b"",), "pixture.imaging.readers.picture"),  # everything else Pillow knows
)


def read(path: str | os.PathLike[str]) -> Image:
    """Return the image in a file, none of its values narrowed.

    Grey and colour, 8- and 16-bit, floats; palettes and CMYK become RGB, one-bit pixels 0 and 255,
    transparent pixels and those without data are masked, the orientation in the file is applied. Values
    are as stored; only Netpbm's are scaled to fill 8 or 16 bits, as Pillow reads them.

    Parameters
    ----------
    path
        A file Pillow or tifffile can read; its suffix does not matter.

    Raises
    ------
    ReadError
        The file is missing, empty, damaged, not an image, larger than is safe, or would lose depth.

    Warns
    -----
    FirstFrameWarning
        The file holds several frames or pages; only the first is read.
    MaskedValuesWarning
        Some pixels are NaN or infinite; they are masked.
    UnclearMaskWarning, UnclearNodataWarning
        A TIFF's mask page, or its no-data value, does not fit the image, and was not used.

    Examples
    --------
    >>> read("no such file.png")
    Traceback (most recent call last):
        ...
    pixture.errors.ReadError: no such file.png: there is no such file. Check the name and the folder.
    """
    place = Path(path)
    try:
        if place.is_dir():
            raise ReadError(f"{place}: this is a folder. Give image files, for example {place}/*.png.")
        if place.exists() and not place.is_file():
            raise ReadError(
                f"{place}: this is a pipe or a device, not a file. Save the image to a file first."
            )
        with place.open("rb") as file:
            head = file.read(16)
    except ReadError:
        raise
    except FileNotFoundError:
        raise ReadError(f"{place}: there is no such file. Check the name and the folder.") from None
    except (OSError, ValueError) as error:
        raise ReadError(f"{place}: cannot be opened ({_reason(error)}).") from error
    if not head:
        raise ReadError(f"{place}: the file is empty. Copy or export it again.")
    form = next(form for form in FORMATS if head.startswith(form.magic))
    reader = cast(Reader, importlib.import_module(form.module))
    try:
        image = reader.decode(place)
        with place.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (PixtureError, PixtureWarning):  # a warning, where warnings are errors
        raise
    except MemoryError as error:
        raise ReadError(f"{place}: there is not enough memory to decode it.") from error
    except Exception as error:
        raise ReadError(
            f"{place}: the file is damaged or incomplete and cannot be decoded ({_reason(error)}). "
            "Copy or export it again."
        ) from error
    return replace(image, origin=Origin(place, digest))


def _reason(error: BaseException) -> str:
    """The first line of what an error says, without a path or a full stop at its end."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (said.strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:200]
