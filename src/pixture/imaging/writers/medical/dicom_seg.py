"""DICOM segmentations (SEG), by highdicom: labels as segments that refer to the images they are of.

What is written follows from the images and the labels alone. So that the same input gives the same file, its
unique identifiers are hashes of both, under pydicom's root, and its times are those of the study.
"""

from __future__ import annotations

import hashlib
import io
from typing import Any

import highdicom
import numpy as np
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid
from pydicom.valuerep import DS

import pixture
from pixture.arrays import Array
from pixture.errors import WriteError
from pixture.imaging.image import Image
from pixture.imaging.physical_space.patient_space import DicomPlace
from pixture.imaging.readers.medical.dicom.quiet import silenced
from pixture.imaging.writers.numbers_from_one import colour_of, names_of_numbers, numbers_from_one
from pixture.imaging.writers.raster import Raster

AFTER = 1000
"""What is added to the number of the images' series for that of the labels."""

NO_DATE, NO_TIME = "19000101", "000000"
"""Of a study without one: when labels were made is not said, so that they are the same every time."""

LONGEST = 64
"""Letters of a segment's label."""


def encode(raster: Raster) -> dict[str, bytes]:
    """Return labels as a DICOM segmentation: label k is segment k + 1, what is masked is in none.

    Raises
    ------
    WriteError
        The headers of the images lack what a segmentation must repeat.
    """
    place = raster.image.place
    content = None if place is None else place.content
    if not isinstance(content, DicomPlace):
        raise WriteError("A DICOM segmentation refers to DICOM images. Choose another format (--format).")
    numbers = numbers_from_one(raster)
    planes = numbers[None] if numbers.ndim == 2 else numbers
    there = np.unique(planes)
    if content.frames:
        in_file = np.empty_like(planes)
        in_file[list(content.frames)] = planes
        planes = in_file
    with silenced():
        try:
            made = _segmentation(content.headers, planes, raster, there[there > 0])
        except (AttributeError, KeyError, ValueError, TypeError) as error:
            raise WriteError(
                f"A DICOM segmentation of these images cannot be made, as their headers lack something "
                f"({str(error).splitlines()[0][:200].rstrip('.')}). Choose another format (--format nifti)."
            ) from error
        file = io.BytesIO()
        made.save_as(file)
    return {".dcm": file.getvalue()}


def _segmentation(headers: tuple[Any, ...], planes: Array, raster: Raster, there: Array) -> Any:
    """Return the segmentation; classes without voxels have no segment."""
    entropy = _digest(headers, planes, raster)
    algorithm = highdicom.AlgorithmIdentificationSequence(
        name="pixture", version=pixture.__version__, family=codes.cid7162.ClusterAnalysis
    )
    names = names_of_numbers(raster.classes)
    made = highdicom.seg.Segmentation(
        source_images=list(headers),
        pixel_array=_consecutive(planes, there),
        segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[
            highdicom.seg.SegmentDescription(
                segment_number=position,
                segment_label=names[number - 1][:LONGEST],
                segmented_property_category=codes.SCT.Tissue,
                segmented_property_type=codes.SCT.Tissue,
                algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
                algorithm_identification=algorithm,
                display_color=highdicom.color.CIELabColor.from_rgb(*colour_of(raster.classes[number - 1])),
            )
            for position, number in enumerate(there.tolist(), 1)
        ],
        series_instance_uid=_uid(entropy, "series"),
        series_number=int(headers[0].get("SeriesNumber") or 0) + AFTER,
        sop_instance_uid=_uid(entropy, "instance"),
        instance_number=1,
        manufacturer="pixture",
        manufacturer_model_name="pixture",
        software_versions=pixture.__version__,
        device_serial_number="0",
        content_label="LABELS",
        content_description="Classes of a Gaussian mixture",
        series_description="pixture labels",
    )
    _with_true_distance(made, raster.image)
    _without_clock(made, headers[0], entropy)
    return made


def _with_true_distance(made: Any, image: Image) -> None:
    """Say how far planes are apart by where they lie, whatever the images' headers say."""
    if image.is_volume:
        measures = made.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
        measures.SpacingBetweenSlices = DS(image.spatial_spacing[0], auto_format=True)


def _consecutive(planes: Array, there: Array) -> Array:
    """Return numbers 1, 2, … of the segments that there are."""
    found = np.zeros(planes.shape, np.uint16)
    for position, number in enumerate(there.tolist(), 1):
        found[planes == number] = position
    return found if len(there) > np.iinfo(np.uint8).max else found.astype(np.uint8)


def _digest(headers: tuple[Any, ...], planes: Array, raster: Raster) -> str:
    """Return a hash of the images that are referred to, of the labels, and of how these are called."""
    found = hashlib.sha256(np.ascontiguousarray(planes).tobytes())
    for header in headers:
        found.update(f"{header.get('SOPInstanceUID', '')}\n".encode())
    for look in raster.classes:
        found.update(f"{look.name} {look.colour}\n".encode())
    return found.hexdigest()


def _uid(entropy: str, what: str) -> str:
    return str(generate_uid(entropy_srcs=[entropy, what, pixture.__version__]))


def _without_clock(made: Any, header: Any, entropy: str) -> None:
    """Put the study's times in the place of now, and a hash in that of what was drawn by chance."""
    date = str(header.get("StudyDate") or header.get("SeriesDate") or NO_DATE)
    time = str(header.get("StudyTime") or header.get("SeriesTime") or NO_TIME)
    made.ContentDate = made.InstanceCreationDate = made.SeriesDate = date
    made.ContentTime = made.InstanceCreationTime = made.SeriesTime = time
    for one in made.get("ContributingEquipmentSequence", []):
        one.ContributionDateTime = f"{date}{time}"
    dimensions = _uid(entropy, "dimensions")
    for one in made.DimensionOrganizationSequence:
        one.DimensionOrganizationUID = dimensions
    for one in made.DimensionIndexSequence:
        one.DimensionOrganizationUID = dimensions
