"""Whether the entropy-coded data of a JPEG are complete: its decoders fill what is missing with grey."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pixture.arrays import Array
from pixture.imaging.readers.tiff.compression import codestreams

_END = b"\xff\xd9"
_HUFFMAN = (0, 1, 2)  # baseline, extended, progressive
_MORE = (
    b"\xaa" + bytes(range(254, 0, -5)) * 4
)  # begins with a one: the decoder takes zeros for what is missing


def ends_too_early(data: bytes, decode: Callable[[bytes], Array], pixels: Array) -> bool:
    """Whether a decoder would have read on, had there been more data.

    libjpeg only warns of what is missing, and its warnings do not reach us. But once all blocks are
    decoded, a decoder skips what stands before the end marker; so more data there change the picture if,
    and only if, some of it had been missing.

    Parameters
    ----------
    data
        A JPEG stream; tables may be elsewhere.
    decode
        Its decoder.
    pixels
        What it made of `data`.
    """
    if codestreams.jpeg(data)[1] not in _HUFFMAN:
        return _END not in data[-64:]
    content = data.rstrip(b"\0")
    # zeros may be of the data, where no end marker follows
    content = content[:-2] if content.endswith(_END) else data[:-1] if data.endswith(b"\xff") else data
    try:
        continued = decode(content + _MORE + _END)
    except (RuntimeError, ValueError):
        return True
    return not np.array_equal(continued, pixels)
