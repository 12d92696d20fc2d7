"""A large image moved in the studio: `python -m benchmarks.studio_panning IMAGE` takes the time of frames.

The image is opened by its path and segmented. Then it is dragged about, first where all of it is seen, then
nearer, until a pixel of it is one of the screen. By the page's own clock: the time between frames while it is
dragged, and how long after the drag all that is seen is there as fine as the screen. A real server and a
headless Chromium run beside each other on this machine, and the browser has no graphics processor.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.browser import chromium
from tests.studio_browser import Window, windows
from tests.studio_server import running_studio

ZOOMS = {
    "all of it": ("f",),
    "nearer": ("f", *"+++++"),
    "nearer still": ("0", *"----"),
    "pixel by pixel": ("0",),
}
"""The keys that lead to each."""

LAYERS = ("Image", "Labels")

MOVES = 120
"""Places on the way of a drag, a frame of 60 a second after each other."""

WATCH = """() => {
  globalThis.frames = [];
  const next = (time) => {
    if (globalThis.frames?.push(time)) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""

WATCHED = """() => { const { frames } = globalThis; globalThis.frames = null; return frames; }"""


def main(arguments: list[str]) -> int:
    """Open an image by its path, and drag it; print the time between frames."""
    if not arguments:
        raise SystemExit("Name an image.")
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        running_studio(Path(folder), arguments[0]) as studio,
        windows(browser, studio) as opening,
    ):
        window = opening()
        began = time.monotonic()
        window.until(lambda: window.state.get("result"), 3600)
        window.rested(3600)
        print(f"{arguments[0]}: segmented after {time.monotonic() - began:.0f} s; {os.cpu_count()} cores")
        for layer in LAYERS:
            window.page.locator(".px-layer", has_text=layer).click()
            for name, keys in ZOOMS.items():
                _drag(window, f"{layer}, {name}", keys)
    return 0


def _drag(window: Window, name: str, keys: tuple[str, ...]) -> None:
    page = window.page
    window.stage.focus()
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    page.wait_for_selector(".px-stage[data-drawn]", timeout=60_000)
    box = window.stage.bounding_box()
    assert box is not None
    x, y = box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"]
    page.mouse.move(x, y)
    page.evaluate(WATCH)
    page.mouse.down()
    for at in range(MOVES):
        began = time.monotonic()
        page.mouse.move(x - 0.6 * box["width"] * at / MOVES, y - 0.6 * box["height"] * at / MOVES)
        time.sleep(max(0.0, 1 / 60 - (time.monotonic() - began)))
    page.mouse.up()
    times: list[Any] = page.evaluate(WATCHED)
    ended = time.monotonic()
    page.wait_for_selector(".px-stage[data-drawn]", timeout=60_000)
    late = time.monotonic() - ended
    apart = [after - before for before, after in itertools.pairwise(times)]
    part = statistics.quantiles(apart, n=20)[-1]
    print(
        f"{name}: {len(apart)} frames, {statistics.median(apart):.1f} ms apart, 95 % within {part:.1f}, all "
        f"within {max(apart):.1f}; all of it fine {late:.2f} s after; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
