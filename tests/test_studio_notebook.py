"""The studio in a notebook: its page as one module, its widget, and a real JupyterLab that shows it."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

import pixture
from pixture.arrays import Array
from pixture.studio.modules import ENTRY, imported, modules, one_module, one_style, page
from pixture.studio.session.messages import Question
from pixture.studio.session_file.from_segmentation import chosen_by
from pixture.studio.widget import BURST, StudioWidget
from tests.browser import PageOf
from tests.jupyter import TOKEN, jupyterlab

SMALL = np.repeat(np.array([[10, 11, 90, 91, 200, 201]], np.uint8), 6, axis=0)


# --- the page as one module ---


def test_every_module_is_reached_and_comes_after_those_that_it_imports() -> None:
    order = list(modules())
    assert order[-1] == ENTRY
    for at, (name, source) in enumerate(modules().items()):
        assert set(imported(name, source)) <= set(order[:at])
    folder = Path(str(page()))
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.js")}
    # what the server's page needs besides: its own host; and what is nothing but types
    assert there - set(order) == {"page.js", "core/socket-model.js", "core/model.js"}


def test_modules_import_each_other_in_no_other_way() -> None:
    for name, source in modules().items():
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.DOTALL)
        assert not re.search(r"\bimport\s*\(|\bimport\s*[\"']|\bimport\.meta\b", code), name
        assert len(re.findall(r"\bfrom\s*[\"']", code)) == len(list(imported(name, source))), name


def test_modules_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\n')
    (tmp_path / "b.js").write_text('export {\n  a,\n} from "./a.js";\n')
    with pytest.raises(ValueError, match=r"in a circle: [ab]\.js -> [ab]\.js -> [ab]\.js"):
        modules("a.js", tmp_path)


# --- the widget ---


class Front:
    """What a widget sends, and a page that answers as ours does."""

    def __init__(self, widget: StudioWidget, monkeypatch: pytest.MonkeyPatch) -> None:
        self.widget, self.sent, self.threads = widget, list[tuple[dict[str, Any], list[Any]]](), set[int]()
        monkeypatch.setattr(widget, "send", self.take)
        self.number = 0

    def take(self, says: dict[str, Any], buffers: list[Any]) -> None:
        self.sent.append((says, buffers))
        self.threads.add(threading.get_ident())

    def say(self, says: dict[str, Any], buffers: list[bytes] = []) -> None:  # noqa: B006 - it is only read
        self.widget._handle_custom_msg(says, [memoryview(one) for one in buffers])

    def ask(self, name: str, **says: Any) -> int:
        self.number += 1
        self.say({"ask": name, "id": self.number, **says})
        return self.number

    def answers(self) -> dict[int, dict[str, Any]]:
        return {says["answer"]: says for says, _ in self.sent if "answer" in says}

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for says, _ in self.sent:
            found |= says.get("state", {})
        return found


def until(there: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def widget() -> Iterator[StudioWidget]:
    made = pixture.segment(SMALL, 3).studio()
    yield made
    made.close()


def test_a_widget_shows_its_segmentation_as_it_is(
    widget: StudioWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Front(widget, monkeypatch)
    number = shown.ask("look")
    until(lambda: number in shown.answers())
    state = shown.state()
    assert state["image"]["shape"] == [6, 6]
    assert [one["mean"] for one in state["result"]["components"]] == [[10.5], [90.5], [200.5]]
    assert state["choices"]["components"] == 3
    assert widget.segmentation is not None
    assert widget.segmentation.mixture.components == 3
    assert widget.scribbles is None


def test_what_is_marked_in_the_page_is_there_in_python(
    widget: StudioWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    widget.observe(lambda change: seen.append(change["name"]))
    shown = Front(widget, monkeypatch)
    strokes = [{"mark": mark, "width": 1, "points": [[x, 0.5], [x, 5.5]]} for mark, x in ((1, 0.5), (2, 5.5))]
    before = widget.segmentation
    number = shown.ask("draw", strokes=strokes, box=None)
    until(lambda: number in shown.answers() and widget.segmentation is not before)
    expected = np.zeros((6, 6), np.uint8)
    expected[:, 0], expected[:, 5] = 1, 2
    np.testing.assert_array_equal(widget.scribbles, expected)
    assert widget.segmentation is not None
    again = pixture.segment(SMALL, 3, scribbles=widget.scribbles, inference="mean-field")
    np.testing.assert_array_equal(widget.segmentation.labels, again.labels)
    assert {"drawn", "segmentation"} <= set(seen)


def test_messages_are_sent_by_the_loop_s_thread_alone_and_not_too_many_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def cell() -> tuple[StudioWidget, Front]:
        made = pixture.open_studio(SMALL)
        shown = Front(made, monkeypatch)
        asked = [shown.ask("look") for _ in range(6 * BURST)]
        began = time.monotonic()
        while not set(asked) <= set(shown.answers()) or made.segmentation is None:
            assert time.monotonic() - began < 30
            await asyncio.sleep(0.01)
        return made, shown

    made, shown = asyncio.run(cell())
    assert shown.threads == {threading.get_ident()}
    assert made.segmentation is not None
    made.close()  # its loop has ended
    assert not Path(made.session.folder).exists()


def test_a_frame_that_nobody_drew_does_not_stop_those_that_follow(
    widget: StudioWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Front(widget, monkeypatch)
    widget.session.tell_frame({"iteration": 1}, (b"1",))
    assert not widget.session.wants_frame
    shown.ask("look")
    assert widget._outbox.wants_frame


def test_messages_that_are_none_are_passed_over(
    widget: StudioWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Front(widget, monkeypatch)
    for nonsense in ([1], "ask", {"kind": "other"}, {"ask": 3, "id": "x"}):
        shown.say(nonsense)  # type: ignore[arg-type]
    number = shown.ask("look")
    until(lambda: number in shown.answers())


@pytest.mark.parametrize(
    "how",
    [
        {"components": 3},
        {"components": "auto"},
        {"components": 3, "covariance": "tied", "smooth": 0, "seed": 4},
        {"components": 3, "smooth": 2.5, "neighbours": 4},
        {"components": 3, "smooth": "auto"},
        {"components": 3, "features": "lab,position:0.3"},
        {"components": 4, "init": "quantiles", "tol": 1e-6},
    ],
)
def test_a_segmentation_s_choices_would_find_it_again(china: Array, how: dict[str, Any]) -> None:
    image = china[:60:2, :90:2]
    found = pixture.segment(image, **how)
    method = chosen_by(found).method
    choices = {
        name: getattr(method.choices, name) for name in ("covariance", "init", "seed", "tol", "max_iter")
    }
    components: Any = "auto" if method.auto else method.choices.components
    again = pixture.segment(
        image, components, smooth=method.spatial.smooth, neighbours=method.spatial.neighbours,
        features=method.features.features, **choices,
    )  # fmt: skip
    np.testing.assert_array_equal(again.labels, found.labels)


def test_merged_and_named_classes_are_among_the_choices() -> None:
    found = pixture.segment(SMALL, 3).merged("0+2").named("ends", "middle")
    assert chosen_by(found).classes.groups == ("0+2",)
    assert chosen_by(found).classes.named == ("ends", "middle")


def test_a_start_that_was_handed_over_is_started_from_again() -> None:
    start = pixture.segment(SMALL, 3).mixture
    widget = pixture.open_studio(pixture.segment(SMALL, init=start))
    assert widget.session.document.start is not None
    assert widget.session.document.chosen.choices.init == pixture.Choices().init
    widget.close()


def test_within_a_cell_too_a_segmentation_can_be_waited_for() -> None:
    async def cell() -> int:
        made = pixture.open_studio(SMALL)
        assert made.wait(60)
        assert made.segmentation is not None
        made.close()
        return made.segmentation.mixture.components

    assert asyncio.run(cell()) == pixture.Choices().components


@pytest.mark.parametrize("in_a_cell", [True, False])
def test_a_session_is_saved_from_python_and_opens_there_as_it_was(tmp_path: Path, in_a_cell: bool) -> None:
    before = pixture.segment(SMALL, 3).studio()
    stroke = {"mark": 2, "width": 1, "points": [[0.5, 0.5], [0.5, 5.5]]}
    strokes = [stroke, {"mark": 1, "width": 1, "points": [[5.5, 0.5], [5.5, 5.5]]}]
    before.session.ask(Question("draw", {"strokes": strokes, "box": None}))
    assert before.wait(60)
    path = before.save(tmp_path / "kept" / "any name")

    async def cell() -> StudioWidget:
        return pixture.open_studio(str(path))

    after = asyncio.run(cell()) if in_a_cell else pixture.open_studio(path)
    assert before.segmentation is not None
    assert after.segmentation is not None
    np.testing.assert_array_equal(after.segmentation.labels, before.segmentation.labels)
    np.testing.assert_array_equal(after.segmentation.image.pixels, SMALL)
    assert before.scribbles is not None
    np.testing.assert_array_equal(after.scribbles, before.scribbles)
    assert after.drawn == before.drawn
    assert after.session.state("choices") == before.session.state("choices")
    before.close()
    after.close()


def test_the_image_goes_along_where_it_was_opened_in_the_page_or_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    Image.fromarray(SMALL).save(path)
    widget = pixture.open_studio(path)
    assert widget.wait(60)

    def inside(name: str) -> list[str]:
        with zipfile.ZipFile(tmp_path / name) as archive:
            return [one for one in archive.namelist() if one.startswith("image/")]

    widget.save(tmp_path / "by its path")
    widget.save(tmp_path / "with it", with_image=True)
    assert (inside("by its path"), inside("with it")) == ([], ["image/small.png"])
    with pytest.raises(pixture.WriteError, match="is read here too"):
        widget.save(path, overwrite=True)
    content = path.read_bytes()
    widget.close()

    empty = pixture.open_studio()
    empty.session.ask(Question("begin-upload", {"name": "sent.png", "bytes": len(content)}))
    number = next(key for key in empty.session.memory if key.startswith("upload ")).removeprefix("upload ")
    empty.session.ask(Question("upload-part", {"upload": number}, [content]))
    assert empty.wait(60)
    empty.save(tmp_path / "sent")
    assert inside("sent") == ["image/sent.png"]
    empty.close()
    again = pixture.open_studio(tmp_path / "sent")  # though the folder of that studio is gone
    assert again.segmentation is not None
    again.close()


def test_what_cannot_be_saved_or_opened_is_refused_in_a_sentence(tmp_path: Path) -> None:
    empty = pixture.open_studio()
    with pytest.raises(pixture.ChoiceError, match="no image yet"):
        empty.save(tmp_path / "a")
    empty.close()
    widget = pixture.segment(SMALL, 2).studio()
    path = widget.save(tmp_path / "a")
    with pytest.raises(pixture.WriteError, match="Give overwrite=True"):
        widget.save(path)
    assert widget.save(path, overwrite=True) == path
    widget.close()
    with zipfile.ZipFile(tmp_path / "b", "w") as archive:
        archive.writestr("session.json", "{}")
    with pytest.raises(pixture.ReadError, match="damaged, so that it cannot be opened as a session"):
        pixture.open_studio(tmp_path / "b")


def test_where_no_notebook_is_it_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a small one.png"
    Image.fromarray(SMALL).save(path)
    for source, about, command in (
        (None, "The studio:", "pixture studio"),
        (SMALL, "The studio about image:", "pixture studio"),
        (path, "The studio about a small one.png:", f"pixture studio '{path}'"),
    ):
        widget = pixture.open_studio(source)
        widget.wait(60)
        first, second = repr(widget).splitlines()
        assert first == f"{about} shown by a notebook, where this is the last line of a cell."
        assert second == f"Without a notebook, run in a terminal: {command}"
        widget.close()


def test_without_anywidget_it_is_said_what_to_install() -> None:
    code = """
