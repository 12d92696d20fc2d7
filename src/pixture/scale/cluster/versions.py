"""Whether the workers of a cluster have what we have: they must compute the same."""

from __future__ import annotations

import pickle
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pixture
from pixture.errors import ClusterError

COMPARED = ("numpy", "numba")
"""Packages on whose versions the last bits of an answer depend."""


def versions() -> dict[str, str]:
    """Return the versions of pixture and of what it computes with, in this process.

    >>> sorted(versions())
    ['Python', 'numba', 'numpy', 'pixture']
    """
    return {
        "pixture": pixture.__version__,
        # a pickle of another Python may not be readable
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{name: version(name) for name in COMPARED},
    }


class _Asked:
    """Whoever unpickles it, or what was pickled of it, has its own versions instead."""

    def __reduce__(self) -> tuple[Any, ...]:
        return versions, ()


QUESTION = pickle.dumps(_Asked())
"""`pickle.loads` of it answers: a process without pixture can be asked too, and says what it lacks."""


def check_versions(answers: Mapping[str, Any]) -> None:
    """Refuse workers that have other versions than this process.

    Parameters
    ----------
    answers
        What `pickle.loads(QUESTION)` returned or raised on each worker, by its address.

    Raises
    ------
    ClusterError
        Some do; the sentence says which, and what is there and here.

    Examples
    --------
    >>> check_versions({"tcp://10.0.0.7:4321": versions() | {"numpy": "1.0"}})
    Traceback (most recent call last):
        ...
    pixture.errors.ClusterError: The worker at tcp://10.0.0.7:4321 has numpy 1.0, and here is ...
    """
    here = versions()
    for address, there in sorted(answers.items()):
        if isinstance(there, ImportError):
            raise ClusterError(
                f"The worker at {address} cannot load pixture {here['pixture']} ({there}): install it there, "
                f"as it is here: pip install 'pixture[cluster]=={here['pixture']}'."
            ) from there
        if isinstance(there, OSError):
            continue  # it has just been lost
        if isinstance(there, Exception):
            raise ClusterError(
                f"The worker at {address} cannot say which pixture it has ({there})."
            ) from there
        for name, wanted in here.items():
            if there.get(name) != wanted:
                raise ClusterError(
                    f"The worker at {address} has {name} {there.get(name, 'of no known version')}, and here "
                    f"is {wanted}: install the same on both, so that they compute the same."
                )
