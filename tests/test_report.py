"""The report: what is on the page, that it is complete in itself, and that it works in a browser."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

import pixture
from pixture.arrays import Array
from pixture.cli import app
from pixture.errors import ChoiceError, WriteError
from pixture.imaging.encoding.png import png
from pixture.imaging.feature_space.lab_colour import lab
from pixture.view.output.save_segmentation import REPORT, SUFFIXES
from pixture.view.pages.component_rows import measured, percent
from pixture.view.pages.report_animation import FIRST_FRAMES, MOST_FRAMES, Film, film_steps
from pixture.view.report import LARGEST, report_html
from tests.browser import PageOf
from tests.strategies import images

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Locator


@pytest.fixture(autouse=True)
def few_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames take most of a report's time, and four are as good as many here."""
    monkeypatch.setattr("pixture.view.pages.report_animation.MOST_FRAMES", 4)
    monkeypatch.setattr("pixture.view.pages.report_animation.FIRST_FRAMES", 2)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without plots, for tests of where they are written."""
    monkeypatch.setattr("pixture.view.report.film", lambda *rest: Film(Markup(), ("No film.",)))
    monkeypatch.setattr("pixture.view.report.inline_svg", lambda *rest, **options: Markup())


class Parsed(HTMLParser):
    """The parts of a page that the tests ask for."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.events: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.texts: dict[str, list[str]] = {}
        self._table = ""
        self._open: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attributes}
        self.links += [
            named[name] for name in ("src", "href", "xlink:href", "srcset", "data") if name in named
        ]
        self.events += [name for name in named if name.startswith("on")]
        if "id" in named:
            self.ids.append(named["id"])
        if tag == "table":
            self._table = named["id"]
            self.tables[self._table] = []
        if tag == "tr":
            self.tables[self._table].append([])
        if tag in ("td", "th"):
            self.tables[self._table][-1].append("")
        if tag not in ("meta", "link", "img", "input", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)
        if self._open and self._open[-1] in ("td", "th"):
            self.tables[self._table][-1][-1] += data.strip()

    @property
    def text(self) -> str:
        said = [text for tag, texts in self.texts.items() if tag not in ("script", "style") for text in texts]
        return " ".join(" ".join(said).split())


