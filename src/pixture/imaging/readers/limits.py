"""How large an image may claim to be."""

from __future__ import annotations

from math import prod
from pathlib import Path

import PIL.Image

from pixture.errors import ReadError
from pixture.wording import plural

RAISE_THE_LIMIT = "If you trust it, raise the limit with PIL.Image.MAX_IMAGE_PIXELS."

_AXES = {"t": "time", "z": "plane"}
_PICKED = {"t": ("time", "time"), "z": ("plane", "slice")}


def refuse_bomb(path: Path, width: int, height: int, bytes_per_pixel: float = 1) -> None:
    """Refuse an image larger than Pillow takes for safe, before anything is decoded.

    The limit is Pillow's own: twice `PIL.Image.MAX_IMAGE_PIXELS`, which the command line's --max-pixels
    sets. A pixel of more than 64 bytes counts as several.

    >>> refuse_bomb(Path("small.png"), 640, 480)
    """
    if PIL.Image.MAX_IMAGE_PIXELS is None:
        return
    limit = 2 * PIL.Image.MAX_IMAGE_PIXELS
    if width * height * max(1, bytes_per_pixel / 64) > limit:
        raise ReadError(
            f"{path}: the file claims {width:,} x {height:,} pixels, which is larger than is taken for safe "
            f"({limit:,}): it is damaged, or made to exhaust memory. {RAISE_THE_LIMIT}"
        )


def refuse_large_stack(
    path: Path, axes: str, shape: tuple[int, ...], bytes_per_pixel: float = 1, levels: int = 1
) -> None:
    """Refuse planes and times that are together more pixels than are taken for safe, as in `refuse_bomb`.

    Parameters
    ----------
    path
        The file, for messages.
    axes, shape
        Letters of its axes without channels, such as "tzyx", and their lengths.
    bytes_per_pixel
        Of all of its channels.
    levels
        Of its pyramid.

    >>> refuse_large_stack(Path("small.tif"), "zyx", (12, 480, 640))
    """
    if PIL.Image.MAX_IMAGE_PIXELS is None:
        return
    limit, pixels = 2 * PIL.Image.MAX_IMAGE_PIXELS, prod(shape)
    if pixels * max(1, bytes_per_pixel / 64) <= limit:
        return
    lengths = dict(zip(axes, shape, strict=True))
    counts = [plural(lengths[letter], name) for letter, name in _AXES.items() if lengths.get(letter, 1) > 1]
    ways = [
        f"one {name} ({word}=1)" for letter, (name, word) in _PICKED.items() if lengths.get(letter, 1) > 1
    ]
    if levels > 1:
        ways.append(f"a smaller level (level={levels - 1} is the smallest)")
    advice = f"Read {' or '.join(ways)}. " if ways else ""
    raise ReadError(
        f"{path}: the file claims {' of '.join([*counts, ''])}{lengths['x']:,} x {lengths['y']:,} pixels, "
        f"together {pixels:,}, which is larger than is taken for safe ({limit:,}): it is damaged, or made to "
        f"exhaust memory, or simply large. {advice}{RAISE_THE_LIMIT}"
    )


def refuse_excess(path: Path, held: int, pixels: int, bytes_per_pixel: float) -> None:
    """Refuse a file that holds far more bytes than its pixels can need, before they are read.

    Any encoding of them fits in twice their size and a megabyte.

    >>> refuse_excess(Path("small.png"), 2_000_000, 640 * 480, 3)
    """
    needed = 2 * int(pixels * bytes_per_pixel) + 2**20
    if held > needed:
        raise ReadError(
            f"{path}: the file holds {held:,} bytes for an image of {pixels:,} pixels, which need {needed:,} "
            "at most: it is damaged, or made to exhaust memory. Export the image again."
        )
