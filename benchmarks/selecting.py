"""How often the number of components of simulated images is found; `python -m benchmarks.selecting`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

import pixture
from benchmarks.data import photographs
from benchmarks.report import Claim, Row, Section, table
from benchmarks.timing import Rounds, ratio, seconds, side_by_side
from pixture.arrays import Array, Floats, Integers
from pixture.imaging.histogram.histogram import histogram
from pixture.mixture.em.fit import fit_sample
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.mixture.model_selection.information_criteria import bic
from pixture.mixture.model_selection.selection import Selection
from pixture.mixture.model_selection.sweep_components import least_variances, sweep
from pixture.options.fitting import Choices

COUNTS = (3, 5, 7)
NOISES = {
    "independent": (0.0, 0.0, 0.9),
    "blurred by 1 pixel": (1.0, 0.0, 0.9),
    "blurred by 2 pixels": (2.0, 0.0, 0.9),
    "independent, classes blurred by 0.6 pixels": (0.0, 0.6, 0.8),
    "independent, classes blurred by 1 pixel": (0.0, 1.0, 0.65),
}
"""Standard deviations of the Gaussians that the noise, its variance restored, and the classes were blurred
by; and the share of images whose number of classes must be found."""
IMAGES = 20
MOST = range(1, 13)


@dataclass(frozen=True, eq=False)
class Simulated:
    """An image of K classes, each Gaussian, and what it was drawn with."""

    pixels: Array
    labels: Integers
    means: Floats


def simulated(K: int, blur: float, seed: int, optics: float = 0.0) -> Simulated:
    """Return an image of K classes, drawn with all else that may differ: what `seed` says.

    Noise is blurred by `blur`. The classes are by `optics`, before noise is added: pixels along their edges
    are mixed.

    Drawn are the label field (thresholds of a smooth field, the largest of K smooth fields, Voronoi cells, or
    a Potts field), the side (128 to 256), grey or RGB, 8 bits or floats, the least distance of class means
    (3 to 6 standard deviations), equal or unequal weights (5 % at least) and covariances.
    """
    generator = np.random.default_rng([K, round(10 * blur), seed])
    side, channels = int(generator.choice([128, 192, 256])), int(generator.choice([1, 3]))
    weights = _weights(K, generator)
    field = LABELS[int(generator.integers(len(LABELS)))]
    while True:
        labels = field((side, side), weights, generator)
        if np.bincount(labels.ravel(), minlength=K).min() > 0.04 * labels.size:
            break
    roots = _roots(K, channels, generator)
    means = _means(roots, generator.uniform(3, 6), generator)
    noise = generator.standard_normal((side, side, channels))
    if blur > 0:
        noise = gaussian_filter(noise, (blur, blur, 0), mode="wrap")
        noise /= noise.std()
    classes = means[labels]
    if optics > 0:
        classes = gaussian_filter(classes, (optics, optics, 0))
    pixels: Array = classes + np.einsum("yxij,yxj->yxi", roots[labels], noise)
    if generator.random() < 0.5:
        low, high = means.min() - 6, means.max() + 6  # four standard deviations of the widest
        pixels = np.round((pixels - low) / (high - low) * 255).clip(0, 255).astype(np.uint8)
    else:
        pixels = pixels.astype(np.float32)
    return Simulated(pixels[..., 0] if channels == 1 else pixels, labels, means)


def usual_choice(selection: Selection) -> int:
    """Return the number of components by the usual BIC, of as many rows as there are pixels."""
    n = selection.total_weight
    usual = {
        each.components: bic(n * each.log_likelihood, each.parameters, n) for each in selection.candidates
    }
    return min(usual, key=usual.__getitem__)


def selecting() -> Section:
    """Ours beside the usual BIC on the same images."""
    rows: list[Row] = []
    claims: list[Claim] = []
    for noise, (blur, optics, least) in NOISES.items():
        for K in COUNTS:
            found = [pixture.select(simulated(K, blur, seed, optics).pixels) for seed in range(IMAGES)]
            ours = float(np.mean([selection.best.components == K for selection in found]))
            usual = float(np.mean([usual_choice(selection) == K for selection in found]))
            rows.append(
                {"noise": noise, "K": K, "images": IMAGES, "ours": f"{ours:.0%}", "usual BIC": f"{usual:.0%}"}
            )
            claims.append(Claim(f"K = {K} found, {noise} noise", ours, "least", least))
    notes = [
        "The share of simulated images whose number of classes is found among 1 to 12, full covariances. Of "
        "the same fits, the usual BIC takes every pixel for independent."
    ]
    return Section("How many components", rows, notes, claims)


def sweeping() -> Section:
    """A sweep of 1 to 12 components beside twelve fits with the same choices."""
    there, absent = photographs()
    rows: list[Row] = []
    rounds: Rounds = {}
    claims: list[Claim] = []
    for photograph in there:
        sample = histogram(photograph.image).sample
        floor = float(least_variances(sample, Choices()).max())
        swept = sweep(sample, MOST, Choices(covariance_floor=floor))
        single = {K: fit_sample(sample, Choices(K, covariance_floor=floor)) for K in MOST}
        gains = [swept[K].log_likelihood - single[K].log_likelihood for K in MOST]
        timings: dict[str, Callable[[], float]] = {
            "sweep": partial(seconds, partial(sweep, sample, MOST, Choices())),
            "fits": partial(seconds, partial(_one_by_one, sample)),
            "select": partial(seconds, partial(pixture.select, photograph.image)),
        }
        taken = side_by_side(timings)
        share = ratio(taken["sweep"], taken["fits"])
        rows.append(
            {
                "photograph": photograph.name,
                **{f"{name}, ms": 1e3 * median(times) for name, times in taken.items()},
                "sweep / fits": share,
                "select / fits": ratio(taken["select"], taken["fits"]),
                "gain, nats a pixel": float(np.mean(gains)),
                "least gain": min(gains),
            }
        )
        rounds |= {f"{photograph.name}: {name}": times for name, times in taken.items()}
        claims.append(Claim(f"sweep of 12 / 12 fits, {photograph.name}", share, "most", 1.0))
    notes = [
        "On the histogram, full covariances, 1 to 12 components. Select: counting, the sweep, the effective "
        "sample size. Gain: the mean and least of log-likelihoods of the sweep less those of single fits.",
        *absent,
    ]
    return Section("A sweep beside as many fits", rows, notes, claims, rounds)


def _one_by_one(sample: WeightedSample) -> None:
    for K in MOST:
        fit_sample(sample, Choices(K))


def _weights(K: int, generator: np.random.Generator) -> Floats:
    if generator.random() < 0.4:
        return np.full(K, 1 / K)
    while True:
        weights: Floats = generator.dirichlet(np.full(K, 3.0))
        if weights.min() > 0.05:
            return weights


def _roots(K: int, channels: int, generator: np.random.Generator) -> Floats:
    """Roots of the covariances, (K, d, d): all the identity, or standard deviations of 0.6 to 1.5 askew."""
    roots = np.repeat(np.eye(channels)[None], K, axis=0)
    if generator.random() < 0.6:
        for root in roots:
            turn = np.linalg.qr(generator.standard_normal((channels, channels)))[0]
            root[:] = turn @ np.diag(generator.uniform(0.6, 1.5, channels)) @ turn.T
    return roots


def _means(roots: Floats, apart: float, generator: np.random.Generator) -> Floats:
    """Means whose least distance is `apart`, in units of the mean covariance of the two, (K, d)."""
    covariances = roots @ roots.swapaxes(1, 2)
    K, d = roots.shape[:2]
    if d == 1:
        deviations = roots[:, 0, 0]
        steps = apart * generator.uniform(1, 1.3, K - 1) * (deviations[1:] + deviations[:-1]) / 2
        return np.concatenate([[0.0], np.cumsum(steps)])[:, None]
    reach = 0.8 * apart
    while True:
        reach *= 1.02
        means: list[Floats] = []
        for _ in range(200):
            mean: Floats = reach * (2 * generator.random((d,)) - 1)
            here = len(means)
            away = [mean - other for other in means]
            spreads = [(covariances[here] + covariances[k]) / 2 for k in range(here)]
            if all(v @ np.linalg.solve(s, v) >= apart**2 for v, s in zip(away, spreads, strict=True)):
                means.append(mean)
            if len(means) == K:
                return np.array(means)


def _thresholds(shape: tuple[int, int], weights: Floats, generator: np.random.Generator) -> Integers:
    field = gaussian_filter(generator.standard_normal(shape), generator.uniform(4, 12), mode="wrap")
    order = generator.permutation(weights.size)
    labels: Integers = order[np.digitize(field, np.quantile(field, np.cumsum(weights[order])[:-1]))]
    return labels


def _largest(shape: tuple[int, int], weights: Floats, generator: np.random.Generator) -> Integers:
    smooth = generator.uniform(4, 12)
    fields = np.stack(
        [gaussian_filter(generator.standard_normal(shape), smooth, mode="wrap") for _ in weights]
    )
    fields /= fields.std(axis=(1, 2), keepdims=True)
    for _ in range(60):  # until the shares are those asked for
        shares = np.bincount(fields.argmax(axis=0).ravel(), minlength=weights.size) / fields[0].size
        fields += 0.5 * np.log(weights / np.maximum(shares, 1e-4))[:, None, None]
    labels: Integers = fields.argmax(axis=0)
    return labels


def _voronoi(shape: tuple[int, int], weights: Floats, generator: np.random.Generator) -> Integers:
    K = weights.size
    cells = max(8 * K, int(np.prod(shape) / generator.uniform(150, 1500)))
    points = generator.uniform(0, 1, (cells, 2)) * shape
    drawn = generator.choice(K, cells - K, p=weights)
    of_cell: Integers = generator.permutation(np.concatenate([np.arange(K), drawn]))
    pixels = np.indices(shape).reshape(2, -1).T
    return of_cell[cKDTree(points).query(pixels)[1]].reshape(shape)


def _potts(shape: tuple[int, int], weights: Floats, generator: np.random.Generator) -> Integers:
    coupling = generator.uniform(0.9, 1.2)
    labels: Integers = generator.choice(weights.size, size=shape, p=weights)
    odd = np.indices(shape).sum(axis=0) % 2
    classes = np.arange(weights.size)[:, None, None]
    for _ in range(40):
        for turn in (0, 1):
            around = [np.roll(labels, step, axis) == classes for axis in (0, 1) for step in (-1, 1)]
            energy = coupling * np.sum(around, axis=0) + 0.15 * np.log(weights)[:, None, None]
            drawn = (energy + generator.gumbel(size=energy.shape)).argmax(axis=0)
            labels = np.where(odd == turn, drawn, labels)
    return labels


LABELS: Sequence[Callable[[tuple[int, int], Floats, np.random.Generator], Integers]] = (
    _thresholds,
    _largest,
    _voronoi,
    _potts,
)


if __name__ == "__main__":
    section = selecting()
    print(table(section.rows))
    sys.exit(0 if all(claim.holds for claim in section.claims) else 1)
