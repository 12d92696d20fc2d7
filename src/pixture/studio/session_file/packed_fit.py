"""A fit as plain arrays, and back: every mixture on its way, with all digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from pixture.arrays import Array
from pixture.errors import MixtureError, ReadError
from pixture.imaging.histogram.histogram import Histogram
from pixture.mixture.em.em import summarise
from pixture.mixture.em.fit_result import Fit, Step, Stop
from pixture.mixture.model.covariance import STRUCTURES
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model_selection.selection import CRITERIA, Candidate, Selection
from pixture.options.fitting import COVARIANCES

NO_SUBSAMPLE = -1


def packed(mixtures: Sequence[Mixture], name: str) -> dict[str, Array]:
    """Return mixtures as arrays whose names begin with one."""
    return {
        f"{name}.components": np.array([one.components for one in mixtures], np.int64),
        f"{name}.covariance": np.array([COVARIANCES.index(one.covariance) for one in mixtures], np.int64),
        f"{name}.dimension": np.array([one.dimension for one in mixtures], np.int64),
        f"{name}.weights": _joined([one.weights for one in mixtures]),
        f"{name}.means": _joined([one.means for one in mixtures]),
        f"{name}.covariances": _joined([one.covariances for one in mixtures]),
    }


def unpacked(arrays: Mapping[str, Array], name: str) -> list[Mixture]:
    """Return the mixtures that `packed` made arrays of.

    Raises
    ------
    ReadError
        The arrays are none.
    """
    try:
        sizes = zip(
            arrays[f"{name}.components"].tolist(),
            arrays[f"{name}.covariance"].tolist(),
            arrays[f"{name}.dimension"].tolist(),
            strict=True,
        )
        weights, means, covariances = (
            _Taking(arrays[f"{name}.{part}"]) for part in ("weights", "means", "covariances")
        )
        found = []
        for K, which, d in sizes:
            covariance = COVARIANCES[which]
            shape = STRUCTURES[covariance].shape(K, d)
            found.append(Mixture(weights.take((K,)), means.take((K, d)), covariances.take(shape), covariance))
    except (KeyError, ValueError, IndexError, TypeError, MixtureError) as error:
        raise ReadError(f"The mixtures in the session's file are damaged ({error}).") from error
    return found


class _Taking:
    """Takes arrays, one after the other, off a long one."""

    def __init__(self, values: Array) -> None:
        self.values, self.at = values, 0

    def take(self, shape: tuple[int, ...]) -> Array:
        size = int(np.prod(shape))
        taken = self.values[self.at : self.at + size]
        self.at += size
        return np.asarray(taken, np.float64).reshape(shape)


def _joined(arrays: Sequence[Array]) -> Array:
    return np.concatenate([one.ravel() for one in arrays]) if arrays else np.empty(0)


def packed_fit(fit: Fit) -> dict[str, Array]:
    """Return a fit as arrays."""
    steps = fit.steps
    return packed([step.mixture for step in steps], "step") | {
        "step.start": np.array([step.start for step in steps], np.int64),
        "step.iteration": np.array([step.iteration for step in steps], np.int64),
        "step.log_likelihood": np.array([step.log_likelihood for step in steps]),
        "step.subsample": np.array(
            [NO_SUBSAMPLE if step.subsample is None else step.subsample for step in steps], np.int64
        ),
        "step.extrapolated": np.array([step.extrapolated for step in steps]),
        "step.numbers": _joined([step.components for step in steps]).astype(np.int64),
        "fit.shrunk_by": np.array([fit.shrunk_by]),
    }


def unpacked_fit(arrays: Mapping[str, Array], stop: str, histogram: Histogram, threads: int | None) -> Fit:
    """Return the fit that `packed_fit` made arrays of, to the pixels of a histogram.

    Raises
    ------
    ReadError
        The arrays are none, or of other channels.
    """
    mixtures = unpacked(arrays, "step")
    try:
        numbers = _Taking(arrays["step.numbers"])
        steps = tuple(
            Step(
                int(arrays["step.start"][at]),
                int(arrays["step.iteration"][at]),
                mixture,
                float(arrays["step.log_likelihood"][at]),
                numbers.take((mixture.components,)).astype(np.intp),
                None if arrays["step.subsample"][at] < 0 else int(arrays["step.subsample"][at]),
                bool(arrays["step.extrapolated"][at]),
            )
            for at, mixture in enumerate(mixtures)
        )
        reason, shrunk_by = Stop[stop], float(arrays["fit.shrunk_by"][0])
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise ReadError(f"The fit in the session's file is damaged ({error}).") from error
    if not steps or any(step.mixture.dimension != histogram.sample.dimension for step in steps):
        raise ReadError("The fit in the session's file is not one of its image.")
    return Fit(
        steps[-1].mixture, reason, steps, partial(summarise, histogram.sample, threads=threads), shrunk_by
    )


def packed_selection(selection: Selection) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return what is known of numbers of components that were compared: for JSON, and arrays."""
    candidates = selection.candidates
    says = {
        "criterion": selection.criterion,
        "effective_size": selection.effective_size,
        "total_weight": selection.total_weight,
        "compared_weight": selection.compared_weight,
        "rows": selection.rows,
        "candidates": [
            {
                "entropy": one.entropy,
                "bic": one.bic,
                "icl": one.icl,
                "aic": one.aic,
                "log_likelihood": one.log_likelihood,
                "iterations": one.fit.iterations,
                "stop": one.fit.stop.name,
            }
            for one in candidates
        ],
    }
    return says, packed([one.mixture for one in candidates], "candidate")


def unpacked_selection(
    says: Mapping[str, Any], arrays: Mapping[str, Array], histogram: Histogram, threads: int | None
) -> Selection:
    """Return the selection that `packed_selection` told of; of each fit its last step alone.

    Raises
    ------
    ReadError
        It tells of none.
    """
    mixtures = unpacked(arrays, "candidate")
    expect = partial(summarise, histogram.sample, threads=threads)
    try:
        candidates = []
        for mixture, one in zip(mixtures, says["candidates"], strict=True):
            numbers = np.arange(mixture.components)
            step = Step(0, int(one["iterations"]), mixture, float(one["log_likelihood"]), numbers)
            fit = Fit(mixture, Stop[one["stop"]], (step,), expect)
            candidates.append(
                Candidate(fit, float(one["entropy"]), float(one["bic"]), float(one["icl"]), float(one["aic"]))
            )
        if says["criterion"] not in CRITERIA or not candidates:
            raise ValueError("no criterion")
        return Selection(
            tuple(candidates),
            says["criterion"],
            float(says["effective_size"]),
            float(says["total_weight"]),
            float(says["compared_weight"]),
            int(says["rows"]),
        )
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise ReadError(f"The numbers of components in the session's file are damaged ({error}).") from error
