"""Importing the libraries without what no command has a use for: a quarter of a small photograph's second.

Only the command may call this, before anything else imports them: another's process is not ours to change.
"""

from __future__ import annotations

import contextlib
import sys

_BLAS = "scipy.linalg.cython_blas"


def import_numba() -> None:
    """Import numba's array functions without scipy.linalg.

    numba loads it only to learn whether there is a BLAS for `numpy.dot` in compiled code. No kernel of ours
    calls that, and one that did would be refused by numba with a sentence.
    """
    if _BLAS in sys.modules:
        return
    sys.modules[_BLAS] = None  # type: ignore[assignment]  # Python's own mark of what cannot be imported
    try:
        with contextlib.suppress(ImportError):  # a numba that has moved it starts more slowly, no worse
            import numba.np.arraymath  # noqa: F401 - imported so that it is not later
    finally:
        del sys.modules[_BLAS]


def import_matplotlib() -> None:
    """Import matplotlib's artists without writing the list of its properties into each one's docstring."""
    import matplotlib.artist

    matplotlib.artist.kwdoc = lambda artist: ""
