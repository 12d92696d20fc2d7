"""The animation of a report: few enough frames, small enough, and what is to be said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from markupsafe import Markup

from pixture.mixture.em.fit_result import Stop
from pixture.mixture.em.recording import Recording
from pixture.options.fitting import FPS
from pixture.segmentation.segmentation import Segmentation
from pixture.view.animation.animation import animate_image
from pixture.view.animation.file_formats import player
from pixture.wording import signed

MOST_FRAMES = 48
"""Frames of a report: a longer film would be coarser, and take longer to draw than to watch."""

FIRST_FRAMES = 16
"""Of them the first ones, each its own iteration; the others are evenly spaced among what comes after."""

NO_FILM = "The mixture was given: there is no way to it to show."


class Watch(Protocol):
    """Who is told how the report is coming along."""

    def frame(self, drawn: int, frames: int) -> None:
        """Note that so many of the animation's frames are drawn."""


class Unwatched:
    """Nobody is told."""

    def frame(self, drawn: int, frames: int) -> None:
        """Tell nobody."""


@dataclass(frozen=True)
class Film:
    """A player, empty where there is none, and sentences on what it plays, or why there is none."""

    player: Markup
    sentences: tuple[str, ...]


def film(segmentation: Segmentation, most: int, watch: Watch) -> Film:
    """Return the animation of a segmentation's own fit, its frames in at most `most` bytes."""
    if segmentation.fit.stop is Stop.GIVEN:
        return Film(Markup(), (NO_FILM,))
    recording = segmentation.record()
    steps = film_steps(len(recording.steps), MOST_FRAMES, FIRST_FRAMES)
    animation = animate_image(segmentation.image, recording, segmentation.histogram).watched(watch.frame)
    made = player(animation, FPS, most=most, steps=steps)
    return Film(Markup(made), (_of_way(segmentation), *_of_frames(recording, len(steps))))


def film_steps(count: int, most: int, first: int) -> list[int]:
    """Return up to `most` of the steps 0 … count - 1: the first ones, then some evenly spaced, and the last.

    >>> film_steps(4, 4, 2), film_steps(12, 5, 3)
    ([0, 1, 2, 3], [0, 1, 2, 7, 11])
    """
    if count <= most:
        return list(range(count))
    later = np.linspace(first, count - 1, most - first + 1)[1:]
    return [*range(first), *np.round(later).astype(int).tolist()]


def _of_way(segmentation: Segmentation) -> str:
    fit = segmentation.fit
    said = f"This is the way of the fit: {fit.iterations_in_words}."
    if fit.iterations_on_subsamples:
        said += " The log-likelihood shown is that of all pixels in every frame."
    return said


def _of_frames(recording: Recording, shown: int) -> tuple[str, ...]:
    count = len(recording.steps)
    if shown == count:
        return ()
    return (
        f"{shown} of {count} frames are shown: the start and each of the first {FIRST_FRAMES - 1} "
        "iterations, then evenly spaced ones, and the last.",
    )


def likelihood(value: float) -> str:
    """Return a log-likelihood as a page says it.

    >>> likelihood(-12.34567)
    '−12.3457'
    """
    return signed(f"{value:.4f}")
