"""What is marked and measured in the studio is what the library finds; the page cuts trees as it does."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture.arrays import Array
from pixture.errors import ChoiceError
from pixture.imaging.image_from_array import image_from_array
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree, cut, height_of, made
from pixture.studio.marks.guided import guidance_of, marked
from pixture.studio.marks.rasterising import rasterised
from pixture.studio.marks.strokes import Drawn, Stroke, drawn_of, says_of
from pixture.studio.session.document import OpenedImage
from pixture.studio.session.questions import new_session
from pixture.studio.session.session import Limits, Session
from tests.studio_session import SKY, THINGS, ask, done, write_picture

PAGE = Path(pixture.__file__).parent / "studio" / "page"

coordinates = st.floats(-20, 60, width=32).map(lambda value: round(value, 2))
strokes = st.builds(
    Stroke,
    st.integers(0, 4),
    st.floats(0, 20).map(lambda value: round(value, 2)),
    st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=6).map(tuple),
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "session").mkdir()
    session = new_session(tmp_path / "session", limits=Limits(upload=10_000_000, pixels=1_000_000))
    yield session
    session.close()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_picture(tmp_path_factory.mktemp("picture") / "cat.png")


# --- strokes ------------------------------------------------------------------------------------------------


def distances(stroke: Stroke, shape: tuple[int, int]) -> Array:
    """How far the middle of each pixel is from a stroke's line: one segment after the other."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    nearest = np.full(shape, np.inf)
    points = [*stroke.points, stroke.points[-1]]
    for (x, y), (to_x, to_y) in pairwise(points):
        length = (to_x - x) ** 2 + (to_y - y) ** 2
        along = 0.0 if length == 0 else ((columns - x) * (to_x - x) + (rows - y) * (to_y - y)) / length
        along = np.clip(along, 0, 1)
        nearest = np.minimum(
            nearest, np.hypot(columns - x - along * (to_x - x), rows - y - along * (to_y - y))
        )
    return nearest


@given(st.lists(strokes, max_size=4))
@settings(max_examples=60, deadline=None)
def test_pixels_under_the_brush_are_marked(drawn: list[Stroke]) -> None:
    shape = (37, 41)
    expected, doubtful = np.zeros(shape, np.uint8), np.zeros(shape, bool)
    for stroke in drawn:
        away = distances(stroke, shape)
        expected[away <= stroke.width / 2] = stroke.mark
        for x, y in stroke.points:
            if 0 <= x < shape[1] and 0 <= y < shape[0]:
                expected[int(y), int(x)] = stroke.mark
                # a point on the side of a pixel is in one or the other
                doubtful[max(0, int(y) - 1) : int(y) + 1, max(0, int(x) - 1) : int(x) + 1] |= x % 1 in (
                    0,
                    1,
                ) or y % 1 in (0, 1)
        doubtful |= np.abs(away - stroke.width / 2) < 1e-6
    found = rasterised(drawn, shape)
    np.testing.assert_array_equal(found[~doubtful], expected[~doubtful])


