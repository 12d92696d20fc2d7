"""The studio in a real marimo, which puts it into a shadow tree and has a kernel of its own kind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.marimo_server import marimo_with

NOTEBOOK = """
import marimo

app = marimo.App(width="full")


@app.cell
def _():
    import marimo as mo
    import numpy as np
    import pixture
    from pixture.demo import photograph
    return mo, np, photograph, pixture


@app.cell
def _({needs}photograph, pixture):
    widget = pixture.open_studio(photograph("china"))
    seen = []
    widget.observe(lambda change: seen.append(change["name"]))
    {shown}
    return seen, widget


@app.cell
def _(mo):
    look = mo.ui.button(label="Look", value=0, on_click=lambda presses: presses + 1)
    look
    return (look,)


@app.cell
def _(look, np, photograph, pixture, seen, widget):
    if look.value:
        again = pixture.segment(photograph("china"), 3, scribbles=widget.scribbles, inference="mean-field")
        print("marked", np.unique(widget.scribbles), widget.scribbles.shape)
        print("told of", sorted(set(seen)))
        print("the same", np.array_equal(again.labels, widget.segmentation.labels))
    return
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("needs", "shown"), [("", "widget"), ("mo, ", "mo.ui.anywidget(widget)")], ids=["by itself", "wrapped"]
)
def test_marimo_shows_the_studio_and_python_sees_what_is_done_in_it(
    browser: Browser, tmp_path: Path, needs: str, shown: str
) -> None:
    pytest.importorskip("marimo", reason="needs marimo: pip install marimo")
    notebook = tmp_path / "studio.py"
    notebook.write_text(NOTEBOOK.format(needs=needs, shown=shown), encoding="utf-8")
    with marimo_with(notebook) as address:
        page = browser.new_page(viewport={"width": 1440, "height": 1300})
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(address)
        studio = page.locator(".px-studio")
        status = studio.locator(".px-header")
        expect(status).to_have_attribute("data-run", "done", timeout=120_000)

        # it has its styles, fits into what marimo shows of a cell, and is as dark as marimo
        box = studio.bounding_box()
        assert box is not None
        assert 480 <= box["height"] <= 610
        expect(studio).to_have_css("display", "grid")
        for theme in ("dark", "light"):
            page.evaluate("(theme) => { document.body.dataset.theme = theme; }", theme)
            expect(studio).to_have_attribute("data-theme", theme)

        # it runs: another number of components; what is typed is not written over
        studio.get_by_role("tab", name="Choices", exact=True).click()
        room = studio.get_by_role("tabpanel", name="Choices", exact=True)
        components = room.get_by_role("spinbutton", name="Components", exact=True)
        components.fill("3")
        page.keyboard.press("Tab")
        studio.get_by_role("tab", name="Mixture", exact=True).click()
        expect(studio.locator(".px-component")).to_have_count(3, timeout=60_000)
        expect(status).to_have_attribute("data-run", "done", timeout=60_000)

        # it scrubs
        says = studio.locator(".px-step-says")
        studio.get_by_role("slider", name="Step of the fit").focus()
        page.keyboard.press("Home")
        expect(says).to_contain_text("Start of")
        page.keyboard.press("End")
        expect(says).to_contain_text("Iteration")

        # Python sees what is marked
        studio.get_by_role("tab", name="Guide", exact=True).click()
        stage = studio.locator(".px-stage").bounding_box()
        assert stage is not None
        for mark, (x, y) in enumerate(((0.5, 0.12), (0.5, 0.6)), start=1):
            studio.locator(".px-class-pick").nth(mark - 1).click()
            page.mouse.move(stage["x"] + x * stage["width"], stage["y"] + y * stage["height"])
            page.mouse.down()
            page.mouse.move(
                stage["x"] + (x + 0.1) * stage["width"], stage["y"] + y * stage["height"], steps=4
            )
            page.mouse.up()
        studio.get_by_text("Segmented by marks of").wait_for(timeout=60_000)
        expect(status).to_have_attribute("data-run", "done", timeout=60_000)
        page.get_by_role("button", name="Look", exact=True).click()
        said = page.get_by_text("the same True")
        said.wait_for(timeout=60_000)
        expect(page.get_by_text("marked [0 1 2] (427, 640)")).to_be_visible()
        expect(page.get_by_text("told of ['drawn', 'segmentation']")).to_be_visible()
        picture = os.environ.get("PIXTURE_STUDIO_PICTURES")
        if picture:
            page.screenshot(path=Path(picture) / "marimo.png")
        page.close()
        assert complaints == []
