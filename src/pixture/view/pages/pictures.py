"""The pictures of a segmentation, small enough for a page: image, labels, boundaries, uncertainty."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import PIL.Image

from pixture.arrays import Integers
from pixture.imaging.display.display import as_picture, outlined
from pixture.imaging.display.shades import entropy_shades
from pixture.imaging.image_from_array import image_from_array
from pixture.segmentation.segmentation import Segmentation
from pixture.view.panels.glimpse import flat
from pixture.view.panels.palette import entropy_colours

FINENESS = ((1600, 85), (1600, 75), (1280, 72), (1024, 65), (800, 55))
"""Pixels on the long side and WebP's quality, the first for which the pictures are small enough."""

EXACT = 65_536
"""Pixels up to which a picture is stored without loss: there may be no more to it than a few."""


@dataclass(frozen=True)
class Pictures:
    """The pictures of a segmentation, all of one size.

    Attributes
    ----------
    image, labels, uncertainty
        (rows, columns, 3) uint8.
    of_label
        (rows, columns), the label of each pixel, masked ones with the largest of the type.
    """

    image: Integers
    labels: Integers
    uncertainty: Integers
    of_label: Integers

    @cached_property
    def boundaries(self) -> Integers:
        """The image under its labels' boundaries, a line of one pixel."""
        return outlined(image_from_array(self.image, axes="yxc"), self.of_label)

    def smaller(self, side: int) -> Pictures:
        """Return them with no more than `side` pixels on the long side; boundaries stay as wide."""
        if max(self.of_label.shape) <= side:
            return self
        rows, columns = self.of_label.shape
        scale = side / max(rows, columns)
        size = max(1, round(columns * scale)), max(1, round(rows * scale))
        image, labels, uncertainty = (
            _resized(pixels, size) for pixels in (self.image, self.labels, self.uncertainty)
        )
        return Pictures(image, labels, uncertainty, _picked(self.of_label, size))

    def as_data(self, most: int) -> dict[str, Any]:
        """Return them as data URIs by name, with their width and height, together at most `most` bytes.

        They are made smaller and coarser until they are, down to the last of `FINENESS`.
        """
        names = ("image", "labels", "boundaries", "uncertainty")
        for side, quality in FINENESS:
            pictures = self.smaller(side)
            data = {name: _webp_uri(getattr(pictures, name), quality) for name in names}
            if sum(map(len, data.values())) <= most:
                break
        rows, columns = pictures.of_label.shape
        return {**data, "width": columns, "height": rows}


def pictures(segmentation: Segmentation) -> Pictures:
    """Return the pictures of a segmentation, no finer than a page shows them; of a volume, of its montage.

    >>> import pixture
    >>> found = pictures(pixture.segment(np.repeat([[3, 3, 9, 9]], 4, axis=0).astype(np.uint8), 2))
    >>> found.uncertainty.shape, found.boundaries[0, 1].tolist()
    ((4, 4, 3), [255, 225, 25])
    """
    seen = flat(segmentation)
    image = as_picture(seen.image)
    whole = Pictures(image, seen.overlay(), _uncertainty(seen), seen.labels)
    return whole.smaller(FINENESS[0][0])


def _uncertainty(segmentation: Segmentation) -> Integers:
    """Return the entropy from dark, 0, to light, log K; masked pixels grey."""
    shades = entropy_shades(segmentation.entropy(), segmentation.mixture.components)
    coloured: Integers = entropy_colours()[shades]
    return coloured


def _resized(pixels: Integers, size: tuple[int, int]) -> Integers:
    picture = PIL.Image.fromarray(pixels)
    # one several times too large is first averaged by whole pixels: as good to the eye, and sooner done
    return np.asarray(picture.resize(size, PIL.Image.Resampling.BICUBIC, reducing_gap=2.0))


def _picked(labels: Integers, size: tuple[int, int]) -> Integers:
    """Return the labels of the pixels in the middle of where the fewer ones are."""
    rows, columns = (
        ((np.arange(count) + 0.5) * (length / count)).astype(np.intp)
        for count, length in zip(size[::-1], labels.shape, strict=True)
    )
    return np.ascontiguousarray(labels[np.ix_(rows, columns)])


def _webp_uri(pixels: Integers, quality: int) -> str:
    buffer = io.BytesIO()
    exact = pixels.shape[0] * pixels.shape[1] <= EXACT
    PIL.Image.fromarray(pixels).save(buffer, "WEBP", quality=quality, method=4, lossless=exact)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
