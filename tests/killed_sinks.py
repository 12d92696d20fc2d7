"""Writes labels by a sink in processes that are killed at random moments, and goes on until all is there.

`python -m tests.killed_sinks FOLDER FORMAT SEED KILLS` prints how often a process was killed while it wrote,
and while it finished.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pixture.imaging.writers.raster import ClassLook
from pixture.scale.sinks.opened_sink import is_finished, open_sink
from pixture.scale.sources.source import Description

NAME, SIDES = "photo.labels", (64, 128)
CLASSES = (ClassLook("water", "#0072b2"), ClassLook("", "#e69f00"), ClassLook("land", "#56b4e9"))


def labels() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return what is written: (400, 700), blobs of three classes and some that are masked."""
    rows, columns = np.mgrid[:400, :700]
    found: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    found = ((np.sin(rows / 17) + np.cos(columns / 23) + 2) * 0.75).astype(np.uint8)
    found[100:120, 300:] = 255
    return found


def write_all(folder: Path, format: str, seed: int) -> None:
    """Write what is not yet there, and finish; a journal would say, as the file does, when that begins."""
    values, finishing = labels(), folder.parent / f"{folder.name}.finishing"
    if finishing.exists() and is_finished(folder, NAME):
        return
    sink = open_sink(
        folder,
        NAME,
        Description("yx", (400, 700), 1, np.dtype(np.uint8)),
        dtype=values.dtype,
        classes=CLASSES,
        nodata=255,
        format=format,
        sides=SIDES,
        resume=True,
    )
    waiting = sorted(set(sink.plan.windows) - sink.kept())
    random.Random(seed).shuffle(waiting)
    for window in waiting:
        sink.write(window, np.ascontiguousarray(values[window.slices]))
    finishing.touch()
    sink.finish()


def main(folder: Path, format: str, seed: int, kills: int) -> None:
    """Kill so many processes, one after the other, each at a moment drawn at random; let the last one end."""
    drawn, killed = random.Random(seed), {"writing": 0, "finishing": 0}
    whole, finishing = folder.with_name("whole"), folder.parent / f"{folder.name}.finishing"
    moments = [time.perf_counter()]
    process = started(whole, format, seed)
    status = waited(process, lambda: (whole.parent / "whole.finishing").exists())
    moments.append(time.perf_counter())
    # on a busy machine it may have ended before anybody looked
    assert (waited(process) if status is None else status) == 0
    moments.append(time.perf_counter())
    writes, finishes = moments[1] - moments[0], moments[2] - moments[1]
    for attempt in range(1000):
        process = started(folder, format, seed + attempt)
        status = None
        if sum(killed.values()) == kills:
            status = waited(process)
        elif attempt < kills // 2:
            status = waited(process, after(drawn.uniform(0, 3 * writes / kills)))
        else:
            status = waited(process, finishing.exists)
            if status is None:
                status = waited(process, after(drawn.uniform(0, finishes)))
        if status is None:
            killed["finishing" if finishing.exists() else "writing"] += 1
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            continue
        assert status == 0, f"attempt {attempt} failed"
        assert files_in(folder) == files_in(whole)
        if sum(killed.values()) == kills:
            break
        shutil.rmtree(folder)  # it ended before it was killed: once more
        finishing.unlink()
    print(killed["writing"], killed["finishing"])


def files_in(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder, hidden files among it."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"folder"
        for path in folder.rglob("*")
    }


def started(folder: Path, format: str, seed: int) -> int:
    """Return a process that writes."""
    if (process := os.fork()) == 0:
        try:
            write_all(folder, format, seed)
        except BaseException as error:  # noqa: BLE001 - a fork tells of it by itself
            print(repr(error), flush=True)
            os._exit(1)
        os._exit(0)
    return process


def after(seconds: float) -> Callable[[], bool]:
    """Return what is true from so many seconds on."""
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() > end


def waited(process: int, until: Callable[[], bool] = lambda: False) -> int | None:
    """Return the status with which a process has ended; None where something is true before."""
    while not until():
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return status
        time.sleep(0.0005)
    return None


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
