"""Numbers as sentences say them."""

from __future__ import annotations


def plural(number: int, thing: str) -> str:
    """Return a number of things.

    >>> plural(1, "iteration"), plural(2000, "iteration")
    ('1 iteration', '2,000 iterations')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def signed(number: str) -> str:
    """Return a number that is written out with the sign that is as wide as a plus.

    >>> signed("-1.5")
    '−1.5'
    """
    return number.replace("-", "−")


def si(number: float) -> str:
    """Return a number with three digits and an SI prefix.

    >>> si(1_234_567), si(12), si(999_999)
    ('1.23 M', '12 ', '1 M')
    """
    for prefix in ("", "k", "M", "G"):
        if abs(float(f"{number:.3g}")) < 1000:
            return f"{number:.3g} {prefix}"
        number /= 1000
    return f"{number:.3g} T"