import sys
sys.modules["anywidget"] = None
import numpy, pixture
try:
    pixture.segment(numpy.eye(4, dtype="u1"), 2).studio()
except pixture.DisplayError as refused:
    print(refused)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert run.stdout.strip() == (
        "The studio in a notebook needs anywidget, which is not installed. Install it: pip install "
        "'pixture[studio]'."
    )


# --- in a browser: last, since a loop runs in this thread while there is one ---


def test_one_module_does_in_a_browser_what_its_modules_do(page_of: PageOf, tmp_path: Path) -> None:
    shown = hosted(page_of, tmp_path)
    shown.evaluate(
        """() => {
          const ask = [];
          const nothing = () => undefined;
          const model = { get: nothing, set: nothing, on: nothing, off: nothing, save_changes: nothing };
          model.send = (says) => ask.push(says);
          globalThis.asked = ask;
          globalThis.end = front.render({ model, el: document.getElementById("cell") });
        }"""
    )
    box = shown.locator("#cell .px-studio").bounding_box()
    assert box is not None
    assert box["height"] == pytest.approx(720, abs=1)
    assert "look" in shown.evaluate("asked.map((says) => says.ask)")
    for is_light, theme in (("false", "dark"), ("true", "light")):  # as JupyterLab says it
        shown.evaluate("(is) => document.body.setAttribute('data-jp-theme-light', is)", is_light)
        expect(shown.locator(".px-studio")).to_have_attribute("data-theme", theme)
    shown.evaluate("end()")
    assert shown.locator(".px-studio").count() == 0


