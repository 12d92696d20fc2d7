"""A window that plays an animation while matplotlib draws its frames."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from matplotlib.widgets import Button, Slider

from pixture import stopping
from pixture.errors import DisplayError
from pixture.view.animation.file_formats import check_fps
from pixture.view.animation.layers import Layers
from pixture.view.panels.palette import RISING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pixture.view.animation.animation import Animation

STRIP = 0.55
"""Height of the strip of controls below the frame, in inches."""

LOOKS = 200
"""Milliseconds between looks whether a signal asked the process to end."""


def refuse_without_display() -> None:
    """Raise DisplayError, with advice, where no window can be opened."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        raise DisplayError(
            "There is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set). Write a "
            "file instead: em.html, em.gif, em.webp or em.mp4. A notebook plays an animation by itself."
        )
    import matplotlib.pyplot as plt

    backend = plt.get_backend().lower()
    if backend in ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template") or "inline" in backend:
        raise DisplayError(
            "There is a display, but matplotlib found nothing that opens windows. Install Tk (apt install "
            "python3-tk) or Qt (pip install pyside6), or write a file: em.html, em.gif, em.webp or "
            "em.mp4. A notebook plays an animation by itself."
        )


def show(animation: Animation, fps: float) -> None:
    """Play an animation as `Animation.show` says."""
    check_fps(fps)
    refuse_without_display()
    import matplotlib.pyplot as plt

    width, height = animation.size
    with plt.rc_context({"toolbar": "None"}):  # zooming would leave what moves behind
        figure = plt.figure(animation.title, figsize=(width, height + STRIP), facecolor="white")
    manager = figure.canvas.manager
    if manager is not None and manager.key_press_handler_id is not None:
        figure.canvas.mpl_disconnect(manager.key_press_handler_id)  # the arrow keys are ours
    player = Player(animation, figure, fps)

    def close_if_asked() -> None:  # what a window calls must not raise: its library would print it and go on
        if stopping.asked() is not None:
            plt.close(figure)

    signals: Any = figure.canvas.new_timer(interval=LOOKS)
    signals.add_callback(close_if_asked)
    signals.start()
    try:
        plt.show(block=True)
    finally:
        signals.stop()
        player.pause()
        plt.close(figure)
    stopping.check()


class Player:
    """Plays an animation on a figure that a window holds.

    What stays is kept whenever the window is drawn as a whole: opened, resized, uncovered.
    """

    def __init__(self, animation: Animation, figure: Figure, fps: float) -> None:
        self._figure = figure
        self._canvas: Any = figure.canvas  # a window's, which can blit
        self._last = len(animation) - 1
        self._rest = max(1, round(2 * fps))
        self._waited = 0
        self.at = 0
        self._scene = animation.build(figure)
        strip = STRIP / (animation.size[1] + STRIP)
        play = figure.add_axes((0.02, 0.25 * strip, 0.08, 0.6 * strip))
        slide = figure.add_axes((0.13, 0.25 * strip, 0.84, 0.6 * strip))
        self._button = Button(play, "pause", color="#eeeeee", hovercolor="#dddddd")
        self._button.on_clicked(lambda _: self.toggle())
        self._slider = Slider(slide, "", 0, max(1, self._last), valinit=0, valstep=1, color=RISING)
        self._slider.valtext.set_visible(False)  # the heading says it
        self._slider.vline.set_visible(False)
        self._slider.drawon = False
        self._slider.on_changed(self._slid)
        self._layers = Layers(figure, [*self._scene.moving, play, slide])
        self._scene.show(0)
        self._canvas.mpl_connect("draw_event", self._drawn)
        self._canvas.mpl_connect("key_press_event", self._pressed)
        self._canvas.mpl_connect("close_event", lambda _: self.pause())
        self._timer = self._canvas.new_timer(interval=round(1000 / fps))
        self._timer.add_callback(self._tick)
        self.playing = False
        self.play()

    def play(self) -> None:
        """Go on, from the beginning if the end is shown."""
        if self.at == self._last:
            self.go(0)
        self.playing = True
        self._button.label.set_text("pause")
        self._timer.start()

    def pause(self) -> None:
        """Stay at the frame shown."""
        self.playing = False
        self._button.label.set_text("play")
        self._timer.stop()

    def toggle(self) -> None:
        """Play if paused, pause if playing."""
        self.pause() if self.playing else self.play()
        self._paint()

    def go(self, at: int) -> None:
        """Show a step."""
        self.at = min(self._last, max(0, at))
        self._scene.show(self.at)
        self._slider.eventson = False  # it is told, and need not tell
        self._slider.set_val(self.at)
        self._slider.eventson = True
        self._paint()

    def _tick(self) -> None:
        if self.at < self._last:
            self._waited = 0
            self.go(self.at + 1)
        else:
            self._waited += 1
            if self._waited >= self._rest:
                self._waited = 0
                self.go(0)

    def _slid(self, value: float) -> None:
        self.pause()
        self.go(round(value))

    def _pressed(self, event: Any) -> None:
        moves = {"left": self.at - 1, "right": self.at + 1, "home": 0, "end": self._last}
        if event.key == " ":
            self.toggle()
        elif event.key in moves:
            self.pause()
            self.go(moves[event.key])

    def _drawn(self, _: Any) -> None:
        """Keep what stays, now that all of it has been drawn anew (the window was resized, or uncovered)."""
        self._layers.keep()
        self._paint()

    def _paint(self) -> None:
        if self._layers.paint():
            self._canvas.blit(self._figure.bbox)
        else:
            self._canvas.draw_idle()
