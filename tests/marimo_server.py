"""A real marimo on a port of its own, with one notebook."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOKEN = "studio"


@contextmanager
def marimo_with(notebook: Path) -> Iterator[str]:
    """Yield the address of a marimo that shows a notebook, whose cells run; what it keeps is beside it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = notebook.parent / ".marimo"
    settings = own / "config" / "marimo" / "marimo.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[runtime]\nauto_instantiate = true\n")
    environment = os.environ | {
        f"XDG_{kind.upper()}_HOME": str(own / kind) for kind in ("config", "data", "state", "cache")
    }
    options = [
        "--headless", "--port", str(port), "--token-password", TOKEN, "--skip-update-check", "--no-sandbox",
    ]  # fmt: skip
    with (own / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "marimo", "edit", str(notebook), *options],
            env=environment,
            cwd=notebook.parent,
            stdout=log,
            stderr=log,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 60
            while not _answers(f"{address}/health"):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((own / "log").read_text(encoding="utf-8"))
                time.sleep(0.2)
            yield f"{address}/?access_token={TOKEN}"
        finally:
            server.terminate()
            server.wait(20)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False
