"""A GeoTIFF keeps its place: read, segmented, written, and read back by GDAL."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.data import folder_of_images
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture import ReadError, read
from pixture.commands.app import app
from pixture.errors import UnclearPlaceWarning
from pixture.imaging.geo.georeference import Georeference, applied, coarser, turned
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.pictures.orientation import upright
from pixture.imaging.readers.read import contents
from pixture.imaging.writers.families import GEOTIFF
from pixture.imaging.writers.raster import ClassLook, Holds, Raster
from tests.encoded_files import encoded

rasterio: Any = pytest.importorskip("rasterio")
from affine import Affine  # noqa: E402 - rasterio's own
from rasterio.control import GroundControlPoint  # noqa: E402 - where it is there
from rasterio.crs import CRS  # noqa: E402 - where it is there

NORTH_UP = Affine(10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0)
DATA = folder_of_images() / "formats" / "geo"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of test images has no formats/geo")


def geotiff(path: Path, bands: np.ndarray, **said: Any) -> Path:
    """A GeoTIFF of (bands, rows, columns), as rasterio writes it."""
    profile = {"crs": "EPSG:32633", "transform": NORTH_UP} | said
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
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


def transform_of(image: pixture.Image) -> tuple[float, ...]:
    assert image.place is not None
    assert isinstance(image.place.content, Georeference)
    assert image.place.content.transform is not None
    return image.place.content.transform


def noise(*shape: int, dtype: str = "uint8", seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if dtype.startswith("float"):
        return rng.normal(100, 20, shape).astype(dtype)
    limits = np.iinfo(dtype)
    return rng.integers(max(limits.min, -3000), min(limits.max, 30_000), shape, endpoint=True).astype(dtype)


def written(image: pixture.Image, path: Path, **more: Any) -> Path:
    """The image's own first channel as a raster of values in its family."""
    values = image.pixels if image.axes == "yx" else image.pixels[..., 0]
    raster = Raster(np.ascontiguousarray(values), image, Holds.VALUES, None, **more)
    for suffix, content in encoded(raster, GEOTIFF).items():
        Path(f"{path}{suffix}").write_bytes(content)
    return Path(f"{path}.tif")


