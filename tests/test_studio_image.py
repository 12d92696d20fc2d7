"""The studio's image: tiles are the arrays that they are of, and a pixel is what the result says of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixture
from pixture.arrays import Array
from pixture.imaging.display.display import as_picture, in_range, shown_range
from pixture.imaging.display.shades import entropy_shades, probability_shades
from pixture.imaging.downsampling import reduce
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.mixture.model.posterior import label_type
from pixture.segmentation.segmentation import Segmentation
from pixture.studio.runs.seen import as_bytes
from pixture.studio.session.document import Found, OpenedImage
from pixture.studio.session.messages import Question
from pixture.studio.session.questions import new_session
from pixture.studio.session.result_state import image_state
from pixture.studio.session.session import Session
from pixture.studio.tiles.planes import TILE, Plane, levels

IMAGE, RUN = 3, 7
SIDES = {"z": (-2, -1), "y": (-3, -1), "x": (-3, -2)}
"""Axes of an image's shape that the rows and columns of a plane are along."""


def session_of(image: Image, folder: Path, result: Segmentation | None = None) -> Session:
    session = new_session(folder)
    session.change(opened=OpenedImage("it", image, IMAGE), found=result and Found(result, RUN, 0.1))
    return session


def tile(session: Session, layer: str, **says: Any) -> Array:
    version = IMAGE if layer == "image" else RUN
    answer = session.ask(Question("tile", {"layer": layer, "version": version, **says}))
    assert "error" not in answer.says, answer.says
    width, height, size = (answer.says[name] for name in ("width", "height", "bytes"))
    (data,) = answer.buffers
    if layer == "image":
        assert size == 3
        return np.frombuffer(data, np.uint8).reshape(height, width, 3)
    return np.frombuffer(data, f"<u{size}").reshape(height, width)


