"""Which axes a layer of napari may have: what its axes are called decides, else the person."""

from __future__ import annotations

from collections.abc import Sequence

from pixture.imaging.axes import CHANNELS, COLUMNS, PLANES, ROWS, TIMES

ARRANGEMENTS = {
    2: ("yx",),
    3: ("zyx", "tyx", "cyx", "yxc"),
    4: ("tzyx", "zcyx", "czyx", "tcyx", "ctyx", "zyxc", "tyxc"),
    5: ("tzcyx", "tczyx", "ctzyx", "tzyxc"),
}
"""What so many axes may be, the likeliest first: napari shows an image a channel as layers of their own."""

NAMES = {"t": "times", "z": "planes", "y": "rows", "x": "columns", "c": "channels"}

_CALLED = {"t": TIMES, "z": PLANES, "y": ROWS, "x": COLUMNS, "c": CHANNELS}


def arrangements(ndim: int, axis_labels: Sequence[str] = (), *, rgb: bool = False) -> tuple[str, ...]:
    """Return what the axes of a layer may be, the likeliest first; none where there are too few or too many.

    Parameters
    ----------
    ndim
        Axes of the layer, as napari counts them: without that of red, green and blue.
    axis_labels
        What they are called. Where all of them have names that are known, such as "c", "row", "x", there is
        one answer.
    rgb
        Whether the layer is one of colour: then none of these axes is one of channels.

    >>> arrangements(3)
    ('zyx', 'tyx', 'cyx', 'yxc')
    >>> arrangements(3, ("Channel", "y", "x")), arrangements(3, rgb=True)
    (('cyx',), ('zyx', 'tyx'))
    """
    possible = tuple(axes for axes in ARRANGEMENTS.get(ndim, ()) if not (rgb and "c" in axes))
    named = "".join(_letter(label) for label in axis_labels)
    return (named,) if named in possible else possible


def in_words(axes: str) -> str:
    """Return axes as the widget says them.

    >>> in_words("cyx")
    'channels, rows, columns'
    """
    return ", ".join(NAMES[letter] for letter in axes)


def _letter(label: str) -> str:
    word = label.strip().lower()
    return next((letter for letter, names in _CALLED.items() if word == letter or word in names), "?")
