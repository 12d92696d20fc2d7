"""Grids of the Earth that are no TIFF arrive whole, by rasterio, and lead nowhere else."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixture import ReadError, read
from pixture.imaging.readers.read import contents

rasterio: Any = pytest.importorskip("rasterio")
pytest.importorskip("rasterio.shutil")

NORTH_UP = rasterio.Affine(10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0)
DRIVERS = {
    "HFA": "img",
    "PCIDSK": "pix",
    "AAIGrid": "asc",
    "GSBG": "grd",
    "GS7BG": "grd",
    "PCRaster": "map",
    "BT": "bt",
}


def values(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(100, 20, shape).astype(np.float32)


def source(path: Path, bands: np.ndarray, **said: Any) -> Path:
    profile = {"crs": "EPSG:32633", "transform": NORTH_UP, "nodata": -9999} | said
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=len(bands),
        height=bands.shape[1],
        width=bands.shape[2],
        dtype=bands.dtype,
        **profile,
    ) as file:
        file.write(bands)
    return path


def made(folder: Path, driver: str, bands: np.ndarray, name: str = "grid", **said: Any) -> Path:
    path = folder / f"{name}.{DRIVERS.get(driver, 'x')}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL's, of what a format cannot keep
        rasterio.shutil.copy(source(folder / "source.tif", bands, **said), path, driver=driver)
    return path


@pytest.mark.parametrize("driver", DRIVERS)
def test_values_and_place_arrive(driver: str, tmp_path: Path) -> None:
    bands = values(1, 40, 50)
    bands[0, 3, 4:9] = -9999
    image = read(made(tmp_path, driver, bands))
    assert image.mask is not None
    np.testing.assert_array_equal(image.mask, bands[0] != -9999)
    np.testing.assert_array_equal(image.pixels[image.mask], bands[0][image.mask])
    assert image.spacing == (10.0, 10.0)
    assert image.unit == "m"
    assert image.place is not None
    assert image.place.family == "GeoTIFF"
    where: Any = image.place.content
    np.testing.assert_allclose(where.transform, NORTH_UP[:6])


def test_several_bands_with_names(tmp_path: Path) -> None:
    bands = np.random.default_rng(1).integers(0, 60_000, (4, 30, 40)).astype(np.uint16)
    path = made(tmp_path, "HFA", bands, nodata=None)
    with rasterio.open(path, "r+") as file:
        file.descriptions = ("blue", "green", "red", "nir")
    image = read(path)
    assert image.channel_names == ("blue", "green", "red", "nir")
    np.testing.assert_array_equal(np.moveaxis(image.pixels, -1, 0), bands)


def test_levels(tmp_path: Path) -> None:
    path = made(tmp_path, "HFA", values(1, 101, 90))
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4])
    assert contents(path)[0].levels == ((101, 90), (51, 45), (26, 23))
    assert read(path, level=1).spacing == pytest.approx((10 * 101 / 51, 20.0))
    with pytest.raises(ReadError, match=r"there is no level 3\. It has 3 levels"):
        read(path, level=3)
    Path(f"{path}.aux.xml").write_text(
        '<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">/vsicurl/http://example.org/a.tif'
        "</MDI></Metadata></PAMDataset>"
    )
    assert contents(path) == ()  # none is looked for where another file is named


@pytest.mark.parametrize(("numbers", "dtype"), [("1 2 3 -7", np.int32), ("1 2 3 4.5", np.float64)])
def test_text_is_read_as_it_is_written(numbers: str, dtype: type, tmp_path: Path) -> None:
    path = tmp_path / "grid.asc"
    path.write_text(f"ncols 2\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 5\n{numbers}\n")
    with pytest.warns(UserWarning, match="no coordinate reference system"):
        image = read(path)
    assert image.pixels.dtype == dtype
    assert image.pixels.ravel().tolist() == [float(number) for number in numbers.split()]
    long = tmp_path / "grass.asc"
    long.write_text("north: 10\nsouth: 0\neast: 10\nwest: 0\nrows: 1\ncols: 2\n0.123456789012 3\n")
    with pytest.warns(UserWarning, match="no coordinate reference system"):
        assert read(long).pixels[0, 0] == 0.123456789012  # not narrowed to 32 bits


def test_a_tile_of_srtm_and_of_dted_is_where_its_name_says(tmp_path: Path) -> None:
    heights = np.random.default_rng(2).integers(-10, 3000, (1, 1201, 1201)).astype(np.int16)
    half = 1 / 2400
    tile = {"crs": "EPSG:4326", "transform": rasterio.Affine(1 / 1200, 0, 6 - half, 0, -1 / 1200, 46 + half)}
    path = source(tmp_path / "source.tif", heights, **tile, nodata=-32768)
    for name, driver in (("N45E006.hgt", "SRTMHGT"), ("tile.dt1", "DTED")):
        rasterio.shutil.copy(path, tmp_path / name, driver=driver)
        image = read(tmp_path / name)
        np.testing.assert_array_equal(image.pixels, heights[0])
        assert image.place is not None
        assert image.place.row_areas is not None
        assert image.place.row_areas[0] < image.place.row_areas[-1]  # narrower in the north


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_part_of_a_file_is_refused_or_whole(driver: str, part: float, tmp_path: Path) -> None:
    path = made(tmp_path, driver, values(1, 40, 50), nodata=None)
    whole = read(path).pixels
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    with contextlib.suppress(ReadError):
        np.testing.assert_array_equal(read(path).pixels, whole)


def test_what_leads_elsewhere_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "grid.vrt"
    path.write_text('<VRTDataset rasterXSize="2" rasterYSize="2"></VRTDataset>')
    with pytest.raises(ReadError, match="not an image in a format pixture reads"):
        read(path)
    path.rename(tmp_path / "grid.img")
    with pytest.raises(ReadError, match="not an image in a format pixture reads"):
        read(tmp_path / "grid.img")


def test_bytes_that_are_no_text_are_not_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """GDAL quotes what it cannot read; rasterio cannot decode that, and would print that it cannot."""
    path = tmp_path / "grid.grd"
    path.write_bytes(b"DSAA\n2 2\n0 5\n0 5\n1 4\n1 2\n\xff\xfe\x80 4\n")
    with contextlib.suppress(ReadError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read(path)
    assert capfd.readouterr() == ("", "")
