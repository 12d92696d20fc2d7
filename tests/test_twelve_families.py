"""Files of twelve families in one command: right answers, each in the format that it came in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner

import pixture
from pixture.arrays import Array
from pixture.commands.app import app
from pixture.imaging.encoding.png import png
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.writers.tiff import tiff


def plane() -> Array:
    """A bright square on dark ground, 16 bits."""
    random = np.random.default_rng(3)
    values = random.normal(300, 12, (24, 32))
    values[6:16, 8:22] += 500
    return values.astype(np.uint16)


def volume() -> Array:
    """Six planes of it."""
    return np.stack([plane()] * 6)


def inside(shape: tuple[int, ...]) -> Array:
    """Where the square is, in an array of a shape."""
    found = np.zeros(shape, bool)
    found[..., 6:16, 8:22] = True
    return found


def write_png(path: Path) -> None:
    path.write_bytes(png(plane()))


def write_netpbm(path: Path) -> None:
    path.write_bytes(b"P5 32 24 65535\n" + plane().astype(">u2").tobytes())


def write_geotiff(path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    profile: dict[str, Any] = {"driver": "GTiff", "width": 32, "height": 24, "count": 1, "dtype": "uint16"}
    where = rasterio.Affine(10, 0, 500_000, 0, -10, 5_000_000)
    with rasterio.open(path, "w", crs="EPSG:32633", transform=where, **profile) as file:
        file.write(plane(), 1)


def write_nifti(path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    affine = np.diag([1.0, 2.0, 3.0, 1.0])
    nibabel.save(nibabel.Nifti1Image(volume().T.astype(np.int16), affine), path)


def write_imagej(path: Path) -> None:
    path.write_bytes(tiff(volume(), "zyx", (3.0, 1.0, 1.0), "mm"))


def write_ome_tiff(path: Path) -> None:
    said = {"axes": "ZYX", "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.5}
    tifffile.imwrite(path, volume(), ome=True, photometric="minisblack", metadata=said)


def write_npy(path: Path) -> None:
    np.save(path, plane())


def write_mat(path: Path) -> None:
    import scipy.io

    scipy.io.savemat(path, {"image": plane()})


def write_h5(path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        file["image"] = plane()


def write_envi(path: Path) -> None:
    path.write_bytes(plane().astype("<u2").tobytes())
    path.with_suffix(".hdr").write_text(
        "ENVI\nsamples = 32\nlines = 24\nbands = 1\nheader offset = 0\ndata type = 12\ninterleave = bsq\n"
        "byte order = 0\nmap info = {UTM, 1, 1, 500000, 5000000, 10, 10, 33, North, WGS-84, units=Meters}\n"
    )


def write_fits(path: Path) -> None:
    fits = pytest.importorskip("astropy.io.fits")
    fits.writeto(path, plane())


def write_zarr(path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    group = zarr.open_group(path, mode="w", zarr_format=2)
    array = group.create_array("0", shape=volume().shape, dtype="u2", chunks=(2, 24, 32))
    array[...] = volume()
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
    scale = [{"type": "scale", "scale": [2.0, 0.5, 0.5]}]
    datasets = [{"path": "0", "coordinateTransformations": scale}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": datasets}]


def values_of_image(path: Path) -> Array:
    """The pixels of a file that `read` reads."""
    return pixture.read(path).pixels


FILES: tuple[tuple[str, Callable[[Path], None], str, bool], ...] = (
    ("a.png", write_png, "labels.png", False),
    ("b.pgm", write_netpbm, "labels.png", False),
    ("c.tif", write_geotiff, "labels.tif", False),
    ("d.nii.gz", write_nifti, "labels.nii.gz", True),
    ("e.tif", write_imagej, "labels.tif", False),
    ("f.ome.tif", write_ome_tiff, "labels.ome.tif", False),
    ("g.npy", write_npy, "labels.png", False),
    ("h.mat", write_mat, "labels.png", False),
    ("i.h5", write_h5, "labels.png", False),
    ("j.img", write_envi, "labels.img", False),
    ("k.fits", write_fits, "labels.png", False),
    ("l.zarr", write_zarr, "labels.zarr", False),
)
"""Names, writers, how labels end, and whether labels count from 1 there."""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the answers to all of them, from one command."""
    folder = tmp_path_factory.mktemp("families")
    for name, write, _, _ in FILES:
        write(folder / name)
    paths = [str(folder / name) for name, *_ in FILES]
    done = CliRunner().invoke(app, ["segment", *paths, "-k", "2", "-o", str(folder / "out"), "-q"])
    assert done.exit_code == 0, done.output
    return folder / "out"


@pytest.mark.parametrize(("name", "write", "end", "from_one"), FILES)
def test_labels_are_right_and_in_the_family_that_came_in(
    name: str, write: Callable[[Path], None], end: str, from_one: bool, answers: Path
) -> None:
    path = answers / f"{name.split('.')[0]}.{end}"
    labels = values_of_image(path) - from_one
    np.testing.assert_array_equal(labels == 1, inside(labels.shape))
    assert labels.shape in ((24, 32), (6, 24, 32))


def test_places_and_sizes_are_kept(answers: Path) -> None:
    ground = pixture.read(answers / "c.labels.tif")
    assert ground.place is not None
    assert "32633" in ground.place.in_words
    assert ground.spacing == (10.0, 10.0)
    scan = pixture.read(answers / "d.labels.nii.gz")
    assert (scan.spacing, scan.unit) == ((3.0, 2.0, 1.0), "mm")
    assert pixture.read(answers / "e.labels.tif").spacing == (3.0, 1.0, 1.0)
    assert pixture.read(answers / "f.labels.ome.tif").unit == "µm"
    store = pixture.read(answers / "l.labels.zarr")
    assert (store.spacing, store.unit) == ((2.0, 0.5, 0.5), "µm")


def test_one_summary_has_all_of_them(answers: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((answers / "summary.csv").read_text(encoding="utf-8"))))
    assert sorted({row["image"] for row in rows}) == [name.split(".")[0] for name, *_ in FILES]
    of = {row["image"]: row for row in rows if row["label"] == "1"}
    assert float(of["c"]["area"]) == 140 * 100
    assert float(of["d"]["volume"]) == 6 * 140 * 6
    assert float(of["l"]["volume"]) == 6 * 140 * 0.5
    assert len(list(answers.glob("*.json"))) == len(FILES)
    record = json.loads((answers / "d.json").read_text())
    assert record["labels"]["offset"] == 1
    assert image_from_array(plane()).place is None


def test_a_format_without_places_says_so(tmp_path: Path) -> None:
    write_geotiff(tmp_path / "c.tif")
    result = pixture.segment(tmp_path / "c.tif", 2)
    with pytest.warns(pixture.NotKeptWarning, match="PNG has no room for where the image lies .*32633"):
        paths = result.save(tmp_path / "out", format="png")
    assert paths[0].name == "c.labels.png"
