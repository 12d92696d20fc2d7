"""A mixture fitted to images: saved, loaded, and applied to others."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pixture.errors import ChoiceError, ImageError, ReadError
from pixture.files.input_files import Inputs, absolute
from pixture.imaging.grey_as_colour import with_channels
from pixture.imaging.image import Image
from pixture.mixture.em.em import OnStep, summarise
from pixture.mixture.em.fit_result import Fit, Step, Stop
from pixture.mixture.model.mixture import Mixture
from pixture.model_file import load_mixture, read_model, write_model
from pixture.options.features import OWN_CHANNELS, FeatureChoice
from pixture.options.fitting import GIVEN, Choices
from pixture.options.spatial import USUAL, Spatial
from pixture.segmentation.field.smooth import smoothed
from pixture.segmentation.many_images.model_metadata import checked_facts
from pixture.segmentation.many_images.out_of_distribution import warn_where_unlike
from pixture.segmentation.segmentation import Segmentation
from pixture.segmentation.sources.feature_histogram import feature_histogram
from pixture.segmentation.sources.image_source import Source
from pixture.segmentation.sources.mask_image import opened_within
from pixture.wording import plural, shown


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

    def __repr__(self) -> str:
        images = len(self.facts.get("images", ()))
        files = f" of {plural(images, 'file')}" if images else ""
        K, d = self.mixture.means.shape
        return (
            f"<ImageModel: {plural(K, 'component')} ({self.mixture.covariance}), {plural(d, 'channel')}, "
            f"{self.dtype or 'any'} pixels{files}>"
        )

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


def apply(
    model: ImageModel | Mixture | str | os.PathLike[str],
    image: Source,
    *,
    mask: Source | None = None,
    mask_threshold: float | None = None,
    smooth: float | str | None = None,
    neighbours: int | None = None,
    inference: str | None = None,
    features: str | None = None,
    threads: int | None = None,
) -> Segmentation:
    """Segment an image by a mixture that is there already; nothing is fitted.

    Parameters
    ----------
    model
        From `fit_images` or `ImageModel.load`, or the file of one; or a mixture, whose labels then keep its
        own order.
    image, mask, mask_threshold, threads
        As in `segment`.
    smooth, neighbours, inference
        As in `Spatial`; the mixture stays as it is.
    features
        Of a mixture of features, those that it is one of: `Segmentation.features` of the image that it was
        fitted to. The models of `fit_images` are of an image's own channels.

    Raises
    ------
    ChoiceError
        Features go with a mixture; a model is given.
    ReadError, ImageError
        The image cannot be read, has other channels than the mixture, or another dtype than it was fitted to.

    Warns
    -----
    UnlikeModelWarning
        Nine of ten pixels lie where the mixture expects less than one in a thousand: the image is of another
        kind. A label without pixels is none to be warned of here; `Segmentation.labels_without_pixels` has
        them.
    """
    if isinstance(model, str | os.PathLike):
        model = ImageModel.load(model)
    _refuse_what_is_no_model(model)
    spatial, chosen = Spatial(smooth, neighbours, inference), FeatureChoice(features)
    seen = opened_within(image, mask, mask_threshold)
    if isinstance(model, ImageModel):
        if features is not None:
            raise ChoiceError(
                "A model of pixture.fit_images is one of the images' own channels, and takes no features; a "
                "mixture does: pixture.apply(result.mixture, image, features=result.features)."
            )
        seen = seen.read_with(Inputs.of(model.beside))
    return apply_to(model, seen, spatial=spatial, features=chosen, threads=threads)


def _refuse_what_is_no_model(model: object) -> None:
    """Refuse, where a model is wanted, what is none.

    Raises
    ------
    ChoiceError
        It is none; the message says how to get one.
    """
    if isinstance(model, ImageModel | Mixture):
        return
    advice = "The model comes first: pixture.apply(model, image)."
    if isinstance(getattr(model, "mixture", None), Mixture):
        advice = "Give its .mixture."
    raise ChoiceError(
        f"A model is what pixture.fit_images returns, a file of one, or a Mixture; got {shown(model)}. "
        f"{advice}"
    )


def refuse_other_pixels(model: ImageModel, channels: int, dtype: np.dtype[Any]) -> None:
    """Refuse an image of other channels, or another dtype, than a model was fitted to.

    Raises
    ------
    ImageError
        It is one.
    """
    if channels != model.mixture.dimension:
        raise ImageError(
            f"The image has {plural(channels, 'channel')}, the model {model.mixture.dimension}; they must "
            "agree."
        )
    refuse_other_dtype(model.dtype, dtype)


def refuse_other_dtype(of_model: str, dtype: np.dtype[Any]) -> None:
    """Refuse an image of another dtype than a model was fitted to; see `refuse_other_pixels`."""
    if of_model and str(dtype) != of_model:
        raise ImageError(
            f"The image is {dtype}, the model was fitted to {of_model}, where equal numbers "
            "mean something else. Convert the image, or fit a model to images of its kind."
        )


def apply_to(
    model: ImageModel | Mixture,
    image: Image,
    *,
    spatial: Spatial = USUAL,
    features: FeatureChoice = OWN_CHANNELS,
    threads: int | None = None,
    on_step: OnStep | None = None,
) -> Segmentation:
    """Segment an image, already opened and masked, as `apply` does; `on_step` is told of its one E-step."""
    mixture, dtype = (model, "") if isinstance(model, Mixture) else (model.mixture, model.dtype)
    if features.features is None:
        image = with_channels(image, mixture.dimension)
        if image.channels != mixture.dimension:
            raise ImageError(
                f"The image has {plural(image.channels, 'channel')}, the model {mixture.dimension}; they "
                "must agree."
            )
    refuse_other_dtype(dtype, image.pixels.dtype)
    choices = Choices(mixture.components, mixture.covariance, init=GIVEN, threads=threads)
    counted = feature_histogram(image, features, threads=threads)
    if counted.sample.dimension != mixture.dimension:
        raise ChoiceError(
            f"The features {features.features} have {plural(counted.sample.dimension, 'channel')}, the "
            f"mixture {mixture.dimension}; they must agree."
        )
    moments = summarise(counted.sample, mixture, threads=threads)
    log_likelihood = moments.log_likelihood / counted.sample.total_weight
    warn_where_unlike(mixture, counted.sample, log_likelihood, threads=threads)
    step = Step(0, 0, mixture, log_likelihood, np.arange(mixture.components))
    if on_step is not None:
        on_step(step)
    expect = partial(summarise, counted.sample, threads=threads)
    fit = Fit(mixture, Stop.GIVEN, (step,), expect)
    smoothing = smoothed(image, counted, mixture, spatial, choices, keep_mixture=True)
    return Segmentation(image, counted, fit, choices, smoothing=smoothing, features=features.features)
