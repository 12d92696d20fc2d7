"""Maps of an image larger than memory, to be looked at: a pass through it, when one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy.typing as npt

from pixture.arrays import Integers
from pixture.errors import ChoiceError
from pixture.imaging.display.shades import entropy_shades, probability_shades
from pixture.options.writing import PROBABILITIES, UNCERTAINTY
from pixture.segmentation.large_images.segment_source import Targets, paint_source
from pixture.studio.runs.fitting import found_in, opened_in
from pixture.studio.runs.large_run import large_in, method_of, workers_for
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.result_state import found_state
from pixture.studio.session.session import Run, Session
from pixture.studio.tiles.bytes_on_disk import BytesOnDisk
from pixture.studio.tiles.large_image import map_name
from pixture.wording import shown

LAYERS = {"uncertainty": UNCERTAINTY, "probability": PROBABILITIES}
"""Layers that are maps, and the maps."""


@dataclass(frozen=True)
class ShadesOfOne:
    """Makes shades of the probabilities of one label, of those of all."""

    label: int

    def __call__(self, probabilities: npt.NDArray[Any]) -> Integers:
        """Return them, (rows, columns) uint8, of (rows, columns, labels)."""
        return probability_shades(probabilities[..., self.label])


@dataclass(frozen=True)
class ShadesOfEntropy:
    """Makes shades of the entropy of so many labels."""

    labels: int

    def __call__(self, entropy: npt.NDArray[Any]) -> Integers:
        """Return them, of the same shape, uint8."""
        return entropy_shades(entropy, self.labels)


def find_map(session: Session, question: Question) -> Answer:
    """Begin to find a map of an image larger than memory: {layer, component}; `result.maps` has it then."""
    found, opened = found_in(session).segmentation, opened_in(session)
    if opened.large is None:
        raise ChoiceError("Maps of this image are there without being asked for.")
    layer = question.text("layer", longest=16)
    if layer not in LAYERS:
        raise ChoiceError(f"layer must be {' or '.join(LAYERS)}; got {shown(layer)}.")
    component = question.whole("component", 0, found.mixture.components - 1, 0)
    begun = session.begin("Looking at all pixels", lambda run: _find(session, run, layer, component))
    return Answer({"run": begun.number})


def _find(session: Session, run: Run, layer: str, component: int) -> str:
    opened, name = opened_in(session), map_name(layer, component)
    large = large_in(opened)
    fitted = large.fitted
    if fitted is None or component >= fitted.labels:  # another run has changed the labels meanwhile
        raise ChoiceError("The labels are others by now; ask again.")
    shades: Callable[[npt.NDArray[Any]], Integers] = (
        ShadesOfOne(component) if layer == "probability" else ShadesOfEntropy(fitted.labels)
    )
    sink = BytesOnDisk(session.folder / f"map-{opened.number}-{run.number}", large.shape, shades)
    sink.begin()
    try:
        workers = workers_for(session, run, large, method_of(fitted))
        paint_source(fitted, workers, Targets(None, {LAYERS[layer]: sink}), scratch=session.folder)
    except BaseException:
        sink.remove()
        raise
    if name in large.maps:
        large.maps[name].unlink(missing_ok=True)
    maps = {**large.maps, name: sink.path}
    document = session.change(opened=replace(opened, large=replace(large, maps=maps)))
    session.publish(result=found_state(document, found_in(session)))
    return "The map is there."
