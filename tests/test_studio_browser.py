"""The studio in a real browser, against a real server: what a person does there, and what comes of it."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
import pytest
import tifffile
from click.testing import CliRunner

pytest.importorskip("playwright")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

import pixture
from pixture.commands.app import app
from pixture.demo import photograph
from tests.studio_browser import TABLET, TABS, WIDE, Window, windows
from tests.studio_server import Studio, running_studio

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

CHINA = photograph("china")

OpenWindow = Callable[..., Window]

MOVED = 3.0
"""By how many steps of 255 pixels differ on average where pictures are others."""


@pytest.fixture(scope="module")
def studio(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_studio(tmp_path_factory.mktemp("studio")) as started:
        yield started


@pytest.fixture
def window_of(browser: Browser, studio: Studio) -> Iterator[OpenWindow]:
    """Open a window; the test fails if the browser complains, or the page asks for anything elsewhere."""
    with windows(browser, studio) as opening:
        yield opening


@pytest.fixture(scope="module")
def segmented(browser: Browser, studio: Studio) -> Iterator[Window]:
    """A window that shows a photograph in four classes, for those who only look."""
    with windows(browser, studio) as opening:
        window = opening()
        window.open(CHINA)
        yield window


def command(*arguments: str) -> None:
    """Run a command, as a terminal does."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output


def apart(one: Any, other: Any) -> float:
    """Return how far two pictures are from each other, on average."""
    assert one.shape == other.shape
    return float(np.abs(one - other).mean())


def the_same(one: Path, other: Path) -> bool:
    """Return whether two files are the same, byte for byte; of records all but where the image lay."""
    if one.suffix != ".json":
        return one.read_bytes() == other.read_bytes()
    records = [json.loads(path.read_text()) for path in (one, other)]
    for record in records:
        del record["input"]["path"]
    return bool(records[0] == records[1])


def likelihoods(said: list[str]) -> list[float]:
    """Return the log-likelihoods in what the page said of steps."""
    found = [re.search(r"([−-]?[\d.]+) nats per pixel", one) for one in said]
    return [float(one[1].replace("−", "-")) for one in found if one]


def said_of_steps(window: Window) -> str:
    return window.page.locator(".px-step-says").inner_text()


# --- opening, running, looking back -------------------------------------------------------------------------


def test_a_photograph_that_is_dropped_runs_by_itself_and_is_seen_meanwhile(window_of: OpenWindow) -> None:
    window = window_of()
    paint = window.until(
        lambda: window.page.evaluate("performance.getEntriesByType('paint').map((one) => one.startTime)")
    )
    print(f"first paint after {min(paint):.0f} ms")
    window.page.evaluate(
        """() => {
          const says = document.querySelector(".px-step-says");
          globalThis.said = [];
          new MutationObserver(() => said.push(says.textContent)).observe(says, {childList: true});
        }"""
    )
    with window.running():
        window.drop(CHINA)
    window.until(lambda: window.state.get("result"))
    assert window.state["image"]["name"] == "china.jpg"
    assert window.frames
    assert {(one["width"], one["height"]) for one in window.frames} == {(640, 427)}
    # a longer fit, so that the page has time to say its steps
    window.room("Choices").get_by_text("More choices").click()
    window.choose("Tolerance", "1e-8")
    window.page.evaluate("said.length = 0")
    steps = len(window.steps)
    window.choose("Components", "9")
    told = [one["log_likelihood"] for one in window.steps[steps:]]
    assert told[-1] > told[0]
    during = likelihoods(window.page.evaluate("said.filter((one) => !one.includes(' of '))"))
    assert len(during) > 2
    assert during[-1] > during[0]
    reached = f"{window.state['result']['log_likelihood']:.4f}"[1:]
    window.until(lambda: reached in said_of_steps(window))
    # of a fit that is smoothed afterwards it is said that what is shown was before
    before = window.page.locator(".px-before")
    assert not before.is_visible()
    with window.running():
        window.room("Choices").get_by_label("Smoothing", exact=True).select_option("number")
    window.until(lambda: before.is_visible())
    assert before.inner_text() == "curve and ellipses: before smoothing"
    window.scrubber.focus()
    window.page.keyboard.press("ArrowLeft")
    window.until(lambda: before.inner_text() == "before smoothing")


