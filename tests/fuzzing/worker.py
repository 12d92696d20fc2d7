"""A process that does with files what it is told, and says what came of it: one JSON line for each.

A line asks {"operation": …, "path": …}. Whatever is written to the standard streams meanwhile, by whomever,
goes to a file that the answer quotes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import pixture
from pixture.errors import PixtureError, PixtureWarning

ROOM = 3 * 2**30
"""Bytes of address space that an operation may ask for."""

NOT_SHOWN = (PixtureWarning, DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
"""Warnings that are ours, and those that Python shows to nobody."""

Answer = dict[str, Any]


def read(path: Path) -> Answer:
    """What is read: its size in bytes, what identifies it, and what is wrong with it."""
    image = pixture.read(path)
    pixels, mask = image.pixels, image.mask
    wrong = ""
    if pixels.ndim != len(image.axes) or not pixels.size:
        wrong = f"pixels of shape {pixels.shape} have the axes {image.axes}"
    elif mask is not None and (
        mask.shape != pixels.shape[: mask.ndim] or mask.dtype != bool or mask.ndim < 2
    ):
        wrong = f"a mask of shape {mask.shape} and {mask.dtype} on pixels of shape {pixels.shape}"
    digest = hashlib.sha256(repr((pixels.shape, pixels.dtype)).encode() + pixels.tobytes()).hexdigest()
    return {"bytes": pixels.nbytes + (0 if mask is None else mask.nbytes), "digest": digest, "wrong": wrong}


def segment(path: Path) -> Answer:
    """Segment the image; labels are as many as pixels, and masked pixels have theirs."""
    image = pixture.read(path)
    if image.pixels.size > 2**20:
        return {"bytes": image.pixels.nbytes, "digest": "", "wrong": ""}
    found = pixture.segment(image, 2)
    labels, wrong = found.labels, ""
    if labels.shape != image.shape:
        wrong = f"labels of shape {labels.shape} of an image of {image.shape}"
    elif (labels[image.mask] if image.mask is not None else labels).max() >= found.mixture.components:
        wrong = "labels of components that are not there"
    elif image.mask is not None and (labels[~image.mask] != found.masked_label).any():
        wrong = "masked pixels have labels"
    return {"bytes": image.pixels.nbytes * 9, "digest": "", "wrong": wrong}


def load(path: Path) -> Answer:
    """Load a model."""
    mixture = pixture.Mixture.load(path)
    arrays = mixture.weights, mixture.means, mixture.covariances
    wrong = "" if all(np.isfinite(array).all() for array in arrays) else "parameters that are not finite"
    content = b"".join(array.tobytes() for array in arrays)
    return {"bytes": len(content), "digest": hashlib.sha256(content).hexdigest(), "wrong": wrong}


def command(*words: str) -> Answer:
    """Run the command, and look at how it ends."""
    from click.testing import CliRunner

    from pixture.cli import app

    run = CliRunner().invoke(app, list(words))
    wrong = "" if run.exit_code in (0, 1, 2) else f"exit status {run.exit_code}"
    for sign in ("Traceback", "failed in a way it should not"):
        wrong = wrong or (f"says {sign!r}: {run.output[-300:]}" if sign in run.output else "")
    return {"bytes": 2**22, "digest": "", "wrong": wrong}


def segment_command(path: Path) -> Answer:
    """`pixture segment` writes its files into a folder that goes again."""
    with tempfile.TemporaryDirectory() as folder:
        return command("segment", str(path), "-k", "2", "-o", folder, "-q")


def apply_command(path: Path) -> Answer:
    """`pixture apply` of the model, whatever the file is."""
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image.png"
        import PIL.Image

        PIL.Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3)).save(image)
        return command("apply", str(path), str(image), "-o", folder, "-q")


# What a harness must see, whatever pixture does: its own tests ask for them.
def crash(path: Path) -> Answer:
    """End by a signal, as a fault in a decoder does."""
    os.kill(os.getpid(), 11)
    return {}


def hang(path: Path) -> Answer:
    """Come back never."""
    while True:
        time.sleep(1)


def fail(path: Path) -> Answer:
    """Raise what is not pixture's."""
    raise ZeroDivisionError("as some decoder may")


def speak(path: Path) -> Answer:
    """Write what nobody asked for, past Python's streams."""
    os.write(2, b"libpng warning: something\n")
    return {"bytes": 0, "digest": "", "wrong": ""}


def fill(path: Path) -> Answer:
    """Take 400 MB of memory for nothing."""
    np.ones(50_000_000).sum()
    return {"bytes": 0, "digest": "", "wrong": ""}


OPERATIONS: dict[str, Callable[[Path], Answer]] = {
    "read": read, "segment": segment, "load": load, "pixture segment": segment_command,
    "pixture apply": apply_command, "crash": crash, "hang": hang, "fail": fail, "speak": speak, "fill": fill,
}  # fmt: skip


def resident(field: str) -> int:
    """Bytes that this process has in memory ("VmRSS"), or had at most ("VmHWM")."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) * 1024
    return 0


def forget_the_peak() -> None:
    """Have the kernel count the most memory in use anew."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def answered(operation: str, path: Path) -> Answer:
    """Do it, and say what came of it, how long it took, and how much memory."""
    forget_the_peak()
    before, began = resident("VmRSS"), time.perf_counter()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            answer: Answer = OPERATIONS[operation](path)
        except PixtureError as refusal:
            answer = {"refused": str(refusal)}
            if "in a way it should not" in str(refusal):
                answer = {"exception": str(refusal)}
        except Exception as error:  # noqa: BLE001 - what the hunt is for
            answer = {"exception": f"{type(error).__name__}: {error}"}
    foreign = [
        f"{one.category.__name__}: {one.message}" for one in told if not issubclass(one.category, NOT_SHOWN)
    ]
    answer |= {"seconds": time.perf_counter() - began, "memory": max(0, resident("VmHWM") - before)}
    return answer | {"warnings": foreign}


@contextlib.contextmanager
def streams_to(file: Any) -> Iterator[int]:
    """Send both standard streams to a file; yield a descriptor of what the output was."""
    kept = os.dup(1)
    os.dup2(file.fileno(), 1)
    os.dup2(file.fileno(), 2)
    yield kept


def main() -> None:
    """Answer line by line, until there are no more."""
    with tempfile.TemporaryFile() as file, streams_to(file) as out:
        noise = file.fileno()
        with contextlib.suppress(ImportError, ValueError):
            import resource

            space = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
            resource.setrlimit(resource.RLIMIT_AS, (space + ROOM, resource.RLIM_INFINITY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for line in sys.stdin:
            asked = json.loads(line)
            os.ftruncate(noise, 0)  # not by the file: its buffer knows nothing of who writes
            os.lseek(noise, 0, os.SEEK_SET)
            answer = answered(asked["operation"], Path(asked["path"]))
            sys.stdout.flush()
            sys.stderr.flush()
            answer["noise"] = os.pread(noise, 2000, 0).decode("utf-8", "replace")
            os.write(out, (json.dumps(answer) + "\n").encode())


if __name__ == "__main__":
    main()
