"""Image, or data, + numbers of components -> which of them the image is worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pixture.choices import AUTO_COMPONENTS, DEFAULT_INIT, Choices, CovarianceName, InitName
from pixture.errors import ChoiceError
from pixture.mixture.sample import WeightedSample
from pixture.mixture.selection import CriterionName, Selection, select_sample
from pixture.segmentation.segment import Source, as_image, opened, select_image


def select(
    image: Source | WeightedSample,
    components: int | Iterable[int] = AUTO_COMPONENTS,
    *,
    covariance: CovarianceName | Sequence[CovarianceName] = "full",
    criterion: CriterionName = "bic",
    init: InitName = DEFAULT_INIT,
    n_init: int = 1,
    max_iter: int = 200,
    tol: float = 1e-4,
    seed: int = 0,
    covariance_floor: float | None = None,
    threads: int | None = None,
    mask: Source | None = None,
) -> Selection:
    """Compare numbers of components, and say which of them an image is worth.

    Parameters
    ----------
    image
        A path, an array (H, W) or (H, W, C), a Pillow picture, or an `Image`. An array is always pixels, as
        in `segment`; rows of data without a place come as a `WeightedSample`, and are taken as independent.
    components
        Numbers of components to compare.
    covariance
        A covariance structure, or several, as in `Choices`.
    criterion
        "bic": what predicts new data. "icl": BIC, less willing to have components that overlap.
        "aic": more willing to have many. Lower is better.
    init, max_iter, tol, seed, threads
        As in `Choices`.
    n_init
        Starts of its own that each number of components gets, besides splits and merges of its neighbours.
    covariance_floor
        As in `Choices`; but None takes, for integers of one channel, a standard deviation of 0.8 and not
        0.29: narrower components win likelihood from the steps between integers (`mixture.sweep`).
    mask
        As in `segment`.

    Returns
    -------
    Selection
        The candidates, the best of them, a table and a plot.

    Raises
    ------
    ReadError, ImageError, SampleError, ChoiceError
        The file, the image or a choice is not usable as it is; the message says what to do.

    Notes
    -----
    BIC(K) = -2 n_eff l(K) + p(K) log n_eff, where l is the log-likelihood per pixel, p the number of
    parameters (Schwarz 1978), and n_eff the number of independent pixels that the image is worth: pixels
    repeat each other, and with n instead a photograph would want as many components as it is offered
    (`segmentation.effective`). Pixels along edges are left out: they mix classes, and are of none
    (`segmentation.edges`).

    Examples
    --------
    >>> import numpy as np
    >>> generator = np.random.default_rng(0)
    >>> shades = np.array([40, 90, 170])[generator.integers(0, 3, (64, 64))]
    >>> selection = select((shades + generator.normal(0, 8, shades.shape)).astype(np.uint8), range(1, 6))
    >>> selection.best.components
    3
    """
    choices = Choices(
        init=init,
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        seed=seed,
        covariance_floor=covariance_floor,
        threads=threads,
    )
    if isinstance(image, WeightedSample):
        if mask is not None:
            raise ChoiceError(
                "A mask goes with an image; of a WeightedSample, leave out the rows themselves."
            )
        return select_sample(image, components, covariance, criterion, choices)
    seen = as_image(image)
    if mask is not None:
        seen = seen.masked(opened(as_image(mask)))
    return select_image(seen, components, covariance, choices, criterion)
