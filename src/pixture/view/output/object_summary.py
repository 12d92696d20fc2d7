"""The objects of many images as one table: how many each has, and what share of it they cover."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from pixture.view.output.class_csv import name_within
from pixture.view.output.object_files import RECORD

OBJECTS_OF_ALL = "summary.objects.csv"

COLUMNS = ("image", "objects", "dropped", "pixels", "share")


def object_summary_csv(folder: Path, folders: Sequence[Path] = ()) -> bytes:
    """Return a line an image whose objects were found into a folder, as a CSV file, sorted by image.

    `objects` is how many there are, `dropped` how many pieces were too small to be one, `pixels` how many
    pixels all objects have, `share` what that is of the pixels that take part. They are read from the
    folder's own files, so it does not matter in which run they were found. Of several `folders`, the images
    are called by where they are below the first.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for place in folders or (folder,):
        for path in sorted(place.glob(f"*{RECORD}")):
            stem = path.name.removesuffix(RECORD)
            if not path.with_name(f"{stem}.json").is_file():
                continue  # its set is not complete
            try:
                record = json.loads(path.read_bytes())
                image = f"{name_within(folder, place)}{stem}"
                table.writerow([image, *(record[name] for name in COLUMNS[1:])])
            except (ValueError, LookupError, TypeError):
                continue  # someone else's file, or an older one
    return text.getvalue().encode("utf-8", "surrogateescape")


def is_object_summary(path: Path) -> bool:
    """Whether a file is a table that `object_summary_csv` wrote."""
    with path.open("rb") as file:
        return file.readline().decode("utf-8", "replace").rstrip() == ",".join(COLUMNS)
