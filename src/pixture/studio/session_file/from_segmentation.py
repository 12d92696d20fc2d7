"""A document about an image, or about a segmentation, that were made elsewhere; a session that shows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pixture.imaging.image import Image
from pixture.options.classes import Classes
from pixture.options.features import OWN_CHANNELS, FeatureChoice
from pixture.options.fitting import AUTO, GIVEN, Choices
from pixture.options.scan import NO_SCAN, Scan
from pixture.options.spatial import GUIDED, LIGHT, OFF, Spatial
from pixture.options.times import Times
from pixture.segmentation.field.neighbourhood import USUAL as NEIGHBOURS
from pixture.segmentation.segmentation import Segmentation
from pixture.studio.choices.chosen import Chosen
from pixture.studio.session.document import Document, Found, OpenedImage
from pixture.studio.session.result_state import COLOURS, found_state, image_state, palette
from pixture.studio.session.session import Session


def document_of_image(image: Image) -> Document:
    """Return a document about an image."""
    name = "image" if image.origin is None else Path(image.origin.path).name
    return Document(opened=OpenedImage(name, image))


def document_of(segmentation: Segmentation) -> Document:
    """Return a document about a segmentation: its choices are those that would find it again.

    What was marked by hand is not among them: the studio draws strokes, and marks are pixels.
    """
    start = segmentation.fit.steps[0].mixture if segmentation.choices.init == GIVEN else None
    return replace(
        document_of_image(segmentation.image),
        chosen=chosen_by(segmentation),
        start=start,
        found=Found(segmentation, run=0, seconds=0.0),
    )


def chosen_by(segmentation: Segmentation) -> Chosen:
    """Return the choices that a segmentation was found by."""
    choices = segmentation.choices
    if choices.init == GIVEN:
        choices = replace(choices, init=Choices().init)
    features = OWN_CHANNELS if segmentation.features is None else FeatureChoice(segmentation.features)
    merged = segmentation.groups if segmentation.guidance is None else ()
    groups = ["+".join(map(str, group)) for group in merged if len(group) > 1]
    classes = Classes(",".join(groups) or None, ",".join(segmentation.names) or None)
    auto = segmentation.selection is not None
    times, smoothing = Times(bool(segmentation.per_time)), segmentation.smoothing
    scan = NO_SCAN if smoothing is None or smoothing.bias is None else Scan(bias=True)
    return Chosen(choices, auto, times, features, _spatial(segmentation), scan=scan, classes=classes)


def _spatial(segmentation: Segmentation) -> Spatial:
    """Return how neighbours agree; what is usual as what is usual, which marks change."""
    smoothing = segmentation.smoothing
    if smoothing is None or smoothing.neighbours == 0:  # none of several times, each with its mixture
        return Spatial(OFF)
    usual = NEIGHBOURS[len(segmentation.image.spatial_spacing)]
    neighbours = None if smoothing.neighbours == usual else smoothing.neighbours
    if smoothing.method == LIGHT:
        return Spatial(None, neighbours)
    guided = segmentation.guidance is not None and smoothing.strength == GUIDED
    strength = AUTO if smoothing.estimated else None if guided else smoothing.strength
    return Spatial(strength, neighbours)


def show(session: Session, document: Document) -> None:
    """Have a session show a document in place of what it has; the labels are computed here."""
    opened, found = document.opened, document.found
    result = None if found is None else found_state(document, found)
    session.edit(lambda before: document)
    session.publish(
        image=None if opened is None else image_state(opened), result=result, palette=palette(COLOURS)
    )  # fmt: skip