def blocks(channels: int, dtype: str = "u1", shape: tuple[int, int] = (24, 32)) -> Array:
    """Two halves with some overlap, of so many channels; of one, without an axis for it."""
    generator = np.random.default_rng(channels)
    values = generator.normal(0, 14, (*shape, channels)) + 70
    values[:, shape[1] // 2 :] += 60
    limits = 255 if np.dtype(dtype).kind == "f" else float(np.iinfo(dtype).max)
    scaled = values.clip(0, 255) / 255 * (1 if np.dtype(dtype).kind == "f" else limits)
    return (scaled[..., 0] if channels == 1 else scaled).astype(dtype)


def masked(pixels: Array) -> pixture.Segmentation:
    mask = np.ones(pixels.shape[:2], np.uint8)
    mask[:5, :7] = 0
    return pixture.segment(pixels, 2, mask=mask, smooth="off")  # neighbours leave no doubt


def applied(pixels: Array) -> pixture.Segmentation:
    return pixture.apply(pixture.fit_images([pixels], 2), pixels)


KINDS: dict[str, Callable[[], pixture.Segmentation]] = {
    "grey": lambda: pixture.segment(blocks(1), 2),
    "two channels": lambda: pixture.segment(blocks(2), 2),
    "colour": lambda: pixture.segment(blocks(3), 3),
    "four channels": lambda: pixture.segment(blocks(4), 2),
    "ten channels": lambda: pixture.segment(blocks(10, "f4"), 2),
    "sixteen bits": lambda: pixture.segment(blocks(3, "u2"), 2),
    "float": lambda: pixture.segment(blocks(1, "f8"), 2),
    "float colour": lambda: pixture.segment(blocks(3, "f4"), 2),
    "signed": lambda: pixture.segment(blocks(1).astype("i2") - 100, 2),
    "masked": lambda: masked(blocks(3)),
    "one component": lambda: pixture.segment(blocks(3), 1),
    "constant": lambda: pixture.segment(np.full((4, 5, 3), 7, np.uint8), 1),
    "one pixel": lambda: pixture.segment(np.full((1, 1), 7, np.uint8), 1),
    "a line": lambda: pixture.segment(blocks(1, shape=(1, 2000)), 2),
    "one iteration": lambda: pixture.segment(blocks(3), 2, max_iter=1, accelerate=False),
    "not accelerated": lambda: pixture.segment(blocks(3), 2, accelerate=False),
    "given": lambda: applied(blocks(3)),
    "selected": lambda: pixture.segment(blocks(3), "auto"),
    "thirty components": lambda: pixture.segment(blocks(3), 30, max_iter=3),
}


RARER = ("four channels", "signed", "float colour", "thirty components")


@cache
def report_of(kind: str) -> tuple[pixture.Segmentation, bytes]:
    result = KINDS[kind]()
    return result, report_html(result)


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.slow if kind in RARER else ()) for kind in KINDS]
)
def test_every_kind_of_image(kind: str) -> None:
    result, page = report_of(kind)
    parsed = Parsed(page)
    assert parsed._open == []  # every element is closed
    assert len(parsed.ids) == len(set(parsed.ids))
    assert all(link.startswith(("data:", "#")) for link in parsed.links)
    assert not parsed.events
    asked = [link[1:] for link in parsed.links if link.startswith("#")]
    asked += re.findall(r"url\(#([^)]*)\)", page.decode())
    assert set(asked) <= set(parsed.ids)
    said = parsed.text
    assert "nan" not in re.findall(r"[a-z]+", said)
    check_components(result, parsed)
    record = json.loads("".join(parsed.texts["pre"]))
    assert record["stop"]["reason"] == result.fit.stop.name.lower()
    assert record["mixture"] == result.mixture.as_dict()
    assert result.fit.stop.value in said
    for name in result.choices.as_dict():
        assert name.replace("_", " ") in parsed.texts["dt"]
    assert (b'class="pixture-player"' in page) == (kind != "given")
    assert ("The mixture was given" in said) == (kind == "given")
    assert ("selection-table" in parsed.tables) == (kind == "selected")
    if result.selection is not None:
        rows = parsed.tables["selection-table"][1:]
        assert [int(row[0]) for row in rows] == [row["components"] for row in result.selection.table()]
        np.testing.assert_allclose(
            [number(row[4]) for row in rows], [row["bic"] for row in result.selection.table()], atol=0.06
        )


def check_components(result: pixture.Segmentation, parsed: Parsed) -> None:
    """Hold every number of the tables against the result."""
    head, *rows = parsed.tables["component-table"]
    K, channels = result.mixture.components, result.image.channels
    assert len(rows) == K
    level = result.image.pixels.dtype in (np.uint8, np.uint16) and channels == 3
    scale = 255 / np.iinfo(result.image.pixels.dtype).max if level else 1.0
    means = result.mixture.means * scale
    spreads = np.sqrt([np.diag(matrix) for matrix in result.mixture.matrices()]) * scale
    uncertain = naive_uncertain_shares(result, 0.9)
    for k, row in enumerate(rows):
        assert row[0] == str(k)
        assert number(row[2]) == pytest.approx(100 * result.shares[k], abs=0.051)
        if result.shares[k] > 0:
            assert number(row[3]) == pytest.approx(100 * uncertain[k], abs=0.06)
        both = row[4 : 4 + channels]
        if channels > 4:
            both = [line[1 + k] for line in parsed.tables["channel-table"][1:]]
        assert len(both) == channels
        for cell, mean, spread in zip(both, means[k], spreads[k], strict=True):
            said_mean, said_spread = map(number, cell.split(" ± "))
            assert said_mean == pytest.approx(
                mean, abs=max(0.051 if level else 0.02 * spread, 1e-3 * abs(mean))
            )
            assert said_spread == pytest.approx(spread, abs=0.051 if level else 0.01 * spread)
        if level:
            np.testing.assert_allclose([*map(number, row[-3:])], lab(means[k] / 255), atol=0.051)
    assert ("L*" in head) == level


