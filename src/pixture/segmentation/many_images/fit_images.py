"""Many images -> one mixture for all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import cast

from pixture.errors import ChoiceError, ImageError
from pixture.imaging.axes import axes_of_shape
from pixture.imaging.image import Image, Origin, lightness
from pixture.mixture.em.em import OnStep
from pixture.mixture.em.fit import chosen, fit_sample
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import AUTO, Choices, CovarianceName, InitName
from pixture.segmentation.many_images.image_model import ImageModel
from pixture.segmentation.many_images.pooled_histogram import Counted, Pool
from pixture.segmentation.sources.image_source import Source, as_image
from pixture.segmentation.sources.mask_image import opened, within
from pixture.wording import shown


def fit_images(
    images: Iterable[Source],
    components: int = 4,
    *,
    covariance: CovarianceName = "full",
    init: InitName | Mixture = "kmeans++",
    n_init: int = 1,
    max_iter: int = 200,
    tol: float = 1e-4,
    seed: int = 0,
    covariance_floor: float | None = None,
    shrinkage: float | str = "auto",
    accelerate: bool = True,
    threads: int | None = None,
    mask: Source | None = None,
    mask_threshold: float | None = None,
    on_step: OnStep | None = None,
) -> ImageModel:
    """Fit one mixture to all pixels of several images.

    Parameters
    ----------
    images
        Paths, arrays, Pillow pictures or `Image` of the same channels and dtype, or one of these; an array
        with four axes is one image after the other. They are taken one at a time, and only their distinct
        values are kept. Grey stored as colour is one channel, unless others of the images are in colour.
    components
        As in `segment`; but a number.
    covariance, init, n_init, max_iter, tol, seed, covariance_floor, shrinkage, accelerate, threads
        As in `segment`.
    mask, mask_threshold
        As in `segment`: one mask, of the size of every image.
    on_step
        As in `segment`.

    Returns
    -------
    ImageModel
        `apply` labels images by it; `save` writes it to a file.

    Raises
    ------
    ReadError, ImageError, ChoiceError
        An image cannot be read, they do not agree, or a choice is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> model = fit_images([np.array([[3, 90]], np.uint8), np.array([[4, 91]], np.uint8)], 2)
    >>> from pixture.segmentation.many_images.image_model import apply
    >>> apply(model, np.array([[2, 80, 99]], np.uint8)).labels
    array([[0, 1, 1]], dtype=uint8)
    """
    _refuse_other_than_a_number(components)
    choices, start = chosen(
        init,
        components=components,
        covariance=covariance,
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        seed=seed,
        covariance_floor=covariance_floor,
        shrinkage=shrinkage,
        accelerate=accelerate,
        threads=threads,
    )
    opening = opened(mask, mask_threshold)
    seen = (within(as_image(source), opening) for source in _each(images))
    return fit_opened_images(seen, choices, start=start, on_step=on_step)


def _refuse_other_than_a_number(components: object) -> None:
    """Refuse what `fit_images` might be thought to take for a number of components."""
    if isinstance(components, Choices):
        raise ChoiceError("Choices are given by name: pixture.fit_images(images, **choices.as_dict()).")
    if isinstance(components, str) and components.lower() == AUTO:
        raise ChoiceError(
            'components must be a number for several images; "auto" is for one. Ask one of them: '
            "pixture.select(image).best.components."
        )


def _each(images: Iterable[Source]) -> Iterable[Source]:
    """Return the images one after the other; one by itself as the only one.

    Raises
    ------
    ImageError
        What is given holds no images.
    """
    one = isinstance(images, str | os.PathLike | Image) or hasattr(images, "getbands")
    if one or (hasattr(images, "dims") and hasattr(images, "shape")):
        return [cast(Source, images)]
    shape = getattr(images, "shape", ())
    if isinstance(shape, tuple) and shape:  # of (H, W, C), the rows are no images
        if len(shape) == 3:
            axes_of_shape(shape)
        return images if len(shape) == 4 else [cast(Source, images)]
    if isinstance(images, Mapping):
        raise ImageError(f"A {type(images).__name__} is no list of images. Give its values: images.values().")
    if not isinstance(images, Iterable):
        raise ImageError(
            f"Give a list of images, such as sorted(pathlib.Path(folder).glob('*.png')); got {shown(images)}."
        )
    return images


def fit_opened_images(
    images: Iterable[Image],
    choices: Choices,
    *,
    start: Mixture | None = None,
    on_step: OnStep | None = None,
) -> ImageModel:
    """Fit as `fit_images` does, the images opened and masked, the choices given as one value."""
    counted = (Counted.of(image, threads=choices.threads) for image in images)
    return fit_counted(counted, choices, start=start, on_step=on_step)


def fit_counted(
    images: Iterable[Counted],
    choices: Choices,
    *,
    start: Mixture | None = None,
    on_step: OnStep | None = None,
    on_other: Callable[[ImageError], object] | None = None,
) -> ImageModel:
    """Fit as `fit_images` does, the images counted, wherever that was.

    With `on_other`, an image that does not agree with those before it is left out, and told of.
    """
    origins: list[Origin] = []
    beside: dict[Path, None] = {}
    pool, dtype = Pool(), ""
    for counted in images:
        try:
            pool.add(counted)
        except ImageError as error:
            if on_other is None:
                raise
            on_other(error)
            continue
        dtype = counted.dtype
        if counted.origin is not None:
            origins.append(counted.origin)
        beside |= dict.fromkeys(counted.read)
        del counted  # merged, and not to be held beside
    sample = pool.sample
    found = fit_sample(sample, choices, start=start, on_step=on_step)
    facts = {
        "choices": choices.as_dict(),
        "iterations": found.iterations,
        "stop": found.stop.name.lower(),
        "log_likelihood_per_pixel": found.log_likelihood,
        "distinct_values": sample.size,
        "pixels": sample.total_weight,
        "images": [{"path": str(origin.path), "sha256": origin.sha256} for origin in origins],
    }
    ordered = found.mixture.ordered(lightness(found.mixture.dimension))
    return ImageModel(ordered, dtype, facts, tuple(beside))
