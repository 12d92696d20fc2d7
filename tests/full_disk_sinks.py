"""Writes labels by sinks where a disk is full, and where a folder is read-only; it prints what is refused.

`python -m tests.full_disk_sinks FOLDER FORMAT ROOM` mounts a small file system, of so many KiB, at the
folder, which a process may that was started by `unshare -m`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from pixture.errors import WriteError
from pixture.imaging.writers.raster import ClassLook
from pixture.scale.sinks.opened_sink import open_sink
from pixture.scale.sinks.piece_sink import PieceSink
from pixture.scale.sources.source import Description

CLASSES = (ClassLook("a", "#0072b2"), ClassLook("b", "#e69f00"))


def main(folder: Path, format: str, room: int) -> None:
    """Print, as JSON, the sentence of each refusal, the names that are left, and how many pieces are kept."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={room}k", "tmpfs", str(folder)]
    subprocess.run(mount, check=True)
    rng = np.random.default_rng(3)
    description = Description("yx", (1024, 1024), 1, np.dtype(np.uint8))

    def opened(resume: bool = False) -> PieceSink:
        return open_sink(
            folder, "a", description, dtype=np.dtype(np.uint8), classes=CLASSES, format=format,
            sides=(256, 256), resume=resume,
        )  # fmt: skip

    sink = opened()
    said = []
    written = 0
    try:
        for window in sink.plan.windows:
            sink.write(window, rng.integers(0, 2, window.shape, np.uint8))
            written += 1
        sink.finish()
    except WriteError as error:
        said.append(str(error))
    if not said:
        print("all had room")
        return
    kept = len(sink.kept())
    names = sorted(path.name for path in folder.iterdir())
    subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)
    again = opened(resume=True)
    for window in again.plan.windows:
        if window not in again.kept():
            again.write(window, np.zeros(window.shape, np.uint8))
    paths = again.finish()
    after = sorted(path.name for path in folder.iterdir())
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    for path in (folder, folder / "new"):
        try:
            open_sink(path, "b", description, dtype=np.dtype(np.uint8), classes=CLASSES, format=format)
        except WriteError as error:
            said.append(str(error))
    print(json.dumps([said, written, kept, names, after, [path.name for path in paths]]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
