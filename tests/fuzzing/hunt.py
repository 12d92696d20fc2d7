"""The hunt: files are mutated, given to a worker, and what should not be is a finding."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import select
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import PIL.Image
import tifffile

from tests.fuzzing.mutations import mutated, truncated
from tests.fuzzing.seeds import NOT_READ, seeds

ROOT = Path(__file__).resolve().parents[2]

SLACK, TIMES = 200 * 2**20, 3
"""Bytes that anything may take, and how many times the size of what is decoded beside them."""

LIMITS = {"read": 20.0, "load": 20.0}
"""Seconds after which an operation hangs; others may have kernels to compile."""

LONGEST = 120.0

SAFE_PIXELS = 178_956_970 * 4
"""Numbers that a file may honestly claim: as many pixels as are taken for safe, of four channels."""

Answer = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """Something that should not be.

    Attributes
    ----------
    kind
        "signal", "hang", "exception", "noise", "memory", "wrong" or "invented".
    operation, seed
        What was done, and to a mutation of which good file.
    number
        Which of the hunt's inputs it was: with the hunt's own number, it makes the file again.
    said
        What was said, or measured.
    content
        The file.
    """

    kind: str
    operation: str
    seed: str
    number: int
    said: str
    content: bytes

    @property
    def alike(self) -> tuple[str, str, str]:
        """Findings that share it are one: what it is, of which format, in words without numbers."""
        said = re.sub(r"/\S*/|0x[0-9a-f]+|-?\d+(\.\d+)?", "…", self.said)[:60]
        return self.kind, self.seed.split()[0].rstrip(",") if self.kind != "noise" else "", said


class Worker:
    """A process that is asked, and that is made anew when it died or hung."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pixture-fuzz-")
        self.path = Path(self._folder.name) / "input"
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, operation: str, content: bytes, limit: float | None = None) -> Answer:
        """Return what came of it; {"signal": …} or {"hang": …} where nothing did."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzzing.worker"],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for warm in ("png colour", "tif"):  # libraries that are loaded late count for no file
                self.ask("read", seeds()[warm], LONGEST)
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        self.path.write_bytes(content)
        asked = json.dumps({"operation": operation, "path": str(self.path)}) + "\n"
        try:
            process.stdin.write(asked.encode())
            process.stdin.flush()
        except BrokenPipeError:
            return {"signal": self._ended()}
        seconds = limit or LIMITS.get(operation, LONGEST)
        if not select.select([process.stdout], [], [], seconds)[0]:
            process.kill()
            self._ended()
            return {"hang": seconds}
        line = process.stdout.readline()
        answer: Answer = json.loads(line) if line else {"signal": self._ended()}
        return answer

    def _ended(self) -> int:
        assert self._process is not None
        process = self._process
        self._process = None
        status: int = process.wait()
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        return status

    def close(self) -> None:
        """End the process, and remove its folder."""
        if self._process is not None:
            self._process.kill()
            self._ended()
        self._folder.cleanup()


def claimed(content: bytes) -> int:
    """Return the bytes of pixels that a file's header claims, as another library reads it; 0 if it cannot.

    What claims more than is taken for safe is to be refused by its header: it may take nothing.
    """
    numbers = 0
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if content[:2] in (b"II", b"MM"):
            with tifffile.TiffFile(io.BytesIO(content)) as file:
                page: Any = file.pages[0]
                numbers = page.size * page.dtype.itemsize
        else:
            with PIL.Image.open(io.BytesIO(content)) as picture:
                numbers = picture.width * picture.height * len(picture.getbands())
    return numbers if numbers <= SAFE_PIXELS else 0


def judged(operation: str, content: bytes, answer: Answer) -> tuple[str, str] | None:
    """Return what kind of finding an answer is, and what was said; None if all is well."""
    for kind in ("signal", "hang", "exception"):
        if kind in answer:
            return kind, str(answer[kind])
    if answer.get("wrong"):
        return "wrong", answer["wrong"]
    if not operation.startswith("pixture "):  # commands say what they have to say
        if answer["noise"]:
            return "noise", answer["noise"]
        if answer["warnings"]:
            return "noise", answer["warnings"][0]
    if answer["memory"] > SLACK:
        honest = max(answer.get("bytes", 0), len(content), claimed(content))
        if answer["memory"] > SLACK + TIMES * honest:
            return "memory", f"{answer['memory'] / 2**20:.0f} MB for {honest / 2**20:.2f} MB"
    return None


@dataclass
class Hunt:
    """What a hunt has seen.

    Attributes
    ----------
    findings
        By `Finding.alike`, the first of each.
    counts
        How many inputs there were by operation, and how many were answered, refused or found.
    costs
        Of the dearest inputs: bytes of memory and seconds, each with what they were.
    """

    findings: dict[tuple[str, str, str], Finding] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    costs: list[tuple[str, int, int, float]] = field(default_factory=list)

    def count(self, what: str) -> None:
        """One more of it."""
        self.counts[what] = self.counts.get(what, 0) + 1


def inputs(seed: int, start: int = 0) -> Iterator[tuple[int, str, str, bytes, bool]]:
    """Yield number, operation, good file, content and whether it is that file's beginning; without end."""
    good = seeds()
    names = sorted(good)
    are_read = [name for name in names if name not in NOT_READ]
    number = start
    while True:
        draw = random.Random(f"{seed}/{number}")
        name = draw.choice(are_read if draw.random() < 0.95 else names)
        cut = draw.random() < 0.1
        family = [other for other in names if other.split()[0].rstrip(",") == name.split()[0].rstrip(",")]
        other = good[draw.choice(family if draw.random() < 0.7 else names)]
        content = truncated(good[name], draw) if cut else mutated(good[name], draw, other)
        usual, rare = ("load", "pixture apply") if name.startswith("model") else ("read", "segment")
        chance = draw.random()
        operation = usual if cut or chance > 0.02 else rare if chance > 0.004 else "pixture segment"
        yield number, operation, name, content, cut
        number += 1


