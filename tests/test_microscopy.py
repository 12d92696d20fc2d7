"""Files of microscopes: CZI, LIF and ND2; every axis, scene and level, sizes, names, gaps between tiles."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
import tifffile
from benchmarks.data import folder_of_images
from click.testing import CliRunner

from pixture import ChoiceError, FirstFrameWarning, ReadError, read
from pixture.arrays import Array
from pixture.cli import app
from pixture.imaging.readers.read import contents

DATA = folder_of_images() / "formats" / "microscopy"
TWO_CHANNELS, WAVES = "testdata_2channel_xz.lif", "LeicaLASX_wavelength-sweep_example.lif"
real = pytest.mark.skipif(not (DATA / WAVES).exists(), reason="the folder of test images has no LIF files")


def stored(name: str, image: int) -> Array:
    liffile = pytest.importorskip(
        "liffile", reason="liffile is not installed: pip install 'pixture[microscopy]'"
    )
    with liffile.LifFile(DATA / name) as file:
        return np.asarray(file.images[image].asarray())


@real
def test_every_image_of_leica_s_files_arrives_whole() -> None:
    for name, image, order, axes, spacing, names in (
        (TWO_CHANNELS, 0, (0, 2, 3, 1), "tyxc", (0.53, 0.140279, 0.14028), ("Green", "Red")),  # time, section
        (TWO_CHANNELS, 1, (2, 0, 3, 1), "zyxc", (0.140279, 0.229062, 0.14028), ("Green", "Red")),
        (TWO_CHANNELS, 2, (1, 2, 0), "yxc", (0.102697, 0.102697), ("Green", "Red")),
        (WAVES, 0, (1, 2, 0), "yxc", (0.104814, 0.104814), ("550 nm", "560 nm")),
        (WAVES, 2, (0, 2, 3, 4, 1), "tzyxc", (80.91, 0.500203, 0.104814, 0.104814), ("550 nm", "555 nm")),
    ):
        found = read(DATA / name, scene=image + 1)
        np.testing.assert_array_equal(found.pixels, stored(name, image).transpose(order))
        assert (found.axes, found.spacing, found.unit) == (axes, spacing, "µm")
        assert found.channel_names[:2] == names


@real
def test_leica_s_scenes_by_name_and_what_is_not_there() -> None:
    path = DATA / TWO_CHANNELS
    assert [one.name for one in contents(path)] == ["xzt", "xzy", "xz"]
    with pytest.warns(FirstFrameWarning, match=r"the file holds 3 images; only the first is read"):
        assert read(path).shape == (20, 128, 128)
    plane = read(path, scene="XZY", slice=5)
    np.testing.assert_array_equal(plane.pixels, stored(TWO_CHANNELS, 1)[:, :, 4].transpose(0, 2, 1))
    with pytest.raises(ReadError, match=r"there is no scene 'xyz'. .* Did you mean 'xzy'|'xzt'|'xz'"):
        read(path, scene="xyz")
    with pytest.raises(ReadError, match=r"there is no level 1. It has one level, 0"):
        read(path, scene="xz", level=1)
    with pytest.raises(ReadError, match=r"there is no time 21. It has 20 times, numbered from 1"):
        read(path, scene="xzt", time=21)
    with pytest.raises(
        ChoiceError, match=r"no channel 'gren': it has 2 channels: Green, Red. Did you mean 'Green'"
    ):
        read(path, scene="xz", channels=["gren"])


@real
def test_a_leica_file_that_is_cut_short(tmp_path: Path) -> None:
    pytest.importorskip("liffile")
    content = (DATA / TWO_CHANNELS).read_bytes()
    for kept in (100, 50_000, 300_000, len(content) - 10):
        (tmp_path / "a.lif").write_bytes(content[:kept])
        with pytest.raises(ReadError, match="LIF file is damaged"):
            read(tmp_path / "a.lif", scene="3" if kept > 1_000_000 else "1")


@real
def test_what_is_made_of_a_leica_file_is_ome_tiff(tmp_path: Path) -> None:
    pytest.importorskip("liffile")
    arguments = ["segment", str(DATA / TWO_CHANNELS), "--scene", "xzy", "-k", "2", "-o", str(tmp_path)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    labels = read(tmp_path / "testdata_2channel_xz.labels.ome.tif")
    assert (labels.shape, labels.unit) == ((128, 23, 128), "µm")
    assert labels.spacing == (0.140279, 0.229062, 0.14028)
    with tifffile.TiffFile(tmp_path / "testdata_2channel_xz.labels.ome.tif") as file:
        assert 'Name="xzy labels"' in str(file.ome_metadata)


# --- CZI, which Zeiss's library writes ---------------------------------------------------------------------


def stack(*shape: int) -> Array:
    return np.random.default_rng(0).integers(0, 60_000, shape).astype(np.uint16)


@pytest.fixture
def czi(tmp_path: Path) -> Any:
    module = pytest.importorskip(
        "pylibCZIrw.czi", reason="pylibCZIrw is not installed: pip install 'pixture[microscopy]'"
    )

    def made(tiles: list[tuple[Array, dict[str, int], int, tuple[int, int]]], **metadata: Any) -> Path:
        path = tmp_path / "a.czi"
        path.unlink(missing_ok=True)
        with module.create_czi(str(path)) as document:
            for array, plane, scene, location in tiles:
                document.write(data=array, plane=plane, scene=scene, location=location)
            document.write_metadata("cells", **metadata)
        return path

    return made


def test_scenes_times_planes_and_channels_of_czi(czi: Any) -> None:
    array = stack(2, 3, 2, 20, 30)
    tiles = [
        (array[t, z, c][..., None] + np.uint16(scene), {"T": t, "Z": z, "C": c}, scene, (scene * 100, 0))
        for scene in range(2)
        for t in range(2)
        for z in range(3)
        for c in range(2)
    ]
    path = czi(tiles, scale_x=0.25e-6, scale_y=0.25e-6, scale_z=1e-6, channel_names={0: "dapi", 1: "gfp"})
    expected = array.transpose(0, 1, 3, 4, 2)
    image = read(path, scene=2)
    np.testing.assert_array_equal(image.pixels, expected + 1)
    assert (image.spacing, image.unit, image.channel_names) == ((1, 1, 0.25, 0.25), "µm", ("dapi", "gfp"))
    part = read(path, scene=1, time=2, slice=3)
    np.testing.assert_array_equal(part.pixels, expected[1, 2])
    with pytest.warns(FirstFrameWarning, match="2 images"):
        read(path)
    with pytest.raises(ReadError, match=r"there is no scene '3'. It holds 2 scenes"):
        read(path, scene=3)
    assert [one.shape for one in contents(path)] == [(2, 3, 20, 30, 2)] * 2


def test_what_lies_between_tiles_takes_no_part(czi: Any) -> None:
    array = stack(2, 20, 30, 1)
    image = read(czi([(array[0], {"C": 0, "M": 0}, 0, (0, 0)), (array[1], {"C": 0, "M": 1}, 0, (40, 5))]))
    if image.mask is None:
        pytest.skip("this pylibCZIrw writes no number of tiles")
    covered = np.zeros((25, 70), bool)
    covered[:20, :30] = covered[5:, 40:] = True
    np.testing.assert_array_equal(image.mask, covered)


def test_colours_and_levels_of_czi(czi: Any) -> None:
    array = np.zeros((1200, 1000, 3), np.uint8)
    array[:, 500:] = (10, 20, 200)  # blue, green, red
    path = czi([(array, {"C": 0}, 0, (0, 0))], scale_x=1e-6, scale_y=1e-6)
    image = read(path)
    assert image.pixels[0, -1].tolist() == [200, 20, 10]
    (held,) = contents(path)
    assert held.levels == ((1200, 1000, 3), (600, 500, 3), (300, 250, 3))
    small = read(path, level=1)
    assert (small.shape, small.spacing) == ((600, 500), (2, 2))
    assert small.pixels[0, -1].tolist() == [200, 20, 10]
    with pytest.raises(ReadError, match=r"there is no level 3. It has 3 levels"):
        read(path, level=3)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ReadError, match="CZI file is damaged"):
        read(path)


# --- ND2, which nothing at hand writes: what nd2 says of a file is stood in for -----------------------------


class StandIn:
    """What nd2.ND2File says of a file of two positions."""

    sizes: ClassVar = {"T": 3, "P": 2, "Z": 4, "C": 2, "Y": 10, "X": 12}
    dtype = np.dtype(np.uint16)
    experiment: ClassVar = [SimpleNamespace(type="TimeLoop", parameters=SimpleNamespace(periodMs=2500.0))]
    metadata = SimpleNamespace(
        channels=[SimpleNamespace(channel=SimpleNamespace(name=name)) for name in ("dapi", "gfp")]
    )
    array = stack(3, 2, 4, 2, 10, 12)

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def voxel_size(self) -> Any:
        return SimpleNamespace(x=0.25, y=0.25, z=1.0)

    def to_dask(self) -> Any:
        return _Lazy(self.array)


class _Lazy:
    def __init__(self, array: Array) -> None:
        self.array = array

    def __getitem__(self, at: Any) -> Any:
        return SimpleNamespace(compute=lambda: self.array[at])


def test_positions_of_nd2_are_scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nd2 = pytest.importorskip("nd2", reason="nd2 is not installed: pip install 'pixture[microscopy]'")
    path = tmp_path / "a.nd2"
    path.write_bytes(b"\xda\xce\xbe\x0a" + bytes(100))
    with pytest.raises(ReadError, match="ND2 file is damaged"):
        read(path)
    monkeypatch.setattr(nd2, "ND2File", StandIn)
    image = read(path, scene=2)
    np.testing.assert_array_equal(image.pixels, StandIn.array[:, 1].transpose(0, 1, 3, 4, 2))
    assert (image.spacing, image.unit, image.channel_names) == ((2.5, 1, 0.25, 0.25), "µm", ("dapi", "gfp"))
    assert [one.name for one in contents(path)] == ["P 1", "P 2"]


@pytest.mark.parametrize(("head", "name"), [(b"ZISRAWFILE", "pylibCZIrw"), (b"\xda\xce\xbe\x0a", "nd2")])
def test_the_absence_of_a_library_is_one_sentence(
    head: bytes, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [
        module for module in sys.modules if module.startswith("pixture.imaging.readers.microscopy.")
    ]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / "a").write_bytes(head + bytes(100))
    with pytest.raises(ReadError, match=r"is not installed .* pip install 'pixture\[microscopy\]'"):
        read(tmp_path / "a")