def test_the_scrubber_moves_every_panel_and_back(segmented: Window) -> None:
    window = segmented
    rows = window.room("Mixture").locator(".px-numbers")
    there, numbers = window.picture(), rows.all_inner_texts()
    scrubber = window.scrubber
    last = int(scrubber.get_attribute("max") or 0)
    assert last > 3
    scrubber.focus()
    said, values = [said_of_steps(window)], [last]
    for _ in range(last):
        window.page.keyboard.press("ArrowLeft")
        window.until(lambda: said_of_steps(window) != said[-1])
        said.append(said_of_steps(window))
        values.append(int(scrubber.input_value()))
    assert values == list(range(last, -1, -1))
    rising = likelihoods(said[::-1])
    assert len(rising) == last + 1
    assert said[-1].startswith("Start")
    # those on growing subsamples are of other data: of the last steps each is no worse than the one before
    assert rising[-1] > rising[0]
    start, at_start = window.picture(), rows.all_inner_texts()
    assert apart(start, there) > MOVED
    assert at_start != numbers
    window.page.keyboard.press("End")
    assert apart(window.picture(), there) == 0
    assert rows.all_inner_texts() == numbers
    # the buttons go there, too
    window.page.get_by_role("button", name="To the start", exact=True).click()
    assert apart(window.picture(), start) == 0
    window.page.get_by_role("button", name="To the end", exact=True).click()
    assert apart(window.picture(), there) == 0


def test_a_run_is_cancelled_and_what_was_there_stays(window_of: OpenWindow) -> None:
    window = window_of()
    window.open(CHINA)
    there, result = window.picture(), window.state["result"]
    choices = window.room("Choices")
    choices.get_by_label("Run when something changes").uncheck()
    choices.get_by_text("More choices").click()
    for title, value in (("Components", "40"), ("Number of starts", "60"), ("Tolerance", "1e-12")):
        choices.get_by_label(title, exact=True).fill(value)
        choices.get_by_label(title, exact=True).press("Tab")
    window.until(lambda: window.state["choices"]["tol"] == 1e-12)
    cancel = window.page.get_by_role("button", name="Cancel", exact=True)
    assert cancel.is_disabled()
    with window.running("cancelled"):
        run = window.page.get_by_role("button", name="Run", exact=True)
        run.focus()
        window.page.keyboard.press("Enter")
        window.until(lambda: window.frames and window.frames[-1]["run"] == window.run["number"])
        began = time.monotonic()
        cancel.click()
    print(f"cancelled after {1000 * (time.monotonic() - began):.0f} ms")
    assert window.until(lambda: window.status == "Cancelled. What was there before is as it was.")
    assert window.state["result"] == result
    assert apart(window.picture(), there) == 0


# --- components ---------------------------------------------------------------------------------------------


def component(mixture: Locator, label: int) -> Locator:
    """Return the row of a component, opened."""
    row = mixture.locator(".px-component").nth(label)
    if not row.locator(".px-actions").is_visible():
        row.locator(".px-share").click()
    return row


def test_a_locked_component_stays_and_two_are_merged(window_of: OpenWindow) -> None:
    window = window_of()
    window.open(CHINA)
    mixture = window.room("Mixture")
    window.until(lambda: len(window.means) == 4)
    means = window.means
    component(mixture, 3).get_by_role("button", name="Lock", exact=True).click()
    window.until(lambda: window.state["result"]["components"][3]["locked"])
    with window.running():
        component(mixture, 0).get_by_role("button", name="Split", exact=True).click()
    window.until(lambda: len(window.means) == 5)
    locked = [one["locked"] for one in window.state["result"]["components"]]
    assert locked.count(True) == 1
    kept = [bool((means == one).all(1).any()) for one in window.means]
    assert kept == locked
    # two become one, and nothing is fitted
    run = window.run["number"]
    before = window.picture()
    mixture.get_by_label("Label 0: to be merged").check()
    mixture.get_by_label("Label 1: to be merged").check()
    mixture.get_by_role("button", name="Merge 2").click()
    window.until(lambda: len(window.state["result"]["components"]) == 4)
    assert window.run["number"] == run
    assert apart(window.picture(), before) > MOVED
    assert mixture.locator(".px-component").count() == 4
    # hidden pixels go, and come back; nothing is chosen any more then
    mixture.get_by_role("button", name="Show all").click()
    whole = window.picture()
    component(mixture, 0).get_by_role("button", name="Hide", exact=True).click()
    assert apart(window.picture(), whole) > MOVED
    mixture.get_by_role("button", name="Show all").click()
    assert apart(window.picture(), whole) == 0


