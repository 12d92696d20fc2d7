"""The classes of an image as a table in a file, and those of many images as one."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from pixture.imaging.channels import channel_names
from pixture.segmentation.segmentation import Segmentation

CLASSES = ".classes.csv"
SUMMARY = "summary.csv"

COLUMNS = ("image", "label", "name", "colour", "pixels", "share", "uncertain_share")
"""Of every image; the area or the volume follows where the size of a pixel is known, in millilitres too where
it is in mm, then a mean and a spread of each channel."""


def classes_csv(segmentation: Segmentation, stem: str) -> bytes:
    r"""Return the classes of an image as a CSV file, a line a label.

    The columns are `COLUMNS`, then the mean and the standard deviation of the label's pixels in each channel,
    in the image's own units; they are empty for a label without pixels. Shares are 0 to 1. Where the size of
    a pixel is known, the area or the volume of the label comes before the means.

    >>> import numpy as np, pixture
    >>> result = pixture.segment(np.array([[10, 12, 200, 204]], np.uint8), 2)
    >>> print(classes_csv(result, "cat").decode().replace("\r", ""), end="")
    image,label,name,colour,pixels,share,uncertain_share,mean,standard_deviation
    cat,0,,#0072b2,2,0.5,0.0,11.0,1.0
    cat,1,,#e69f00,2,0.5,0.0,202.0,2.0
    """
    names = [f" {name}" for name in channel_names(segmentation.image)]
    if len(names) == 1:
        names = [""]  # there is but one
    measured = [
        f"{what}{name}".replace(" ", "_") for name in names for what in ("mean", "standard_deviation")
    ]
    rows: list[dict[str, object]] = []
    in_units = list(segmentation.classes[0].size_in_units)
    for found in segmentation.classes:
        values = [value for both in zip(found.mean, found.standard_deviation, strict=True) for value in both]
        rows.append(
            {
                "image": stem,
                "label": found.label,
                "name": found.name,
                "colour": found.colour,
                "pixels": found.pixels,
                "share": found.share,
                "uncertain_share": found.uncertain_share,
                **found.size_in_units,
                **dict(zip(measured, values if found.pixels else [""] * len(values), strict=True)),
            }
        )
    return _csv([*COLUMNS, *in_units, *measured], rows)


def summary_csv(folder: Path, folders: Sequence[Path] = ()) -> bytes:
    """Return the classes of every image that was segmented into a folder, as one CSV file, sorted by image.

    They are read from the folder's own files, so it does not matter in which run an image was segmented. A
    channel that an image does not have is empty. Of several `folders`, the images are called by where they
    are below the first.
    """
    columns, rows = list(COLUMNS), list[dict[str, object]]()
    for place in folders or (folder,):
        for path in sorted(place.glob(f"*{CLASSES}")):
            if not path.with_name(path.name.removesuffix(CLASSES) + ".json").is_file():
                continue  # its set is not complete
            with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
                table = csv.DictReader(file)
                names = list(table.fieldnames or [])
                if tuple(names[: len(COLUMNS)]) != COLUMNS:
                    continue  # someone else's table
                within = name_within(folder, place)
                rows += ({**row, "image": f"{within}{row['image']}"} for row in table)
            columns += [name for name in names if name not in columns]
    return _csv(columns, rows)


def name_within(folder: Path, place: Path) -> str:
    """Return what stands before the names of images in a folder below another.

    >>> name_within(Path("out"), Path("out/day 1/left")), name_within(Path("out"), Path("out"))
    ('day 1/left/', '')
    """
    below = place.relative_to(folder).as_posix()
    return "" if below == "." else f"{below}/"


def is_summary(path: Path) -> bool:
    """Whether a file is a summary that `summary_csv` wrote."""
    with path.open("rb") as file:
        return file.readline().decode("utf-8", "replace").startswith(",".join(COLUMNS))


def _csv(columns: list[str], rows: list[dict[str, object]]) -> bytes:
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, columns)
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode("utf-8", "surrogateescape")
