"""Importing the libraries without what no command has a use for: a quarter of a small photograph's second.

Only the command may call this, before anything else imports them: another's process is not ours to change.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from pathlib import Path

from pixture.compilation.cache_folders import Place, private_folder
from pixture.errors import CompilerError

_BLAS = "scipy.linalg.cython_blas"

_BLAS_THREADS = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""What each BLAS reads when it is loaded."""


def keep_blas_to_one_thread() -> None:
    """Let NumPy's BLAS, not loaded yet, take no threads of its own, unless the environment says otherwise.

    Ours are the threads that `--threads` speaks of. A BLAS divides each of the many small matrices of a fit
    of many bands among all processors, and its threads wait for each other by spinning: where other programs
    have the processors, that took four to nine times as long as one thread does; without them, 4 to 8 % less.
    """
    for name in _BLAS_THREADS:
        os.environ.setdefault(name, "1")


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
    except Exception as error:
        settings = ", ".join(f"{name}={value}" for name, value in os.environ.items() if name[:6] == "NUMBA_")
        raise CompilerError(
            f"The compiler, numba, does not start: {str(error).rstrip('.')}. Its settings in the environment "
            f"are: {settings or 'none'}. Unset them, or install numba anew."
        ) from error
    finally:
        del sys.modules[_BLAS]


def import_matplotlib() -> None:
    """Import matplotlib's artists without writing the list of its properties into each one's docstring.

    A user without a home is not told by matplotlib's log that its cache is in a temporary folder: it is put
    where compiled kernels are, and so is there in the next run.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    if not os.environ.get("MPLCONFIGDIR") and not all(place.can_be_written() for place in _matplotlib_s()):
        folder = private_folder("matplotlib")
        if folder is not None:
            os.environ["MPLCONFIGDIR"] = str(folder)
    import matplotlib.artist

    matplotlib.artist.kwdoc = lambda artist: ""


def _matplotlib_s() -> list[Place]:
    """Return the folders in which matplotlib keeps its settings and its cache, unless it is told others."""
    try:
        home = Path.home()
    except RuntimeError:
        return [Place(Path("/"))]
    if not sys.platform.startswith(("linux", "freebsd")):
        return [Place(home / ".matplotlib")]
    folders = {"XDG_CONFIG_HOME": ".config", "XDG_CACHE_HOME": ".cache"}
    return [
        Place(Path(os.environ.get(name) or home / usual) / "matplotlib") for name, usual in folders.items()
    ]
