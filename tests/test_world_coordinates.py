"""Centres of objects and regions outside of the image: as rasterio and nibabel have them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import pixture
from pixture.arrays import Array, Floats
from pixture.cli import app
from pixture.imaging.image import Image
from pixture.imaging.physical_space.place import Place, WorldCoordinates, world_columns

MAP, PATIENT = ("map_x", "map_y"), ("patient_x", "patient_y", "patient_z")


def scene() -> Array:
    """(60, 90) uint8 with two blocks, and a speck of its own size."""
    pixels = np.full((60, 90), 20, np.uint8)
    pixels[5:17, 11:30] = pixels[30:50, 40:46] = 200
    pixels[40, 80:85] = 200
    return pixels


def objects_in(image: Image) -> Any:
    return pixture.find_objects(image.pixels > 100, image, min_size=0)


def named(columns: dict[str, Array], names: tuple[str, ...]) -> Floats:
    return np.stack([columns[name] for name in names], axis=-1)


@given(
    affine=st.lists(st.floats(-1e3, 1e3), min_size=6, max_size=6),
    centre=st.tuples(st.floats(-10, 1e4), st.floats(-10, 1e4)),
)
def test_world_columns_are_the_affine_map(affine: list[float], centre: tuple[float, float]) -> None:
    a, b, c, d, e, f = affine
    place = Place("GeoTIFF", None, coordinates=WorldCoordinates(MAP, np.array([[b, a, c], [e, d, f]])))
    found = world_columns(place, np.array([centre]))
    row, column = centre
    np.testing.assert_allclose(found["map_x"], [a * column + b * row + c], rtol=1e-12, atol=1e-6)
    np.testing.assert_allclose(found["map_y"], [d * column + e * row + f], rtol=1e-12, atol=1e-6)
    assert world_columns(place, np.zeros((1, 3))) == {}  # of a volume it says nothing
    assert world_columns(None, np.array([centre])) == {}


def geotiff(path: Path, transform: Any, crs: str | None = "EPSG:32633", **options: Any) -> Path:
    rasterio = pytest.importorskip("rasterio")
    profile = {"driver": "GTiff", "height": 60, "width": 90, "count": 1, "dtype": "uint8", "crs": crs}
    with rasterio.open(path, "w", **profile, transform=transform, **options) as to:
        to.write(scene(), 1)
    return path


def by_rasterio(transform: Any, columns: dict[str, Array]) -> Floats:
    """The centres' coordinates, (n, 2), as rasterio has them: transform · (column + .5, row + .5)."""
    found = pytest.importorskip("rasterio.transform").xy(transform, columns["row"], columns["column"])
    return np.stack(found, axis=-1)


TRANSFORMS = {
    "north up": (10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0),
    "turned": (8.0, 6.0, 500_000.0, 6.0, -8.0, 5_000_000.0),
    "sheared": (8.0, 1.0, 500_000.0, 2.0, -9.0, 5_000_000.0),
}


@pytest.mark.parametrize("kind", TRANSFORMS)
def test_objects_of_a_geotiff_have_map_coordinates(kind: str, tmp_path: Path) -> None:
    affine = pytest.importorskip("affine")
    transform = affine.Affine(*TRANSFORMS[kind])
    found = objects_in(pixture.read(geotiff(tmp_path / "a.tif", transform)))
    columns = found.columns
    expected = by_rasterio(transform, columns)
    np.testing.assert_allclose(named(columns, MAP), expected, rtol=1e-14)
    assert list(found.table()[0]).index("map_x") < list(found.table()[0]).index("equivalent_diameter")


def test_in_degrees_x_is_the_longitude(tmp_path: Path) -> None:
    affine = pytest.importorskip("affine")
    path = geotiff(tmp_path / "a.tif", affine.Affine(0.01, 0, 11.0, 0, -0.01, 48.0), "EPSG:4326")
    first = objects_in(pixture.read(path)).table()[0]
    assert (first["map_x"], first["map_y"]) == pytest.approx((11 + 0.01 * 20.5, 48 - 0.01 * 11))


def test_control_points_and_plain_images_have_none(tmp_path: Path) -> None:
    control = pytest.importorskip("rasterio.control")
    points = [
        control.GroundControlPoint(r, c, 10.0 * c, 10.0 * r) for r, c in ((0, 0), (0, 90), (60, 0), (60, 90))
    ]
    image = pixture.read(geotiff(tmp_path / "a.tif", None, gcps=points))
    assert image.place is not None
    assert not set(MAP) & set(objects_in(image).columns)
    assert not set(MAP + PATIENT) & set(objects_in(pixture.image_from_array(scene())).columns)


