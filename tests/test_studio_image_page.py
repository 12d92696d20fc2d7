"""The studio's image as a browser draws it: what is on the screen is the image and its labels."""

from __future__ import annotations

import base64
import io
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pillow

from pixture.arrays import Array
from pixture.imaging.display.label_colours import label_colours
from tests.browser import chromium_or_skip
from tests.studio_server import Studio, running_studio

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DRAWINGS = {"webgl2": "WebGL2", "2d": "2-D canvas"}
LINE = (255, 225, 25)

SECONDS = 20
"""How long a change may take until it is seen."""

Opened = Callable[..., "Page"]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_studio(tmp_path_factory.mktemp("studio")) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser that computes WebGL2."""
    with chromium_or_skip("--use-angle=swiftshader", "--enable-unsafe-swiftshader") as started:
        yield started


@pytest.fixture(scope="module")
def context(chromium: Browser, studio: Studio) -> Iterator[Any]:
    known = chromium.new_context(viewport={"width": 1200, "height": 800})
    known.new_page().goto(studio.link)  # its cookie lets the pages in
    yield known
    known.close()


@pytest.fixture
def opened(context: Any, studio: Studio) -> Iterator[Opened]:
    """Open a file in a page of its own; the test fails if the browser complains of it."""
    pages: list[Page] = []
    complaints: list[str] = []

    def hear(message: Any) -> None:
        if message.type in ("warning", "error"):
            complaints.append(message.text)

    def open_file(path: Path, drawing: str = "2d") -> Page:
        page: Page = context.new_page()
        pages.append(page)
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"http://{studio.host}/?drawing={drawing}")
        page.set_input_files(".px-header input[type=file]", path)
        page.wait_for_selector(".px-header[data-run=done]", timeout=60_000)
        drawn(page)
        return page

    yield open_file
    for page in pages:
        page.close()
    assert complaints == []


@pytest.fixture(scope="module")
def pixels() -> Array:
    """A picture larger than a tile, of three kinds of pixels that are told apart."""
    random = np.random.default_rng(0)
    found = random.normal([[[60, 80, 70]]], 24, (700, 900, 3))
    found[200:520, 100:500] += [110, 60, 20]
    found[300:600, 480:800] += [20, 40, 120]
    return found.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def picture(pixels: Array, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "things.png"
    Pillow.fromarray(pixels).save(path)
    return path


def drawn(page: Page) -> None:
    """Wait until what was done is drawn, of tiles as fine as the screen is."""
    page.wait_for_timeout(200)  # it is drawn in the next frame, and some of it moves there
    page.wait_for_selector(".px-stage[data-drawn]")


def layer(page: Page, name: str) -> None:
    page.locator(".px-layer", has_text=name).click()
    drawn(page)


def press(page: Page, key: str, times: int = 1) -> None:
    page.locator(".px-stage").first.focus()
    for _ in range(times):
        page.keyboard.press(key)
    drawn(page)


def seen(page: Page, which: int = 0) -> Array:
    """Return what the picture looks like, (rows, columns, 3)."""
    stage = page.locator(".px-stage").nth(which)
    return np.asarray(Pillow.open(io.BytesIO(stage.screenshot())).convert("RGB")).astype(int)


def seen_once(page: Page, holds: Callable[[Array], Any]) -> Array:
    """Wait until something holds of what the picture looks like; return it."""
    deadline = time.monotonic() + SECONDS
    while not holds(there := seen(page)):
        assert time.monotonic() < deadline, "the picture does not become what it should"
        page.wait_for_timeout(60)
    return there


def opaque(page: Page) -> None:
    slider = page.get_by_label("Opacity of the layer")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_timeout(200)


def pointed(page: Page, x: float, y: float) -> tuple[tuple[int, int], list[int], int]:
    """Point at a place of the picture; return the pixel there, its values, and its label."""
    box = page.locator(".px-stage").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x - 1, box["y"] + y)
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.wait_for_timeout(250)
    place = re.match(r"x (\d+), y (\d+)", page.locator(".px-where").inner_text())
    assert place is not None
    values = [int(one.split()[1]) for one in page.locator(".px-values span").all_inner_texts()]
    label = re.search(r"\d+", page.locator(".px-label-here").inner_text())
    assert label is not None
    return (int(place[2]), int(place[1])), values, int(label[0])


PLACES = [(150, 120), (300, 333), (420, 250), (555, 410), (640, 90)]


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_pixels_on_the_screen_are_those_of_the_image_and_of_its_labels(
    drawing: str, opened: Opened, picture: Path, pixels: Array
) -> None:
    page = opened(picture, drawing)
    assert page.locator(".px-stage").get_attribute("data-drawing") == DRAWINGS[drawing]
    press(page, "0")
    press(page, "+", 12)
    press(page, "ArrowRight", 9)  # across the edge of a tile
    layer(page, "Image")
    alone = seen(page)
    layer(page, "Labels")
    opaque(page)
    labelled = seen(page)
    colours = label_colours(8).astype(int)
    for x, y in PLACES:
        place, values, label = pointed(page, x, y)
        assert values == pixels[place].tolist()
        assert np.abs(alone[y, x] - values).max() <= 1
        assert np.abs(labelled[y, x] - colours[label]).max() <= 1
    layer(page, "Boundaries")
    press(page, "f")
    lines = np.abs(seen(page) - LINE).max(axis=2) <= 40
    assert lines.any()


def test_both_drawings_show_the_same(opened: Opened, picture: Path) -> None:
    pictures = []
    for drawing in DRAWINGS:
        page = opened(picture, drawing)
        press(page, "0")
        for name in ("Image", "Labels", "Painted", "Uncertainty", "Probability"):
            layer(page, name)
            pictures.append((name, seen(page)[60:-60, 60:-60]))
        page.close()
    half = len(pictures) // 2
    for (name, one), (_, other) in zip(pictures[:half], pictures[half:], strict=True):
        assert np.abs(one - other).mean() < 1.5, name


def test_the_divider_shows_the_image_alone_on_its_left(opened: Opened, picture: Path) -> None:
    page = opened(picture)
    opaque(page)
    whole = seen(page)
    page.get_by_role("button", name="Swipe").click()
    divider = page.get_by_role("slider", name="Divider between image and layer")
    divider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert divider.get_attribute("aria-valuenow") == "60"
    drawn(page)
    divided = seen(page)
    layer(page, "Image")
    alone = seen(page)
    at = round(0.6 * whole.shape[1])
    rows = slice(60, -10)
    for half, wanted in ((slice(0, at - 20), alone), (slice(at + 20, None), whole)):
        other = divided[rows, half] != wanted[rows, half]
        assert other.any(axis=2).mean() < 0.005  # but for a column where two tiles meet


def test_a_click_selects_a_label_and_the_others_step_back(opened: Opened, picture: Path) -> None:
    page = opened(picture)
    opaque(page)
    before = seen(page)
    stage = page.locator(".px-stage")
    stage.click(position={"x": 420, "y": 300})
    drawn(page)
    selected = seen_once(page, lambda there: (there != before).any())
    same = (before == selected).all(axis=2)[60:-10]
    assert 0.05 < same.mean() < 0.8
    assert selected[60:-10][~same].sum() < before[60:-10][~same].sum()  # darker
    press(page, "Escape")
    seen_once(page, lambda there: (there == before).all())
    stage.dblclick(position={"x": 420, "y": 300})  # the second click does not undo the first
    page.wait_for_timeout(400)
    seen_once(page, lambda there: (there == selected).all())


def test_frames_are_drawn_and_said_to_be(context: Any, opened: Opened, picture: Path) -> None:
    page = opened(picture)
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.reload()
    page.wait_for_selector(".px-header:not([data-run=running])", timeout=60_000)
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_selector(".px-header[data-run=running]")
    page.wait_for_selector(".px-header[data-run=done]", timeout=60_000)
    page.wait_for_timeout(300)
    assert any('"drawn":true' in str(one) for one in sent)


def test_a_step_that_is_looked_back_at_is_drawn(opened: Opened, picture: Path) -> None:
    page = opened(picture)
    opaque(page)
    last = seen(page)

    def apart(there: Array) -> float:
        return float((there != last)[60:-60, 20:-20].any(axis=2).mean())

    scrubber = page.locator(".px-convergence input[type=range]")
    scrubber.focus()
    page.keyboard.press("Home")
    seen_once(page, lambda there: apart(there) > 0.001)
    page.keyboard.press("End")
    seen_once(page, lambda there: apart(there) < 0.02)  # but for light smoothing


def test_where_the_graphics_processor_goes_away_another_canvas_draws(opened: Opened, picture: Path) -> None:
    page = opened(picture, "webgl2")
    before = seen(page)
    page.evaluate(
        "() => document.querySelector('.px-drawing').getContext('webgl2')"
        ".getExtension('WEBGL_lose_context').loseContext()"
    )
    page.wait_for_selector('.px-stage[data-drawing="2-D canvas"]')
    seen_once(page, lambda there: np.abs(before - there).mean() < 3)


def test_a_file_that_is_dropped_is_opened(opened: Opened, picture: Path, tmp_path: Path) -> None:
    page = opened(picture)
    other = tmp_path / "other.png"
    Pillow.fromarray(np.full((40, 50), 9, np.uint8)).save(other)
    drop = """([content, type]) => {
        const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], "other.png", {type: "image/png"}));
        const event = new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer});
        document.querySelector(".px-beside").dispatchEvent(event); // anywhere on the page
    }"""
    content = base64.b64encode(other.read_bytes()).decode()
    shade = page.get_by_text("Let go to open it")
    assert not shade.is_visible()
    page.evaluate(drop, [content, "dragenter"])
    assert shade.is_visible()
    page.evaluate(drop, [content, "drop"])
    assert not shade.is_visible()
    page.wait_for_selector(".px-name:text('other.png')", timeout=30_000)


def test_three_planes_are_linked_by_the_crosshair(opened: Opened, tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    z, y, x = np.mgrid[:20, :50, :40]
    volume = (40 + 150 * ((z > 11) & (y > 29) & (x > 9))).astype(np.float32)
    volume += np.random.default_rng(0).normal(0, 4, volume.shape).astype(np.float32)
    path = tmp_path / "volume.nii.gz"
    nibabel.Nifti1Image(volume.T, np.diag([2.0, 2.0, 5.0, 1.0])).to_filename(path)
    page = opened(path)
    assert page.locator(".px-scale").inner_text() == "20 mm"
    assert page.locator(".px-plane-number").last.inner_text() == "11 / 20"
    page.get_by_role("button", name="3 planes").click()
    page.wait_for_timeout(500)
    assert page.locator(".px-stage").count() == 3
    stage = page.locator(".px-stage").first.bounding_box()
    assert stage is not None
    page.mouse.click(stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] * 0.3)  # y is upwards
    page.wait_for_timeout(400)
    place = re.match(r"x (\d+), y (\d+), z 10", page.locator(".px-where").inner_text())
    assert place is not None
    assert int(place[1]) in (19, 20)
    assert abs(int(place[2]) - 35) <= 1
    page.locator(".px-stage").nth(1).focus()
    for _ in range(4):
        page.keyboard.press("ArrowUp")  # and so is z
    page.wait_for_timeout(500)
    assert page.locator(".px-plane-number").last.inner_text() == "15 / 20"
    value = float(page.locator(".px-values span").first.inner_text().split()[-1])
    assert value == pytest.approx(volume[14, int(place[2]), int(place[1])], abs=0.06)
    page.get_by_role("button", name="3 planes").click()
    assert page.locator(".px-stage").count() == 1
