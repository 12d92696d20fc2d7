"""The playground as a lecturer uses it, in a browser: by pointer, by keys, and read out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.studio_server import running_studio

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_studio(tmp_path_factory.mktemp("studio")) as studio:
        yield studio.link


@pytest.fixture(scope="module")
def room(browser: Browser, link: str) -> Iterator[Page]:
    """The page with the playground seen; it fails where the browser complained."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(link)
    page.get_by_role("tab", name="Teach").click()
    yield page
    page.close()
    assert complaints == []


@pytest.fixture
def teach(room: Page) -> Page:
    """The playground as it is at first."""
    room.get_by_label("Points", exact=True).select_option("outlier")
    room.get_by_label("Points", exact=True).select_option("three")  # the one after the other
    expect(room.locator(".px-teach-plot").first.locator(".px-teach-point")).to_have_count(180)
    return room


def press(page: Page, name: str) -> None:
    page.locator(".px-teach").get_by_role("button", name=name, exact=True).click()


def caption(page: Page) -> str:
    return page.locator(".px-teach-figure figcaption").first.inner_text()


def settled(page: Page) -> None:
    page.get_by_role("heading", name="EM has settled").wait_for(timeout=60_000)


def places(page: Page, kind: str = ".px-teach-component") -> list[str]:
    found: list[str] = page.locator(kind).evaluate_all(
        "(all) => all.map((one) => one.getAttribute('transform'))"
    )
    return found


def test_steps_are_taken_one_by_one_and_explained(teach: Page) -> None:
    colours = "(all) => new Set(all.map((one) => getComputedStyle(one).fill)).size"
    points = teach.locator(".px-teach-plot").first.locator(".px-teach-point")
    assert points.evaluate_all(colours) == 1
    assert teach.get_by_role("heading", name="Where EM begins").count() == 1
    before = places(teach)
    press(teach, "E step")
    teach.get_by_role("heading", name="E step: who made each point?").wait_for()
    assert places(teach) == before
    assert points.evaluate_all(colours) > 10
    first = float(re.findall(r"−([\d.]+)", caption(teach))[0])
    assert teach.locator(".px-teach math").count() == 1
    press(teach, "M step")
    teach.get_by_role("heading", name="M step: what are the components like?").wait_for()
    assert places(teach) != before
    press(teach, "Run")
    settled(teach)
    assert float(re.findall(r"−([\d.]+)", caption(teach))[0]) < first
    press(teach, "Start again")
    assert places(teach) == before


def test_k_means_goes_beside_it(teach: Page) -> None:
    teach.get_by_label("k-means beside EM").check()
    press(teach, "Run")
    settled(teach)
    assert re.search(
        r"settled after \d+ rounds", teach.locator(".px-teach-plots figcaption").nth(1).inner_text()
    )
    hard = teach.locator(".px-teach-plot").nth(1).locator(".px-teach-point")
    assert hard.evaluate_all("(all) => new Set(all.map((one) => getComputedStyle(one).fill)).size") == 3
    assert teach.locator(".px-teach-cross").count() == 3
    teach.get_by_label("k-means beside EM").uncheck()


def test_a_singular_component_is_explained(teach: Page) -> None:
    teach.get_by_label("Points", exact=True).select_option("outlier")
    teach.get_by_label("Variance floor").select_option("0")
    press(teach, "Run")
    teach.get_by_role("heading", name="Component 3 has collapsed").wait_for(timeout=60_000)
    said = teach.locator(".px-teach-warning").inner_text()
    assert "The floor is 0" in said
    assert (
        "Fitting the mixture model failed because some components have ill-defined empirical covariance"
        in said
    )
    teach.get_by_label("Variance floor").select_option("")
    assert teach.locator(".px-teach-warning").count() == 0


def test_points_and_ellipses_are_moved_by_a_pointer(teach: Page) -> None:
    plot = teach.locator(".px-teach-plot").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    points = plot.locator(".px-teach-point")
    plot.click(position={"x": 12, "y": 12})
    assert points.count() == 181
    assert "A point was added." in teach.locator(".px-teach-says").inner_text()
    plot.click(position={"x": 12, "y": 12}, modifiers=["Shift"])
    assert points.count() == 180
    before = places(teach)
    middle = plot.locator('.px-teach-handle[data-handle="middle"]').first
    middle.hover(force=True)
    teach.mouse.down()
    teach.mouse.move(box["x"] + 30, box["y"] + 40, steps=3)
    teach.mouse.up()
    after = places(teach)
    assert after[0] != before[0]
    assert after[1:] == before[1:]
    long = plot.locator('.px-teach-handle[data-handle="long"]').first
    radius = float(plot.locator(".px-teach-once").first.get_attribute("rx") or 0)
    long.hover(force=True)
    teach.mouse.down()
    teach.mouse.move(box["x"] + 160, box["y"] + 40, steps=3)
    teach.mouse.up()
    assert float(plot.locator(".px-teach-once").first.get_attribute("rx") or 0) > radius + 10


def test_the_keyboard_does_all_of_it(teach: Page) -> None:
    plot = teach.locator(".px-teach-plot").first
    points = plot.locator(".px-teach-point")
    plot.focus()
    for _ in range(3):
        teach.keyboard.press("Shift+ArrowLeft")
    teach.keyboard.press("Enter")
    assert points.count() == 181
    teach.keyboard.press("Space")
    teach.keyboard.press("ArrowUp")
    teach.keyboard.press("Space")
    teach.keyboard.press("Delete")
    assert points.count() == 180
    teach.keyboard.press("Tab")
    component = plot.locator(".px-teach-component").first
    assert component.evaluate("(one) => one === document.activeElement")
    label = component.get_attribute("aria-label")
    for key in ("ArrowLeft", "PageUp", "Home", "["):
        teach.keyboard.press(key)
        changed = component.get_attribute("aria-label")
        assert changed != label or key == "["
        label = changed


def test_shown_large_it_takes_the_place_of_the_image(teach: Page) -> None:
    press(teach, "Show large")
    assert not teach.locator(".px-image").is_visible()
    box = teach.locator(".px-teach").bounding_box()
    assert box is not None
    assert box["width"] > 1300
    teach.get_by_role("tab", name="Choices").click()
    assert teach.locator(".px-image").is_visible()
    teach.get_by_role("tab", name="Teach").click()
    assert not teach.locator(".px-image").is_visible()
    press(teach, "Show large")
    assert teach.locator(".px-image").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screen_readers_find_nothing_serious_amiss(teach: Page, scheme: Any) -> None:
    teach.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    press(teach, "E step")
    teach.get_by_role("heading", name="E step: who made each point?").wait_for()
    found = Axe().run(teach, context=".px-teach").response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in grave] == []
    teach.emulate_media(color_scheme="light", reduced_motion="reduce")


def test_all_points_can_be_removed_and_others_added(teach: Page) -> None:
    press(teach, "Remove all")
    assert teach.locator(".px-teach").get_by_role("button", name="E step", exact=True).is_disabled()
    plot = teach.locator(".px-teach-plot").first
    for x in (10, 40, 70):
        plot.click(position={"x": x, "y": 10 + x / 4})
    assert plot.locator(".px-teach-point").count() == 3
    teach.locator(".px-teach").get_by_label("Components").select_option("8")
    teach.get_by_role("alert").filter(has_text="components must be a whole number from 1 to 3").wait_for()
    teach.locator(".px-teach").get_by_label("Components").select_option("2")
    teach.locator(".px-teach-component").nth(1).wait_for()
    press(teach, "E step")
    teach.get_by_role("heading", name="E step: who made each point?").wait_for()
