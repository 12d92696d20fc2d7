r"""stdout and stderr of the command: what their encoding lacks is spelt out, what fails is said.

>>> "1…3 − 2 日本".encode("ascii", SUBSTITUTED)
b'1.3 - 2 \\u65e5\\u672c'
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from pixture.errors import WriteError
from pixture.wording import escaped

SUBSTITUTED = "pixture.substituted"
"""The error handler that writes what an encoding lacks in the letters that all of them have."""

# what stands in tables and boxes has one letter for one, so that their edges stay straight
_SUBSTITUTES = {
    "…": ".", "−": "-", "–": "-", "—": "-", "×": "x", "·": ".", "±": "+-", "≤": "<=", "≥": ">=",
    "‘": "'", "’": "'", "“": '"', "”": '"', "\N{NO-BREAK SPACE}": " ", "²": "^2", "³": "^3", "½": "1/2",
    "◀": "<", "█": "#", "▉": "#", "▊": "#", "▋": "#", "▌": "=", "▍": "-", "▎": "-", "▏": "-",
    "━": "-", "╸": "-", "╺": "-", "─": "-", "│": "|", "╭": "+", "╮": "+", "╯": "+", "╰": "+",
}  # fmt: skip


def _substitute(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_SUBSTITUTES.get(letter) or escaped(letter) for letter in lacking), error.end


codecs.register_error(SUBSTITUTED, _substitute)


class Stdout(io.TextIOWrapper):
    """A stream whose failure is told as what it is: an image is not to blame for a full disk under `>`.

    A reader that has gone away (`| head`) is a BrokenPipeError, as ever.
    """

    def write(self, text: str) -> int:
        """Write; a failure is a WriteError."""
        with _told(self):
            return super().write(text)

    def flush(self) -> None:
        """Flush; a failure is a WriteError."""
        with _told(self):
            super().flush()


class Stderr(io.TextIOWrapper):
    """A stream that drops what cannot be written: there is nowhere left to say so, and work goes on."""

    def write(self, text: str) -> int:
        """Write, if somebody can read it."""
        with _dropped(self):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if somebody can read it."""
        with _dropped(self):
            super().flush()


@contextlib.contextmanager
def _told(stream: io.TextIOWrapper) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _discard(stream)
        if isinstance(error, BrokenPipeError):
            raise
        raise WriteError(
            f"What was asked for cannot be printed on stdout: {error.strerror or error}. "
            "Send it to another place."
        ) from None


@contextlib.contextmanager
def _dropped(stream: io.TextIOWrapper) -> Iterator[None]:
    try:
        yield
    except OSError:
        _discard(stream)


def _discard(stream: io.TextIOWrapper) -> None:
    """Send the rest, and what waits in the stream's buffer, nowhere: else it fails again when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def prepare_streams() -> None:
    """Make stdout and stderr of the process such streams; only the command may.

    Those that are closed (`>&-`) are opened, for else a file of ours would take their place, and a library
    that prints would print into it: stdout such that printing fails, stderr such that it goes nowhere.
    """
    for handle, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(handle)
        except OSError:  # the lowest free one is given, which is this
            os.set_inheritable(os.open(os.devnull, mode), True)
    sys.stdout = _remade(sys.stdout, 1, Stdout)
    sys.stderr = _remade(sys.stderr, 2, Stderr)


def _remade(stream: TextIO | None, handle: int, kind: type[io.TextIOWrapper]) -> TextIO:
    """Return a stream's twin of this kind; another's, such as a notebook's, is left as it is."""
    if stream is None:
        raw = io.FileIO(handle, "w", closefd=False)
        return kind(io.BufferedWriter(raw), "utf-8", SUBSTITUTED, line_buffering=handle == 2)
    if type(stream) is not io.TextIOWrapper:
        return stream
    encoding, line_buffering = stream.encoding, stream.line_buffering
    return kind(stream.detach(), encoding, SUBSTITUTED, line_buffering=line_buffering)
