"""Marks in the studio: `python -m benchmarks.studio_marks [IMAGE]` times the answers to strokes.

In a photograph of one megapixel two classes are marked; each further stroke segments it anew. By the page's
own clock: from when the pointer is lifted to the first answer that is drawn, which is of every n-th pixel,
and to the labels of all pixels. A real server and a headless Chromium run beside each other on this machine.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image as Pillow
from tests.browser import chromium
from tests.studio_browser import Window, windows
from tests.studio_server import running_studio

from benchmarks.studio_timing import QUIET, STOPWATCH
from pixture.demo import photograph

SIZE = (1225, 817)
"""The columns and rows of a photograph of one megapixel."""

ASKED = 0.2
"""Seconds in which an answer to a stroke is asked for."""

CLASSES = (((120, 60), (1100, 100)), ((120, 735), (1100, 770)))
"""The first stroke of each class: places, x and y in pixels."""

STROKES = tuple(((x, 690), (x + 100, 650)) for x in range(120, 1080, 120))
"""Those that are timed, of the second class."""

RESTART = """() => {
  for (const name in clock) clock[name] = 0;
  addEventListener("pointerup", () => (clock.drop = performance.now()), { capture: true, once: true });
}"""


def main(arguments: list[str]) -> int:
    """Mark a photograph; print how long each answer took, and the medians."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(arguments[0]) if arguments else Path(folder, "china.png")
        if not arguments:
            Pillow.open(photograph("china")).convert("RGB").resize(SIZE).save(path)
        with running_studio(Path(folder)) as studio, windows(browser, studio) as opening:
            _mark(opening(first=f"({STOPWATCH})()"), path)
    return 0


def _mark(window: Window, path: Path) -> None:
    window.open(path)
    guide = window.room("Guide")
    window.stage.focus()
    window.page.keyboard.press("f")
    for number, stroke in enumerate(CLASSES, 1):
        guide.get_by_role("button", name=re.compile(f"^Draw Class {number}")).click()
        window.stroke(*stroke)
    window.until(lambda: len(window.state["result"]["components"]) == len(CLASSES))
    rounds = [_answered(window, stroke) for stroke in STROKES]
    for name in ("first answer", "run done", "all labels"):
        times = [one[name] for one in rounds]
        print(
            f"{name}: median {statistics.median(times):.2f} s, from {min(times):.2f} to {max(times):.2f} s "
            f"(asked for: {ASKED} s)"
        )


def _answered(window: Window, stroke: tuple[tuple[int, int], tuple[int, int]]) -> dict[str, float]:
    """Draw a stroke; return the seconds from its end."""
    window.rested()
    window.page.wait_for_timeout(1000)
    window.page.evaluate(RESTART)
    load = os.getloadavg()[0]
    window.stroke(*stroke)
    window.until(lambda: window.page.evaluate(f"clock.last && performance.now() - clock.last > {QUIET}"))
    clock: dict[str, Any] = window.page.evaluate("clock")
    since = {name: (clock[name] - clock["drop"]) / 1000 for name in ("sent", "first", "done", "last")}
    took = {"sent": since["sent"], "first answer": since["first"], "run done": since["done"]}
    took |= {"all labels": since["last"], "load": load}
    print("  ".join(f"{name} {value:.2f}" for name, value in took.items()), flush=True)
    return took


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
