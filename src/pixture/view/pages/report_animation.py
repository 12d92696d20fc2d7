"""The animation of a report: few enough frames, small enough, and what is to be said of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from markupsafe import Markup

from pixture.choices import FPS, GIVEN
from pixture.mixture.em.em import Step, Stop
from pixture.mixture.em.recording import Recording
from pixture.segmentation.segmentation import Segmentation
from pixture.view.animation.animation import animate_image
from pixture.view.animation.file_formats import player
from pixture.wording import plural, signed

MOST_FRAMES = 48
"""Frames of a report: a longer film would be coarser, and take longer to draw than to watch."""

FIRST_FRAMES = 16
"""Of them the first ones, each its own iteration; the others are evenly spaced among what comes after."""

MOST_ROWS = 1_000_000
"""Rows of the sample up to which every iteration is over all of it; a larger one is drawn from."""

NO_FILM = (
    "The mixture was given, or EM started from one that was given, which is not kept: there is no way to it "
    "to show."
)


class Watch(Protocol):
    """Who is told how the report is coming along."""

    def retracing(self) -> None:
        """Note that EM begins once more, for the animation; `step` is told of its iterations."""

    def step(self, step: Step) -> None:
        """Note an EM iteration."""

    def frame(self, drawn: int, frames: int) -> None:
        """Note that so many of the animation's frames are drawn."""


class Unwatched:
    """Nobody is told."""

    def retracing(self) -> None:
        """Tell nobody."""

    def step(self, step: Step) -> None:
        """Tell nobody."""

    def frame(self, drawn: int, frames: int) -> None:
        """Tell nobody."""


@dataclass(frozen=True)
class Film:
    """A player, empty where there is none, and sentences on what it plays, or why there is none."""

    player: Markup
    sentences: tuple[str, ...]


def film(segmentation: Segmentation, most: int, watch: Watch) -> Film:
    """Return the animation of EM on a segmentation's image, its frames in at most `most` bytes."""
    if segmentation.fit.stop is Stop.GIVEN or segmentation.choices.init == GIVEN:
        return Film(Markup(), (NO_FILM,))
    watch.retracing()
    recording = _recorded(segmentation, watch)
    steps = film_steps(len(recording.steps), MOST_FRAMES, FIRST_FRAMES)
    animation = animate_image(segmentation.image, recording).watched(watch.frame)
    made = player(animation, FPS, most=most, steps=steps)
    return Film(Markup(made), (_of_way(segmentation, recording), *_of_frames(recording, len(steps))))


def _recorded(segmentation: Segmentation, watch: Watch) -> Recording:
    """Return EM once more, on a draw where the sample is so large that iterations would take minutes."""
    counted = segmentation.histogram
    drawn = replace(counted, sample=counted.sample.thinned(MOST_ROWS))
    return replace(segmentation, histogram=drawn).record(watch.step)


def film_steps(count: int, most: int, first: int) -> list[int]:
    """Return up to `most` of the steps 0 … count - 1: the first ones, then some evenly spaced, and the last.

    >>> film_steps(4, 4, 2), film_steps(12, 5, 3)
    ([0, 1, 2, 3], [0, 1, 2, 7, 11])
    """
    if count <= most:
        return list(range(count))
    later = np.linspace(first, count - 1, most - first + 1)[1:]
    return [*range(first), *np.round(later).astype(int).tolist()]


def _of_way(segmentation: Segmentation, recording: Recording) -> str:
    fit, shown = segmentation.fit, recording.fit
    if np.array_equal(fit.history, shown.history):
        return "These are the iterations of the fit."
    over, per = "all pixels", "per pixel"
    if recording.sample.size < segmentation.histogram.sample.size:
        over = f"a draw of {recording.sample.size:,} of the pixels, which are very many"
        per = "per pixel of the draw"
    return (
        f"This is the way EM takes from its start when every iteration is over {over}. The segmentation's "
        f"fit went {_other_way(segmentation)}. What is shown ends at a log-likelihood of "
        f"{likelihood(shown.log_likelihood)} nats {per}, after {plural(shown.steps, 'iteration')}; the "
        f"segmentation's is {likelihood(fit.log_likelihood)}. Where the two differ, so may the components."
    )


def _other_way(segmentation: Segmentation) -> str:
    if segmentation.selection is not None:
        return "on from where comparing numbers of components had led"
    return "a shorter way, by small draws of the pixels" if segmentation.fit.draws else "over all of them"


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
