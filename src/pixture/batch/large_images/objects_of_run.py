"""The objects of an image that is segmented piece by piece: found once its labels are there, and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from pixture.batch.large_images.destination import ResultSink
from pixture.errors import ChoiceError
from pixture.options.classes import ObjectChoices
from pixture.scale.checkpoints import keep, kept
from pixture.scale.stores.piece_store import PieceStore
from pixture.scale.workers import Workers
from pixture.segmentation.classes.class_choice import AUTO, foreground_labels
from pixture.segmentation.large_images.glimpse import strides_of
from pixture.segmentation.large_images.objects.large_objects import LargeObjects
from pixture.segmentation.large_images.objects.objects_of_pieces import LabelsInPieces, objects_of_pieces
from pixture.segmentation.large_images.source_fit import SourceFit
from pixture.segmentation.objects.objects import smallest_unsigned

LABELS_KEPT, WORK, FOUND = "labels", "objects", "objects.found"
"""In the folder of what is done so far: the labels; what is kept while objects are found; what they are."""


class OpenSink(Protocol):
    """Opens what the numbers of objects are written to."""

    def __call__(self, dtype: np.dtype[Any], /) -> ResultSink:
        """Return it, for numbers of a type."""


def refuse_auto(choices: ObjectChoices) -> None:
    """Refuse a foreground that all pixels are needed for at once.

    Raises
    ------
    ChoiceError
        It is one.
    """
    if choices.which.lower() == AUTO:
        raise ChoiceError(
            "The foreground is found from all pixels of an image at once (foreground auto), and this one is "
            "larger than the memory it may take. Name it, as bright, dark, labels or names (foreground=), or "
            "give more memory (memory=)."
        )


@dataclass(frozen=True, eq=False)
class ObjectsInPieces:
    """How the objects of an image are found.

    Attributes
    ----------
    choices
        What is asked for.
    fitted
        The mixture, and the image.
    folder
        Where what is done so far is kept.

    Raises
    ------
    ChoiceError
        There is no such foreground.
    """

    choices: ObjectChoices
    fitted: SourceFit
    folder: Path

    def __post_init__(self) -> None:
        _ = self.classes

    @cached_property
    def classes(self) -> dict[int, str]:
        """The labels of the foreground, each with its name."""
        fitted = self.fitted
        chosen = foreground_labels(self.choices.which, fitted.labels, fitted.names)
        return {label: fitted.names[label] if fitted.names else f"{label}" for label in chosen}

    @property
    def labels(self) -> PieceStore:
        """Where labels are to be kept."""
        windows = self.fitted.known.source.description.pieces
        return PieceStore(self.folder / LABELS_KEPT, windows, np.dtype(self.fitted.dtype))

    def find(
        self, workers: Workers, opened: OpenSink, *, finished: bool
    ) -> tuple[LargeObjects, ResultSink | None]:
        """Return the objects of labels that are kept, and where their numbers were written.

        Those that an earlier run has found are taken up.

        Parameters
        ----------
        workers
            Who goes through the pieces.
        opened
            Opens what numbers are written to.
        finished
            Whether the file of numbers is there: then nothing is opened.
        """
        try:
            objects: LargeObjects = kept(self.folder / FOUND)
        except KeyError:
            return self._found(workers, opened)
        if finished:
            return objects, None
        return objects, opened(np.dtype(smallest_unsigned(objects.count)))

    def _found(
        self, workers: Workers, opened: Callable[[np.dtype[Any]], ResultSink]
    ) -> tuple[LargeObjects, ResultSink]:
        sinks: list[ResultSink] = []

        def open_numbers(dtype: np.dtype[Any]) -> ResultSink:
            sinks.append(opened(dtype))
            return sinks[0]

        source = self.fitted.known.source
        shape = source.description.shape
        objects = objects_of_pieces(
            source,
            LabelsInPieces(self.labels, self.classes, self.fitted.masked_label, self.fitted.masked_pixels),
            workers,
            self.folder / WORK,
            open_numbers,
            min_size=self.choices.min_size,
            split=self.choices.split,
            strides=strides_of(shape) if len(shape) == 2 else (),
        )
        keep(self.folder / FOUND, objects)
        return objects, sinks[0]
