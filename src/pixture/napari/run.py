"""A segmentation that may be given up: what the widget's thread does. Needs no napari."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.napari.layers import (
    ImageLayer,
    channels_of,
    class_columns,
    colours_by_number,
    image_of_layer,
    layer_labels,
)
from pixture.options.method import Method
from pixture.segmentation.segment import segment_image
from pixture.wording import plural


class Abandoned(Exception):  # noqa: N818 - nothing went wrong
    """Nobody waits for this run any longer."""


@dataclass(frozen=True)
class Answer:
    """What a layer of labels is to hold.

    Attributes
    ----------
    numbers
        Of the layer's shape; 0 is drawn by no colour.
    colours
        Red, green, blue and opacity of each number.
    columns
        What is said of the class under the pointer.
    sentence
        What was found.
    """

    numbers: Integers
    colours: dict[int | None, Floats]
    columns: dict[str, list[Any]]
    sentence: str


@dataclass(frozen=True)
class Run:
    """One segmentation of one layer; `abandon` ends it at the next iteration."""

    layer: ImageLayer
    axes: str
    method: Method
    abandoned: threading.Event = field(default_factory=threading.Event)

    def abandon(self) -> None:
        """Let nobody wait for it any longer."""
        self.abandoned.set()

    def answer(self) -> Answer:
        """Return what the layer of labels is to hold.

        Raises
        ------
        Abandoned
            Another run has taken its place.
        PixtureError
            The layer cannot be segmented like this; the message says why.
        """
        image = image_of_layer(self.layer, self.axes)
        found = segment_image(image, self.method, on_step=self._asked, on_progress=self._asked)
        self._asked()
        count = found.mixture.components
        sure = 1 - float(np.dot(found.shares, [one.uncertain_share for one in found.classes]))
        return Answer(
            layer_labels(found, self.axes, channels_of(self.layer, self.axes)),
            colours_by_number(count),
            class_columns(found),
            f"{plural(count, 'label')}; {sure:.0%} of the pixels are certain.",
        )

    def _asked(self, *_: object) -> None:
        if self.abandoned.is_set():
            raise Abandoned
