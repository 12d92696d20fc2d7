"""What is marked, measured and taken home in the studio is what the library and the command make."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

import pixture
from pixture.arrays import Array
from pixture.commands.app import app
from pixture.errors import ChoiceError, ReadError
from pixture.imaging.image_from_array import image_from_array
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree, cut, height_of, made
from pixture.studio.session import saved_sessions
from pixture.studio.session.document import OpenedImage
from pixture.studio.session.guided import guidance_of, marked
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.questions import new_session
from pixture.studio.session.rasterising import rasterised
from pixture.studio.session.session import Limits, Session
from pixture.studio.session.session_file import NUMBERS, SAYS, SUFFIX, is_session_file, read_session
from pixture.studio.session.strokes import Drawn, Stroke, drawn_of, says_of

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
    session = new_session(tmp_path / "session", limits=Limits(upload=10_000_000, pixels=1_000_000))
    (tmp_path / "session").mkdir()
    yield session
    session.close()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(0)
    pixels = random.normal([[[60, 80, 70]]], 9, (60, 90, 3))
    for top, left in ((8, 10), (8, 40), (34, 25), (36, 66)):
        pixels[top : top + 14, left : left + 12] += 90
    path = tmp_path_factory.mktemp("picture") / "cat.png"
    Pillow.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
    return path


def ask(session: Session, question: str, /, *buffers: bytes, **says: Any) -> Answer:
    answer = session.ask(Question(question, says, buffers))
    assert session.wait(120)
    return answer


def done(session: Session, question: str, /, **says: Any) -> Answer:
    answer = ask(session, question, **says)
    assert "error" not in answer.says, answer.says["error"]
    run_state = session.state("run")
    assert run_state["status"] == "done", run_state["sentence"]
    return answer


def sent(session: Session, path: Path) -> None:
    content = path.read_bytes()
    upload = ask(session, "begin-upload", name=path.name, bytes=len(content)).says["upload"]
    ask(session, "upload-part", content, upload=upload)


def command(*arguments: str) -> None:
    """Run a command, as a terminal does."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output


def taken(session: Session, file: int = 0) -> bytes:
    told = session.state("outputs")
    assert told is not None
    return fetched(session, told["number"], file, told["files"][file]["bytes"])


def fetched(session: Session, number: int, file: int, size: int) -> bytes:
    content = b""
    while len(content) < size:
        part = ask(session, "output", number=number, file=file, offset=len(content)).buffers[0]
        content += bytes(part)
    return content


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

SKY = {"mark": 1, "width": 5, "points": [[4, 30], [80, 30]], "plane": 0}
THINGS = {"mark": 3, "width": 4, "points": [[14, 12], [18, 18]], "plane": 0}


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
        assert done(session, "object-at", x=int(column), y=int(row)).says == {"object": number}


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


# --- taken home ---------------------------------------------------------------------------------------------


def test_files_are_those_of_the_command(session: Session, picture: Path, tmp_path: Path) -> None:
    wanted = ["--components", "3", "--smooth", "2", "--merge", "0+1", "--names", "dark,bright"]
    folder = tmp_path / "of the command"
    command("segment", str(picture), "-o", str(folder), "--maps", "probabilities,uncertainty", *wanted)
    done(session, "open-path", path=str(picture))
    done(session, "choose", choices={"components": 3, "smooth": 2.0, "merge": "0+1", "names": "dark,bright"})
    done(session, "run")
    names = [
        "labels",
        "overlay",
        "painted",
        "classes",
        "convergence",
        "record",
        "probabilities",
        "uncertainty",
    ]
    done(session, "make-output", names=names)
    told = session.state("outputs")["files"]
    assert {one["name"] for one in told} == {path.name for path in folder.iterdir()}
    for at, one in enumerate(told):
        assert taken(session, at) == (folder / one["name"]).read_bytes(), one["name"]