def test_other_drivers_and_datasets_tell_the_same(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    affine = pytest.importorskip("affine")
    transform = affine.Affine(*TRANSFORMS["turned"])
    path = geotiff(tmp_path / "a.tif", transform)
    expected = named(objects_in(pixture.read(path)).columns, MAP)
    with rasterio.open(path) as dataset:
        given = pixture.find_objects(scene() > 100, dataset, min_size=0).columns
    np.testing.assert_array_equal(named(given, MAP), expected)
    profile = {"driver": "HFA", "height": 60, "width": 90, "count": 1, "dtype": "uint8", "crs": "EPSG:32633"}
    with rasterio.open(tmp_path / "a.img", "w", **profile, transform=transform) as to:
        to.write(scene(), 1)
    np.testing.assert_allclose(named(objects_in(pixture.read(tmp_path / "a.img")).columns, MAP), expected)


def test_envi_tells_what_gdal_does(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    header = (
        "ENVI\nsamples = 90\nlines = 60\nbands = 1\nheader offset = 0\nfile type = ENVI Standard\n"
        "data type = 1\ninterleave = bsq\nbyte order = 0\n"
        "map info = {UTM, 3, 2.5, 500000, 4000000, 10, 20, 33, North, WGS-84, units=Meters%s}\n"
    )
    (tmp_path / "a.img").write_bytes(scene().tobytes())
    (tmp_path / "a.hdr").write_text(header % "")
    columns = objects_in(pixture.read(tmp_path / "a.img")).columns
    with rasterio.open(tmp_path / "a.img") as dataset:
        expected = by_rasterio(dataset.transform, columns)
    np.testing.assert_allclose(named(columns, MAP), expected)
    (tmp_path / "a.hdr").write_text(header % ", rotation=30")
    assert "map_x" not in objects_in(pixture.read(tmp_path / "a.img")).columns


def test_regions_have_map_coordinates(tmp_path: Path) -> None:
    affine = pytest.importorskip("affine")
    transform = affine.Affine(*TRANSFORMS["turned"])
    rows = pixture.regions(geotiff(tmp_path / "a.tif", transform)).cut(regions=3).table()
    columns = {name: np.array([row[name] for row in rows]) for name in ("row", "column", *MAP)}
    np.testing.assert_allclose(named(columns, MAP), by_rasterio(transform, columns), rtol=1e-14)


def test_the_command_writes_them(tmp_path: Path) -> None:
    affine = pytest.importorskip("affine")
    path = geotiff(tmp_path / "a.tif", affine.Affine(*TRANSFORMS["turned"]))
    words = ["segment", str(path), "-k", "2", "--objects", "--foreground", "bright", "--min-size", "0"]
    run = CliRunner().invoke(app, [*words, "-o", str(tmp_path / "out")])
    assert run.exit_code == 0, run.output
    with (tmp_path / "out" / "a.objects.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    expected = objects_in(pixture.read(path)).columns["map_y"]
    np.testing.assert_array_equal([float(line["map_y"]) for line in lines], expected)
    record = json.loads((tmp_path / "out" / "a.objects.json").read_text())
    assert record["coordinates"] == {"columns": ["map_x", "map_y"], "system": "EPSG:32633"}


OBLIQUE = np.array([[-1.8, 0.3, 0.5, 90.0], [0.2, 1.7, -0.9, -126.0], [0.4, 0.6, 2.8, -72.0], [0, 0, 0, 1.0]])


def volume() -> Array:
    """(columns, rows, planes) as nibabel has it, with two blocks."""
    values = np.full((30, 26, 12), 20, np.uint8)
    values[4:10, 5:12, 2:6] = values[15:28, 12:20, 5:9] = 200
    return values


def voxels(columns: dict[str, Array]) -> Floats:
    return named(columns, ("column", "row", "plane"))


@pytest.mark.parametrize("ending", [".nii.gz", ".mgz"])
def test_objects_of_an_oblique_scan_have_patient_coordinates(ending: str, tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    make = nibabel.MGHImage if ending == ".mgz" else nibabel.Nifti1Image
    scan = make(volume(), OBLIQUE)
    nibabel.save(scan, tmp_path / f"a{ending}")
    stored = nibabel.load(tmp_path / f"a{ending}")
    columns = objects_in(pixture.read(tmp_path / f"a{ending}")).columns
    expected = nibabel.affines.apply_affine(stored.affine, voxels(columns))
    np.testing.assert_allclose(named(columns, PATIENT), expected, rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(expected, nibabel.affines.apply_affine(OBLIQUE, voxels(columns)), atol=1e-3)
    given = pixture.find_objects(volume().T > 100, stored, min_size=0).columns
    np.testing.assert_array_equal(named(given, PATIENT), named(columns, PATIENT))


def test_a_slice_file_and_one_without_a_space(tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    nibabel.save(nibabel.Nifti1Image(volume()[:, :, 3:4], OBLIQUE), tmp_path / "a.nii")
    columns = objects_in(pixture.read(tmp_path / "a.nii")).columns
    places = np.append(named(columns, ("column", "row")), np.zeros((len(columns["row"]), 1)), axis=1)
    expected = nibabel.affines.apply_affine(nibabel.load(tmp_path / "a.nii").affine, places)
    np.testing.assert_allclose(named(columns, PATIENT), expected, rtol=1e-12, atol=1e-10)
    nibabel.save(nibabel.Nifti1Image(volume(), None), tmp_path / "b.nii")
    assert "patient_x" not in objects_in(pixture.read(tmp_path / "b.nii")).columns
    nibabel.save(nibabel.AnalyzeImage(volume(), None), tmp_path / "c.img")
    assert "patient_x" not in objects_in(pixture.read(tmp_path / "c.img")).columns


def test_times_have_them_too(tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    series = np.stack([volume(), volume()[::-1]], axis=-1)
    nibabel.save(nibabel.Nifti1Image(series, OBLIQUE), tmp_path / "a.nii")
    columns = objects_in(pixture.read(tmp_path / "a.nii")).columns
    assert set(columns["time"]) == {1, 2}
    expected = nibabel.affines.apply_affine(nibabel.load(tmp_path / "a.nii").affine, voxels(columns))
    np.testing.assert_allclose(named(columns, PATIENT), expected, rtol=1e-12, atol=1e-10)
