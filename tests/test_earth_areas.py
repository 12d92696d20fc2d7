"""Areas of what lies on the Earth: true ones of degrees and of Mercator's projection, added up row by row."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture import read
from pixture.imaging.geo.ellipsoid import Ellipsoid, cell_areas, ellipsoid_in
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.physical_space.pixel_areas import area_unit, label_areas
from pixture.imaging.physical_space.place import Place
from pixture.view.output.class_csv import classes_csv
from pixture.view.terminal.class_table import class_table

WGS84 = Ellipsoid(6378137.0, float(np.sqrt(1 / 298.257223563 * (2 - 1 / 298.257223563))))
EARTH = 510_065_621.724e6
"""m², the surface of the WGS 84 ellipsoid (NIMA TR8350.2)."""


def test_the_earth_is_as_large_as_it_is() -> None:
    whole = cell_areas(np.radians(np.linspace(-90, 90, 181)), 2 * np.pi, WGS84)
    assert whole.sum() == pytest.approx(EARTH, rel=1e-10)
    np.testing.assert_allclose(whole, whole[::-1], rtol=1e-9)  # north as south


@given(st.floats(-89, 89), st.floats(1e-4, 1.0), st.floats(1e-5, 3), st.floats(0, 0.3))
@settings(max_examples=60, deadline=None)
def test_a_cell_is_the_integral_over_it(south: float, height: float, width: float, e: float) -> None:
    """The twin: ∫ M N cos φ dφ, M and N the radii of curvature (Snyder 1987, 4-18 and 4-20)."""
    globe = Ellipsoid(6.4e6, e)
    edges = np.radians([south, min(90, south + height)])
    found = cell_areas(edges, width, globe)[0]
    nodes, weights = np.polynomial.legendre.leggauss(20)
    phi = edges.mean() + nodes * np.diff(edges) / 2
    radii = globe.radius**2 * (1 - e**2) / (1 - (e * np.sin(phi)) ** 2) ** 2
    expected = width * np.diff(edges)[0] / 2 * np.sum(weights * radii * np.cos(phi))
    assert found == pytest.approx(expected, rel=1e-6)


def test_an_ellipsoid_may_be_a_sphere_and_in_feet() -> None:
    assert ellipsoid_in('ELLIPSOID["ball",6371000,0]') == Ellipsoid(6371000.0, 0.0)
    feet = ellipsoid_in('ELLIPSOID["old",20926202,294.26,LENGTHUNIT["foot",0.3048]]')
    assert feet is not None
    assert feet.radius == pytest.approx(6378306.3696)
    assert ellipsoid_in('LOCAL_CS["mine"]') is None


@given(st.integers(1, 7), st.integers(1, 9), st.integers(1, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_areas_are_those_of_the_pixels_one_by_one(rows: int, columns: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, count + 1, (rows, columns))  # one label more is not counted
    areas = rng.uniform(1, 2, rows)
    place = Place("GeoTIFF", None, row_areas=areas, area_unit="m²")
    image = image_from_array(np.zeros((rows, columns), np.uint8), axes="yx", place=place)
    found = label_areas(image, labels, count)
    assert found is not None
    expected = [sum(areas[row] for row, _ in np.argwhere(labels == label)) for label in range(count)]
    np.testing.assert_allclose(found, expected)
    plain = image_from_array(np.zeros((rows, columns), np.uint8), axes="yx", spacing=(2, 3), unit="m")
    by_spacing = label_areas(plain, labels, count)
    assert by_spacing is not None
    assert by_spacing.tolist() == [6.0 * (labels == label).sum() for label in range(count)]
    unknown = image_from_array(np.zeros((rows, columns), np.uint8), axes="yx")
    assert label_areas(unknown, labels, count) is None
    assert area_unit(unknown) is None


@pytest.mark.parametrize(("size", "name"), [(1.0, "m²"), (20.0, "ha"), (300.0, "km²")])
def test_large_areas_are_told_in_larger_units(size: float, name: str) -> None:
    image = image_from_array(np.zeros((80, 90), np.uint8), spacing=(size, size), unit="m")
    unit = area_unit(image)
    assert unit is not None
    assert unit.name == name


rasterio: Any = pytest.importorskip("rasterio")


def globe(path: Path, **said: Any) -> Path:
    """An image whose northern half is dark, of the whole Earth in degrees unless something else is said."""
    values = np.full((90, 180), 20, np.uint8)
    values[45:] = 200
    values[::3, ::3] += 1
    profile = {"crs": "EPSG:4326", "transform": rasterio.Affine(2, 0, -180, 0, -2, 90)} | said
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=90, width=180, dtype="uint8", **profile
    ) as file:
        file.write(values, 1)
    return path


def test_half_of_the_earth_is_half_of_the_earth(tmp_path: Path) -> None:
    image = read(globe(tmp_path / "globe.tif"))
    assert image.place is not None
    assert image.place.in_words == "EPSG:4326, 2°"
    assert not image.has_units
    result = pixture.segment(image, 2)
    assert [found.area for found in result.classes] == pytest.approx([EARTH / 2] * 2, rel=1e-9)
    (row, _) = csv.DictReader(io.StringIO(classes_csv(result, "globe").decode()))
    assert float(row["area"]) == pytest.approx(EARTH / 2)
    table, _ = class_table(result)
    assert [column.header for column in table.columns][:3] == ["label", "pixels", "km²"]
    assert list(table.columns[2].cells) == ["255,000,000", "255,000,000"]
    (found,) = result.objects("bright").table()
    assert found["area"] == pytest.approx(EARTH / 2)
    assert found["equivalent_diameter"] == pytest.approx(np.sqrt(2 * EARTH / np.pi))
    assert "perimeter" not in found
    assert "y" not in found
    regions = pixture.regions(image, regions=2).table()
    assert sum(row["area"] for row in regions) == pytest.approx(EARTH)


def test_mercator_is_not_believed(tmp_path: Path) -> None:
    """Web Mercator's pixels of 10 km at 60° are a quarter of what its grid says."""
    transform = rasterio.Affine(10_000, 0, 0, 0, -10_000, 8_399_738 + 450_000)
    image = read(globe(tmp_path / "web.tif", crs="EPSG:3857", transform=transform))
    assert image.place is not None
    assert image.place.in_words == "EPSG:3857, 10000 m on the grid"
    assert not image.has_units
    of_rows = image.place.row_areas
    assert of_rows is not None
    # cos² 60° of a sphere, and what the ellipsoid's curvature changes of that
    assert of_rows[45] == pytest.approx(1e8 / 4, rel=0.02)


