"""Whether an image is like those that a mixture was fitted to."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats
from pixture.errors import UnlikeModelWarning, warn
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.posterior import log_density
from pixture.mixture.model.weighted_sample import WeightedSample

RARE = 0.001
"""A value is strange to a mixture if it is less probable than all but this share of what is drawn from it."""

SLACK = 2.0
"""Nats by which it is less probable than that, so that what rounds to whole numbers does not count."""

STRANGE = 0.9
"""Share of strange pixels from which on the image is of another kind.

Of photographs under a mixture of eight others, 1 in 150 pixels is strange in the median, 6 in 10 at most; of
nuclei stained as those that a mixture was fitted to, 1 in 400. Fluorescence under a mixture of H&E, either
under one of photographs, or photographs under one of H&E: 9 in 10 and more. Not every other kind of image is
told: a mixture of fluorescence is as wide as photographs are, of which half the pixels lie within it.
"""

ORDINARY = 5.0
"""Nats a pixel by which an image may be less probable than expected before its pixels are looked at."""

_FEWEST, _MOST, _NUMBERS = 2**10, 2**12, 2**22


def warn_where_unlike(
    mixture: Mixture, sample: WeightedSample, log_likelihood: float, *, threads: int | None = None
) -> None:
    """Warn if nearly all pixels lie where the mixture expects hardly any.

    Parameters
    ----------
    mixture
        The mixture applied. It needs no record of what it was fitted to: what it expects is drawn from it.
    sample
        The image's values.
    log_likelihood
        Per pixel, in nats, of the sample under the mixture.
    threads
        As in `Choices`.
    """
    expected = log_density(mixture, _drawn(mixture), threads=threads)
    if log_likelihood > expected.mean() - ORDINARY:  # most images, told without another pass
        return
    strange = log_density(mixture, sample, threads=threads) < np.quantile(expected, RARE) - SLACK
    share = float(sample.weights[strange].sum(dtype=np.float64)) / sample.total_weight
    if share < STRANGE:
        return
    warn(
        f"The image is unlike those that the model was fitted to: {share:.1%} of its pixels lie where the "
        f"model expects less than {RARE:.1%} (log-likelihood {log_likelihood:.4g} a pixel, where "
        f"{expected.mean():.4g} is expected), so its labels mean little. Fit a model to images of this kind.",
        UnlikeModelWarning,
    )


def _drawn(mixture: Mixture) -> WeightedSample:
    """Return rows drawn from the mixture, the same ones every time."""
    generator = np.random.default_rng(0)
    K, d = mixture.means.shape
    rows = min(_MOST, max(_FEWEST, _NUMBERS // d))
    component = np.sort(generator.choice(K, rows, p=mixture.weights))
    values: Floats = generator.standard_normal((rows, d))
    for k in range(K):
        here, factor = component == k, mixture.factors[k]
        z = values[here]
        values[here] = mixture.means[k] + (z / factor if factor.ndim == 1 else np.linalg.solve(factor, z.T).T)
    return WeightedSample(values)
