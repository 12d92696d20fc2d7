"""Numbers as sentences say them."""

from __future__ import annotations

import unicodedata


def plural(number: int, thing: str) -> str:
    """Return a number of things.

    >>> plural(1, "iteration"), plural(2000, "iteration")
    ('1 iteration', '2,000 iterations')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def signed(number: str) -> str:
    """Return a number that is written out with the sign that is as wide as a plus.

    >>> signed("-1.5")
    '−1.5'
    """
    return number.replace("-", "−")


def si(number: float) -> str:
    """Return a number with three digits and an SI prefix.

    >>> si(1_234_567), si(12), si(999_999)
    ('1.23 M', '12 ', '1 M')
    """
    for prefix in ("", "k", "M", "G"):
        if abs(float(f"{number:.3g}")) < 1000:
            return f"{number:.3g} {prefix}"
        number /= 1000
    return f"{number:.3g} T"


def printable(text: str) -> str:
    r"""Return text as one line that a terminal shows, and does not obey.

    What is neither letter, sign nor space is escaped: the name of a file may hold anything, such as line
    ends, a terminal's commands, marks that turn the direction of writing, bytes that are no text.

    >>> print(printable("日本 \x1b[2J \u202egnp.exe \n \udcff"))
    日本 \x1b[2J \u202egnp.exe \n \xff
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or unicodedata.category(letter) == "Zs" else escaped(letter)
        for letter in text
    )


def escaped(letter: str) -> str:
    r"""Return a letter in ASCII, as Python writes it; a byte of a file's name that is no text, as that byte.

    >>> print(escaped("é"), escaped("\udce9"), escaped("日"))
    \xe9 \xe9 \u65e5
    """
    code = ord(letter)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else ascii(letter)[1:-1]
