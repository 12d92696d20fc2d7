"""Decoded strips and tiles of which a window took a part: its neighbours take the rest, decoded once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from pixture.arrays import Array, Mask

MOST_BYTES = 2**27
"""Of what is kept of a file: a band of strips across an image of 32,768 columns and eight bytes a pixel."""

Values = tuple[Array, Mask | None]
"""What a segment holds, and where that is valid."""


@dataclass(eq=False)
class _Kept:
    """What a segment holds, once it is decoded, and how many of its pixels were taken."""

    busy: threading.Lock = field(default_factory=threading.Lock)
    values: Values | None = None
    taken: int = 0


class KeptSegments:
    """What is kept of a file. Windows that lie side by side take each pixel once: then it is let go.

    Examples
    --------
    >>> import numpy as np
    >>> kept, decoded = KeptSegments(), []
    >>> def decode():
    ...     decoded.append("strip 1")
    ...     return np.zeros((4, 6)), None
    >>> for _ in range(2):
    ...     values = kept.values("strip 1", 12, 24, decode)
    >>> decoded, len(kept)
    (['strip 1'], 0)
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._held: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._bytes = 0
        self._changing = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def values(
        self, key: Hashable, wanted: int, pixels: int, decode: Callable[[], Values], *, wait: bool = True
    ) -> Values | None:
        """Return what a segment holds, decoded now if it is not kept.

        Parameters
        ----------
        key
            Which segment.
        wanted, pixels
            How many of its pixels are taken, and how many it has.
        decode
            Returns what it holds.
        wait
            Whether to wait for another thread that decodes it just now; else None is returned then.
        """
        with self._changing:
            kept = self._held.setdefault(key, _Kept())
            self._held.move_to_end(key)
        if not kept.busy.acquire(blocking=wait):
            return None
        try:
            if kept.values is None:
                kept.values = decode()
                self._added(key, kept)
            kept.taken += wanted
            if kept.taken >= pixels:
                self._drop(key, kept)
            return kept.values
        except BaseException:
            self._drop(key, kept)
            raise
        finally:
            kept.busy.release()

    def _added(self, key: Hashable, kept: _Kept) -> None:
        with self._changing:
            if self._held.get(key) is not kept:
                return  # let go meanwhile
            self._bytes += _size(kept)
            for other, held in list(self._held.items()):
                if self._bytes <= self._most:
                    break
                if held.values is not None and other != key:
                    del self._held[other]
                    self._bytes -= _size(held)

    def _drop(self, key: Hashable, kept: _Kept) -> None:
        with self._changing:
            if self._held.get(key) is kept:
                del self._held[key]
                self._bytes -= _size(kept)


def _size(kept: _Kept) -> int:
    return 0 if kept.values is None else kept.values[0].nbytes
