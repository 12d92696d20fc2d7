"""DICOM: volumes sorted by where planes lie, what a folder may get wrong, and labels as segmentations."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture import ReadError, WriteError, image_from_array, read
from pixture.arrays import Array, Floats
from pixture.cli import app
from pixture.imaging.physical_space.patient_space import DicomPlace
from pixture.imaging.readers.read import contents
from pixture.imaging.writers.families import DICOM, NIFTI, family_of
from pixture.imaging.writers.raster import ClassLook, Holds, Raster
from tests.encoded_files import encoded

pydicom: Any = pytest.importorskip("pydicom")
highdicom: Any = pytest.importorskip("highdicom")

from pixture.imaging.readers.medical.dicom.geometry import Plane, stacked  # noqa: E402 - pydicom is there

pydicom_data: Any = pytest.importorskip("pydicom.data")

NORMAL = ([1, 0, 0, 0, 1, 0], 2.5)


def blobs(planes: int = 6, seed: int = 0) -> Array:
    generator = np.random.default_rng(seed)
    means = np.array([0, 60, 120])[np.digitize(np.arange(20), [7, 14])]
    made: Array = generator.normal(means, 6, (planes, 16, 20)).round().astype(np.int16)
    return made


def series(
    folder: Path,
    values: Array,
    change: Callable[[int, Any], bool | None] = lambda k, d: None,
    uid: str = "1.2.3",
    description: str = "Blobs",
    name: str = "",
) -> Path:
    """A folder of one file a plane, in an order of names that has nothing to do with that of planes.

    `change` may change what is in a file, given its plane; False leaves it out.
    """
    folder.mkdir(exist_ok=True)
    base = pydicom.dcmread(pydicom_data.get_testdata_file("CT_small.dcm"))
    base.preamble = bytes(128)
    names = np.random.default_rng(1).permutation(len(values))
    for k, plane in enumerate(values):
        made = copy.deepcopy(base)
        made.Rows, made.Columns = plane.shape
        made.PixelSpacing, made.SliceThickness = [0.8, 0.7], 9
        made.ImageOrientationPatient, apart = NORMAL
        made.ImagePositionPatient = [-10, -20, 100 + apart * k]
        made.SeriesInstanceUID, made.SOPInstanceUID = uid, f"{uid}.{k + 1}"
        made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
        made.InstanceNumber, made.SeriesDescription = int(names[k]), description
        made.SeriesNumber = int(uid.split(".")[-1])
        made.RescaleSlope, made.RescaleIntercept = 1, -1024
        made.PixelData = (plane.astype(np.int16) + 1024).astype("<i2").tobytes()
        made["PixelData"].VR = "OW"
        for left_out in ("PixelPaddingValue", "DataSetTrailingPadding"):
            if left_out in made:
                delattr(made, left_out)
        if change(k, made) is not False:
            made.save_as(folder / f"{name}{names[k]:03d}.dcm")
    return folder


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def rotation(seed: int) -> Floats:
    turned, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return np.asarray(turned * np.sign(np.linalg.det(turned)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**16), st.integers(2, 9), st.floats(0.3, 8), st.permutations(range(9)))
def test_planes_are_sorted_along_their_normal_however_the_patient_lies(
    seed: int, count: int, apart: float, order: list[int]
) -> None:
    turned, start = rotation(seed), np.array([3.0, -40, 7])
    where = [k for k in order if k < count]
    planes = [Plane(str(k), start + k * apart * turned[2], turned[:2], (0.8, 0.7), 0) for k in where]
    stack = stacked(Path("folder"), planes)
    assert [where[place] for place in stack.order] == list(range(count))
    assert stack.distance == pytest.approx(apart)
    for k in range(count):  # the affine says the same as the files
        to_ras = np.array([-1, -1, 1]) * (
            start + k * apart * turned[2] + 5 * 0.7 * turned[0] + 2 * 0.8 * turned[1]
        )
        np.testing.assert_allclose(stack.affine @ [5, 2, k, 1], [*to_ras, 1], atol=1e-9)


def test_a_folder_is_the_volume_of_its_series(tmp_path: Path) -> None:
    values = blobs()
    folder = series(tmp_path / "ct", values)
    (folder / "notes.txt").write_text("no image")
    image = read(folder)
    np.testing.assert_array_equal(image.pixels, values)
    assert image.pixels.dtype.kind == "i"
    assert (image.axes, image.spacing, image.unit) == (
        "zyx",
        (2.5, 0.8, 0.7),
        "mm",
    )  # thickness is no distance
    assert image.place is not None
    assert image.place.in_words == "DICOM CT Blobs, LPS, 0.7 x 0.8 x 2.5 mm"
    assert len(image.inputs.paths) == len(values) + 1
    assert image.origin is not None
    assert len(image.origin.sha256 or "") == 64
    renamed = shutil.copytree(folder, tmp_path / "again")
    for number, path in enumerate(sorted(renamed.glob("*.dcm"))):
        path.rename(renamed / f"IM{number * 7 % 13:05d}")  # no suffix
    np.testing.assert_array_equal(read(renamed).pixels, values)
    np.testing.assert_array_equal(read(renamed, stack=True).pixels, values)  # nor by names where stacks are


def test_objects_lie_in_the_patient_as_those_of_nifti_do(tmp_path: Path) -> None:
    values = np.zeros((6, 16, 20), np.int16)
    values[1:4, 3:8, 5:12] = 900
    folder = series(tmp_path / "a", values)
    image = pixture.read(folder)
    (row,) = pixture.find_objects(image.pixels > 400, image).table()
    header = pydicom.dcmread(next(folder.iterdir()))
    along = np.array(header.ImageOrientationPatient, float).reshape(2, 3)
    first = np.array([-10.0, -20, 100 + NORMAL[1] * row["plane"]])  # DICOM's, to the left and back
    lps = first + 0.7 * row["column"] * along[0] + 0.8 * row["row"] * along[1]
    found = [row[name] for name in ("patient_x", "patient_y", "patient_z")]
    np.testing.assert_allclose(found, lps * [-1, -1, 1], atol=1e-9)


def test_signed_padding_and_slopes_of_each_plane(tmp_path: Path) -> None:
    values = blobs()

    def padded(k: int, made: Any) -> None:
        stored = (values[k] + 1024).astype("<i2")
        stored[0, :3] = -2000
        made.PixelData = stored.tobytes()
        made.add_new(0x00280120, "SS", -2000)

    image = read(series(tmp_path / "a", values, padded))
    assert image.mask is not None
    assert (~image.mask).sum() == 3 * len(values)
    assert not image.mask[:, 0, :3].any()

    def slopes(k: int, made: Any) -> None:
        made.RescaleSlope, made.RescaleIntercept = 0.5 * (k + 1), 1

    image = read(series(tmp_path / "b", values, slopes))
    expected = (values + 1024) * (0.5 * (np.arange(len(values)) + 1))[:, None, None] + 1
    np.testing.assert_allclose(image.pixels, expected)

    def negative(k: int, made: Any) -> None:
        del made.RescaleSlope
        del made.RescaleIntercept
        made.PixelData = (values[k] - 500).astype("<i2").tobytes()

    image = read(series(tmp_path / "c", values, negative))
    assert image.pixels.dtype == np.int16
    np.testing.assert_array_equal(image.pixels, values - 500)


def test_two_series_are_named_and_chosen(tmp_path: Path) -> None:
    folder = series(tmp_path / "two", blobs(3), uid="1.2.4", description="Soft tissue")
    series(folder, blobs(5, seed=2), uid="1.2.9", description="Bone", name="b")
    with pytest.raises(ReadError, match=r"2 series: 1 'Soft tissue' \(3 images\), 2 'Bone' \(5 images\)"):
        read(folder)
    np.testing.assert_array_equal(read(folder, scene=2).pixels, blobs(5, seed=2))
    np.testing.assert_array_equal(read(folder, scene="soft tissue").pixels, blobs(3))
    with pytest.raises(ReadError, match="there is no scene"):
        read(folder, scene="Lung")
    assert [(one.name, one.axes, one.shape) for one in contents(folder)] == [
        ("Soft tissue", "zyx", (3, 16, 20)),
        ("Bone", "zyx", (5, 16, 20)),
    ]
    result = run("info", str(folder))
    assert result.exit_code == 1
    assert "--scene 1" in result.output
    assert run("info", str(folder), "--scene", "Bone").exit_code == 0


def moved(k: int, made: Any) -> None:
    if k == 3:
        made.ImagePositionPatient = [-10, -20, 107.9]


def turned(k: int, made: Any) -> None:
    if k == 3:
        made.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]


def twice(k: int, made: Any) -> None:
    if k == 3:
        made.ImagePositionPatient = [-10, -20, 105]


def aside(k: int, made: Any) -> None:
    if k == 3:
        made.ImagePositionPatient = [-2, -20, 107.5]


def larger(k: int, made: Any) -> None:
    if k == 3:
        made.Rows, made.Columns = 20, 16


def nowhere(k: int, made: Any) -> None:
    if k == 3:
        del made.ImagePositionPatient


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda k, made: k != 2, "1 plane is missing. Copy the whole series"),
        (lambda k, made: k not in (2, 3), "2 planes are missing"),
        (moved, "resample it first"),
        (turned, "turned against each other"),
        (twice, "lie at the same place"),
        (aside, "beside the line of the others"),
        (larger, "Rows"),
        (nowhere, "does not say where in the patient it lies"),
    ],
)
def test_what_is_no_volume_ends_in_a_sentence(tmp_path: Path, change: Any, said: str) -> None:
    folder = series(tmp_path / "ct", blobs(8), change)
    result = run("segment", str(folder), "-o", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert said in result.output
    assert result.output.count("error:") == 1
    assert "Traceback" not in result.output


def test_files_that_are_damaged_or_no_image(tmp_path: Path) -> None:
    folder = series(tmp_path / "ct", blobs(4))
    path = sorted(folder.iterdir())[0]
    whole = path.read_bytes()
    for length in (len(whole) - 9, 700, 200, 133):
        path.write_bytes(whole[:length])
        with pytest.raises(ReadError, match=r"\.dcm"):
            read(path)
        with pytest.raises(ReadError):
            read(folder)
    path.write_bytes(whole)
    huge = pydicom.dcmread(path)
    huge.Rows = huge.Columns = 60000
    huge.save_as(tmp_path / "huge.dcm")
    with pytest.raises(ReadError, match="larger than is taken for safe"):
        read(tmp_path / "huge.dcm")
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "a.dcm").write_bytes(b"\2\0")
    with pytest.raises(ReadError, match="no file in the folder is a DICOM image"):
        read(empty)


def test_a_decoder_that_is_absent_is_said(tmp_path: Path) -> None:
    lossless = Path(pydicom_data.get_testdata_file("SC_rgb_jpeg_gdcm.dcm"))
    decoder = pydicom.pixels.get_decoder(pydicom.uid.JPEGLosslessSV1)
    if decoder.is_available:
        pytest.skip("a decoder of lossless JPEG is installed")
    with pytest.raises(ReadError, match=r"JPEG Lossless.*no decoder for it is installed\. Install one"):
        read(lossless)
    with pytest.raises(ReadError, match="deflated as a whole"):
        read(pydicom_data.get_testdata_file("image_dfl.dcm"))
    with pytest.raises(ReadError, match="holds a segmentation"):
        read(pydicom_data.get_testdata_file("liver_1frame.dcm"))
    with pytest.raises(ReadError, match="holds no image"):
        read(pydicom_data.get_testdata_file("rtplan.dcm"))


@pytest.mark.parametrize(
    "name",
    ["MR_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "CT_small.dcm"],
)
def test_files_of_others(name: str) -> None:
    path = pydicom_data.get_testdata_file(name)
    whole = pydicom.dcmread(path)
    expected = pydicom.pixels.apply_rescale(whole.pixel_array, whole)
    np.testing.assert_array_equal(read(path).pixels, expected)


def test_colours_films_and_doses() -> None:
    coloured = read(pydicom_data.get_testdata_file("examples_rgb_color.dcm"))
    assert (coloured.axes, coloured.shape, coloured.place) == ("yxc", (240, 320), None)
    film = read(pydicom_data.get_testdata_file("SC_rgb_rle_2frame.dcm"))
    assert film.axes == "tyxc"
    path = pydicom_data.get_testdata_file("rtdose.dcm")
    dose, header = read(path), pydicom.dcmread(path)
    assert (dose.axes, dose.spacing[0]) == ("zyx", 5)
    np.testing.assert_allclose(dose.pixels, header.pixel_array * float(header.DoseGridScaling))
    palette = read(pydicom_data.get_testdata_file("examples_palette.dcm"))
    assert palette.axes == "yxc"


def enhanced(path: Path, values: Array, folder: Path) -> Path:
    """One file of several frames, in an order that is not that of the planes."""
    first = pydicom.dcmread(sorted(folder.iterdir())[0])
    order = np.random.default_rng(4).permutation(len(values))
    first.file_meta.MediaStorageSOPClassUID = first.SOPClassUID = pydicom.uid.EnhancedCTImageStorage
    first.NumberOfFrames = len(values)
    shared, frames = pydicom.Dataset(), []
    measures, orientation, transformation = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
    measures.PixelSpacing, measures.SliceThickness = [0.8, 0.7], 2.5
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    transformation.RescaleSlope, transformation.RescaleIntercept, transformation.RescaleType = 1, -1024, "HU"
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    shared.PixelValueTransformationSequence = [transformation]
    for k in order:
        own, position, content = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
        position.ImagePositionPatient = [-10, -20, 100 + 2.5 * int(k)]
        content.DimensionIndexValues = [1, int(k) + 1]
        own.PlanePositionSequence, own.FrameContentSequence = [position], [content]
        frames.append(own)
    first.SharedFunctionalGroupsSequence, first.PerFrameFunctionalGroupsSequence = [shared], frames
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope",
                 "RescaleIntercept"):  # fmt: skip
        delattr(first, name)
    first.PixelData = (values[order].astype(np.int16) + 1024).astype("<i2").tobytes()
    first["PixelData"].VR = "OW"
    first.save_as(path)
    return path


def test_one_file_of_several_frames(tmp_path: Path) -> None:
    values = blobs()
    path = enhanced(tmp_path / "enhanced.dcm", values, series(tmp_path / "ct", values))
    image = read(path)
    np.testing.assert_array_equal(image.pixels, values)
    assert (image.axes, image.spacing) == ("zyx", (2.5, 0.8, 0.7))
    assert image.place is not None
    assert isinstance(image.place.content, DicomPlace)
    np.testing.assert_array_equal(written(tmp_path, image, values > 90, values >= 30), segments(values))


def segments(values: Array) -> Array:
    return np.stack([(values < 30), (values >= 30) & (values <= 90), values > 90])


def raster(image: Any, bright: Array, middle: Array) -> Raster:
    labels = middle.astype(np.uint8) + bright
    looks = tuple(
        ClassLook(name, colour) for name, colour in (("air", "#112233"), ("", "#00ff00"), ("bone", "#ff0000"))
    )
    return Raster(labels, image, Holds.LABELS, None, looks)


def written(folder: Path, image: Any, bright: Array, middle: Array) -> Array:
    """What highdicom reads of the segmentation that is written, a volume a segment."""
    path = folder / "labels.dcm"
    path.write_bytes(encoded(raster(image, bright, middle), DICOM)[".dcm"])
    found = highdicom.seg.segread(path)
    volume = found.get_volume(combine_segments=False)
    made: Array = np.moveaxis(volume.array, -1, 0) > 0
    position = np.array(volume.position)
    return made if position[2] == 100 else made[:, ::-1]


def test_labels_are_segments_that_refer_to_their_images(tmp_path: Path) -> None:
    values = blobs()
    image = read(series(tmp_path / "ct", values))
    assert family_of(image) is DICOM
    np.testing.assert_array_equal(written(tmp_path, image, values > 90, values >= 30), segments(values))
    found = pydicom.dcmread(tmp_path / "labels.dcm")
    assert [one.SegmentLabel for one in found.SegmentSequence] == ["air", "label 1", "bone"]
    assert all("RecommendedDisplayCIELabValue" in one for one in found.SegmentSequence)
    referred = {
        one.ReferencedSOPInstanceUID for one in found.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    }
    assert referred == {f"1.2.3.{k + 1}" for k in range(len(values))}
    source = pydicom.dcmread(next((tmp_path / "ct").iterdir()))
    for name in ("PatientID", "StudyInstanceUID", "FrameOfReferenceUID"):
        assert found.get(name) == source.get(name)
    first = (tmp_path / "labels.dcm").read_bytes()
    assert (
        encoded(raster(image, values > 90, values >= 30), DICOM)[".dcm"] == first
    )  # neither clock nor chance
    other = pydicom.dcmread(tmp_path / "labels.dcm").SOPInstanceUID
    written(tmp_path, image, values > 120, values >= 30)
    assert pydicom.dcmread(tmp_path / "labels.dcm").SOPInstanceUID != other
    if shutil.which("dciodvfy"):
        said = subprocess.run(["dciodvfy", str(tmp_path / "labels.dcm")], capture_output=True, text=True)
        assert "Error" not in said.stdout + said.stderr


def test_a_class_without_voxels_has_no_segment(tmp_path: Path) -> None:
    values = blobs()
    image = read(series(tmp_path / "ct", values))
    (tmp_path / "l.dcm").write_bytes(encoded(raster(image, values > 90, values > 90), DICOM)[".dcm"])
    assert [one.SegmentLabel for one in pydicom.dcmread(tmp_path / "l.dcm").SegmentSequence] == [
        "air",
        "bone",
    ]


def test_what_is_no_dicom_is_not_written_as_such() -> None:
    with pytest.raises(WriteError, match="came from none"):
        family_of(image_from_array(np.zeros((2, 2))), "dicom")


def test_the_command_writes_a_segmentation_and_maps_that_lie_there_too(tmp_path: Path) -> None:
    nibabel: Any = pytest.importorskip("nibabel")
    values = blobs(8)
    folder = series(tmp_path / "ct", values)
    arguments = ["segment", str(folder), "-k", "3", "--names", "air,water,bone", "-o", str(tmp_path / "out")]
    result = run(*arguments, "--maps", "probabilities")
    assert result.exit_code == 0, result.output
    assert result.output.count("warning:") == 1
    assert "DICOM holds labels; what else has a value a pixel is written as NIfTI." in result.output
    labels = tmp_path / "out" / "ct.labels.dcm"
    assert [one.SegmentLabel for one in pydicom.dcmread(labels).SegmentSequence] == ["air", "water", "bone"]
    record = json.loads((tmp_path / "out" / "ct.json").read_text())
    assert record["labels"]["offset"] == 1
    maps = nibabel.load(tmp_path / "out" / "ct.probabilities.nii.gz")
    np.testing.assert_allclose(maps.affine @ [0, 0, 0, 1], [10, 20, 100, 1], atol=1e-4)
    np.testing.assert_allclose(maps.affine @ [1, 1, 1, 1], [10 - 0.7, 20 - 0.8, 102.5, 1], atol=1e-4)
    assert run(*arguments, "--format", "nifti", "--overwrite").exit_code == 0
    found = nibabel.load(tmp_path / "out" / "ct.labels.nii.gz")
    assert family_of(read(tmp_path / "out" / "ct.labels.nii.gz")) is NIFTI
    assert set(np.unique(np.asarray(found.dataobj))) == {1, 2, 3}
    # a folder in which the labels lie too is still one series
    shutil.copy(labels, folder)
    np.testing.assert_array_equal(read(folder).pixels, values)
