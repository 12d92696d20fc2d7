"""Regions on disk: their numbers, outlines, boundaries, a table, the tree and a record."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

import pixture
from pixture.arrays import Integers
from pixture.errors import OlderReportWarning, warn
from pixture.files.atomic_writing import Content, write_whole
from pixture.files.input_files import Inputs
from pixture.files.output_files import NO_INPUTS, refuse_outputs, stem_of
from pixture.imaging.encoding.png import png
from pixture.imaging.writers.families import PNG, Family, encoded, family_of
from pixture.imaging.writers.raster import Holds, Raster
from pixture.options.writing import Writing
from pixture.segmentation.large_images.regions.large_regions import LargeRegions
from pixture.segmentation.regions.flat_regions import flat_regions
from pixture.segmentation.regions.merge_tree.tree_file import SUFFIX, tree_content
from pixture.segmentation.regions.regions import Regions
from pixture.view.output.input_record import input_record
from pixture.view.output.polygon_files import REGIONS as POLYGONS
from pixture.view.output.polygon_files import refuse_polygons, region_polygons
from pixture.view.output.region_picture import region_picture

FORMAT = 1
"""Version of the record's layout."""

MOST_16_BITS = 65_535
"""Regions up to which their numbers are written as a PNG file; of more, as TIFF of 32 bits."""

NUMBERS, NUMBERS_32 = ".regions.png", ".regions.tif"
# the record last: where it stands, the set is complete
OTHERS = (".regions.jpg", ".outlines.png", ".boundaries.png", ".regions.csv", SUFFIX, ".regions.json")


def region_paths(writing: Writing, stem: str, regions: int = 0, *, family: Family = PNG) -> list[Path]:
    """Return the paths of the files that `save_regions` writes of so many regions, the record's last.

    The numbers are in a family's format; files that some formats have beside these are not among them.

    >>> [path.name for path in region_paths(Writing(), "cat")][:3]
    ['cat.regions.png', 'cat.regions.jpg', 'cat.outlines.png']
    """
    of_picture = NUMBERS if regions <= MOST_16_BITS else NUMBERS_32
    numbers = of_picture if family is PNG else f".{POLYGONS}{family.suffix}"
    polygons = [] if writing.vector is None else [f".{POLYGONS}.{writing.vector}"]
    return [writing.output / f"{stem}{suffix}" for suffix in (numbers, *polygons, *OTHERS)]


def save_regions(
    regions: Regions,
    writing: Writing,
    *,
    stem: str | None = None,
    inputs: Inputs = NO_INPUTS,
) -> list[Path]:
    """Write the files of regions as `Regions.save` says; return the paths.

    Neither the image's own files are replaced nor other `inputs`.
    """
    refuse_polygons(regions.image, writing.vector)
    folder, origin = writing.output, regions.image.origin
    stem = stem or (stem_of(origin.path) if origin is not None else "image")
    highest = int(regions.ids[-1])
    family = family_of(regions.image, writing.format)
    paths = region_paths(writing, stem, highest, family=family)
    kept = inputs | regions.image.inputs
    refuse_outputs(paths, overwrite=writing.overwrite, inputs=kept)
    made = _numbers(regions, family)
    if writing.vector is not None:
        made |= region_polygons(regions, writing.vector)
    contents = [
        region_picture(regions),
        png(regions.outlined()),
        png(boundary_picture(flat_regions(regions))),
        table_csv(regions.table()),
        tree_content(regions, paths[-2]),
        (json.dumps(regions_record(regions), indent=2, allow_nan=False) + "\n").encode(),
    ]
    made |= dict(zip(OTHERS, contents, strict=True))
    paths = [folder / f"{stem}{suffix}" for suffix in made]
    write_whole(dict(zip(paths, made.values(), strict=True)), overwrite=writing.overwrite, inputs=kept)
    older = folder / f"{stem}{NUMBERS_32 if paths[0].name.endswith(NUMBERS) else NUMBERS}"
    if os.path.lexists(older):
        warn(
            f"{older.name} is there from another run; the numbers written now are in {paths[0].name}.",
            OlderReportWarning,
        )
    return paths


def boundary_picture(regions: Regions) -> Integers:
    """Return the strength of the boundary at each pixel as 16-bit grey: 65,535 · h / (1 + h).

    Black is no boundary, middle grey the height of the automatic cut, white a boundary that never goes; the
    cut with the detail D keeps what is above 65,535 · (1 - D).
    """
    strength = regions.boundaries().astype(np.float64)
    with np.errstate(invalid="ignore"):
        shown = np.where(np.isinf(strength), 1.0, strength / (1 + strength))
    return np.asarray(np.round(65_535 * shown), dtype=np.uint16)


def _numbers(regions: Regions, family: Family) -> dict[str, Content]:
    """Return the files of the regions' numbers: of a picture PNG, else in the family's format."""
    few = int(regions.ids[-1]) <= MOST_16_BITS
    if family is PNG:
        return (
            {NUMBERS: png(regions.labels.astype(np.uint16))} if few else {NUMBERS_32: _tiff(regions.labels)}
        )
    numbers = regions.labels.astype(np.uint16 if few else np.uint32)
    files = encoded(Raster(numbers, regions.image, Holds.NUMBERS, 0), family)
    return {f".{POLYGONS}{suffix}": content for suffix, content in files.items()}


def _tiff(labels: Integers) -> bytes:
    content = io.BytesIO()
    tifffile.imwrite(content, labels.astype(np.uint32), compression="zlib", metadata=None)
    return content.getvalue()


def table_csv(rows: list[dict[str, Any]]) -> bytes:
    """Return a table, its columns named in the first line; what is None is left empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _in_json(choice: Any) -> Any:
    """Return a choice as JSON can say it, which knows no infinite height."""
    return str(choice) if isinstance(choice, float) and not math.isfinite(choice) else choice


def regions_record(regions: Regions) -> dict[str, Any]:
    """Return all that is known of regions but their pixels and their table, ready for JSON.

    The same input and choices give the same record.
    """
    return record_of(regions, input_record(regions.image))


def record_of(regions: Regions | LargeRegions, read: dict[str, Any]) -> dict[str, Any]:
    """Return the record of regions of an image of which that is known."""
    tree = regions.tree
    colour, texture = regions.mixture.colour, regions.mixture.texture
    return {
        "format": FORMAT,
        "input": read,
        "choices": {name: _in_json(value) for name, value in regions.choices.items()},
        "regions": regions.count,
        "names": {str(region): name for region, name in regions.names.items()},
        "superpixels": tree.leaves,
        "parts_that_do_not_touch": len(tree.roots),
        "mixture": {
            "colour": None if colour is None else colour.as_dict(),
            "texture": None if texture is None else texture.as_dict(),
        },
        "versions": {
            "pixture": pixture.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "numba", "pillow", "scipy", "tifffile")},
        },
    }
