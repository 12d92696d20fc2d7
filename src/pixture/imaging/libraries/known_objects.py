"""What objects of other libraries are: whoever holds one has loaded its library, so none is imported here."""

from __future__ import annotations

from typing import Any, cast

from pixture.errors import FirstFrameWarning, warn
from pixture.imaging.image import Image
from pixture.imaging.libraries.named_arrays import is_of


def image_of_object(source: object) -> Image | None:
    """Return the image that an object of another library is; None of arrays, and of what is not known.

    Pillow's pictures, rasterio's open datasets and nibabel's images say themselves which axes they have.

    Raises
    ------
    ImageError, ReadError
        It holds no image that can be taken whole.

    Warns
    -----
    FirstFrameWarning
        A Pillow picture has several frames: the one that it stands at is taken.

    Examples
    --------
    >>> import PIL.Image
    >>> image_of_object(PIL.Image.new("RGB", (40, 30)))
    <Image: 40 x 30 x 3 uint8>
    """
    held = cast(Any, source)
    if is_of("PIL.Image", "Image", source):
        from pixture.imaging.readers.pictures.picture import image_from_pillow

        _warn_of_frames(held)
        return image_from_pillow(held)
    if is_of("rasterio.windows", "WindowMethodsMixin", source):
        from pixture.imaging.libraries.rasterio_datasets import image_from_rasterio

        return image_from_rasterio(held)
    if is_of("nibabel.spatialimages", "SpatialImage", source):
        from pixture.imaging.libraries.nibabel_images import image_from_nibabel

        return image_from_nibabel(held)
    return None


def _warn_of_frames(picture: Any) -> None:
    frames = getattr(picture, "n_frames", 1)
    if frames > 1:
        warn(
            f"The picture has {frames} frames; the one that it stands at, {picture.tell() + 1}, is taken. To "
            "take all as times, stack them: np.stack([np.asarray(frame.convert('RGB')) for frame in "
            "PIL.ImageSequence.Iterator(picture)]), with axes='tyxc'.",
            FirstFrameWarning,
        )
