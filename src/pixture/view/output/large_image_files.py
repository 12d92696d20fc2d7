"""The files of an image that was segmented piece by piece, but for those that pieces were written to."""

from __future__ import annotations

import json
from typing import Any

from pixture.files.file_digest import FileState
from pixture.imaging.image import Origin
from pixture.imaging.writers.families import Family
from pixture.mixture.em.fit_result import Stop
from pixture.scale.sources.source import Description
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.view.output.class_csv import CLASSES, classes_csv
from pixture.view.output.overlay_file import overlay_file
from pixture.view.output.save_segmentation import CONVERGENCE, OVERLAY, RECORD, record
from pixture.view.panels.convergence import convergence_figure
from pixture.view.panels.figures import figure_png


def large_image_files(
    segmentation: LargeSegmentation, stem: str, family: Family, *, flat: bool = False
) -> dict[str, bytes]:
    """Return what the files hold, by how their names end; the record's last.

    The overlay is of fewer pixels: those of the glimpse. All numbers are those of all pixels.
    """
    made = {OVERLAY: overlay_file(segmentation, flat=flat), CLASSES: classes_csv(segmentation, stem)}
    if segmentation.fit.stop is not Stop.GIVEN:
        made[CONVERGENCE] = figure_png(convergence_figure(segmentation.fit))
    made[RECORD] = (json.dumps(large_image_record(segmentation, family), indent=2) + "\n").encode()
    return made


def large_image_record(segmentation: LargeSegmentation, family: Family) -> dict[str, Any]:
    """Return the record of `save_segmentation.record`, what was read being all of the image.

    Its file is known by its size and when it was written to: no digest of so many bytes is taken.
    """
    return record(segmentation, family) | {"input": input_of(segmentation)}


def input_of(segmentation: LargeSegmentation) -> dict[str, Any]:
    """Return what is known of a large image but its pixels, ready for JSON."""
    whole, image = segmentation.facts, segmentation.image
    return {
        **large_input(whole.description, image.stored_channels, whole.masked_pixels, units=whole.has_units),
        "distinct_values": whole.distinct,
        "pieces": len(whole.description.pieces),
    }


def large_input(
    description: Description, stored_channels: int | None, masked_pixels: int = 0, *, units: bool
) -> dict[str, Any]:
    """Return what a description says of a large image, ready for JSON; `units` are those of its spacing."""
    return {
        **_file(description.origin),
        "shape": list(description.shape),
        "channels": description.channels,
        "stored_channels": stored_channels or description.channels,
        "dtype": str(description.dtype),
        "pixels": description.size,
        **({"spacing": list(description.spacing)} if units else {}),
        **({} if description.unit is None else {"unit": description.unit}),
        **({} if description.place is None else {"place": description.place.in_words}),
        "masked_pixels": masked_pixels,
    }


def _file(origin: Origin | None) -> dict[str, Any]:
    if origin is None:
        return {"path": None, "sha256": None}
    scene = {} if origin.scene is None else {"scene": origin.scene}
    state = origin.content
    known: dict[str, Any] = {"sha256": state or None}
    if isinstance(state, FileState):
        known = {"sha256": None, "bytes": state.size, "modified_ns": state.modified}
    return {"path": str(origin.path), **scene, **known}