def number(said: str) -> float:
    return float(said.replace("−", "-").replace(",", "").removesuffix(" %"))


def naive_uncertain_shares(result: pixture.Segmentation, below: float) -> Array:
    surest = result.probabilities().max(axis=-1)
    labels = [result.labels == k for k in range(result.mixture.components)]
    return np.array([(surest[here] < below).mean() if here.any() else 0.0 for here in labels])


@given(pixels=images(), below=st.sampled_from((0.0, 0.6, 0.9, 1.0)))
def test_uncertain_shares_are_those_of_the_pixels(pixels: Array, below: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pixture.FewerComponentsWarning)
        result = pixture.segment(pixture.image_from_array(pixels, axes="yxc"[: pixels.ndim]), 3, max_iter=3)
    found = result.uncertain_shares(below)
    assert found.shape == (result.mixture.components,)
    np.testing.assert_allclose(found, naive_uncertain_shares(result, below), atol=1e-12)


def test_uncertain_below_what_share() -> None:
    result = masked(blocks(3))
    np.testing.assert_allclose(result.uncertain_shares(), naive_uncertain_shares(result, 0.9))
    for below in (-0.1, 1.5, float("nan")):
        with pytest.raises(ChoiceError, match="below must be 0 to 1; got"):
            result.uncertain_shares(below)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert report_html(KINDS["selected"]()) == report_of("selected")[1]


def test_the_pictures_are_those_of_the_segmentation() -> None:
    result, page = report_of("masked")
    found = [
        np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(link.split(",")[1]))).convert("RGB"))
        for link in Parsed(page).links
        if link.startswith("data:image/webp")
    ]
    image, labels, boundaries, uncertainty = found[:4]  # then the regions' own
    np.testing.assert_array_equal(image, result.image.pixels)
    np.testing.assert_array_equal(labels, result.overlay())
    yellow = (boundaries == (255, 225, 25)).all(axis=-1)
    np.testing.assert_array_equal(boundaries[~yellow], result.image.pixels[~yellow])
    assert (uncertainty[:5, :7] == 136).all()  # masked
    surest = np.unravel_index(np.nanargmin(result.entropy()), result.labels.shape)
    least = np.unravel_index(np.nanargmax(result.entropy()), result.labels.shape)
    assert uncertainty[least].astype(int).sum() > uncertainty[surest].astype(int).sum() + 100


@pytest.mark.usefixtures("quick")
def test_names_are_shown_as_text(tmp_path: Path) -> None:
    for name in ("<img src=x onerror=alert(1)>.png", "a&b'\"{{ 7 * 7 }}.png", "日本.png"):
        path = tmp_path / name
        path.write_bytes(png(blocks(3)))
        page = report_html(pixture.segment(path, 2))
        parsed = Parsed(page)
        assert parsed.texts["h1"] == [name]
        assert all(link.startswith(("data:", "#")) for link in parsed.links)
        assert not parsed.events
        assert json.loads("".join(parsed.texts["pre"]))["input"]["path"] == str(path)


@pytest.mark.usefixtures("quick")
@pytest.mark.skipif(sys.platform != "linux", reason="names of bytes that are no text are Linux's")
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = Path(str(tmp_path), b"caf\xe9.png".decode(errors="surrogateescape"))
    path.write_bytes(png(blocks(3)))
    result = pixture.segment(path, 2)
    assert "caf?.png" in Parsed(report_html(result)).texts["h1"]


