r"""Messages as the frames of a WebSocket, and back; `page/core/socket-model.js` does the same in the page.

A message without buffers is text: JSON. One with buffers is binary: the length of the JSON (4 bytes, little
endian), the JSON, whose "_lengths" say how long each buffer is, and the buffers.

>>> framed({"answer": 1})
'{"answer":1}'
>>> read_frame(framed({"frame": {}}, [b"\0\1", b"\2"]))
({'frame': {}}, [<memory at 0x...>, <memory at 0x...>])
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from pixture.studio.session.messages import finite

LONGEST_JSON = 4 * 2**20
"""Bytes of JSON in one message: what it says becomes many times as large in memory."""

MOST_BUFFERS = 256

LENGTHS = "_lengths"


class MalformedMessage(Exception):  # noqa: N818 - what came, not an error of ours
    """What came is no message; the sentence says why.

    Attributes
    ----------
    code
        With what a WebSocket is closed: 1007, the content is not what it says; 1009, it is too large.
    """

    def __init__(self, sentence: str, code: int = 1007) -> None:
        super().__init__(sentence)
        self.code = code


def framed(says: Mapping[str, Any], buffers: Sequence[bytes | memoryview] = ()) -> str | bytes:
    """Return a message as a frame; numbers that JSON lacks (NaN, infinities) become null."""
    if not buffers:
        return _json(says)
    lengths = [memoryview(buffer).nbytes for buffer in buffers]
    text = _json({**says, LENGTHS: lengths}).encode()
    return b"".join((len(text).to_bytes(4, "little"), text, *buffers))


def _json(says: Mapping[str, Any]) -> str:
    try:
        return json.dumps(says, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return json.dumps(finite(says), allow_nan=False, separators=(",", ":"))


def read_frame(frame: str | bytes) -> tuple[dict[str, Any], list[memoryview]]:
    """Return what a message says, and its buffers, which are views of the frame.

    Raises
    ------
    MalformedMessage
        It is none.
    """
    if isinstance(frame, str):
        return _said(frame), []
    whole = memoryview(frame)
    length = int.from_bytes(whole[:4], "little")
    if len(whole) < 4 or length > len(whole) - 4:
        raise MalformedMessage("The frame is shorter than the JSON that it announces.")
    says = _said(bytes(whole[4 : 4 + length]))
    lengths = says.pop(LENGTHS, None)
    if not isinstance(lengths, list) or len(lengths) > MOST_BUFFERS:
        raise MalformedMessage(f"A binary frame says how long its buffers are, {MOST_BUFFERS} at most.")
    if any(isinstance(size, bool) or not isinstance(size, int) or size < 0 for size in lengths):
        raise MalformedMessage("The length of a buffer is a whole number of bytes.")
    if sum(lengths) != len(whole) - 4 - length:
        raise MalformedMessage("The buffers are not as long together as the frame says.")
    buffers, at = [], 4 + length
    for size in lengths:
        buffers.append(whole[at : at + size])
        at += size
    return says, buffers


def _said(text: str | bytes) -> dict[str, Any]:
    if len(text) > LONGEST_JSON:
        raise MalformedMessage(f"A message says {LONGEST_JSON:,} bytes of JSON at most.", 1009)
    try:
        says = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise MalformedMessage("A message is JSON in UTF-8, not nested deeply.") from None
    if not isinstance(says, dict):
        raise MalformedMessage("A message is a JSON object.")
    return says


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
