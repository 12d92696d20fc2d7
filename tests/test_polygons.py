"""Classes and regions as polygons: the outlines of pixels, to the last corner, in files that others open."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture import WriteError, read
from pixture.commands.app import app
from pixture.errors import NotKeptWarning
from pixture.imaging.image_from_array import image_from_array

rasterio: Any = pytest.importorskip("rasterio")
pyogrio: Any = pytest.importorskip("pyogrio")
from rasterio.features import rasterize  # noqa: E402 - where it is there

from pixture.imaging.vector.coordinates import moved, oriented  # noqa: E402 - where it is there
from pixture.imaging.vector.geopackage import WRITTEN, geopackage  # noqa: E402 - where it is there
from pixture.imaging.vector.polygons import (  # noqa: E402 - where it is there
    Feature,
    Rings,
    outlines,
    with_meeting_points,
)

NORTH_UP = rasterio.Affine(10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0)


def maps_of_labels(rows: int, columns: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, rng.integers(1, 5), (rows, columns)).astype(np.uint8)


def area(polygon: Rings) -> float:
    """Of the outer ring, less its holes."""
    found = 0.0
    for ring in oriented(polygon):
        across, up = ring.T
        found += float(np.sum(across[:-1] * up[1:] - across[1:] * up[:-1])) / 2
    return found


shapes_and_seeds = given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))


@shapes_and_seeds
@settings(max_examples=80, deadline=None)
def test_polygons_cover_the_pixels_of_their_label(rows: int, columns: int, seed: int) -> None:
    labels = maps_of_labels(rows, columns, seed)
    mask = np.random.default_rng(seed + 1).random(labels.shape) < 0.9
    found = outlines(labels, mask)
    assert set(found) == set(np.unique(labels[mask]).tolist())
    back = np.full(labels.shape, 255, np.uint8)
    for label, polygons in found.items():
        assert sum(map(area, polygons)) == (labels[mask] == label).sum()
        shapes = [
            ({"type": "Polygon", "coordinates": [ring.tolist() for ring in polygon]}, label)
            for polygon in polygons
        ]
        here = rasterize(shapes, labels.shape, fill=255, dtype=np.uint8)
        back[here == label] = label
        for polygon in polygons:
            for ring in polygon:
                steps = np.diff(ring, axis=0)
                assert ((steps == 0).sum(axis=1) == 1).all()  # along the sides of pixels
                after = np.roll(steps, -1, axis=0)
                assert (steps[:, 0] * after[:, 1] != steps[:, 1] * after[:, 0]).all()  # each corner is one
    np.testing.assert_array_equal(back, np.where(mask, labels, 255))


def sides(polygons: dict[int, tuple[Rings, ...]]) -> Counter[tuple[float, ...]]:
    """Every line between two corners, whichever way it goes, and how many polygons have it."""
    lines: Counter[tuple[float, ...]] = Counter()
    for of_label in polygons.values():
        for polygon in of_label:
            for ring in polygon:
                for start, end in zip(ring[:-1].tolist(), ring[1:].tolist(), strict=True):
                    one, other = sorted([start, end])
                    lines[(*one, *other)] += 1
    return lines


@shapes_and_seeds
@settings(max_examples=80, deadline=None)
def test_neighbours_have_the_same_line_between_them(rows: int, columns: int, seed: int) -> None:
    labels = maps_of_labels(rows, columns, seed)
    found = with_meeting_points(outlines(labels), (rows, columns))
    # bent as a projection bends them, lines between the same corners are still the same
    bent = {
        label: moved(polygons, lambda x, y: (x + 0.01 * y * y, y - 0.02 * x * x))
        for label, polygons in found.items()
    }
    for lines in (sides(found), sides(bent)):
        assert set(lines.values()) <= {1, 2}
    once = [line for line, times in sides(found).items() if times == 1]
    for x, y, to_x, to_y in once:  # at the rim of the image alone
        assert (x == to_x and x in (0, columns)) or (y == to_y and y in (0, rows))
    assert sum(abs(a - c) + abs(b - d) for a, b, c, d in once) == 2 * (rows + columns)


def scene(path: Path, **said: Any) -> Path:
    values = np.full((60, 80), 20, np.uint8)
    values[10:40, 20:60] = 200
    values[20:25, 30:35] = 20
    values[45:50, 5:15] = 200
    values[::7, ::7] += 1
    profile = {"crs": "EPSG:32633", "transform": NORTH_UP} | said
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=60, width=80, dtype="uint8", **profile
    ) as file:
        file.write(values, 1)
    return path


def test_a_geopackage_is_in_the_image_s_own_system(tmp_path: Path) -> None:
    result = pixture.segment(read(scene(tmp_path / "scene.tif")), 2).named("water", "lánd")
    made = result.save(tmp_path, vector="gpkg")
    assert {"scene.classes.gpkg", "scene.classes.qml"} <= {path.name for path in made}
    said, _, geometry, fields = pyogrio.raw.read(tmp_path / "scene.classes.gpkg")
    assert said["crs"] == "EPSG:32633"
    assert said["geometry_type"] == "MultiPolygon"
    columns = dict(zip(said["fields"], fields, strict=True))
    assert columns["label"].tolist() == [0, 1]
    assert columns["name"].tolist() == ["water", "lánd"]
    assert columns["colour"].tolist() == ["#0072b2", "#e69f00"]
    assert columns["area"].tolist() == [100.0 * found.pixels for found in result.classes]
    info = pyogrio.read_info(tmp_path / "scene.classes.gpkg", force_total_bounds=True)
    assert info["total_bounds"] == pytest.approx((500_000, 4_999_400, 500_800, 5_000_000))
    assert len(geometry) == 2
    style = (tmp_path / "scene.classes.qml").read_text()
    assert 'label="lánd"' in style


@pytest.mark.parametrize("crs", ["EPSG:32633", None, "+proj=laea +lat_0=10 +lon_0=7 +datum=WGS84"])
def test_the_same_polygons_are_the_same_geopackage(crs: str | None, tmp_path: Path) -> None:
    square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 0.0]])
    features = [Feature(((square + 7 * at,),), {"label": at, "name": f"n{at}"}) for at in range(300)]
    wkt = None if crs is None else rasterio.CRS.from_string(crs).to_wkt()
    first = geopackage(features, "classes", wkt)
    time.sleep(0.02)  # longer than what a time stamp could tell apart
    assert geopackage(features, "classes", wkt) == first
    held = sqlite3.connect(":memory:")
    held.deserialize(first)
    assert held.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert held.execute("SELECT last_change FROM gpkg_contents").fetchall() == [(WRITTEN,)]
    held.close()
    (tmp_path / "a.gpkg").write_bytes(first)
    _, _, geometry, fields = pyogrio.raw.read(tmp_path / "a.gpkg", bbox=(70.5, 70.5, 71, 71))
    assert (len(geometry), fields[0].tolist()) == (1, [10])  # by its spatial index


def test_geojson_is_in_longitudes_and_latitudes(tmp_path: Path) -> None:
    result = pixture.segment(read(scene(tmp_path / "scene.tif")), 2)
    result.save(tmp_path, vector="geojson")
    said = json.loads((tmp_path / "scene.classes.geojson").read_text())
    assert "crs" not in said
    dark, light = said["features"]
    assert light["properties"]["label"] == 1
    assert light["geometry"]["type"] == "MultiPolygon"
    assert len(light["geometry"]["coordinates"]) == 2
    places = np.concatenate(
        [np.array(ring) for polygon in dark["geometry"]["coordinates"] for ring in polygon]
    )
    assert ((places > [14.9, 45.1]) & (places < [15.1, 45.2])).all()
    outer, hole = (np.array(ring) for ring in light["geometry"]["coordinates"][0])
    for ring, sign in ((outer, 1), (hole, -1)):  # RFC 7946, 3.1.6
        x, y = (ring - ring[0]).T
        assert sign * np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) > 0


def test_pictures_have_columns_and_rows_and_it_is_said(tmp_path: Path) -> None:
    result = pixture.segment(np.array([[10, 12, 200, 204]], np.uint8), 2)
    with pytest.warns(NotKeptWarning, match="coordinates are columns and rows"):
        result.save(tmp_path, vector="geojson")
    said = json.loads((tmp_path / "image.classes.geojson").read_text())
    assert said["features"][1]["geometry"]["coordinates"] == [
        [[[2.0, 0.0], [4.0, 0.0], [4.0, 1.0], [2.0, 1.0], [2.0, 0.0]]]
    ]


def test_the_command_writes_regions(tmp_path: Path) -> None:
    path = scene(tmp_path / "scene.tif")
    run = CliRunner().invoke(
        app, ["regions", str(path), "-n", "3", "--vector", "gpkg", "-o", str(tmp_path / "out")]
    )
    assert run.exit_code == 0, run.output
    out = tmp_path / "out"
    said, _, _, fields = pyogrio.raw.read(out / "scene.regions.gpkg")
    columns = dict(zip(said["fields"], fields, strict=True))
    assert columns["label"].tolist() == [1, 2, 3]
    with rasterio.open(out / "scene.regions.tif") as file:
        assert file.transform == NORTH_UP
        assert file.nodata == 0
        counts = np.bincount(file.read(1).ravel())[1:]
    assert columns["pixels"].tolist() == counts.tolist()
    assert columns["area"].tolist() == (100.0 * counts).tolist()
    again = CliRunner().invoke(
        app,
        ["regions", str(path), "-n", "3", "--vector", "gpkg", "-o", str(out), "--skip-existing"],
    )
    assert again.exit_code == 0, again.output
    if shutil.which("ogrinfo"):
        done = subprocess.run(
            ["ogrinfo", "-so", "-al", out / "scene.regions.gpkg"], capture_output=True, text=True, check=True
        )
        assert "Feature Count: 3" in done.stdout
        assert 'ID["EPSG",32633]' in done.stdout


def test_where_a_library_is_absent_nothing_is_fitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = scene(tmp_path / "scene.tif")
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    run = CliRunner().invoke(app, ["segment", str(path), "--vector", "gpkg", "-o", str(tmp_path / "out")])
    assert run.exit_code == 1
    assert "pip install 'pixture[geo]'" in run.output
    assert list((tmp_path / "out").iterdir()) == []
    volume = pixture.segment(image_from_array(np.arange(24, dtype=np.uint8).reshape(2, 3, 4), axes="zyx"), 2)
    with pytest.raises(WriteError, match="planes or times"):
        volume.save(tmp_path / "out", vector="geojson")


def test_what_no_longitude_has_is_refused(tmp_path: Path) -> None:
    """The corners of a satellite's view of the whole Earth look past it."""
    crs = rasterio.crs.CRS.from_proj4("+proj=geos +lon_0=-75 +h=35786023 +ellps=GRS80 +units=m +sweep=x")
    transform = rasterio.Affine(140_000, 0, -5_600_000, 0, -180_000, 5_400_000)
    result = pixture.segment(read(scene(tmp_path / "disc.tif", crs=crs, transform=transform)), 2)
    with pytest.raises(WriteError, match="--vector gpkg"):
        result.save(tmp_path, vector="geojson")
    result.save(tmp_path, vector="gpkg")


def test_the_same_polygons_across_180_degrees(tmp_path: Path) -> None:
    transform = rasterio.Affine(1000, 0, 860_000, 0, -1000, 1_000_000)  # UTM 60, to 181° E
    result = pixture.segment(read(scene(tmp_path / "fiji.tif", crs="EPSG:32660", transform=transform)), 2)
    result.save(tmp_path, vector="geojson")
    said = json.loads(io.BytesIO((tmp_path / "fiji.classes.geojson").read_bytes()).read())
    rings = [
        np.array(ring) for one in said["features"] for part in one["geometry"]["coordinates"] for ring in part
    ]
    assert max(np.abs(np.diff(ring[:, 0])).max() for ring in rings) < 1
