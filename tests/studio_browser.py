"""The studio's page in a real browser: what a person does there, what it was told, what went wrong."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from pixture.arrays import Array
from tests.studio_server import Studio

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, WebSocket

WIDE = (1440, 900)
TABLET = (820, 1180)
TABS = ("Mixture", "Choices", "Guide", "Measure", "Take home", "Teach")

PICTURES = "PIXTURE_STUDIO_PICTURES"
"""The environment variable that names a folder for pictures of the page, to be looked at."""

CLEAR = """() => {
  if (document.adoptedStyleSheets.length) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".px-zoom, .px-scale, .px-brush-ring { visibility: hidden }");
  document.adoptedStyleSheets = [sheet];
}"""
"""Hides what lies on the image; the page's policy lets no style of Playwright's own in."""

SECONDS = 10
"""How long something may take to be there, and to be pressed."""

HARMLESS = ("GPU stall due to ReadPixels", "Automatic fallback to software WebGL")
"""What a browser without a graphics processor says of itself."""


@dataclass(eq=False)
class Window:
    """A page of the studio.

    Attributes
    ----------
    page
        The browser's.
    state
        What the session has told of itself, by parts.
    runs
        Everything that was told of runs.
    steps, frames
        What was told of steps of fits, and of pictures of them.
    complaints
        Errors and warnings of the page, and requests that go elsewhere.
    means
        Those of the mixture that was found last, (K, d).
    """

    page: Page
    state: dict[str, Any] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    means: Array = field(default_factory=lambda: np.empty(0))

    def listen(self, host: str) -> None:
        """Note what the page is told from now on, and what goes wrong in it."""

        def said(message: Any) -> None:
            if message.type in ("warning", "error") and not any(one in message.text for one in HARMLESS):
                self.complaints.append(f"{message.type}: {message.text}")

        def asked(request: Any) -> None:
            if not request.url.startswith((f"http://{host}/", f"ws://{host}/", "data:", "blob:")):
                self.complaints.append(f"asks for {request.url}")

        self.page.on("console", said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", asked)
        self.page.on("websocket", self._follow)

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._told)

    def _told(self, frame: str | bytes) -> None:
        buffers: list[bytes] = []
        if isinstance(frame, bytes):
            at = 4 + int.from_bytes(frame[:4], "little")
            says = json.loads(frame[4:at])
            for size in says["_lengths"]:
                buffers.append(frame[at : at + size])
                at += size
        else:
            says = json.loads(frame)
        if "steps" in says and "channels" in says:
            last = len(says["steps"][-1]["components"])
            self.means = np.frombuffer(buffers[1], np.float32).reshape(-1, says["channels"])[-last:]
        self.state |= says.get("state", {})
        if "run" in says.get("state", {}):
            self.runs.append(says["state"]["run"])
        if "step" in says:
            self.steps.append(says["step"])
        if "frame" in says:
            self.frames.append(says["frame"])

    # --- waiting -------------------------------------------------------------------------------------------

    def until(self, there: Callable[[], Any], seconds: float = 60) -> Any:
        """Wait until something is so; return it."""
        deadline = time.monotonic() + seconds
        while not (found := there()):
            assert time.monotonic() < deadline, (self.state.get("run"), self.complaints)
            self.page.wait_for_timeout(15)
        return found

    def rested(self, seconds: float = 60) -> dict[str, Any]:
        """Wait until nothing runs; return how the last run ended."""
        self.until(lambda: self.run["status"] != "running", seconds)
        return self.run

    @contextmanager
    def running(self, *ends: str, seconds: float = 60) -> Iterator[None]:
        """Wait, after what is done in here, until a run that it began has ended in one of these ways."""
        before = self.run["number"]
        yield
        self.until(lambda: self.run["number"] > before and self.run["status"] in (ends or ("done",)), seconds)

    @property
    def run(self) -> dict[str, Any]:
        """How the run is doing."""
        run: dict[str, Any] = self.state.get("run", {"status": "idle", "number": 0})
        return run

    # --- what is there -------------------------------------------------------------------------------------

    @property
    def stage(self) -> Locator:
        """The image."""
        return self.page.locator(".px-stage").first

    @property
    def status(self) -> str:
        """What is said at the top."""
        return self.page.locator(".px-status").inner_text()

    @property
    def scrubber(self) -> Locator:
        """The slider over the steps of a fit."""
        return self.page.get_by_role("slider", name="Step of the fit")

    def room(self, name: str) -> Locator:
        """Open a tab; return its panel."""
        self.page.get_by_role("tab", name=name, exact=True).click()
        return self.page.get_by_role("tabpanel", name=name, exact=True)

    def picture(self) -> Array:
        """Return the image as it is seen once it keeps still, without what lies on it: (rows, columns, 3)."""
        self.page.evaluate(CLEAR)
        before = b""
        for _ in range(80):
            now = self.stage.screenshot(caret="initial")
            if now == before:
                break
            before = now
            self.page.wait_for_timeout(60)
        return np.asarray(Pillow.open(io.BytesIO(now)).convert("RGB"), np.int16)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a pixel of the image is on the page, while all of the image is seen."""
        box = self.stage.bounding_box()
        assert box is not None
        image = self.state["image"]
        scale = min(box["width"] / image["width"], box["height"] / image["height"])
        return (
            box["x"] + box["width"] / 2 + scale * (x - image["width"] / 2),
            box["y"] + box["height"] / 2 + scale * (y - image["height"] / 2),
        )

    # --- what a person does --------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Choose a file, and wait until it is segmented."""
        with self.running():
            self.page.locator(".px-header input[type=file]").set_input_files(path)
        self.until(lambda: self.state.get("image") and self.state.get("result"))
        self.rested()

    def drop(self, path: Path) -> None:
        """Drop a file on the image."""
        content = path.read_bytes()
        files = self.page.evaluate_handle(
            """async ([base64, name]) => {
              const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
              const files = new DataTransfer();
              files.items.add(new File([bytes], name));
              return files;
            }""",
            [_base64(content), path.name],
        )
        for event in ("dragenter", "dragover", "drop"):
            self.page.dispatch_event(".px-image", event, {"dataTransfer": files})

    def choose(self, title: str, value: str) -> None:
        """Give a choice another value, and wait until the image is segmented by it."""
        control = self.room("Choices").get_by_label(title, exact=True)
        with self.running():
            control.fill(value)
            control.press("Tab")

    def stroke(self, *points: tuple[float, float]) -> None:
        """Draw through pixels of the image, all of which is seen."""
        mouse = self.page.mouse
        mouse.move(*self.place(*points[0]))
        mouse.down()
        for one in points[1:]:
            mouse.move(*self.place(*one), steps=6)
        mouse.up()

    def downloaded(self, title: str, folder: Path, files: int = 1) -> list[Path]:
        """Download something under Take home; return its files."""
        button = self.room("Take home").get_by_role("button", name=f"Download: {title}", exact=True)
        return self.saved(button, folder, files)

    def saved(self, button: Locator, folder: Path, files: int = 1) -> list[Path]:
        """Press a button, and return the files that the browser saves then."""
        found: list[Any] = []

        def keep(download: Any) -> None:
            found.append(download)

        self.page.on("download", keep)
        button.click()
        self.until(lambda: len(found) >= files)
        self.rested()
        self.page.remove_listener("download", keep)
        folder.mkdir(exist_ok=True)
        paths = [folder / one.suggested_filename for one in found]
        for one, path in zip(found, paths, strict=True):
            one.save_as(path)
        return paths

    def photograph(self, name: str) -> None:
        """Keep a picture of the page where the environment asks for it."""
        folder = os.environ.get(PICTURES)
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.wait_for_timeout(400)
            self.page.screenshot(path=Path(folder) / f"{name}.png", caret="initial")


