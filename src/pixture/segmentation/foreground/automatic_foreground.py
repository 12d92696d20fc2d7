"""An image -> its foreground, with nothing said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture import stopping
from pixture.arrays import Array, Mask
from pixture.imaging.grey_as_colour import as_grey
from pixture.imaging.image import Image
from pixture.segmentation.foreground.constants import Constants
from pixture.segmentation.foreground.contrast_plane import contrast_plane
from pixture.segmentation.foreground.local_levels import local_levels
from pixture.segmentation.foreground.nested_classes import within_nested
from pixture.segmentation.foreground.otsu import otsu
from pixture.segmentation.foreground.outlines import gradient, strong_pieces
from pixture.segmentation.foreground.scales import scales_of
from pixture.segmentation.foreground.starting_threshold import starting_threshold
from pixture.segmentation.foreground.uneven_light import evened

MOST_NESTED = 3
"""Times that an inner class is sought within an inner class."""

DEFAULT = Constants()


@dataclass(frozen=True, eq=False)
class Foreground:
    """Which pixels are foreground.

    Attributes
    ----------
    mask
        Of the image's shape, true in the foreground; false where the image is masked.
    probability
        Of the image's shape, float32, of the foreground; above .5 in it alone, 0 where the image is masked.
    rule
        How it was found, in words.
    """

    mask: Mask
    probability: Array
    rule: str

    def __post_init__(self) -> None:
        self.mask.flags.writeable = False
        self.probability.flags.writeable = False

    def __repr__(self) -> str:
        return f"<Foreground: {self.mask.mean():.1%} of the pixels, {self.rule}>"


def automatic_foreground(
    image: Image, *, threads: int | None = None, constants: Constants = DEFAULT
) -> Foreground:
    """Return the foreground of an image: the class that fills less of it.

    1. The image becomes one plane: its grey, or of several channels the direction in which two classes
       of a common covariance lie furthest apart (`contrast_plane`).
    2. Uneven light is taken off where the classes lie further apart without it (`uneven_light`).
    3. The two classes start from Otsu's threshold; the one of fewer pixels is the foreground.
    4. Where it surrounds an inner class, that one is sought within it (`nested_classes`).
    5. The levels of both classes may vary from place to place (`local_levels`).
    6. Pieces of weak outline are none (`outlines`).

    Which is brighter plays no part: an inverted image has the same foreground. Nothing is drawn at random.

    A volume is treated as a whole. What the constants count in pixels is as long along its planes, by its
    spacing, as within them (`scales`). Of several times each is treated by itself.

    Parameters
    ----------
    image
        Masked pixels are no foreground.
    threads
        As in `Choices`; no answer depends on it.
    constants
        Those of every step.

    Examples
    --------
    >>> from pixture import image_from_array
    >>> pixels = np.full((20, 30), 90, np.uint8)
    >>> pixels[5:10, 5:10] = 30
    >>> pixels[12:18, 20:25] = 60  # fainter
    >>> automatic_foreground(image_from_array(pixels)).mask.sum()
    np.int64(55)
    """
    if image.has_times:
        each = [
            automatic_foreground(image.at("t", time), threads=threads, constants=constants)
            for time in range(image.shape[0])
        ]
        masks, likely = np.stack([one.mask for one in each]), np.stack([one.probability for one in each])
        return Foreground(masks, likely, f"at each time: {each[0].rule}")
    image, scales = as_grey(image), scales_of(image)
    mask = np.ones(image.shape, bool) if image.mask is None else image.mask
    plane = contrast_plane(image, threads=threads)
    stopping.check()
    rule = ["two classes of grey" if image.channels == 1 else "two classes of colour"]
    level = evened(plane, mask, constants.light_gain)
    if level is not None:
        plane = np.where(mask, level, np.float32(0))
        rule.append("uneven light taken off")
    split = otsu(plane[mask])
    if split is None:
        nothing = np.zeros(image.shape, bool)
        return Foreground(nothing, nothing.astype(np.float32), "no foreground: all pixels are equal")
    if split.above > 0.5:
        plane = np.where(mask, -plane, np.float32(0))
    plane, domain = np.ascontiguousarray(plane), mask
    for _ in range(MOST_NESTED):
        inside = within_nested(plane, domain, constants, scales, threads=threads)
        if inside is None:
            break
        domain = inside
    of = gradient(plane, scales, threads=threads)
    if domain is not mask:
        plane = np.where(domain, plane, np.float32(0))
        rule.append("the inner of nested ones")
    threshold = starting_threshold(plane[domain], of_light=image.channels == 1 and domain is mask)
    stopping.check()
    reach = constants.grey if image.channels == 1 else constants.colour
    found = local_levels(plane, domain, threshold, reach, constants, scales, threads=threads)
    strong = strong_pieces(found.mask, of, constants.weakest_outline)
    # what went is background for sure of its outline, not of its values
    probability = np.where(found.mask & ~strong, 1 - found.probability, found.probability)
    rule.append("levels that vary from place to place")
    return Foreground(strong, probability, ", ".join(rule))
