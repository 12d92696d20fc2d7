"""What is given as an image -> an array of real numbers; what holds none is refused, with a way out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array
from pixture.errors import ImageError, PixtureError
from pixture.imaging.libraries import torch_tensors
from pixture.imaging.libraries.named_arrays import is_of

_ADVICE = {
    "c": " Take the modulus, np.abs(array), or real and imaginary parts as two channels.",
    "O": " Convert it first, for example with array.astype(float), or, of several images, give one.",
    "S": " Of a file, give the path, to pixture.read or where an image is asked for.",
    "U": " Of a file, give the path, to pixture.read or where an image is asked for.",
    "f": " Convert it first: array.astype(float).",
    "M": " Subtract a date and divide by a unit: (array - array.min()) / np.timedelta64(1, 's').",
    "m": " Divide by a unit: array / np.timedelta64(1, 's').",
}


def array_of(source: npt.ArrayLike) -> Array:
    """Return the array of booleans, integers or floats that something holds, not copied where it need not be.

    Raises
    ------
    ImageError
        It holds no real numbers, or some of more than 64 bits.
    """
    _refuse_what_holds_none(source)
    try:
        array = torch_tensors.values(source) if is_of("torch", "Tensor", source) else np.asarray(source)
    except PixtureError:
        raise
    except (ValueError, TypeError, RuntimeError) as error:
        reason = "its rows differ in length" if "inhomogeneous" in str(error) else str(error).rstrip(".")
        raise ImageError(
            f"A {type(source).__name__} does not make an array of pixels: {reason}. An image is (height, "
            "width) or (height, width, channels)."
        ) from None
    if array.dtype.kind == "V":
        fields = (
            "" if array.dtype.names is None else f" Give one field, such as array[{array.dtype.names[0]!r}]."
        )
        raise ImageError(f"Pixels must be numbers; got records of dtype {array.dtype}.{fields}")
    if array.dtype.kind not in "buif" or array.dtype.itemsize > 8:
        raise ImageError(
            f"Pixels must be booleans, integers, or floats of at most 64 bits; got dtype {array.dtype}."
            f"{_ADVICE.get(array.dtype.kind, '')}"
        )
    return array


def kept(array: Array) -> Array:
    """Return the values in native byte order; booleans as 0 and 1 in 8 bits, float16 as float32.

    >>> kept(np.array([True, False]))
    array([1, 0], dtype=uint8)
    """
    if array.dtype.kind == "b":
        return array.astype(np.uint8)
    with np.errstate(invalid="ignore"):  # a signalling NaN
        return array.astype(
            "f4" if array.dtype.itemsize == 2 and array.dtype.kind == "f" else array.dtype.newbyteorder("="),
            copy=False,
        )


def quiet(pixels: Array) -> Array:
    """Return floats of which no NaN signals: NumPy would remark upon each computation with one that does."""
    kind = np.dtype(f"u{pixels.itemsize}")
    says_quiet = np.array(1 << (22 if pixels.itemsize == 4 else 51), kind)
    nan = np.isnan(pixels)
    if (pixels.view(kind)[nan] & says_quiet).all():
        return pixels
    return np.where(nan, pixels.dtype.type(np.nan), pixels)


def _refuse_what_holds_none(source: object) -> None:
    if isinstance(source, bytes | bytearray) or (isinstance(source, memoryview) and source.ndim < 2):
        raise ImageError(
            f"These are {len(source):,} bytes, not pixels. If they are those of an image file, give its "
            "path, or PIL.Image.open(io.BytesIO(data))."
        )
    if is_of("rasterio.windows", "WindowMethodsMixin", source) or is_of(
        "nibabel.spatialimages", "SpatialImage", source
    ):
        raise ImageError(
            f"A {type(source).__name__} is taken whole where an image is asked for, as in pixture.segment; "
            "here give the array in it."
        )
    if hasattr(source, "read") and not hasattr(source, "__array__"):
        raise ImageError(
            f"An open file ({type(source).__name__}) is not pixels. Give its path, or the array that reading "
            "it gives; of a picture, PIL.Image.open(file)."
        )
    if source is None:
        raise ImageError("There is no image: None was given. What should have read or made it did not.")
    if hasattr(source, "data_vars"):
        held = ", ".join(map(repr, list(source.data_vars)[:8]))
        raise ImageError(
            f"A {type(source).__name__} is not an image. Give one of the arrays that it holds ({held}), or, "
            "where each of them is a band, dataset.to_dataarray('band')."
        )
    if isinstance(source, Mapping | set | frozenset) or is_of("zarr", "Group", source):
        raise ImageError(f"A {type(source).__name__} is not an image. Give one of the arrays that it holds.")
