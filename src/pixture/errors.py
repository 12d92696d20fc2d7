"""What pixture says when it cannot do as asked, or did a little less than asked.

Every error is raised once, at the boundary where the person's input enters, and its sentence says
what was got, what was expected and what to do.

>>> issubclass(ChoiceError, ValueError) and issubclass(ChoiceError, PixtureError)
True
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


class PixtureError(Exception):
    """Anything pixture refuses; the message is one sentence for the person."""


class ReadError(PixtureError, OSError):
    """A file could not be read as an image, or as a model."""


class WriteError(PixtureError, OSError):
    """A result could not be written; what was there before is untouched."""


class ResumeError(PixtureError, ValueError):
    """A run cannot go on where an earlier one was ended: it is asked to do something else."""


class DisplayError(PixtureError, RuntimeError):
    """There is no display to open a window on, or nothing that opens one."""


class ImageError(PixtureError, ValueError):
    """The pixels, or the mask given with them, cannot be segmented as they are."""


class ChoiceError(PixtureError, ValueError):
    """A choice (number of components, covariance, tolerance, …) is out of its range."""


class KeywordError(PixtureError, TypeError):
    """A function was given an argument that it does not have."""


class SampleError(PixtureError, ValueError):
    """The values or weights given to a fit are not a weighted sample."""


class MixtureError(PixtureError, ValueError):
    """The parameters given do not describe a Gaussian mixture."""


class TreeError(PixtureError, ValueError):
    """The arrays given are no tree of merges, or not one of these superpixels."""


class ClusterError(PixtureError, RuntimeError):
    """A cluster of computers cannot be reached, or its workers cannot do the work."""


class CompilerError(PixtureError, RuntimeError):
    """The compiler, numba, is set up in a way in which it cannot compile pixture's kernels."""


class PixtureWarning(UserWarning):
    """An answer was given, but not quite to the question asked; the message says how it differs."""


class FewerComponentsWarning(PixtureWarning):
    """The mixture has fewer components than asked for."""


class LabelWithoutPixelsWarning(PixtureWarning):
    """A component is the most responsible one of no pixel, so its label does not occur."""


class UnlikeModelWarning(PixtureWarning):
    """A model was applied to an image unlike those it was fitted to."""


class CollapsedComponentWarning(PixtureWarning):
    """A component has no extent that can be told from none: the floor asked for lets it shrink to a point."""


class LostWorkerWarning(PixtureWarning):
    """A worker of a cluster was lost in the middle of its work, which was done again: the answer is whole."""


class UnlikeChannelsWarning(PixtureWarning):
    """Channels are of unlike units, and the covariances are spherical: one variance for all of them."""


class MaskedValuesWarning(PixtureWarning):
    """Pixels without a finite value were left out."""


class UnclearScribblesWarning(PixtureWarning):
    """Scribbles hold other numbers than 1, 2, ...: they are taken as classes in ascending order."""


class PriorNormalisedWarning(PixtureWarning):
    """Prior maps do not sum to 1 at some pixels: there they are divided by their sum."""


class UnclearMaskWarning(PixtureWarning):
    """A mask is not clear: it holds more values than two, without a threshold; or does not fit its image."""


class InputChangedWarning(PixtureWarning):
    """A file was changed while it was worked on."""


class FirstFrameWarning(PixtureWarning):
    """The file holds several frames or pages; only the first was read."""


class UnclearAxesWarning(PixtureWarning):
    """A file does not say what its pages are, planes or times: they were taken for planes."""


class MissingChunksWarning(PixtureWarning):
    """Parts of an array are not in its store: their pixels have the value that fills it."""


class NotKeptWarning(PixtureWarning):
    """Something of the image cannot be kept in the format that is written."""


class OlderReportWarning(PixtureWarning):
    """A report, or a set of files, of another run stands beside what was written."""


class LostPrecisionWarning(PixtureWarning):
    """The data's dtype holds their values more coarsely than the mixture's components are wide."""


class UnclearNodataWarning(PixtureWarning):
    """A file names a value that stands for missing data in a way that cannot be understood."""


class UnclearPlaceWarning(PixtureWarning):
    """A file says where its pixels lie on the Earth, or half of it, in a way that is not kept."""


class ManySpecksWarning(PixtureWarning):
    """A foreground is in so many pieces that most of them are specks and no objects."""


class UnsplitObjectsWarning(PixtureWarning):
    """Some objects of a large image are too large to be split where they touch others."""


class KernelCacheWarning(PixtureWarning):
    """Compiled kernels cannot be kept, or what was kept is damaged: they are compiled anew, for seconds."""


class _Remarks(threading.local):
    """Whether this thread keeps its warnings to itself, and who takes them in Python's place."""

    kept_back = False
    taken: list[str] | None = None


_remarks = _Remarks()


@contextmanager
def without_remarks() -> Iterator[None]:
    """Keep back the warnings of this thread: they were made when the whole was looked at.

    >>> with without_remarks():
    ...     warn("said before", PixtureWarning)
    """
    before, _remarks.kept_back = _remarks.kept_back, True
    try:
        yield
    finally:
        _remarks.kept_back = before


@contextmanager
def remarks_taken() -> Iterator[list[str]]:
    """Take the warnings of this thread, in place of Python, whose filters all threads share.

    >>> with remarks_taken() as said:
    ...     warn("a remark", PixtureWarning)
    >>> said
    ['a remark']
    """
    before, _remarks.taken = _remarks.taken, []
    try:
        yield _remarks.taken
    finally:
        _remarks.taken = before


def warn(message: str, category: type[PixtureWarning]) -> None:
    """Warn at the line that called pixture, however deep inside of it the reason was found.

    Python shows a warning once for each line, so the line must be the person's and not one of ours.
    """
    if _remarks.kept_back:
        return
    if _remarks.taken is not None:
        _remarks.taken.append(message)
        return
    level, frame = 1, sys._getframe()
    while frame.f_globals.get("__name__", "").partition(".")[0] == "pixture" and frame.f_back is not None:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
