"""Regions in a page, as a user moves the slider: what is drawn and what is said are those of the cuts."""

from __future__ import annotations

import base64
import io
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image
import pytest

import pixture
from pixture.arrays import Array, Mask
from pixture.imaging.display.display import LINE
from pixture.imaging.image_from_array import image_from_array
from pixture.segmentation.regions.contour_map import outlines
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.regions.regions_of_tree import regions_of
from pixture.view.regions_slider import LONGEST, MOST_PIXELS, STEPS, region_counts, regions_html, start_step
from pixture.wording import plural
from tests.browser import PageOf
from tests.test_find_regions import scene

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, ViewportSize

VIEW: ViewportSize = {"width": 1000, "height": 700}


@cache
def found() -> Regions:
    return pixture.regions(scene())


def halves(rows: int, columns: int) -> Regions:
    """Return an image's two halves, divided across its longer side, at the height 2."""
    superpixels = np.ones((rows, columns), np.int32)
    if rows < columns:
        superpixels[:, columns // 2 :] = 2
    else:
        superpixels[rows // 2 :] = 2
    first, second = (int(np.count_nonzero(superpixels == k)) for k in (1, 2))
    pixels = np.array([first, second, first + second])
    tree = MergeTree(np.array([2, 2, 2]), np.array([0, 0, 2.0]), pixels)
    return regions_of(image_from_array((superpixels * 90).astype(np.uint8)), superpixels, tree)


def written(path: Path, *parts: str) -> Path:
    path.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><body>{"".join(parts)}</body></html>'
    )
    return path


def slider_of(page: Page | Locator) -> Locator:
    slider = page.get_by_label("detail of the regions")
    slider.first.wait_for(state="visible")
    return slider


def move(slider: Locator, step: int) -> None:
    slider.evaluate("(it, at) => { it.value = at; it.dispatchEvent(new Event('input')); }", step)


def drawn(root: Page | Locator) -> Mask:
    """Return where the canvas has ink, which is all of one colour."""
    # one string: a list would be sent number by number, which takes a minute for a canvas of a third of a MP
    script = """(canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let bytes = '';
        for (let at = 0; at < data.length; at += 8192)
            bytes += String.fromCharCode(...data.subarray(at, at + 8192));
        return btoa(bytes);
    }"""
    canvas = root.locator("canvas").first
    width, height = (int(canvas.get_attribute(of) or 0) for of in ("width", "height"))
    sent = base64.b64decode(canvas.evaluate(script))
    pixels = np.frombuffer(sent, np.uint8).reshape(height, width, 4)
    inked: Mask = pixels[..., 3] > 0
    assert (pixels[inked] == [*LINE, 255]).all()
    return inked


def pictures_in(page: str) -> list[Array]:
    """Return the pictures of a page: under outlines, plain, and the first steps of the boundaries."""
    data = re.findall(r'src="data:image/\w+;base64,([^"]+)"', page)
    opened = (PIL.Image.open(io.BytesIO(base64.b64decode(each))) for each in data)
    return [np.asarray(picture if picture.mode == "L" else picture.convert("RGB")) for picture in opened]


@pytest.mark.parametrize("step", [0, 1, 40, 125, 126, 180, STEPS - 1, STEPS])
def test_what_is_drawn_and_said_is_the_cut_s(step: int, tmp_path: Path, page_of: PageOf) -> None:
    page = page_of(written(tmp_path / "a.html", regions_html(found())), viewport=VIEW)
    move(slider_of(page), step)
    cut = found().cut(detail=step / STEPS)
    np.testing.assert_array_equal(drawn(page), outlines(cut.labels))
    said = f"{step / STEPS:.3f}: {cut.count:,} region{'s' if cut.count > 1 else ''}"
    assert page.locator("output").inner_text() == said
    assert slider_of(page).get_attribute("aria-valuetext") == said
    asked = found().cut(detail=float(said.split(":")[0]))  # what is said can be asked for
    np.testing.assert_array_equal(asked.labels, cut.labels)


def test_mouse_and_keyboard(tmp_path: Path, page_of: PageOf) -> None:
    page = page_of(written(tmp_path / "a.html", regions_html(found())), viewport=VIEW)
    slider = slider_of(page)
    assert slider.input_value() == str(STEPS // 2)
    assert page.locator("output").inner_text() == f"0.500: {plural(found().count, 'region')}"
    box = slider.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, y, steps=5)
    page.mouse.up()
    step = int(slider.input_value())
    assert abs(step - 0.8 * STEPS) < 8
    np.testing.assert_array_equal(drawn(page), outlines(found().cut(detail=step / STEPS).labels))
    page.keyboard.press("ArrowLeft")
    assert slider.input_value() == str(step - 1)
    page.keyboard.press("Home")
    assert page.locator("output").inner_text() == "0.000: 1 region"
    assert not drawn(page).any()
    page.keyboard.press("End")
    np.testing.assert_array_equal(drawn(page), outlines(found().superpixels))


def test_the_same_regions_twice_in_one_page(tmp_path: Path, page_of: PageOf) -> None:
    shown = regions_html(found())
    page = page_of(written(tmp_path / "a.html", shown, shown), viewport=VIEW)
    sliders = slider_of(page)
    assert sliders.count() == 2
    move(sliders.nth(1), 0)
    assert page.locator("output").all_inner_texts()[1] == "0.000: 1 region"
    first, second = page.locator(".pixture-regions").all()
    assert drawn(first).any()
    assert not drawn(second).any()


def test_regions_changed_by_hand_are_shown_until_the_slider_is_moved(tmp_path: Path, page_of: PageOf) -> None:
    changed = found().merge(1, 2)
    shown = regions_html(changed)
    outlined, plain, _ = pictures_in(shown)
    at = outlines(changed.labels)
    assert (outlined[at] == LINE).all()
    np.testing.assert_array_equal(outlined[~at], plain[~at])
    page = page_of(written(tmp_path / "a.html", shown), viewport=VIEW)
    slider = slider_of(page)
    assert page.locator("output").inner_text() == plural(changed.count, "region")
    assert page.locator(".pixture-outlined").is_visible()
    assert not page.locator("canvas").is_visible()
    move(slider, STEPS // 2)
    assert not page.locator(".pixture-outlined").is_visible()
    np.testing.assert_array_equal(drawn(page), outlines(found().labels))


def test_without_scripts_the_outlines_are_seen_and_no_slider(tmp_path: Path, browser: Browser) -> None:
    path = written(tmp_path / "a.html", regions_html(found()))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.resolve().as_uri())
    assert page.get_by_alt_text(
        f"the image under the outlines of {plural(found().count, 'region')}"
    ).is_visible()
    assert page.locator("img:visible").count() == 1
    assert not page.locator("input").is_visible()
    context.close()


def test_lines_are_seen_where_the_picture_is_shown_small(tmp_path: Path, page_of: PageOf) -> None:
    found = halves(600, 660)
    path = written(tmp_path / "a.html", regions_html(found))
    page = page_of(path, viewport={"width": 360, "height": 700})
    slider_of(page)
    assert drawn(page)[0].sum() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size(VIEW)
    page.wait_for_timeout(100)
    assert drawn(page)[0].sum() == 1


def test_the_slider_starts_at_the_cut_that_is_shown() -> None:
    counts = region_counts(found())
    assert start_step(found(), counts) == (STEPS // 2, True)
    for step in range(0, STEPS + 1, 10):
        cut = found().cut(detail=step / STEPS)
        start, exact = start_step(cut, counts)
        assert exact
        np.testing.assert_array_equal(found().cut(detail=start / STEPS).members, cut.members)
    for merged in (found().merge(1, 3), found().cut(regions=2).split(1)):
        start, exact = start_step(merged, counts)
        assert 0 <= start <= STEPS
        assert exact == np.array_equal(found().cut(detail=start / STEPS).members, merged.members)


@pytest.mark.parametrize(
    "shape", [(1, 900_000), (900_000, 1), (10, 150_000), (2001, 1999), (1, 1_000), (3, 3)], ids=str
)
def test_pictures_of_any_shape_are_small(shape: tuple[int, int]) -> None:
    pictures = pictures_in(regions_html(halves(*shape)))
    assert len({picture.shape[:2] for picture in pictures}) == 1
    assert pictures[0][..., 0].size <= MOST_PIXELS
    assert max(pictures[0].shape) <= LONGEST
    assert pictures[2].any()  # the line is there, however few pixels are left


def test_a_page_asks_for_nothing_and_is_small(china: Array) -> None:
    page = regions_html(pixture.regions(china[: 3 * len(china) // 4, : china.shape[1] // 2]))
    assert not re.search(r"https?:|//cdn", page)
    assert len(page) < 300_000


def test_a_report_shows_them(tmp_path: Path, page_of: PageOf) -> None:
    report = pixture.segment(scene(), 2).report(tmp_path / "a.html")
    for scheme in ("light", "dark"):
        page = page_of(report, viewport={"width": 360, "height": 700}, color_scheme=scheme)
        move(slider_of(page), 200)
        np.testing.assert_array_equal(drawn(page), outlines(found().cut(detail=0.8).labels))
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
