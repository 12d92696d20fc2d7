"""The colours of labels, which colour-blind readers can tell, too."""

from __future__ import annotations

import colorsys

import numpy as np

from pixture.arrays import Integers

# The first seven are Okabe and Ito's (2008), but a paler yellow, in the order in which those who see no red
# or no green tell the first ones best. Each of the others, of little chroma, is the one furthest (in OKLab,
# for normal sight, protanopia and deuteranopia as Machado 2009 models them) from all before it, above all
# from the two before
# fmt: off
_COLOURS = (
    "#0072b2", "#e69f00", "#56b4e9", "#d55e00", "#009e73", "#eadf6b", "#cc79a7", "#6a3a06",
    "#e4b196", "#314282", "#4b7364", "#56d3da", "#234f57", "#965719", "#5e7791", "#ea93ae",
    "#2b5e45", "#7f84ce", "#4e5c86", "#9dad6c", "#3e8651", "#78c7fd", "#e3b667", "#7f99c4",
)
# fmt: on


def label_colours(count: int) -> Integers:
    """Return the colours of labels 0 … count - 1, (count, 3) uint8.

    A label's colour is its own, however many labels there are. Readers of every colour vision tell labels
    that follow one another; from the eighth on the colours are muted.

    >>> label_colours(2)
    array([[  0, 114, 178],
           [230, 159,   0]], dtype=uint8)
    >>> bool((label_colours(9)[:2] == label_colours(2)).all())
    True
    """
    return np.array([_colour(label) for label in range(count)], dtype=np.uint8).reshape(count, 3)


def _colour(label: int) -> list[int]:
    if label < len(_COLOURS):
        return list(bytes.fromhex(_COLOURS[label][1:]))
    # hues a golden angle apart, lightness in three steps: neighbours in number differ in both
    hue, lightness = (0.58 + 0.6180339887498949 * label) % 1, (0.35, 0.55, 0.75)[label % 3]
    return [round(255 * part) for part in colorsys.hls_to_rgb(hue, lightness, 0.35)]


def hexadecimal(colour: Integers) -> str:
    """Return a colour, (3,) uint8, as pages and tables write it.

    >>> hexadecimal(np.array([0, 114, 178], np.uint8))
    '#0072b2'
    """
    return f"#{bytes(colour).hex()}"
