"""Regions of volumes: found, cut, shown, saved and scored as those of images are."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image as Pillow

import pixture
from pixture.arrays import Array, Integers
from pixture.cli import app
from pixture.errors import ImageError, WriteError
from pixture.imaging.display.montage import montage
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.writers.tiff import tiff
from pixture.segmentation.regions import region_graph
from pixture.segmentation.regions.flat_regions import flat_regions
from pixture.segmentation.regions.merge_tree.tree_file import read_tree, regions_in, write_tree
from tests.test_find_regions import scene, shared


def blocks(shape: tuple[int, ...] = (20, 40, 60), noise: float = 8) -> tuple[Array, Integers]:
    """Four blocks of constant values under noise, and which each voxel belongs to."""
    z, _, x = np.mgrid[: shape[0], : shape[1], : shape[2]]
    truth = (z >= shape[0] // 2) * 2 + (x >= shape[2] // 3) + 1
    values = np.array([0, 40, 110, 170, 230])[truth]
    noisy = values + np.random.default_rng(0).normal(0, noise, shape)
    return noisy.clip(0, 255).astype(np.uint8), truth


def balls(planes: int, apart: float) -> tuple[Image, Integers]:
    """Two balls in a box of 60 x 60 x 70, sampled by planes so far apart, and which each voxel belongs to."""
    z, y, x = np.meshgrid(
        (np.arange(planes) + 0.5) * apart, np.arange(60) + 0.5, np.arange(70) + 0.5, indexing="ij"
    )
    truth = np.ones(z.shape, np.int32)
    truth[(z - 30) ** 2 + (y - 30) ** 2 + (x - 25) ** 2 < 18**2] = 2
    truth[(z - 30) ** 2 + (y - 30) ** 2 + (x - 55) ** 2 < 9**2] = 3
    noisy = np.array([0, 80, 160, 220])[truth] + np.random.default_rng(0).normal(0, 6, truth.shape)
    values = noisy.clip(0, 255).astype(np.uint8)
    return image_from_array(values, axes="zyx", spacing=(apart, 1.0, 1.0), unit="mm"), truth


@pytest.mark.parametrize("noise", [0, 3, 15])
@pytest.mark.parametrize("shape", [(20, 40, 60), (8, 30, 30)])
def test_blocks_are_found_exactly(shape: tuple[int, ...], noise: float) -> None:
    values, truth = blocks(shape, noise)
    assert np.array_equal(pixture.regions(image_from_array(values, axes="zyx")).labels, truth)


@pytest.mark.parametrize(("planes", "apart"), [(60, 1.0), (30, 2.0), (12, 5.0)])
def test_the_same_balls_are_found_however_far_planes_are_apart(planes: int, apart: float) -> None:
    image, truth = balls(planes, apart)
    found = pixture.regions(image)
    assert found.count == 3
    assert shared(found.labels, truth) > 0.99
    volumes = sorted(row["volume_ml"] for row in found.table())
    expected = [4 / 3 * np.pi * radius**3 / 1000 for radius in (9, 18)]
    np.testing.assert_allclose(volumes[:2], expected, rtol=0.02 + 0.04 * apart)


@pytest.mark.parametrize("spread", [0, 5, 20])
def test_noise_is_one_region(spread: float) -> None:
    noise = 128 + spread * np.random.default_rng(0).normal(size=(24, 40, 50))
    assert pixture.regions(image_from_array(noise.clip(0, 255).astype(np.uint8), axes="zyx")).count == 1


def test_a_volume_of_one_plane_has_the_plane_s_regions() -> None:
    picture = scene()
    alone = pixture.regions(picture)
    found = pixture.regions(image_from_array(picture[None], axes="zyxc", spacing=(7.0, 1.0, 1.0)))
    assert np.array_equal(found.labels[0], alone.labels)
    assert np.array_equal(found.tree.heights, alone.tree.heights)


def test_repeated_planes_have_about_the_regions_of_one() -> None:
    """In every plane of a volume of equal ones, and their parts are those of the picture."""
    picture = scene()
    found = pixture.regions(image_from_array(np.stack([picture] * 6), axes="zyxc"), regions=4).labels
    assert shared(found, np.stack([found[0]] * 6)) > 0.999
    alone = pixture.regions(picture).labels
    assert shared(found[3], alone) > 0.95


def test_threads_change_nothing() -> None:
    image, _ = balls(30, 2.0)
    one, other = (pixture.regions(image, threads=threads) for threads in (1, 5))
    assert np.array_equal(one.superpixels, other.superpixels)
    assert np.array_equal(one.tree.parents, other.tree.parents)
    assert np.array_equal(one.tree.heights, other.tree.heights)
    assert one.table() == other.table()


def test_what_is_masked_changes_nothing_and_has_no_boundary() -> None:
    values, truth = blocks()
    mask = np.ones(values.shape, bool)
    mask[5:15, 10:25, 15:40] = False
    other = np.where(mask, values, np.random.default_rng(1).integers(0, 256, values.shape)).astype(np.uint8)
    one, two = (pixture.regions(image_from_array(v, axes="zyx", mask=mask)) for v in (values, other))
    assert np.array_equal(one.labels, np.where(mask, truth, 0))
    assert np.array_equal(one.superpixels, two.superpixels)
    assert np.array_equal(one.tree.heights, two.tree.heights)
    mask[:, :, 28:31] = False
    assert len(pixture.regions(image_from_array(values, axes="zyx", mask=mask), detail=0).tree.roots) == 2


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr, lambda v: v[..., ::-1]], ids=["z", "y", "x"])
def test_a_mirrored_volume_has_mirrored_regions(turn: Callable[[Array], Array]) -> None:
    image, _ = balls(20, 3.0)
    labels = pixture.regions(image).labels
    turned = image_from_array(np.ascontiguousarray(turn(image.pixels)), axes="zyx", spacing=image.spacing)
    assert shared(labels, turn(pixture.regions(turned).labels)) > 0.999


def test_the_spectrum_of_fewer_parts_gives_the_same_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are too many supervoxels, those that are most alike are one for it."""
    image, _ = balls(20, 3.0)
    whole = pixture.regions(image)
    assert 1_000 < whole.tree.leaves < region_graph.MOST_IN_SPECTRUM
    monkeypatch.setattr(region_graph, "MOST_IN_SPECTRUM", 200)
    assert np.array_equal(pixture.regions(image).labels, whole.labels)


