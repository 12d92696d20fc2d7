"""Images larger than memory in a real browser: layers that take a pass, components, and files taken home."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile

pytest.importorskip("playwright")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

import pixture
from pixture.demo import photograph
from tests.studio_browser import Window, windows
from tests.studio_server import Studio, running_studio

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HELD, NONE_HELD = "MOST_HELD = 64 * 2 ** 20", "MOST_HELD = 0"
"""In the page: how many bytes of a file it holds; what has the browser fetch all of them by itself."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph as a tiled TIFF."""
    path = tmp_path_factory.mktemp("scene") / "china.tif"
    pixels = pixture.read(photograph("china")).pixels
    tifffile.imwrite(path, pixels, tile=(128, 128), photometric="rgb")
    return path


@pytest.fixture(scope="module")
def studio(browser: Browser, scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio to which the photograph is larger than memory."""
    with running_studio(tmp_path_factory.mktemp("studio"), "--max-pixels", "200000", str(scene)) as started:
        yield started


@pytest.fixture
def window_of(browser: Browser, studio: Studio) -> Iterator[Callable[..., Window]]:
    with windows(browser, studio) as opening:
        yield opening


def test_a_large_image_is_looked_at_edited_and_taken_home(
    window_of: Callable[..., Window], scene: Path, tmp_path: Path
) -> None:
    window = window_of()
    window.until(lambda: window.state.get("result"))
    window.rested()
    assert window.state["image"]["large"]
    page = window.page
    compute = page.get_by_role("button", name="Compute", exact=True)
    assert not compute.is_visible()
    # the uncertainty takes a pass, and is seen then
    before = window.picture()
    page.locator(".px-layer", has_text="Uncertainty").click()
    compute.wait_for()
    alone = window.picture()
    with window.running():
        compute.click()
    window.until(lambda: window.state["result"]["maps"] == ["uncertainty"])
    assert not compute.is_visible()
    seen = window.picture()
    assert np.abs(seen - alone).mean() > 3
    assert np.abs(seen - before).mean() > 3
    window.photograph("large-uncertainty")
    # of each component's probability by itself
    page.locator(".px-layer", has_text="Probability").click()
    compute.wait_for()
    page.get_by_label("Component whose probability is shown").select_option("2")
    with window.running():
        compute.click()
    window.until(lambda: window.state["result"]["maps"] == ["uncertainty", "probability 2"])
    page.get_by_label("Component whose probability is shown").select_option("1")
    compute.wait_for()
    page.locator(".px-layer", has_text="Labels").click()
    assert not compute.is_visible()
    # two labels become one: all pixels are labelled anew
    mixture = window.room("Mixture")
    mixture.get_by_label("Label 0: to be merged").check()
    mixture.get_by_label("Label 1: to be merged").check()
    with window.running():
        mixture.get_by_role("button", name="Merge 2").click()
    assert [one["pixels"] for one in window.state["result"]["components"]] == [
        one.pixels for one in pixture.segment(scene, 4).merged((0, 1)).classes
    ]
    assert window.state["result"]["maps"] == []
    # what is taken home is the same whether the page holds it or not
    room = window.room("Take home")
    assert room.get_by_role("button", name="Download: Painted", exact=True).count() == 0
    (held,) = window.downloaded("Labels", tmp_path / "held")
    labels = pixture.segment(scene, 4).merged((0, 1)).labels
    assert np.array_equal(tifffile.imread(held), labels)
    window.photograph("large-taken-home")
    page.route("**/output/download.js", _holds_none)
    page.reload()
    window.until(lambda: page.locator(".px-outputs, [role=tab]").first.is_visible())
    (fetched,) = window.downloaded("Labels", tmp_path / "fetched")
    assert fetched.name == "china.labels.tif"
    assert fetched.read_bytes() == held.read_bytes()


def _holds_none(route: Any) -> None:
    answer = route.fetch()
    text = answer.text()
    assert HELD in text
    route.fulfill(response=answer, body=text.replace(HELD, NONE_HELD))