HOST = """() => {
  const heard = {};
  const model = { get: () => undefined, set: () => undefined, save_changes: () => undefined };
  model.on = (name, listener) => (heard[name] ??= new Set()).add(listener);
  model.off = (name, listener) => heard[name]?.delete(listener);
  globalThis.asked = [];
  globalThis.isCut = false;
  model.send = (says) => {
    if (isCut) throw new Error("Cannot send");
    asked.push(says);
  };
  globalThis.tell = (name, ...says) => [...(heard[name] ?? [])].forEach((listener) => listener(...says));
  globalThis.end = front.render({ model, el: document.getElementById("cell") });
}"""


def test_a_page_in_a_notebook_says_when_python_is_busy_and_when_it_is_gone(
    page_of: PageOf, tmp_path: Path
) -> None:
    shown = hosted(page_of, tmp_path)
    shown.clock.install()
    shown.evaluate(HOST)
    status = shown.locator(".px-status")

    def answer_all(**state: Any) -> None:
        shown.evaluate(
            "(state) => { tell('msg:custom', { state }); asked.splice(0).forEach((one) => "
            "tell('msg:custom', { answer: one.id })); }",
            state,
        )

    answer_all(run={"status": "done", "number": 1, "sentence": "Converged."})
    shown.clock.fast_forward(60_000)
    expect(status).to_have_text("Converged.")

    run = shown.get_by_role("button", name="Run", exact=True)
    run.evaluate("(button) => { button.disabled = false; }")  # as where an image is open
    run.click()  # what is asked while a cell runs
    shown.clock.fast_forward(4_000)
    expect(status).to_have_text("Converged.")
    shown.clock.fast_forward(2_000)
    expect(status).to_contain_text("Waiting for Python, which is busy while a cell runs.")
    answer_all()
    expect(status).to_have_text("Converged.")

    shown.evaluate("tell('comm_live_update')")  # a line that is there again
    answer_all()
    shown.clock.fast_forward(60_000)
    expect(status).to_have_text("Converged.")
    shown.evaluate("tell('comm_live_update')")  # a line that is closed
    shown.clock.fast_forward(6_000)
    expect(status).to_contain_text("no longer connected to Python")
    before = shown.evaluate("asked.length")
    run.click()
    expect(status).to_contain_text("no longer connected to Python")
    assert shown.evaluate("asked.length") == before
    answer_all(run={"status": "done", "number": 2, "sentence": "It is back."})
    expect(status).to_have_text("It is back.")

    shown.evaluate("isCut = true")  # JupyterLab refuses to send over a line that is closed
    run.click()
    expect(status).to_contain_text("no longer connected to Python")
    shown.clock.fast_forward(60_000)
    expect(status).to_contain_text("no longer connected to Python")
    shown.evaluate("end()")


