"""Labels written piece by piece: what a writer in memory writes of them, whatever happens meanwhile."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixture import ChoiceError, Image, image_from_array, read
from pixture.arrays import Array
from pixture.errors import NotKeptWarning, WriteError
from pixture.files.atomic_writing import write_whole
from pixture.imaging.geo.georeference import ControlPoint, Georeference
from pixture.imaging.physical_space.place import Place
from pixture.imaging.window import Window
from pixture.imaging.writers.families import FAMILIES, encoded
from pixture.imaging.writers.raster import ClassLook, Holds, Raster
from pixture.scale.sinks.opened_sink import is_finished, open_sink
from pixture.scale.sinks.piece_sink import PieceSink
from pixture.scale.sinks.plan import pieces_folder
from pixture.scale.sources.source import Description
from tests.killed_sinks import files_in

LOOKS = (ClassLook("water", "#0072b2"), ClassLook("", "#e69f00"), ClassLook("<land>", "#56b4e9"))
NEEDS = {"GeoTIFF": "rasterio", "NIfTI": "nibabel", "MGH": "nibabel", "OME-Zarr": "zarr"}
ALL = ("TIFF", "NumPy", "GeoTIFF", "NIfTI", "MGH", "ENVI", "OME-TIFF", "OME-Zarr")
FLAT = ("GeoTIFF", "ENVI")


def family(name: str) -> Any:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name], reason=f"{NEEDS[name]} is not installed")
    return next(one for one in FAMILIES if one.name == name)


def labels_of(shape: tuple[int, ...], masked: bool = True, seed: int = 1) -> Array:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, len(LOOKS), shape).astype(np.uint8)
    if masked:
        values[..., : shape[-1] // 9] = 255
    return values


def opened(folder: Path, raster: Raster, name: str | None, sides: tuple[int, ...], **more: Any) -> PieceSink:
    return open_sink(
        folder,
        "a.labels",
        Description.of(raster.image),
        dtype=raster.values.dtype,
        holds=raster.holds,
        classes=raster.classes,
        nodata=raster.nodata,
        channel_names=raster.channel_names,
        format=None if name is None else name.lower(),
        sides=sides,
        **more,
    )


def fill(sink: PieceSink, values: Array, seed: int = 0, threads: int = 4) -> None:
    windows = list(sink.plan.windows)
    random.Random(seed).shuffle(windows)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda one: sink.write(one, np.ascontiguousarray(values[one.slices])), windows))
    assert sink.kept() == frozenset(windows)


def written_both_ways(
    folder: Path, raster: Raster, name: str, sides: tuple[int, ...], asked: str | None
) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return the files that a sink makes, and those of the writer in memory, by how their names end."""
    pieces, whole = folder / "pieces", folder / "whole"
    sink = opened(pieces, raster, asked, sides)
    fill(sink, raster.values)
    paths = sink.finish()
    assert sorted(pieces.iterdir()) == sorted(paths)
    content = {whole / f"a.labels{end}": one for end, one in encoded(raster, family(name)).items()}
    write_whole(content, overwrite=False)
    assert [path.name for path in paths] == [path.name for path in content]
    made = {path.name.removeprefix("a.labels"): path for path in paths}
    return made, {path.name.removeprefix("a.labels"): path for path in content}


def compare(one: Path, other: Path) -> None:
    found, expected = read(one), read(other)
    np.testing.assert_array_equal(found.pixels, expected.pixels)
    if expected.mask is None:
        assert found.mask is None
    else:
        assert found.mask is not None
        np.testing.assert_array_equal(found.mask, expected.mask)
    for name in ("axes", "spacing", "unit", "channel_names"):
        assert getattr(found, name) == getattr(expected, name), name
    assert (found.place is None) == (expected.place is None)
    if found.place is not None and expected.place is not None:
        assert found.place.in_words == expected.place.in_words
        if isinstance(expected.place.content, Georeference):
            assert vars(found.place.content) == vars(expected.place.content)


