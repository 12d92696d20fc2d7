"""The files of regions that were found piece by piece, but for that of their numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pixture.imaging.encoding.png import png
from pixture.scale.sources.source import Description
from pixture.segmentation.large_images.regions.large_regions import LargeRegions
from pixture.segmentation.regions.merge_tree.tree_file import content_of
from pixture.view.output.large_image_files import large_input
from pixture.view.output.region_picture import region_picture
from pixture.view.output.save_regions import OTHERS, boundary_picture, record_of, table_csv


def large_region_files(
    regions: LargeRegions, description: Description, tree: Path, *, threads: int | None = None
) -> dict[str, bytes]:
    """Return what the files hold, by how their names end; the record's last.

    Pictures are of fewer pixels, those of the glimpse. All numbers are those of all pixels.

    Parameters
    ----------
    regions
        What was found.
    description
        The image.
    tree
        Where the tree goes.
    threads
        None takes every processor available.
    """
    glimpse, table = regions.glimpse(threads), regions.table()
    order = regions.order
    contents = [
        region_picture(glimpse, table),
        png(glimpse.outlined()),
        png(boundary_picture(glimpse)),
        table_csv(table),
        content_of(tree, regions.tree, order.runs, description.shape, order.fingerprint, regions.choices),
        (json.dumps(large_regions_record(regions, description), indent=2, allow_nan=False) + "\n").encode(),
    ]
    return dict(zip(OTHERS, contents, strict=True))


def large_regions_record(regions: LargeRegions, description: Description) -> dict[str, Any]:
    """Return the record of `save_regions.regions_record`, what was read being all of the image."""
    stored, units = regions.order.image.stored_channels, regions.image.has_units
    read = {**large_input(description, stored, units=units), "pieces": len(description.pieces)}
    return record_of(regions, read)
