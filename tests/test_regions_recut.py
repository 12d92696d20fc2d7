"""`pixture regions --tree`: nothing is found again; a tree that cannot be used is one sentence; masks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image as Pillow

import pixture
from pixture.cli import app
from pixture.options.writing import Writing
from pixture.segmentation.regions.merge_tree.tree_file import read_tree
from pixture.view.output.save_regions import region_paths

RUNNER = CliRunner()


def run(*arguments: object) -> Result:
    return RUNNER.invoke(app, ["regions", *map(str, arguments)])


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Three plain parts."""
    pixels = np.zeros((40, 60), np.uint8)
    pixels[:, 20:], pixels[10:30, 35:50] = 120, 250
    path = tmp_path / "a.png"
    Pillow.fromarray(pixels).save(path)
    return path


def test_a_set_is_written_and_recut_without_finding_it_again(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run(picture, "-o", tmp_path / "one")
    assert done.exit_code == 0, done.output
    expected = region_paths(Writing(tmp_path / "one"), "a")
    assert sorted((tmp_path / "one").iterdir()) == sorted(expected)
    labels = pixture.read(expected[0]).pixels
    assert labels[20, [0, 25, 40]].tolist() == [1, 2, 3]

    def never(*arguments: object, **named: object) -> None:
        raise AssertionError("found again")

    monkeypatch.setattr("pixture.segmentation.regions.find_regions.find_regions", never)
    tree = next(path for path in expected if path.suffix == ".safetensors")
    done = run(picture, "--tree", tree, "-n", 2, "-o", tmp_path / "two", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["record"]["regions"] == 2
    assert pixture.read(tmp_path / "two" / "a.regions.png").pixels.max() == 2
    superpixels, _ = read_tree(tree)
    again, _ = read_tree(tmp_path / "two" / tree.name)
    assert np.array_equal(superpixels, again)


def test_results_are_not_replaced_unasked_nor_is_what_is_read(picture: Path, tmp_path: Path) -> None:
    first = run(picture, "-o", tmp_path, "-q")
    assert (first.exit_code, first.output) == (0, "")
    record = (tmp_path / "a.regions.json").read_bytes()
    assert "is there already. Give --overwrite" in " ".join(run(picture, "-o", tmp_path).output.split())
    assert "skipped" in run(picture, "-o", tmp_path, "--skip-existing").output
    assert run(picture, "-o", tmp_path, "--overwrite").exit_code == 0
    assert (tmp_path / "a.regions.json").read_bytes() == record
    tree = tmp_path / "a.regions.safetensors"
    done = run(picture, "--tree", tree, "-o", tmp_path, "--overwrite")
    assert done.exit_code == 1
    assert "is read here too" in " ".join(done.output.split())


def test_trees_cut_short_or_of_another_image_are_one_sentence(picture: Path, tmp_path: Path) -> None:
    assert run(picture, "-o", tmp_path).exit_code == 0
    tree = tmp_path / "a.regions.safetensors"
    short = tmp_path / "short"
    short.write_bytes(tree.read_bytes()[:-100])
    done = run(picture, "--tree", short, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "the file is damaged or incomplete" in " ".join(done.output.split())
    other = tmp_path / "b.png"
    Pillow.fromarray(np.zeros((40, 60), np.uint8)).save(other)
    done = run(other, "--tree", tree, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "the tree is of another image, of the same size" in " ".join(done.output.split())


def test_a_mask_that_leaves_parts_or_nothing(picture: Path, tmp_path: Path) -> None:
    mask = np.full((40, 60), 255, np.uint8)
    mask[:, 28:32] = 0
    Pillow.fromarray(mask).save(tmp_path / "m.png")
    done = run(picture, "--mask", tmp_path / "m.png", "-n", 1, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "The mask leaves 2 parts that do not touch" in " ".join(done.output.split())
    assert run(picture, "--mask", tmp_path / "m.png", "-o", tmp_path / "out").exit_code == 0
    labels = pixture.read(tmp_path / "out" / "a.regions.png").pixels
    assert (labels[:, 28:32] == 0).all()
    Pillow.fromarray(mask * 0).save(tmp_path / "m.png")
    done = run(picture, "--mask", tmp_path / "m.png", "-o", tmp_path / "none")
    assert done.exit_code == 1
    assert "mask leaves no pixel" in " ".join(done.output.split())


def test_a_set_that_lacks_a_file_is_not_skipped(picture: Path, tmp_path: Path) -> None:
    assert run(picture, "-o", tmp_path).exit_code == 0
    (tmp_path / "a.regions.csv").unlink()
    done = run(picture, "-o", tmp_path, "--skip-existing")
    assert done.exit_code == 1
    assert "a.regions.csv is not. Give --overwrite" in " ".join(done.output.split())
    (tmp_path / "a.regions.csv").touch()
    (tmp_path / "a.regions.png").rename(tmp_path / "a.regions.tif")  # as of more than 65,535 regions
    assert "skipped" in run(picture, "-o", tmp_path, "--skip-existing").output


def test_numbers_of_an_older_run_are_told(picture: Path, tmp_path: Path) -> None:
    (tmp_path / "a.regions.tif").touch()
    done = run(picture, "-o", tmp_path)
    assert done.exit_code == 0
    assert "a.regions.tif is there from another run" in " ".join(done.output.split())
