"""`pixture regions` as a user runs it: files, cuts, refusals; and how regions show themselves."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner

import pixture
from pixture.arrays import Array
from pixture.cli import app
from pixture.imaging.display.display import LINE
from pixture.imaging.encoding.png import png
from pixture.options.writing import Writing
from pixture.segmentation.regions.contour_map import outlines
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.regions.regions_of_tree import regions_of
from pixture.view.output.save_regions import region_paths
from pixture.view.panels.figures import Plot
from pixture.view.regions_slider import STEPS, detail_codes, region_counts
from tests.test_find_regions import scene


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["regions", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def opened(path: Path) -> Array:
    with PIL.Image.open(path) as picture:
        return np.asarray(picture)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "scene.png"
    path.write_bytes(png(scene()))
    return path


@pytest.fixture(scope="module")
def found() -> Regions:
    return pixture.regions(scene())


def test_the_files(picture: Path, tmp_path: Path, found: Regions) -> None:
    out = tmp_path / "out"
    status, _, err = run(picture, "-o", out)
    assert status == 0, err
    assert "4 regions" in err
    assert sorted(path.name for path in out.iterdir()) == sorted(
        path.name for path in region_paths(Writing(out), "scene")
    )
    labels = opened(out / "scene.regions.png")
    np.testing.assert_array_equal(labels, found.labels)
    with (out / "scene.regions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["region"]) for row in rows] == [1, 2, 3, 4]
    assert sum(int(row["pixels"]) for row in rows) == labels.size
    record = json.loads((out / "scene.regions.json").read_text())
    assert record["regions"] == 4
    assert record["superpixels"] == found.tree.leaves
    assert record["mixture"]["colour"]["weights"]
    strength = opened(out / "scene.boundaries.png")
    np.testing.assert_array_equal(strength > 65_535 // 2, found.boundaries() > 1)
    assert opened(out / "scene.outlines.png").shape[1] % 140 == 0


def test_another_cut_of_a_tree_at_hand(picture: Path, tmp_path: Path, found: Regions) -> None:
    assert run(picture, "-o", tmp_path / "a")[0] == 0
    tree = tmp_path / "a" / "scene.regions.safetensors"
    for choice, expected in (
        (("-n", 9), found.cut(regions=9)),
        (("--detail", 0.8), found.cut(detail=0.8)),
    ):
        status, _, err = run(picture, *choice, "--tree", tree, "-o", tmp_path / "b", "--overwrite")
        assert status == 0, err
        labels = opened(tmp_path / "b" / "scene.regions.png")
        np.testing.assert_array_equal(labels, expected.labels)
    other = tmp_path / "other.png"
    other.write_bytes(png(255 - scene()))
    status, _, err = run(other, "--tree", tree, "-o", tmp_path / "c")
    assert status == 1
    assert "another image" in err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("-n", 100_000), 1, "superpixels"),
        (("-n", 0), 1, "regions"),
        (("--detail", 1.5), 1, "detail"),
        (("--detail", -0.1), 1, "detail"),
        (("-n", 3, "--detail", 0.5), 2, "one of them"),
        (("--tree", "nowhere.safetensors"), 1, "nowhere"),
        (("--overwrite", "--skip-existing"), 2, "exclude"),
    ],
)
def test_refusals_are_a_sentence(
    picture: Path, tmp_path: Path, arguments: tuple[object, ...], status: int, said: str
) -> None:
    code, _, err = run(picture, *arguments, "-o", tmp_path / "out")
    assert code == status
    assert said in err
    if status == 1:
        assert len(err.strip().splitlines()) == 1
    assert not list((tmp_path / "out").glob("*"))


def test_a_mask_that_leaves_nothing_is_refused(picture: Path, tmp_path: Path) -> None:
    mask = tmp_path / "mask.png"
    mask.write_bytes(png(np.zeros((96, 140), np.uint8)))
    code, _, err = run(picture, "--mask", mask, "-o", tmp_path / "out")
    assert code == 1
    assert "no pixel" in err


def test_results_are_never_replaced_unasked(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(picture, "-o", out)[0] == 0
    before = {path: path.read_bytes() for path in out.iterdir()}
    code, _, err = run(picture, "-o", out, "-n", 7)
    assert code == 1
    assert "--overwrite" in err
    assert run(picture, "-o", out, "--skip-existing")[0] == 0
    assert before == {path: path.read_bytes() for path in out.iterdir()}


def test_json_on_stdout(picture: Path, tmp_path: Path) -> None:
    code, out, _ = run(picture, tmp_path / "no.png", "--json", "-q", "-o", tmp_path / "out")
    assert code == 3
    first, second = map(json.loads, out.splitlines())
    assert (first["status"], second["status"]) == ("found", "failed")
    assert first["record"]["regions"] == 4


def test_the_slider_s_steps_are_cuts(found: Regions) -> None:
    """What the page's script shows at a step is what the cut of that detail shows."""
    codes, counts = detail_codes(found.boundaries()), region_counts(found)
    for step in range(0, STEPS + 1, 7):
        at = found.cut(detail=step / STEPS)
        shown = (codes > 0) & (codes <= step + 1)
        np.testing.assert_array_equal(shown, outlines(at.labels))
        assert counts[step] == at.count


def test_a_notebook_shows_them(found: Regions) -> None:
    page = found._repr_html_()
    assert page.count("<img") == 3
    assert 'type="range"' in page
    assert not re.search(r"https?://", page)
    assert found.cut(regions=7)._repr_html_() != page


def test_plots(found: Regions) -> None:
    axes = found.plot()
    assert isinstance(axes, Plot)
    assert [each.get_title() for each in axes] == ["4 regions", "Mean of each", "Strength of boundaries"]


def test_more_regions_than_16_bits_hold_are_tiff(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    found = pixture.regions(rng.integers(0, 255, (30, 40), np.uint8), detail=1)
    members = found.members.copy()
    members[members == members.max()] = 70_000
    many = Regions(found.image, found.superpixels, found.tree, members, found.mixture)
    paths = many.save(tmp_path, stem="many")
    assert paths[0].name == "many.regions.tif"
    assert pixture.read(paths[0]).pixels.max() == 70_000


def test_a_plot_s_outlines_are_wide_enough_to_be_seen() -> None:
    superpixels = np.ones((900, 1300), np.int32)
    superpixels[:, 700:] = 2
    image = pixture.image_from_array(np.zeros((900, 1300), np.uint8))
    tree = MergeTree(np.array([2, 2, 2]), np.array([0, 0, 2.0]), np.array([900 * 700, 900 * 600, 900 * 1300]))
    axes = regions_of(image, superpixels, tree).plot()
    assert isinstance(axes, Plot)
    outlined, means, strength = (np.asarray(each.images[0].get_array()) for each in axes)
    assert outlined.shape == means.shape == (450, 650, 3)  # every second row and column
    shown = np.flatnonzero((outlined[9] == LINE).all(axis=-1))
    np.testing.assert_array_equal(shown, [349, 350])
    np.testing.assert_array_equal(np.flatnonzero(strength[9]), [349, 350])