def hosted(page_of: PageOf, folder: Path) -> Page:
    """A page with the front end that notebooks are given, at `front`, and a place for it."""
    html = folder / "host.html"
    text = one_module().replace("</", "<\\/").replace("\nexport default", "\nglobalThis.front =")
    html.write_text(
        f"<!doctype html><meta charset=utf-8><style>{one_style()}</style><div id=cell></div>"
        f"<script type=module>{text}</script>",
        encoding="utf-8",
    )
    shown = page_of(html, viewport={"width": 1000, "height": 800})
    shown.wait_for_function("globalThis.front !== undefined")
    return shown


CELLS = (
    """
    import warnings
    warnings.simplefilter("error")
    import numpy as np, pixture
    from pixture.demo import photograph
    widget = pixture.segment(photograph("china"), 3).studio()
    seen = []
    widget.observe(lambda change: seen.append(change["name"]))
    widget
    """,
    """
    again = pixture.segment(photograph("china"), 4, scribbles=widget.scribbles, inference="mean-field")
    print("marked", np.unique(widget.scribbles), widget.scribbles.shape)
    print("told of", sorted(set(seen)))
    print("the same", np.array_equal(again.labels, widget.segmentation.labels))
    """,
)


@pytest.mark.slow
def test_jupyterlab_shows_the_studio_and_python_sees_what_is_done_in_it(
    browser: Browser, tmp_path: Path
) -> None:
    with opened_notebook(browser, tmp_path, CELLS) as (lab, complaints):
        run_cell(lab, 0)
        lab.locator(".px-stage").wait_for(timeout=90_000)
        box = lab.locator(".px-notebook").bounding_box()
        assert box is not None
        assert box["height"] == 720

        # it runs: another number of components
        room(lab, "Choices").get_by_label("Components", exact=True).fill("4")
        lab.keyboard.press("Tab")
        lab.locator(".px-header").get_by_role("button", name="Run", exact=True).click()
        expect(room(lab, "Mixture").locator(".px-component")).to_have_count(4, timeout=60_000)
        status = lab.locator(".px-header")
        expect(status).to_have_attribute("data-run", "done", timeout=60_000)

        # it scrubs
        says = lab.locator(".px-step-says")
        last = settled_text(says)
        slider = lab.get_by_role("slider", name="Step of the fit")
        slider.focus()
        lab.keyboard.press("Home")
        expect(says).to_contain_text("Start of")
        lab.keyboard.press("End")
        expect(says).to_have_text(last)
        for key in "ddbx":  # JupyterLab's, of cells
            lab.keyboard.press(key)
        assert lab.locator(".jp-Notebook-cell").count() == len(CELLS)

        # Python sees what is marked
        room(lab, "Guide")
        stage = lab.locator(".px-stage").bounding_box()
        assert stage is not None
        for mark, (x, y) in enumerate(((0.5, 0.12), (0.5, 0.6)), start=1):
            lab.locator(".px-class-pick").nth(mark - 1).click()
            lab.mouse.move(stage["x"] + x * stage["width"], stage["y"] + y * stage["height"])
            lab.mouse.down()
            lab.mouse.move(stage["x"] + (x + 0.1) * stage["width"], stage["y"] + y * stage["height"], steps=4)
            lab.mouse.up()
        lab.get_by_text("Segmented by marks of").wait_for(timeout=60_000)
        expect(status).to_have_attribute("data-run", "done", timeout=60_000)
        run_cell(lab, 1)
        output = lab.locator(".jp-Notebook-cell").nth(1).locator(".jp-OutputArea-output")
        expect(output).to_contain_text("the same", timeout=60_000)
        said = output.inner_text()
        assert "marked [0 1 2] (427, 640)" in said
        assert "told of ['drawn', 'segmentation']" in said
        assert "the same True" in said
        picture = os.environ.get("PIXTURE_STUDIO_PICTURES")
        if picture:
            lab.screenshot(path=Path(picture) / "notebook.png")
        assert complaints == []