# --- guide --------------------------------------------------------------------------------------------------

SKY = ((80, 40), (330, 30), (560, 60))
TREES = ((30, 390), (200, 405), (600, 380))

STOPWATCH = """() => {
  const drawing = () => document.querySelector(".px-stage .px-drawing");
  const small = Object.assign(document.createElement("canvas"), { width: 48, height: 32 });
  const context = small.getContext("2d", { willReadFrequently: true });
  const look = () => {
    context.drawImage(drawing(), 0, 0, 48, 32);
    return context.getImageData(0, 0, 48, 32).data;
  };
  let before = look();
  globalThis.stopwatch = null;
  addEventListener("pointerup", () => {
    const began = performance.now();
    before = look();
    const wait = () => {
      const now = look();
      let changed = 0;
      for (let at = 0; at < now.length; at += 4) changed += Math.abs(now[at] - before[at]) > 24 ? 1 : 0;
      if (changed > 48) globalThis.stopwatch = performance.now() - began;
      else if (performance.now() - began < 20000) requestAnimationFrame(wait);
    };
    requestAnimationFrame(wait);
  }, { capture: true });
}"""
"""Measures, from when the pointer is lifted, until the image that is drawn is another."""


def two_fingers(window: Window, one: tuple[float, float], other: tuple[float, float]) -> None:
    """Put a finger on the image, and then a second one, and move both."""
    told = window.page.context.new_cdp_session(window.page)
    told.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [
            {"x": x, "y": y, "id": at} for at, (x, y) in enumerate(window.place(*one) for one in places)
        ]
        told.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", one)
    touch("touchMove", (one[0] + 9, one[1]))
    touch("touchStart", (one[0] + 9, one[1]), other)
    touch("touchMove", one, (other[0] + 40, other[1] + 30))
    touch("touchEnd")
    told.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    told.detach()


def test_strokes_of_two_classes_segment_the_image_anew(window_of: OpenWindow, tmp_path: Path) -> None:
    window = window_of("/?drawing=2d")  # a canvas that can be read at any time
    window.open(CHINA)
    guide = window.room("Guide")
    plain = window.picture()
    window.page.locator(".px-layer", has_text="Image").click()
    guide.get_by_role("button", name=re.compile("^Draw Class 1")).click()
    two_fingers(window, *SKY[:2])
    assert "Nothing is marked." in guide.inner_text()
    window.stage.focus()
    window.page.keyboard.press("f")
    window.stroke(*SKY)
    window.until(lambda: (window.state.get("drawn") or {}).get("marked") == [1])
    assert window.page.get_by_role("radio", name="Labels").is_checked()  # what marks lead to is seen
    guide.get_by_role("button", name=re.compile("^Draw Class 2")).click()
    window.page.evaluate(STOPWATCH)
    with window.running():
        window.stroke(*TREES)
    window.until(lambda: len(window.state["result"]["components"]) == 2)
    took = window.until(lambda: window.page.evaluate("globalThis.stopwatch"))
    print(f"from the end of the stroke to the new picture: {took:.0f} ms")
    assert "Segmented by marks of Class 1, Class 2." in guide.inner_text()
    drawn = window.picture()
    assert apart(drawn, plain) > MOVED
    # what is marked is what the command is given
    (scribbles,) = window.downloaded("Your marks", tmp_path / "taken")
    (labels,) = window.downloaded("Labels", tmp_path / "taken")
    folder = tmp_path / "of the command"
    command(
        "segment", str(CHINA), "-o", str(folder), "--scribbles", str(scribbles), "--inference", "mean-field"
    )
    assert labels.read_bytes() == (folder / labels.name).read_bytes()
    found = np.asarray(PIL.Image.open(labels))
    marks = np.asarray(PIL.Image.open(scribbles))
    assert [set(np.unique(found[marks == mark])) for mark in (1, 2)] == [{0}, {1}]
    # a third class, a box of the wrong tool is none; undo, redo
    guide = window.room("Guide")
    with window.running():
        guide.get_by_role("button", name="Undo", exact=True).click()
    window.until(lambda: window.state["drawn"]["marked"] == [1])
    window.until(lambda: len(window.state["result"]["components"]) == 4)
    assert "Class 1 is marked; mark another class." in guide.inner_text()
    with window.running():
        guide.get_by_role("button", name="Redo", exact=True).click()
    window.until(lambda: len(window.state["result"]["components"]) == 2)
    assert apart(window.picture(), drawn) < 1