def hunt(
    seed: int,
    seconds: float,
    say: Callable[[str], None],
    *,
    start: int = 0,
    most: int | None = None,
    folder: Path | None = None,
) -> Hunt:
    """Hunt for some seconds, or until `most` inputs were tried; save findings into a folder."""
    seen = Hunt()
    # the command may settle for its process what the library leaves alone: loggers, filters, signals
    worker, commands = Worker(), Worker()
    began = time.monotonic()
    try:
        whole = {name: worker.ask("load" if name.startswith("model") else "read", content, LONGEST)
                 for name, content in seeds().items()}  # fmt: skip
        for number, operation, name, content, cut in inputs(seed, start):
            if time.monotonic() - began > seconds or (most is not None and number - start >= most):
                break
            asked = commands if operation.startswith("pixture ") else worker
            answer = asked.ask(operation, content)
            seen.count(operation)
            verdict = judged(operation, content, answer)
            if (
                cut
                and verdict is None
                and answer.get("digest") != whole[name].get("digest")
                and "digest" in answer
            ):
                verdict = "invented", f"other pixels of {len(content)} of {len(seeds()[name])} bytes"
            if verdict is None:
                seen.count("refused" if "refused" in answer else "answered")
                seen.costs.append((name, len(content), answer["memory"], answer["seconds"]))
                continue
            finding = Finding(verdict[0], operation, name, number, verdict[1], content)
            seen.count(f"found: {finding.kind}")
            if finding.alike not in seen.findings:
                seen.findings[finding.alike] = finding
                where = f"{operation} of {name}, input {number} of hunt {seed}"
                say(f"{finding.kind}: {where}: {finding.said[:160]!r}")
                if folder is not None:
                    save(folder, seed, smallest(finding, asked) if not cut else finding)
    finally:
        worker.close()
        commands.close()
    return seen


def smallest(finding: Finding, worker: Worker, tries: int = 24) -> Finding:
    """Return the finding with fewer bytes changed, or fewer bytes, where that is easy: it is for reading."""
    if finding.kind == "hang":
        return finding
    content, good = finding.content, seeds()[finding.seed]

    def holds(candidate: bytes) -> bool:
        verdict = judged(finding.operation, candidate, worker.ask(finding.operation, candidate))
        if verdict is None:
            return False
        return replace(finding, kind=verdict[0], said=verdict[1]).alike == finding.alike

    for number in range(tries):
        step = max(1, len(content) >> (1 + number // 4))
        at = (number % 4) * step
        if len(content) == len(good):
            candidate = content[:at] + good[at : at + step] + content[at + step :]
        else:
            candidate = content[: len(content) - step]
        if candidate not in (content, b"") and holds(candidate):
            content = candidate
    return replace(finding, content=content)


def save(folder: Path, seed: int, finding: Finding) -> None:
    """Write a finding's bytes, and beside them what it is."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{finding.kind}-{seed}-{finding.number}"
    (folder / f"{stem}.bin").write_bytes(finding.content)
    facts = {key: getattr(finding, key) for key in ("kind", "operation", "seed", "number", "said")}
    (folder / f"{stem}.json").write_text(json.dumps(facts | {"hunt": seed}, indent=1), encoding="utf-8")