def _base64(content: bytes) -> str:
    import base64

    return base64.b64encode(content).decode()


@contextmanager
def windows(browser: Browser, studio: Studio) -> Iterator[Callable[..., Window]]:
    """Give what opens windows of one browser that has used the link, each with a session of its own."""
    context = entered(browser, studio)
    opened: list[Window] = []

    def open_window(
        address: str = "/", size: tuple[int, int] = WIDE, first: str = "", **media: Any
    ) -> Window:
        window = Window(context.new_page())
        if first:  # runs before the page's own scripts
            window.page.add_init_script(first)
        opened.append(window)
        window.listen(studio.host)
        window.page.set_default_timeout(1000 * SECONDS)
        window.page.set_viewport_size({"width": size[0], "height": size[1]})
        window.page.emulate_media(**media)
        window.page.goto(f"http://{studio.host}{address}")
        window.until(lambda: "choices" in window.state)
        return window

    try:
        yield open_window
    finally:
        context.close()
    assert [one for window in opened for one in window.complaints] == []


def entered(browser: Browser, studio: Studio, **options: Any) -> BrowserContext:
    """Return what is let in by the link's cookie."""
    if not studio.cookie:
        studio.enter()
    name, _, value = studio.cookie.partition("=")
    context = browser.new_context(**options)
    context.add_cookies([{"name": name, "value": value, "url": f"http://{studio.host}/"}])
    return context
