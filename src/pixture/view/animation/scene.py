"""What an animation shows: what all scenes share.

A scene draws what stays when it is made, and `show` moves the rest, its `moving` artists. So the layout
cannot jump, and a frame costs no more than what changes in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from pixture.mixture.em.recording import Recording
from pixture.view.panels.figures import place
from pixture.view.panels.palette import INK
from pixture.wording import signed

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text


class Scene(Protocol):
    """Draws the steps of a recording onto a figure."""

    moving: list[Artist]

    def show(self, at: int) -> None:
        """Show a step, 0 the start."""


Build: TypeAlias = "Callable[[Figure], Scene]"
"""Draws what stays onto a figure, and returns the scene."""


@dataclass(frozen=True)
class Frame:
    """A rectangle of so many inches, at the top of a figure that may have something below it."""

    figure: Figure
    width: float
    height: float

    def axes(self, left: float, bottom: float, width: float, height: float, title: str = "") -> Axes:
        """Return axes at a place in inches from the frame's lower left corner."""
        below = float(self.figure.get_figheight()) - self.height
        axes = place(self.figure, left, below + bottom, width, height)
        if title:  # of a picture, which has no scale whose exponent it must keep clear of
            axes.set_title(title, fontsize=9, color=INK, loc="left", pad=4, y=1.0)
        axes.tick_params(labelsize=8, colors=INK)
        return axes

    def text(self, left: float, down: float, **options: Any) -> Text:
        """Return an empty text at a place in inches from the frame's upper left corner."""
        across, up = self.figure.get_size_inches()
        return self.figure.text(left / across, 1 - down / up, "", color=INK, va="top", **options)


class Heading:
    """A line at the top of a frame: the iteration on the left, the log-likelihood on the right."""

    def __init__(self, frame: Frame, recording: Recording, unit: str) -> None:
        self._captions = captions(recording, unit)
        self._iteration = frame.text(0.22, 0.17, ha="left", fontsize=14, weight="bold")
        self._likelihood = frame.text(frame.width - 0.25, 0.2, ha="right", fontsize=11)
        self.moving: list[Artist] = [self._iteration, self._likelihood]

    def show(self, at: int) -> None:
        """Show the caption of a step."""
        iteration, likelihood = self._captions[at]
        self._iteration.set_text(iteration)
        self._likelihood.set_text(likelihood)


def captions(recording: Recording, unit: str) -> list[tuple[str, str]]:
    """Return what is said of each step: which it is, and its log-likelihood."""
    last, count = recording.fit.iterations, recording.components
    said = []
    for step, value in zip(recording.steps, recording.fit.history, strict=True):
        left = step.mixture.components
        dropped = "" if left == count else f"{left} of {count} components left, "
        how = ", extrapolated" if step.extrapolated else ""
        how += ", on a subsample" if step.subsample is not None else ""
        likelihood = signed(f"{value:.4f}")
        said.append(
            (
                f"EM iteration {step.iteration} of {last}{how}",
                f"{dropped}log-likelihood per {unit} {likelihood}",
            )
        )
    return said
