"""A source + choices -> a mixture fitted to its pixels, before any of them is labelled."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from pixture.arrays import Array
from pixture.errors import ChoiceError
from pixture.imaging.image import Image
from pixture.imaging.window import Window, tiles
from pixture.mixture.em.em import OnStep, summarise
from pixture.mixture.em.fit import fit_sample
from pixture.mixture.em.fit_result import Fit, Step, Stop
from pixture.mixture.extensions.fixed_parameters import Frozen, fit_within
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.posterior import label_type
from pixture.mixture.model_selection.compare_components import OnProgress
from pixture.mixture.model_selection.selection import Selection
from pixture.options.classes import Classes
from pixture.options.fitting import AUTO_COMPONENTS, GIVEN, Choices
from pixture.options.method import Method
from pixture.options.spatial import Spatial
from pixture.scale.sample.source_sample import SourceSample, source_sample
from pixture.scale.sources.source import Source
from pixture.scale.workers import Workers
from pixture.segmentation.classes.class_choice import groups_of, names_of
from pixture.segmentation.component_count.image_components import fit_of_best, select_image
from pixture.segmentation.many_images.image_model import ImageModel, refuse_other_pixels
from pixture.segmentation.many_images.out_of_distribution import warn_where_unlike
from pixture.segmentation.posterior.pixel_posterior import Groups
from pixture.wording import plural

SOME, SIDE = 16, 512
"""Windows of an image that say how many components it is worth, and their sides."""


@dataclass(frozen=True, eq=False)
class SourceFit:
    """A mixture of the pixels of a source, before any of them is labelled.

    Attributes
    ----------
    known
        The source and its sample.
    fit
        The fit, its components from the darkest on.
    choices
        What was asked for; where the image said how many components, with the number found.
    spatial
        How labels are smoothed.
    selection
        The numbers of components that were compared, if they were.
    groups, names
        The components of each class, and what classes are called; empty where nothing is said.
    keeps_mixture
        Whether the mixture stays as it is where neighbours are made to agree: some of it was not to change.
    """

    known: SourceSample
    fit: Fit
    choices: Choices
    spatial: Spatial
    selection: Selection | None = None
    groups: Groups = ()
    names: tuple[str, ...] = ()
    keeps_mixture: bool = False

    def __repr__(self) -> str:
        return f"<SourceFit: {self.known.source.description!r}, {self.labels} labels>"

    @property
    def labels(self) -> int:
        """How many labels there are."""
        return len(self.groups) or self.fit.mixture.components

    @property
    def masked_pixels(self) -> int:
        """How many pixels take no part."""
        return self.known.source.description.size - self.known.pixels

    @property
    def dtype(self) -> type[np.unsignedinteger]:
        """Of labels: they leave room for that of masked pixels, if there are any."""
        return label_type(self.labels + (self.masked_pixels > 0))

    @property
    def masked_label(self) -> int | None:
        """The label of masked pixels, the largest of the labels' type; None where no pixel is masked."""
        return int(np.iinfo(self.dtype).max) if self.masked_pixels else None

    def without_rows(self) -> SourceFit:
        """Return it without the sample, where nothing more is fitted to that."""
        if not (self.spatial.is_off or self.spatial.is_light):
            return self
        return replace(self, known=self.known.without_rows())

    def classified(self, classes: Classes) -> SourceFit:
        """Return it with labels merged and classes named, as asked for."""
        found = self
        if classes.groups:
            found = replace(found, groups=groups_of(classes.groups, self.labels))
        return replace(found, names=names_of(classes.named, found.labels)) if classes.named else found


def fit_source(
    source: Source,
    method: Method,
    workers: Workers,
    *,
    start: Mixture | None = None,
    frozen: Frozen | None = None,
    on_step: OnStep | None = None,
    on_progress: OnProgress | None = None,
) -> SourceFit:
    """Fit a mixture to the pixels of a source; as in `segment_source`, and `frozen` as in `segment_image`."""
    refuse_what_needs_all_pixels(method)
    known = source_sample(source, workers)
    if start is not None and start.dimension != known.sample.dimension:
        raise ChoiceError(
            f"The starting mixture has {plural(start.dimension, 'channel')}, the image "
            f"{known.sample.dimension}; they must agree."
        )
    selection, choices = None, method.choices
    if method.auto:
        seen = some_windows(known.source)
        selection = select_image(seen, AUTO_COMPONENTS, choices.covariance, choices, on_progress=on_progress)
        found = fit_of_best(known.sample, selection, choices, on_step)
        choices = replace(choices, components=found.mixture.components)
    elif frozen is not None and start is not None:
        found = fit_within(known.sample, start, frozen, choices, on_step=on_step)
    else:
        found = fit_sample(known.sample, choices, start=start, on_step=on_step)
    fit = _judged_by_some(found.ordered(known.direction), known)
    kept = frozen is not None
    return SourceFit(known, fit, choices, method.spatial, selection, keeps_mixture=kept)