def test_few_frames_of_a_long_way() -> None:
    assert film_steps(MOST_FRAMES, MOST_FRAMES, FIRST_FRAMES) == list(range(MOST_FRAMES))
    for count in (MOST_FRAMES + 1, 101, 5000):
        steps = film_steps(count, MOST_FRAMES, FIRST_FRAMES)
        assert len(steps) == len(set(steps)) == MOST_FRAMES
        assert steps == sorted(steps)
        assert (steps[0], steps[-1]) == (0, count - 1)
    # overlapping halves, and no tolerance: EM goes to its limit
    result = pixture.segment(blocks(1), 3, max_iter=20, tol=0, accelerate=False)
    page = report_html(result)
    assert "4 of 21 frames are shown: the start and each of the first 1 iterations" in Parsed(page).text
    film = json.loads(re.findall(rb'<script type="application/json">(.*?)</script>', page)[0])
    assert len(film["frames"]) == 4
    assert film["numbers"] == [0, 1, 11, 20]


def test_what_is_said_of_the_way() -> None:
    result, page = report_of("not accelerated")
    assert f"This is the way of the fit: {result.fit.iterations_in_words}." in Parsed(page).text


@pytest.mark.usefixtures("quick")
def test_it_is_saved_by_the_rules_of_all_results(tmp_path: Path) -> None:
    result = pixture.segment(blocks(1), 2)
    path = result.report(tmp_path / "new" / "a.html")
    assert path.read_bytes() == report_html(result)
    with pytest.raises(WriteError, match="would be overwritten"):
        result.report(path)
    assert result.report(str(path), overwrite=True) == path
    with pytest.raises(ChoiceError, match=r"ends in \.html"):
        result.report(tmp_path / "a.pdf")


def test_numbers_as_they_are_written() -> None:
    assert [percent(share) for share in (0, 1e-6, 0.01234, 1)] == ["0 %", "0.0001 %", "1.2 %", "100 %"]
    assert measured(0.5, 0.0) == "5.000e−01 ± 0.000e+00".replace("−", "-")
    assert measured(-0.001, 12.0) == "0.0 ± 12.0"


# the command


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.png"
    path.write_bytes(png(blocks(3)))
    return path


def test_the_command_as_it_is_typed(small: Path, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "pixture", "report", str(small), "-k", "auto", "-o", str(tmp_path / "out")]
    done = subprocess.run(line, capture_output=True, encoding="utf-8", check=True)
    path = tmp_path / "out" / "small.report.html"
    assert [*path.parent.iterdir()] == [path]
    assert str(path) in done.stderr
    assert Parsed(path.read_bytes()).texts["h1"] == ["small.png"]
    again = subprocess.run(line, capture_output=True, encoding="utf-8", check=False)
    assert again.returncode == 1
    assert "is there already. Give --overwrite" in again.stderr
    assert len(again.stderr.strip().splitlines()) == 1


@pytest.mark.usefixtures("quick")
def test_reports_of_several_images(small: Path, tmp_path: Path) -> None:
    result = run("report", small, tmp_path / "none.png", "-k", 2, "-o", tmp_path, "--json")
    assert result.exit_code == 3
    first, second = map(json.loads, result.stdout.splitlines())
    assert first["outputs"] == [str(tmp_path / "small.report.html")]
    assert second["status"] == "failed"
    assert (
        json.loads(run("report", small, "-o", tmp_path, "--skip-existing", "--json").stdout)["status"]
        == "skipped"
    )
    assert run("report", small, "-o", tmp_path, "--overwrite", "-q").exit_code == 0
    refused = run("report", small, "-k", 0, "-o", tmp_path)
    assert (refused.exit_code, "components must be" in refused.stderr) == (1, True)