# --- regions and objects ------------------------------------------------------------------------------------


def test_the_slider_changes_the_number_of_regions(window_of: OpenWindow, tmp_path: Path) -> None:
    window = window_of()
    window.open(CHINA)
    measure = window.room("Measure")
    with window.running():
        measure.get_by_role("button", name="Find regions").click()
    slider = measure.get_by_role("slider", name="Detail")
    slider.wait_for()
    count = measure.get_by_role("spinbutton", name="Regions")
    found = pixture.regions(str(CHINA))
    window.until(lambda: count.input_value() == str(found.count))
    run, seen = window.run["number"], []
    for detail in (0.5, 0.3, 0.7):
        slider.fill(str(round(1000 * detail)))
        assert int(count.input_value()) == found.cut(detail=detail).count
        seen.append((int(count.input_value()), window.picture()))
    assert seen[1][0] < seen[0][0] < seen[2][0]
    assert apart(seen[0][1], seen[1][1]) > 0
    assert apart(seen[0][1], seen[2][1]) > 0
    assert window.run["number"] == run  # the page cuts the tree by itself
    count.fill("12")
    count.press("Enter")
    # a click on a region says which it is and how large, and lifts it out
    before = window.picture()
    window.page.mouse.click(*window.place(330.5, 30.5))
    labels = found.cut(regions=12).labels
    number = int(labels[30, 330])
    words = f"{number}: {(labels == number).sum():,} pixels, "
    window.until(lambda: f"Region {words}" in measure.inner_text())
    window.until(
        lambda: f"region {words[:-2].replace(':', ',')}" in window.page.locator(".px-readout").inner_text()
    )
    assert apart(window.picture(), before) > 0.5
    files = window.downloaded("Regions", tmp_path / "taken", 7)
    folder = tmp_path / "of the command"
    command("regions", str(CHINA), "-n", "12", "-o", str(folder))
    assert {one.name for one in files} == {one.name for one in folder.iterdir()}
    for one in files:
        assert the_same(one, folder / one.name), one.name