def given_to_source(
    source: Source, model: ImageModel, spatial: Spatial, threads: int | None, workers: Workers
) -> SourceFit:
    """Return the mixture of a model as that of a source's pixels, as `apply_to` does of an image.

    Raises
    ------
    ImageError
        The image has other channels than the model, or another dtype than it was fitted to.

    Warns
    -----
    UnlikeModelWarning
        As in `apply`, judged by some of the pixels.
    """
    mixture = model.mixture
    known = source_sample(source, workers)
    description, sample = known.source.description, known.sample
    refuse_other_pixels(model, description.channels, description.dtype)
    log_likelihood = summarise(sample, mixture).log_likelihood / sample.total_weight
    warn_where_unlike(mixture, known.some, log_likelihood, threads=threads)
    step = Step(0, 0, mixture, log_likelihood, np.arange(mixture.components))
    fit = _judged_by_some(Fit(mixture, Stop.GIVEN, (step,), partial(summarise, sample)), known)
    choices = Choices(mixture.components, mixture.covariance, init=GIVEN, threads=threads)
    return SourceFit(known, fit, choices, spatial)


def some_windows(source: Source) -> Image:
    """Return evenly spaced windows of a source beside each other: an image like all of it, but smaller."""
    description = source.description
    *before, height, width = description.shape
    sides = (*(1 for _ in before), min(SIDE, height), min(SIDE, width))
    grid = [window for window in tiles(Window.of(description.shape), sides) if window.shape == sides]
    taken = [grid[at] for at in np.unique(((np.arange(SOME) + 0.5) * len(grid) / SOME).astype(int))]
    images = [source.read(window) for window in taken]
    across = math.isqrt(len(images))
    images = images[: len(images) // across * across]

    def beside(arrays: list[Array]) -> Array:
        planes = [array.reshape(sides[-2], sides[-1], -1) for array in arrays]
        lines = [np.concatenate(planes[at : at + across], axis=1) for at in range(0, len(planes), across)]
        return np.concatenate(lines)

    pixels = beside([image.pixels for image in images])
    mask = beside([np.ones(sides, bool) if image.mask is None else image.mask for image in images])[..., 0]
    axes = "yxc" if description.axes.endswith("c") else "yx"
    return Image(
        pixels if axes == "yxc" else pixels[..., 0],
        axes,
        description.spacing[-2:],
        None if mask.all() else mask.astype(bool),
        stored_channels=images[0].stored_channels,
        unit=description.unit,
        channel_names=description.channel_names,
    )


def _judged_by_some(fit: Fit, known: SourceSample) -> Fit:
    """Return a fit whose steps on subsamples are judged by some of the rows, not by a pass for each."""
    return replace(fit, summarise=partial(summarise, known.some))


IN_PIECES = (
    "The image is gone through in pieces, as it is larger than the memory that it may take, or it or its "
    "results are at an address"
)
"""Why something is not done, before what that is."""


def refuse_what_needs_all_pixels(method: Method) -> None:
    """Refuse what cannot be done piece by piece.

    Raises
    ------
    ChoiceError
        The sentence says what needs all pixels at once, and what to do.
    """
    named = {
        "features": method.features.features is not None,
        "scribbles or a box": bool(method.guidance.marks),
        "prior maps": method.scan.prior is not None,
        "a bias field": method.scan.bias,
        "per_time": method.times.per_time,
        'inference="cut"': method.spatial.inference == "cut",
    }
    for what, wanted in named.items():
        if wanted:
            raise ChoiceError(
                f"{IN_PIECES}, and {what} needs all of its pixels at once. Give it more memory (memory=) or "
                "a smaller level (level=), work with files of this machine, or leave that out."
            )
