"""A session of the studio as tests of it ask it: a question, and what runs is waited for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Session

SKY = {"mark": 1, "width": 5, "points": [[4, 30], [80, 30]], "plane": 0}
THINGS = {"mark": 3, "width": 4, "points": [[14, 12], [18, 18]], "plane": 0}
"""Strokes of two classes on the picture: what is around its four things, and one of these."""


def write_picture(path: Path) -> Path:
    """Write a picture of four bright things."""
    random = np.random.default_rng(0)
    pixels = random.normal([[[60, 80, 70]]], 9, (60, 90, 3))
    for top, left in ((8, 10), (8, 40), (34, 25), (36, 66)):
        pixels[top : top + 14, left : left + 12] += 90
    Pillow.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
    return path


def ask(session: Session, question: str, /, *buffers: bytes, **says: Any) -> Answer:
    answer = session.ask(Question(question, says, buffers))
    assert session.wait(120)
    return answer


def done(session: Session, question: str, /, **says: Any) -> Answer:
    answer = ask(session, question, **says)
    assert "error" not in answer.says, answer.says["error"]
    run_state = session.state("run")
    assert run_state["status"] == "done", run_state["sentence"]
    return answer


def sent(session: Session, path: Path) -> None:
    content = path.read_bytes()
    upload = ask(session, "begin-upload", name=path.name, bytes=len(content)).says["upload"]
    ask(session, "upload-part", content, upload=upload)


def taken(session: Session, file: int = 0) -> bytes:
    told = session.state("outputs")
    assert told is not None
    return fetched(session, told["number"], file, told["files"][file]["bytes"])


def fetched(session: Session, number: int, file: int, size: int) -> bytes:
    content = b""
    while len(content) < size:
        part = ask(session, "output", number=number, file=file, offset=len(content)).buffers[0]
        content += bytes(part)
    return content
