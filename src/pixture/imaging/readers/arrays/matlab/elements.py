"""The elements of a MATLAB file of version 5 (6, 7): which variables there are, and where their values lie.

After MathWorks, "MAT-File Format": a header of 128 bytes, then an element a variable, a tag of type and
length before each; an array's element holds elements of its own: flags, lengths, name, values. SciPy's reader
ends the process on some damaged files, so the container is walked here, and its numbers are held against each
other before any value is looked at.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pixture.arrays import Array
from pixture.imaging.readers.arrays.array_in_file import on_disk
from pixture.imaging.readers.damaged import DamagedError

HEADER = 128
_ARRAY, _COMPRESSED = 14, 15
_LOOK_AT = 1000  # variables
_BEGINS = 1 << 16  # bytes of a variable in which its flags, lengths and name are

CLASSES = {
    1: "cell",
    2: "struct",
    3: "object",
    4: "char",
    5: "sparse",
    6: "double",
    7: "single",
    8: "int8",
    9: "uint8",
    10: "int16",
    11: "uint16",
    12: "int32",
    13: "uint32",
    14: "int64",
    15: "uint64",
    16: "function",
    17: "opaque",
}
NUMBERS = frozenset(range(6, 16))
"""Classes that are arrays of numbers."""

_DTYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_IMAGINARY = 0x0800


@dataclass(frozen=True)
class Variable:
    """One of the variables in a file.

    Attributes
    ----------
    name
        What it is called.
    kind
        Its class, as in `CLASSES`.
    shape
        Its lengths.
    is_complex
        Whether its values have imaginary parts.
    dtype
        How its values are stored: MATLAB keeps whole numbers of a double in as few bytes as they need.
    start
        Where they begin: in the file, or in what is unpacked.
    packed
        Where in the file they are packed, and how many bytes that takes; None where they are not.
    """

    name: str
    kind: int
    shape: tuple[int, ...]
    is_complex: bool
    dtype: np.dtype[np.generic] | None = None
    start: int = 0
    packed: tuple[int, int] | None = None


def variables_in(path: Path) -> list[Variable]:
    """Return the variables in a file; those without a name are MATLAB's own, and left out.

    Raises
    ------
    DamagedError
        The file ends within one, or what it says of one does not fit together.
    """
    size = path.stat().st_size
    found: list[Variable] = []
    with path.open("rb") as file:
        orders = {b"IM": "<", b"MI": ">"}
        order = orders.get(file.read(HEADER)[-2:])
        if order is None:
            raise DamagedError("its header does not say the order of bytes")
        at = HEADER
        while at < size and len(found) < _LOOK_AT:
            file.seek(at)
            tag = file.read(8)
            kind, length = _pair(order, tag)
            if at + 8 + length > size:
                raise DamagedError(
                    f"it ends at byte {size:,}, but a variable goes on to byte {at + 8 + length:,}"
                )
            content = file.read(min(length, _BEGINS))
            if kind == _COMPRESSED:
                begins = zlib.decompressobj().decompress(content, _BEGINS)
                if _pair(order, begins)[0] == _ARRAY:
                    found.append(_variable(order, begins[8:], 8, (at + 8, length)))
            elif kind == _ARRAY:
                found.append(_variable(order, content, at + 8, None))
            at += 8 + length
    return [variable for variable in found if variable.name]


def values_of(path: Path, variable: Variable) -> Array:
    """Return the values of an array of numbers; those that are not packed stay on the disk.

    Raises
    ------
    DamagedError
        They are not as many as its shape says, or packed wrongly.
    """
    assert variable.dtype is not None
    if variable.packed is None:
        return on_disk(path, variable.dtype, variable.start, variable.shape, "F")
    place, length = variable.packed
    with path.open("rb") as file:
        file.seek(place)
        packed = file.read(length)
    unpacking = zlib.decompressobj()
    end = variable.start + math.prod(variable.shape) * variable.dtype.itemsize
    content = unpacking.decompress(packed, end)
    unpacking.decompress(unpacking.unconsumed_tail, 64)  # what fills the last eight bytes, and the check sum
    if len(content) < end or not unpacking.eof:
        raise DamagedError(f"the values of {variable.name} do not unpack to as many as its shape says")
    return np.frombuffer(content, variable.dtype, offset=variable.start).reshape(variable.shape, order="F")


def _pair(order: str, content: bytes) -> tuple[int, int]:
    if len(content) < 8:
        raise DamagedError("it ends within a variable")
    kind, length = struct.unpack_from(f"{order}II", content)
    return kind, length


def _variable(order: str, content: bytes, start: int, packed: tuple[int, int] | None) -> Variable:
    """Return what an array's element says of it.

    Parameters
    ----------
    order
        Of bytes: "<" or ">".
    content
        The first bytes of the element, after its tag.
    start
        Where they begin, in the file or in what is unpacked.
    packed
        As in `Variable`.
    """
    if not content:
        return Variable("", 0, (), False)
    _, place, length = _part(order, content, 0)
    if length != 8 or place + 8 > len(content):
        raise DamagedError("a variable does not say its class")
    flags = struct.unpack_from(f"{order}I", content, place)[0]
    kind, is_complex = flags & 0xFF, bool(flags & _IMAGINARY)
    if kind == 17:  # has no lengths: an object of MATLAB's, such as a table or a string
        return Variable("", kind, (), False)
    _, place, length = _part(order, content, place + 8)
    shape = _lengths(order, content, place, length)
    _, place, length = _part(order, content, _padded(place, length))
    name = content[place : place + length].decode("latin-1").rstrip("\0")
    if kind not in NUMBERS:
        return Variable(name, kind, shape, is_complex)
    stored, place, length = _part(order, content, _padded(place, length))
    if stored not in _DTYPES:
        raise DamagedError(f"the values of {name} are of the unknown type {stored}")
    dtype = np.dtype(f"{order}{_DTYPES[stored]}")
    if math.prod(shape) * dtype.itemsize != length:
        raise DamagedError(f"{name} is {' x '.join(map(str, shape))}, but has {length:,} bytes of values")
    return Variable(name, kind, shape, is_complex, dtype, start + place, packed)


def _part(order: str, content: bytes, at: int) -> tuple[int, int, int]:
    """Return the type of the element that begins somewhere, where its content begins, and how long it is."""
    kind, length = _pair(order, content[at : at + 8])
    if kind >> 16:  # four bytes at most are in the tag itself
        return kind & 0xFFFF, at + 4, kind >> 16
    return kind, at + 8, length


def _padded(place: int, length: int) -> int:
    """Return where the next element begins: each fills its eight bytes."""
    return (place + length + 7) // 8 * 8


def _lengths(order: str, content: bytes, place: int, length: int) -> tuple[int, ...]:
    if length % 4 or not 8 <= length <= 128 or place + length > len(content):
        raise DamagedError("a variable does not say its lengths")
    shape: tuple[int, ...] = struct.unpack_from(f"{order}{length // 4}i", content, place)
    if min(shape) < 0:
        raise DamagedError(f"a variable's lengths are {shape}")
    return shape