SHAPES = {
    "yx": ((200, 333), (64, 96)),
    "zyx": ((9, 100, 333), (4, 64, 96)),
    "tzyx": ((3, 5, 90, 200), (1, 2, 64, 96)),
}


@pytest.mark.parametrize("axes", SHAPES)
@pytest.mark.parametrize("name", ALL)
def test_pieces_in_any_order_are_the_labels_of_the_whole(name: str, axes: str, tmp_path: Path) -> None:
    family(name)
    if name in FLAT and axes != "yx":
        pytest.skip("it holds no planes")
    shape, sides = SHAPES[axes]
    spacing = {"yx": (2.0, 3.0), "zyx": (4.0, 2.0, 3.0), "tzyx": (1.0, 4.0, 2.0, 3.0)}[axes]
    image = image_from_array(np.zeros(shape, np.uint8), axes=axes, spacing=spacing)
    raster = Raster(labels_of(shape), image, Holds.LABELS, 255, LOOKS)
    found, expected = written_both_ways(tmp_path, raster, name, sides, name)
    for end, path in expected.items():
        if end in (".txt", ".qml", ".tif.aux.xml", ".hdr", ".img", ".npy"):
            assert found[end].read_bytes() == path.read_bytes(), end
        elif end.endswith("gz"):
            assert gzip.decompress(found[end].read_bytes()) == gzip.decompress(path.read_bytes())
        else:
            compare(found[end], path)
    if name == "OME-Zarr":
        same_levels(found[".zarr"], expected[".zarr"])


def same_levels(one: Path, other: Path) -> None:
    zarr = pytest.importorskip("zarr")
    found, expected = zarr.open_group(one, mode="r"), zarr.open_group(other, mode="r")
    assert dict(found.attrs) == dict(expected.attrs)
    assert sorted(found.array_keys()) == sorted(expected.array_keys())
    for key in expected.array_keys():
        np.testing.assert_array_equal(found[key][...], expected[key][...])


@pytest.mark.parametrize("axes", ["yx", "zyx"])
@pytest.mark.parametrize("name", ALL)
def test_maps_of_several_channels(name: str, axes: str, tmp_path: Path) -> None:
    family(name)
    if name in FLAT and axes != "yx":
        pytest.skip("it holds no planes")
    shape, sides = SHAPES[axes]
    image = image_from_array(np.zeros((*shape, 3), np.uint8), axes=f"{axes}c")
    values = np.random.default_rng(2).random((*shape, 2), np.float32)
    raster = Raster(values, image, Holds.VALUES, None, (), ("a", "b"))
    found, expected = written_both_ways(tmp_path, raster, name, sides, name)
    end = next(iter(expected))
    if name == "NumPy":
        assert found[end].read_bytes() == expected[end].read_bytes()
    elif end.endswith("gz"):
        assert gzip.decompress(found[end].read_bytes()) == gzip.decompress(expected[end].read_bytes())
    else:
        compare(found[end], expected[end])