ROTATED = Affine(17.32, 5.0, 100.0, 10.0, -8.66, 200.0)
PLACES = {
    "north up": NORTH_UP,
    "south up": Affine(10.0, 0.0, 500_000.0, 0.0, 10.0, 5_000_000.0),
    "rotated": ROTATED,
    "sheared": Affine(10.0, 3.0, 500_000.0, 0.0, -10.0, 5_000_000.0),
    "oblong": Affine(10.0, 0.0, 500_000.0, 0.0, -20.0, 5_000_000.0),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_transform_comes_back(name: str, tmp_path: Path) -> None:
    path = geotiff(tmp_path / "in.tif", noise(1, 30, 40), transform=PLACES[name])
    image = read(path)
    assert image.place is not None
    assert image.place.family == "GeoTIFF"
    assert "EPSG:32633" in image.place.in_words
    with rasterio.open(written(image, tmp_path / "out")) as file:
        np.testing.assert_allclose(file.transform[:6], PLACES[name][:6], rtol=1e-14, atol=1e-9)
        assert file.crs == CRS.from_epsg(32633)
        np.testing.assert_array_equal(file.read(1), image.pixels)
    # the area of all pixels is the determinant times their number, however they lie
    labels = np.zeros(image.shape, np.uint8)
    from pixture.imaging.physical_space.pixel_areas import label_areas

    area = label_areas(image, labels, 1)
    assert area is not None
    assert area[0] == pytest.approx(abs(PLACES[name].determinant) * image.size)


def test_spacing_is_in_metres_whatever_the_unit(tmp_path: Path) -> None:
    in_metres = read(geotiff(tmp_path / "m.tif", noise(1, 30, 40), transform=PLACES["oblong"]))
    assert (in_metres.spacing, in_metres.unit) == ((20.0, 10.0), "m")
    assert in_metres.place is not None
    assert in_metres.place.in_words == "EPSG:32633, 10 x 20 m"
    in_feet = read(geotiff(tmp_path / "ft.tif", noise(1, 30, 40), crs="EPSG:2263"))
    assert in_feet.unit == "m"
    assert in_feet.spacing == pytest.approx((3.048006, 3.048006), rel=1e-6)
    assert in_feet.place is not None
    assert in_feet.place.in_words == "EPSG:2263, 10 US ft"


def test_control_points_come_back_and_no_size_is_made_of_them(tmp_path: Path) -> None:
    points = [
        GroundControlPoint(row, col, 15 + col / 100, 45 - row / 90, 7)
        for row, col in ((0, 0), (0, 40), (30, 0))
    ]
    image = read(geotiff(tmp_path / "in.tif", noise(1, 30, 40), crs="EPSG:4326", transform=None, gcps=points))
    assert image.place is not None
    assert image.place.in_words == "EPSG:4326, 3 ground control points and no transform"
    assert not image.has_units
    assert image.place.row_areas is None
    with rasterio.open(written(image, tmp_path / "out")) as file:
        found, crs = file.gcps
        assert crs == CRS.from_epsg(4326)
        for one, other in zip(found, points, strict=True):
            assert (one.row, one.col, one.x, one.y, one.z) == pytest.approx(
                (other.row, other.col, other.x, other.y, other.z)
            )


def test_a_compound_system_comes_back(tmp_path: Path) -> None:
    crs = CRS.from_user_input("EPSG:32633+5773")
    image = read(geotiff(tmp_path / "in.tif", noise(1, 30, 40), crs=crs))
    assert (image.spacing, image.unit) == ((10.0, 10.0), "m")
    with rasterio.open(written(image, tmp_path / "out")) as file:
        assert file.crs == crs


def test_rational_polynomials_and_points_come_back(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "in.tif", noise(1, 30, 40))
    coefficients = " ".join(["1"] + ["0"] * 19)
    rpc = {
        **{f"{a}_{b}": "1.5" for a in ("LINE", "SAMP", "LAT", "LONG", "HEIGHT") for b in ("OFF", "SCALE")},
        **{f"{a}_{b}_COEFF": coefficients for a in ("LINE", "SAMP") for b in ("NUM", "DEN")},
    }
    with rasterio.open(path, "r+") as file:
        file.update_tags(ns="RPC", **rpc)
        file.update_tags(AREA_OR_POINT="Point")
    with rasterio.open(written(read(path), tmp_path / "out")) as file:
        assert file.tags(ns="RPC")["LINE_OFF"].startswith("1.5")
        assert file.tags()["AREA_OR_POINT"] == "Point"
        assert file.transform == NORTH_UP


def test_thirteen_bands_of_16_bits_keep_their_names(tmp_path: Path) -> None:
    bands = noise(13, 30, 40, dtype="uint16")
    path = geotiff(tmp_path / "sentinel.tif", bands)
    names = [f"B{number:02d}" for number in range(1, 14)]
    with rasterio.open(path, "r+") as file:
        file.descriptions = names
    image = read(path, channels=["B08", "B04"])
    assert image.pixels.dtype == np.uint16
    assert image.channel_names == ("B08", "B04")
    np.testing.assert_array_equal(image.pixels, np.moveaxis(bands[[7, 3]], 0, -1))
    assert image.place is not None


@pytest.mark.parametrize("compress", ["deflate", "lzw", "zstd"])
def test_nodata_of_signed_integers(compress: str, tmp_path: Path) -> None:
    bands = noise(1, 30, 40, dtype="int16")
    bands[0, :5] = -32768
    image = read(geotiff(tmp_path / "dem.tif", bands, nodata=-32768, compress=compress, predictor=2))
    assert image.pixels.dtype == np.int16
    assert image.mask is not None
    np.testing.assert_array_equal(image.mask, bands[0] != -32768)
    with rasterio.open(written(image, tmp_path / "out")) as file:  # integers that are values have a mask
        np.testing.assert_array_equal(file.dataset_mask() > 0, image.mask)
        np.testing.assert_array_equal(file.read(1), bands[0])


@pytest.mark.parametrize("nodata", [float("nan"), -9999.0, -3.4e38])
def test_nodata_of_floats(nodata: float, tmp_path: Path) -> None:
    bands = noise(1, 30, 40, dtype="float32")
    bands[0, 3:6, 5:9] = nodata
    image = read(geotiff(tmp_path / "dem.tif", bands, nodata=nodata))
    assert image.mask is not None
    assert not image.mask[3:6, 5:9].any()
    assert image.mask.sum() == image.size - 12
    with rasterio.open(written(image, tmp_path / "out")) as file:
        assert np.isnan(file.nodata)
        found = file.read(1)
        np.testing.assert_array_equal(np.isnan(found), ~image.mask)
        np.testing.assert_array_equal(found[image.mask], bands[0][image.mask])


@pytest.mark.parametrize("internal", [True, False])
def test_a_mask_of_the_dataset(internal: bool, tmp_path: Path) -> None:
    path = geotiff(tmp_path / "in.tif", noise(3, 30, 40))
    mask = np.zeros((30, 40), bool)
    mask[4:20, 7:33] = True
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=internal), rasterio.open(path, "r+") as file:
        file.write_mask(mask)
    assert Path(f"{path}.msk").exists() is not internal
    image = read(path)
    np.testing.assert_array_equal(image.mask, mask)