@given(st.lists(strokes, max_size=5), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_strokes_that_come_in_later_are_drawn_on_those_before(drawn: list[Stroke], first: int) -> None:
    opened = OpenedImage("cat", image_from_array(np.zeros((30, 40), np.uint8)))
    before = Drawn(tuple(drawn[:first]))
    whole = marked(Drawn(tuple(drawn)), opened)
    on_top = marked(Drawn(tuple(drawn)), opened, (before, marked(before, opened)))
    np.testing.assert_array_equal(on_top.classes, whole.classes)
    assert on_top.numbers == whole.numbers


@given(st.lists(strokes, max_size=3), st.none() | st.just((1, 2, 9, 8)), st.floats(0.01, 1))
def test_what_is_drawn_comes_back_from_json(
    drawn: list[Stroke], box: tuple[int, int, int, int] | None, certainty: float
) -> None:
    given_drawn = Drawn(tuple(drawn), box, ("sky", ""), certainty)
    assert drawn_of(json.loads(json.dumps(says_of(given_drawn)))) == given_drawn


@pytest.mark.parametrize(
    "says",
    [
        {"strokes": 3},
        {"strokes": [{"mark": 1, "width": 2, "points": []}]},
        {"strokes": [{"mark": 1, "width": 2, "points": [[1]]}]},
        {"strokes": [{"mark": 65, "width": 2, "points": [[1, 1]]}]},
        {"strokes": [{"mark": 1, "width": -2, "points": [[1, 1]]}]},
        {"strokes": [{"mark": 1, "width": 2, "points": [[1, float("nan")]]}]},
        {"box": [1, 2, 3]},
        {"box": [1, 2, 3, -4]},
        {"names": ["a", 3]},
        {"certainty": 0},
    ],
)
def test_what_is_no_drawing_is_refused(says: dict[str, Any]) -> None:
    with pytest.raises(ChoiceError, match=r"must be|has|at least|is a text"):
        drawn_of(says)


def test_strokes_far_away_mark_nothing() -> None:
    far = Stroke(1, 5, ((-1e9, 2e9), (1e9, 2.1e9)))
    assert not rasterised([far], (20, 30)).any()


def test_a_stroke_of_a_plane_that_is_not_there_is_refused() -> None:
    opened = OpenedImage("cat", image_from_array(np.zeros((30, 40), np.uint8)))
    with pytest.raises(ChoiceError, match="on plane 1; the image has 1"):
        marked(Drawn((Stroke(1, 2, ((1, 1),), 1),)), opened)


# --- guided -------------------------------------------------------------------------------------------------


def test_marks_of_two_classes_guide_as_the_library_does(session: Session, picture: Path) -> None:
    done(session, "open-path", path=str(picture))
    assert done(session, "draw", strokes=[SKY]).says == {"guides": False}
    done(session, "draw", strokes=[SKY, THINGS], names=["sky", "", "things"])
    told, found = session.state("drawn"), session.document.found
    assert found is not None
    assert told["marked"] == [1, 3]
    assert session.state("choices")["inference"] == "mean-field"  # a cut could not be given up
    scribbles = rasterised(drawn_of({"strokes": [SKY, THINGS]}).strokes, (60, 90))
    expected = pixture.segment(
        picture, scribbles=np.where(scribbles == 3, 2, scribbles), inference="mean-field"
    )
    np.testing.assert_array_equal(found.segmentation.labels, expected.labels)
    assert found.segmentation.names == ("sky", "things")
    # without marks it is as it was without them
    done(session, "draw", strokes=[])
    unguided = session.document.found
    assert unguided is not None
    np.testing.assert_array_equal(unguided.segmentation.labels, pixture.segment(picture).labels)


def test_a_box_guides_as_the_library_does(session: Session, picture: Path) -> None:
    done(session, "open-path", path=str(picture))
    done(session, "choose", choices={"inference": "mean-field"})
    done(session, "draw", strokes=[], box=[4, 6, 26, 26])
    found = session.document.found
    assert found is not None
    expected = pixture.segment(picture, box=(4, 6, 26, 26), inference="mean-field")
    np.testing.assert_array_equal(found.segmentation.labels, expected.labels)
    refused = ask(session, "draw", strokes=[THINGS], box=[4, 6, 26, 26]).says["error"]
    assert refused.startswith("Beside a box there are two classes")


def test_a_box_of_a_volume_goes_through_all_planes() -> None:
    opened = OpenedImage("scan", image_from_array(np.zeros((3, 30, 40), np.uint8), axes="zyx"))
    drawn = Drawn((Stroke(1, 2, ((3, 3),), 2),), (1, 2, 9, 8))
    there = marked(drawn, opened)
    assert guidance_of(drawn, there).box == (0, 1, 2, 3, 9, 8)
    assert there.classes[2].any()
    assert not there.classes[:2].any()


# --- measured -----------------------------------------------------------------------------------------------


def test_objects_are_those_of_the_library(session: Session, picture: Path) -> None:
    done(session, "open-path", path=str(picture))
    done(session, "measure", foreground="bright", min_size=3)
    told, expected = session.state("objects"), pixture.segment(picture).objects("bright", min_size=3)
    assert (told["count"], told["share"], told["dropped"]) == (
        expected.count,
        expected.share,
        expected.dropped,
    )
    answer = done(session, "objects-table")
    rows = np.frombuffer(answer.buffers[0]).reshape(len(told["columns"]), -1)
    numbers = {name: column for name, column in expected.columns.items() if column.dtype.kind in "iuf"}
    assert [column["name"] for column in told["columns"]] == list(numbers)
    np.testing.assert_array_equal(rows, np.stack(list(numbers.values())).astype(float))
    for number in range(1, expected.count + 1):
        shape = done(session, "object-shape", object=number)
        top, left, bottom, right = shape.says["box"]
        inside = np.frombuffer(shape.buffers[0], np.uint8).reshape(shape.says["height"], shape.says["width"])
        np.testing.assert_array_equal(inside, expected.labels[top:bottom, left:right] == number)
        row, column = np.argwhere(expected.labels == number)[0]
        assert done(session, "pixel", x=int(column), y=int(row)).says["object"] == number


def test_no_objects_have_no_shape(session: Session, picture: Path) -> None:
    done(session, "open-path", path=str(picture))
    done(session, "measure", foreground="bright", min_size=10**6)
    assert session.state("objects")["count"] == 0
    assert ask(session, "object-shape", object=1).says["error"].startswith("There are no objects")


def test_what_cannot_be_measured_is_refused(session: Session, picture: Path) -> None:
    assert "Nothing is segmented yet" in ask(session, "measure").says["error"]
    done(session, "open-path", path=str(picture))
    assert "Nothing is measured yet" in ask(session, "objects-table").says["error"]
    ask(session, "measure", foreground="9")
    assert session.state("run")["status"] == "failed"
    assert session.state("objects") is None


# --- regions ------------------------------------------------------------------------------------------------


def test_regions_and_their_tree_are_those_of_the_library(session: Session, picture: Path) -> None:
    done(session, "open-path", path=str(picture))
    done(session, "regions")
    answer, expected = done(session, "regions-map"), pixture.regions(picture)
    superpixels, parents, heights, pixels = answer.buffers
    np.testing.assert_array_equal(np.frombuffer(superpixels, np.uint16).reshape(60, 90), expected.superpixels)
    np.testing.assert_array_equal(np.frombuffer(parents, np.int32), expected.tree.parents)
    np.testing.assert_array_equal(np.frombuffer(heights), expected.tree.heights)
    np.testing.assert_array_equal(np.frombuffer(pixels), expected.tree.pixels)
    assert session.state("regions")["count"] == expected.count
    for x, y in ((0, 0), (40, 30), (89, 59)):
        assert done(session, "pixel", x=x, y=y).says["superpixel"] == expected.superpixels[y, x]


def random_tree(generator: np.random.Generator, leaves: int, roots: int) -> MergeTree:
    """Return a tree of random merges of random heights, some of them equal."""
    nodes = list(range(leaves))
    parents, heights, pixels = list(range(leaves)), [0.0] * leaves, [1] * leaves
    while len(nodes) > roots:
        one, other = (nodes.pop(int(generator.integers(len(nodes)))) for _ in range(2))
        parents[one] = parents[other] = len(parents)
        heights.append(max(heights[one], heights[other]) + float(generator.integers(0, 3)) / 4)
        pixels.append(pixels[one] + pixels[other])
        nodes.append(len(parents))
        parents.append(len(parents))
    return MergeTree(np.array(parents), np.array(heights), np.array(pixels))


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node, which runs the page's own code")
def test_the_page_cuts_the_tree_as_the_library_does() -> None:
    generator = np.random.default_rng(4)
    asked: list[dict[str, Any]] = []
    expected: list[dict[str, Any]] = []
    for leaves, roots in ((1, 1), (2, 1), (2, 2), (40, 1), (200, 3)):
        tree = random_tree(generator, leaves, roots)
        numbers = sorted({roots, leaves, (roots + leaves) // 2, min(roots + 1, leaves)})
        details = [0.0, 0.2, 0.5, 0.7, 0.99, 1.0]
        asked.append(
            {"parents": tree.parents.tolist(), "heights": tree.heights.tolist(), "leaves": leaves,
             "numbers": numbers, "details": details}
        )  # fmt: skip
        expected.append(
            {
                "roots": roots,
                "numbers": [cut(tree, regions=number).tolist() for number in numbers],
                "details": [cut(tree, detail=detail).tolist() for detail in details],
                "counts": [leaves - int(made(tree, detail=detail).sum()) for detail in details],
                "heights": [str(height_of(detail)) for detail in details],
            }
        )
    script = f"""
        import {{ heightOf, Tree }} from {json.dumps((PAGE / "measure" / "tree.js").as_uri())};
        const found = {json.dumps(asked)}.map(({{ parents, heights, leaves, numbers, details }}) => {{
          const tree = new Tree(Int32Array.from(parents), Float64Array.from(heights), leaves);
          const counts = details.map((detail) => tree.regions(heightOf(detail)));
          return {{
            roots: tree.roots, counts, numbers: numbers.map((number) => [...tree.cut(number)]),
            details: counts.map((count) => [...tree.cut(count)]),
            heights: details.map((detail) => String(heightOf(detail))),
          }};
        }});
        console.log(JSON.stringify(found));
    """
    done_by = subprocess.run(
        ["node", "--input-type=module", "-"],
        input=script,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    for found, right in zip(json.loads(done_by.stdout), expected, strict=True):
        heights = [float(height.replace("Infinity", "inf")) for height in found.pop("heights")]
        assert heights == pytest.approx([float(height) for height in right.pop("heights")])
        assert found == right
