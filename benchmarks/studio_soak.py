"""The studio left open: `python -m benchmarks.studio_soak MINUTES` uses one page so long.

A round opens a photograph, chooses, runs, cancels, looks back, draws, takes it back, cuts regions, measures
and takes home, as a person would. Every minute it prints the memory of the server and of the page, the latter
after its garbage is collected.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from tests.browser import chromium
from tests.studio_browser import TABS, Window, windows
from tests.studio_server import Studio, running_studio

from pixture.demo import PHOTOGRAPHS, photograph

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession

LAYERS = ("Image", "Painted", "Boundaries", "Uncertainty", "Probability", "Labels")


def main(arguments: list[str]) -> int:
    """Use the studio for so many minutes; print what it takes."""
    minutes = float(arguments[0]) if arguments else 120.0
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        running_studio(Path(folder)) as studio,
        windows(browser, studio) as opening,
    ):
        window = opening()
        watched = window.page.context.new_cdp_session(window.page)
        watched.send("Performance.enable")
        _use(window, studio, watched, Path(folder, "taken"), 60 * minutes)
    return 0


def _use(window: Window, studio: Studio, watched: CDPSession, taken: Path, seconds: float) -> None:
    print("minute  rounds  server MB  all of it MB  page's heap MB  nodes", flush=True)
    began = time.monotonic()
    rounds, minute = 0, 0
    steps: Iterator[str] = iter(())
    while time.monotonic() - began < seconds:
        if next(steps, None) is None:
            steps = _round(window, rounds, taken)
            rounds += 1
        for kept in (window.runs, window.steps, window.frames):
            kept.clear()
        if time.monotonic() - began >= 60 * minute:
            _report(minute, rounds, studio, watched)
            minute += 1
    _report(round(seconds / 60), rounds, studio, watched)


def _report(minute: int, rounds: int, studio: Studio, watched: CDPSession) -> None:
    watched.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in watched.send("Performance.getMetrics")["metrics"]}
    server = psutil.Process(studio.process.pid)
    whole = [server, *server.children(recursive=True)]
    memory = [one.memory_info().rss / 1e6 for one in whole]
    heap = metrics["JSHeapUsedSize"] / 1e6
    numbers = f"{memory[0]:9.0f}  {sum(memory):12.0f}  {heap:14.1f}  {metrics['Nodes']:5.0f}"
    print(f"{minute:6d}  {rounds:6d}  {numbers}", flush=True)


def _round(window: Window, number: int, taken: Path) -> Iterator[str]:
    """Use the studio for a while; each thing that is done is a step."""
    page = window.page
    path = photograph(list(PHOTOGRAPHS)[number % len(PHOTOGRAPHS)])
    if number % 2:
        with window.running():
            window.drop(path)
        window.rested()
    else:
        window.open(path)
    yield "opened"
    window.choose("Components", str(2 + number % 7))
    yield "chosen"
    window.scrubber.focus()
    for key in ("Home", *("ArrowRight",) * 4, "End"):
        page.keyboard.press(key)
        page.wait_for_timeout(60)
    yield "looked back"
    for layer in LAYERS:
        page.locator(".px-layer", has_text=layer).click()
        page.wait_for_timeout(80)
    window.stage.focus()
    for key in ("+", "+", "ArrowLeft", "ArrowDown", "f", "c", "ArrowRight", "Escape", "Escape"):
        page.keyboard.press(key)
        page.wait_for_timeout(40)
    yield "looked at"
    run = page.get_by_role("button", name="Run", exact=True)
    run.click()
    with window.running("done", "cancelled"):
        run.click()
        page.get_by_role("button", name="Cancel", exact=True).click(force=True)
    yield "cancelled"
    guide = window.room("Guide")
    for mark, height in ((1, 0.1), (2, 0.9)):
        guide.get_by_role("button", name=f"Draw Class {mark}").click()
        y = height * window.state["image"]["height"]
        window.stroke((60, y), (300, y + 5), (560, y))
    window.rested()
    with window.running():
        guide.get_by_role("button", name="Clear", exact=True).click()
    window.rested()
    page.keyboard.press("Escape")
    yield "drawn"
    measure = window.room("Measure")
    with window.running():
        measure.get_by_role("button", name="Find regions").click()
    slider = measure.get_by_role("slider", name="Detail")
    slider.wait_for()
    for value in range(200, 900, 100):
        slider.fill(str(value))
        page.wait_for_timeout(30)
    with window.running():
        measure.get_by_role("button", name="Measure objects").click()
    yield "measured"
    for title, files in (("Labels", 1), ("Report", 1), ("Objects", 3)):
        window.downloaded(title, taken, files)
    shutil.rmtree(taken)
    yield "taken home"
    for tab in TABS:
        window.room(tab)
    for name in ("E step", "M step"):
        page.get_by_role("button", name=name, exact=True).click()
    yield "taught"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
