"""What a person may give as an image -> an image; what is none is refused with what would work."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from pixture.errors import ImageError
from pixture.imaging.axes import OF_FOUR_AXES
from pixture.imaging.grey_as_colour import as_grey
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.libraries.known_objects import image_of_object
from pixture.imaging.libraries.named_arrays import dimensions_of
from pixture.imaging.readers.read import read_part
from pixture.options.reading import NO_CHOICE, Reading
from pixture.wording import plural, shown, with_article

if TYPE_CHECKING:
    import PIL.Image

Source: TypeAlias = "str | os.PathLike[str] | Image | npt.ArrayLike | PIL.Image.Image"
"""A file, an image, an array of pixels, or a Pillow picture."""

SEVERAL = (
    "pixture.fit_images(images) fits one mixture to all of them, and pixture.apply(model, image) labels each "
    "by it; or segment one after the other: [pixture.segment(image) for image in images]."
)


def as_image(source: Source, reading: Reading = NO_CHOICE) -> Image:
    """Return a path read, an array or a Pillow picture wrapped; an image as it is.

    Of what is read or wrapped, grey stored as colour becomes grey. `reading` says which part of a file.

    Raises
    ------
    ReadError, ImageError
        There is no image to be had of it.
    """
    if isinstance(source, Image):
        return source
    if isinstance(source, str | os.PathLike):
        return as_grey(read_part(source, reading))
    known = image_of_object(source)
    if known is not None:
        return as_grey(known)
    refuse_several(source)
    refuse_results(source)
    return as_grey(image_from_array(cast(npt.ArrayLike, source)))


def refuse_several(source: object) -> None:
    """Refuse what holds several images where one is wanted.

    Raises
    ------
    ImageError
        It is a list of images, a generator, or an array with an axis for images.
    """
    if isinstance(source, Iterator) and not hasattr(source, "read"):
        raise ImageError(f"A {type(source).__name__} is not an image, but may give several. {SEVERAL}")
    if isinstance(source, Sequence) and source and holds_an_image(source[0]):
        raise ImageError(f"This is a {type(source).__name__} of {plural(len(source), 'image')}. {SEVERAL}")
    shape = getattr(source, "shape", ())
    if isinstance(shape, tuple) and len(shape) == 4 and dimensions_of(source) is None:
        raise ImageError(f"An array of shape {shape} looks like {shape[0]} images. {SEVERAL} {OF_FOUR_AXES}")


def holds_an_image(source: object) -> bool:
    """Whether something in a list is an image by itself, and not a row of pixels."""
    if isinstance(source, str | os.PathLike | Image) or hasattr(source, "getbands"):
        return True
    return len(np.shape(cast(npt.ArrayLike, source))) >= 2 if hasattr(source, "shape") else False


def refuse_results(source: object) -> None:
    """Refuse results of pixture, and what is no data at all, where an image is wanted.

    Raises
    ------
    ImageError
        It is such a thing; the message says which of its attributes would be an image.
    """
    kind = type(source).__name__
    if isinstance(getattr(source, "image", None), Image):
        raise ImageError(
            f"This is a result ({kind}), not an image: give its .image, or its .labels, which are an array."
        )
    if type(source).__module__.startswith("pixture."):
        advice = {
            "ImageModel": " A model comes first: pixture.apply(model, image).",
            "Mixture": " To start from a mixture, give init=mixture; to label an image by it as it is, "
            "pixture.apply(mixture, image).",
            "WeightedSample": " Rows of data are fitted by pixture.fit(sample).",
            "Histogram": " It is fitted by pixture.fit(histogram.sample).",
        }.get(kind, "")
        raise ImageError(f"This is {with_article(kind)}, not an image.{advice}")
    if isinstance(source, bool | int | float) or callable(source):
        raise ImageError(
            f"{shown(source)} is not an image. Give a path, an array, a Pillow picture, or a pixture.Image."
        )
