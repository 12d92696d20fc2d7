"""What objects are: a number for each pixel, the class of each object, and what follows from them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array, Integers
from pixture.errors import ImageError
from pixture.imaging.image import Image
from pixture.segmentation.objects.object_table import object_columns
from pixture.wording import plural

MOST_16_BITS = 65_535
"""Objects up to which their numbers fit in 16 bits."""


@dataclass(frozen=True, eq=False, repr=False)
class Objects:
    """The objects of a foreground, numbered in reading order; `pixture.find_objects` finds them.

    Where a library asks for an array, as scikit-image's `regionprops` does, they are their labels.

    Attributes
    ----------
    labels
        (rows, columns) or (planes, rows, columns), uint16, or uint32 where there are more than 65,535: the
        object of each pixel, 1 … `count` in the order of their first pixels, and 0 for the background. Not to
        be changed.
    image
        What is measured in them, with its mask; None measures shapes alone.
    classes
        (count,) the class of each object; None where the foreground had none.
    class_names
        Names of classes, by number.
    spacing
        Size of a pixel along each axis; 1 where unknown.
    dropped
        How many pieces were too small to be objects.
    choices
        What was asked for, by name, ready for JSON.
    has_times
        Whether the first axis of the labels is that of times; no object spans two of them.

    Examples
    --------
    >>> found = Objects(np.array([[1, 1, 0, 2]], np.uint16))
    >>> found, found.count, [row["pixels"] for row in found.table()]
    (<Objects: 2, 4 x 1>, 2, [2, 1])
    >>> found.pixels, found.share
    (3, 0.75)
    """

    labels: Integers
    image: Image | None = None
    classes: Integers | None = None
    class_names: Mapping[int, str] = field(default_factory=dict)
    spacing: tuple[float, ...] = ()
    dropped: int = 0
    choices: Mapping[str, Any] = field(default_factory=dict)
    has_times: bool = False

    def __post_init__(self) -> None:
        if self.labels.ndim - self.has_times not in (2, 3) or self.labels.dtype not in (np.uint16, np.uint32):
            raise ImageError(
                "The labels of objects are uint16 or uint32, (rows, columns) or (planes, rows, columns); got "
                f"{self.labels.dtype}, shape {self.labels.shape}. pixture.find_objects makes them."
            )
        if not self.spacing:
            object.__setattr__(self, "spacing", (1.0,) * (self.labels.ndim - self.has_times))
        for name in ("labels", "classes"):
            if (given := getattr(self, name)) is not None:
                held = given.view()
                held.flags.writeable = False
                object.__setattr__(self, name, held)

    def __repr__(self) -> str:
        extent = " x ".join(f"{length:,}" for length in self.labels.shape[::-1])
        dropped = f", {plural(self.dropped, 'smaller one')} dropped" if self.dropped else ""
        kinds = 0 if self.classes is None else len(np.unique(self.classes))
        of = f" of {kinds:,} class{'' if kinds == 1 else 'es'}" if kinds else ""
        return f"<Objects: {self.count:,}{of}, {extent}{dropped}>"

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        if dtype is None or np.dtype(dtype) == self.labels.dtype:
            return self.labels.copy() if copy else self.labels
        if copy is False:
            raise ValueError(f"The labels are {self.labels.dtype}; as {np.dtype(dtype)} they must be copied.")
        return self.labels.astype(dtype)

    def __getitem__(self, key: Any) -> Any:
        return self.labels[key]

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the labels."""
        return self.labels.shape

    @property
    def ndim(self) -> int:
        """Axes of the labels: 2 or 3, one more where there are times."""
        return self.labels.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of the labels."""
        return self.labels.dtype

    @cached_property
    def count(self) -> int:
        """How many objects there are."""
        return int(self.labels.max())

    @cached_property
    def pixels(self) -> int:
        """How many pixels all objects have together."""
        return int(np.count_nonzero(self.labels))

    @property
    def share(self) -> float:
        """What part of the pixels that take part is in objects, from 0 to 1."""
        mask = None if self.image is None else self.image.mask
        return self.pixels / (self.labels.size if mask is None else int(np.count_nonzero(mask)))

    @cached_property
    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """The measures of all objects by name, an array of (count,) each, as `table` names them."""
        return object_columns(self)

    def table(self) -> list[dict[str, Any]]:
        """Return a row an object, by number, ready for JSON and for `pandas.DataFrame`.

        Each has its `object` (number), its `class` and `class_name` where there are any, its `pixels`, and
        the `time` it is of where there are several, from 1; the box it lies in, `top`, `left`, `bottom`,
        `right`, the last two past its last pixel (in a volume `front` and `back` too); its centroid, `row`
        and `column` (`plane`); its `equivalent_diameter`, that of the disc or the ball of its area; in a
        plane its `perimeter` and `eccentricity`, as scikit-image defines them; and of each channel `mean_…`
        and `standard_deviation_…`, in the image's own units.

        Where the size of a pixel is known, `area` (`volume`) and the centroid's `y` and `x` (`z`) are in its
        unit, and so are diameter and perimeter, which is left out where pixels are not square. Of an image of
        the Earth the areas are in m²; where they differ from row to row, they are true ones, added up, and
        the diameter is that of the disc of such an area.

        Where the image's place says it, the centroid's coordinates outside of the image follow: `map_x` and
        `map_y` of a raster of the Earth, in its coordinate reference system; `patient_x`, `patient_y` and
        `patient_z` of a scan, to the right, to the front and up (RAS).
        """
        columns = {name: column.tolist() for name, column in self.columns.items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def save(
        self, folder: str | os.PathLike[str] = ".", *, stem: str | None = None, overwrite: bool = False
    ) -> list[Path]:
        """Write labels, table, outlines and record; return their paths.

        They are `STEM.objects.png`, or `STEM.objects.tif` of 32 bits where there are more than 65,535 objects
        and of volumes; `STEM.objects.csv`; of an image in a plane `STEM.objects.jpg`, its objects outlined;
        and `STEM.objects.json`.

        Parameters
        ----------
        folder
            Made if it is not there. The name of a file, such as "out.png", is refused.
        stem
            First part of the files' names; None takes that of the image's file, or "image".
        overwrite
            Whether files that are there already may be replaced.

        Raises
        ------
        WriteError
            A file is named in place of a folder; the files are there, or cannot be written, or one is a file
            that the objects were made from. What was there is untouched.
        """
        from pixture.view.output.object_files import save_objects  # the roof, when it is asked for

        return save_objects(self, Path(folder), stem=stem, overwrite=overwrite)


def smallest_unsigned(count: int) -> type[np.uint16 | np.uint32]:
    """Return the dtype that holds so many objects' numbers.

    >>> smallest_unsigned(65_535), smallest_unsigned(65_536)
    (<class 'numpy.uint16'>, <class 'numpy.uint32'>)
    """
    return np.uint16 if count <= MOST_16_BITS else np.uint32
