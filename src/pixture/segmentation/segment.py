"""Image + choices -> segmentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any, Literal, cast

from pixture.errors import ChoiceError, LabelWithoutPixelsWarning, warn
from pixture.imaging import window
from pixture.imaging.grey_as_colour import with_channels
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.image import Image
from pixture.mixture.em.em import OnStep
from pixture.mixture.em.fit import chosen, fit_sample
from pixture.mixture.extensions.fixed_parameters import Frozen, fit_within
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.sample import Sample
from pixture.mixture.model_selection.compare_components import OnProgress
from pixture.options.features import FeatureChoice
from pixture.options.fitting import AUTO, AUTO_COMPONENTS, CovarianceName, InitName
from pixture.options.guidance import Guidance
from pixture.options.method import Method
from pixture.options.scan import Scan
from pixture.options.spatial import Spatial
from pixture.options.times import Times
from pixture.scale.sample.continuous import sample_in_pieces, seen_whole
from pixture.scale.sources.source import ImageSource
from pixture.scale.workers import Threads
from pixture.segmentation.component_count.image_components import fit_of_best, select_image
from pixture.segmentation.component_order import ordered
from pixture.segmentation.field.smooth import smoothed
from pixture.segmentation.field.smoothing import Smoothing
from pixture.segmentation.guidance.guided_segmentation import guided_segmentation
from pixture.segmentation.guidance.prior_segmentation import prior_segmentation
from pixture.segmentation.per_time import of_each_time
from pixture.segmentation.segmentation import Segmentation
from pixture.segmentation.sources.feature_histogram import feature_histogram
from pixture.segmentation.sources.image_source import Source
from pixture.segmentation.sources.mask_image import opened_within
from pixture.wording import meant_number, plural, shown


def segment(
    image: Source,
    components: int | Literal["auto"] = 4,
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
    smooth: float | str | None = None,
    neighbours: int | None = None,
    inference: str | None = None,
    features: str | None = None,
    scribbles: Source | None = None,
    box: Sequence[int] | str | None = None,
    certainty: float = 1.0,
    prior: Any = None,
    bias: bool = False,
    per_time: bool = False,
    on_step: OnStep | None = None,
) -> Segmentation:
    """Segment an image by a Gaussian mixture fitted to its pixels with EM.

    Parameters
    ----------
    image
        A path, an array (H, W) or (H, W, C), a Pillow picture, or an `Image`, which may be a volume
        (`image_from_array`). Of colour whose red, green
        and blue are equal everywhere, one is taken; an `Image` keeps what channels it has.
    components
        As in `Choices`; or "auto": 1 to 12 are compared as `pixture.select` does, and the best is taken.
    covariance, n_init, max_iter, tol, seed, covariance_floor, shrinkage, accelerate, threads
        As in `Choices`.
    init
        As in `Choices`; or a `Mixture` to start from, such as that of a similar image.
    mask
        A path, an array or an `Image` of the image's size: pixels where it is zero in every channel are
        left out, and so are those where it is transparent, without data or NaN. None uses every pixel (but
        transparent and non-finite ones).
    mask_threshold
        The least value of the mask that lets a pixel through, instead of all that are not zero: for masks
        from lossy files, and maps of probabilities.
    smooth, neighbours, inference
        As in `Spatial`: with "light", specks are removed from the labels; with "auto" or a strength, the
        mixture is fitted anew so that neighbouring pixels agree, and specks go too.
    features
        As in `FeatureChoice`, such as "lab,texture,position:0.3": the mixture is one of these, and not of the
        image's own channels.
    scribbles, box, certainty
        As in `Guidance`: pixels that are marked by hand, 0 where nothing is known, else the number of a
        class; a box that holds an object. `components` is then the number of each class, of few values fewer.
    per_time
        Whether a mixture is fitted to each time of a series, from that of the time before, so that label 3
        stays label 3; else one is fitted to all of them.
    prior, bias
        As in `Scan`: probability maps of the classes, which take the place of the weights; a smooth factor by
        which the image is brighter here than there, which is estimated (`Segmentation.smoothing.bias`).
    on_step
        Called with a `Step` for the start and after every iteration; a true answer ends the fit.

    Returns
    -------
    Segmentation
        Its labels are sorted: label 0 is the darkest component (colour: least luminance; otherwise
        least first channel). Where pixels are marked, label 0 is class 1, and so on.

    Raises
    ------
    ReadError, ImageError, ChoiceError
        The file, the image or a choice is not usable as it is; the message says what to do.

    Warns
    -----
    FewerComponentsWarning
        The image has fewer distinct values than components were asked for, or a component emptied.
    LabelWithoutPixelsWarning
        A component is the most responsible one of no pixel.
    CollapsedComponentWarning, UnlikeChannelsWarning
        As in `fit`.
    UnclearMaskWarning
        The mask holds more than two values, and there is no threshold.
    UnclearScribblesWarning
        The scribbles hold other numbers than 1, 2, …

    Notes
    -----
    EM alternates r_nk = w_k N(x_n; m_k, S_k) / Σ_j w_j N(x_n; m_j, S_j) with the weighted means and
    covariances of the data under r (Dempster, Laird and Rubin 1977; Bishop 2006, 9.2). It runs on the
    distinct values weighted by their counts, which gives the same estimate as every pixel.

    Examples
    --------
    >>> import numpy as np
    >>> pixels = np.array([[3, 4, 90], [5, 91, 92]], np.uint8)
    >>> segment(pixels, components=2).labels
    array([[0, 0, 1],
           [0, 1, 1]], dtype=uint8)
    """
    auto = is_auto(components)
    choices, start = chosen(
        init,
        components=max(AUTO_COMPONENTS) if auto else cast(int, components),
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
    spatial, guidance = Spatial(smooth, neighbours, inference), Guidance(scribbles, box, certainty)
    method = Method(
        choices, auto, spatial, FeatureChoice(features), guidance, Scan(prior, bias), Times(per_time)
    )
    seen = opened_within(image, mask, mask_threshold)
    return segment_image(seen, method, start=start, on_step=on_step)


def is_auto(components: object) -> bool:
    """Whether the image is to say how many components; what is neither that nor a number is refused.

    Raises
    ------
    ChoiceError
        It is no whole number, and not "auto".

    >>> is_auto("auto"), is_auto(3)
    (True, False)
    """
    if isinstance(components, str) and components.lower() == AUTO:
        return True
    whole = type(components) is not bool and isinstance(components, Integral) and int(components) >= 1
    if not whole:
        several = isinstance(components, Iterable) and not isinstance(components, str)
        compare = " Several numbers are compared by pixture.select." if several else ""
        raise ChoiceError(
            f'components must be a whole number of at least 1, or "auto", which lets the image say how many; '
            f"got {shown(components)}.{compare}{meant_number('components', components)}"
        )
    return False


def segment_image(
    image: Image,
    method: Method,
    *,
    start: Mixture | None = None,
    frozen: Frozen | None = None,
    on_step: OnStep | None = None,
    on_progress: OnProgress | None = None,
) -> Segmentation:
    """Segment as `segment` does, the choices given as one value; `start` goes with the init "given".

    What is `frozen` of the start stays as it is: neighbours then agree without the mixture being fitted anew.

    Where the image says how many components, the segmentation's choices hold the number found; `on_progress`
    is told how many of the fits are done that are compared for that.
    """
    choices, features = method.choices, method.features
    if start is not None and features.features is None:
        image = with_channels(image, start.dimension)
    counted = feature_histogram(image, features, threads=choices.threads)
    if start is not None and start.dimension != counted.sample.dimension:
        what = "image" if features.features is None else f"features {features.features}"
        raise ChoiceError(
            f"The starting mixture has {plural(start.dimension, 'channel')}, the {what} "
            f"{counted.sample.dimension}; they must agree."
        )
    if method.guidance.marks:
        segmentation = guided_segmentation(image, counted, method, on_step=on_step)
        warn_of_labels_without_pixels(segmentation)
        return segmentation
    if method.scan.prior is not None:
        segmentation = prior_segmentation(image, counted, method, on_step=on_step)
        warn_of_labels_without_pixels(segmentation)
        return segmentation
    selection, sample = None, _fitted_to(image, counted, method)
    if method.auto:
        selection = select_image(
            image, AUTO_COMPONENTS, choices.covariance, choices, features=features, on_progress=on_progress
        )
        found = fit_of_best(sample, selection, choices, on_step)
        choices = replace(choices, components=found.mixture.components)
    elif frozen is not None and start is not None:
        found = fit_within(sample, start, frozen, choices, on_step=on_step)
    else:
        found = fit_sample(sample, choices, start=start, on_step=on_step)
    fit = ordered(found, counted, image.lightness, threads=choices.threads)
    smoothing: Smoothing | None
    per_time: tuple[Mixture, ...] = ()
    if method.times.per_time:
        smoothing, per_time = of_each_time(image, fit.mixture, replace(method, choices=choices))
    else:
        smoothing = smoothed(
            image,
            counted,
            fit.mixture,
            method.spatial,
            choices,
            bias=method.scan.bias,
            keep_mixture=frozen is not None,
            sample=sample,
        )
    segmentation = Segmentation(
        image, counted, fit, choices, selection, smoothing, features=features.features, per_time=per_time
    )
    warn_of_labels_without_pixels(segmentation)
    return segmentation


def _fitted_to(image: Image, counted: Histogram, method: Method) -> Sample:
    """Return what a mixture is fitted to: the image's distinct values, or the values of its pixels.

    Those of a large image come piece by piece, so that sums over them have the same bits as those over an
    image that does not fit into memory.
    """
    if counted.counted or method.features.features is not None or image.size <= window.ONE_PIECE:
        return counted.sample
    source, threads = ImageSource(image), Threads(method.choices.threads)
    return sample_in_pieces(source, seen_whole(source, threads).facts, threads)


def warn_of_labels_without_pixels(segmentation: Segmentation) -> None:
    """Warn where a component is the most responsible one of no pixel."""
    absent, K = segmentation.labels_without_pixels, segmentation.mixture.components
    if not absent.size:
        return
    named = ", ".join(str(label) for label in absent)
    instead = "Ask for fewer components" + ("" if segmentation.smoothing is None else ", or smooth='off'")
    warn(
        f"No pixel has label{'' if absent.size == 1 else 's'} {named} of 0 to {K - 1}: everywhere another "
        f"component is the more probable. {instead}, or look at the probabilities.",
        LabelWithoutPixelsWarning,
    )
