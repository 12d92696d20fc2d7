"""A segmentation on disk: four pictures, a table, a report if it is asked for, and a record."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import pixture
from pixture.arrays import Array, Integers
from pixture.files.atomic_writing import Content, write_whole
from pixture.files.input_files import Inputs
from pixture.files.output_files import NO_INPUTS, refuse_outputs, stem_of
from pixture.imaging.channels import channel_names
from pixture.imaging.display.display import as_picture
from pixture.imaging.display.label_colours import label_colours
from pixture.imaging.encoding.flat_png import palette_png
from pixture.imaging.encoding.png import png
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.writers.families import PNG, Family, encoded, family_of, suffix_of_values
from pixture.imaging.writers.raster import ClassLook, Holds, Raster
from pixture.mixture.em.fit_result import Stop
from pixture.options.writing import UNCERTAINTY, Writing
from pixture.parallel import map_slabs
from pixture.segmentation.objects.objects import Objects
from pixture.segmentation.painting import mean_values
from pixture.segmentation.segmentation import Segmentation
from pixture.view.output.class_csv import CLASSES, classes_csv
from pixture.view.output.input_record import input_record
from pixture.view.output.object_files import TABLE, object_files
from pixture.view.output.overlay_file import overlay_file
from pixture.view.output.polygon_files import CLASSES as POLYGONS
from pixture.view.output.polygon_files import class_polygons
from pixture.view.output.times_csv import TIMES, times_csv
from pixture.view.panels.convergence import convergence_figure
from pixture.view.panels.figures import figure_png

Files = dict[str, Content]
"""What files, or folders, hold, by how their names end."""

MOST_IN_PALETTE = 256
"""Colours of a PNG's palette at most."""

FORMAT = 2
"""Version of the record's layout."""

CONVERGENCE, OVERLAY, RECORD = ".convergence.png", ".overlay.jpg", ".json"
LABELS, PAINTED = ".labels", ".painted"
"""The format follows: that which the image came in."""

SUFFIXES = (f"{LABELS}.png", OVERLAY, f"{PAINTED}.png", CLASSES, CONVERGENCE, RECORD)
"""Of a picture; the record last: where it stands, the set is complete."""

REPORT = ".report.html"


def output_paths(
    writing: Writing,
    stem: str,
    *,
    report: bool = False,
    fitted: bool = True,
    objects: bool = False,
    family: Family = PNG,
) -> list[Path]:
    """Return the paths of the files that `save` writes, the record's last.

    With `report`, a report's among them, with `objects` their table's; the convergence plot's only where
    something is fitted; labels and maps in a family's format. Files that some formats have beside these are
    not among them.

    >>> [path.name for path in output_paths(Writing(), "cat", report=True)][-2:]
    ['cat.report.html', 'cat.json']
    """
    painted = ".png" if family is PNG else suffix_of_values(family)
    suffixes = [f"{LABELS}{family.suffix}", OVERLAY, f"{PAINTED}{painted}", CLASSES]
    suffixes += [f".{name}{suffix_of_values(family)}" for name in writing.maps]
    suffixes += [] if writing.vector is None else [f".{POLYGONS}.{writing.vector}"]
    suffixes += [*([CONVERGENCE] if fitted else []), *([TABLE] if objects else [])]
    suffixes += [*([REPORT] if report else []), RECORD]
    return [writing.output / f"{stem}{suffix}" for suffix in suffixes]


def large_paths(
    writing: Writing, stem: str, family: Family, *, fitted: bool, objects: bool = False
) -> list[Path]:
    """Return the files that are made of a large image, its labels in a family's format; the record's last.

    >>> from pixture.imaging.writers.families import TIFF
    >>> [path.name for path in large_paths(Writing(), "cat", TIFF, fitted=False)]
    ['cat.labels.tif', 'cat.overlay.jpg', 'cat.classes.csv', 'cat.json']
    """
    suffixes = [f"{LABELS}{family.suffix}", *(f".{name}{family.suffix}" for name in writing.maps)]
    suffixes += [OVERLAY, CLASSES, *([CONVERGENCE] if fitted else []), *([TABLE] if objects else []), RECORD]
    return [writing.output / f"{stem}{suffix}" for suffix in suffixes]


def is_of_pieces(record: Path) -> bool:
    """Whether a record is that of an image that was segmented piece by piece."""
    try:
        said = json.loads(record.read_bytes())
        return int(said["input"]["pieces"]) > 0
    except (OSError, ValueError, TypeError, KeyError):  # it is none, or of another kind
        return False


