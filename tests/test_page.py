"""The page of an animation in a real browser: it plays, pauses, steps, and asks the network for nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pixture

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser import PageOf


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    values, _ = pixture.synthetic(150, 3, seed=4)
    animation = pixture.record(values, 3, init="random", seed=4).animate()
    return animation.save(tmp_path_factory.mktemp("film") / "em.html", fps=20)


def iteration(page: Page) -> int:
    """Return the iteration that the page says it shows, in its caption and for programs alike."""
    said = page.locator(".pixture-player output").inner_text()
    number = int(said.removeprefix("EM iteration ").split(" of ")[0])
    assert page.locator(".pixture-player").get_attribute("data-iteration") == str(number)
    assert page.locator(".pixture-player input").input_value() == str(number)
    return number


def clicks(page: Page) -> Callable[[str], None]:
    return lambda name: page.get_by_role("button", name=name, exact=True).click()


def test_play_pause_step_and_slider(page_of: PageOf, film: Path) -> None:
    page = page_of(film)
    click = clicks(page)
    last = int(page.locator("input").get_attribute("max") or "")
    assert iteration(page) == 0
    first = page.locator("img").screenshot()
    click("step forward")
    click("step forward")
    assert iteration(page) == 2
    assert page.locator("img").screenshot() != first
    click("step back")
    assert iteration(page) == 1
    click("last frame")
    click("step forward")
    assert iteration(page) == last
    click("first frame")
    click("step back")
    assert iteration(page) == 0
    assert page.locator("img").screenshot() == first

    click("play")
    page.wait_for_function("document.querySelector('.pixture-player').dataset.iteration >= 2")
    click("pause")
    stopped = iteration(page)
    page.wait_for_timeout(200)
    assert iteration(page) == stopped

    slider = page.locator("input")
    slider.fill(str(last - 1))
    assert iteration(page) == last - 1
    slider.press("ArrowLeft")
    assert iteration(page) == last - 2


def test_played_to_the_end_it_begins_again(page_of: PageOf, film: Path) -> None:
    page = page_of(film)
    clicks(page)("last frame")
    clicks(page)("play")
    page.wait_for_function("document.querySelector('.pixture-player').dataset.iteration == 1")


def test_keys(page_of: PageOf, film: Path) -> None:
    page = page_of(film)
    press = page.keyboard.press
    last = int(page.locator("input").get_attribute("max") or "")
    press("ArrowRight")
    press("ArrowRight")
    press("ArrowLeft")
    assert iteration(page) == 1
    press("End")
    assert iteration(page) == last
    press("Home")
    assert iteration(page) == 0
    press(" ")
    page.wait_for_function("document.querySelector('.pixture-player').dataset.iteration >= 1")
    press(" ")
    stopped = iteration(page)
    page.wait_for_timeout(200)
    assert iteration(page) == stopped


def test_every_frame_is_a_picture_of_its_size(page_of: PageOf, film: Path) -> None:
    page = page_of(film)
    for _ in range(int(page.locator("input").get_attribute("max") or "") + 1):
        size = page.evaluate(
            "async () => { const i = document.querySelector('img'); await i.decode(); "
            "return [i.naturalWidth, i.naturalHeight] }"
        )
        assert size == [1080, 630]
        page.keyboard.press("ArrowRight")


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_cut_off(page_of: PageOf, film: Path, width: int) -> None:
    page = page_of(film, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_a_film_of_one_frame(page_of: PageOf, tmp_path: Path) -> None:
    alone = pixture.record([[0.0, 1.0], [1.0, 0.0]], 1, on_step=lambda _: True)
    page = page_of(alone.animate().save(tmp_path / "one.html"))
    for name in ("step forward", "last frame", "play", "pause", "step back"):
        clicks(page)(name)
        assert iteration(page) == 0


def test_two_films_in_a_page_do_not_mix(page_of: PageOf, film: Path, tmp_path: Path) -> None:
    values, _ = pixture.synthetic(150, 3, seed=4)
    part = pixture.record(values, 3, init="random", seed=4).animate()._repr_html_()
    path = tmp_path / "two.html"
    path.write_text(f"<!doctype html><meta charset=utf-8><link rel=icon href='data:,'>{part}{part}", "utf-8")
    page = page_of(path)
    players = page.locator(".pixture-player")
    players.nth(1).get_by_role("button", name="step forward", exact=True).click()
    assert players.nth(0).get_attribute("data-iteration") == "0"
    assert players.nth(1).get_attribute("data-iteration") == "1"
