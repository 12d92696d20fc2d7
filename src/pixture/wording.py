"""Numbers as sentences say them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sized
from typing import Any


def plural(number: int, thing: str) -> str:
    """Return a number of things.

    >>> plural(1, "iteration"), plural(2000, "iteration")
    ('1 iteration', '2,000 iterations')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def shown(value: object, letters: int = 60) -> str:
    """Return a value on one short line, as an error says what was got: a large one by its type and size.

    >>> shown("four"), shown(list(range(99)))
    ("'four'", 'a list of 99')
    """
    said = " ".join(repr(value).split())
    if len(said) <= letters:
        return said
    shape, kind = getattr(value, "shape", None), with_article(type(value).__name__)
    if isinstance(shape, tuple) and shape:
        return f"{kind} of shape {shape}"
    return f"{kind} of {len(value):,}" if isinstance(value, Sized) else kind


def with_article(name: str) -> str:
    """Return a name with the article before it.

    >>> with_article("ImageModel"), with_article("list")
    ('an ImageModel', 'a list')
    """
    return f"{'an' if name[:1].lower() in 'aeio' or name == 'ndarray' else 'a'} {name}"


def shown_shape(pixels: Any) -> str:
    """Return the width, height and number of channels of an image, and its dtype.

    >>> import numpy as np
    >>> shown_shape(np.zeros((480, 640, 3), np.uint8)), shown_shape(np.zeros((2, 5)))
    ('640 x 480 x 3 uint8', '5 x 2 float64')
    """
    rows, columns, *channels = pixels.shape
    return f"{columns:,} x {rows:,}{f' x {channels[0]:,}' if channels else ''} {pixels.dtype}"


def size_in_words(shape: Iterable[int]) -> str:
    """Return the width and the height of an image, of a volume its depth too, from its spatial shape.

    >>> size_in_words((480, 1640)), size_in_words((95, 233, 189))
    ('1,640 × 480', '189 × 233 × 95')
    """
    return " × ".join(f"{length:,}" for length in reversed(list(shape)))


def shown_numbers(numbers: Iterable[float], most: int = 6) -> str:
    """Return the first of some numbers with three digits.

    >>> shown_numbers([0.25, 0.5, 0.25]), shown_numbers(range(99))
    ('0.25, 0.5, 0.25', '0, 1, 2, 3, 4, 5, …')
    """
    listed = [f"{number:.3g}" for number, _ in zip(numbers, range(most + 1), strict=False)]
    return ", ".join([*listed[:most], "…"] if len(listed) > most else listed)


def listed(numbers: Iterable[int]) -> str:
    """Return whole numbers, such as those of labels; of more than six the first three and the last.

    >>> listed([3, 1200]), listed(range(99))
    ('3, 1200', '0, 1, 2, …, 98')
    """
    written = [f"{number}" for number in numbers]
    return ", ".join(written) if len(written) <= 6 else f"{', '.join(written[:3])}, …, {written[-1]}"


def meant_number(name: str, value: object) -> str:
    """Return the sentence that gives a whole number in place of a text or a float that says it; else nothing.

    >>> meant_number("components", "4"), meant_number("components", 4.0), meant_number("components", 4.5)
    (' Give components=4.', ' Give components=4.', '')
    """
    if not isinstance(value, str | float) and getattr(value, "shape", None) != ():
        return ""
    text = str(value).strip().removesuffix(".0")
    return f" Give {name}={text}." if text.isdigit() else ""


def nearest(word: object, words: Iterable[str]) -> str:
    """Return a question that offers the one of the words that is most like what was written; else nothing.

    >>> nearest("Diagional", ["full", "diagonal"]), nearest("x", ["full"])
    (" Did you mean 'diagonal'?", '')
    """
    import difflib  # where something went wrong, and not before

    found = difflib.get_close_matches(word.lower(), list(words), n=1) if isinstance(word, str) else []
    return f" Did you mean {found[0]!r}?" if found else ""


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


def duration(seconds: float) -> str:
    """Return how long something took, in the two largest units.

    >>> duration(0.25), duration(75), duration(7260)
    ('0.2 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


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