LIVES = (
    """
    import time
    import numpy as np, pixture
    from pixture.demo import photograph
    image = pixture.read(photograph("china"))
    widget = pixture.open_studio(np.asarray(image.pixels))
    widget
    """,
    """
    widget
    """,
    """
    widget.session.questions["run"](widget.session, None)
    time.sleep(12)
    print("slept")
    """,
    """
    other = pixture.segment(np.asarray(image.pixels), 2).studio()
    other
    """,
    """
    other.close()
    print("closed")
    """,
)
"""Cells: a studio, the same again, one that keeps Python busy, another studio, its end."""


@pytest.mark.slow
def test_jupyterlab_while_a_cell_runs_and_after_the_kernel_was_restarted(
    browser: Browser, tmp_path: Path
) -> None:
    with opened_notebook(browser, tmp_path, LIVES) as (lab, complaints):
        run_cell(lab, 0)
        first = studio_in(lab, 0)
        expect(first.locator(".px-header")).to_have_attribute("data-run", "done", timeout=90_000)

        # a view more of the same session: both show what is done in one, and controls are their own
        run_cell(lab, 1)
        second = studio_in(lab, 1)
        second.locator(".px-stage").wait_for(timeout=60_000)
        ids = lab.evaluate("[...document.querySelectorAll('.px-studio [id]')].map((one) => one.id)")
        assert len(ids) == len(set(ids))
        expect(second.locator(".px-component")).to_have_count(4)

        # while a cell runs the page waits, and says so; what came meanwhile is there when it ends
        run_cell(lab, 2)
        first.get_by_role("tab", name="Choices").click()
        first.get_by_role("spinbutton", name="Components").first.fill("3")
        lab.keyboard.press("Tab")
        expect(first.locator(".px-status")).to_contain_text("Waiting for Python", timeout=20_000)
        expect(output_of(lab, 2)).to_contain_text("slept", timeout=60_000)
        for one in (first, second):
            expect(one.locator(".px-component")).to_have_count(3, timeout=60_000)
            expect(one.locator(".px-header")).to_have_attribute("data-run", "done")
            expect(one.locator(".px-status")).not_to_contain_text("Waiting for Python")

        # another session beside them; closed, it leaves its cell
        run_cell(lab, 3)
        third = studio_in(lab, 3)
        expect(third.locator(".px-component")).to_have_count(2, timeout=60_000)
        expect(first.locator(".px-component")).to_have_count(3)
        run_cell(lab, 4)
        expect(output_of(lab, 4)).to_contain_text("closed", timeout=60_000)
        expect(third).to_have_count(0)

        # the kernel is restarted: said in a sentence, and what is asked for is refused by it
        restart_kernel(lab)
        gone = "no longer connected to Python"
        expect(first.locator(".px-status")).to_contain_text(gone, timeout=60_000)
        first.get_by_role("button", name="Run", exact=True).click()
        expect(first.locator(".px-status")).to_contain_text(gone)

        # and the cell is run again
        run_cell(lab, 0)
        anew = studio_in(lab, 0)
        expect(anew.locator(".px-header")).to_have_attribute("data-run", "done", timeout=90_000)
        assert anew.locator(".px-component").count() == 4
        assert complaints == []


