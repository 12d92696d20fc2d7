"""Where labels and maps of an image go that is labelled piece by piece: a sink each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from pixture.batch.large_images.destination import Destination, ResultSink
from pixture.batch.large_images.unfinished_run import result_name
from pixture.imaging.display.label_colours import hexadecimal, label_colours
from pixture.imaging.writers.raster import ClassLook, Holds
from pixture.options.writing import UNCERTAINTY
from pixture.segmentation.large_images.source_fit import SourceFit
from pixture.view.output.save_segmentation import LABELS


def result_sinks(
    destination: Destination, stem: str, fitted: SourceFit, names: Iterable[str], *, resumed: bool = False
) -> dict[str, ResultSink]:
    """Return the sinks of some results of an image, by their names.

    Parameters
    ----------
    destination
        Where the results go.
    stem
        What the names of files begin with.
    fitted
        By what pixels are labelled.
    names
        Of results: `save_segmentation.LABELS`, or of maps.
    resumed
        Whether files that are there are this run's own.

    Raises
    ------
    WriteError
        As in `open_sink`.
    """
    description, masked = fitted.known.source.description, fitted.masked_label
    opened = partial(
        destination.sink, description=description, replaced=resumed, sides=description.pieces[0].shape
    )
    called = fitted.names or tuple(f"label {label}" for label in range(fitted.labels))
    sinks: dict[str, ResultSink] = {}
    for name in names:
        if name == LABELS:
            looks = tuple(
                ClassLook(name, hexadecimal(colour))
                for name, colour in zip(
                    fitted.names or ("",) * fitted.labels, label_colours(fitted.labels), strict=True
                )
            )
            said: dict[str, Any] = {
                "dtype": np.dtype(fitted.dtype),
                "holds": Holds.LABELS,
                "classes": looks,
                "nodata": masked,
            }
        else:
            said = {
                "dtype": np.dtype(np.float32),
                "holds": Holds.VALUES,
                "nodata": None if masked is None else float("nan"),
                "channel_names": () if name == UNCERTAINTY else called,
            }
        sinks[name] = opened(result_name(stem, name), **said)
    return sinks
