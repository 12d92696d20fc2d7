"""The live window, on a display of its own: it plays, pauses and steps. Without one it says what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.ImageGrab
import pytest
from benchmarks.animating import display_in_memory

import pixture
from pixture.arrays import Array
from pixture.demo import photograph
from pixture.mixture.model.synthetic_points import synthetic
from pixture.view.animation.window import refuse_without_display

PATIENCE = 60.0
"""Seconds that a window may take to open, on a machine that does other things as well."""


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """An X server that draws into memory."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs the program Xvfb (apt install xvfb)")
    pytest.importorskip("tkinter", reason="needs Tk, which opens the window (apt install python3-tk)")
    with display_in_memory() as number:
        yield number


def screen(display: str) -> Array:
    return np.asarray(PIL.ImageGrab.grab(xdisplay=display).convert("RGB"))


def started(display: str, *command: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "DISPLAY": display, "MPLBACKEND": "tkagg"}
    return subprocess.Popen(
        [sys.executable, *map(str, command)],
        env=environment,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def until(display: str, process: subprocess.Popen[str], differs_from: Array) -> Array:
    """Return the screen once it has changed."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        assert process.poll() is None, process.communicate()[0]
        now = screen(display)
        if (now != differs_from).any():
            return now
        time.sleep(0.05)
    raise AssertionError("the screen did not change")


@pytest.mark.parametrize("what", ["points", "image"])
def test_the_window_shows_one_iteration_after_another(display: str, what: str) -> None:
    source = "synthetic" if what == "points" else photograph("china")
    dark = screen(display)
    with started(display, "-m", "pixture", "animate", source, "--init", "random", "--fps", 5) as process:
        try:
            seen = [until(display, process, dark)]
            for _ in range(4):
                seen.append(until(display, process, seen[-1]))
        finally:
            process.terminate()
    assert len({picture.tobytes() for picture in seen}) >= 4
    # the window has come up whole: white paper, and the blue of the log-likelihood's curve
    last = seen[-1]
    assert (last == 255).all(axis=-1).mean() > 0.2
    assert (last == (0, 114, 178)).all(axis=-1).sum() > 100


DRIVEN = """
import sys
import matplotlib.pyplot as plt
from matplotlib.backend_bases import KeyEvent, MouseEvent
import pixture
from pixture.view.animation.window import STRIP, Player

values, _ = pixture.synthetic(300, 3, seed=4)
animation = pixture.record(values, 3, init="random", seed=4).animate()
figure = plt.figure(figsize=(animation.size[0], animation.size[1] + STRIP))
player = Player(animation, figure, 4)
canvas = figure.canvas
said = []

def press(key):
    KeyEvent("key_press_event", canvas, key)._process()

def click(axes, across=0.5):
    box = axes.get_window_extent()
    x, y = box.x0 + across * box.width, box.y0 + 0.5 * box.height
    for name in ("button_press_event", "button_release_event"):
        MouseEvent(name, canvas, x, y, 1)._process()

def drive():
    press(" "); said.append(("space pauses", player.playing, player.at))
    press("home"); said.append(("home", player.at))
    press("right"); press("right"); said.append(("right twice", player.at))
    press("left"); said.append(("left", player.at))
    press("left"); press("left"); said.append(("left at the start", player.at))
    press("end"); said.append(("end", player.at == len(animation) - 1))
    press("right"); said.append(("right at the end", player.at == len(animation) - 1))
    play, slide = figure.axes[-2:]
    click(play); said.append(("button plays from the start", player.playing, player.at))
    click(play); said.append(("button pauses", player.playing))
    click(slide, 0.02); said.append(("slider", player.at, player.playing))
    canvas.manager.resize(900, 640)
    plt.pause(0.3)
    press("right"); said.append(("after resizing", player.at))
    plt.close(figure)

timer = canvas.new_timer(interval=600)
timer.single_shot = True
timer.add_callback(drive)
timer.start()
plt.show(block=True)
print(said)
"""


def test_keys_buttons_and_slider(display: str, tmp_path: Path) -> None:
    script = tmp_path / "driven.py"
    script.write_text(DRIVEN, encoding="utf-8")
    with started(display, script) as process:
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    expected = [
        ("home", 0), ("right twice", 2), ("left", 1), ("left at the start", 0), ("end", True),
        ("right at the end", True), ("button plays from the start", True, 0), ("button pauses", False),
        ("slider", 0, False), ("after resizing", 1),
    ]  # fmt: skip
    assert "('space pauses', False, " in said
    for line in expected:
        assert repr(line) in said, said


@pytest.mark.parametrize("fps", [0, -1, np.nan, 1e9])
def test_a_window_refuses_a_pace_that_is_none(fps: float) -> None:
    with pytest.raises(pixture.ChoiceError, match="fps"):
        pixture.record([[0.0, 1.0], [1.0, 0.0]], 1).animate().show(fps=fps)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_without_a_display_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(pixture.DisplayError, match=r"no display.*file instead: em\.html"):
        refuse_without_display()
    values, _ = synthetic(50, 2)
    with pytest.raises(pixture.DisplayError, match="no display"):
        pixture.record(values, 2).animate().show()
    done = subprocess.run(
        [sys.executable, "-m", "pixture", "animate", "synthetic"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, "no display" in done.stderr, "Traceback" in done.stderr) == (1, True, False)


def test_a_display_without_windows(display: str) -> None:
    environment = {**os.environ, "DISPLAY": display, "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-m", "pixture", "animate", "synthetic"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=environment,
    )
    assert done.returncode == 1
    assert "python3-tk" in done.stderr