def test_scale_and_offset_are_applied(tmp_path: Path) -> None:
    bands = noise(2, 30, 40, dtype="int16")
    bands[1, 0, 0] = -1
    path = geotiff(tmp_path / "sst.tif", bands, nodata=-1)
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.01, 2.0), (273.15, 0.0)
    image = read(path)
    assert image.pixels.dtype == np.float64
    expected = np.moveaxis(bands, 0, -1) * [0.01, 2.0] + [273.15, 0.0]
    np.testing.assert_array_equal(image.pixels, expected)
    assert image.mask is not None
    assert not image.mask[0, 0]  # the value that stands for missing data is one of those stored
    np.testing.assert_array_equal(image.mask, (bands != -1).all(axis=0))
    floats = geotiff(tmp_path / "float.tif", noise(1, 30, 40, dtype="float32"))
    with rasterio.open(floats, "r+") as file:
        file.scales, file.offsets = (2.0,), (1.0,)
        stored = file.read(1)
    np.testing.assert_array_equal(read(floats).pixels, stored.astype(np.float64) * 2 + 1)


@given(st.integers(1, 8), st.integers(1, 9), st.integers(1, 9), st.data())
@settings(max_examples=60, deadline=None)
def test_a_turned_image_lies_where_it_lay(orientation: int, rows: int, columns: int, data: Any) -> None:
    """What a stored pixel's coordinates were, its upright place's are."""
    where = Georeference(transform=(3.0, 1.0, 50.0, 2.0, -5.0, 70.0))
    stored = np.moveaxis(np.mgrid[:rows, :columns], 0, -1)
    seen = upright(stored, orientation)
    now = turned(where, orientation, (rows, columns))
    row = data.draw(st.integers(0, seen.shape[0] - 1))
    column = data.draw(st.integers(0, seen.shape[1] - 1))
    was_row, was_column = seen[row, column]
    assert now.transform is not None
    assert where.transform is not None
    assert applied(now.transform, column + 0.5, row + 0.5) == pytest.approx(
        applied(where.transform, was_column + 0.5, was_row + 0.5)
    )


@given(st.integers(1, 4), st.integers(1, 4), st.floats(0, 9), st.floats(0, 9))
@settings(max_examples=60, deadline=None)
def test_a_smaller_copy_lies_where_the_image_does(across: int, down: int, column: float, row: float) -> None:
    where = Georeference(transform=(3.0, 1.0, 50.0, 2.0, -5.0, 70.0))
    smaller = coarser(where, across, down).transform
    assert smaller is not None
    assert where.transform is not None
    assert applied(smaller, column, row) == pytest.approx(
        applied(where.transform, across * column, down * row)
    )


def test_levels_are_the_overviews(tmp_path: Path) -> None:
    bands = noise(1, 101, 203)
    inside, beside = geotiff(tmp_path / "a.tif", bands), geotiff(tmp_path / "b.tif", bands)
    with rasterio.open(inside, "r+") as file:
        file.build_overviews([2, 4], rasterio.enums.Resampling.nearest)
    with rasterio.Env(TIFF_USE_OVR=True), rasterio.open(beside, "r+") as file:
        file.build_overviews([2, 4], rasterio.enums.Resampling.nearest)
    assert Path(f"{beside}.ovr").exists()
    for path in (inside, beside):
        assert contents(path)[0].levels == ((101, 203), (51, 102), (26, 51))
        image = read(path, level=1)
        with rasterio.open(path, overview_level=0) as file:
            np.testing.assert_array_equal(image.pixels, file.read(1))
            np.testing.assert_allclose(transform_of(image), file.transform[:6])
        with pytest.raises(ReadError, match=r"there is no level 3\. It has 3 levels"):
            read(path, level=3)


