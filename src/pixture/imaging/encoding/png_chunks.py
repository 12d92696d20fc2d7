"""What a PNG file is written of: a signature, and chunks with a checksum each."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    r"""Return the pieces of a chunk, to be written one after the other; the body is not copied.

    >>> chunk(b"IEND", b"")
    (b'\x00\x00\x00\x00', b'IEND', b'', b'\xaeB`\x82')
    """
    return struct.pack(">I", len(body)), name, body, struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))
