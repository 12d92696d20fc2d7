"""Tiles of what is looked at: the image, its labels, how sure they are, objects and regions.

A tile is 512 x 512 pixels of a level; at level n a pixel stands for 2^n x 2^n of the image. Of the picture
it is their mean, of all else the first of them, so that labels stay labels.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.errors import ChoiceError
from pixture.imaging.display.display import in_range, shown_channels
from pixture.imaging.display.shades import entropy_shades, probability_shades
from pixture.imaging.downsampling import block_means
from pixture.imaging.image import Image
from pixture.imaging.window import Window as LargeWindow
from pixture.segmentation.segmentation import Segmentation
from pixture.studio.runs.fitting import found_in, opened_in
from pixture.studio.runs.seen import as_bytes
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Session
from pixture.studio.tiles.large_image import LargeImage, map_name
from pixture.studio.tiles.planes import Plane, Window, plane_asked, window_asked
from pixture.wording import shown

MOST_MAPS = 3
"""Maps of uncertainty and probabilities that are kept."""

MAPS, LOCK = "maps", "maps lock"
"""Under which names a session keeps them, and what two threads do not hold at once."""

BEYOND = 1
"""Rows and columns of its neighbours that a tile brings along, so that boundaries between them are seen."""

OF_LARGE = ("image", "labels", "uncertainty", "probability")
"""What is shown of an image larger than memory."""

OUTDATED = "What was asked for is no longer there: another image or result has taken its place."

Numbers: TypeAlias = Callable[[Session, Question], Array]
"""Returns what a layer shows of a whole image, of its shape: integers of 8, 16 or 32 bits."""


def tile(session: Session, question: Question) -> Answer:
    """Return a tile: {layer, level, column, row, axis, plane, time, component, version}.

    `version` is the number of the image for the layer "image", of the run for "labels", "uncertainty" and
    "probability", and of the objects or regions for these. The answer says the tile's `width` and `height`
    and the `bytes` of a pixel: 3 of the image (red, green, blue), 1 of labels and shades, 2 or 4 (little
    endian) of objects and regions. All but the image bring a row and a column more, where there are such.
    """
    opened = opened_in(session)
    layer = question.text("layer", longest=16)
    if opened.large is not None:
        return tile_of_large(session, question, opened.large, layer)
    numbers = NUMBERS.get(layer)
    if numbers is None and layer != "image":
        raise ChoiceError(f"layer must be {', '.join(['image', *NUMBERS])}; got {shown(layer)}.")
    plane = plane_asked(question, opened.image)
    window = window_asked(question, plane.shape(opened.image))
    if numbers is None:
        _refuse_outdated(question, opened.number)
        pixels = picture(opened.image, opened.shown_range, plane, window)
    else:
        pixels = window.of(plane.of(numbers(session, question), opened.image), beyond=BEYOND)
        if layer == "labels":
            pixels = as_bytes(pixels, masked=opened.image.mask is not None)
    return _answer(pixels)


def tile_of_large(session: Session, question: Question, large: LargeImage, layer: str) -> Answer:
    """Return a tile of an image larger than memory: its picture, labels, or a map that was found."""
    window = window_asked(question, large.shape)
    if layer == "image":
        _refuse_outdated(question, opened_in(session).number)
        return _answer(
            large.seen(LargeWindow((window.top, window.left), (window.bottom, window.right)), window.step)
        )
    if layer not in OF_LARGE:
        raise ChoiceError(
            f"Of an image larger than memory the studio shows {', '.join(OF_LARGE)}; got {shown(layer)}."
        )
    found = found_in(session)
    _refuse_outdated(question, found.run)
    rows, columns = (
        min(stop + BEYOND * window.step, side)
        for stop, side in zip((window.bottom, window.right), large.shape, strict=True)
    )
    place = LargeWindow((window.top, window.left), (rows, columns))
    if layer == "labels":
        return _answer(large.labels_of(place, window.step))
    component = question.whole("component", 0, found.segmentation.mixture.components - 1, 0)
    return _answer(large.map_of(map_name(layer, component), place, window.step))


def _answer(pixels: Array) -> Answer:
    """Return a tile as the page is sent it."""
    height, width = pixels.shape[:2]
    size = pixels.dtype.itemsize * (pixels.shape[2] if pixels.ndim == 3 else 1)
    data = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("<")).tobytes()
    return Answer({"width": width, "height": height, "bytes": size}, (data,))


def picture(image: Image, limits: Floats | None, plane: Plane, window: Window) -> Integers:
    """Return a tile of an image as it is shown, (rows, columns, 3) uint8; `limits` as of `shown_range`."""
    here = slice(window.top, window.bottom), slice(window.left, window.right)
    channels = shown_channels(image, plane.of(image.pixels, image)[here])
    if window.step > 1:
        mask = None if image.mask is None else plane.of(image.mask, image)[here]
        channels, _ = block_means(channels, window.step, mask=mask)
    seen = in_range(channels, limits)
    return np.repeat(seen, 3, axis=-1) if seen.shape[-1] == 1 else seen


# --- what layers show ----------------------------------------------------------------------------------


def _labels(session: Session, question: Question) -> Array:
    return _segmentation(session, question).labels


def _uncertainty(session: Session, question: Question) -> Array:
    found = _segmentation(session, question)
    return _kept(
        session, found, "uncertainty", lambda: entropy_shades(found.entropy(), found.mixture.components)
    )


def _probability(session: Session, question: Question) -> Array:
    found = _segmentation(session, question)
    component = question.whole("component", 0, found.mixture.components - 1)
    return _kept(session, found, component, lambda: probability_shades(found.probabilities(component)))


def _of_memory(name: str) -> Numbers:
    def numbers(session: Session, question: Question) -> Array:
        """What the session's memory holds by this name: a version, and labels of the image's shape."""
        version, labels = session.memory.get(name, (None, None))
        opened = opened_in(session)
        if labels is None or labels.shape != opened.image.shape:
            raise ChoiceError(f"There are no {name} yet; find them first.")
        _refuse_outdated(question, version)
        found: Array = labels if labels.dtype.itemsize <= 4 else labels.astype(np.uint32)
        return found

    return numbers


NUMBERS: Mapping[str, Numbers] = MappingProxyType(
    {
        "labels": _labels,
        "uncertainty": _uncertainty,
        "probability": _probability,
        "regions": _of_memory("regions"),
        "objects": _of_memory("objects"),
    }
)
"""What each layer shows of an image, beside the image itself."""


def _segmentation(session: Session, question: Question) -> Segmentation:
    found = found_in(session)
    _refuse_outdated(question, found.run)
    return found.segmentation


def _refuse_outdated(question: Question, version: int) -> None:
    if question.whole("version", 0, 2**53) != version:
        raise ChoiceError(OUTDATED)


def _kept(session: Session, found: Segmentation, key: Any, compute: Callable[[], Integers]) -> Integers:
    """Return a map of a segmentation, computed where it is not kept; no two threads compute the same."""
    lock: threading.Lock = session.memory.setdefault(LOCK, threading.Lock())
    with lock:
        of, maps = session.memory.get(MAPS, (None, {}))
        if of is not found:
            maps = {}
        values = maps.pop(key, None)
        if values is None:
            values = compute()
        while len(maps) >= MOST_MAPS:
            del maps[next(iter(maps))]
        maps[key] = values
        session.memory[MAPS] = (found, maps)
        kept: Integers = values
        return kept
