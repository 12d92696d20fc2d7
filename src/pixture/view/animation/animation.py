"""An animation of EM: a frame an iteration, in a window, in a file, in a notebook."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, get_args

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pixture import stopping
from pixture.arrays import Integers
from pixture.errors import ChoiceError
from pixture.files.input_files import Inputs
from pixture.files.output_files import NO_INPUTS
from pixture.imaging.display.montage import montage
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.image import Image
from pixture.mixture.em.recording import Recording
from pixture.options.fitting import FPS, FRAME_WIDTH, StyleName
from pixture.view.animation.image_scene import ImageScene, features_seen
from pixture.view.animation.layers import Layers
from pixture.view.animation.points_scene import SampleScene, scene_colours
from pixture.view.animation.scene import Build, captions
from pixture.view.panels.palette import component_colours, entropy_colours, meaning_colours
from pixture.wording import plural

MOST_MEANING = 64
"""Components whose colours a file of few colours is sure to have."""


OnFrame: TypeAlias = Callable[[int, int], object]


@dataclass(frozen=True, eq=False)
class Animation:
    """The iterations of EM as pictures; they are drawn when asked for.

    Attributes
    ----------
    build
        Draws what stays onto a figure, and returns what draws a step.
    size
        Width and height of a frame in inches.
    captions
        What is said of each frame: which iteration it is, and its log-likelihood.
    colours
        (n, 3) uint8, the colours that carry a meaning: a file of few colours has them all.
    title
        Of the window, or the page.
    width
        Pixels across a frame of a file.
    on_frame
        Told how many frames are drawn, and of how many, as files are made.
    pictures
        Where frames show pictures, which a dark page leaves as they are: left, top, right, bottom, as shares
        of the frame from its upper left corner.
    inputs
        Files that it was made from; `save` replaces none of them.

    Examples
    --------
    >>> import pixture
    >>> animation = pixture.record([[0.0, 1], [1, 0], [8, 9], [9, 8]], 2).animate()
    >>> next(animation.frames()).shape
    (630, 1080, 3)
    """

    build: Build
    size: tuple[float, float]
    captions: Sequence[tuple[str, str]]
    colours: Integers
    title: str
    width: int = FRAME_WIDTH
    on_frame: OnFrame | None = None
    pictures: tuple[tuple[float, float, float, float], ...] = ()
    inputs: Inputs = NO_INPUTS

    def __repr__(self) -> str:
        height = round(self.size[1] / self.size[0] * self.width)
        return f"<Animation: {plural(len(self), 'frame')} of {self.width} x {height} pixels>"

    def __len__(self) -> int:
        return len(self.captions)

    def frames(self, steps: Sequence[int] | None = None, scale: float = 1.0) -> Iterator[Integers]:
        """Yield the frames, (rows, columns, 3) uint8, of all steps or those named, `scale` times as wide."""
        figure = Figure(figsize=self.size, dpi=scale * self.width / self.size[0], facecolor="white")
        canvas: Any = FigureCanvasAgg(figure)
        scene = self.build(figure)
        layers = Layers(figure, scene.moving)
        canvas.draw()
        layers.keep()
        shown = range(len(self)) if steps is None else steps
        for drawn, at in enumerate(shown, start=1):
            stopping.check()
            scene.show(at)
            layers.paint()
            if self.on_frame is not None:
                self.on_frame(drawn, len(shown))
            yield np.asarray(canvas.buffer_rgba())[..., :3].copy()

    def watched(self, on_frame: OnFrame) -> Animation:
        """Return the same animation, which tells `on_frame` of each frame that is drawn for a file."""
        return replace(self, on_frame=on_frame)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        fps: float = FPS,
        width: int | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Write the animation to a file whose suffix says how; return its path.

        Parameters
        ----------
        path
            ".gif", ".webp", ".mp4" (needs the program ffmpeg), or ".html": a page of its own with play,
            pause, steps and a slider, that asks the network for nothing.
        fps
            Frames a second; the last one stays for two seconds.
        width
            Pixels across a frame; None takes the animation's. A page that has many may have smaller ones.
        overwrite
            Whether a file that is there already may be replaced; the image itself never is.

        Raises
        ------
        ChoiceError
            The suffix is another one, a number is out of its range, or ffmpeg is not installed.
        WriteError
            The file is there already, or cannot be written. What was there is untouched.
        """
        from pixture.files.atomic_writing import write_whole
        from pixture.view.animation.file_formats import refuse_unwritable

        target = Path(path)
        shown = self if width is None else replace(self, width=width)
        encode = refuse_unwritable(target, fps, shown.width, overwrite, self.inputs)
        write_whole({target: encode(shown, fps)}, overwrite=overwrite, inputs=self.inputs)
        return target

    def show(self, *, fps: float = FPS) -> None:
        """Play the animation in a window, and return when it is closed.

        Space plays and pauses, the arrow keys step, home and end go to the ends; a slider goes anywhere.

        Raises
        ------
        ChoiceError
            `fps` is out of its range.
        DisplayError
            There is no display, or nothing that opens a window on it; the message says what to do.
        """
        from pixture.view.animation.window import show

        show(self, fps)

    def _repr_html_(self) -> str:
        from pixture.view.animation.file_formats import player

        return player(self, FPS)


def animate_image(image: Image, recording: Recording, counted: Histogram | None = None) -> Animation:
    """Return the animation of EM on an image: labels, uncertainty, values, the log-likelihood.

    Parameters
    ----------
    image
        The image. A large one is shown with fewer pixels, a volume by its middle plane.
    recording
        EM on the sample of all of its pixels.
    counted
        The histogram with this sample, where it is one of features of the image.
    """
    features = None if counted is None or not counted.names else features_seen(image, counted)
    image = montage(image, 1)
    build = partial(ImageScene, image=image, recording=recording, features=features)
    title = "EM" if image.origin is None else f"EM on {image.origin.path.name}"
    colours = component_colours(recording.components, recording.fit.mixture.components)
    meaning = np.concatenate([colours[:MOST_MEANING], entropy_colours()[::12], meaning_colours()])
    said = captions(recording, "pixel")
    size, places = ImageScene.size(image), ImageScene.pictures(image)
    return Animation(build, size, said, meaning, title, pictures=places, inputs=image.inputs)


def animate_points(recording: Recording, style: StyleName = "colours") -> Animation:
    """Return the animation of EM on a sample: its points, or the histogram of one channel.

    Raises
    ------
    ChoiceError
        There is no such style.
    """
    if style not in get_args(StyleName):
        raise ChoiceError(f"style must be one of {', '.join(get_args(StyleName))}; got {style!r}.")
    build = partial(SampleScene, recording=recording, style=style)
    size = SampleScene.WIDTH, SampleScene.HEIGHT
    meaning = np.concatenate([scene_colours(recording, style)[:MOST_MEANING], meaning_colours()])
    return Animation(build, size, captions(recording, "point"), meaning, "EM on points")
