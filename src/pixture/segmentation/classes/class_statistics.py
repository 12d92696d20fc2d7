"""What the pixels of each label are like: how many, how sure, their mean and spread in each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pixture.arrays import Floats
from pixture.imaging.display.label_colours import hexadecimal, label_colours
from pixture.imaging.physical_space.pixel_areas import label_areas

if TYPE_CHECKING:
    from pixture.segmentation.labelled_image import LabelledImage


@dataclass(frozen=True)
class ClassStatistics:
    """The pixels of one label.

    Attributes
    ----------
    label
        Its number, 0 the darkest.
    name
        What it is called; empty where classes have no names.
    colour
        As "#rrggbb", where the label is shown.
    pixels
        How many pixels have it.
    share
        Of the pixels that take part.
    uncertain_share
        Share of its pixels that might well have another: its component has less than 0.9 of the
        responsibility.
    mean, standard_deviation
        Of its pixels, a number a channel, in the image's own units; NaN of a label without pixels.
    area, volume
        Of all its pixels together, in units of the image's spacing: an area of an image, a volume of a volume
        (mm³ where the spacing is in mm), and in m² where the image lies on the Earth. None of the other, and
        of both where the size of a pixel is not known, its spacing being 1.
        Of a series in time, the mean over its times.
    volume_ml
        The volume in millilitres, where the spacing is in mm.
    """

    label: int
    name: str
    colour: str
    pixels: int
    share: float
    uncertain_share: float
    mean: tuple[float, ...]
    standard_deviation: tuple[float, ...]
    area: float | None = None
    volume: float | None = None
    volume_ml: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the class ready for JSON; None where a label without pixels has no mean."""
        there = self.pixels > 0
        return {
            "label": self.label,
            "name": self.name or None,
            "colour": self.colour,
            "pixels": self.pixels,
            "share": self.share,
            "uncertain_share": self.uncertain_share,
            "mean": list(self.mean) if there else None,
            "standard_deviation": list(self.standard_deviation) if there else None,
            **self.size_in_units,
        }

    @property
    def size_in_units(self) -> dict[str, float]:
        """The area or the volume by its name, where it is known; in millilitres too, where they are."""
        sizes = {"area": self.area, "volume": self.volume, "volume_ml": self.volume_ml}
        return {name: size for name, size in sizes.items() if size is not None}


@dataclass(frozen=True, eq=False)
class ClassMeasures:
    """What statistics of classes are made of, an entry a label in each.

    Attributes
    ----------
    pixels, shares, uncertain
        (K,) how many pixels there are, their share, the share of them that is uncertain.
    means, standard_deviations
        (K, channels).
    areas
        (K,) areas or volumes; None where the size of a pixel is not known.
    """

    pixels: Floats
    shares: Floats
    uncertain: Floats
    means: Floats
    standard_deviations: Floats
    areas: Floats | None


def class_statistics(segmentation: LabelledImage) -> tuple[ClassStatistics, ...]:
    """Return the classes of a segmentation, in the order of their labels; see `Segmentation.classes`."""
    moments, image = segmentation.posterior.moments(), segmentation.image
    counts = np.round(moments.pixels).astype(np.int64)
    measures = ClassMeasures(
        moments.pixels,
        segmentation.shares,
        segmentation.uncertain_shares(),
        moments.means,
        moments.standard_deviations,
        label_areas(image, segmentation.labels, counts.size, counts),
    )
    times = image.shape[0] if image.has_times else 1
    return statistics_of(measures, segmentation.names, image.is_volume, image.unit, times)


def statistics_of(
    measures: ClassMeasures, names: tuple[str, ...], is_volume: bool, unit: str | None, times: int = 1
) -> tuple[ClassStatistics, ...]:
    """Return the classes that measures are of: of several times, areas are the mean over them."""
    K = measures.pixels.size
    areas = measures.areas
    sizes: list[float | None] = [None] * K if areas is None else [float(area) / times for area in areas]
    return tuple(
        ClassStatistics(
            label=k,
            name=names[k] if names else "",
            colour=hexadecimal(colour),
            pixels=round(float(measures.pixels[k])),
            share=float(measures.shares[k]),
            uncertain_share=float(measures.uncertain[k]),
            mean=tuple(measures.means[k].tolist()),
            standard_deviation=tuple(measures.standard_deviations[k].tolist()),
            area=None if is_volume else sizes[k],
            volume=sizes[k] if is_volume else None,
            volume_ml=millilitres(sizes[k], unit) if is_volume else None,
        )
        for k, colour in enumerate(label_colours(K))
    )


def millilitres(volume: float | None, unit: str | None) -> float | None:
    """Return a volume in cubes of a unit in millilitres, where that is mm; else None.

    >>> millilitres(2500.0, "mm")
    2.5
    """
    return None if volume is None or unit != "mm" else volume / CUBIC_MILLIMETRES


CUBIC_MILLIMETRES = 1000.0
"""In a millilitre."""
