"""Information criteria: what a mixture's log-likelihood is worth, less the price of its parameters.

Lower is better. Log-likelihoods and entropies are sums over all of the data, in nats.
"""

from __future__ import annotations

import math


def aic(log_likelihood: float, parameters: int) -> float:
    """Return Akaike's criterion, -2 log L + 2 p (Akaike 1974).

    >>> aic(-100.0, 5)
    210.0
    """
    return -2 * log_likelihood + 2 * parameters


def bic(log_likelihood: float, parameters: int, size: float) -> float:
    """Return the Bayesian criterion, -2 log L + p log n (Schwarz 1978); n is the weight of the data.

    >>> round(bic(-100.0, 5, 20), 3)
    214.979
    """
    return -2 * log_likelihood + parameters * math.log(size)


def icl(log_likelihood: float, parameters: int, size: float, entropy: float) -> float:
    """Return the integrated complete likelihood, BIC + 2 entropy (Biernacki, Celeux and Govaert 2000).

    The entropy -Σ r log r of the responsibilities is a price on components that overlap.

    >>> round(icl(-100.0, 5, 20, 3.0), 3)
    220.979
    """
    return bic(log_likelihood, parameters, size) + 2 * entropy
