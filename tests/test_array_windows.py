"""Windows of HDF5, NetCDF-4, MATLAB 7.3, NIfTI and GDAL's rasters are the whole image's windows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixture.errors import ReadError
from pixture.imaging.window import Window
from pixture.options.reading import Reading
from pixture.scale.sources.opened_source import open_source
from tests.test_arrays_on_disk import mat_7_3, netcdf
from tests.test_gdal_raster import DRIVERS, made
from tests.test_opened_source import DTYPES, assert_same, values_of


@pytest.mark.parametrize("dtype", DTYPES)
def test_windows_of_hdf5(tmp_path: Path, generator: np.random.Generator, dtype: str) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "a.h5"
    for shape, choices, axes in (
        ((37, 53), {}, None),
        ((37, 53, 3), {"chunks": (16, 16, 3), "compression": "gzip", "shuffle": True}, None),
        ((3, 37, 53), {"chunks": (1, 16, 53)}, "cyx"),
        ((2, 4, 17, 23), {"chunks": (1, 1, 8, 8), "compression": "lzf"}, "tzyx"),
    ):
        with h5py.File(path, "w") as file:
            file.create_dataset("some/image", data=values_of(dtype, shape, generator), **choices)
            file["other"] = np.zeros((3, 3))
        for reading in (Reading(scene="some/image", axes=axes),):
            assert_same(path, reading, generator)
            assert_same(f"{path}::/some/image", Reading(axes=axes), generator)
    assert_same(path, Reading(scene="/some/image", axes="tzyx", time=2, slice=3), generator)


def test_windows_of_netcdf(tmp_path: Path, generator: np.random.Generator) -> None:
    path = netcdf(tmp_path / "a.nc")
    source = assert_same(path, Reading(), generator)
    assert source.description.channel_names or source.description.unit
    assert_same(path, Reading(channels=("1",)), generator)


def test_values_of_64_bits_that_are_scaled_are_read_whole(
    tmp_path: Path, generator: np.random.Generator
) -> None:
    h5py = pytest.importorskip("h5py")
    for dtype, whole in (("int64", True), ("int32", False), ("float32", False)):
        path = tmp_path / f"{dtype}.h5"
        with h5py.File(path, "w") as file:
            dataset = file.create_dataset("image", data=generator.integers(0, 99, (20, 30)).astype(dtype))
            dataset.attrs["add_offset"] = 5.0
        assert_same(path, Reading(), generator, whole=whole)


def test_windows_of_matlab(tmp_path: Path, generator: np.random.Generator) -> None:
    path = tmp_path / "a.mat"
    mat_7_3(path, image=values_of("uint16", (37, 53, 4), generator))
    assert_same(path, Reading(), generator)
    assert_same(path, Reading(axes="xyz", slice=2), generator)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("kind", [1, 2])
def test_windows_of_nifti(tmp_path: Path, generator: np.random.Generator, dtype: str, kind: int) -> None:
    nibabel = pytest.importorskip("nibabel")
    made_by = nibabel.Nifti1Image if kind == 1 else nibabel.Nifti2Image
    for shape in ((23, 17), (23, 17, 5), (23, 17, 5, 3), (23, 17, 1, 3)):
        image = made_by(values_of(dtype, shape, generator), np.diag([2.0, -3.0, 4.0, 1.0]), dtype=dtype)
        image.header.set_xyzt_units("mm", "sec")
        path = tmp_path / "a.nii"
        nibabel.save(image, path)
        assert_same(path, Reading(), generator)
    assert_same(path, Reading(time=2), generator)
    image.header.set_slope_inter(2.0, -1024.0)
    nibabel.save(image, path)
    assert_same(path, Reading(), generator)
    nibabel.save(image, tmp_path / "a.nii.gz")
    assert_same(tmp_path / "a.nii.gz", Reading(), generator, whole=True)


def test_windows_of_nifti_in_colour(tmp_path: Path, generator: np.random.Generator) -> None:
    nibabel = pytest.importorskip("nibabel")
    values = generator.integers(0, 256, (23, 17, 5, 3)).astype(np.uint8)
    colours = values.view(np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")]))[..., 0]
    nibabel.save(nibabel.Nifti1Image(colours, np.eye(4)), tmp_path / "a.nii")
    assert_same(tmp_path / "a.nii", Reading(), generator)
    nibabel.save(nibabel.MGHImage(values[..., 0], np.eye(4)), tmp_path / "a.mgh")
    assert_same(tmp_path / "a.mgh", Reading(), generator)


@pytest.mark.parametrize("driver", DRIVERS)
def test_windows_of_grids(tmp_path: Path, generator: np.random.Generator, driver: str) -> None:
    bands = generator.normal(100, 20, (1, 97, 131)).astype(np.float32)
    bands[generator.random(bands.shape) < 0.1] = -9999
    path = made(tmp_path, driver, bands)
    source = assert_same(path, Reading(), generator, whole=driver == "AAIGrid")
    assert source.description.place is not None


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float64"])
def test_windows_of_several_bands_and_levels(
    tmp_path: Path, generator: np.random.Generator, dtype: str
) -> None:
    import rasterio

    path = made(tmp_path, "HFA", values_of(dtype, (4, 97, 131), generator), nodata=7)
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2], rasterio.enums.Resampling.nearest)
    assert_same(path, Reading(), generator)
    assert_same(path, Reading(level=1, channels=("4", "2")), generator)


def test_what_has_no_windows_is_held(tmp_path: Path, generator: np.random.Generator) -> None:
    import PIL.Image

    path = tmp_path / "a.png"
    PIL.Image.fromarray(generator.integers(0, 256, (20, 30, 3)).astype(np.uint8)).save(path)
    assert_same(path, Reading(), generator, whole=True)
    assert_same(path, Reading(channels=("3",)), generator, whole=True)


def test_a_chunk_that_is_damaged_says_where_it_lies(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("a", data=np.arange(64 * 64).reshape(64, 64), chunks=(32, 32), compression="gzip")
        place: Any = file["a"].id.get_chunk_info(3)
    with path.open("r+b") as raw:
        raw.seek(place.byte_offset)
        raw.write(b"\xff" * 16)
    source = open_source(path)
    source.read(Window((0, 0), (32, 64)))
    with pytest.raises(ReadError, match=r"cannot be decoded.*in rows 40 to 64, columns 33 to 40"):
        source.read(Window((39, 32), (64, 40)))
