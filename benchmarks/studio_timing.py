"""The studio in a browser: `python -m benchmarks.studio_timing [IMAGE ...]` takes the time.

Everything is measured in the page, by its own clock: from when the file is dropped to the first picture of
the fit that is drawn, and to the labels of the finished fit. A real server and a headless Chromium run beside
each other on this machine, as they do for who uses the studio; the server has had the time to load its
kernels.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from tests.browser import chromium
from tests.studio_browser import Window, windows
from tests.studio_server import Studio, running_studio

from benchmarks.data import photographs

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROUNDS = 5
"""Times that the photograph is dropped, each time into a page and a session of its own."""

FIRST, LAST = 1.5, 4.0
"""Seconds until the first picture and the final labels that are asked for, of 20 megapixels on two cores."""

USUAL = ("Kleiber", "Elephants")
"""The photographs that are dropped unless others are named: 20 and 18 megapixels."""

QUIET = 400
"""Milliseconds without a tile after which all of them are there."""

STOPWATCH = """() => {
  const Socket = globalThis.WebSocket;
  globalThis.clock = { drop: 0, sent: 0, image: 0, first: 0, step: 0, done: 0, last: 0, frames: 0 };
  const drawn = (then) => requestAnimationFrame(() => setTimeout(then)); // the page draws in the same frame
  globalThis.WebSocket = class extends Socket {
    constructor(...how) {
      super(...how);
      this.addEventListener("message", ({ data }) => {
        let says = null;
        if (typeof data === "string") says = JSON.parse(data);
        else {
          const length = new DataView(data).getUint32(0, true);
          says = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
        }
        const { clock } = globalThis;
        const run = says.state?.run;
        if (run?.status === "running" && clock.drop && !clock.sent) clock.sent = performance.now();
        if (says.state?.image && !clock.image) clock.image = performance.now();
        if (says.step && !clock.step) clock.step = performance.now();
        if (says.frame) {
          clock.frames += 1;
          if (!clock.first) drawn(() => (clock.first ||= performance.now()));
        }
        if (run?.status === "done" && clock.drop) clock.done = performance.now();
        if (clock.done && says._lengths) drawn(() => (clock.last = performance.now())); // a tile
      });
    }
  };
  addEventListener("drop", () => (globalThis.clock.drop = performance.now()), { capture: true });
}"""


def main(arguments: list[str]) -> int:
    """Drop photographs several times; print how long each time took, and the medians."""
    paths = [Path(one) for one in arguments] or [
        one.path for one in photographs()[0] if one.name in USUAL and one.path is not None
    ]
    if not paths:
        raise SystemExit("There are no photographs: name one, or the folder of them by PIXTURE_TEST_DATA.")
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        running_studio(Path(folder)) as studio,
    ):
        for path in paths:
            _rested(studio)
            _drop_often(browser, studio, path)
    return 0


def _drop_often(browser: Browser, studio: Studio, path: Path) -> None:
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB; {os.cpu_count()} cores")
    rounds: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        with windows(browser, studio) as opening:
            rounds.append(_dropped(opening(first=f"({STOPWATCH})()"), path))
        print("  ".join(f"{name} {value:.2f}" for name, value in rounds[-1].items()), flush=True)
    for name, bound in (("first picture", FIRST), ("final labels", LAST)):
        times = sorted(one[name] for one in rounds)
        print(f"{name}: median {times[len(times) // 2]:.2f} s, least {times[0]:.2f} s (asked for: {bound} s)")


def _rested(studio: Studio) -> None:
    """Wait until the server has loaded what runs need."""
    process = psutil.Process(studio.process.pid)
    deadline = time.monotonic() + 60
    while process.cpu_percent(1.0) > 5 and time.monotonic() < deadline:
        pass


def _dropped(window: Window, path: Path) -> dict[str, float]:
    """Drop a file; return seconds from the drop, and the load of the machine."""
    load = os.getloadavg()[0]
    window.drop(path)
    window.until(lambda: window.state.get("result"), 120)
    window.rested()
    window.until(lambda: window.page.evaluate(f"clock.last && performance.now() - clock.last > {QUIET}"), 60)
    clock: dict[str, Any] = window.page.evaluate("clock")
    names = ("sent", "image", "step", "first", "done", "last")
    since = {name: (clock[name] - clock["drop"]) / 1000 for name in names}
    return {
        "sent": since["sent"],
        "decoded": since["image"],
        "first step": since["step"],
        "first picture": since["first"],
        "run done": since["done"],
        "final labels": since["last"],
        "frames": clock["frames"],
        "load": load,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
