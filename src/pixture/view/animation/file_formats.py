"""An animation as a file: GIF, WebP, MP4, or a page."""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import PIL.Image

from pixture.errors import ChoiceError, WriteError
from pixture.files.input_files import Inputs
from pixture.files.output_files import NO_INPUTS, refuse_outputs
from pixture.view.pages.page import page

if TYPE_CHECKING:
    from pixture.arrays import Integers
    from pixture.view.animation.animation import Animation

Encode: TypeAlias = "Callable[[Animation, float], bytes]"
"""Makes a file of an animation, at so many frames a second."""

LEAST_WIDTH, MOST_WIDTH, MOST_FPS = 100, 8000, 100

REST = 2.0
"""Seconds that the last frame stays."""

COLOURS = 256
"""Of a GIF."""

NONE = PIL.Image.Dither.NONE
"""Dithering would make what is even in colour move."""

QUALITIES = ((1.0, 82), (1.0, 60), (1.0, 40), (0.8, 40), (0.6, 35))
"""Scale and WebP's quality of a page's frames, the first for which they are small enough.

Lines and letters stay sharp at a low quality, at a small scale they do not.
"""

LARGEST_PAGE = 24_000_000
"""Bytes that a page's frames may take together, where nothing else is said."""


def film_format(path: Path) -> Encode:
    """Return what encodes an animation, at so many frames a second, for a file of this name.

    Raises
    ------
    ChoiceError
        The suffix is none that is known, or needs a program that is not installed.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise ChoiceError(
            f"An animation is written as {', '.join(FORMATS)}; {path.name!r} ends in "
            f"{suffix or 'no suffix'}. Give it one of these."
        )
    if suffix == ".mp4" and shutil.which("ffmpeg") is None:
        raise ChoiceError(
            "MP4 is written by the program ffmpeg, which is not installed: apt install ffmpeg, brew install "
            "ffmpeg, or winget install ffmpeg. GIF, WebP and HTML need nothing."
        )
    return FORMATS[suffix]


def refuse_unwritable(
    path: Path, fps: float, width: int, overwrite: bool, inputs: Inputs = NO_INPUTS
) -> Encode:
    """Return what encodes an animation for a file of this name, or refuse it before anything is computed.

    Raises
    ------
    ChoiceError
        The suffix is none that is known, or needs a program that is not installed, or a number is out of
        its range.
    WriteError
        The file is there already, or cannot be written, or is one of the inputs.
    """
    encode = film_format(path)
    check_fps(fps)
    if not LEAST_WIDTH <= width <= MOST_WIDTH:
        raise ChoiceError(f"width must be {LEAST_WIDTH} to {MOST_WIDTH} pixels; got {width}.")
    refuse_outputs([path], overwrite=overwrite, inputs=inputs)
    return encode


def check_fps(fps: float) -> None:
    """Refuse a number of frames a second that is out of its range."""
    if not 0 < fps <= MOST_FPS:
        raise ChoiceError(f"fps must be above 0 and at most {MOST_FPS}; got {fps}.")


def gif(animation: Animation, fps: float) -> bytes:
    """Return a GIF that repeats.

    Its palette is taken from frames throughout, so that no colour flickers; those that carry a meaning are in
    it as they are, however few pixels have them.
    """
    some = list(animation.frames(steps=_spread(len(animation), 6)))
    mosaic = PIL.Image.fromarray(np.concatenate(some))
    fixed = np.unique(animation.colours, axis=0)
    common = mosaic.quantize(COLOURS - len(fixed), method=PIL.Image.Quantize.MEDIANCUT).getpalette()
    palette = PIL.Image.new("P", (1, 1))
    colours = [*fixed.ravel().tolist(), *(common or [])]
    palette.putpalette(colours)

    def pictures() -> Iterator[PIL.Image.Image]:
        for frame in animation.frames():
            indices = np.array(PIL.Image.fromarray(frame).quantize(palette=palette, dither=NONE))
            # Pillow takes a colour that is near enough: one that is in the palette is to be itself
            found = np.searchsorted(_codes(fixed), _codes(frame)).clip(max=len(fixed) - 1)
            itself = (fixed[found] == frame).all(axis=-1)
            indices[itself] = found[itself]
            picture = PIL.Image.fromarray(indices.astype(np.uint8))
            picture.putpalette(colours)
            yield picture

    return _moving_picture(pictures(), "GIF", _durations(animation, fps), optimize=False, disposal=1)


def _codes(colours: Integers) -> Integers:
    """Return colours, (…, 3) uint8, as numbers in the order of `numpy.unique`."""
    wide = colours.astype(np.int32)
    codes: Integers = wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
    return codes


def webp(animation: Animation, fps: float) -> bytes:
    """Return a WebP that repeats."""
    pictures = (PIL.Image.fromarray(frame) for frame in animation.frames())
    return _moving_picture(pictures, "WEBP", _durations(animation, fps), quality=82, method=3)


def _moving_picture(
    pictures: Iterator[PIL.Image.Image], format: str, durations: list[int], **options: Any
) -> bytes:
    buffer = io.BytesIO()
    first = next(pictures)
    first.save(buffer, format, save_all=True, append_images=pictures, duration=durations, loop=0, **options)
    return buffer.getvalue()


def _durations(animation: Animation, fps: float) -> list[int]:
    """Return the milliseconds of each frame."""
    return [round(1000 / fps)] * (len(animation) - 1) + [round(1000 * REST)]


def mp4(animation: Animation, fps: float) -> bytes:
    """Return an MP4 (H.264) that every player plays, written by ffmpeg.

    Raises
    ------
    WriteError
        ffmpeg failed; its own words are in the message.
    """
    frames = animation.frames()
    first = next(frames)
    height, width = first.shape[0] // 2 * 2, first.shape[1] // 2 * 2  # 4:2:0 halves both
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "film.mp4")
        command = [
            "ffmpeg", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}",
            "-r", f"{fps}", "-i", "-", "-vf", f"tpad=stop_mode=clone:stop_duration={REST}", "-c:v", "libx264",
            "-pix_fmt", "yuv420p", "-crf", "20", "-movflags", "+faststart", str(path),
        ]  # fmt: skip
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdin is not None  # both are piped
            assert process.stderr is not None
            try:
                for frame in (first, *frames):
                    process.stdin.write(frame[:height, :width].tobytes())
                process.stdin.close()
            except BrokenPipeError:
                pass  # it has ended; why, it says itself
            said = process.stderr.read().decode(errors="replace").strip()
        if process.returncode != 0 or not path.is_file():
            last = said.splitlines()[-1] if said else f"status {process.returncode}"
            raise WriteError(f"ffmpeg could not write the film ({last}). GIF, WebP and HTML do without it.")
        return path.read_bytes()


def html(animation: Animation, fps: float) -> bytes:
    """Return a page that holds every frame, and asks the network for nothing."""
    return page("animation.html", title=animation.title, player=player(animation, fps)).encode(
        errors="replace"
    )


def player(
    animation: Animation, fps: float, *, most: int = LARGEST_PAGE, steps: Sequence[int] | None = None
) -> str:
    """Return a part of a page that plays an animation: play, pause, steps, a slider over the frames.

    Parameters
    ----------
    most
        Bytes that the frames may take; they are made smaller until they do.
    steps
        Which frames it has; None takes all.
    """
    shown = list(range(len(animation)) if steps is None else steps)
    pictures = _small_enough(animation, shown, most)
    return page(
        "player.html",
        frames=[base64.b64encode(picture).decode() for picture in pictures],
        captions=[animation.captions[at] for at in shown],
        numbers=shown,
        fps=fps,
        rest=REST,
        width=animation.width,
        height=round(animation.width * animation.size[1] / animation.size[0]),
        title=animation.title,
        night=_outside(animation.pictures),
    )


def _outside(places: Sequence[tuple[float, float, float, float]]) -> str:
    """Return what of a frame lies outside some places, as a path of CSS.

    >>> _outside([(0.25, 0.5, 0.75, 1.0)]).split(", 0% 0%, ")[-1]
    '25% 50%, 75% 50%, 75% 100%, 25% 100%, 25% 50%, 0% 0%)'
    """
    points = [(0.0, 0.0), (1, 0), (1, 1), (0, 1), (0, 0)]
    for left, top, right, bottom in places:
        points += [(left, top), (right, top), (right, bottom), (left, bottom), (left, top), (0, 0)]
    corners = ", ".join(f"{100 * x:.6g}% {100 * y:.6g}%" for x, y in points)
    return f"polygon(evenodd, {corners})"


def _small_enough(animation: Animation, steps: list[int], most: int) -> list[bytes]:
    """Return the frames as WebP, as fine as the room allows; a few of them tell how much they will take."""
    few = [steps[at] for at in _spread(len(steps), 3)]
    for last, (scale, quality) in enumerate(QUALITIES, start=1 - len(QUALITIES)):
        made = _webps(animation, few, scale, quality)
        if last == 0 or sum(map(len, made.values())) / len(few) * len(steps) <= 0.9 * most:
            break
    rest = [at for at in steps if at not in made]
    if rest:
        made |= _webps(animation, rest, scale, quality)
    return [made[at] for at in steps]


def _webps(animation: Animation, steps: list[int], scale: float, quality: int) -> dict[int, bytes]:
    return {
        at: _webp(frame, quality) for at, frame in zip(steps, animation.frames(steps, scale), strict=True)
    }


def _webp(frame: Integers, quality: int) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(frame).save(buffer, "WEBP", quality=quality, method=3)
    return buffer.getvalue()


def _spread(count: int, most: int) -> list[int]:
    """Return up to `most` of the numbers 0 … count - 1, evenly spaced, both ends among them.

    >>> _spread(9, 3), _spread(2, 3), _spread(1, 3)
    ([0, 4, 8], [0, 1], [0])
    """
    if count <= most:
        return list(range(count))
    return [round(at * (count - 1) / (most - 1)) for at in range(most)]


FORMATS: dict[str, Encode] = {
    ".gif": gif,
    ".webp": webp,
    ".mp4": mp4,
    ".html": html,
}
