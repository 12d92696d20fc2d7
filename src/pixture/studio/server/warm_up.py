"""What is done before a browser asks: a file that is none is refused, what runs need is loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.identification.what_cannot_be_read import not_read
from pixture.imaging.readers.read import form_of
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.segmentation.segment import segment_image
from pixture.studio.session_file.session_file import is_session_file


def refuse_unreadable(path: Path) -> None:
    """Refuse a file that is neither an image nor a session, before a page is opened for it.

    Raises
    ------
    ReadError
        It is missing, or of a format that is not read.
    """
    if is_session_file(path):
        return
    form, head = form_of(path, str(path))
    if form is None:
        raise not_read(path, head)


def load_what_runs_need() -> None:
    """Segment a few made-up pixels of colour, so that the first image waits for no kernel to be loaded."""
    pixels = np.random.default_rng(0).integers(0, 255, (24, 24, 3), dtype=np.uint8)
    found = segment_image(image_from_array(pixels, axes="yxc"), Method(Choices(2)))
    _ = found.labels, found.classes
