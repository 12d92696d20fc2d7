"""One mixture for many images: fitted to some, saved, and applied to others."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pixture.choices import GIVEN, Choices
from pixture.errors import ImageError, ReadError
from pixture.files.input_files import Inputs, absolute
from pixture.imaging.grey_as_colour import with_channels
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image import Image, Origin, lightness
from pixture.mixture.em.em import OnStep, summarise
from pixture.mixture.em.fit import fit_sample
from pixture.mixture.em.fit_result import Fit, Step, Stop
from pixture.mixture.model.mixture import Mixture
from pixture.model_file import load_mixture, read_model, write_model
from pixture.segmentation.image_source import Source, as_image
from pixture.segmentation.many_images.model_metadata import checked_facts
from pixture.segmentation.many_images.out_of_distribution import warn_where_unlike
from pixture.segmentation.many_images.pooled_histogram import pooled
from pixture.segmentation.mask_image import opened, within
from pixture.segmentation.segmentation import Segmentation


@dataclass(frozen=True, eq=False)
class ImageModel:
    """A mixture fitted to images, and what is needed to apply it to others.

    Attributes
    ----------
    mixture
        Its components sorted by luminance for colour, by the first channel otherwise.
    dtype
        That of the pixels it was fitted to: 200 does not mean the same in 8 and in 16 bits.
    facts
        How it came about, ready for JSON: choices, steps, stop, log-likelihood, the images and their SHA-256.
    beside
        The files that it was fitted to, or read from; `save` replaces none of them.
    """

    mixture: Mixture
    dtype: str
    facts: dict[str, Any]
    beside: tuple[Path, ...] = ()

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the model to a file that `Mixture.load` reads too; return its path.

        Raises
        ------
        WriteError
            The file is there already, or cannot be written, or is one that the model was made from.
        """
        mixture = self.mixture
        return write_model(
            path,
            "mixture",
            {"covariance": mixture.covariance, "dtype": self.dtype, "fit": self.facts},
            {"weights": mixture.weights, "means": mixture.means, "covariances": mixture.covariances},
            overwrite=overwrite,
            inputs=Inputs.of(self.beside),
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ImageModel:
        """Return the model in a file; that of a plain mixture fits pixels of any dtype.

        Raises
        ------
        ReadError
            The file is missing, damaged or of a newer version, or holds no model of images.
        """
        _, facts, _ = read_model(path, ("mixture",))
        mixture = load_mixture(path)
        try:
            dtype, fit = checked_facts(facts, mixture)
        except ValueError as error:
            raise ReadError(f"{path}: the file holds no model of images: {error}. Save it again.") from error
        fitted_to = [image["path"] for image in fit.get("images", [])]
        return cls(mixture, dtype, fit, tuple(absolute(place) for place in (path, *fitted_to)))


def fit_images(
    images: Iterable[Source], choices: Choices | None = None, *, on_step: OnStep | None = None
) -> ImageModel:
    """Fit one mixture to all pixels of several images.

    Parameters
    ----------
    images
        Paths, arrays, Pillow pictures or `Image` of the same channels and dtype; they are taken one after the
        other, and only their distinct values are kept. Grey stored as colour is one channel, unless others
        of the images are in colour.
    choices
        As for a segmentation; None takes the defaults.
    on_step
        As in `fit`.

    Raises
    ------
    ReadError, ImageError
        An image cannot be read, or they do not agree.

    Examples
    --------
    >>> model = fit_images([np.array([[3, 90]], np.uint8), np.array([[4, 91]], np.uint8)], Choices(2))
    >>> apply(model, np.array([[2, 80, 99]], np.uint8)).labels
    array([[0, 1, 1]], dtype=uint8)
    """
    wanted = Choices() if choices is None else choices
    if isinstance(images, str | os.PathLike):  # one path, whose characters are no images
        images = [images]
    origins: list[Origin] = []
    beside: list[Path] = []
    last: Image | None = None

    def each() -> Iterator[Image]:
        nonlocal last
        for source in images:
            last = as_image(source)
            if last.origin is not None:
                origins.append(last.origin)
            beside.extend(last.inputs.paths)
            yield last

    sample = pooled(each(), threads=wanted.threads)
    found = fit_sample(sample, wanted, on_step=on_step)
    facts = {
        "choices": wanted.as_dict(),
        "iterations": found.iterations,
        "stop": found.stop.name.lower(),
        "log_likelihood_per_pixel": found.log_likelihood,
        "distinct_values": sample.size,
        "pixels": sample.total_weight,
        "images": [{"path": str(origin.path), "sha256": origin.sha256} for origin in origins],
    }
    assert last is not None  # there was an image, or pooling would have said
    ordered = found.mixture.ordered(lightness(found.mixture.dimension))
    return ImageModel(ordered, str(last.pixels.dtype), facts, tuple(dict.fromkeys(beside)))


def apply(
    model: ImageModel | Mixture,
    image: Source,
    *,
    mask: Source | None = None,
    mask_threshold: float | None = None,
    threads: int | None = None,
) -> Segmentation:
    """Segment an image by a mixture that is there already; nothing is fitted.

    Parameters
    ----------
    model
        From `fit_images` or `ImageModel.load`; or a mixture, whose labels then keep its own order.
    image, mask, mask_threshold, threads
        As in `segment`.

    Raises
    ------
    ReadError, ImageError
        The image cannot be read, has other channels than the mixture, or another dtype than it was fitted to.

    Warns
    -----
    UnlikeModelWarning
        Nine of ten pixels lie where the mixture expects less than one in a thousand: the image is of another
        kind. A label without pixels is none to be warned of here; `Segmentation.labels_without_pixels` has
        them.
    """
    seen = within(as_image(image), opened(mask, mask_threshold))
    if isinstance(model, ImageModel):
        seen = seen.read_with(Inputs.of(model.beside))
    return apply_to(model, seen, threads=threads)


def apply_to(
    model: ImageModel | Mixture, image: Image, *, threads: int | None = None, on_step: OnStep | None = None
) -> Segmentation:
    """Segment an image, already opened and masked, as `apply` does; `on_step` is told of its one E-step."""
    mixture, dtype = (model, "") if isinstance(model, Mixture) else (model.mixture, model.dtype)
    image = with_channels(image, mixture.dimension)
    if image.channels != mixture.dimension:
        raise ImageError(
            f"The image has {image.channels} channels, the model {mixture.dimension}; they must agree."
        )
    if dtype and str(image.pixels.dtype) != dtype:
        raise ImageError(
            f"The image is {image.pixels.dtype}, the model was fitted to {dtype}, where equal numbers "
            "mean something else. Convert the image, or fit a model to images of its kind."
        )
    choices = Choices(mixture.components, mixture.covariance, init=GIVEN, threads=threads)
    counted = histogram(image, threads=threads)
    moments = summarise(counted.sample, mixture, threads=threads)
    log_likelihood = moments.log_likelihood / counted.sample.total_weight
    warn_where_unlike(mixture, counted.sample, log_likelihood, threads=threads)
    step = Step(0, 0, mixture, log_likelihood, np.arange(mixture.components))
    if on_step is not None:
        on_step(step)
    expect = partial(summarise, counted.sample, threads=threads)
    return Segmentation(image, counted, Fit(mixture, Stop.GIVEN, (step,), expect), choices)
