"""Pages as a browser shows them: a headless Chromium, which fails the test that made it complain."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

PageOf = Callable[..., "Page"]
"""page_of(path, **options of Playwright's new_page)."""


class NoBrowser(SystemExit):
    """There is no browser: who started a benchmark is told so, and tests are skipped."""


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Start a browser of the machine's own; none is downloaded.

    Raises
    ------
    NoBrowser
        There is none.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise NoBrowser(f"there is no browser: none of {', '.join(PROGRAMS)} is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # its own sandbox does not start as root, nor in most containers
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *arguments])
        yield started
        started.close()


@contextmanager
def chromium_or_skip(*arguments: str) -> Iterator[Browser]:
    """Start a browser as `chromium` does; the test is skipped where there is none."""
    with ExitStack() as ending:
        try:
            started = ending.enter_context(chromium(*arguments))
        except NoBrowser as none:
            pytest.skip(str(none))
        yield started


@pytest.fixture(
    scope="module"
)  # while it is there asyncio's loop runs, which other modules' tests want to start
def browser() -> Iterator[Browser]:
    """A browser; its tests are skipped where there is none."""
    with chromium_or_skip() as started:
        yield started


@pytest.fixture
def page_of(browser: Browser) -> Iterator[PageOf]:
    """Open a file; the test fails if the page asks for anything else, or the browser complains of it."""
    pages: list[Page] = []
    complaints: list[str] = []

    def open_page(path: Path, **options: Any) -> Page:
        page = browser.new_page(**options)
        pages.append(page)
        address = path.resolve().as_uri()

        def hear(message: Any) -> None:
            if message.type in ("warning", "error"):
                complaints.append(f"{message.type}: {message.text}")

        def follow(request: Any) -> None:
            if request.url.split("#")[0] != address and not request.url.startswith(("data:", "blob:")):
                complaints.append(f"asks for {request.url}")

        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", follow)
        page.goto(address)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []
