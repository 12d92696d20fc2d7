"""Which part of a file is read: channels, scenes, levels, times, planes; and what is not there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import pixture
from pixture.commands.app import app
from pixture.errors import ChoiceError, ReadError
from pixture.imaging.channels import some_channels
from pixture.imaging.encoding.png import png
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.subimage import Subimage, chosen_scene

NAMES = st.lists(st.text("abcäÖ12", min_size=1, max_size=4), min_size=1, max_size=6, unique_by=str.casefold)


@given(NAMES, st.data())
def test_channels_by_name_and_by_number_are_the_same(names: list[str], data: st.DataObject) -> None:
    pixels = np.arange(6 * len(names)).reshape(2, 3, len(names))
    image = image_from_array(pixels, axes="yxc", channel_names=names)
    order = data.draw(st.permutations(range(len(names))))[: data.draw(st.integers(1, len(names)))]
    wanted = [data.draw(st.sampled_from([names[c], names[c].swapcase()])) for c in order]
    by_name = some_channels(image, wanted)
    np.testing.assert_array_equal(by_name.pixels, pixels[..., order])
    assert by_name.channel_names == tuple(names[c] for c in order)
    if not any(name.isdecimal() for name in names):
        by_number = some_channels(image, [str(c + 1) for c in order])
        np.testing.assert_array_equal(by_number.pixels, by_name.pixels)


def test_a_name_that_is_a_number_is_a_name() -> None:
    image = image_from_array(np.arange(12).reshape(2, 3, 2), axes="yxc", channel_names=("2", "1"))
    assert some_channels(image, ["2"]).channel_names == ("2",)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (["near"], "There is no channel 'near': it has 3 channels: red, green, nir."),
        (["4"], "There is no channel '4': it has 3 channels: red, green, nir."),
        (["0"], "There is no channel '0'"),
        (["red", "1"], "Each channel is taken once; got red, 1."),
    ],
)
def test_channels_that_are_not_there(wanted: list[str], said: str) -> None:
    image = image_from_array(np.zeros((4, 5, 3)), axes="yxc", channel_names=("red", "green", "nir"))
    with pytest.raises(ChoiceError) as error:
        some_channels(image, wanted)
    assert str(error.value).startswith(said)


def test_names_are_as_many_as_channels() -> None:
    with pytest.raises(pixture.ImageError, match="got 2 for 3 channels"):
        image_from_array(np.zeros((4, 5, 3)), axes="yxc", channel_names=("a", "b"))


def test_scenes_that_are_not_there() -> None:
    with pytest.raises(ReadError, match=r"no scene '3'. It holds 2 scenes, numbered from 1: left, right\."):
        chosen_scene("a.czi", Subimage("3"), ["left", "right"])


def test_a_picture_has_one_scene_and_one_level(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(np.zeros((4, 5), np.uint8)))
    assert pixture.read(path, scene=1).shape == (4, 5)
    with pytest.raises(ReadError, match=r"no level 2. It has one level, 0"):
        pixture.read(path, level=2)
    with pytest.raises(ReadError, match="no scene '2'"):
        pixture.read(path, scene=2)
    with pytest.raises(ReadError, match="there is no time 2"):
        pixture.read(path, time=2)
    plain = tmp_path / "a.pgm"
    plain.write_bytes(b"P5 5 4 255\n" + bytes(20))
    with pytest.raises(ChoiceError, match="no time 2: it has 1 time, numbered from 1"):
        pixture.read(plain, time=2)


def test_the_command_takes_channels(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 255, (5, 20, 30)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "bands.tif", pixels, photometric="minisblack", planarconfig="separate")
    path, out = str(tmp_path / "bands.tif"), str(tmp_path)
    command = ["segment", path, "--channels", "4,2", "-o", out, "-q"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "bands.json").read_text())["input"]["channels"] == 2
    header = (tmp_path / "bands.classes.csv").read_text().splitlines()[0]
    assert header.endswith(
        "mean_channel_4,standard_deviation_channel_4,mean_channel_2,standard_deviation_channel_2"
    )
    refused = CliRunner().invoke(app, [*command[:3], "7", *command[4:], "--overwrite"])
    assert refused.exit_code == 1
    assert "There is no channel '7': it has 5 channels, numbered from 1." in refused.output
