"""The files of objects that were found piece by piece, but for that of their numbers."""

from __future__ import annotations

import json

from pixture.imaging.encoding.jpeg import jpeg
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.objects.large_objects import LargeObjects
from pixture.view.output.large_image_files import input_of
from pixture.view.output.object_files import OUTLINES, RECORD, TABLE, objects_csv, outlined, record_of


def large_object_files(objects: LargeObjects, segmentation: LargeSegmentation) -> dict[str, bytes]:
    """Return what the files hold, by how their names end; the record's last.

    The outlines are of fewer pixels, those of the glimpse. All measures are those of all pixels.
    """
    made = {TABLE: objects_csv(objects)}
    if objects.glimpse is not None:
        made[OUTLINES] = jpeg(outlined(segmentation.image, objects.glimpse))
    description = segmentation.facts.description
    record = record_of(objects, input_of(segmentation), description.shape, description.place)
    made[RECORD] = (json.dumps(record, indent=2, allow_nan=False) + "\n").encode()
    return made