@pytest.mark.usefixtures("quick")
def test_a_report_is_one_more_file_of_the_set(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("segment", small, "-k", 2, "-o", out, "--report", "--json")
    assert result.exit_code == 0, result.output
    names = [Path(path).name for path in json.loads(result.stdout)["outputs"]]
    assert names == [f"small{suffix}" for suffix in (*SUFFIXES[:-1], REPORT, SUFFIXES[-1])]
    assert {path.name for path in out.iterdir()} == set(names)
    skipped = run("segment", small, "-o", out, "--report", "--skip-existing", "--json")
    assert json.loads(skipped.stdout)["status"] == "skipped"
    (out / "small.report.html").unlink()
    for options, said in (
        (["--report", "--skip-existing"], "small.report.html, the report that is asked for, is not"),
        (["--report"], "is there already"),
    ):
        lacking = run("segment", small, "-o", out, *options)
        assert (lacking.exit_code, said in lacking.stderr) == (1, True), lacking.output
    assert run("segment", small, "-o", out, "--skip-existing").exit_code == 0
    assert run("segment", small, "-o", out, "--report", "--overwrite").exit_code == 0
    assert (out / "small.report.html").is_file()


@pytest.mark.usefixtures("quick")
def test_a_report_of_another_run_is_told_of(small: Path, tmp_path: Path) -> None:
    assert run("report", small, "-k", 3, "-o", tmp_path).exit_code == 0
    result = run("segment", small, "-k", 2, "-o", tmp_path)
    assert result.exit_code == 0
    assert "small.report.html is there from another run" in result.stderr
    result = run("report", small, "-o", tmp_path, "-k", 3, "--overwrite")
    assert "small.json is there from another run" in result.stderr


def test_a_report_of_a_model_that_is_applied(small: Path, tmp_path: Path) -> None:
    assert run("fit", small, "-k", 2, "-o", tmp_path / "m.pixture", "-q").exit_code == 0
    result = run("apply", tmp_path / "m.pixture", small, "-o", tmp_path / "out", "--report")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "out" / "small.report.html").read_bytes()
    assert b"there is no way to it" in page


def test_results_never_replace_what_is_read(small: Path, tmp_path: Path) -> None:
    mask = tmp_path / "small.report.html"
    mask.write_bytes(png(np.full((24, 32), 255, np.uint8)))
    result = run("report", small, "--mask", mask, "-o", tmp_path, "--overwrite")
    assert (result.exit_code, "but is read here too" in result.stderr) == (1, True)


# in a browser


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pixels = blocks(3, shape=(96, 128))
    result = pixture.segment(pixels, 3, accelerate=False, init="random", max_iter=6, smooth="off")
    return result.report(tmp_path_factory.mktemp("page") / "a.report.html")


def cut(page: Any) -> float:
    """The share of the picture that is the image, from the left, in percent."""
    style = page.evaluate("getComputedStyle(document.querySelector('[data-name=labels]')).clipPath")
    return float(re.findall(r"([\d.]+)%", style)[0])


def box_of(part: Locator) -> FloatRect:
    box = part.bounding_box()
    assert box is not None
    return box


def test_the_wipe_follows_mouse_and_keyboard(saved: Path, page_of: PageOf) -> None:
    page = page_of(saved)
    assert cut(page) == 50
    box = box_of(page.locator("#wipe"))
    page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
    assert cut(page) == pytest.approx(80, abs=3)
    before = cut(page)
    page.keyboard.press("ArrowLeft")
    assert cut(page) == pytest.approx(before - 2)
    page.keyboard.press("Home")
    assert cut(page) == 0
    stack = box_of(page.locator(".stack"))
    x, y, width = stack["x"], stack["y"] + stack["height"] / 2, stack["width"]
    page.mouse.move(x + 0.1 * width, y)
    page.mouse.down()
    page.mouse.move(x + 0.6 * width, y, steps=4)
    page.mouse.up()
    assert cut(page) == pytest.approx(60, abs=1)
    page.mouse.move(x + 0.2 * width, y)
    assert cut(page) == pytest.approx(60, abs=1)


