"""The studio as a cell of a notebook shows it, opened from Python."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from pixture.errors import DisplayError
from pixture.segmentation.segmentation import Segmentation
from pixture.segmentation.sources.image_source import Source, as_image
from pixture.studio.session.document import Document
from pixture.studio.session_file.from_segmentation import document_of, document_of_image
from pixture.studio.session_file.session_file import is_session_file

if TYPE_CHECKING:
    from pixture.studio.widget import StudioWidget


def open_studio(image: Source | Segmentation | None = None) -> StudioWidget:
    """Return the studio as a widget, which a notebook shows: in Jupyter, VS Code, Colab and marimo.

    It is the page of `pixture studio`. What is found and marked in it is there in Python:
    `widget.segmentation`, `widget.scribbles`. `widget.save` keeps it all in a file, which opens again here.

    Parameters
    ----------
    image
        What it begins with: an image as `segment` takes it, which is segmented at once; a segmentation; or a
        session's file, which opens as it was, however the file is called. None, and an image is opened in
        the page.

    Raises
    ------
    DisplayError
        anywidget, which carries the page into notebooks, is not installed: `pip install 'pixture[studio]'`.
    ReadError, ImageError
        As in `segment`; or the session's file is damaged, or its image no longer there.

    Examples
    --------
    >>> import numpy as np, pixture
    >>> widget = pixture.open_studio(np.eye(40, dtype=np.uint8))
    >>> widget.wait()  # it is segmented at once, while the page may be looked at
    True
    >>> widget.segmentation.labels.shape
    (40, 40)
    >>> widget.close()
    """
    if image is None:
        return studio_widget(Document())
    if isinstance(image, Segmentation):
        return studio_widget(document_of(image))
    if isinstance(image, str | PathLike) and is_session_file(Path(image)):
        return studio_widget(Document(), Path(image))
    return studio_widget(document_of_image(as_image(image)))


def studio_widget(document: Document, file: Path | None = None) -> StudioWidget:
    """Return the studio about a document, or about what is in a session's file, as a widget.

    Raises
    ------
    DisplayError
        anywidget is not installed.
    ReadError, ImageError
        The session's file is damaged, or its image no longer there.
    """
    try:
        from pixture.studio.widget import StudioWidget  # needs the extra
    except ModuleNotFoundError as absent:
        if absent.name is None or absent.name.startswith("pixture"):
            raise
        raise DisplayError(
            f"The studio in a notebook needs {absent.name}, which is not installed. Install it: "
            "pip install 'pixture[studio]'."
        ) from absent
    return StudioWidget(document, file)
