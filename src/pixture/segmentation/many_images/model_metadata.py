"""What a model's file says of itself, held against what such a model can be."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import LARGEST_SPAN

DTYPES = frozenset(f"{kind}{bits}" for kind in ("uint", "int") for bits in (8, 16, 32, 64)) | {
    "float32",
    "float64",
}
"""Those of images."""


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < math.inf


def _are_images(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(image, dict)
        and _is_text(image.get("path"))
        and (_is_text(image.get("sha256")) or image.get("sha256", "") is None)
        for image in value
    )


FIT: dict[str, tuple[Callable[[Any], bool], str]] = {
    "choices": (lambda value: isinstance(value, dict), "choices by name"),
    "iterations": (_is_count, "a number of iterations"),
    "stop": (_is_text, "a name"),
    "log_likelihood_per_pixel": (_is_number, "a number"),
    "distinct_values": (_is_count, "a number of values"),
    "pixels": (_is_number, "a number of pixels"),
    "images": (_are_images, "a list of paths and SHA-256"),
}
"""The facts of a fit, each with what it must be; others, which a later version may add, are kept."""


def checked_facts(facts: dict[str, Any], mixture: Mixture) -> tuple[str, dict[str, Any]]:
    """Return the dtype of the pixels that a model is for, and how it was fitted, out of its file's facts.

    A plain mixture's file has neither: its model is for any dtype, "", and nothing is known of its fit.

    Raises
    ------
    ValueError
        A fact is not what it must be, or the mixture is none of pixels of this dtype.

    Examples
    --------
    >>> mixture = Mixture([1.0], [[9.0]], [1.0], "spherical")
    >>> checked_facts({"dtype": "uint8", "fit": {"iterations": 3}}, mixture)
    ('uint8', {'iterations': 3})
    """
    dtype, fit = facts.get("dtype", ""), facts.get("fit", {})
    if not isinstance(dtype, str) or dtype not in DTYPES | {""}:
        raise ValueError(f"its dtype is {_shown(dtype)}; expected one of {', '.join(sorted(DTYPES))}")
    if not isinstance(fit, dict):
        raise ValueError(f"its fit is {_shown(fit)}; expected facts by name")
    for name, (is_right, expected) in FIT.items():
        if name in fit and not is_right(fit[name]):
            raise ValueError(f"its {name} is {_shown(fit[name])}; expected {expected}")
    try:
        json.dumps(fit, allow_nan=False)
    except ValueError:
        raise ValueError("a number of its fit is not finite") from None
    _refuse_means_of_no_pixels(dtype, mixture)
    return dtype, fit


def _refuse_means_of_no_pixels(dtype: str, mixture: Mixture) -> None:
    """Refuse means where no pixels are: a mean lies between the least and the largest value."""
    if dtype.startswith(("int", "uint")):
        limits = np.iinfo(dtype)
        least, most = float(limits.min), float(limits.max)
    else:
        most = min(LARGEST_SPAN, float(np.finfo(dtype or "float64").max))
        least = -most
    furthest = mixture.means.ravel()[np.abs(mixture.means).argmax()]
    step = (most - least) * 2**-40  # what rounding may add
    if not (least - step <= mixture.means.min() and mixture.means.max() <= most + step):
        raise ValueError(f"a mean is {furthest:.6g}, where {dtype or 'no'} pixels cannot be")


def _shown(value: Any) -> str:
    said = " ".join(json.dumps(value).split())
    return said if len(said) <= 60 else f"{said[:57]}..."
