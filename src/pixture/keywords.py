"""A public function given an argument that it does not have says which one was meant.

>>> import pixture
>>> pixture.segment([[1, 9]], n_components=2)
Traceback (most recent call last):
    ...
pixture.errors.KeywordError: segment() has no argument 'n_components'. Give components=...
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import ParamSpec, TypeVar, cast

from pixture.errors import KeywordError
from pixture.wording import nearest, plural

P = ParamSpec("P")
R = TypeVar("R")

ELSEWHERE = {
    "k": "components",
    "n": "components",
    "classes": "components",
    "clusters": "components",
    "labels": "components",
    "n_classes": "components",
    "n_clusters": "components",
    "n_components": "components",
    "n_segments": "regions",
    "num_components": "components",
    "segments": "regions",
    "covariance_type": "covariance",
    "init_params": "init",
    "means_init": "init",
    "n_starts": "n_init",
    "max_iterations": "max_iter",
    "iterations": "max_iter",
    "n_iter": "max_iter",
    "tolerance": "tol",
    "eps": "tol",
    "random_state": "seed",
    "rng": "seed",
    "reg_covar": "covariance_floor",
    "n_jobs": "threads",
    "workers": "threads",
    "n_threads": "threads",
    "threshold": "mask_threshold",
    "roi": "mask",
    "callback": "on_step",
}
"""What other libraries call the arguments of ours."""


def with_known_keywords(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function as it is, but that it says which argument may have been meant by an unknown one.

    It stands at the door of the package (`pixture.__getattr__`), so what calls a function from inside meets
    the function itself. Its module is the package, so that it can be sent to other processes.
    """
    code = cast(FunctionType, function).__code__
    by_place = code.co_argcount
    names = code.co_varnames[: by_place + code.co_kwonlyargcount]
    known = frozenset(names)
    defaults = cast(FunctionType, function).__defaults__ or ()
    needed = names[: by_place - len(defaults)]

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        if not known.issuperset(kwargs):
            raise KeywordError(_unknown(code.co_name, next(iter(kwargs.keys() - known)), names))
        if len(args) > by_place:
            given = ", ".join(f"{name}=" for name in names[by_place:])
            raise KeywordError(
                f"{code.co_name}() takes {plural(by_place, 'argument')} without a name "
                f"({', '.join(names[:by_place])}); got {len(args)}.{given and f' Name the others: {given}.'}"
            )
        missing = [name for name in needed[len(args) :] if name not in kwargs]
        if missing:
            call = ", ".join([*needed, "..."])
            raise KeywordError(f"{code.co_name}() needs {' and '.join(missing)}: {code.co_name}({call}).")
        return function(*args, **kwargs)

    checked.__module__ = "pixture"
    return checked


def _unknown(function: str, word: str, names: tuple[str, ...]) -> str:
    meant = ELSEWHERE.get(word.lower())
    if meant not in names:
        meant = word.lower() if word.lower() in names else None
    advice = f"Give {meant}=..." if meant else f"It has {', '.join(names)}.{nearest(word, names)}"
    return f"{function}() has no argument {word!r}. {advice}"
