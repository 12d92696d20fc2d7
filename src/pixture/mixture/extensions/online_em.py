"""EM a batch at a time: moments of all batches so far, the older ones forgotten little by little."""

from __future__ import annotations

from dataclasses import replace

from pixture.mixture.model.moments import Moments


def scaled(moments: Moments, factor: float) -> Moments:
    """Return the moments of the same rows, weighed `factor` times as much."""
    return replace(
        moments,
        zeroth=factor * moments.zeroth,
        first=factor * moments.first,
        second=factor * moments.second,
        log_likelihood=factor * moments.log_likelihood,
    )


def blended(so_far: Moments | None, batch: Moments, step: float) -> Moments:
    """Return (1 - γ) s + γ s_batch, both per unit of weight (Cappé and Moulines 2009, eq. 15).

    Parameters
    ----------
    so_far
        The moments so far, per unit of weight; None before the first batch, which counts wholly.
    batch
        Those of the batch, about its own references.
    step
        γ, 0 < γ <= 1: the share of the new batch. Steps (t + t₀)^-κ with ½ < κ <= 1 lead to a maximum.
    """
    share = scaled(batch, 1 / batch.zeroth.sum())
    if so_far is None:
        return share
    # about the newer references, so that the sums stay about points close to the means
    return scaled(share, step) + scaled(so_far, 1 - step)
