"""The frames of an animation as times: GIF, WebP and APNG, composed by Pillow."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import PIL.Image
from PIL.ImageFile import ImageFile

from pixture.arrays import Array
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb, refuse_large_stack
from pixture.imaging.readers.subimage import Subimage, chosen_index


def animation(path: Path, reads: type[ImageFile], said: int, which: Subimage) -> Image:
    """Return the frames of an animation, as they are seen, along an axis of times; or one of them.

    Parameters
    ----------
    path
        The file, whose own structure the reader has looked at.
    reads
        Pillow's class for it.
    said
        How many frames the reader counted, a picture that is shown in their place included.
    which
        Which time; None is all. How far they are apart is in seconds, where all stay as long.

    Raises
    ------
    ReadError
        There is no such time, or together they are larger than is safe.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
        with reads(path) as film:
            width, height = film.size
            refuse_bomb(path, width, height, 4)
            found = int(getattr(film, "n_frames", 1))
            if not 1 <= found <= said:
                raise DamagedError(f"it has {said} frames, of which {found} can be told")
            first = int(bool(film.info.get("default_image")))  # of APNG: shown where there is no animation
            count = found - first
            chosen_index(path, which.slice or 1, 1, "plane")
            wanted = range(count)
            if which.time is not None:
                at = chosen_index(path, which.time, count, "time")
                wanted = range(at, at + 1)
            refuse_large_stack(path, "tyx", (len(wanted), height, width), 4)
            pixels: Array = np.empty((len(wanted), height, width, 4), np.uint8)
            stays = set[float]()
            for number in range(first, first + wanted.stop):
                film.seek(number)
                frame = film.convert("RGBA")
                if number - first in wanted:
                    pixels[number - first - wanted.start] = np.asarray(frame)
                    stays.add(float(film.info.get("duration", 0)))
    opaque = bool((pixels[..., 3] == 255).all())
    held = pixels[..., :3] if opaque else pixels
    if which.time is not None:
        return image_from_array(held[0], axes="yxc", alpha=not opaque)
    apart = stays.pop() / 1000 if len(stays) == 1 else 0
    return image_from_array(held, axes="tyxc", spacing=(apart or 1, 1, 1), alpha=not opaque)
