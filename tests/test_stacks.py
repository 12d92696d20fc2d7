"""Stacks in TIFF, and animations: every axis, every scene, every level; sizes with their units, names."""

from __future__ import annotations

import itertools
import struct
import time
import warnings
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import tifffile
from benchmarks.data import folder_of_images
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pixture import (
    ChoiceError,
    FirstFrameWarning,
    ReadError,
    UnclearAxesWarning,
    image_from_array,
    read,
    segment,
)
from pixture.arrays import Array
from pixture.cli import app
from pixture.imaging.physical_space.units import METRES, in_unit, usual_unit
from pixture.imaging.readers.microscopy.ome_xml import ome_images
from pixture.imaging.readers.read import contents
from pixture.imaging.writers.families import formats

DATA = folder_of_images() / "formats" / "microscopy"
SIZES = {"T": 3, "Z": 4, "C": 2, "Y": 10, "X": 12}


def cells(axes: str, dtype: str = "u2") -> Array:
    shape = tuple(SIZES[axis] for axis in axes)
    return np.random.default_rng(len(axes)).integers(0, 250, shape).astype(dtype)


def usual(array: Array, axes: str) -> Array:
    """Return an array with its axes in the order of an image's."""
    return image_from_array(array, axes=axes.lower()).pixels


ORDERS = ["".join(order) for length in range(4) for order in itertools.permutations("TZC", length)]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_ome_tiff_with_its_axes_in_any_order(order: str, dtype: str, tmp_path: Path) -> None:
    array, axes = cells(f"{order}YX", dtype), f"{order}YX"
    tifffile.imwrite(tmp_path / "a.ome.tif", array, photometric="minisblack", metadata={"axes": axes})
    image = read(tmp_path / "a.ome.tif")
    np.testing.assert_array_equal(image.pixels, usual(array, axes))
    assert image.pixels.dtype == array.dtype
    assert image.place is not None
    assert image.place.family == "OME-TIFF"