@given(
    rows=st.integers(1, 130),
    columns=st.integers(1, 130),
    sides=st.tuples(*[st.sampled_from([16, 48, 64])] * 2),
    name=st.sampled_from(["TIFF", "NumPy", "ENVI"]),
    dtype=st.sampled_from(["u1", "u2", "i4"]),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_any_shape_and_any_pieces(
    rows: int, columns: int, sides: tuple[int, int], name: str, dtype: str, seed: int
) -> None:
    values = np.random.default_rng(seed).integers(0, 99, (rows, columns)).astype(dtype)
    image = image_from_array(np.zeros(values.shape, np.uint8))
    with tempfile.TemporaryDirectory() as folder:
        sink = opened(Path(folder), Raster(values, image, Holds.NUMBERS, 0), name, sides)
        fill(sink, values, seed, threads=1)
        path = sink.finish()[0]
        found = np.load(path) if name == "NumPy" else read(path).pixels
        np.testing.assert_array_equal(found, values)


def placed(name: str, folder: Path) -> Image:
    """Return an image that came in a family, with its place."""
    shape = (10, 100, 130) if name in ("NIfTI", "MGH") else (100, 130)
    image = image_from_array(
        np.arange(np.prod(shape), dtype=np.uint16).reshape(shape),
        axes="zyx"[-len(shape) :],
        spacing=(2.0,) * len(shape),
    )
    if name == "GeoTIFF":
        crs = pytest.importorskip("rasterio").crs.CRS.from_epsg(32633).to_wkt()
        where = Georeference(crs, (10.0, 0.0, 500000.0, 0.0, -10.0, 5e6), pixel_is_point=True)
        return image_with(image, Place("GeoTIFF", where, "EPSG:32633"))
    content = encoded(Raster(image.pixels, image, Holds.VALUES), family(name))
    write_whole({folder / f"in{end}": one for end, one in content.items()}, overwrite=False)
    return read(folder / f"in{next(iter(content))}")


def image_with(image: Image, place: Place) -> Image:
    return replace(image, place=place)


def test_the_version_of_the_image_s_store_is_kept(tmp_path: Path) -> None:
    family("OME-Zarr")
    place = Place("OME-Zarr", SimpleNamespace(version="0.4", title="cells", translation={"y": 3.0}))
    image = image_with(image_from_array(np.zeros((700, 900), np.uint8)), place)
    raster = Raster(labels_of((700, 900)), image, Holds.LABELS, 255, LOOKS)
    found, expected = written_both_ways(tmp_path, raster, "OME-Zarr", (256, 512), None)
    assert (found[".zarr"] / ".zgroup").is_file()
    compare(found[".zarr"], expected[".zarr"])
    same_levels(found[".zarr"], expected[".zarr"])


@pytest.mark.parametrize("name", ["GeoTIFF", "NIfTI", "MGH", "OME-TIFF", "OME-Zarr", "ENVI"])
def test_the_family_and_the_place_of_the_image_are_kept(name: str, tmp_path: Path) -> None:
    family(name)
    image = placed(name, tmp_path)
    raster = Raster(labels_of(image.shape), image, Holds.LABELS, 255, LOOKS)
    sides = (4, 64, 64)[-len(image.shape) :]
    found, expected = written_both_ways(tmp_path, raster, name, sides, None if image.place else name)
    compare(next(iter(found.values())), next(iter(expected.values())))


def test_control_points_and_camera_models_are_kept(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    corners = ((0, 0), (0, 100), (130, 0), (130, 100))
    points = tuple(ControlPoint(x, y, 500000.0 + 10 * x, 5e6 - 10 * y) for x, y in corners)
    where = Georeference(rasterio.crs.CRS.from_epsg(32633).to_wkt(), None, points)
    image = image_with(image_from_array(np.zeros((100, 130), np.uint8)), Place("GeoTIFF", where))
    raster = Raster(labels_of((100, 130)), image, Holds.LABELS, 255, LOOKS)
    found, expected = written_both_ways(tmp_path, raster, "GeoTIFF", (64, 64), None)
    compare(found[".tif"], expected[".tif"])
    with rasterio.open(found[".tif"]) as file:
        assert len(file.gcps[0]) == 4
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_a_large_geotiff_has_smaller_copies_of_labels(tmp_path: Path) -> None:
    gdal = pytest.importorskip("pixture.imaging.geo.gdal", reason="rasterio is not installed")
    values = labels_of((1200, 1500))
    image = image_from_array(np.zeros(values.shape, np.uint8))
    sink = opened(tmp_path, Raster(values, image, Holds.LABELS, 255, LOOKS), "GeoTIFF", (512, 512))
    fill(sink, values)
    with gdal.opened(sink.finish()[0], "GTiff") as file:
        assert file.overviews(1) == [2, 4]
        assert file.nodata == 255
        assert set(np.unique(file.read(1, out_shape=(300, 375)))) <= {0, 1, 2, 255}


def write_in_process(sink: PieceSink, window: Window, labels: Array) -> None:
    sink.write(window, labels)


@pytest.mark.parametrize("name", ["TIFF", "OME-Zarr"])
def test_other_processes_write_pieces(name: str, tmp_path: Path) -> None:
    family(name)
    values = labels_of((300, 400))
    image = image_from_array(np.zeros(values.shape, np.uint8))
    sink = opened(tmp_path, Raster(values, image, Holds.LABELS, 255, LOOKS), name, (128, 128))
    assert len(pickle.dumps(sink)) < 5_000
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        tasks = [
            pool.submit(write_in_process, sink, window, np.ascontiguousarray(values[window.slices]))
            for window in sink.plan.windows
        ]
        for task in tasks:
            task.result()
    np.testing.assert_array_equal(read(sink.finish()[0]).pixels, values)


@pytest.mark.parametrize("name", ["tiff", "numpy", "ome-zarr", "geotiff", "nifti"])
def test_killed_at_random_moments_and_gone_on(name: str, tmp_path: Path) -> None:
    """The files are those of a run that nobody disturbed, byte for byte, and nothing is left beside them."""
    if not hasattr(os, "fork"):
        pytest.skip("this system does not fork")
    family(next(one.name for one in FAMILIES if one.name.lower() == name))
    run = subprocess.run(
        [sys.executable, "-m", "tests.killed_sinks", str(tmp_path / "out"), name, "5", "12"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=Path(__file__).parent.parent,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    writing, finishing = map(int, run.stdout.split())
    assert writing + finishing == 12
    assert min(writing, finishing) > 2
    assert files_in(tmp_path / "out") == files_in(tmp_path / "whole")


@pytest.mark.parametrize(
    ("name", "room"),
    [("tiff", 120), ("tiff", 250), ("numpy", 400), ("ome-zarr", 100), ("geotiff", 460), ("nifti", 300)],
)
def test_a_full_disk_and_a_read_only_folder_are_one_sentence(name: str, room: int, tmp_path: Path) -> None:
    family(next(one.name for one in FAMILIES if one.name.lower() == name))
    if sys.platform != "linux" or not shutil.which("unshare"):
        pytest.skip("file systems of a process of its own are Linux's")
    alone = ["unshare", "-m"]
    if subprocess.run(
        [*alone, "mount", "-t", "tmpfs", "tmpfs", tmp_path], capture_output=True, check=False
    ).returncode:
        pytest.skip("this process may not mount")
    run = subprocess.run(
        [*alone, sys.executable, "-m", "tests.full_disk_sinks", str(tmp_path), name, str(room)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=Path(__file__).parent.parent,
    )
    assert run.returncode == 0, run.stderr
    assert not run.stderr
    said, written, kept, names, after, paths = json.loads(run.stdout)
    assert "the disk is full" in said[0]
    assert "are kept" in said[0]
    assert kept == written
    assert names == [".a.pieces"]
    assert sorted(after) == sorted(paths)
    assert ["it is not writable" in one for one in said[1:]] == [True, True]


@pytest.fixture
def half(tmp_path: Path) -> tuple[PieceSink, Array]:
    values = labels_of((100, 200))
    image = image_from_array(np.zeros(values.shape, np.uint8))
    sink = opened(tmp_path, Raster(values, image, Holds.LABELS, 255, LOOKS), "TIFF", (64, 64))
    fill(sink, values)
    return sink, values


@pytest.mark.parametrize("damage", ["bit", "cut", "gone", "empty"])
def test_a_damaged_piece_is_told_by_its_checksum(half: tuple[PieceSink, Array], damage: str) -> None:
    sink, values = half
    hurt = sink.plan.windows[3]
    path = sink.plan.parts / "0-192.piece"
    content = path.read_bytes()
    changed = {
        "bit": content[:200] + bytes([content[200] ^ 4]) + content[201:],
        "cut": content[:-9],
        "empty": b"",
    }
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(changed[damage])
    assert sink.kept() == frozenset(sink.plan.windows) - {hurt}
    with pytest.raises(WriteError, match=r"1 of 8 pieces of a\.labels are missing or damaged, .* \(0, 192\)"):
        sink.finish()
    assert [one.name for one in sink.plan.folder.iterdir()] == [".a.labels.pieces"]
    sink.write(hurt, values[hurt.slices].copy())
    np.testing.assert_array_equal(read(sink.finish()[0]).pixels, values)


def test_a_damaged_chunk_is_told_by_its_checksum(tmp_path: Path) -> None:
    family("OME-Zarr")
    values = labels_of((128, 128))
    image = image_from_array(np.zeros(values.shape, np.uint8))
    sink = opened(tmp_path, Raster(values, image, Holds.LABELS, 255, LOOKS), "OME-Zarr", (64, 64))
    fill(sink, values)
    chunk = sink.plan.parts / "store.zarr" / "0" / "c" / "1" / "0"
    chunk.write_bytes(chunk.read_bytes()[:-1])
    assert sink.kept() == frozenset(sink.plan.windows) - {Window((64, 0), (128, 64))}


def test_pieces_of_other_choices_are_not_taken_up(half: tuple[PieceSink, Array]) -> None:
    sink, values = half
    folder, image = sink.plan.folder, image_from_array(np.zeros(values.shape, np.uint8))
    raster = Raster(values, image, Holds.LABELS, 255, LOOKS)
    assert len(opened(folder, raster, "TIFF", (64, 64), resume=True).kept()) == 8
    assert not opened(folder, raster, "TIFF", (64, 128), resume=True).kept()
    fill(opened(folder, raster, "TIFF", (64, 64)), values)
    assert not opened(folder, raster, "TIFF", (64, 64)).kept()  # nobody asked to go on
    opened(folder, raster, "TIFF", (64, 64)).remove()
    assert not list(folder.iterdir())


def test_a_file_that_is_there_is_refused_or_replaced(half: tuple[PieceSink, Array]) -> None:
    sink, values = half
    folder, image = sink.plan.folder, image_from_array(np.zeros(values.shape, np.uint8))
    raster = Raster(values, image, Holds.LABELS, 255, LOOKS)
    there = folder / "a.labels.tif"
    there.write_bytes(b"mine")  # it appears while pieces are written
    with pytest.raises(WriteError, match="would be overwritten"):
        sink.finish()
    with pytest.raises(WriteError, match="would be overwritten"):
        opened(folder, raster, "TIFF", (64, 64))
    assert there.read_bytes() == b"mine"
    again = opened(folder, raster, "TIFF", (64, 64), overwrite=True, resume=True)
    assert len(again.kept()) == 8
    np.testing.assert_array_equal(read(again.finish()[0]).pixels, values)
    assert [one.name for one in folder.iterdir()] == ["a.labels.tif"]
    assert is_finished(folder, "a.labels")


def test_a_store_that_is_there_is_replaced_in_one_step(tmp_path: Path) -> None:
    family("OME-Zarr")
    image = image_from_array(np.zeros((100, 200), np.uint8))
    for seed in (1, 2):
        values = labels_of((100, 200), seed=seed)
        raster = Raster(values, image, Holds.LABELS, 255, LOOKS)
        sink = opened(tmp_path, raster, "OME-Zarr", (64, 64), overwrite=seed == 2)
        fill(sink, values)
        np.testing.assert_array_equal(read(sink.finish()[0]).pixels, values)
        assert [one.name for one in tmp_path.iterdir()] == ["a.labels.zarr"]


def test_what_was_made_is_made_anew_where_a_piece_is_written_again(half: tuple[PieceSink, Array]) -> None:
    sink, values = half
    there = sink.plan.folder / "a.labels.tif"
    there.write_bytes(b"mine")
    with pytest.raises(WriteError):
        sink.finish()
    there.unlink()
    window = sink.plan.windows[0]
    other = np.where(values[window.slices] == 1, 2, values[window.slices]).astype(np.uint8)
    sink.write(window, other)
    np.testing.assert_array_equal(read(sink.finish()[0]).pixels[window.slices], other)


def test_pictures_become_tiff_and_it_is_said(tmp_path: Path) -> None:
    image = image_from_array(np.zeros((50, 60), np.uint8))
    values = labels_of((50, 60))
    with pytest.warns(NotKeptWarning, match="PNG is not written piece by piece: TIFF is written"):
        sink = opened(tmp_path, Raster(values, image, Holds.LABELS, 255, LOOKS), None, (32, 32))
    assert repr(sink) == "<PieceSink: TIFF, 4 pieces>"
    fill(sink, values)
    assert [path.name for path in sink.finish()] == ["a.labels.tif"]


def test_a_place_that_is_not_kept_is_said(tmp_path: Path) -> None:
    image = image_with(
        image_from_array(np.zeros((50, 60), np.uint8)), Place("GeoTIFF", Georeference(), "EPSG:3857")
    )
    with pytest.warns(NotKeptWarning, match=r"NumPy has no room for where the image lies \(EPSG:3857\)"):
        opened(tmp_path, Raster(labels_of((50, 60)), image, Holds.LABELS, 255, LOOKS), "NumPy", (32, 32))


def test_what_is_no_piece_is_refused(half: tuple[PieceSink, Array]) -> None:
    sink, _ = half
    with pytest.raises(ChoiceError, match="is none of the pieces"):
        sink.write(Window((0, 0), (64, 65)), np.zeros((64, 65), np.uint8))
    with pytest.raises(ChoiceError, match=r"A piece has \(64, 64\) uint8; got \(64, 64\) int64"):
        sink.write(sink.plan.windows[0], np.zeros((64, 64), np.int64))
    with pytest.raises(ChoiceError, match="multiples of 16"):
        opened(sink.plan.folder, Raster(np.zeros((100, 90), np.uint8), image_from_array(np.zeros((100, 90))),
                                        Holds.LABELS), "TIFF", (50, 50))  # fmt: skip


def test_two_runs_do_not_write_the_same(half: tuple[PieceSink, Array]) -> None:
    sink, values = half
    if sys.platform == "win32":
        pytest.skip("folders have no locks there")
    code = """
import sys
from pathlib import Path
import numpy as np
from pixture.scale.sinks.opened_sink import open_sink
from pixture.scale.sources.source import Description
described = Description("yx", (100, 200), 1, np.dtype("u1"))
open_sink(Path(sys.argv[1]), "a.labels", described, dtype=described.dtype, format="tiff")
"""
    other = [sys.executable, "-c", code, str(sink.plan.folder)]
    run = subprocess.run(other, capture_output=True, encoding="utf-8", check=False)
    assert "Another run of pixture is at work in" in run.stderr
    assert len(sink.kept()) == 8
    np.testing.assert_array_equal(read(sink.finish()[0]).pixels, values)


def test_long_names_have_pieces_too() -> None:
    assert len(pieces_folder(Path(), "ä" * 120).name.encode()) < 60


def test_memory_does_not_grow_with_the_image(tmp_path: Path) -> None:
    """Of 16 and of 144 pieces, the resident memory of writing and finishing is the same."""
    code = """
import resource, sys
from pathlib import Path
import numpy as np
from pixture.scale.sinks.opened_sink import open_sink
from pixture.scale.sources.source import Description
side = int(sys.argv[2])
sink = open_sink(Path(sys.argv[1]), "a", Description("yx", (side, side), 1, np.dtype(np.uint8)),
                 dtype=np.dtype(np.uint8), format=sys.argv[3], sides=(512, 512), overwrite=True)
labels = np.arange(512 * 512).reshape(512, 512) // 700 % 5
for window in sink.plan.windows:
    sink.write(window, labels.astype(np.uint8))
sink.finish()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    pytest.importorskip("resource", reason="this system does not tell")
    for name in ("tiff", "numpy"):
        few, many = (
            int(subprocess.check_output([sys.executable, "-c", code, str(tmp_path), str(side), name]))
            for side in (2048, 6144)
        )
        assert many < few + 8_000, (few, many)  # KiB; all labels are 37,000