def test_cuts_are_nested_and_by_hand_as_in_images() -> None:
    image, _ = balls(20, 3.0)
    found = pixture.regions(image)
    before = found.cut(detail=0).labels
    for detail in (0.3, 0.5, 0.8, 1):
        after = found.cut(detail=detail).labels
        assert len(np.unique(np.stack([before.ravel(), after.ravel()]), axis=1).T) == after.max()
        before = after
    assert found.merge(1, 2).split(1).count == 3
    named = found.grouped({"balls": [2, 3]})
    assert [row["name"] for row in named.table()] == ["", "balls"]
    assert repr(found).endswith("70 x 60 x 20>")


@settings(deadline=None, max_examples=25)
@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 12)),
    channels=st.sampled_from([1, 2, 3, 5]),
    kind=st.sampled_from(["u1", "u2", "f4"]),
    spacing=st.sampled_from([(1.0, 1.0, 1.0), (30.0, 0.5, 2.0), (1e-3, 1.0, 1.0), (1e6, 1.0, 1.0)]),
    constant=st.booleans(),
)
def test_every_volume_has_an_answer(
    shape: tuple[int, int, int], channels: int, kind: str, spacing: tuple[float, ...], constant: bool
) -> None:
    rng = np.random.default_rng(sum(shape))
    pixels = np.full((*shape, channels), 7, kind) if constant else rng.integers(0, 200, (*shape, channels))
    found = pixture.regions(image_from_array(pixels.astype(kind), axes="zyxc", spacing=spacing))
    assert found.labels.shape == shape
    assert found.labels.min() == 1
    assert found.labels.max() == found.count
    assert not constant or found.count == 1


def test_what_is_seen_of_a_volume_are_some_planes(tmp_path: Path) -> None:
    image, _ = balls(20, 3.0)
    found = pixture.regions(image)
    flat = flat_regions(found)
    assert flat.image.shape == montage(image).shape
    assert set(np.unique(flat.labels)) == {0, 1, 2, 3}
    times = found.outlined().shape[0] // flat.image.shape[0]
    assert found.outlined().shape == (times * flat.image.shape[0], times * flat.image.shape[1], 3)
    figure = found.plot()
    assert isinstance(figure, Figure)
    figure.savefig(tmp_path / "plot.png")
    html = found._repr_html_()
    assert "70 × 60 × 20 pixels, some planes of which are shown: 3 regions of" in html
    assert html.count("<img") == 3
    page = pixture.segment(image, 3).report(tmp_path / "report.html").read_text()
    assert "some planes of which are shown" in page


@pytest.mark.parametrize("family", ["tiff", "nifti", "mgh", "numpy", "ome-tiff", "ome-zarr"])
def test_numbers_are_saved_in_formats_of_volumes(family: str, tmp_path: Path) -> None:
    for library in {"nifti": ("nibabel",), "mgh": ("nibabel",), "ome-zarr": ("zarr",)}.get(family, ()):
        pytest.importorskip(library)
    image, _ = balls(20, 3.0)
    found = pixture.regions(image)
    paths = found.save(tmp_path, stem="a", format=family)
    again = pixture.read(paths[0], axes="zyx" if family == "numpy" else None)
    assert again.shape == image.shape
    assert np.array_equal(again.pixels.reshape(image.shape), found.labels)


