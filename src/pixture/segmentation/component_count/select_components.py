"""Image, or data, + numbers of components -> which of them the image is worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, TypeGuard

import numpy as np

from pixture.arrays import Array
from pixture.errors import ChoiceError
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.mixture.model_selection.compare_components import OnProgress, select_sample
from pixture.mixture.model_selection.principal_components import principal_components, projected
from pixture.mixture.model_selection.selection import CriterionName, Selection
from pixture.options.fitting import AUTO, AUTO_COMPONENTS, DEFAULT_INIT, Choices, CovarianceName, InitName
from pixture.segmentation.component_count.image_components import select_image
from pixture.segmentation.sources.image_source import Source
from pixture.segmentation.sources.mask_image import opened_within

MOST_COLUMNS, LEAST_RATIO = 16, 8
"""A table of data has no more columns than this, and so many times as many rows at least."""


def select(
    image: Source | WeightedSample,
    components: int | Iterable[int] | Literal["auto"] = AUTO_COMPONENTS,
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
    mask_threshold: float | None = None,
    on_progress: OnProgress | None = None,
) -> Selection:
    """Compare numbers of components, and say which of them an image is worth.

    Parameters
    ----------
    image
        A path, an array (H, W) or (H, W, C), a Pillow picture, or an `Image`; or data: a `WeightedSample`, or
        a table (n, d) of floats with at most 16 columns and at least 8 times as many rows, which no image
        looks like (an `Image` is one all the same). Rows of data are taken as independent.
    components
        Numbers of components to compare; "auto", as in `segment`, is 1 to 12.
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
        0.17: narrower components win likelihood from the steps between integers; and 0 is
        None, since likelihoods without a bound cannot be compared.
    mask, mask_threshold
        As in `segment`.
    on_progress
        Called with the number of fits that are done, and of all of them; from several threads.

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
    (`component_count.effective_size`). Pixels along edges are left out: they mix classes, and are of none
    (`component_count.away_from_edges`).

    Examples
    --------
    >>> import numpy as np
    >>> generator = np.random.default_rng(0)
    >>> shades = np.array([40, 90, 170])[generator.integers(0, 3, (64, 64))]
    >>> selection = select((shades + generator.normal(0, 8, shades.shape)).astype(np.uint8), range(1, 6))
    >>> selection.best.components
    3
    """
    if isinstance(components, str):
        if components.lower() != AUTO:
            raise ChoiceError(
                f'components must be whole numbers, such as range(1, 13), or "auto"; got {components!r}.'
            )
        components = AUTO_COMPONENTS
    choices = Choices(
        init=init,
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        seed=seed,
        covariance_floor=covariance_floor,
        threads=threads,
    )
    if isinstance(image, WeightedSample) or _is_table(image):
        if mask is not None or mask_threshold is not None:
            raise ChoiceError("A mask goes with an image; of a table, leave out the rows themselves.")
        sample = image if isinstance(image, WeightedSample) else WeightedSample(image)
        directions = principal_components(sample)
        if directions is not None:
            sample = projected(sample, directions)
        selection = select_sample(sample, components, covariance, criterion, choices, on_progress=on_progress)
        return replace(selection, directions=directions)
    seen = opened_within(image, mask, mask_threshold)
    return select_image(seen, components, covariance, choices, criterion, on_progress)


def _is_table(source: Source) -> TypeGuard[Array]:
    """Whether the source is rows of data rather than pixels, as `select` says."""
    if not isinstance(source, np.ndarray) or source.ndim != 2 or source.dtype.kind != "f":
        return False
    rows, columns = source.shape
    return bool(columns <= MOST_COLUMNS and rows >= LEAST_RATIO * columns)
