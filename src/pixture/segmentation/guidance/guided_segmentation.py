"""An image, and pixels that a person marked -> the segmentation that follows them."""

from __future__ import annotations

from pixture.errors import ChoiceError
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.image import Image
from pixture.mixture.em.em import OnStep
from pixture.mixture.em.fit_result import Stop
from pixture.options.fitting import GIVEN
from pixture.options.method import Method
from pixture.segmentation.field.potts_em import Iteration
from pixture.segmentation.field.smooth import smoothed
from pixture.segmentation.guidance.guided_start import guided_start
from pixture.segmentation.guidance.marks import NAMES, Marks, marks_of
from pixture.segmentation.guidance.recorded_way import RecordedWay
from pixture.segmentation.segmentation import Segmentation


def guided_segmentation(
    image: Image, counted: Histogram, method: Method, *, on_step: OnStep | None = None
) -> Segmentation:
    """Segment an image whose guidance marks some pixels; label c - 1 is class c.

    Each class has a mixture of its own, fitted to the pixels that are marked as it, and neighbours agree
    (Boykov and Jolly 2001). What is in a box is not all of its object: there EM under the field goes on and
    fits the mixtures to all pixels, of which those outside are background (after Rother, Kolmogorov and
    Blake 2004).

    Raises
    ------
    ReadError, ImageError, ChoiceError
        As `marks_of`; or the number of components, or the mixture, cannot be had together with marks.
    """
    _refuse_what_goes_without(method)
    marks = marks_of(method.guidance, image)
    image = image.read_with(marks.inputs)
    choices, spatial = method.choices, method.spatial.resolved(len(marks.marks))
    start = guided_start(counted, marks.start, choices)
    way = RecordedWay(counted, choices.threads, on_step)

    def tell(iteration: Iteration) -> bool:
        number = start.iterations[-1] + iteration.number
        return way.take(iteration.mixture, start.components[-1][iteration.components], number)

    for mixture, components, number in zip(start.mixtures, start.components, start.iterations, strict=True):
        way.take(mixture, components, number)
    smoothing = smoothed(
        image,
        counted,
        start.mixtures[-1],
        spatial,
        choices,
        evidence=marks.evidence(start.groups),
        keep_mixture=marks.box is None,
        on_iteration=tell,
    )
    assert smoothing is not None  # there is evidence
    _refuse_lost_classes(marks, len(smoothing.groups))
    if smoothing.mixture is start.mixtures[-1]:
        stop = Stop.CONVERGED if start.converged else Stop.MAX_ITER
    else:
        stop = Stop.SETTLED if smoothing.settled else Stop.MOVING
    fit = way.fit(smoothing.mixture, stop)
    names = () if marks.box is None else NAMES
    return Segmentation(
        image,
        counted,
        fit,
        choices,
        smoothing=smoothing,
        groups=smoothing.groups,
        names=names,
        features=method.features.features,
        guidance=marks,
    )


def _refuse_what_goes_without(method: Method) -> None:
    if method.auto:
        raise ChoiceError(
            "With marked pixels, components is the number of each class: give a number, such as components=4."
        )
    if method.choices.init == GIVEN:
        raise ChoiceError(
            "A mixture to start from does not go with marked pixels, to which the mixture of each class is "
            "fitted; give one of them."
        )


def _refuse_lost_classes(marks: Marks, left: int) -> None:
    """Refuse marks that were overruled everywhere: the labels after them would mean other classes."""
    if left < len(marks.marks):
        raise ChoiceError(
            f"All marks of {len(marks.marks) - left} of {len(marks.marks)} classes were overruled, so no "
            "pixel has them; give a higher certainty, or leave the class out."
        )