def test_marks_taken_home_guide_the_command_too(session: Session, picture: Path, tmp_path: Path) -> None:
    done(session, "open-path", path=str(picture))
    done(session, "draw", strokes=[SKY, THINGS])
    done(session, "make-output", names=["scribbles", "labels", "painted"])
    for at, one in enumerate(session.state("outputs")["files"]):
        (tmp_path / one["name"]).write_bytes(taken(session, at))
    folder, scribbles = tmp_path / "of the command", tmp_path / "cat.scribbles.png"
    command(
        "segment", str(picture), "-o", str(folder), "--scribbles", str(scribbles), "--inference", "mean-field"
    )
    for name in ("cat.labels.png", "cat.painted.png"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_an_archive_holds_the_files(session: Session, picture: Path) -> None:
    done(session, "open-path", path=str(picture))
    done(session, "measure", foreground="bright")
    done(session, "regions")
    done(session, "make-output", names=["labels", "objects", "regions", "model"], archive=True, regions=3)
    with zipfile.ZipFile(io.BytesIO(taken(session))) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        table = archive.read("cat.regions.csv").decode().splitlines()
        content = archive.read("cat.pixture")
    assert {"cat.labels.png", "cat.objects.csv", "cat.regions.png", "cat.pixture"} <= set(names)
    assert len(table) == 1 + 3
    model = picture.parent / "cat.pixture"
    model.write_bytes(content)
    found = session.document.found
    assert found is not None
    np.testing.assert_array_equal(pixture.apply(model, picture).labels, found.segmentation.labels)
    model.unlink()


def test_only_what_was_made_is_sent(session: Session, picture: Path) -> None:
    assert "Nothing is segmented yet" in ask(session, "make-output", names=["labels"]).says["error"]
    done(session, "open-path", path=str(picture))
    assert "nothing called" in ask(session, "make-output", names=["../../etc"]).says["error"]
    assert "no longer there" in ask(session, "output", number=1, file=0, offset=0).says["error"]
    ask(session, "make-output", names=["objects"])
    assert "measure it first" in session.state("run")["sentence"]


# --- session files ------------------------------------------------------------------------------------------


def session_file(session: Session, **says: Any) -> bytes:
    told = done(session, "save-session", **says).says
    return fetched(session, told["number"], 0, told["files"][0]["bytes"])


@pytest.mark.parametrize(
    "choices",
    [
        {"components": 3, "merge": "0+2", "names": "sky,tree"},
        {"components": "auto"},
        {"components": 2, "smooth": 3.0},
        {"components": 2, "features": "lab", "smooth": "off"},
        {"components": 3, "covariance": "tied"},
    ],
    ids=str,
)
@pytest.mark.parametrize("is_sent", [True, False])
def test_a_session_opens_as_it_was(
    tmp_path: Path, picture: Path, choices: dict[str, Any], is_sent: bool
) -> None:
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    one, other = (new_session(folder) for folder in folders)
    if is_sent:
        sent(one, picture)
    else:
        done(one, "open-path", path=str(picture))
    done(one, "choose", choices=choices)
    done(one, "run")
    file = tmp_path / "whatever.bin"
    file.write_bytes(session_file(one))
    assert is_session_file(file)
    sent(other, file)
    assert other.state("run")["sentence"] == "The session on cat.png is open, as it was."
    before, after = one.document.found, other.document.found
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(after.segmentation.labels, before.segmentation.labels)
    assert other.state("choices") == one.state("choices")
    told, kept = dict(one.state("result")), dict(other.state("result"))
    assert {name for name in told if told[name] != kept[name]} <= {"run", "seconds"}
    assert [step.log_likelihood for step in after.segmentation.fit.steps] == [
        step.log_likelihood for step in before.segmentation.fit.steps
    ]
    one.close()
    other.close()


def test_a_session_with_marks_opens_as_it_was(session: Session, picture: Path, tmp_path: Path) -> None:
    done(session, "open-path", path=str(picture))
    done(session, "draw", strokes=[SKY, THINGS], names=["sky"], certainty=0.9)
    before, drawn = session.document.found, session.document.drawn
    assert before is not None
    file = tmp_path / f"cat{SUFFIX}"
    file.write_bytes(session_file(session, image=True))
    done(session, "draw", strokes=[])
    done(session, "open-path", path=str(file))
    after = session.document.found
    assert after is not None
    np.testing.assert_array_equal(after.segmentation.labels, before.segmentation.labels)
    assert session.document.drawn == drawn


def test_an_array_goes_into_the_file(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 999, (4, 20, 30)).astype(np.uint16)
    image = image_from_array(pixels, axes="zyx")
    session = new_session(tmp_path, read=lambda path: image)
    done(session, "open-path", path="scan")
    before = session.document.found
    assert before is not None
    file = tmp_path / "scan.bin"
    file.write_bytes(session_file(session))
    done(session, "open-path", path=str(file))
    after = session.document.found
    assert after is not None
    np.testing.assert_array_equal(after.segmentation.image.pixels, pixels)
    np.testing.assert_array_equal(after.segmentation.labels, before.segmentation.labels)
    session.close()


def test_another_image_in_the_place_of_the_sessions_is_refused(
    session: Session, picture: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there.png"
    shutil.copy(picture, there)
    done(session, "open-path", path=str(there))
    file = tmp_path / "there.bin"
    file.write_bytes(session_file(session))
    Pillow.fromarray(np.zeros((9, 9), np.uint8)).save(there)
    ask(session, "open-path", path=str(file))
    assert "is another image than the session's" in session.state("run")["sentence"]
    there.unlink()
    ask(session, "open-path", path=str(file))
    assert "is no longer at" in session.state("run")["sentence"]


@pytest.mark.parametrize("damage", ["cut", "flip", "json", "empty", "newer", "numbers", "choices"])
def test_a_damaged_session_is_refused_in_a_sentence(
    session: Session, picture: Path, tmp_path: Path, damage: str
) -> None:
    done(session, "open-path", path=str(picture))
    content = session_file(session)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        says, numbers = json.loads(archive.read(SAYS)), archive.read(NUMBERS)
    members: dict[str, bytes] = {SAYS: json.dumps(says).encode(), NUMBERS: numbers}
    if damage == "json":
        members[SAYS] = b"{"
    elif damage == "empty":
        members[SAYS] = b"{}"
    elif damage == "newer":
        members[SAYS] = json.dumps({**says, "format": 99}).encode()
    elif damage == "numbers":
        members[NUMBERS] = numbers[: len(numbers) // 2]
    elif damage == "choices":
        members[SAYS] = json.dumps({**says, "choices": {"components": -3}}).encode()
    file = tmp_path / "damaged.bin"
    with zipfile.ZipFile(file, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    if damage == "cut":
        file.write_bytes(content[:-30])
    elif damage == "flip":
        file.write_bytes(content[:200] + bytes([content[200] ^ 255]) + content[201:])
    ask(session, "open-path", path=str(file))
    run_state = session.state("run")
    assert run_state["status"] == "failed"
    assert "inside pixture" not in run_state["sentence"]
    assert session.document.found is not None  # what was there before is as it was


def test_what_is_no_session_is_none(picture: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert not is_session_file(other)
    assert not is_session_file(picture)
    assert not is_session_file(tmp_path)
    with pytest.raises(ReadError):
        read_session(other)


# --- saved by itself ----------------------------------------------------------------------------------------


def test_a_session_is_saved_by_itself_and_outlives_its_folder(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_sessions, "PAUSE", 0.01)
    kept, folder = tmp_path / "kept", tmp_path / "first"
    folder.mkdir()
    first = new_session(folder, saved=kept)
    sent(first, picture)
    done(first, "draw", strokes=[SKY, THINGS])
    before = first.document.found
    assert before is not None
    first.close()
    shutil.rmtree(folder)
    (tmp_path / "second").mkdir()
    second = new_session(tmp_path / "second", saved=kept)
    (listed,) = ask(second, "saved-sessions").says["sessions"]
    assert listed["image"] == "cat.png"
    done(second, "open-saved", name=listed["name"])
    after = second.document.found
    assert after is not None
    np.testing.assert_array_equal(after.segmentation.labels, before.segmentation.labels)
    # it goes on under its name, and off takes its copy away
    second.close()
    assert [path.stem for path in saved_sessions.saved_in(kept)] == [listed["name"]]
    third = new_session(tmp_path / "second", saved=kept)
    assert ask(third, "forget-saved", name=listed["name"]).says == {}
    assert not saved_sessions.saved_in(kept)
    assert not list((kept / "images").iterdir())
    third.close()


def test_saving_by_itself_can_be_turned_off(tmp_path: Path, picture: Path) -> None:
    kept = tmp_path / "kept"
    session = new_session(tmp_path, saved=kept)
    ask(session, "save-by-itself", on=False)
    done(session, "open-path", path=str(picture))
    session.close()
    assert session.state("saved")["on"] is False
    assert not saved_sessions.saved_in(kept)
    # the next one is not saved either, until it is turned on again
    other = new_session(tmp_path, saved=kept)
    assert other.state("saved")["on"] is False
    ask(other, "save-by-itself", on=True)
    done(other, "open-path", path=str(picture))
    other.close()
    assert len(saved_sessions.saved_in(kept)) == 1


def test_the_oldest_saved_sessions_go(tmp_path: Path) -> None:
    for number in range(saved_sessions.MOST_KEPT + 3):
        (tmp_path / f"{number:032x}{SUFFIX}").write_bytes(b"x")
    keep = f"{1:032x}"
    saved_sessions.prune(tmp_path, keep=keep)
    left = {path.stem for path in saved_sessions.saved_in(tmp_path)}
    assert keep in left
    assert saved_sessions.MOST_KEPT <= len(left) <= saved_sessions.MOST_KEPT + 1


def test_names_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    session = new_session(tmp_path, saved=tmp_path / "kept")
    for name in ("../../etc/passwd", "", "a" * 33):
        assert "error" in ask(session, "open-saved", name=name).says
        assert "error" in ask(session, "forget-saved", name=name).says
    session.close()
