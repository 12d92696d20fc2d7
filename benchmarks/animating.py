"""How many frames a second an animation draws: in memory, and in a window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import numpy as np
import PIL.Image

import pixture
from benchmarks.report import Claim, Row, Section
from pixture.demo import photograph
from pixture.view.animation.animation import Animation
from pixture.view.animation.window import STRIP, Player

FRAMES, ROUNDS = 40, 5
LEAST = 10.0
"""Frames a second of an image of a megapixel in a window."""


def animating() -> Section:
    """Draw the frames of points, and of photographs of 0.3 and 1 megapixels."""
    rows: list[Row] = []
    claims: list[Claim] = []
    rounds: dict[str, list[float]] = {}
    notes = [
        f"The seconds of {FRAMES} frames, after the first, {ROUNDS} times; the median. Frames of 10.8 "
        "inches at 100 pixels an inch; an image is shown with as many pixels as its panels have. In the "
        "window, each frame is on the screen before the next is begun. The photograph of a megapixel is "
        "china, enlarged.",
    ]
    live = _window_takes()
    if live is None:
        notes.append("There is no Xvfb, or no Tk, so nothing was drawn in a window.")
    for name in SOURCES:
        memory = [_memory_takes(_animation(name)) for _ in range(ROUNDS)]
        rounds[f"{name}, in memory"] = memory
        row: Row = {"what": name, "frames a second, in memory": FRAMES / median(memory)}
        if live is not None:
            rounds[f"{name}, in a window"] = live[name]
            row["in a window"] = FRAMES / median(live[name])
        rows.append(row)
        if name == MEGAPIXEL and live is not None:
            found = FRAMES / median(live[name])
            claims.append(Claim("frames a second of a megapixel in a window", found, "least", LEAST))
    return Section("Animations", rows, notes, claims, rounds)


MEGAPIXEL = "1 MP photograph, K = 5"
SOURCES = ("600 points, K = 4", "0.3 MP photograph, K = 4", MEGAPIXEL)


def _animation(name: str) -> Animation:
    """Return an animation of more than enough frames: EM goes on though it has converged."""
    steps = FRAMES + 1
    if name == SOURCES[0]:
        points, _ = pixture.synthetic(600, 4)
        return pixture.record(points, 4, init="random", max_iter=steps, tol=0).animate()
    with PIL.Image.open(photograph("china")) as picture:
        larger = picture.resize((1225, 817)) if name == MEGAPIXEL else picture
        pixels = np.asarray(larger)
    components = 5 if name == MEGAPIXEL else 4
    return pixture.segment(pixels, components, init="random", max_iter=steps, tol=0).animate()


def _memory_takes(animation: Animation) -> float:
    frames = animation.frames(steps=range(FRAMES + 1))
    next(frames)  # and with it what stays
    began = time.perf_counter()
    for _ in frames:
        pass
    return time.perf_counter() - began


@contextmanager
def display_in_memory() -> Iterator[str]:
    """Run an X server that draws into memory; yield what DISPLAY is to say."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x960x24", "-nolisten", "tcp"]
    command += ["-noreset"]  # which it would do when the last window of a client is closed
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
        server.terminate()


def _window_takes() -> dict[str, list[float]] | None:
    """Return the seconds of each source's rounds in a window; None where none can be opened."""
    if shutil.which("Xvfb") is None:
        return None
    with display_in_memory() as display:
        environment = os.environ | {"DISPLAY": display, "MPLBACKEND": "tkagg"}
        command = [sys.executable, "-m", "benchmarks.animating"]
        done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        return None
    times = [float(line) for line in done.stdout.split()]
    return {name: times[ROUNDS * at : ROUNDS * (at + 1)] for at, name in enumerate(SOURCES)}


def _play() -> None:
    """Print the seconds of each round of each source, in a window of this process's display."""
    import matplotlib.pyplot as plt

    for name in SOURCES:
        animation = _animation(name)
        width, height = animation.size
        figure = plt.figure(figsize=(width, height + STRIP))
        player = Player(animation, figure, 1)
        player.pause()
        plt.show(block=False)
        plt.pause(1.0)  # it opens, and is sized by the screen
        for _ in range(ROUNDS):
            player.go(0)
            began = time.perf_counter()
            for at in range(1, FRAMES + 1):
                player.go(at)
                figure.canvas.flush_events()
            print(time.perf_counter() - began)
        plt.close(figure)


if __name__ == "__main__":
    _play()
