"""The components of a segmentation as a page's table says them: colours, shares, means, spreads."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.imaging.channels import channel_names
from pixture.imaging.display.label_colours import hexadecimal, label_colours
from pixture.imaging.feature_space.lab_colour import lab
from pixture.imaging.image import Image
from pixture.imaging.physical_space.pixel_areas import area_unit
from pixture.segmentation.painting import values_of_labels
from pixture.segmentation.segmentation import Segmentation
from pixture.view.pages.pictures import Pictures
from pixture.view.panels.palette import GONE
from pixture.wording import signed

UNCERTAIN = 0.9
"""A pixel is uncertain whose label's component has less of the responsibility."""

MOST_BESIDE = 4
"""Channels up to which means and spreads stand in a component's row; more have a table of their own."""


@dataclass(frozen=True)
class ComponentTable:
    """What the tables of the components say, every number written out.

    Attributes
    ----------
    unit
        What means and spreads are in, in a sentence.
    names
        Of the channels.
    rows
        A component each: label, name, colour, mean_colour, share, size, uncertain, lab, and what is measured
        of each channel, the mean ± σ.
    has_lab
        Whether the pixels are colours that CIE Lab can say.
    beside
        Whether means and spreads stand in the rows; else they are a table of their own, a row a channel.
    sized
        What the sizes of components are in, such as "km²"; empty where they are not known.
    """

    unit: str
    names: list[str]
    rows: list[dict[str, object]]
    has_lab: bool
    beside: bool
    sized: str = ""


def component_table(segmentation: Segmentation, pictures: Pictures) -> ComponentTable:
    """Return the table of a segmentation's components.

    >>> import pixture
    >>> from pixture.view.pages.pictures import pictures
    >>> result = pixture.segment(np.array([[0, 0, 0, 9]], np.uint8), 2)
    >>> [row["share"] for row in component_table(result, pictures(result)).rows]
    ['75.0 %', '25.0 %']
    """
    image, mixture = segmentation.image, segmentation.mixture
    scale = full_scale(image)
    per_level = 1.0 if scale is None else 255 / scale
    means, spreads = (values * per_level for values in values_of_labels(segmentation))
    in_lab = None if scale is None else lab(means / 255)
    colours = shown_means(pictures, mixture.components) if scale is None else _eight_bits(means)
    shares, uncertain = segmentation.shares, segmentation.uncertain_shares(UNCERTAIN)
    size = area_unit(image)
    sizes = [found.volume or found.area or 0.0 for found in segmentation.classes] if size else []
    rows: list[dict[str, object]] = [
        {
            "label": k,
            "name": segmentation.names[k] if segmentation.names else str(k),
            "colour": hexadecimal(colour),
            "mean_colour": hexadecimal(colours[k]),
            "share": percent(shares[k]),
            "size": "" if size is None else four_digits(sizes[k] / size.size),
            "uncertain": percent(uncertain[k]) if shares[k] > 0 else "no pixel",
            "measured": [
                measured(*both, scale is not None) if np.isfinite(both[0]) else "no pixel"
                for both in zip(means[k], spreads[k], strict=True)
            ],
            "lab": []
            if in_lab is None
            else [_decimals(value, 1) if np.isfinite(value) else "–" for value in in_lab[k]],
        }
        for k, colour in enumerate(label_colours(mixture.components))
    ]
    beside = image.channels <= MOST_BESIDE
    unit = _unit(
        image, scale, "the component's" if segmentation.features is None else "of the label's pixels"
    )
    sized = "" if size is None else size.name
    return ComponentTable(unit, channel_names(image), rows, scale is not None, beside, sized)


def full_scale(image: Image) -> float | None:
    """Return the value of full red, green or blue, where the pixels are such colours; else None.

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> full_scale(image_from_array(np.zeros((8, 8, 3), np.uint16)))
    65535.0
    """
    if not image.is_colour or image.pixels.dtype not in (np.uint8, np.uint16):
        return None
    return float(np.iinfo(image.pixels.dtype).max)


def shown_means(pictures: Pictures, components: int) -> Integers:
    """Return the mean colour of each label's pixels as shown, (K, 3) uint8; grey where it has none."""
    labels = pictures.of_label.ravel()
    seen = labels < components  # masked ones lie past the last
    counts = np.bincount(labels[seen], minlength=components)
    planes = pictures.image.reshape(-1, 3)[seen].T
    sums = np.array([np.bincount(labels[seen], plane, components) for plane in planes])
    means = np.full((components, 3), GONE, dtype=np.float64)
    there = counts > 0
    means[there] = (sums[:, there] / counts[there]).T
    return _eight_bits(means)


def _eight_bits(colours: Floats) -> Integers:
    return np.round(np.nan_to_num(colours, nan=GONE[0]).clip(0, 255)).astype(np.uint8)


def _unit(image: Image, scale: float | None, of_what: str) -> str:
    if scale == 255:
        return f"Means and spreads are {of_what}, in levels of 0 to 255."
    if scale is not None:
        return f"Means and spreads are {of_what}, in levels scaled to 0 to 255."
    return f"Means and spreads are {of_what}, in the image's own units ({image.depth})."


def percent(share: float) -> str:
    """Return a share in percent, with as many digits as tell it from nothing and from all.

    >>> percent(0.1234), percent(0.00002), percent(0.0), percent(1.0)
    ('12.3 %', '0.002 %', '0 %', '100 %')
    """
    if share in (0, 1):
        return f"{share:.0%}".replace("%", " %")
    return f"{100 * share:.1f} %" if share >= 0.001 else f"{100 * share:.1g} %"


def four_digits(size: float) -> str:
    """Return an area or a volume with four digits.

    >>> four_digits(12345.6), four_digits(0.0123456)
    ('12,350', '0.01235')
    """
    digits = 3 - math.floor(math.log10(abs(size))) if size else 0
    return f"{round(size, digits):,.{max(0, digits)}f}"


def measured(mean: float, spread: float, level: bool = False) -> str:
    """Return a mean ± its spread: three digits of the spread, or one decimal of a level of 0 to 255.

    >>> measured(-3.87321, 1.00618), measured(127.249, 8.4189, level=True)
    ('−3.87 ± 1.01', '127.2 ± 8.4')
    >>> measured(2.5e9, 3.2e7), measured(0.0, 2e-12)
    ('2.500e+09 ± 3.200e+07', '0.000e+00 ± 2.000e-12')
    """
    if level:
        return f"{_decimals(mean, 1)} ± {_decimals(spread, 1)}"
    digits = 2 - math.floor(math.log10(spread)) if spread > 0 else 9
    if digits > 6 or max(abs(mean), spread) >= 1e7:
        return f"{mean + 0.0:.3e} ± {spread:.3e}".replace("-", "−", 1 if mean < 0 else 0)
    return f"{_decimals(mean, max(0, digits))} ± {_decimals(spread, max(0, digits))}"


def _decimals(value: float, digits: int) -> str:
    return signed(f"{round(value, digits) + 0.0:.{digits}f}")