@pytest.mark.slow
def test_a_notebook_that_is_opened_again_shows_a_sentence(browser: Browser, tmp_path: Path) -> None:
    cells = ["import numpy as np, pixture\npixture.open_studio(np.eye(60, dtype=np.uint8))"]
    with opened_notebook(browser, tmp_path, cells) as (lab, _):
        lab.get_by_role("menuitem", name="Settings", exact=True).click()
        lab.get_by_role("menuitem", name="Save Widget State Automatically").click()
        run_cell(lab, 0)
        expect(studio_in(lab, 0).locator(".px-header")).to_have_attribute("data-run", "done", timeout=90_000)
        lab.wait_for_timeout(1000)  # JupyterLab takes the state of widgets a moment later
        lab.keyboard.press("Control+s")
        saved = tmp_path / "studio.ipynb"
        until(lambda: "widget-state" in saved.read_text(encoding="utf-8"))
    with opened_in_jupyterlab(browser, tmp_path) as (lab, complaints):
        status = studio_in(lab, 0).locator(".px-status")
        expect(status).to_contain_text("run this cell again", timeout=90_000)
        assert complaints == []


@contextmanager
def opened_notebook(browser: Browser, folder: Path, cells: Sequence[str]) -> Iterator[tuple[Page, list[str]]]:
    """Yield a notebook of such cells in a JupyterLab, and a list of what its console complains of."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    made = [new_code_cell(textwrap.dedent(cell).strip()) for cell in cells]
    nbformat.write(new_notebook(cells=made, metadata=kernel), folder / "studio.ipynb")
    with opened_in_jupyterlab(browser, folder) as opened:
        yield opened


@contextmanager
def opened_in_jupyterlab(browser: Browser, folder: Path) -> Iterator[tuple[Page, list[str]]]:
    """Yield the notebook of a folder in a JupyterLab, and a list of what its console complains of."""
    with jupyterlab(folder) as address:
        lab = browser.new_page(viewport={"width": 1440, "height": 1100})
        complaints: list[str] = []
        lab.on("pageerror", lambda error: complaints.append(str(error)))
        lab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        lab.goto(f"{address}/lab/tree/studio.ipynb?token={TOKEN}")
        lab.get_by_text("| Idle").wait_for(timeout=90_000)
        complaints.clear()  # JupyterLab's own, while it starts
        try:
            yield lab, complaints
        except BaseException:
            picture = os.environ.get("PIXTURE_STUDIO_PICTURES")
            if picture:
                lab.screenshot(path=Path(picture) / "notebook-failed.png")
            raise
        lab.close()


def studio_in(lab: Page, number: int) -> Locator:
    return lab.locator(".jp-Notebook-cell").nth(number).locator(".px-studio")


def output_of(lab: Page, number: int) -> Locator:
    return lab.locator(".jp-Notebook-cell").nth(number).locator(".jp-OutputArea-output")


def restart_kernel(lab: Page) -> None:
    lab.get_by_role("menuitem", name="Kernel", exact=True).click()
    lab.get_by_role("menuitem", name=re.compile("^Restart Kernel…")).click()
    lab.get_by_role("button", name="Confirm Kernel Restart").click()


def run_cell(lab: Page, number: int) -> None:
    lab.locator(".jp-Notebook-cell").nth(number).locator(".jp-InputArea").click()
    lab.keyboard.press("Shift+Enter")


def settled_text(place: Locator) -> str:
    """What is said somewhere, when it has not changed for a second."""
    said = ""
    while (now := place.inner_text()) != said:
        said = now
        place.page.wait_for_timeout(1000)
    return said


def room(lab: Page, name: str) -> Locator:
    lab.get_by_role("tab", name=name, exact=True).click()
    return lab.get_by_role("tabpanel", name=name, exact=True)
