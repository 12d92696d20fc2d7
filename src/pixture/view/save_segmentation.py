"""A segmentation on disk: four pictures, a table, a report if it is asked for, and a record."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import pixture
from pixture.arrays import Array
from pixture.files.atomic_writing import write_whole
from pixture.files.input_files import Inputs
from pixture.files.output_files import NO_INPUTS, refuse_outputs
from pixture.imaging.display import as_picture
from pixture.imaging.flat_png import labels_png, palette_png
from pixture.imaging.image import image_from_array
from pixture.imaging.png_writer import png
from pixture.mixture.em.fit_result import Stop
from pixture.parallel import map_slabs
from pixture.segmentation.objects.objects import Objects
from pixture.segmentation.painting import mean_values
from pixture.segmentation.segmentation import Segmentation
from pixture.view.class_csv import CLASSES, classes_csv
from pixture.view.input_record import input_record
from pixture.view.object_files import TABLE, object_files
from pixture.view.overlay_file import overlay_file
from pixture.view.panels.convergence import convergence_figure
from pixture.view.panels.figures import figure_png
from pixture.view.tiff_stack import tiff_stack

MOST_IN_PALETTE = 256
"""Colours of a PNG's palette at most."""

FORMAT = 2
"""Version of the record's layout."""

# the record last: where it stands, the set is complete
CONVERGENCE = ".convergence.png"
SUFFIXES = (".labels.png", ".overlay.jpg", ".painted.png", CLASSES, CONVERGENCE, ".json")
STACKS = {".labels.png": ".labels.tif", ".painted.png": ".painted.tif"}
"""Of volumes, a page a plane."""

REPORT = ".report.html"


def output_paths(
    folder: Path,
    stem: str,
    *,
    report: bool = False,
    fitted: bool = True,
    objects: bool = False,
    volume: bool = False,
) -> list[Path]:
    """Return the paths of the files that `save` writes, the record's last.

    With `report`, a report's among them, with `objects` their table's; the convergence plot's only where
    something is fitted; of a volume, labels and the painted image as TIFF.

    >>> [path.name for path in output_paths(Path("."), "cat", report=True)][-2:]
    ['cat.report.html', 'cat.json']
    """
    pictures = [suffix for suffix in SUFFIXES[:-1] if fitted or suffix != CONVERGENCE]
    suffixes = [*pictures, *([TABLE] if objects else []), *([REPORT] if report else []), SUFFIXES[-1]]
    return [folder / f"{stem}{STACKS.get(suffix, suffix) if volume else suffix}" for suffix in suffixes]


def save(
    segmentation: Segmentation,
    folder: Path,
    *,
    stem: str | None = None,
    overwrite: bool = False,
    flat: bool = False,
    report: bytes | None = None,
    objects: Objects | None = None,
    inputs: Inputs = NO_INPUTS,
) -> list[Path]:
    """Write a segmentation's files as `Segmentation.save` says, with a report and objects if given.

    Returns their paths. Neither the image's own files are replaced nor other `inputs`.
    """
    origin = segmentation.image.origin
    stem = stem or (origin.path.stem if origin is not None else "image")
    fitted = segmentation.fit.stop is not Stop.GIVEN
    image = segmentation.image
    paths = output_paths(folder, stem, report=report is not None, fitted=fitted, volume=image.is_volume)
    of_objects = {} if objects is None else object_files(objects)
    paths[-1:-1] = [folder / f"{stem}{suffix}" for suffix in of_objects]
    kept = inputs | image.inputs
    refuse_outputs(paths, overwrite=overwrite, inputs=kept)
    labels = segmentation.labels  # made once, before threads ask for them
    works: dict[str, Callable[[], bytes]] = {
        ".overlay.jpg": lambda: overlay_file(segmentation, flat=flat),
        CONVERGENCE: lambda: figure_png(convergence_figure(segmentation.fit)),
        ".painted.png": lambda: painted_png(segmentation),
        ".labels.png": lambda: labels_png(labels),
    }
    if image.is_volume:
        del works[".painted.png"], works[".labels.png"]
        works[".painted.tif"] = lambda: tiff_stack(segmentation.painted(), image.spacing, image.unit)
        works[".labels.tif"] = lambda: tiff_stack(labels, image.spacing, image.unit)
    if not fitted:
        del works[CONVERGENCE]
    made = _side_by_side(works, segmentation.choices.threads)
    made[CLASSES] = classes_csv(segmentation, stem)
    made[".json"] = (json.dumps(record(segmentation), indent=2) + "\n").encode()
    if report is not None:
        made[REPORT] = report
    made |= of_objects
    contents = {path: made[path.name.removeprefix(stem)] for path in paths}
    write_whole(contents, overwrite=overwrite, inputs=kept)
    return paths


