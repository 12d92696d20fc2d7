"""`pixture animate` as a user runs it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner, Result

from pixture.arrays import Array
from pixture.cli import app


def animate(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["animate", *map(str, arguments)])


@pytest.fixture(scope="module")
def picture(china: Array, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "china.png"
    PIL.Image.fromarray(china[::4, ::4]).save(path)
    return path


def frames_of(path: Path) -> int:
    with PIL.Image.open(path) as film:
        return int(getattr(film, "n_frames", 1))


FEW_FRAMES = ("synthetic", "--points", 200, "--true-components", 3, "-k", 3)


def test_points_in_a_file(tmp_path: Path) -> None:
    out = tmp_path / "new" / "em.gif"
    done = animate("synthetic", "--points", 200, "--true-components", 3, "-k", 2, "--seed", 3, "-o", out)
    assert done.exit_code == 0, done.output
    steps = int(re.findall(r"^(\d+) EM iterations?\.", done.output, re.MULTILINE)[0])
    assert frames_of(out) == steps + 1
    assert f"{steps + 1} frames written to {out}" in " ".join(done.output.split())


def test_the_same_seed_is_the_same_film(tmp_path: Path) -> None:
    films = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert animate(*FEW_FRAMES, "--seed", seed, "-q", "-o", tmp_path / f"{name}.webp").output == ""
        films.append((tmp_path / f"{name}.webp").read_bytes())
    assert films[0] == films[1] != films[2]


def test_an_image_in_a_page(picture: Path, tmp_path: Path) -> None:
    done = animate(picture, "-k", 3, "-o", tmp_path / "em.html", "--max-iter", 4)
    assert done.exit_code == 0, done.output
    assert "raise --max-iter, or --tol if" in done.output
    assert "<title>EM on china.png</title>" in (tmp_path / "em.html").read_text(encoding="utf-8")


def test_an_image_says_how_many_components(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    shades = np.array([40, 110, 200])[generator.integers(0, 3, (48, 48))]
    PIL.Image.fromarray((shades + generator.normal(0, 8, shades.shape)).astype(np.uint8)).save(
        tmp_path / "three.png"
    )
    done = animate(tmp_path / "three.png", "-k", "auto", "-o", tmp_path / "em.webp", "--max-iter", 3)
    assert done.exit_code == 0, done.output


def test_a_mask(picture: Path, tmp_path: Path) -> None:
    mask = np.zeros((107, 160), np.uint8)
    mask[:50] = 255
    PIL.Image.fromarray(mask).save(tmp_path / "mask.png")
    for name, extra in (("whole", []), ("part", ["--mask", tmp_path / "mask.png"])):
        done = animate(picture, "-o", tmp_path / f"{name}.webp", "--max-iter", 2, *extra)
        assert done.exit_code == 0, done.output
    assert (tmp_path / "whole.webp").read_bytes() != (tmp_path / "part.webp").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["synthetic", "-o", "em.avi"], 1, ".gif, .webp, .mp4, .html"),
        (["synthetic", "-o", "em"], 1, "no suffix"),
        (["synthetic", "-o", "em.gif", "--points", "0"], 1, "--points must be a whole number of at least 1"),
        (["synthetic", "-o", "em.gif", "--spread", "-1"], 1, "--spread must be a finite number above 0"),
        (["synthetic", "-o", "em.gif", "--spread", "nan"], 1, "--spread must be a finite number above 0"),
        (["synthetic", "-o", "em.gif", "--fps", "0"], 1, "--fps must be above 0"),
        (["synthetic", "-o", "em.gif", "-k", "0"], 1, "--components must be"),
        (["synthetic", "-o", "em.gif", "-k", "auto"], 2, "is for images"),
        (["synthetic", "-o", "em.gif", "--mask", "m.png"], 2, "is for images"),
        (["none.png", "-o", "em.gif", "--width", "99"], 1, "--width must be 100"),
        (["none.png", "-o", "."], 1, "no suffix"),
        (["none.png", "-o", "em.gif"], 1, "no such file"),
        (["none.png", "-o", "em.gif", "--points", "3"], 2, "--points is for"),
    ],
)
def test_bad_input(
    arguments: list[str], status: int, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    done = animate(*arguments)
    assert done.exit_code == status, done.output
    assert said in " ".join(done.output.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    out = tmp_path / "em.gif"
    out.write_bytes(b"mine")
    assert animate("synthetic", "-o", out).exit_code == 1
    assert out.read_bytes() == b"mine"
    assert animate(*FEW_FRAMES, "-o", out, "--overwrite").exit_code == 0
    assert frames_of(out) > 1


def test_the_image_itself_is_not_overwritten(picture: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.webp"
    with PIL.Image.open(picture) as opened:
        opened.save(own)
    before = own.read_bytes()
    done = animate(own, "-o", own, "--overwrite")
    assert (done.exit_code, own.read_bytes() == before) == (1, True)
    assert "is read here too" in done.output
    done = animate(picture, "--mask", own, "-o", own, "--overwrite")
    assert (done.exit_code, own.read_bytes() == before) == (1, True)
    (tmp_path / "folder.gif").mkdir()
    assert "is a folder" in animate(picture, "-o", tmp_path / "folder.gif", "--overwrite").output


def test_without_a_display(monkeypatch: pytest.MonkeyPatch, picture: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for source in ("synthetic", picture):
        done = animate(source)
        assert done.exit_code == 1
        assert "Write a file instead with -o: em.html" in done.output
