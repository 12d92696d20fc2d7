"""Which parameters a person wants kept: from a mapping to masks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pixture.arrays import Mask
from pixture.mixture.extensions.fixed_parameters import Frozen

KINDS = ("weights", "means", "covariances")


def frozen_parameters(frozen: Any, components: int, *, tied: bool, given: Mapping[str, Any]) -> Frozen:
    """Return the masks that a mapping says.

    Parameters
    ----------
    frozen
        None, or a mapping from some of `KINDS` to True (all components) or a list of components.
    components
        Number of components, K.
    tied
        Whether there is one covariance, so that all of it is frozen or nothing.
    given
        Of each kind its starting values, None where they are not given: what is frozen must be.

    Raises
    ------
    ValueError
        The mapping says something else.

    >>> every = dict.fromkeys(KINDS, True)
    >>> frozen_parameters({"means": [1]}, 3, tied=False, given=every).means
    array([False,  True, False])
    """
    if not frozen:
        return Frozen.nothing(components)
    unknown = set(frozen) - set(KINDS)
    if unknown:
        raise ValueError(f"frozen knows {', '.join(KINDS)}; got {', '.join(sorted(map(str, unknown)))}.")
    masks = {kind: _mask(kind, frozen.get(kind, []), components) for kind in KINDS}
    for kind, mask in masks.items():
        if mask.any() and given[kind] is None:
            name = "precisions_init" if kind == "covariances" else f"{kind}_init"
            raise ValueError(f"frozen {kind} keep their starting values, so {name} must be given.")
    if tied and masks["covariances"].any() and not masks["covariances"].all():
        raise ValueError("A tied covariance is one for all components: freeze all of it (True), or none.")
    return Frozen(**masks)


def _mask(kind: str, chosen: Any, components: int) -> Mask:
    mask: Mask = np.zeros(components, dtype=bool)
    if chosen is True or chosen is False:
        mask[:] = chosen
        return mask
    numbers = np.atleast_1d(np.asarray(chosen))
    if numbers.dtype.kind == "b" and numbers.shape == (components,):
        return numbers
    whole = numbers.size == 0 or (numbers.dtype.kind in "iu" and numbers.ndim == 1)
    if not whole or (numbers.size and not (numbers.min() >= 0 and numbers.max() < components)):
        raise ValueError(
            f"frozen {kind} are True or a list of components from 0 to {components - 1}; got {chosen!r}."
        )
    mask[numbers.astype(np.intp)] = True
    return mask
