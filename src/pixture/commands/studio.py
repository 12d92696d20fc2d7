"""`pixture studio`: segment in the browser."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pixture.commands.command import Argument, Only, command
from pixture.commands.help_pages import Example
from pixture.commands.process.error_messages import Refused, say
from pixture.commands.process.lean_imports import import_matplotlib, import_numba
from pixture.commands.process.settings import prepare_readers
from pixture.options.kinds import Flag, Text, Whole
from pixture.options.option import Group, Options, described, option
from pixture.options.running import Running

NEEDED = ("starlette", "uvicorn", "websockets")


@described
@dataclass(frozen=True)
class Serving(Options):
    """Where the studio listens, and whether a browser is opened."""

    host: str = option(
        "127.0.0.1",
        "Address of this computer to listen at: by default one that this computer alone reaches; 0.0.0.0 is "
        "reached from others too, without encryption.",
        Text(),
        metavar="ADDRESS",
        group=Group.RUN,
    )
    port: int | None = option(
        None,
        "Port to listen at.",
        Whole(0, 65535),
        metavar="N",
        shown_default="8421, or a free one",
        group=Group.RUN,
    )
    no_open: bool = option(False, "Print the link, and open no browser.", Flag(), group=Group.RUN)


@command(
    Example("pixture studio", "Open the studio in the browser, and drop an image there."),
    Example("pixture studio photo.jpg", "Begin with an image."),
    Example("pixture studio --no-open", "On another computer: reach it by ssh -L 8421:localhost:8421."),
)
def studio(
    image: Annotated[Path | None, Argument("IMAGE", "An image file to begin with.", optional=True)],
    serving: Serving,
    running: Annotated[Running, Only("max_pixels", "debug")],
) -> None:
    """Segment in the browser: see the mixture fit itself, adjust it, guide it, measure.

    The first line printed is the link that opens it, once; a browser that was opened stays in. It listens on
    this computer alone and sends nothing anywhere. Ctrl-C ends it.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise Refused(
            f"The studio needs {', '.join(missing)}, which a plain installation leaves out: "
            "pip install 'pixture[studio]'."
        )
    import_numba()
    from pixture.compilation.notice import announced
    from pixture.studio.server.access import is_loopback
    from pixture.studio.server.serve import serve
    from pixture.studio.server.warm_up import load_what_runs_need, refuse_unreadable

    if image is not None:
        refuse_unreadable(image)
    if not is_loopback(serving.host):
        say(
            "warning: others on the network can reach the studio, and what is sent is not encrypted: whoever "
            "reads the link first is let in, and may open your files. `ssh -L` is safer."
        )
    prepare_readers(running.max_pixels)
    first = True

    def load() -> None:
        load_what_runs_need()
        import_matplotlib()  # what is taken home needs it; the page is there before

    def announce(link: str) -> None:
        nonlocal first
        print(link, flush=True)
        if first:
            say("Ctrl-C ends the studio.")
            if not serving.no_open and _has_browser():
                threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
        first = False

    with announced(say):
        serve(
            serving.host,
            serving.port,
            announce,
            opened=None if image is None else image.absolute(),
            max_pixels=running.max_pixels,
            ready=load,
        )


def _has_browser() -> bool:
    """Whether a browser has a screen to open on: one that took the terminal would be no help."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))