@pytest.mark.parametrize("axes", ["YX", "ZYX", "TYX", "CYX", "TZYX", "ZCYX", "TCYX", "TZCYX"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_imagej_hyperstacks(axes: str, compression: str | None, tmp_path: Path) -> None:
    array = cells(axes)
    told = {"axes": axes, "unit": "\\u00B5m", "spacing": 2.5, "finterval": 3.0}
    tifffile.imwrite(
        tmp_path / "a.tif", array, imagej=True, metadata=told, resolution=(4, 5), compression=compression
    )
    image = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.pixels, usual(array, axes))
    known = {"T": 3.0, "Z": 2.5, "Y": 0.2, "X": 0.25}
    assert image.spacing == tuple(known[axis] for axis in "TZYX" if axis in axes)
    assert (image.unit, image.place) == ("µm", None)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_one_time_and_one_plane_are_those_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    axes = data.draw(st.sampled_from(["TZCYX", "ZTYX", "CZYX", "ZYX", "TCYX"]))
    path = tmp_path_factory.getbasetemp() / "part.tif"
    tifffile.imwrite(path, cells(axes), photometric="minisblack", metadata={"axes": axes})
    whole = read(path)
    chosen = {"time": "T", "slice": "Z"}
    asked = {
        name: data.draw(st.integers(1, SIZES[axis]))
        for name, axis in chosen.items()
        if axis in axes and data.draw(st.booleans())
    }
    expected = whole
    for name, number in asked.items():
        expected = expected.at(chosen[name].lower(), number - 1)
    part = read(path, **asked)  # type: ignore[arg-type]  # numbers
    np.testing.assert_array_equal(part.pixels, expected.pixels)
    assert (part.axes, part.spacing) == (expected.axes, expected.spacing)


def test_names_of_channels_are_labels_of_slices_that_do_not_change(tmp_path: Path) -> None:
    array = cells("TZCYX")
    told = {"axes": "TZCYX", "Labels": ["dapi", "gfp"] * 12}
    tifffile.imwrite(tmp_path / "a.tif", array, imagej=True, metadata=told)
    assert read(tmp_path / "a.tif").channel_names == ("dapi", "gfp")
    np.testing.assert_array_equal(read(tmp_path / "a.tif", channels=["GFP"]).pixels[..., 0], array[:, :, 1])
    with pytest.raises(
        ChoiceError, match=r"There is no channel 'gfb': it has 2 channels: dapi, gfp. Did you mean 'gfp'"
    ):
        read(tmp_path / "a.tif", channels=["gfb"])
    told["Labels"] = [f"slice {number}" for number in range(24)]
    tifffile.imwrite(tmp_path / "a.tif", array, imagej=True, metadata=told)
    assert read(tmp_path / "a.tif").channel_names == ()


def test_sizes_of_ome_xml_come_in_one_unit(tmp_path: Path) -> None:
    told = {"axes": "TZCYX", "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.25, "PhysicalSizeZ": 1000.0}
    told |= {"PhysicalSizeZUnit": "nm", "TimeIncrement": 2.0, "TimeIncrementUnit": "min", "Name": "well A1"}
    told["Channel"] = {"Name": ["dapi", "gfp"]}
    tifffile.imwrite(tmp_path / "a.ome.tif", cells("TZCYX"), metadata=told)
    image = read(tmp_path / "a.ome.tif")
    assert (image.spacing, image.unit, image.channel_names) == (
        (120.0, 1.0, 0.25, 0.25),
        "µm",
        ("dapi", "gfp"),
    )
    assert image.place is not None
    assert image.place.in_words == "OME-TIFF, image well A1"


@given(st.sampled_from(list(METRES)), st.sampled_from(list(METRES)), st.floats(1e-3, 1e3))
def test_lengths_in_another_unit_and_back(one: str, other: str, length: float) -> None:
    there = in_unit(length, one, other)
    assert there is not None
    assert in_unit(there, other, one) == pytest.approx(length, rel=1e-9)
    assert usual_unit(usual_unit(one.upper() if one == "mm" else one)) == one


def pyramid(path: Path) -> Array:
    array = cells("CYX")
    with tifffile.TiffWriter(path) as file:
        file.write(array, subifds=1, metadata={"axes": "CYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5})
        file.write(array[:, ::2, ::2], subfiletype=1)
        file.write(array[0], metadata={"axes": "YX", "Name": "second"})
    return array


def test_scenes_and_levels(tmp_path: Path) -> None:
    array = pyramid(tmp_path / "a.ome.tif")
    first, second = contents(tmp_path / "a.ome.tif")
    assert first.levels == ((10, 12, 2), (5, 6, 2))
    assert (second.name, second.axes, second.shape) == ("second", "yx", (10, 12))
    with pytest.warns(
        FirstFrameWarning, match=r"holds 2 images; only the first is read. Choose another: scene=2"
    ):
        image = read(tmp_path / "a.ome.tif")
    np.testing.assert_array_equal(image.pixels, np.moveaxis(array, 0, -1))
    small = read(tmp_path / "a.ome.tif", scene=1, level=1)
    np.testing.assert_array_equal(small.pixels, np.moveaxis(array[:, ::2, ::2], 0, -1))
    assert (small.spacing, small.unit) == ((1.0, 1.0), "µm")
    np.testing.assert_array_equal(read(tmp_path / "a.ome.tif", scene="second").pixels, array[0])
    with pytest.raises(ReadError, match=r"there is no level 2. It has 2 levels, 0 .the full size. to 1"):
        read(tmp_path / "a.ome.tif", scene=1, level=2)
    with pytest.raises(ReadError, match=r"there is no scene 'secund'. .* Did you mean 'second'"):
        read(tmp_path / "a.ome.tif", scene="secund")


def test_smaller_copies_of_a_plain_page_are_its_levels(tmp_path: Path) -> None:
    array = cells("YX")
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(array, metadata=None)
        file.write(array[::4, ::4], subfiletype=1, metadata=None)
        file.write(array[::2, ::2], subfiletype=1, metadata=None)
    assert contents(tmp_path / "a.tif")[0].levels == ((10, 12), (5, 6), (3, 3))
    np.testing.assert_array_equal(read(tmp_path / "a.tif", level=1).pixels, array[::2, ::2])


def test_plain_pages_are_planes_and_it_is_said(tmp_path: Path) -> None:
    array = cells("ZYX")
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="minisblack", metadata=None)
    with pytest.warns(
        UnclearAxesWarning, match=r"what its 4 pages are; they are read as the planes of one volume"
    ):
        image = read(tmp_path / "a.tif")
    assert image.axes == "zyx"
    np.testing.assert_array_equal(image.pixels, array)
    np.testing.assert_array_equal(read(tmp_path / "a.tif", slice=3).pixels, array[2])
    with tifffile.TiffWriter(tmp_path / "b.tif") as file:
        for page in (array[0], array[1, :5], array[2]):
            file.write(page, metadata=None)
    assert [one.shape for one in contents(tmp_path / "b.tif")] == [(2, 10, 12), (5, 12)]
    np.testing.assert_array_equal(read(tmp_path / "b.tif", scene=2).pixels, array[1, :5])


def test_positions_are_scenes(tmp_path: Path) -> None:
    array = cells("TZYX")
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="minisblack", metadata={"axes": "RZYX"})
    assert [one.name for one in contents(tmp_path / "a.tif")] == ["R 1", "R 2", "R 3"]
    np.testing.assert_array_equal(read(tmp_path / "a.tif", scene="r 2").pixels, array[1])


def test_planes_behind_one_directory(tmp_path: Path) -> None:
    array = cells("TZCYX")
    for name, order in (("a.tif", "<"), ("b.tif", ">")):
        told = {"axes": "TZCYX"}
        tifffile.imwrite(
            tmp_path / name, array, byteorder=order, photometric="minisblack", truncate=True, metadata=told
        )
        with tifffile.TiffFile(tmp_path / name) as file:
            assert len(file.pages) == 1
        np.testing.assert_array_equal(read(tmp_path / name).pixels, usual(array, "TZCYX"))
    content = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "short.tif").write_bytes(content[:-100])
    with pytest.raises(ReadError, match=r"incomplete|damaged"):
        read(tmp_path / "short.tif")


def test_what_imagej_calibrates_is_applied(tmp_path: Path) -> None:
    array = np.array([[0, 32768], [65535, 5]], np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", array, imagej=True, metadata={"cf": 0, "c0": -32768.0, "c1": 1.0})
    image = read(tmp_path / "a.tif")
    assert image.pixels.dtype == np.int16
    np.testing.assert_array_equal(image.pixels, array.astype(int) - 32768)
    tifffile.imwrite(tmp_path / "a.tif", array, imagej=True, metadata={"cf": 0, "c0": 1.0, "c1": 0.5})
    np.testing.assert_array_equal(read(tmp_path / "a.tif").pixels, array * 0.5 + 1)


def test_pages_that_are_damaged_are_found_wherever_they_are(tmp_path: Path) -> None:
    array = cells("ZYX")
    tifffile.imwrite(
        tmp_path / "a.tif", array, photometric="minisblack", compression="zlib", metadata={"axes": "ZYX"}
    )
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        page = file.pages[2]
        offset, length = page.dataoffsets[0], page.databytecounts[0]
    content = bytearray((tmp_path / "a.tif").read_bytes())
    content[offset : offset + length] = bytes(length)
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(ReadError, match=r"strip 1 of 1 cannot be decoded"):
        read(tmp_path / "a.tif")
    np.testing.assert_array_equal(read(tmp_path / "a.tif", slice=2).pixels, array[1])


def test_thousands_of_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All are read in seconds; more than is safe are refused with what to do, one of them is read at once."""
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for number in range(4000):
            file.write(np.full((16, 16), number % 251, np.uint8), metadata=None, contiguous=False)
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", PIL.Image.MAX_IMAGE_PIXELS)  # --max-pixels sets it
    began = time.monotonic()
    with pytest.warns(UnclearAxesWarning, match=r"4,000 pages"):
        image = read(tmp_path / "a.tif")
    assert image.shape == (4000, 16, 16)
    np.testing.assert_array_equal(image.pixels[:, 0, 0], np.arange(4000) % 251)
    assert time.monotonic() - began < 10
    safe = ["--max-pixels", "1000000"]
    done = CliRunner().invoke(app, ["regions", str(tmp_path / "a.tif"), "-o", str(tmp_path), *safe])
    assert done.exit_code == 1
    assert "claims 4,000 planes of 16 x 16 pixels" in done.output
    assert "Read one plane (--slice 1)" in done.output
    done = CliRunner().invoke(app, ["info", str(tmp_path / "a.tif"), *safe])
    assert (done.exit_code, "read in pieces" in done.output) == (0, True)  # so as many as these do no harm
    done = CliRunner().invoke(app, ["info", str(tmp_path / "a.tif"), "--slice", "4000"])
    assert (done.exit_code, "16 x 16 = 256 pixels" in done.output) == (0, True)


def test_a_page_of_several_widths_is_damaged(tmp_path: Path) -> None:
    """Numbers in place of one: what multiplies them by others would repeat them, in gigabytes."""
    tifffile.imwrite(tmp_path / "a.tif", cells("YX"), photometric="minisblack", metadata=None)
    content = bytearray((tmp_path / "a.tif").read_bytes())
    at = content.index(struct.pack("<HHI", 256, 4, 1))
    content[at : at + 12] = struct.pack("<HHII", 256, 4, 40, 8)
    at = content.index(struct.pack("<HHI", 257, 4, 1))
    content[at + 8 : at + 12] = struct.pack("<I", 2**30)
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(ReadError, match=r"the file is damaged"):
        read(tmp_path / "a.tif")


def test_planes_that_are_in_other_files_are_not_made_up(tmp_path: Path) -> None:
    array = cells("ZYX")
    tifffile.imwrite(tmp_path / "a.ome.tif", array, photometric="minisblack", metadata={"axes": "ZYX"})
    content = (tmp_path / "a.ome.tif").read_bytes()
    # as many planes as 60 times the file's
    (tmp_path / "b.ome.tif").write_bytes(
        content.replace(b'SizeZ="4"', b'SizeZ="9"').replace(b'Count="4"', b'Count="9"')
    )
    with pytest.raises(ReadError, match=r"5 of 9 planes that it speaks of are not in this file"):
        read(tmp_path / "b.ome.tif")
    # and a claim that would take all memory
    huge = b'SizeT="1"'.ljust(10).replace(b'"1"', b'"9999999"')[:9]
    assert len(huge) == 9
    (tmp_path / "c.ome.tif").write_bytes(content.replace(b'SizeT="1"', huge))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_array_equal(read(tmp_path / "c.ome.tif").pixels, array)


@pytest.mark.skipif(not (DATA / "small.svs").exists(), reason="the folder of test images has no small.svs")
def test_a_whole_slide() -> None:
    image = read(DATA / "small.svs")
    assert image.in_words == "16 x 16 x 3 uint8"
    assert (image.spacing, image.unit) == ((0.499, 0.499), "µm")
    assert [one.name for one in contents(DATA / "small.svs")] == ["Baseline", "Thumbnail"]


def test_levels_of_a_whole_slide(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 255, (64, 96, 3)).astype(np.uint8)
    said = "Aperio Image Library v12\n96x64 [0,0 96x64] (16x16)|AppMag = 20|MPP = 0.25"
    with tifffile.TiffWriter(tmp_path / "a.svs") as file:
        options = {"photometric": "rgb", "metadata": None, "description": said}
        file.write(array, tile=(16, 16), compression="zlib", **options)
        file.write(array[::8, ::8], **options)  # the thumbnail
        file.write(array[::4, ::4], tile=(16, 16), compression="zlib", **options)
    assert contents(tmp_path / "a.svs")[0].levels == ((64, 96, 3), (16, 24, 3))
    image = read(tmp_path / "a.svs", level=1)
    np.testing.assert_array_equal(image.pixels, array[::4, ::4])
    assert (image.spacing, image.unit) == ((1.0, 1.0), "µm")


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_the_frames_of_an_animation_are_times(name: str, tmp_path: Path) -> None:
    ramps = [np.where(np.arange(20)[:, None] < 4 + 3 * at, 200, 30).repeat(24, 1) for at in range(4)]
    frames = [PIL.Image.fromarray(ramp.astype(np.uint8)).convert("RGB") for ramp in ramps]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], duration=200, lossless=True)
    image = read(tmp_path / name)
    assert (image.axes, image.spacing) == ("tyxc", (0.2, 1.0, 1.0))
    for at, frame in enumerate(frames):
        np.testing.assert_array_equal(image.pixels[at], np.asarray(frame))
        np.testing.assert_array_equal(read(tmp_path / name, time=at + 1).pixels, np.asarray(frame))
    with pytest.raises(ReadError, match=r"there is no time 5. It has 4 times, numbered from 1"):
        read(tmp_path / name, time=5)
    content = (tmp_path / name).read_bytes()
    (tmp_path / f"short{name}").write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(ReadError):
        read(tmp_path / f"short{name}")
    done = CliRunner().invoke(app, ["segment", str(tmp_path / name), "-k", "2", "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "24 x 20 at 4 times" in done.output
    assert tifffile.imread(tmp_path / "out" / "a.labels.tif").shape == (4, 20, 24)


# --- a ball in µm³, through the whole command --------------------------------------------------------------

RADIUS = 6.0
BALL = 4 / 3 * np.pi * RADIUS**3


def ball() -> Array:
    """A bright ball of 6 µm in voxels of 0.5 x 0.25 x 0.25 µm, with noise."""
    z, y, x = np.mgrid[:30, :60, :60]
    inside = ((z - 14.5) * 0.5) ** 2 + ((y - 29.5) * 0.25) ** 2 + ((x - 29.5) * 0.25) ** 2 <= RADIUS**2
    noise = np.random.default_rng(1).normal(60, 6, inside.shape)
    return np.asarray((noise + 90 * inside).clip(0, 255).astype(np.uint8))


def write_ball(path: Path) -> None:
    if path.name.endswith(".ome.tif"):
        told = {"axes": "ZYX", "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.25, "PhysicalSizeZ": 500.0}
        told |= {
            "PhysicalSizeXUnit": "µm",
            "PhysicalSizeYUnit": "µm",
            "PhysicalSizeZUnit": "nm",
            "Name": "ball",
        }
        tifffile.imwrite(path, ball(), metadata=told)
    else:
        told = {"axes": "ZYX", "spacing": 0.5, "unit": "um"}
        tifffile.imwrite(path, ball(), imagej=True, metadata=told, resolution=(4, 4))


@pytest.mark.parametrize("name", ["ball.tif", "ball.ome.tif"])
def test_the_volume_of_a_ball(name: str, tmp_path: Path) -> None:
    write_ball(tmp_path / name)
    out = tmp_path / "out"
    done = CliRunner().invoke(
        app,
        ["segment", str(tmp_path / name), "-k", "2", "--foreground", "1", "--report", "-o", str(out)],
    )
    assert done.exit_code == 0, done.output
    assert "µm³" in done.output
    classes = (out / "ball.classes.csv").read_text().splitlines()
    row = dict(zip(classes[0].split(","), classes[2].split(","), strict=True))
    assert float(row["volume"]) == pytest.approx(BALL, rel=0.02)
    objects = (out / "ball.objects.csv").read_text().splitlines()
    row = dict(zip(objects[0].split(","), objects[1].split(","), strict=True))
    assert len(objects) == 2
    assert float(row["volume"]) == pytest.approx(BALL, rel=0.02)
    assert [float(row[axis]) for axis in "zyx"] == pytest.approx([7.25, 7.375, 7.375], abs=0.05)
    end = ".ome.tif" if name.endswith(".ome.tif") else ".tif"
    labels = read(out / f"ball.labels{end}")
    assert (labels.axes, labels.spacing, labels.unit) == ("zyx", (0.5, 0.25, 0.25), "µm")


def test_planes_that_are_far_apart_say_less_to_one_another() -> None:
    """A ball in noise: taken for denser than it is, its planes outvote what lies beside a voxel."""
    z, y, x = np.mgrid[:20, :40, :40]
    truth = ((z - 9.5) * 2) ** 2 + (y - 19.5) ** 2 + (x - 19.5) ** 2 <= 16**2
    array = (np.random.default_rng(1).normal(0, 1, truth.shape) + 1.6 * truth).astype(np.float32)

    def wrong(apart: float) -> float:
        image = image_from_array(array, axes="zyx", spacing=(apart, 1, 1), unit="um")
        return float((segment(image, 2, smooth=4.0).labels != truth).mean())

    assert wrong(2) < 0.7 * wrong(0.02)


def test_ome_tiff_keeps_what_it_was_made_of(tmp_path: Path) -> None:
    told = {
        "axes": "ZCYX",
        "PhysicalSizeX": 0.5,
        "PhysicalSizeY": 0.25,
        "PhysicalSizeZ": 2.0,
        "Name": "well A1",
    }
    told |= {"AcquisitionDate": "2020-01-02T03:04:05", "Channel": {"Name": ["dapi", "gfp"]}}
    told["Plane"] = {"PositionX": [12.5] * 8, "PositionXUnit": ["µm"] * 8}
    tifffile.imwrite(tmp_path / "a.ome.tif", cells("ZCYX"), metadata=told)
    result = segment(tmp_path / "a.ome.tif", 2).named("sky", "cell")
    paths = result.save(tmp_path)
    assert [path.name for path in paths if path.suffix == ".tif"] == ["a.labels.ome.tif", "a.painted.ome.tif"]
    labels = read(tmp_path / "a.labels.ome.tif")
    np.testing.assert_array_equal(labels.pixels, result.labels)
    assert (labels.spacing, labels.unit) == ((2.0, 0.25, 0.5), "µm")
    with tifffile.TiffFile(tmp_path / "a.labels.ome.tif") as file:
        xml = file.ome_metadata
    assert xml is not None
    (image,) = ome_images(xml)
    assert (image.name, image.date, image.position) == (
        "well A1 labels",
        "2020-01-02T03:04:05",
        {"x": (12.5, "µm")},
    )
    assert '<M K="label 0">sky #' in xml
    painted = read(tmp_path / "a.painted.ome.tif")
    assert painted.channel_names == ("dapi", "gfp")
    again = result.save(tmp_path / "again")
    assert again[0].read_bytes() == paths[0].read_bytes()


def test_ome_tiff_can_be_asked_for(tmp_path: Path) -> None:
    assert "ome-tiff" in formats()
    PIL.Image.fromarray(cells("YX", "u1")).save(tmp_path / "a.png")
    done = CliRunner().invoke(
        app,
        ["segment", str(tmp_path / "a.png"), "-k", "2", "--format", "ome-tiff", "-o", str(tmp_path / "out")],
    )
    assert done.exit_code == 0, done.output
    assert read(tmp_path / "out" / "a.labels.ome.tif").shape == (10, 12)


def test_lsm_says_sizes_and_names() -> None:
    from pixture.imaging.readers.tiff.sizes import of_lsm, of_stk

    said = {"VoxelSizeX": 1e-7, "VoxelSizeY": 1e-7, "VoxelSizeZ": 5e-7, "TimeIntervall": 0.0}
    known = of_lsm(said | {"ChannelColors": {"ColorNames": ["Ch1", "Ch2"]}})
    assert (known.sizes, known.unit, known.channels) == ({"x": 0.1, "y": 0.1, "z": 0.5}, "µm", ("Ch1", "Ch2"))
    known = of_stk(
        {"XCalibration": 0.25, "YCalibration": 0.25, "CalibrationUnits": "um", "ZDistance": np.array([2.0])}
    )
    assert (known.sizes, known.unit) == ({"x": 0.25, "y": 0.25, "z": 2.0}, "µm")