@pytest.mark.parametrize(
    "transform",
    [
        (2, 0.1, -180, 0.1, -2, 90),  # rows are no parallels
        (2, 0, 0, 0, -20, 900),  # no latitudes
    ],
)
def test_what_is_not_known_is_not_said(transform: tuple[float, ...], tmp_path: Path) -> None:
    image = read(globe(tmp_path / "odd.tif", transform=rasterio.Affine(*transform)))
    assert image.place is not None
    assert image.place.row_areas is None
    assert not image.has_units
    assert pixture.segment(image, 2).classes[0].area is None


def test_south_up_degrees(tmp_path: Path) -> None:
    image = read(globe(tmp_path / "up.tif", transform=rasterio.Affine(2, 0, -180, 0, 2, -90)))
    assert image.place is not None
    assert "the first row the southernmost" in image.place.in_words
    of_rows = image.place.row_areas
    assert of_rows is not None
    assert 180 * of_rows.sum() == pytest.approx(EARTH, rel=1e-9)


def test_a_square_metre_is_known_of_pixels_of_one_metre(tmp_path: Path) -> None:
    transform = rasterio.Affine(1, 0, 500_000, 0, -1, 5_000_000)
    image = read(globe(tmp_path / "one.tif", crs="EPSG:32633", transform=transform))
    result = pixture.segment(image, 2)
    assert [found.area for found in result.classes] == [8100.0, 8100.0]
    (found,) = result.objects("bright").table()
    assert (found["area"], found["y"]) == (8100.0, 67.0)
    assert sum(row["area"] for row in pixture.regions(image, regions=2).table()) == 16_200
