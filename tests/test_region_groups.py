"""Regions that become one, with a name."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner

import pixture
from pixture.cli import app
from pixture.errors import ChoiceError
from pixture.imaging.encoding.png import png
from pixture.segmentation.regions.region_groups import groups_in
from pixture.segmentation.regions.regions import Regions
from tests.test_find_regions import scene


@pytest.fixture(scope="module")
def found() -> Regions:
    return pixture.regions(scene())


def test_a_group_is_one_region_and_has_a_name(found: Regions) -> None:
    made = found.grouped({"sky": 4, "ground": [1, 3]})
    assert dict(made.names) == {4: "sky", 1: "ground"}
    np.testing.assert_array_equal(made.labels, np.where(found.labels == 3, 1, found.labels))
    assert [row["name"] for row in made.table()] == ["ground", "", "sky"]
    assert "name" not in found.table()[0]
    assert dict(made.merge(1, 4).names) == {1: "ground"}
    assert not made.cut(regions=2).names


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ({"a": [1, 2], "b": 2}, "Region 2 is named twice"),
        ({"a": 9}, "There is no region 9"),
        ({"a": []}, "has none"),
    ],
)
def test_groups_that_are_none_are_refused(found: Regions, groups: dict[str, list[int]], said: str) -> None:
    with pytest.raises(ChoiceError, match=said):
        found.grouped(groups)


@pytest.mark.parametrize("text", ["sky", "=1", "sky=", "sky=a", "sky=1,sky=2", "sky=1+"])
def test_texts_that_name_no_groups_are_refused(text: str) -> None:
    with pytest.raises(ChoiceError):
        groups_in(text)


def test_the_command_writes_names_and_a_picture_of_them(tmp_path: Path) -> None:
    path = tmp_path / "scene.png"
    path.write_bytes(png(scene()))
    done = CliRunner().invoke(app, ["regions", str(path), "--groups", "sky=1, rest=2+3", "-o", str(tmp_path)])
    assert done.exit_code == 0, done.stderr
    with (tmp_path / "scene.regions.csv").open(newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["sky", "rest", ""]
    with PIL.Image.open(tmp_path / "scene.regions.jpg") as picture:
        assert picture.height > picture.width * scene().shape[0] / scene().shape[1]  # the legend is below
    for wrong, said in (
        (["--groups", "sky"], "such as sky=1,trees=4+5"),
        (["--groups", "a=99"], "no region 99"),
    ):
        refused = CliRunner().invoke(app, ["regions", str(path), *wrong, "-o", str(tmp_path), "--overwrite"])
        assert refused.exit_code != 0
        assert said in " ".join(refused.stderr.split())
