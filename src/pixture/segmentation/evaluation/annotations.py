"""Annotations: what people said of an image, in label images or in Berkeley's .mat files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
import tifffile

from pixture.arrays import Array, Integers, Mask
from pixture.errors import PixtureError, ReadError
from pixture.imaging.readers.limits import refuse_bomb
from pixture.imaging.readers.read import read
from pixture.segmentation.evaluation.boundary_scores import drawn_boundaries

LABEL_SUFFIXES = (".png", ".tif", ".tiff", ".npy", ".bmp", ".nii", ".nii.gz", ".mgh", ".mgz")
"""How the names of label images end."""
STACKS = (".tif", ".tiff")
MAT = ".mat"


@dataclass(frozen=True, eq=False)
class Annotation:
    """What one annotator said of an image.

    Attributes
    ----------
    labels
        (rows, columns) or (planes, rows, columns) whole numbers.
    drawn
        (rows, columns) the boundaries as the annotator drew them; None takes those between labels.
    """

    labels: Integers
    drawn: Mask | None = None

    @property
    def boundaries(self) -> Mask:
        """The annotator's boundaries, thinned."""
        return drawn_boundaries(self.labels) if self.drawn is None else self.drawn


def read_annotations(path: str | os.PathLike[str]) -> list[Annotation]:
    """Return what a file says: every annotator of a Berkeley .mat file, or the labels of a label image.

    Raises
    ------
    ReadError
        It is no such file, or is damaged.
    """
    place = Path(path)
    if place.suffix.lower() == MAT:
        return _of_mat(place)
    return [Annotation(read_labels(place))]


def read_labels(path: str | os.PathLike[str]) -> Integers:
    """Return the labels in a file: an image of one channel, a NumPy array of whole numbers, or a volume.

    Volumes are NIfTI and MGH files, arrays of three axes, and TIFF stacks of 32 bits as `Objects.save` writes
    them. Where the patient lies is not looked at: prediction and truth are compared voxel by voxel.

    Raises
    ------
    ReadError
        The file cannot be read, or holds no labels.
    """
    place = Path(path)
    if place.suffix.lower() == ".npy":
        try:
            labels = np.load(place, allow_pickle=False)
        except OSError as error:
            raise ReadError(f"{place}: it cannot be read ({error.strerror or error}).") from error
        except (ValueError, EOFError) as error:
            raise ReadError(f"{place}: it cannot be read as a NumPy array ({error}).") from error
    elif place.suffix.lower() in STACKS and (stack := _stack(place)) is not None:
        labels = stack
    else:
        image = read(place)
        coloured = image.axes.endswith("c")
        labels = _whole(image.pixels[..., 0] if coloured else image.pixels)
        if coloured and not (image.pixels == labels[..., None]).all():
            raise ReadError(
                f"{place}: a label image has one channel, a number for each pixel; this one has "
                f"{image.channels} that differ. Save the labels themselves, not their colours."
            )
    if labels.ndim not in (2, 3) or not labels.size or labels.dtype.kind not in "uib":
        raise ReadError(
            f"{place}: labels are whole numbers, (rows, columns) or (planes, rows, columns); got "
            f"{labels.dtype}, shape {labels.shape}."
        )
    return np.asarray(labels)


def _whole(labels: Array) -> Array:
    """Return floats that are whole numbers, as which many programs store labels, as integers."""
    if labels.dtype.kind != "f":
        return labels
    with np.errstate(invalid="ignore"):
        whole = labels.astype(np.int64)
        return whole if (whole == labels).all() else labels


def _stack(path: Path) -> Integers | None:
    """Return a TIFF stack of 32-bit numbers; None where the file is anything else, or damaged."""
    try:
        with tifffile.TiffFile(path) as file:
            series = file.series[0]
            if len(series.shape) != 3 or series.dtype != np.uint32 or len(series.pages) < 2:
                return None
            refuse_bomb(path, series.shape[2], series.shape[0] * series.shape[1])
            return np.asarray(series.asarray())
    except PixtureError:
        raise
    except Exception:  # noqa: BLE001 - the reader of single images says what is wrong
        return None


def _of_mat(path: Path) -> list[Annotation]:
    try:
        content: dict[str, Any] = scipy.io.loadmat(path)
        cells = content["groundTruth"].ravel()
        found = []
        for cell in cells:
            labels = np.asarray(cell["Segmentation"][0, 0]).astype(np.int64)
            drawn = np.asarray(cell["Boundaries"][0, 0]) > 0 if "Boundaries" in cell.dtype.names else None
            found.append(Annotation(labels, drawn))
    except OSError as error:
        raise ReadError(f"{path}: it cannot be read ({error.strerror or error}).") from error
    except Exception as error:  # SciPy's reader ends damaged files with errors of many kinds
        raise ReadError(
            f"{path}: it is no annotation of the Berkeley data, a .mat file with a cell array groundTruth, "
            f"or it is damaged ({type(error).__name__})."
        ) from error
    if not found or any(
        a.labels.ndim != 2 or a.drawn is None or a.drawn.shape != a.labels.shape for a in found
    ):
        raise ReadError(f"{path}: it holds no annotation of an image.")
    return found
