"""What a person may give as an image -> an image."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy.typing as npt

from pixture.imaging.grey_as_colour import as_grey
from pixture.imaging.image import Image, image_from_array
from pixture.imaging.readers.read import read

if TYPE_CHECKING:
    import PIL.Image

Source: TypeAlias = "str | os.PathLike[str] | Image | npt.ArrayLike | PIL.Image.Image"
"""A file, an image, an array of pixels, or a Pillow picture."""


def as_image(source: Source) -> Image:
    """Return a path read, an array or a Pillow picture wrapped; an image as it is.

    Of what is read or wrapped, grey stored as colour becomes grey.

    Raises
    ------
    ReadError, ImageError
        There is no image to be had of it.
    """
    if isinstance(source, Image):
        return source
    if isinstance(source, str | os.PathLike):
        return as_grey(read(source))
    pillow = sys.modules.get("PIL.Image")  # whoever holds a Pillow picture has loaded it
    if pillow is not None and isinstance(source, pillow.Image):
        from pixture.imaging.readers.picture import image_from_pillow

        return as_grey(image_from_pillow(source))
    return as_grey(image_from_array(cast(npt.ArrayLike, source)))
