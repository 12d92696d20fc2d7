"""A segmentation on disk: four pictures, a report if it is asked for, and a record."""

from __future__ import annotations

import json
import platform
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
from pixture.imaging.image import Image, image_from_array
from pixture.imaging.png_writer import png
from pixture.mixture.em.fit_result import Stop
from pixture.segmentation.segmentation import Segmentation
from pixture.view.panels.convergence import convergence_figure
from pixture.view.panels.figures import figure_png

FORMAT = 2
"""Version of the record's layout."""

# the record last: where it stands, the set is complete
CONVERGENCE = ".convergence.png"
SUFFIXES = (".labels.png", ".overlay.png", ".painted.png", CONVERGENCE, ".json")
REPORT = ".report.html"


def output_paths(folder: Path, stem: str, *, report: bool = False, fitted: bool = True) -> list[Path]:
    """Return the paths of the files that `save` writes, the record's last.

    With `report`, a report's among them; the convergence plot's only where something is fitted.

    >>> [path.name for path in output_paths(Path("."), "cat", report=True)][-2:]
    ['cat.report.html', 'cat.json']
    """
    pictures = [suffix for suffix in SUFFIXES[:-1] if fitted or suffix != CONVERGENCE]
    suffixes = [*pictures, *([REPORT] if report else []), SUFFIXES[-1]]
    return [folder / f"{stem}{suffix}" for suffix in suffixes]


def save(
    segmentation: Segmentation,
    folder: Path,
    *,
    stem: str | None = None,
    overwrite: bool = False,
    report: bytes | None = None,
    inputs: Inputs = NO_INPUTS,
) -> list[Path]:
    """Write a segmentation's files as `Segmentation.save` says, and its report if given; return the paths.

    Neither the image's own files are replaced nor other `inputs`.
    """
    origin = segmentation.image.origin
    stem = stem or (origin.path.stem if origin is not None else "image")
    fitted = segmentation.fit.stop is not Stop.GIVEN
    paths = output_paths(folder, stem, report=report is not None, fitted=fitted)
    kept = inputs | segmentation.image.inputs
    refuse_outputs(paths, overwrite=overwrite, inputs=kept)
    mask = segmentation.image.mask
    made = [  # one after the other: two pictures of 20 megapixels at once would be the peak of the memory
        png(segmentation.labels),
        png(segmentation.overlay()),
        png(_viewable(segmentation.painted(), segmentation), mask),
        *([figure_png(convergence_figure(segmentation.fit))] if fitted else []),
        *([] if report is None else [report]),
        (json.dumps(record(segmentation), indent=2) + "\n").encode(),
    ]
    write_whole(dict(zip(paths, made, strict=True)), overwrite=overwrite, inputs=kept)
    return paths


def _viewable(painted: Array, segmentation: Segmentation) -> Array:
    """What PNG can hold of a painted image: unsigned 8 and 16 bits as they are, others as shown."""
    if painted.dtype in (np.uint8, np.uint16) and segmentation.image.channels in (1, 3):
        return painted
    as_image = image_from_array(painted, axes="yxc"[: painted.ndim])
    return as_picture(as_image.masked(segmentation.image.mask))


def input_record(image: Image) -> dict[str, Any]:
    """Return what is known of an image but its pixels, ready for JSON."""
    return {
        "path": None if image.origin is None else str(image.origin.path),
        "sha256": None if image.origin is None else image.origin.sha256,
        "shape": list(image.shape),
        "channels": image.channels,
        "stored_channels": image.stored_channels or image.channels,
        "dtype": str(image.pixels.dtype),
        "pixels": image.size,
        "masked_pixels": 0 if image.mask is None else int(image.size - np.count_nonzero(image.mask)),
    }


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
        "mixture": fit.mixture.as_dict(),
        "shares": segmentation.shares.tolist(),
        "labels_without_pixels": segmentation.labels_without_pixels.tolist(),
        "stop": {"reason": fit.stop.name.lower(), "advice": fit.stop.value},
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
