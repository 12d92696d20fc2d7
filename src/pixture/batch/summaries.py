"""Tables on all images that were segmented into a folder: of their classes, of their objects."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pixture.errors import WriteError
from pixture.files.input_files import Inputs
from pixture.files.output_files import refuse_places
from pixture.view.output.class_csv import SUMMARY, is_summary, summary_csv
from pixture.view.output.object_summary import OBJECTS_OF_ALL, is_object_summary, object_summary_csv


@dataclass(frozen=True)
class Summary:
    """One such table.

    Attributes
    ----------
    what
        What it is of.
    name
        Of the file.
    of
        Returns what it holds, for a folder.
    is_one
        Whether a file is such a table, and may be replaced.
    """

    what: str
    name: str
    of: Callable[[Path], bytes]
    is_one: Callable[[Path], bool]

    def refuse(self, folder: Path, *, overwrite: bool, inputs: Inputs) -> None:
        """Refuse, before the work, to replace another file, unless what is there may be replaced.

        Raises
        ------
        WriteError
            There is one.
        """
        place = folder / self.name
        refuse_places([place], overwrite=True, inputs=inputs)
        if not overwrite and os.path.lexists(place) and not self.is_one(place):
            raise WriteError(
                f"{place} is there, and it is not a summary that pixture wrote. Give overwrite=True to "
                "replace it, or choose another folder."
            )


CLASS_SUMMARY = Summary("classes", SUMMARY, summary_csv, is_summary)
OBJECT_SUMMARY = Summary("objects", OBJECTS_OF_ALL, object_summary_csv, is_object_summary)