def test_objects_are_measured_and_looked_at(window_of: OpenWindow, tmp_path: Path) -> None:
    window = window_of()
    window.open(CHINA)
    measure = window.room("Measure")
    measure.get_by_label("Foreground", exact=True).select_option("dark")
    with window.running():
        measure.get_by_role("button", name="Measure objects").click()
    rows = measure.locator("tr[data-at]")
    rows.first.wait_for()
    result = pixture.segment(str(CHINA))
    objects = result.objects("dark")
    assert f"{objects.count} objects" in measure.locator(".px-says").first.inner_text()
    readout = window.page.locator(".px-readout")
    assert readout.inner_text().startswith("Point at a pixel")
    # a click on an object in the image selects its row, and brings it in sight
    labels = objects.labels
    place = np.argwhere(labels == objects.count)[objects.columns["pixels"][-1] // 2]
    window.page.mouse.click(*window.place(place[1] + 0.5, place[0] + 0.5))
    chosen = measure.locator("tr[aria-selected=true]")
    chosen.wait_for()
    assert chosen.locator("td").first.inner_text() == str(objects.count)
    window.until(lambda: f"object {objects.count}" in readout.inner_text())
    inside = "(row) => { const all = row.closest('.px-objects-window').getBoundingClientRect(); "
    inside += (
        "const one = row.getBoundingClientRect(); return one.top >= all.top && one.bottom <= all.bottom; }"
    )
    assert chosen.evaluate(inside)
    window.stage.focus()
    window.page.keyboard.press("Escape")
    chosen.wait_for(state="detached")
    # the table is sorted by a key, and the focus stays on it
    sort = measure.get_by_role("button", name=re.compile("^area|^pixels", re.IGNORECASE)).first
    sort.focus()
    window.page.keyboard.press("Enter")
    assert window.page.evaluate("document.activeElement.textContent").endswith("▾")
    window.page.mouse.move(2, 2)
    before = window.picture()
    rows.nth(0).click()
    window.until(lambda: rows.nth(0).get_attribute("aria-selected") == "true")
    assert apart(window.picture(), before) > 0.5
    rows.nth(0).focus()
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("Enter")
    window.until(lambda: rows.nth(1).get_attribute("aria-selected") == "true")
    folder = tmp_path / "of the command"
    command("segment", str(CHINA), "-o", str(folder), "--foreground", "dark")
    theirs = sorted(one for one in folder.iterdir() if ".object" in one.name)
    files = window.downloaded("Objects", tmp_path / "taken", len(theirs))
    assert sorted(one.name for one in files) == [one.name for one in theirs]
    for one in files:
        assert the_same(one, folder / one.name), one.name


# --- taken home ---------------------------------------------------------------------------------------------

SET = ("Labels", "Overlay", "Painted", "Table of classes", "Convergence plot", "Record")


def test_each_file_is_the_command_s_for_the_same_choices(window_of: OpenWindow, tmp_path: Path) -> None:
    window = window_of()
    window.open(CHINA)
    window.choose("Components", "5")
    mixture = window.room("Mixture")
    for label, name in ((4, "sky"), (0, "shade")):
        mixture.get_by_label(f"Name of label {label}").fill(name)
        mixture.get_by_label(f"Name of label {label}").press("Enter")
        window.until(lambda: window.state["result"]["components"][label]["name"] == name)  # noqa: B023
    mixture.get_by_label("Label 1: to be merged").check()
    mixture.get_by_label("Label 2: to be merged").check()
    mixture.get_by_role("button", name="Merge 2").click()
    window.until(lambda: len(window.state["result"]["components"]) == 4)
    taken = tmp_path / "taken"
    files = [one for title in SET for one in window.downloaded(title, taken)]
    code = window.room("Choices").get_by_label("Command line", exact=True).inner_text()
    program, *words = shlex.split(code)
    assert (program, words[1]) == ("pixture", "china.jpg")
    folder = tmp_path / "of the command"
    command(words[0], str(CHINA), *words[2:], "-o", str(folder))
    assert {one.name for one in files} == {one.name for one in folder.iterdir()}
    for one in files:
        assert the_same(one, folder / one.name), one.name


def test_a_saved_session_opens_as_it_was(window_of: OpenWindow, tmp_path: Path) -> None:
    window = window_of()
    window.open(CHINA)
    window.choose("Components", "3")
    mixture = window.room("Mixture")
    mixture.get_by_label("Name of label 2").fill("sky")
    mixture.get_by_label("Name of label 2").press("Enter")
    window.until(lambda: window.state["result"]["components"][2]["name"] == "sky")
    picture = window.picture()
    (labels,) = window.downloaded("Labels", tmp_path / "before")
    button = window.page.get_by_role("button", name="Download the session")
    (file,) = window.saved(button, tmp_path)
    choices, result = window.state["choices"], window.state["result"]
    # the page, loaded anew, shows the session that it had
    window.state.clear()
    window.page.reload()
    window.until(lambda: "result" in window.state)
    assert window.state["result"] == result
    assert apart(window.picture(), picture) == 0
    # and a window of its own opens the file
    other = window_of()
    other.open(file)
    kept = {name for name in result if name not in ("run", "seconds")}
    assert {name: other.state["result"][name] for name in kept} == {name: result[name] for name in kept}
    assert other.state["choices"] == choices
    assert other.room("Mixture").get_by_label("Name of label 2").input_value() == "sky"
    assert apart(other.picture(), picture) == 0
    (again,) = other.downloaded("Labels", tmp_path / "after")
    assert again.read_bytes() == labels.read_bytes()


# --- for everyone -------------------------------------------------------------------------------------------


def test_keys_do_what_a_pointer_does(segmented: Window) -> None:
    window = segmented
    page = window.page
    page.get_by_role("tab", name=TABS[0]).focus()
    for name in (*TABS[1:], TABS[0]):
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.textContent") == name
        assert page.get_by_role("tabpanel", name=name, exact=True).is_visible()
    page.keyboard.press("End")
    assert page.get_by_role("tab", name=TABS[-1]).get_attribute("aria-selected") == "true"
    page.keyboard.press("Home")
    # the image: zoom in, move, look at a pixel, all of it again
    whole = window.picture()
    window.stage.focus()
    for key in ("+", "+", "ArrowRight"):
        page.keyboard.press(key)
    assert apart(window.picture(), whole) > MOVED
    page.keyboard.press("f")
    assert apart(window.picture(), whole) == 0
    page.keyboard.press("c")
    readout = page.locator(".px-readout")
    readout.get_by_text(re.compile(r"^label \d")).first.wait_for()
    before = readout.inner_text()
    page.keyboard.press("ArrowRight")
    window.until(lambda: readout.inner_text() != before)
    page.keyboard.press("Escape")
    # and a run
    with window.running():
        page.get_by_role("button", name="Run", exact=True).focus()
        page.keyboard.press("Enter")


NUMBERS = """async () => {
  const { percent, ticks, written } = await import("/page/core/numbers.js");
  return {
    written: [7, 65535, -3, 0.5, -20331.4, 8.4391e-8, 12345.678, 1234.56, 3.2e12, null, NaN].map(written),
    percent: [0, 0.0001, 0.01, 0.5, 1].map(percent),
    ticks: [[0, 255], [-20800, -20100], [0, 65535], [3e-8, 2e-7], [0, 0.0007], [1, 1]].map(
      (ends) => ticks(ends).map((one) => one.words)),
  };
}"""


def test_numbers_are_short_and_can_be_told_apart(segmented: Window) -> None:
    found = segmented.page.evaluate(NUMBERS)
    assert found["written"] == [
        "7", "65535", "−3", "0.5000", "−20331", "8.439e−8", "12346", "1234.6", "3.200e+12", "–", "–",
    ]  # fmt: skip
    assert found["percent"] == ["0 %", "< 0.1 %", "1.0 %", "50 %", "100 %"]
    assert found["ticks"][0] == ["0", "100", "200"]
    assert found["ticks"][1] == ["−20,800", "−20,600", "−20,400", "−20,200"]
    for words in found["ticks"][:-1]:
        assert 2 < len(words) == len(set(words))
        assert max(map(len, words)) <= 8
    assert found["ticks"][-1] == []


def test_the_same_refusal_is_said_again_and_has_room(segmented: Window, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    page = segmented.page
    page.set_viewport_size({"width": 400, "height": 900})  # a cell of a notebook
    status = page.locator(".px-status")
    for _ in range(2):
        status.evaluate("(one) => (one.textContent = 'something else')")
        page.locator(".px-header input[type=file]").set_input_files(empty)
        segmented.until(lambda: segmented.status == "empty.png is empty, or a folder; give an image.")
    box = status.bounding_box()
    assert box is not None
    assert box["width"] > 300
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


def test_a_canvas_shows_what_webgl_shows(segmented: Window, window_of: OpenWindow) -> None:
    session = segmented.page.evaluate("sessionStorage.getItem('pixture-session')")
    others = {}
    for drawing in ("2d", "webgl2"):
        window = window_of()
        window.page.evaluate("(session) => sessionStorage.setItem('pixture-session', session)", session)
        window.page.goto(f"{window.page.url}?drawing={drawing}")
        window.until(lambda: window.state.get("result"))  # noqa: B023
        others[drawing] = window
    names = {drawing: window.stage.get_attribute("data-drawing") for drawing, window in others.items()}
    assert names["2d"] == "2-D canvas"
    if names["webgl2"] != "WebGL2":
        pytest.skip("this browser has no WebGL2")
    for layer in ("Labels", "Boundaries", "Probability"):
        for window in others.values():
            window.page.locator(".px-layer", has_text=layer).click()
        one, other = (window.picture() for window in others.values())
        assert one.std() > 10, layer
        # pixels between those of the image, and lines, are found in ways of their own: coarsely, they agree
        coarse = [
            block[: len(block) // 8 * 8, : block.shape[1] // 8 * 8]
            .reshape(len(block) // 8, 8, block.shape[1] // 8, 8, 3)
            .mean((1, 3))
            for block in (one, other)
        ]
        assert np.abs(coarse[0] - coarse[1]).mean() < (4 if layer == "Boundaries" else 1.5), layer


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(segmented: Window, window_of: OpenWindow, scheme: Any) -> None:
    sync_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")
    axe = sync_playwright.Axe()
    page = segmented.page
    page.emulate_media(color_scheme=scheme)
    found = []
    for tab in TABS:
        segmented.room(tab)
        page.wait_for_timeout(250)  # colours fade in
        for one in axe.run(page).response["violations"]:
            if one["impact"] in ("serious", "critical"):
                found.append((tab, one["id"], [node["html"][:160] for node in one["nodes"]]))
    page.emulate_media(color_scheme="null")
    empty = window_of(color_scheme=scheme)  # before an image is opened
    for one in axe.run(empty.page).response["violations"]:
        if one["impact"] in ("serious", "critical"):
            found.append(("empty", one["id"], [node["html"][:160] for node in one["nodes"]]))
    assert found == []


@pytest.mark.slow
def test_pictures_of_every_panel_to_be_looked_at(window_of: OpenWindow, tmp_path: Path) -> None:
    """Nothing is wider than the page, whatever it is looked at with."""
    volume = tmp_path / "volume.tif"
    generator = np.random.default_rng(0)
    z, y, x = np.mgrid[:24, :96, :128]
    ball = ((z - 12) / 8.0) ** 2 + ((y - 48) / 30.0) ** 2 + ((x - 64) / 40.0) ** 2 < 1
    pixels = (60 + 90 * ball + generator.normal(0, 12, ball.shape)).clip(0, 255).astype(np.uint8)
    tifffile.imwrite(volume, pixels, imagej=True, metadata={"axes": "ZYX", "spacing": 2})
    for name, size, scheme in (("light", WIDE, "light"), ("dark", WIDE, "dark"), ("tablet", TABLET, "light")):
        window = window_of(size=size, color_scheme=scheme)
        window.photograph(f"{name}-empty")
        window.open(CHINA)
        for tab in TABS:
            room = window.room(tab)
            if tab == "Mixture":
                component(room, 1)
                window.photograph(f"{name}-picked")
                room.get_by_role("button", name="Show all").click()
            if tab == "Choices":
                room.get_by_text("More choices").click()
            if tab == "Measure":
                with window.running():
                    room.get_by_role("button", name="Measure objects").click()
            window.photograph(f"{name}-{tab.replace(' ', '-').lower()}")
            wide = window.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, (name, tab)
        measure = window.room("Measure")
        with window.running():
            measure.get_by_role("button", name="Find regions").click()
        measure.get_by_role("slider", name="Detail").wait_for()
        window.photograph(f"{name}-regions")
        guide = window.room("Guide")
        for mark, points in ((1, SKY), (2, TREES)):
            guide.get_by_role("button", name=re.compile(f"^Draw Class {mark}")).click()
            window.stroke(*points)
        window.until(lambda: len(window.state["result"]["components"]) == 2)  # noqa: B023
        window.photograph(f"{name}-marks")
        window.room("Mixture")
        window.open(volume)
        window.page.get_by_role("button", name="3 planes").click()
        window.photograph(f"{name}-volume")