def test_polygons_of_volumes_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    image, _ = balls(12, 5.0)
    with pytest.raises(WriteError, match="Polygons are of pictures"):
        pixture.regions(image).save(tmp_path / "out", vector="geojson")
    assert not (tmp_path / "out").exists()


def test_a_tree_is_cut_again_in_its_own_volume(tmp_path: Path) -> None:
    image, _ = balls(12, 5.0)
    found = pixture.regions(image)
    path = write_tree(found, tmp_path / "tree.safetensors")
    superpixels, tree = read_tree(path)
    assert np.array_equal(superpixels, found.superpixels)
    assert np.array_equal(tree.heights, found.tree.heights)
    assert np.array_equal(regions_in(path, image, regions=7).labels, found.cut(regions=7).labels)
    with pytest.raises(ImageError, match="it is of 70 x 60 x 12 pixels, the image has 70 x 60 x 11"):
        regions_in(path, image_from_array(image.pixels[1:], axes="zyx"))


def test_regions_of_volumes_are_scored(tmp_path: Path) -> None:
    image, truth = balls(20, 3.0)
    found = pixture.regions(image)
    scores = pixture.evaluate(found, truth).summary()
    assert scores["covering"] > 0.98
    assert scores["covering_best_cut"] >= scores["covering"]
    assert "boundary_f" not in scores
    path = write_tree(found, tmp_path / "a.regions.safetensors")
    assert pixture.evaluate(path, truth).summary() == scores


def test_volumes_of_xarray_bring_their_spacing() -> None:
    xarray = pytest.importorskip("xarray")
    image, _ = balls(20, 3.0)
    axes = {axis: np.arange(n) * s for axis, n, s in zip("zyx", image.shape, image.spacing, strict=True)}
    data = xarray.DataArray(image.pixels, dims=tuple("zyx"), coords=axes)
    assert np.array_equal(pixture.regions(data).labels, pixture.regions(image).labels)
    assert pixture.segment(image, 3).regions.count == 3


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["regions", *map(str, arguments)])


def test_the_command_takes_stacks(tmp_path: Path) -> None:
    image, truth = balls(20, 3.0)
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(image.pixels, "zyx", image.spacing, "mm"))
    done = run(path, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "70 x 60 x 20, 3 regions" in said
    out = tmp_path / "out"
    labels = tifffile.imread(out / "a.regions.tif")
    assert shared(labels.astype(np.int32), truth) > 0.99
    for name in ("a.regions.jpg", "a.outlines.png", "a.boundaries.png"):
        with Pillow.open(out / name) as picture:
            assert picture.size[0] > 70
    rows = list(csv.DictReader((out / "a.regions.csv").read_text().splitlines()))
    assert {"front", "back", "plane", "z", "volume", "volume_ml"} <= set(rows[0])
    assert json.loads((out / "a.regions.json").read_text())["input"]["shape"] == [20, 60, 70]
    assert "skipped" in run(path, "-o", out, "--skip-existing").output
    again = run(path, "--tree", out / "a.regions.safetensors", "-n", 5, "-o", tmp_path / "five")
    assert again.exit_code == 0, again.output
    assert tifffile.imread(tmp_path / "five" / "a.regions.tif").max() == 5
    named = run(path, "--groups", "balls=2+3", "-o", tmp_path / "named")
    assert named.exit_code == 0, named.output
    plane = run(path, "--slice", 10, "-o", tmp_path / "plane")
    assert plane.exit_code == 0, plane.output
    vector = run(path, "--vector", "geojson", "-o", tmp_path / "vector")
    assert vector.exit_code == 1
    assert "Polygons are of pictures" in " ".join(vector.output.split())


def test_the_command_keeps_a_scan_s_place(tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    image, _ = balls(20, 3.0)
    affine = np.array([[1.0, 0, 0, -35], [0, 1, 0, -30], [0, 0, 3, -30], [0, 0, 0, 1]])
    nibabel.save(nibabel.Nifti1Image(image.pixels.T, affine), tmp_path / "t1.nii.gz")
    done = run(tmp_path / "t1.nii.gz", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    written = nibabel.load(tmp_path / "out" / "t1.regions.nii.gz")
    np.testing.assert_allclose(written.affine, affine)
    assert np.unique(np.asarray(written.dataobj)).tolist() == [1, 2, 3]