def whole(session: Session, layer: str, shape: tuple[int, int], level: int, **says: Any) -> Array:
    """Return all tiles of a level, each put where it belongs; they agree where they meet."""
    side = TILE << level
    rows, columns = (-(-length // (1 << level)) for length in shape)
    out: Array = np.empty(0)
    for row in range(-(-shape[0] // side)):
        for column in range(-(-shape[1] // side)):
            found = tile(session, layer, level=level, row=row, column=column, **says)
            if out.size == 0:
                out = np.zeros((rows, columns, *found.shape[2:]), found.dtype)
                seen = np.zeros((rows, columns), bool)
            here = (
                slice(row * TILE, row * TILE + len(found)),
                slice(column * TILE, column * TILE + found.shape[1]),
            )
            assert out[here].shape == found.shape  # nothing lies past the end
            assert (out[here][seen[here]] == found[seen[here]]).all()
            if layer != "image":  # a row and a column of the neighbours, where there are any
                assert len(found) == min(TILE + 1, rows - row * TILE)
                assert found.shape[1] == min(TILE + 1, columns - column * TILE)
            out[here], seen[here] = found, True
    assert seen.all()
    return out


def noise(shape: tuple[int, ...], dtype: str = "uint8", seed: int = 0) -> Array:
    random = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return random.normal(0, 300, shape).astype(dtype)
    return random.integers(0, np.iinfo(dtype).max, shape, dtype)


PICTURES: Mapping[str, Image] = {
    "grey": image_from_array(noise((700, 530))),
    "colour": image_from_array(noise((530, 1300, 3))),
    "two channels": image_from_array(noise((600, 40, 2)), axes="yxc"),
    "five channels": image_from_array(noise((40, 600, 5)), axes="yxc"),
    "16-bit": image_from_array(noise((530, 520, 3), "uint16")),
    "signed": image_from_array(noise((520, 520), "int16") - 9000),
    "float": image_from_array(noise((530, 600), "float32")),
    "masked": image_from_array(noise((540, 600, 3))).masked(noise((540, 600), seed=1) > 90),
    "small": image_from_array(noise((1, 1))),
    "thin": image_from_array(noise((1, 2100))),
}


@pytest.mark.parametrize("name", PICTURES)
def test_tiles_of_the_image_are_the_picture_that_it_is_shown_as(name: str, tmp_path: Path) -> None:
    image = PICTURES[name]
    session = session_of(image, tmp_path)
    rows, columns = image.shape
    for level in range(levels((rows, columns)) + 1):
        found = whole(session, "image", (rows, columns), level)
        if level == 0:
            assert (found == as_picture(image)).all()
            continue
        means = reduce(image, 1 << level)
        table = means.pixels.reshape(*means.shape, -1)
        shown = in_range(table[..., :3] if image.channels >= 3 else table[..., :1], shown_range(image))
        assert (found == shown).all()
    assert levels((rows, columns)) == 0 or found.shape[0] <= TILE >= found.shape[1]


def test_tiles_of_a_volume_and_of_a_series_are_its_planes_across_each_axis(tmp_path: Path) -> None:
    pixels = noise((3, 40, 50, 60), "int16")
    image = image_from_array(pixels, axes="tzyx")
    session = session_of(image, tmp_path)
    picture = as_picture(image)
    for time in range(3):
        for index in (0, 7, 39):
            found = whole(session, "image", (50, 60), 0, plane=40 * time + index)
            assert (found == picture[time, index]).all()
        assert (
            whole(session, "image", (40, 60), 0, axis="y", plane=49, time=time) == picture[time, :, 49]
        ).all()
        assert (
            whole(session, "image", (40, 50), 0, axis="x", plane=5, time=time) == picture[time, :, :, 5]
        ).all()
    series = image_from_array(pixels[:, 0], axes="tyx")
    session = session_of(series, tmp_path)
    assert (whole(session, "image", (50, 60), 0, plane=2) == as_picture(series)[2]).all()


@given(st.data())
def test_a_plane_knows_where_its_pixels_are_in_the_image(data: st.DataObject) -> None:
    axes = data.draw(st.sampled_from(["yx", "zyx", "tyx", "tzyx"]))
    shape = tuple(data.draw(st.integers(1, 5)) for _ in axes)
    image = image_from_array(np.arange(np.prod(shape), dtype=np.int32).reshape(shape), axes=axes)
    axis = data.draw(st.sampled_from("zyx" if image.is_volume else "z"))
    along = image.size // (shape[-1] * shape[-2]) if axis == "z" else shape[axes.index(axis)]
    time = data.draw(st.integers(0, shape[0] - 1)) if image.has_times and axis != "z" else 0
    plane = Plane(axis, data.draw(st.integers(0, along - 1)), time)
    seen = plane.of(image.pixels, image)
    assert seen.shape == plane.shape(image)
    row, column = (data.draw(st.integers(0, length - 1)) for length in seen.shape)
    assert seen[row, column] == plane.place(image, row, column)


def blobs(shape: tuple[int, ...], seed: int = 0) -> Array:
    random = np.random.default_rng(seed)
    pixels = random.normal(80, 12, shape)
    pixels[..., : shape[-2] // 2, : shape[-1] // 3] += 70
    pixels[..., shape[-2] // 3 :, shape[-1] // 2 :] += 130
    return pixels.clip(0, 255).astype(np.uint8)


def checked(session: Session, result: Segmentation, shape: tuple[int, int], pick: Any, **says: Any) -> None:
    """Check the tiles of a result's layers; `pick` returns the plane of an array."""
    labels = pick(result.labels)
    uncertainty = entropy_shades(pick(result.entropy()), result.mixture.components)
    for level in range(levels(shape) + 1):
        step = slice(None, None, 1 << level), slice(None, None, 1 << level)
        assert (whole(session, "labels", shape, level, **says) == labels[step]).all()
        assert (whole(session, "uncertainty", shape, level, **says) == uncertainty[step]).all()
        for component in range(result.mixture.components):
            shades = probability_shades(pick(result.probabilities(component)))
            found = whole(session, "probability", shape, level, component=component, **says)
            assert (found == shades[step]).all()


@pytest.mark.parametrize("smooth", ["off", 1.0])
def test_tiles_of_a_result_are_its_labels_and_how_sure_they_are(smooth: Any, tmp_path: Path) -> None:
    pixels = blobs((600, 1100))
    mask = np.ones(pixels.shape, bool)
    mask[90:300, 40:700] = False
    for image in (image_from_array(pixels), image_from_array(pixels).masked(mask)):
        result = pixture.segment(image, 3, smooth=smooth)
        session = session_of(image, tmp_path, result)
        checked(session, result, (600, 1100), lambda array: array)
        merged = result.merged("0+1")
        session.change(found=Found(merged, RUN, 0.1))
        checked(session, merged, (600, 1100), lambda array: array)


def test_tiles_of_a_volumes_result_are_its_planes(tmp_path: Path) -> None:
    image = image_from_array(blobs((6, 30, 40)), axes="zyx")
    result = pixture.segment(image, 3, smooth="off")
    session = session_of(image, tmp_path, result)
    checked(session, result, (30, 40), lambda array: array[2], plane=2)
    checked(session, result, (6, 40), lambda array: array[:, 29], axis="y", plane=29)
    checked(session, result, (6, 30), lambda array: array[:, :, 13], axis="x", plane=13)


def test_objects_and_regions_are_what_the_sessions_memory_holds(tmp_path: Path) -> None:
    image = image_from_array(blobs((600, 700)))
    session = session_of(image, tmp_path)
    for dtype in ("uint16", "uint32", "int32", "int64"):
        numbers = noise(image.shape, "uint16").astype(dtype)
        for layer in ("objects", "regions"):
            session.memory[layer] = (RUN, numbers)
            assert (whole(session, layer, (600, 700), 0) == numbers).all()
            assert (whole(session, layer, (600, 700), 1) == numbers[::2, ::2]).all()


@given(st.integers(1, 70_000), st.booleans())
def test_many_labels_are_drawn_as_the_last_that_can_be_told(count: int, masked: bool) -> None:
    dtype = label_type(count + masked)
    labels = np.arange(count).astype(dtype)
    found = as_bytes(labels, masked=False)
    assert found.dtype == np.uint8
    assert (found == np.minimum(labels, 254)).all()
    if masked:
        found = as_bytes(np.append(labels, np.iinfo(dtype).max).astype(dtype), masked=True)
        assert (found[:-1] == np.minimum(labels, 254)).all()
        assert found[-1] == 255


# --- a pixel --------------------------------------------------------------------------------------------


def says_of(session: Session, **says: Any) -> Mapping[str, Any]:
    found = session.ask(Question("pixel", says)).says
    assert "error" not in found, found
    return found


PIXELS: Mapping[str, tuple[Image, dict[str, Any]]] = {
    "8-bit": (image_from_array(blobs((30, 40))), {"smooth": "off"}),
    "colour": (image_from_array(np.repeat(blobs((30, 40))[..., None], 3, axis=2)), {"smooth": "off"}),
    "16-bit": (image_from_array(blobs((30, 40)).astype(np.uint16) * 250), {"smooth": "off"}),
    "float": (image_from_array(blobs((30, 40)) + noise((30, 40), "float32") / 9000), {"smooth": "off"}),
    "masked float": (
        image_from_array(blobs((30, 40)) + noise((30, 40), "float32") / 9000).masked(blobs((30, 40)) > 70),
        {"smooth": "off"},
    ),
    "masked": (image_from_array(blobs((30, 40))).masked(blobs((30, 40)) > 70), {"smooth": "off"}),
    "smoothed": (image_from_array(blobs((30, 40))), {"smooth": 1.0}),
    "features": (
        image_from_array(np.repeat(blobs((30, 40))[..., None], 3, axis=2)),
        {"smooth": "off", "features": "lab,position:0.3"},
    ),
    "volume": (image_from_array(blobs((3, 20, 30)), axes="zyx"), {"smooth": "off"}),
}


@pytest.mark.parametrize("name", PIXELS)
def test_a_pixel_is_what_the_result_says_of_it(name: str, tmp_path: Path) -> None:
    image, how = PIXELS[name]
    result = pixture.segment(image, 3, **how)
    for found in (result, result.merged("0+2")):
        session = session_of(image, tmp_path, found)
        probabilities = found.probabilities()
        random = np.random.default_rng(0)
        for _ in range(40):
            at = tuple(int(random.integers(0, length)) for length in image.shape)
            plane = at[0] if image.is_volume else 0
            says = says_of(session, x=at[-1], y=at[-2], plane=plane)
            assert says["values"] == np.atleast_1d(image.pixels[at]).tolist()
            masked = image.mask is not None and not image.mask[at]
            assert (says["masked"], says["run"]) == (masked, RUN)
            if masked:
                assert set(says) == {"values", "masked", "run"}
            else:
                assert says["label"] == found.labels[at]
                np.testing.assert_allclose(says["probabilities"], probabilities[at], atol=2e-6)
                assert sum(says["probabilities"]) == pytest.approx(1, abs=1e-3)


def test_a_pixel_without_a_result_has_its_values_and_none_for_what_is_no_number(
    tmp_path: Path,
) -> None:
    pixels = np.array([[[1.5, np.nan, -2.0], [3.0, 4.0, np.inf], [1.0, 2.0, 3.0]]])
    session = session_of(Image(pixels, "yxc", mask=np.array([[False, True, True]])), tmp_path)
    assert says_of(session, x=0, y=0) == {"values": [1.5, None, -2.0], "masked": True}
    assert says_of(session, x=1, y=0)["values"] == [3.0, 4.0, None]


def test_the_page_is_told_which_values_are_black_and_white(tmp_path: Path) -> None:
    for image in (*PICTURES.values(), image_from_array(blobs((3, 20, 30)), axes="zyx")):
        told = image_state(OpenedImage("it", image))["shown"]
        limits = shown_range(image)
        assert told == (None if limits is None else limits.tolist())
        assert told is None or len(told) == (3 if image.channels >= 3 else 1)
    assert image_state(OpenedImage("it", PICTURES["colour"]))["shown"] is None


# --- what is refused ------------------------------------------------------------------------------------


WRONG = [
    ({}, "layer must be a text"),
    (
        {"layer": "bones"},
        "layer must be image, labels, uncertainty, probability, regions, objects; got 'bones'",
    ),
    ({"layer": "image"}, "level must be a whole number from 0 to 1"),
    ({"layer": "image", "level": 2}, "level must be a whole number from 0 to 1; got 2"),
    (
        {"layer": "image", "level": 0, "row": 0, "column": 2},
        "column must be a whole number from 0 to 1; got 2",
    ),
    ({"layer": "image", "level": 0, "row": -1, "column": 0}, "row must be a whole number"),
    ({"layer": "image", "level": 0, "row": True, "column": 0}, "row must be a whole number"),
    ({"layer": "image", "level": 0, "row": 0, "column": 0, "axis": "y"}, "axis must be z: it is no volume"),
    (
        {"layer": "image", "level": 0, "row": 0, "column": 0, "plane": 1},
        "plane must be a whole number from 0 to 0",
    ),
    ({"layer": "image", "level": 0, "row": 0, "column": 0, "version": 2}, "no longer there"),
    ({"layer": "labels", "level": 0, "row": 0, "column": 0, "version": RUN + 1}, "no longer there"),
    (
        {"layer": "probability", "level": 0, "row": 0, "column": 0, "version": RUN, "component": 3},
        "component must",
    ),
    ({"layer": "objects", "level": 0, "row": 0, "column": 0, "version": 1}, "There are no objects yet"),
]


@pytest.mark.parametrize(("says", "sentence"), WRONG)
def test_what_is_no_tile_is_refused_in_a_sentence(
    says: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    image = image_from_array(blobs((500, 600)))
    session = session_of(image, tmp_path, pixture.segment(image, 3, smooth="off"))
    assert sentence in session.ask(Question("tile", says)).says["error"]


def test_without_image_or_result_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    session = new_session(tmp_path)
    for name in ("tile", "pixel"):
        assert session.ask(Question(name, {})).says["error"].startswith("There is no image yet")
    session = session_of(image_from_array(blobs((30, 40))), tmp_path)
    says = {"layer": "labels", "level": 0, "row": 0, "column": 0, "version": 0}
    assert session.ask(Question("tile", says)).says["error"].startswith("Nothing is segmented yet")


def test_there_are_two_samples(tmp_path: Path) -> None:
    refused = new_session(tmp_path).ask(Question("open-sample", {"name": "moon"})).says["error"]
    assert refused == "name must be china or flower; got 'moon'."


def test_a_sample_opens(tmp_path: Path) -> None:
    session = new_session(tmp_path)
    assert session.ask(Question("open-sample", {"name": "flower"})).says == {}
    assert session.wait(60)
    assert session.state("image")["name"] == "flower.jpg"
    session.close()


def test_maps_that_are_kept_are_few_and_of_the_present_result(tmp_path: Path) -> None:
    image = image_from_array(blobs((30, 40)))
    result = pixture.segment(image, 5, smooth="off")
    session = session_of(image, tmp_path, result)
    for component in range(5):
        tile(session, "probability", level=0, row=0, column=0, component=component)
    assert list(session.memory["maps"][1]) == [2, 3, 4]
    other = pixture.segment(image, 2, smooth="off")
    session.change(found=Found(other, RUN, 0.1))
    tile(session, "uncertainty", level=0, row=0, column=0)
    of, maps = session.memory["maps"]
    assert of is other
    assert list(maps) == ["uncertainty"]