def test_the_wipe_follows_a_finger(saved: Path, page_of: PageOf) -> None:
    page = page_of(saved, has_touch=True, viewport={"width": 400, "height": 800})
    stack = box_of(page.locator(".stack"))
    page.touchscreen.tap(stack["x"] + 0.25 * stack["width"], stack["y"] + stack["height"] / 2)
    assert cut(page) == pytest.approx(25, abs=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def seen(page: Any) -> list[str]:
    script = """[...document.querySelectorAll('[data-name]')].filter(
        (figure) => getComputedStyle(figure).visibility === 'visible').map((figure) => figure.dataset.name)"""
    found: list[str] = page.evaluate(script)
    return found


def test_another_picture_by_mouse_and_keyboard(saved: Path, page_of: PageOf) -> None:
    page = page_of(saved)
    assert seen(page) == ["labels"]
    page.get_by_label("boundaries", exact=True).check()
    assert seen(page) == ["boundaries"]
    page.keyboard.press("ArrowRight")
    assert seen(page) == ["uncertainty"]
    assert page.locator("#shown-name").text_content() == "uncertainty"
    loaded = "[...document.images].every((image) => image.complete && image.naturalWidth > 0)"
    assert page.evaluate(loaded)


def test_the_player_steps(saved: Path, page_of: PageOf) -> None:
    page = page_of(saved)
    player = page.locator(".pixture-player")
    assert player.get_attribute("data-iteration") == "0"
    page.get_by_label("step forward").click()
    assert player.get_attribute("data-iteration") == "1"
    assert player.locator("output").inner_text().startswith("EM iteration 1 of")
    page.get_by_label("last frame").click()
    assert player.get_attribute("data-iteration") == "6"
    assert player.locator("output").inner_text().startswith("EM iteration 6 of 6")
    player.locator("input").focus()
    page.keyboard.press("ArrowLeft")
    assert player.get_attribute("data-iteration") == "5"


def test_light_and_dark(saved: Path, page_of: PageOf) -> None:
    light, dark = (page_of(saved, color_scheme=scheme) for scheme in ("light", "dark"))
    paper = "getComputedStyle(document.body).backgroundColor"
    assert light.evaluate(paper) == "rgb(255, 255, 255)"
    assert dark.evaluate(paper) == "rgb(22, 24, 27)"
    ink = "getComputedStyle(document.querySelector('.plots svg text')).fill"
    assert light.evaluate(ink) != dark.evaluate(ink)


def test_print_shows_all_side_by_side(saved: Path, page_of: PageOf) -> None:
    page = page_of(saved, viewport={"width": 750, "height": 1000})
    page.emulate_media(media="print")
    for hidden in (".controls", ".edge", ".pixture-buttons", "details"):
        assert not page.locator(hidden).first.is_visible()
    boxes = [box_of(figure) for figure in page.locator(".stack figure").all()]
    assert len(boxes) == 4
    assert len({(round(box["x"]), round(box["y"])) for box in boxes}) == 4
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert sorted(seen(page)) == ["boundaries", "labels", "uncertainty"]
    clips = (
        "[...document.querySelectorAll('.stack figure')].map((figure) => getComputedStyle(figure).clipPath)"
    )
    assert set(page.evaluate(clips)) == {"none"}


@pytest.mark.parametrize("kind", ["ten channels", "given", "selected", "constant", "a line"])
def test_no_page_is_wider_than_a_telephone(kind: str, tmp_path: Path, page_of: PageOf) -> None:
    (tmp_path / "a.html").write_bytes(report_of(kind)[1])
    page = page_of(tmp_path / "a.html", viewport={"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.slow
def test_a_report_of_a_large_photograph_is_small(data: Path, tmp_path: Path) -> None:
    for path in sorted((data / "large_photos").iterdir()):
        page = report_html(pixture.segment(path, 5))
        assert len(page) < LARGEST + 100_000


def test_classes_are_called_by_their_names(tmp_path: Path) -> None:
    found = pixture.segment(np.repeat([[3, 9]], 4, axis=0).astype(np.uint8), 2).named("<dark>", "light")
    page = found.report(tmp_path / "named.html").read_text(encoding="utf-8")
    assert page.count("&lt;dark&gt;") >= 2
    assert "<dark>" not in page
