"""No input is ever replaced: every command, every output, every input, by every way to a file."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import pixture
from pixture import WriteError, fit_images
from pixture.cli import app
from pixture.files.input_files import Inputs
from pixture.imaging.encoding.png import png
from pixture.segmentation.many_images.image_model import ImageModel

PIXELS = np.repeat(np.array([[10, 12, 200, 203]], np.uint8), 6, axis=0)
KEPT = "would be replaced, but is read here too"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def model_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    model = fit_images([PIXELS], 2)
    return model.save(tmp_path_factory.mktemp("models") / "model").read_bytes()


# the command's words, its inputs by what they are, and the names of what it writes for S.png
COMMANDS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "segment": (
        ["segment", "S.png", "T.png", "--mask", "m.png", "-k", "2", "--report", "-o", "OUT"],
        ["S.png", "T.png", "m.png"],
        [
            "S.labels.png",
            "S.overlay.jpg",
            "S.painted.png",
            "S.classes.csv",
            "S.convergence.png",
            "S.report.html",
            "S.json",
        ],
    ),
    "apply": (
        ["apply", "M", "S.png", "T.png", "--mask", "m.png", "--report", "-o", "OUT"],
        ["S.png", "T.png", "m.png", "M"],
        ["S.labels.png", "S.overlay.jpg", "S.painted.png", "S.classes.csv", "S.report.html", "S.json"],
    ),
    "report": (
        ["report", "S.png", "T.png", "--mask", "m.png", "-k", "2", "-o", "OUT"],
        ["S.png", "T.png", "m.png"],
        ["S.report.html"],
    ),
    "fit": (
        ["fit", "S.png", "T.png", "--mask", "m.png", "-k", "2", "-o", "OUT/model"],
        ["S.png", "T.png", "m.png"],
        ["model"],
    ),
    "select": (
        ["select", "S.png", "--mask", "m.png", "-k", "1-2", "--plot", "OUT/plot.png"],
        ["S.png", "m.png"],
        ["plot.png"],
    ),
    "animate": (
        ["animate", "S.png", "--mask", "m.png", "-k", "2", "-o", "OUT/em.gif"],
        ["S.png", "m.png"],
        ["em.gif"],
    ),
}


def link_to(folder: Path, target: Path, at: Path) -> None:
    at.symlink_to(target)


def relative_link(folder: Path, target: Path, at: Path) -> None:
    at.symlink_to(os.path.relpath(target, at.parent))


def hard_link(folder: Path, target: Path, at: Path) -> None:
    at.hardlink_to(target)


def itself(folder: Path, target: Path, at: Path) -> None:
    """The input is moved to where the output goes, and a link left where it is read."""
    target.rename(at)
    target.symlink_to(at)


WAYS: list[Callable[[Path, Path, Path], None]] = [link_to, relative_link, hard_link, itself]


# every output and input by one way, the last of them by every way
CASES = [
    (way, name, output, input_)
    for name, (_, inputs, outputs) in COMMANDS.items()
    for output in outputs
    for input_ in inputs
    for way in (WAYS if (output, input_) == (outputs[-1], inputs[-1]) else [hard_link])
]


@pytest.fixture
def place(tmp_path: Path, model_bytes: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "OUT").mkdir()
    for name in ("S.png", "T.png"):
        (tmp_path / name).write_bytes(png(PIXELS))
    (tmp_path / "m.png").write_bytes(png(np.full((6, 4), 255, np.uint8)))
    (tmp_path / "M").write_bytes(model_bytes)
    return tmp_path


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused is refused before the work: none is done."""

    def worked(*arguments: Any, **options: Any) -> None:
        raise AssertionError("the work was begun")

    model = "many_images.image_model"
    pool = "many_images.fit_images"
    for module, name in (
        ("segment", "feature_histogram"),
        (model, "feature_histogram"),
        (pool, "fit_counted"),
    ):
        monkeypatch.setattr(f"pixture.segmentation.{module}.{name}", worked)


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(("way", "name", "output", "input_"), CASES)
def test_no_command_replaces_what_it_reads(
    place: Path, way: Callable[[Path, Path, Path], None], name: str, output: str, input_: str
) -> None:
    before = {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()}
    way(place, place / input_, place / "OUT" / output)
    # the second image is no matter of the first one's outputs, but the run's
    words = COMMANDS[name][0]
    done = run(*words, "--overwrite", *(["-q"] if name in ("segment", "apply", "report") else []))
    assert done.exit_code != 0
    assert KEPT in done.output, done.output
    assert before == {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()}
    assert os.listdir(place / "OUT") == [output]  # noqa: PTH208 - nothing was added, not even for a moment


