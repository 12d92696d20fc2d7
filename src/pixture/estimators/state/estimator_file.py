"""Estimators on disk: parameters and fitted attributes in a model's file, read without running its code."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pixture.arrays import Array
from pixture.errors import PixtureError, ReadError
from pixture.mixture.comparison.diagnosis import Diagnosis, State
from pixture.mixture.extensions.conjugate_prior import Prior
from pixture.mixture.extensions.fixed_parameters import Frozen
from pixture.mixture.extensions.noise_component import NoisyMixture
from pixture.mixture.extensions.student_t import StudentMixture
from pixture.mixture.extensions.variational_bayes import Posterior
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.model_file import read_model, write_model

if TYPE_CHECKING:
    from pixture.estimators.state.shown_state import ShownState

KIND = "estimator"

KEPT = frozenset(
    [
        "n_features_in_",
        "feature_names_in_",
        "converged_",
        "n_iter_",
        "lower_bound_",
        "lower_bounds_",
        "weights_",
        "means_",
        "covariances_",
        "precisions_",
        "precisions_cholesky_",
        "noise_weight_",
        "noise_bounds_",
        "scales_",
        "df_",
        "weight_concentration_prior_",
        "weight_concentration_",
        "mean_precision_prior_",
        "mean_precision_",
        "mean_prior_",
        "degrees_of_freedom_prior_",
        "degrees_of_freedom_",
        "covariance_prior_",
        "_exact",
        "_diagnoses",
        "_so_far",
        "_seen",
        "_batches",
        "_frozen",
        "_steps",
        "_conjugate",
    ]
)
"""Attributes that a file keeps; no others are taken from one."""

# Values of these classes are their named parts; on reading they are made anew, and so checked.
_PARTS: dict[str, tuple[type, tuple[str, ...]]] = {
    "Mixture": (Mixture, ("weights", "means", "covariances", "covariance")),
    "StudentMixture": (StudentMixture, ("weights", "means", "covariances", "degrees", "covariance")),
    "Moments": (Moments, ("reference", "zeroth", "first", "second", "log_likelihood")),
    "NoisyMixture": (NoisyMixture, ("gaussians", "share", "log_lengths")),
    "Posterior": (
        Posterior,
        ("mixture", "weight_concentration", "mean_precision", "degrees_of_freedom"),
    ),
    "Frozen": (Frozen, ("weights", "means", "covariances")),
    "Prior": (Prior, ("mean", "mean_precision", "degrees_of_freedom", "scale", "weight_concentration")),
}


def save_estimator(estimator: ShownState, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write an estimator as its `to_file` says."""
    arrays: dict[str, Array] = {}
    fitted = {name: value for name, value in vars(estimator).items() if name in KEPT}
    facts = {
        part: {name: _plain(f"{part}.{name}", value, arrays) for name, value in named.items()}
        for part, named in (("parameters", estimator.get_params(deep=False)), ("attributes", fitted))
    }
    return write_model(path, KIND, {"class": type(estimator).__name__, **facts}, arrays, overwrite=overwrite)


def load_estimator(path: str | os.PathLike[str], cls: type[ShownState]) -> Any:
    """Return the estimator in a file as `from_file` says."""
    _, facts, arrays = read_model(path, (KIND,))
    if facts.get("class") != cls.__name__:
        raise ReadError(
            f"{path}: the file holds a {str(facts.get('class'))[:40]}; expected a {cls.__name__}. "
            "Load it with its own class."
        )
    try:
        parameters, attributes = (
            {name: _value(value, arrays) for name, value in facts[part].items()}
            for part in ("parameters", "attributes")
        )
        unknown = attributes.keys() - KEPT
        if unknown:
            raise KeyError(f"attributes called {', '.join(sorted(unknown))}")
        estimator = cls(**parameters)
        for name, value in attributes.items():
            setattr(estimator, name, value)
        if attributes:
            with np.errstate(all="ignore"):  # of absurd numbers, which are refused as such
                _check(estimator)
    except (PixtureError, LookupError, ArithmeticError, TypeError, ValueError, AttributeError) as error:
        said = " ".join(str(error).split()).rstrip(".")[:300]
        raise ReadError(
            f"{path}: the file holds no {cls.__name__} that this version knows ({said}). Save it again."
        ) from error
    return estimator


def _check(estimator: ShownState) -> None:
    """Refuse attributes that do not belong together: what predicts trusts that they do."""
    attributes: Any = estimator
    attributes._validate_params()
    exact = attributes._exact
    if type(exact) not in estimator._states:
        raise ValueError(f"its state is a {type(exact).__name__}")
    if not (exact.constants < np.inf).all():
        raise ValueError("its state is beyond what float64 can tell")
    so_far = getattr(estimator, "_so_far", None)
    if so_far is not None and so_far.reference.shape != exact.means.shape:
        raise ValueError("the moments of its batches are not as large as the mixture")
    shown = estimator._shown(exact, np.float64)
    for name, value in shown.items():
        there = getattr(estimator, name)
        if np.shape(there) != np.shape(value) or np.asarray(there).dtype.kind != "f":
            raise ValueError(f"{name} is not as large as the mixture")
    estimator._state()  # attributes that show another state than the one that is there must be one too
    if type(attributes.n_features_in_) is not int or attributes.n_features_in_ != exact.dimension:
        raise ValueError(f"n_features_in_ is {attributes.n_features_in_!r}")


def _plain(name: str, value: Any, arrays: dict[str, Array]) -> Any:
    """Return a value as JSON holds it; its arrays are put among `arrays`, under its name."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else {"float": repr(float(value))}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        arrays[name] = value
        return {"array": name}
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":  # the features' names
        return {"names": [str(item) for item in value]}
    if hasattr(value, "to_numpy"):  # a column of a data frame
        return _plain(name, value.to_numpy(), arrays)
    if isinstance(value, tuple | list):
        items = [_plain(f"{name}.{at}", item, arrays) for at, item in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": items}
    if isinstance(value, dict):
        return {"mapping": {key: _plain(f"{name}.{key}", item, arrays) for key, item in value.items()}}
    if isinstance(value, Diagnosis):
        return {"diagnosis": [value.component, value.state.name, value.reason]}
    kind = type(value).__name__
    if kind in _PARTS and type(value) is _PARTS[kind][0]:
        parts = {part: _plain(f"{name}.{part}", getattr(value, part), arrays) for part in _PARTS[kind][1]}
        return {"object": kind, "parts": parts}
    raise ValueError(
        f"{name.removeprefix('parameters.')} is a {kind}, which a file that runs no code cannot hold. "
        "Set it to numbers, names or arrays before saving, as in set_params(random_state=0)."
    )


def _value(plain: Any, arrays: dict[str, Array]) -> Any:
    """Return what `_plain` wrote down."""
    if not isinstance(plain, dict):
        return plain
    match plain:
        case {"array": str(name)}:
            return arrays[name]
        case {"float": str(number)}:
            return float(number)
        case {"names": list(names)}:
            return np.array(names, dtype=object)
        case {"tuple": list(items)}:
            return tuple(_value(item, arrays) for item in items)
        case {"list": list(items)}:
            return [_value(item, arrays) for item in items]
        case {"mapping": dict(items)}:
            return {key: _value(item, arrays) for key, item in items.items()}
        case {"diagnosis": [int(component), str(state), str(reason)]}:
            return Diagnosis(component, State[state], reason)
        case {"object": str(kind), "parts": dict(parts)}:
            cls, fields = _PARTS[kind]
            return cls(**{field: _value(parts[field], arrays) for field in fields})
    raise ValueError(f"unknown value {json.dumps(plain)[:80]}")
