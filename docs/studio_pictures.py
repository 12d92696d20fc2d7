"""The pictures of the studio's page of the site: python -m docs.studio_pictures, with Chromium installed.

They are committed, in docs/images/: screenshots of the studio as a server shows it, on a photograph.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image as Pillow
from tests.browser import chromium
from tests.studio_browser import Window, windows
from tests.studio_server import running_studio

from pixture.demo import photograph

if TYPE_CHECKING:
    pass

IMAGES = Path(__file__).parent / "images"
SIZE = (1280, 800)
QUALITY = 88
"""Of WebP: text keeps its edges."""


def mixture(window: Window) -> None:
    """A photograph, its labels over a part of it, and the ellipses of its mixture."""
    window.open(photograph("china"))
    window.room("Mixture")
    window.page.get_by_role("button", name="Swipe").click()


def guide(window: Window) -> None:
    """Two classes that are marked, and the image segmented by the marks."""
    window.open(photograph("flower"))
    room = window.room("Guide")
    room.get_by_role("button", name=re.compile("^Draw Class 1")).click()
    window.stroke((40, 60), (320, 30), (600, 90))
    window.stroke((60, 380), (110, 200))
    room.get_by_role("button", name=re.compile("^Draw Class 2")).click()
    with window.running():
        window.stroke((250, 215), (330, 190), (390, 250))
    window.rested()


def teach(window: Window) -> None:
    """EM on points, in front of a class."""
    room = window.room("Teach")
    room.get_by_role("button", name="Show large").click()
    for name in ("E step", "M step", "E step"):
        room.get_by_role("button", name=name, exact=True).click()
        window.page.wait_for_timeout(600)


PICTURES: dict[str, tuple[Callable[[Window], None], str]] = {
    "studio": (mixture, "light"),
    "studio-guide": (guide, "dark"),
    "studio-teach": (teach, "light"),
}


def main() -> None:
    """Make them."""
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        running_studio(Path(folder)) as studio,
    ):
        for name, (prepare, scheme) in PICTURES.items():
            with windows(browser, studio) as opening:
                window = opening(size=SIZE, color_scheme=scheme)
                prepare(window)
                window.page.mouse.move(0, 0)
                window.page.wait_for_timeout(1500)
                shot = Pillow.open(io.BytesIO(window.page.screenshot()))
                shot.convert("RGB").save(IMAGES / f"{name}.webp", quality=QUALITY, method=6)


if __name__ == "__main__":
    main()