def pipe(at: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes on this system")
    os.mkfifo(at)


def listening(at: Path) -> None:
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("no sockets on this system")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(at.relative_to(Path.cwd())))  # a socket's path is short


def device(at: Path) -> None:
    try:
        os.mknod(at, 0o666 | 0o020000, os.makedev(1, 3))
    except (AttributeError, PermissionError):
        pytest.skip("only root makes devices")


def link_to_device(at: Path) -> None:
    at.symlink_to(os.devnull)


def link_to_nothing(at: Path) -> None:
    at.symlink_to("nothing")


def link_to_itself(at: Path) -> None:
    at.symlink_to(at.name)


def link_to_a_file(at: Path) -> None:
    Path("mine").write_bytes(b"mine")
    at.symlink_to(Path("mine").absolute())


def folder(at: Path) -> None:
    at.mkdir()


IRREGULAR = {
    "a pipe": pipe,
    "a socket": listening,
    "a device": device,
    "a link": link_to_a_file,
    "a link ": link_to_device,
    "a link  ": link_to_nothing,
    "a link   ": link_to_itself,
    "a folder": folder,
}


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("kind", IRREGULAR)
@pytest.mark.parametrize(
    ("name", "overwrite"), [*((name, True) for name in COMMANDS), ("segment", False), ("fit", False)]
)
def test_only_regular_files_are_replaced(place: Path, name: str, kind: str, overwrite: bool) -> None:
    output = COMMANDS[name][2][-1]
    at = place / "OUT" / output
    IRREGULAR[kind](at)
    before = os.lstat(at)
    words = [word for word in COMMANDS[name][0] if name == "fit" or word != "T.png"]
    done = run(*words, *(["--overwrite"] if overwrite else []))
    assert done.exit_code == 1, done.output
    assert f"is {kind.strip()}, where a file is to be written" in done.output, done.output
    after = os.lstat(at)
    assert (after.st_mode, after.st_ino, after.st_mtime_ns) == (
        before.st_mode,
        before.st_ino,
        before.st_mtime_ns,
    )
    if kind == "a link":
        assert (place / "mine").read_bytes() == b"mine"
    assert os.listdir(place / "OUT") == [output]  # noqa: PTH208 - names alone


@pytest.mark.skipif(os.name != "posix", reason="/dev is elsewhere")
@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
def test_a_device_stays_one(place: Path, overwrite: list[str]) -> None:
    """By its own name: as the output of a command, and of Python."""
    mode = os.stat(os.devnull).st_mode  # noqa: PTH116 - of the device itself, by its name
    done = run("fit", "S.png", "-k", 2, "-o", os.devnull, *overwrite)
    assert (done.exit_code, "is a device" in done.output) == (1, True)
    done = run("segment", "S.png", "-k", 2, "-o", os.devnull, *overwrite)
    assert (done.exit_code, "a file is in the way of the folder" in done.output) == (1, True)
    with pytest.raises(WriteError, match="is a device"):
        fit_images(["S.png"], 2).save(os.devnull, overwrite=bool(overwrite))
    assert os.stat(os.devnull).st_mode == mode  # noqa: PTH116 - of the device itself, by its name


def test_a_model_called_like_a_record(place: Path) -> None:
    """`apply S.json S.png -o .`: the model itself is where the record would go."""
    model = place / "S.json"
    (place / "M").rename(model)
    before = model.read_bytes()
    for words in (["-o", "."], ["-o", str(place)], ["-o", "OUT/.."], ["-o", ".", "--report"]):
        done = run("apply", "S.json", "S.png", *words, "--overwrite")
        assert (done.exit_code, KEPT in done.output) == (1, True), done.output
    assert model.read_bytes() == before


def test_names_that_only_look_alike_are_replaced(place: Path) -> None:
    """A file of another folder with the same name is not the input; a copy is not, either."""
    (place / "OUT" / "S.png").write_bytes((place / "S.png").read_bytes())
    done = run("fit", "S.png", "-k", 2, "-o", "OUT/S.png", "--overwrite")
    assert done.exit_code == 0, done.output
    assert ImageModel.load("OUT/S.png").mixture.components == 2


# --- from Python


def attempts(place: Path) -> Iterator[tuple[str, Callable[[Path], object]]]:
    """What writes of S.png from Python, told the file to write to."""
    mask = place / "m.png"
    result = pixture.segment("S.png", 2, mask=mask)
    model = fit_images(["S.png"], 2)
    applied = pixture.apply(ImageModel.load("M"), "S.png", mask="m.png")
    yield "report", lambda at: result.report(at, overwrite=True)
    yield "animate", lambda at: result.animate().save(at, overwrite=True)
    yield "model", lambda at: model.save(at, overwrite=True)
    yield "applied", lambda at: applied.report(at, overwrite=True)
    for suffix in ("labels.png", "json"):
        yield suffix, lambda at: result.save(at.parent, stem=at.name.split(".")[0], overwrite=True)


SUFFIXES = {"report": "html", "animate": "html", "model": "html", "applied": "html"}


def test_python_keeps_its_inputs_too(place: Path) -> None:
    for name, write in attempts(place):
        for way in WAYS:
            for input_ in ("S.png", "m.png", "M"):
                if (input_, name == "applied") == ("M", False) or (input_, name) == ("m.png", "model"):
                    continue  # it was not read for this
                at = place / "OUT" / f"out.{SUFFIXES.get(name, name)}"
                before = (place / input_).read_bytes()
                way(place, place / input_, at)
                with pytest.raises(WriteError, match=KEPT):
                    write(at)
                assert (place / input_).read_bytes() == at.read_bytes() == before
                if way is itself:
                    (place / input_).unlink()
                    at.rename(place / input_)
                with suppress(FileNotFoundError):
                    at.unlink()


def test_another_working_directory_changes_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result, model = pixture.segment("S.png", 2), fit_images(["S.png"], 2)
    (place / "OUT" / "S.png").write_bytes(b"another")
    monkeypatch.chdir(place / "OUT")
    (place / "OUT" / "S.json").hardlink_to(place / "S.png")
    with pytest.raises(WriteError, match=KEPT):
        result.save(overwrite=True)
    with pytest.raises(WriteError, match=KEPT):
        model.save("../S.png", overwrite=True)
    assert (place / "S.png").read_bytes() == png(PIXELS)
    model.save("S.png", overwrite=True)  # this one was never read


def test_a_loaded_model_keeps_its_file_and_images(place: Path) -> None:
    path = fit_images(["S.png"], 2).save("fitted")
    again = ImageModel.load(path)
    for kept in ("S.png", "fitted"):
        with pytest.raises(WriteError, match=KEPT):
            again.save(kept, overwrite=True)


def test_a_file_deleted_and_its_number_given_anew_is_no_input(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch()
    inputs = Inputs.of([path])
    assert path in inputs
    path.rename(tmp_path / "b")  # as a new file with the old one's number
    assert tmp_path / "b" not in inputs
    assert path not in inputs
