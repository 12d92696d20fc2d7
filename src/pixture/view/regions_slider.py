"""How regions show themselves in a notebook and in a report: a picture, and a slider for the detail.

A boundary of the strength h is there in cuts of a detail above d = 1 / (1 + h). The page holds, for each
pixel, the first of the slider's steps at which it is on an outline; so a cut is a comparison, and needs
neither a kernel nor the tree.
"""

from __future__ import annotations

import base64
import hashlib
import io

import numpy as np
import PIL.Image
from markupsafe import Markup

from pixture.arrays import Array, Integers
from pixture.imaging.display.display import LINE, as_picture
from pixture.imaging.display.thumbnail import thumbnail
from pixture.imaging.encoding.png import png
from pixture.imaging.image import Image
from pixture.segmentation.regions.contour_map import outlines
from pixture.segmentation.regions.flat_regions import flat_regions
from pixture.segmentation.regions.regions import Regions
from pixture.view.pages.page import page
from pixture.wording import plural

MOST_PIXELS = 400_000
"""Pixels of the picture, somewhat more than there is room for."""

LONGEST = 16_000
"""Pixels of its longer side: WebP has no more than 16,383."""

STEPS = 250
"""The slider's last step: even, so that the automatic cut has one, and each is a detail of three digits, so
that what the slider says can be asked of `Regions.cut`."""

ALWAYS, NOT_BEFORE_THE_LAST = 1, STEPS + 1
QUALITY = 85
FEW = 65_536
"""Pixels up to which they are shown as squares, and stored without loss."""


def regions_html(regions: Regions) -> Markup:
    """Return the image under its outlines, with a slider for the detail; of a volume some planes of it.

    >>> import pixture
    >>> pixels = np.repeat([[0, 0, 90, 90, 255, 255]], 6, axis=0).astype(np.uint8)
    >>> regions_html(pixture.regions(pixels)).count("<img")
    3
    """
    seen = flat_regions(regions)
    small, apart = small_image(seen.image)
    plain = as_picture(small)
    outlined = plain.copy()
    outlined[_any(outlines(seen.labels, threads=regions.threads), apart)] = LINE
    codes = detail_codes(greatest_of_blocks(seen.boundaries(), apart))
    rows, columns = plain.shape[:2]
    said = plural(regions.count, "region")
    counts = region_counts(regions)
    start, exact = start_step(regions, counts)
    extent = " × ".join(f"{length:,}" for length in reversed(regions.image.shape))
    masked = 0 if regions.image.mask is None else int(np.count_nonzero(~regions.image.mask))
    return page(
        "regions.html",
        key=hashlib.sha256(codes.tobytes() + outlined.tobytes()).hexdigest()[:16],
        outlined=_uri(outlined),
        plain=_uri(plain),
        codes=f"data:image/png;base64,{base64.b64encode(png(codes)).decode()}",
        width=columns,
        height=rows,
        few=" few" if plain.shape[0] * plain.shape[1] <= FEW else "",
        steps=STEPS,
        line=LINE,
        counts=counts.tolist(),
        start=start,
        exact=exact,
        said=said,
        sentence=f"{extent} pixels{f', {masked:,} masked' if masked else ''}"
        f"{', some planes of which are shown' if regions.image.is_volume else ''}: {said} of "
        f"{plural(regions.tree.leaves, 'superpixel')}. More detail divides regions and moves no outline.",
    )


def detail_codes(strengths: Array) -> Integers:
    """Return, for each strength of a boundary, one more than the first step at which it is shown; 0 for none.

    >>> detail_codes(np.array([0.0, 1.0, 3.0, np.inf]))
    array([  0, 127,  64,   1], dtype=uint8)
    """
    steps = np.floor(STEPS / (1 + strengths.astype(np.float64))) + 2
    codes = np.where(np.isinf(strengths), ALWAYS, np.minimum(steps, NOT_BEFORE_THE_LAST))
    return np.asarray(np.where(strengths > 0, codes, 0), dtype=np.uint8)


def region_counts(regions: Regions) -> Integers:
    """Return how many regions there are at each of the slider's steps, (STEPS + 1,)."""
    tree = regions.tree
    heights = tree.heights[tree.leaves :]
    first = np.minimum(np.floor(STEPS / (1 + heights)) + 1, STEPS).astype(np.intp)
    undone = np.cumsum(np.bincount(first, minlength=STEPS + 1))
    return np.asarray(len(tree.roots) + undone)


def start_step(regions: Regions, counts: Integers) -> tuple[int, bool]:
    """Return the slider's step for the regions shown, and whether its cut has just these regions.

    Of the steps with as many regions it is the one next to the middle, so the automatic cut is at the middle.
    Regions that were merged or split by hand are no step's, and some cuts lie between two.

    Parameters
    ----------
    regions
        The regions.
    counts
        How many there are at each step, as `region_counts` says.
    """
    first, after = (
        np.searchsorted(counts, regions.count, "left"),
        np.searchsorted(counts, regions.count, "right"),
    )
    step = int(np.clip(STEPS // 2, first, after - 1)) if first < after else max(0, int(after) - 1)
    return step, np.array_equal(regions.cut(detail=step / STEPS).members, regions.members)


def small_image(image: Image) -> tuple[Image, int]:
    """Return the image with few enough pixels to look at, and how many rows and columns apart they were."""
    longest = max(image.shape)
    room = image.size if longest <= LONGEST else int(image.size * (LONGEST / longest) ** 2)
    small = thumbnail(image, max(1, min(MOST_PIXELS, room)))
    # the longer side tells: a short one can be covered by fewer rows than are between two that were picked
    return small, -(-longest // max(small.shape))


def greatest_of_blocks(values: Array, apart: int) -> Array:
    """Return the greatest of each block of apart x apart values."""
    if apart == 1:
        return values
    rows = np.maximum.reduceat(values, np.arange(0, values.shape[0], apart), axis=0)
    return np.asarray(np.maximum.reduceat(rows, np.arange(0, values.shape[1], apart), axis=1))


def _any(values: Array, apart: int) -> Array:
    return greatest_of_blocks(values.view(np.uint8), apart) > 0


def _uri(pixels: Integers) -> str:
    buffer = io.BytesIO()
    few = pixels.shape[0] * pixels.shape[1] <= FEW
    PIL.Image.fromarray(pixels).save(buffer, "WEBP", quality=QUALITY, method=4, lossless=few)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
