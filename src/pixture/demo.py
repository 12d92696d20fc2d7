"""The demo: the two photographs that scikit-learn ships, in colour and in grey."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from pixture.errors import ReadError
from pixture.files.input_files import Inputs
from pixture.files.output_files import refuse_outputs
from pixture.imaging.image import Image
from pixture.imaging.readers.read import read
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.options.writing import Writing
from pixture.segmentation.segment import segment_image
from pixture.segmentation.segmentation import Segmentation
from pixture.view.output.save_segmentation import output_paths, save

PHOTOGRAPHS = {"china": 4, "flower": 4}
"""The photographs' names, and how many components suit each."""


def photograph(name: str) -> Path:
    """Return where scikit-learn keeps one of its photographs, without importing it.

    >>> photograph("china").name
    'china.jpg'
    """
    package = importlib.util.find_spec("sklearn")
    if package is None or not package.submodule_search_locations:
        raise ReadError(
            "scikit-learn, which ships the demo's photographs, is not installed: pip install scikit-learn."
        )
    return Path(package.submodule_search_locations[0], "datasets", "images", f"{name}.jpg")


def grey(image: Image) -> Image:
    """Return a colour image's luminance in 8 bits, as Pillow converts to grey."""
    luma = image.pixels @ np.array([299, 587, 114], dtype=np.uint32)  # ITU-R BT.601, in thousandths
    return replace(image, pixels=np.round(luma / 1000).astype(np.uint8), axes="yx")


def run_demo(folder: Path, *, overwrite: bool = False) -> Iterator[tuple[str, Segmentation, list[Path]]]:
    """Segment each photograph in colour and in grey; yield each name, result and files as it is done.

    Raises
    ------
    WriteError
        The demo's files are there already, and `overwrite` is not given.
    """
    stems = [f"{name}{suffix}" for name in PHOTOGRAPHS for suffix in ("", "-grey")]
    inputs = Inputs.of(map(photograph, PHOTOGRAPHS))
    writing = Writing(folder, overwrite)
    refuse_outputs(
        (path for stem in stems for path in output_paths(writing, stem)), overwrite=overwrite, inputs=inputs
    )
    for name, components in PHOTOGRAPHS.items():
        colour = read(photograph(name))
        for stem, image in ((name, colour), (f"{name}-grey", grey(colour))):
            done = segment_image(image, Method(Choices(components)))
            yield stem, done, save(done, writing, stem=stem, inputs=inputs)