def test_a_damaged_overview_leaves_the_image(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", noise(1, 300, 400), tiled=True, blockxsize=64, blockysize=64)
    length = path.stat().st_size
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2], rasterio.enums.Resampling.nearest)
    content = path.read_bytes()
    path.write_bytes(content[: length + (len(content) - length) // 2])
    whole = read(path)
    assert whole.place is not None
    with pytest.raises(ReadError, match=r"incomplete|damaged"):
        read(path, level=1)


def test_without_a_system_it_is_read_and_said(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "in.tif", noise(1, 30, 40), crs=None)
    with pytest.warns(UnclearPlaceWarning, match=r"in no coordinate reference system \(CRS\)"):
        image = read(path)
    assert (image.spacing, image.unit) == ((10.0, 10.0), None)
    with rasterio.open(written(image, tmp_path / "out")) as file:
        assert file.crs is None
        assert file.transform == NORTH_UP


def test_a_world_file_beside_is_a_place(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "in.tif", noise(1, 30, 40), crs=None, transform=None)
    assert read(path).place is None
    path.with_suffix(".tfw").write_text("10\n0\n0\n-10\n500005\n4999995\n")
    with pytest.warns(UnclearPlaceWarning):
        image = read(path)
    assert transform_of(image) == tuple(NORTH_UP[:6])


def test_without_rasterio_the_image_is_read_and_one_sentence_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = geotiff(tmp_path / "in.tif", noise(1, 30, 40))
    scaled = geotiff(tmp_path / "scaled.tif", noise(1, 30, 40))
    with rasterio.open(scaled, "r+") as file:
        file.scales = (0.5,)
    monkeypatch.setitem(sys.modules, "pixture.imaging.geo.gdal", None)
    with pytest.warns(UnclearPlaceWarning, match=r"not kept.*pip install 'pixture\[geo\]'"):
        image = read(path)
    assert image.place is None
    with pytest.raises(ReadError, match=r"to be scaled.*pip install 'pixture\[geo\]'"):
        read(scaled)


def labels_of(image: pixture.Image, **more: Any) -> Raster:
    labels = (np.arange(image.size) % 3).astype(np.uint8).reshape(image.shape)
    if image.mask is not None:
        labels[~image.mask] = 255
    looks = (ClassLook("water", "#0072b2"), ClassLook("", "#e69f00"), ClassLook('a & "b"', "#56b4e9"))
    return Raster(labels, image, Holds.LABELS, None if image.mask is None else 255, looks)


def test_labels_come_with_names_and_colours(tmp_path: Path) -> None:
    bands = noise(1, 700, 900)
    bands[:, :9] = 0
    raster = labels_of(read(geotiff(tmp_path / "in.tif", bands, nodata=0)))
    files = encoded(raster, GEOTIFF)
    assert list(files) == [".tif", ".tif.aux.xml", ".qml"]
    for suffix, content in files.items():
        (tmp_path / f"labels{suffix}").write_bytes(content)
    with rasterio.open(tmp_path / "labels.tif") as file:
        np.testing.assert_array_equal(file.read(1), raster.values)
        assert file.nodata == 255
        assert file.colormap(1)[1] == (0xE6, 0x9F, 0x00, 255)
        assert file.overviews(1) == [2]
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    again = read(tmp_path / "labels.tif")  # numbers, no colours
    np.testing.assert_array_equal(again.pixels, raster.values)
    with rasterio.open(tmp_path / "labels.tif", overview_level=0) as file:
        assert set(np.unique(file.read(1))) <= {0, 1, 2, 255}


@pytest.mark.skipif(shutil.which("gdalinfo") is None, reason="gdalinfo is not installed")
def test_gdalinfo_sees_names_colours_and_the_table(tmp_path: Path) -> None:
    raster = labels_of(read(geotiff(tmp_path / "in.tif", noise(1, 30, 40))))
    for suffix, content in encoded(raster, GEOTIFF).items():
        (tmp_path / f"labels{suffix}").write_bytes(content)
    done = subprocess.run(
        ["gdalinfo", "-json", tmp_path / "labels.tif"], capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout)
    assert said["geoTransform"] == list(NORTH_UP.to_gdal())
    assert said["stac"]["proj:epsg"] == 32633
    band = said["bands"][0]
    assert band["colorTable"]["entries"][0] == [0, 114, 178, 255]
    assert band["categories"] == ["water", "label 1", 'a & "b"']
    rows = said["rat"]["row"]
    assert [row["f"][1] for row in rows] == ["water", "label 1", 'a & "b"']


def test_the_command_writes_what_came_in(tmp_path: Path) -> None:
    bands = noise(3, 60, 80)
    bands[:, :30] //= 8
    path = geotiff(tmp_path / "scene.tif", bands, photometric="rgb")
    run = CliRunner().invoke(
        app,
        ["segment", str(path), "-k", "2", "-o", str(tmp_path / "out"), "--maps", "probabilities", "--report"],
    )
    assert run.exit_code == 0, run.output
    assert "ha" in run.output
    out = tmp_path / "out"
    with (
        rasterio.open(out / "scene.labels.tif") as labels,
        rasterio.open(out / "scene.probabilities.tif") as maps,
    ):
        assert labels.transform == maps.transform == NORTH_UP
        assert maps.descriptions == ("label 0", "label 1")
        pixels = [int((labels.read(1) == label).sum()) for label in (0, 1)]
    header, *lines = (out / "scene.classes.csv").read_text().splitlines()
    area = header.split(",").index("area")
    assert [float(line.split(",")[area]) for line in lines] == [count * 100.0 for count in pixels]
    assert json.loads((out / "scene.json").read_text())["input"]["place"] == "EPSG:32633, 10 m"
    assert ">ha</th>" in (out / "scene.report.html").read_text()


def test_a_picture_can_be_written_as_geotiff(tmp_path: Path) -> None:
    image = image_from_array(noise(30, 40))
    pixture.segment(image, 2).save(tmp_path, format="geotiff")
    assert read(tmp_path / "image.labels.tif").place is None


@needs_data
@pytest.mark.parametrize(
    "name", ["RGB.byte", "RGBA.uint16", "alpha", "cogeo", "goes", "world.rgb", "test_esri_wkt"]
)
def test_real_files_arrive_as_rasterio_reads_them(name: str, tmp_path: Path) -> None:
    path = DATA / f"{name}.tif"
    image = read(path)
    with rasterio.open(path) as file:
        mask = file.dataset_mask() > 0
        kept = [band for band, shown in enumerate(file.colorinterp, 1) if shown.name != "alpha"]
        stored = np.moveaxis(file.read(kept), 0, -1)
        crs, transform = file.crs, file.transform
        lossy = "jpeg" in str(file.compression).lower()
    if name == "RGB.byte":  # GDAL leaves a pixel out where all bands lack data, we where one does
        mask &= (stored != 0).all(axis=-1)
    np.testing.assert_array_equal(np.ones(image.shape, bool) if image.mask is None else image.mask, mask)
    difference = np.abs(image.pixels.reshape(stored.shape).astype(int) - stored.astype(int))
    # decoders of JPEG enlarge coarse chroma each in their way
    assert np.quantile(difference, 0.99) <= (2 if lossy else 0)
    assert difference.max() <= (16 if lossy else 0)
    with rasterio.open(written(image, tmp_path / "out")) as file:
        assert file.crs == crs
        np.testing.assert_allclose(file.transform[:6], transform[:6], rtol=1e-14, atol=1e-9)


@needs_data
def test_a_corrupt_file_is_refused_in_a_sentence() -> None:
    with pytest.raises(ReadError, match=r"corrupt\.tif: the file is incomplete"):
        read(DATA / "corrupt.tif")
    run = CliRunner().invoke(app, ["info", str(DATA / "corrupt.tif")])
    assert run.exit_code == 1
    assert run.output.count("\n") == 1
    with pytest.warns(UnclearPlaceWarning):
        rotated = read(DATA / "rotated.tif")
    assert rotated.place is not None
    assert rotated.place.in_words == "without CRS, 20 x 10, turned by 30°"


def test_a_jpeg_2000_keeps_its_place(tmp_path: Path) -> None:
    bands = noise(3, 64, 80, dtype="uint16")
    with rasterio.open(
        tmp_path / "in.jp2",
        "w",
        driver="JP2OpenJPEG",
        count=3,
        height=64,
        width=80,
        dtype="uint16",
        crs="EPSG:32633",
        transform=NORTH_UP,
        reversible=True,
        quality=100,
    ) as file:
        file.write(bands)
    image = read(tmp_path / "in.jp2")
    np.testing.assert_array_equal(np.moveaxis(image.pixels, -1, 0), bands)
    assert image.place is not None
    assert image.place.in_words == "EPSG:32633, 10 m"
    assert (image.spacing, image.unit) == ((10.0, 10.0), "m")


def test_subsampled_colours_keep_their_place(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "in.tif", noise(3, 64, 80), compress="jpeg", photometric="ycbcr")
    image = read(path)
    assert image.place is not None
    assert transform_of(image) == tuple(NORTH_UP[:6])


def test_a_place_that_gdal_cannot_read_is_said(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "in.tif", noise(1, 30, 40))
    content = bytearray(path.read_bytes())
    import tifffile

    with tifffile.TiffFile(path) as file:
        at = file.pages.first.tags[34735].valueoffset
    content[at : at + 64] = b"\xff" * 64
    path.write_bytes(content)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        image = read(path)
    assert image.shape == (30, 40)
    assert all(issubclass(one.category, UnclearPlaceWarning) for one in caught)
    assert image.place is None or "without CRS" in image.place.in_words
