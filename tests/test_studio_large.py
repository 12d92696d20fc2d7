"""Images larger than memory in the studio: tiles, labels and pixels are those of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile

import pixture
from pixture.imaging.display.display import as_picture
from pixture.imaging.downsampling import reduce
from pixture.studio.session.messages import Question
from pixture.studio.session.questions import new_session
from pixture.studio.session.session import Limits, Session
from pixture.studio.tiles.planes import TILE, levels

ROWS, COLUMNS = 300, 2200


def pixels_of(dtype: type, *, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    scale = np.iinfo(dtype).max / 255
    pixels = random.normal(80 * scale, 9 * scale, (ROWS, COLUMNS, 3))
    pixels[100:220, 300:1900] += 90 * scale
    found: np.ndarray = pixels.clip(0, np.iinfo(dtype).max).astype(dtype)
    return found


@pytest.fixture(scope="module", params=[np.uint8, np.uint16], ids=["8 bits", "16 bits"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.tif"
    tifffile.imwrite(path, pixels_of(request.param), tile=(128, 128), photometric="rgb")
    return path


@pytest.fixture(scope="module")
def session(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = new_session(tmp_path_factory.mktemp("session"), limits=Limits(pixels=10_000))
    made.ask(Question("choose", {"choices": {"components": 2}}))
    made.ask(Question("open-path", {"path": str(file)}))
    assert made.wait(120)
    assert made.state("run")["status"] == "done", made.state("run")
    yield made
    made.close()


def tile(session: Session, layer: str, level: int, column: int, row: int) -> np.ndarray:
    opened, found = session.document.opened, session.document.found
    assert opened is not None
    assert found is not None
    version = opened.number if layer == "image" else found.run
    says = {"layer": layer, "level": level, "column": column, "row": row, "version": version}
    answer = session.ask(Question("tile", says))
    assert "error" not in answer.says, answer.says
    shape = answer.says["height"], answer.says["width"], answer.says["bytes"]
    return np.frombuffer(answer.buffers[0], np.uint8).reshape(shape)


def test_what_is_told_is_of_all_of_it(session: Session) -> None:
    image, result = session.state("image"), session.state("result")
    assert (image["width"], image["height"], image["large"], image["has_units"]) == (
        COLUMNS,
        ROWS,
        True,
        False,
    )
    assert sum(one["pixels"] for one in result["components"]) == ROWS * COLUMNS


def test_labels_are_those_of_the_whole(session: Session, file: Path) -> None:
    labels = pixture.segment(file, 2).labels
    for level in range(levels((ROWS, COLUMNS)) + 1):
        side = TILE << level
        for column in range(-(-COLUMNS // side)):
            seen = tile(session, "labels", level, column, 0)[..., 0]
            whole = labels[:: 1 << level, column * side :: 1 << level]
            np.testing.assert_array_equal(seen, whole[: len(seen), : seen.shape[1]])


def test_tiles_are_area_means_of_the_whole(session: Session, file: Path) -> None:
    image = pixture.read(file)
    for level in range(levels((ROWS, COLUMNS)) + 1):
        side = TILE << level
        for column in range(-(-COLUMNS // side)):
            seen = tile(session, "image", level, column, 0).astype(float)
            part = pixture.image_from_array(image.pixels[:, column * side : (column + 1) * side])
            if image.pixels.dtype == np.uint8:
                means = reduce(part, 1 << level).pixels
                assert seen.shape == means.shape
                assert np.abs(seen - means).max() <= 1
            else:  # stretched by the values of every n-th pixel
                expected = as_picture(reduce(part, 1 << level)).astype(float)
                assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.95


def test_a_pixel_is_that_of_the_file(session: Session, file: Path) -> None:
    image, labels = pixture.read(file), pixture.segment(file, 2).labels
    for x, y in ((0, 0), (2199, 299), (700, 150)):
        says = session.ask(Question("pixel", {"x": x, "y": y, "plane": 0})).says
        assert says["values"] == image.pixels[y, x].tolist()
        assert says["label"] == labels[y, x]
        assert sum(says["probabilities"]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("measure", {}),
        ("regions", {}),
        ("tile", {"layer": "uncertainty", "level": 0, "column": 0, "row": 0, "version": 1}),
        ("pixel", {"x": COLUMNS, "y": 0, "plane": 0}),
    ],
)
def test_what_needs_all_pixels_at_once_is_refused(
    session: Session, name: str, says: dict[str, object]
) -> None:
    assert set(session.ask(Question(name, says)).says) == {"error"}


def test_another_run_takes_the_place_of_its_labels(session: Session) -> None:
    session.ask(Question("run", {}))
    assert session.wait(120)
    assert session.state("run")["status"] == "done"
    assert len(list(session.folder.glob("labels-*"))) == 1
    tile(session, "labels", 0, 0, 0)
