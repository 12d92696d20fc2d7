"""Zarr 2 and 3, OME-Zarr: axes in any order, levels, scenes, units, names; labels as stores of their own."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pixture import (
    ChoiceError,
    FirstFrameWarning,
    MissingChunksWarning,
    ReadError,
    image_from_array,
    read,
    segment,
)
from pixture.arrays import Array
from pixture.cli import app
from pixture.imaging.readers.read import contents
from tests.test_stacks import BALL, SIZES, ball, cells

zarr = pytest.importorskip("zarr", reason="zarr is not installed: pip install 'pixture[zarr]'")

KINDS = {"t": "time", "c": "channel"}


def put(group: Any, name: str, array: Array, **more: Any) -> None:
    made = group.create_array(name, shape=array.shape, dtype=array.dtype, **{"chunks": array.shape} | more)
    made[...] = array


def multiscales(axes: str, scales: list[list[float]], units: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "axes": [
            {
                "name": axis,
                "type": KINDS.get(axis, "space"),
                **({"unit": units[axis]} if axis in units else {}),
            }
            for axis in axes
        ],
        "datasets": [
            {"path": str(level), "coordinateTransformations": [{"type": "scale", "scale": scale}]}
            for level, scale in enumerate(scales)
        ],
        **more,
    }


def ome_store(path: Path, levels: list[Array], said: dict[str, Any], form: int = 3, **more: Any) -> Any:
    held: dict[str, Any] = {"multiscales": [said | ({"version": "0.4"} if form == 2 else {})], **more}
    told = held if form == 2 else {"ome": {"version": "0.5", **held}}
    group = zarr.open_group(str(path), mode="w", zarr_format=form, attributes=told)
    for number, array in enumerate(levels):
        put(group, str(number), array, chunks=tuple(min(7, length) for length in array.shape))
    return group


ORDERS = ["".join(order) for length in range(4) for order in itertools.permutations("tzc", length)]


@pytest.mark.parametrize("form", [2, 3])
@pytest.mark.parametrize("order", [f"{order}yx" for order in ORDERS] + ["xyz", "yxc", "cxyzt"])
def test_axes_in_any_order(order: str, form: int, tmp_path: Path) -> None:
    array = cells(order.upper())
    ome_store(tmp_path / "a.zarr", [array], multiscales(order, [[1.0] * len(order)], {}), form)
    image = read(tmp_path / "a.zarr")
    np.testing.assert_array_equal(image.pixels, image_from_array(array, axes=order).pixels)
    assert image.pixels.dtype == array.dtype
    assert image.place is not None
    assert image.place.family == "OME-Zarr"


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_one_time_and_one_plane_are_those_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    order = data.draw(st.sampled_from(["tczyx", "ztyx", "cxzy", "zyx"]))
    path = tmp_path_factory.mktemp("part") / "a.zarr"
    ome_store(path, [cells(order.upper())], multiscales(order, [[2.0] * len(order)], {}))
    asked = {
        name: data.draw(st.integers(1, SIZES[axis.upper()]))
        for name, axis in (("time", "t"), ("slice", "z"))
        if axis in order and data.draw(st.booleans())
    }
    expected = read(path)
    for name, number in asked.items():
        expected = expected.at({"time": "t", "slice": "z"}[name], number - 1)
    part = read(path, **asked)  # type: ignore[arg-type]  # numbers
    np.testing.assert_array_equal(part.pixels, expected.pixels)
    assert (part.axes, part.spacing) == (expected.axes, expected.spacing)


@pytest.mark.parametrize("form", [2, 3])
def test_sizes_units_names_and_levels(form: int, tmp_path: Path) -> None:
    array = cells("TZCYX")
    units = {"t": "minute", "z": "nanometer", "y": "micrometer", "x": "micrometer"}
    said = multiscales("tzcyx", [[2, 500, 1, 0.25, 0.25], [2, 500, 1, 0.5, 0.5]], units, name="cells")
    said["coordinateTransformations"] = [{"type": "scale", "scale": [1, 2, 1, 1, 1]}]
    omero = {"channels": [{"label": "dapi", "color": "0000FF"}, {"label": "gfp"}]}
    ome_store(tmp_path / "a.zarr", [array, array[..., ::2, ::2]], said, form, omero=omero)
    image = read(tmp_path / "a.zarr")
    assert (image.spacing, image.unit, image.channel_names) == ((120, 1, 0.25, 0.25), "µm", ("dapi", "gfp"))
    (held,) = contents(tmp_path / "a.zarr")
    assert (held.name, held.axes, held.levels) == ("cells", "tzcyx", ((3, 4, 2, 10, 12), (3, 4, 2, 5, 6)))
    small = read(tmp_path / "a.zarr", level=1)
    assert (small.shape, small.spacing) == ((3, 4, 5, 6), (120, 1, 0.5, 0.5))
    with pytest.raises(ReadError, match=r"there is no level 2. It has 2 levels, 0 \(the full size\) to 1"):
        read(tmp_path / "a.zarr", level=2)
    with pytest.raises(
        ChoiceError, match=r"no channel 'gfb': it has 2 channels: dapi, gfp. Did you mean 'gfp'"
    ):
        read(tmp_path / "a.zarr", channels=["gfb"])
    done = CliRunner().invoke(app, ["info", str(tmp_path / "a.zarr"), "--json"])
    assert json.loads(done.stdout)["scenes"][0]["levels"][1] == [3, 4, 2, 5, 6]


def test_scenes_of_bioformats2raw_are_called_as_its_xml_calls_them(tmp_path: Path) -> None:
    root = zarr.open_group(
        str(tmp_path / "a.zarr"), mode="w", zarr_format=2, attributes={"bioformats2raw.layout": 3}
    )
    arrays = [cells("CYX"), cells("ZYX")]
    for number, (array, axes) in enumerate(zip(arrays, ("cyx", "zyx"), strict=True)):
        group = root.create_group(str(number))
        group.attrs["multiscales"] = [multiscales(axes, [[1.0] * 3], {}, version="0.4")]
        put(group, "0", array)
    (tmp_path / "a.zarr" / "OME").mkdir()
    (tmp_path / "a.zarr" / "OME" / "METADATA.ome.xml").write_text(
        '<OME><Image Name="left"><Pixels/></Image><Image Name="right"><Pixels/></Image></OME>'
    )
    assert [one.name for one in contents(tmp_path / "a.zarr")] == ["0 (left)", "1 (right)"]
    with pytest.warns(FirstFrameWarning, match=r"holds 2 images; only the first is read"):
        np.testing.assert_array_equal(read(tmp_path / "a.zarr").pixels, np.moveaxis(arrays[0], 0, -1))
    for asked in ("right", 2, "/1"):
        image = read(tmp_path / "a.zarr", scene=asked)
        np.testing.assert_array_equal(image.pixels, arrays[1])
    np.testing.assert_array_equal(read(f"{tmp_path / 'a.zarr'}::/1").pixels, arrays[1])
    with pytest.raises(ReadError, match=r"there is no scene '7'"):
        read(tmp_path / "a.zarr", scene="7")


@pytest.mark.parametrize("form", [2, 3])
def test_plain_arrays_say_their_axes_or_are_asked_for_them(form: int, tmp_path: Path) -> None:
    array = cells("CYX")
    path = tmp_path / "a.zarr"
    made = zarr.create_array(str(path), shape=array.shape, dtype=array.dtype, zarr_format=form)
    made[...] = array
    with pytest.raises(
        ReadError, match=r"nothing says what the axes of its array of shape \(2, 10, 12\)"
    ) as said:
        read(path)
    assert "_ARRAY_DIMENSIONS" in str(said.value)
    assert 'image_from_array(array, axes="zyx")' in str(said.value)
    zarr.open_array(str(path)).attrs["_ARRAY_DIMENSIONS"] = ["channel", "y", "x"]
    image = read(path)
    np.testing.assert_array_equal(image.pixels, np.moveaxis(array, 0, -1))
    assert image.place is None
    zarr.open_array(str(path)).attrs["_ARRAY_DIMENSIONS"] = ["run", "y", "x"]
    with pytest.raises(ReadError, match=r"the axes of its array are \? \(2\), y \(10\), x \(12\)"):
        read(path)
    flat = tmp_path / "flat.zarr"
    made = zarr.create_array(str(flat), shape=(10, 12), dtype="u2", zarr_format=form)
    made[...] = array[0]
    np.testing.assert_array_equal(read(flat).pixels, array[0])


def test_names_of_dimensions_in_version_3(tmp_path: Path) -> None:
    array = cells("ZYX")
    made = zarr.create_array(
        str(tmp_path / "a.zarr"), shape=array.shape, dtype="u2", dimension_names=["plane", "row", "column"]
    )
    made[...] = array
    np.testing.assert_array_equal(read(tmp_path / "a.zarr").pixels, array)


@pytest.mark.parametrize("form", [2, 3])
def test_missing_chunks_have_the_fill_value_and_it_is_said(form: int, tmp_path: Path) -> None:
    array = np.full((8, 8), 9, np.uint16)
    path = tmp_path / "a.zarr"
    made = zarr.create_array(
        str(path), shape=(8, 8), chunks=(4, 4), dtype="u2", fill_value=7, zarr_format=form
    )
    made[...] = array
    chunks = sorted(
        file for file in path.rglob("*") if file.is_file() and file.name not in ("zarr.json", ".zarray")
    )
    next(file for file in chunks if file.name in ("1", "0.1")).unlink()
    with pytest.warns(
        MissingChunksWarning, match=r"1 of its 4 chunks are not there; .* the value that fills it, 7"
    ):
        image = read(path)
    assert sorted(np.unique(image.pixels).tolist()) == [7, 9]
    if form == 2:
        said = json.loads((path / ".zarray").read_text())
        (path / ".zarray").write_text(json.dumps(said | {"fill_value": None}))
        with pytest.raises(ReadError, match="names no value that fills them"):
            read(path)


def test_damaged_stores_end_in_a_sentence(tmp_path: Path) -> None:
    said = multiscales("yx", [[1.0, 1.0]], {})
    for number, (name, damage) in enumerate(
        {
            "zarr.json": b"{",
            "0/zarr.json": b"[1]",
            "0/c/0/0": b"no chunk",
        }.items()
    ):
        path = tmp_path / f"{number}.zarr"
        ome_store(path, [cells("YX")], said)
        (path / name).write_bytes(damage)
        with pytest.raises(ReadError, match="Zarr"):
            read(path)
    path = tmp_path / "level.zarr"
    ome_store(path, [cells("YX")], said)
    shutil.rmtree(path / "0")
    with pytest.raises(ReadError, match="its level 0 is not there"):
        read(path)
    ome_store(path, [cells("YX")], multiscales("yx", [[1.0, 1.0]], {}))
    held = json.loads((path / "zarr.json").read_text())
    held["attributes"]["ome"]["multiscales"][0]["datasets"][0]["path"] = "../../etc"
    (path / "zarr.json").write_text(json.dumps(held))
    with pytest.raises(ReadError, match="lies outside of it"):
        read(path)
    huge = tmp_path / "huge.zarr"
    zarr.create_array(str(huge), shape=(10**6, 10**6), chunks=(100, 100), dtype="u1")
    with pytest.raises(ReadError, match="larger than is taken for safe"):
        read(huge)
    (tmp_path / "empty.zarr").mkdir()
    (tmp_path / "empty.zarr" / "zarr.json").write_text("{}")
    with pytest.raises(ReadError, match="holds no array"):
        read(tmp_path / "empty.zarr")


@pytest.mark.parametrize("form", [2, 3])
def test_labels_of_a_ball_lie_where_it_lies(form: int, tmp_path: Path) -> None:
    units = {"z": "nanometer", "y": "micrometer", "x": "micrometer"}
    said = multiscales("zyx", [[500.0, 0.25, 0.25]], units, name="ball")
    said["datasets"][0]["coordinateTransformations"].append(
        {"type": "translation", "translation": [1000.0, 5.0, 7.0]}
    )
    ome_store(tmp_path / "ball.zarr", [ball()], said, form)
    out = tmp_path / "out"
    arguments = ["segment", str(tmp_path / "ball.zarr"), "-k", "2", "--foreground", "1", "-o", str(out)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "µm³" in done.output
    rows = (out / "ball.objects.csv").read_text().splitlines()
    row = dict(zip(rows[0].split(","), rows[1].split(","), strict=True))
    assert float(row["volume"]) == pytest.approx(BALL, rel=0.02)
    labels = read(out / "ball.labels.zarr")
    assert (labels.spacing, labels.unit) == ((0.5, 0.25, 0.25), "µm")
    assert labels.place is not None
    content: Any = labels.place.content
    assert content.translation == {"z": 1.0, "y": 5.0, "x": 7.0}
    assert content.version == ("0.4" if form == 2 else "0.5")
    assert not list(out.glob(".pixture*"))
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 1
    assert CliRunner().invoke(app, [*arguments, "--skip-existing"]).exit_code == 0
    assert CliRunner().invoke(app, [*arguments, "--overwrite"]).exit_code == 0
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_a_store_of_labels_says_their_colours_and_names(tmp_path: Path) -> None:
    array = np.zeros((600, 700), np.uint8)
    array[:, 300:] = 200
    image = image_from_array(array, mask=np.arange(700)[None] + np.zeros((600, 1)) > 9)
    result = segment(image, 2).named("dark", "bright")
    result.save(tmp_path, stem="a", format="ome-zarr")
    group = zarr.open_group(str(tmp_path / "a.labels.zarr"), mode="r")
    said = dict(group.attrs)["ome"]
    assert [one["class"] for one in said["image-label"]["properties"]] == ["dark", "bright", "masked"]
    assert [len(one["rgba"]) for one in said["image-label"]["colors"]] == [4, 4]
    levels = [np.asarray(group[one["path"]]) for one in said["multiscales"][0]["datasets"]]
    assert [level.shape for level in levels] == [(600, 700), (300, 350), (150, 175)]
    np.testing.assert_array_equal(levels[0], result.labels)
    np.testing.assert_array_equal(levels[2], result.labels[::4, ::4])
    scale = said["multiscales"][0]["datasets"][2]["coordinateTransformations"][0]["scale"]
    assert scale == [4, 4]


def test_the_absence_of_zarr_is_one_sentence(tmp_path: Path) -> None:
    ome_store(tmp_path / "a.zarr", [cells("YX")], multiscales("yx", [[1.0, 1.0]], {}))
    code = "import sys; sys.modules['zarr'] = None\nimport pixture\n"
    code += "try: pixture.read(sys.argv[1])\nexcept pixture.ReadError as error: print(error)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.zarr")], capture_output=True, text=True, check=True
    )
    assert (
        "the library that reads Zarr is not installed (zarr). Install it: pip install 'pixture[zarr]'"
        in done.stdout
    )


@pytest.mark.parametrize("form", [2, 3])
def test_labels_go_into_the_image_s_own_store_where_that_is_asked_for(form: int, tmp_path: Path) -> None:
    units = {"z": "micrometer", "y": "micrometer", "x": "micrometer"}
    store = tmp_path / "ball.zarr"
    ome_store(store, [ball()], multiscales("zyx", [[0.5, 0.25, 0.25]], units, name="ball"), form)
    pixels = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    arguments = ["segment", str(store), "-k", "2", "--foreground", "1", "-o", str(store)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert all(path.read_bytes() == held for path, held in pixels.items())
    assert (tmp_path / "ball.classes.csv").is_file()
    there = sorted(path.name for path in (store / "labels").iterdir() if path.is_dir())
    assert there == ["pixture", "pixture-objects"]
    held = dict(zarr.open_group(str(store / "labels"), mode="r").attrs)
    assert (held if form == 2 else held["ome"])["labels"] == ["pixture", "pixture-objects"]
    np.testing.assert_array_equal(read(store).pixels, ball())  # labels are no images
    labels = read(store, scene="labels/pixture")
    assert (labels.shape, labels.spacing, labels.unit) == ((30, 60, 60), (0.5, 0.25, 0.25), "µm")
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 1
    assert CliRunner().invoke(app, [*arguments, "--overwrite"]).exit_code == 0
    assert not list(store.rglob(".pixture*"))
    # the group of labels, with another's in it, gets ours besides
    labels_there = zarr.open_group(str(store / "labels"), mode="r+")
    told = ["by hand", "pixture"]
    labels_there.attrs.update({"labels": told} if form == 2 else {"ome": {"version": "0.5", "labels": told}})
    assert CliRunner().invoke(app, [*arguments, "--overwrite"]).exit_code == 0
    held = dict(zarr.open_group(str(store / "labels"), mode="r").attrs)
    assert (held if form == 2 else held["ome"])["labels"] == ["by hand", "pixture", "pixture-objects"]
    second = tmp_path / "second.zarr"
    ome_store(second, [ball()], multiscales("zyx", [[0.5, 0.25, 0.25]], units), form)
    for more, said in (
        (["--slice", "3"], "that is read whole"),
        ([str(second)], "one image go into its own store alone"),
    ):
        refused = CliRunner().invoke(app, [*arguments[:2], *more, *arguments[2:], "--overwrite"])
        assert refused.exit_code != 0
        assert said in " ".join(refused.output.split())
    other = tmp_path / "elsewhere" / "other.zarr"
    ome_store(other, [ball()], multiscales("zyx", [[0.5, 0.25, 0.25]], units), form)
    refused = CliRunner().invoke(app, ["segment", str(store), "-k", "2", "-o", str(other)])
    assert "not that of the image" in " ".join(refused.output.split())