def _side_by_side(works: dict[str, Callable[[], bytes]], threads: int | None) -> dict[str, bytes]:
    """Return what each of the works returns; they are done on the thread pool, the longest first."""
    order = list(works)
    made = map_slabs(lambda start, stop: works[order[start]](), len(order), threads=threads, size=1)
    return dict(zip(order, made, strict=True))


def painted_png(segmentation: Segmentation) -> bytes:
    """Return the painted image as a PNG file; masked pixels are transparent."""
    image, values = segmentation.image, mean_values(segmentation)
    mask, few = image.mask, len(values) + (image.mask is not None) <= MOST_IN_PALETTE
    if few and values.dtype == np.uint8 and (image.channels == 3 or image.stored_channels == 3):
        colours = np.repeat(values, 3 // image.channels, axis=1)
        if mask is not None:
            colours = np.concatenate([colours, np.zeros((1, 3), np.uint8)])
        return palette_png(segmentation.labels, colours, transparent=mask is not None)
    return png(_viewable(segmentation.painted(), segmentation), mask)


def _viewable(painted: Array, segmentation: Segmentation) -> Array:
    """What PNG can hold of a painted image: unsigned 8 and 16 bits as they are, others as shown."""
    if painted.dtype in (np.uint8, np.uint16) and segmentation.image.channels in (1, 3):
        return painted
    as_image = image_from_array(painted, axes="yxc"[: painted.ndim])
    return as_picture(as_image.masked(segmentation.image.mask))


def _features(segmentation: Segmentation) -> dict[str, Any] | None:
    """Return what the mixture is one of, where that is not the image's own channels: in their order."""
    if segmentation.features is None:
        return None
    return {"named": segmentation.features, "channels": list(segmentation.histogram.names)}


def record(segmentation: Segmentation) -> dict[str, Any]:
    """Return all that is known of a segmentation but its pixels, ready for JSON.

    The same input and choices give the same record: it holds no time and no number of seconds.
    """
    image, fit, sample = segmentation.image, segmentation.fit, segmentation.histogram.sample
    return {
        "format": FORMAT,
        "input": {
            **input_record(image),
            "distinct_values": sample.size if segmentation.histogram.counted else None,
        },
        "choices": segmentation.choices.as_dict(),
        "features": _features(segmentation),
        "mixture": segmentation.mixture.as_dict(),
        "guidance": None if segmentation.guidance is None else segmentation.guidance.as_dict(),
        "smoothing": None if segmentation.smoothing is None else segmentation.smoothing.as_dict(),
        "shares": segmentation.shares.tolist(),
        "merged": [list(group) for group in segmentation.groups] or None,
        "classes": [found.as_dict() for found in segmentation.classes],
        "labels_without_pixels": segmentation.labels_without_pixels.tolist(),
        "stop": {"reason": fit.stop.name.lower(), "advice": fit.stop.value},
        "shrunk_by": fit.shrunk_by,
        "iterations": fit.iterations,
        "iterations_on_subsamples": fit.iterations_on_subsamples,
        "start": fit.start,
        "log_likelihood_per_pixel": fit.log_likelihood,
        "selection": None if segmentation.selection is None else segmentation.selection.as_dict(),
        "steps": [
            {
                "iteration": step.iteration,
                "subsample": step.subsample,
                "extrapolated": step.extrapolated,
                "log_likelihood_per_pixel": value,
            }
            for step, value in zip(fit.steps, fit.history.tolist(), strict=True)
        ],
        "labels": {"dtype": str(segmentation.labels.dtype), "masked": segmentation.masked_label},
        "versions": {
            "pixture": pixture.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "numba", "pillow", "tifffile", "imagecodecs")},
        },
    }