def save(
    segmentation: Segmentation,
    writing: Writing,
    *,
    stem: str | None = None,
    flat: bool = False,
    report: bytes | None = None,
    objects: Objects | None = None,
    inputs: Inputs = NO_INPUTS,
) -> list[Path]:
    """Write a segmentation's files as `Segmentation.save` says, with a report and objects if given.

    Returns their paths. Neither the image's own files are replaced nor other `inputs`.
    """
    image, folder = segmentation.image, writing.output
    stem = stem or ("image" if image.origin is None else stem_of(image.origin.path))
    fitted = segmentation.fit.stop is not Stop.GIVEN
    family = family_of(image, writing.format)
    expected = output_paths(writing, stem, report=report is not None, fitted=fitted, family=family)
    of_objects = {} if objects is None else object_files(objects, family)
    kept = inputs | image.inputs
    refuse_outputs(
        [*expected, *(folder / f"{stem}{suffix}" for suffix in of_objects)],
        overwrite=writing.overwrite,
        inputs=kept,
    )
    labels = segmentation.labels  # made once, before threads ask for them
    works: list[Callable[[], Files]] = [
        lambda: {OVERLAY: overlay_file(segmentation, flat=flat)},
        lambda: _named(PAINTED, painted_files(segmentation, family)),
        lambda: _named(LABELS, encoded(labels_raster(segmentation, labels), family)),
        *(partial(_map_files, segmentation, name, family) for name in writing.maps),
    ]
    if (vector := writing.vector) is not None:
        works.insert(0, lambda: dict(class_polygons(segmentation, vector)))
    if fitted:
        works.insert(1, lambda: {CONVERGENCE: figure_png(convergence_figure(segmentation.fit))})
    made: Files = {}
    # on the thread pool, the longest first
    for files in map_slabs(
        lambda start, stop: works[start](), len(works), threads=segmentation.choices.threads, size=1
    ):
        made |= files
    made[CLASSES] = classes_csv(segmentation, stem)
    if image.has_times:
        made[TIMES] = times_csv(segmentation, stem)
    if report is not None:
        made[REPORT] = report
    made |= of_objects
    made[RECORD] = (json.dumps(record(segmentation, family), indent=2) + "\n").encode()
    # in the order in which they are expected, files that a format has beside them before the record
    names = [path.name.removeprefix(stem) for path in expected[:-1]]
    names += [suffix for suffix in made if suffix not in names and suffix != RECORD]
    contents = {folder / f"{stem}{suffix}": made[suffix] for suffix in [*names, RECORD]}
    write_whole(contents, overwrite=writing.overwrite, inputs=kept)
    return list(contents)


def _named(name: str, files: Files) -> Files:
    return {f"{name}{suffix}": content for suffix, content in files.items()}


def labels_raster(segmentation: Segmentation, labels: Integers) -> Raster:
    """Return the labels of a segmentation as a writer takes them."""
    names = segmentation.names or ("",) * segmentation.mixture.components
    colours = label_colours(segmentation.mixture.components)
    looks = tuple(
        ClassLook(name, "#" + bytes(colour).hex())
        for name, colour in zip(names, colours.tolist(), strict=True)
    )
    return Raster(labels, segmentation.image, Holds.LABELS, segmentation.masked_label, looks)


def painted_files(segmentation: Segmentation, family: Family) -> Files:
    """Return the painted image by how its file's name ends: a picture as PNG, else in the family's format."""
    if family is PNG:
        return {".png": painted_png(segmentation)}
    image = segmentation.image
    values = segmentation.painted()
    names = tuple(channel_names(image)) if values.ndim > len(image.shape) else ()
    return encoded(Raster(values, image, Holds.VALUES, None if image.mask is None else 0, (), names), family)


def _map_files(segmentation: Segmentation, name: str, family: Family) -> Files:
    """Return a map of a segmentation by how its files' names end."""
    values = segmentation.entropy() if name == UNCERTAINTY else segmentation.probabilities()
    names: tuple[str, ...] = ()
    if name != UNCERTAINTY:
        names = segmentation.names or tuple(f"label {label}" for label in range(values.shape[-1]))
    nodata = None if segmentation.image.mask is None else float("nan")
    raster = Raster(values, segmentation.image, Holds.VALUES, nodata, (), names)
    return _named(f".{name}", encoded(raster, family))


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


def _labels_in_file(segmentation: Segmentation, family: Family) -> dict[str, Any]:
    """Return what is in the file of labels: the number of what is masked, and what was added to labels."""
    masked = segmentation.masked_label
    if family.offset:  # as many programs have it, 0 is what is none of the classes
        masked = None if masked is None else 0
    return {"dtype": str(segmentation.labels.dtype), "masked": masked, "offset": family.offset}


def record(segmentation: Segmentation, family: Family = PNG) -> dict[str, Any]:
    """Return all that is known of a segmentation but its pixels, its labels in a family's format, for JSON.

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
        "per_time": [mixture.as_dict() for mixture in segmentation.per_time] or None,
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
        "labels": _labels_in_file(segmentation, family),
        "versions": dict(_versions()),
    }


@cache
def _versions() -> dict[str, str]:
    """Return the versions of what made the record, looked up once: each is a file that is searched for."""
    return {
        "pixture": pixture.__version__,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "numba", "pillow", "tifffile", "imagecodecs")},
    }
