"""An animation has a frame an iteration, shows what the mixture of each says, and does not jump."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from PIL import ImageSequence

import pixture
from pixture.arrays import Array, Floats
from pixture.imaging.display.display import overlay
from pixture.imaging.display.label_colours import label_colours
from pixture.mixture.model.synthetic_points import synthetic
from pixture.view.animation.animation import Animation
from pixture.view.animation.image_scene import ImageScene
from pixture.view.animation.scene import Scene
from tests.pictures import assert_legible


@pytest.fixture(scope="module")
def points() -> pixture.Recording:
    values, _ = synthetic(300, 3, seed=4)
    return pixture.record(values, 3, init="random", seed=4)


@pytest.fixture(scope="module")
def photograph(china: Array) -> pixture.Segmentation:
    return pixture.segment(
        china[::4, ::4], 4, init="random", accelerate=False, max_iter=12, tol=0, smooth="off"
    )


def scene_of(animation: Animation) -> tuple[Figure, Scene]:
    figure = Figure(figsize=animation.size)
    FigureCanvasAgg(figure)
    return figure, animation.build(figure)


def some(recording: pixture.Recording) -> list[int]:
    last = len(recording.steps) - 1
    return sorted({0, last // 2, last})


def test_a_frame_an_iteration(points: pixture.Recording) -> None:
    animation = points.animate()
    frames = list(animation.frames())
    assert len(frames) == len(animation) == points.fit.iterations + 1
    for before, after in itertools.pairwise(frames):
        assert (before != after).any()
    assert animation.captions[3][0] == f"EM iteration 3 of {points.fit.iterations}"
    assert f"{points.fit.history[3]:.4f}".replace("-", "−") in animation.captions[3][1]


def test_steps_can_be_picked_and_watched(points: pixture.Recording) -> None:
    told: list[tuple[int, int]] = []
    animation = points.animate().watched(lambda drawn, frames: told.append((drawn, frames)))
    first, third = animation.frames(steps=[0, 2])
    frames = list(points.animate().frames())
    np.testing.assert_array_equal(first, frames[0])
    np.testing.assert_array_equal(third, frames[2])
    assert told == [(1, 2), (2, 2)]


def test_the_last_frame_shows_the_segmentation(photograph: pixture.Segmentation) -> None:
    animation = photograph.animate()
    _, scene = scene_of(animation)
    assert isinstance(scene, ImageScene)
    scene.show(len(animation) - 1)
    shown = np.asarray(scene._labels.get_array())
    np.testing.assert_array_equal(shown, photograph.overlay())


def test_labels_and_uncertainty_are_those_of_each_step(photograph: pixture.Segmentation) -> None:
    recording = photograph.record()
    _, scene = scene_of(photograph.animate())
    assert isinstance(scene, ImageScene)
    for at in some(recording):
        scene.show(at)
        there = pixture.apply(recording.steps[at].mixture, photograph.image, smooth="off")
        colours = label_colours(4)
        np.testing.assert_array_equal(
            np.asarray(scene._labels.get_array()),
            overlay(photograph.image, there.labels, colours),
        )
        shown = np.asarray(scene._uncertainty.get_array()).astype(int)
        entropy = there.entropy()
        brightness = shown.sum(axis=-1)
        assert brightness[entropy < 0.01].max() < brightness[entropy > 0.6].min()


def outlines(lines: LineCollection) -> list[Floats]:
    return [np.asarray(path.vertices) for path in lines.get_paths()]


def coloured(figure: Figure) -> list[LineCollection]:
    """The lines of components: those that have a colour of their own each, in drawing order."""
    return [
        found
        for axes in figure.axes
        for found in axes.collections
        if isinstance(found, LineCollection) and found.get_zorder() == 5
    ]


def test_ellipses_lie_at_one_and_two_standard_deviations(points: pixture.Recording) -> None:
    figure, scene = scene_of(points.animate())
    for at in some(points):
        scene.show(at)
        mixture = points.steps[at].mixture
        (lines,) = coloured(figure)
        drawn = outlines(lines)
        assert len(drawn) == 2 * mixture.components
        for number, outline in enumerate(drawn):
            component, deviations = number // 2, 1 + number % 2
            away = outline - mixture.means[component]
            inverse = np.linalg.inv(mixture.matrices()[component])
            distance = np.sqrt(np.einsum("ni,ij,nj->n", away, inverse, away))
            np.testing.assert_allclose(distance, deviations, rtol=1e-9)


def test_a_component_has_one_colour_in_all_panels(photograph: pixture.Segmentation) -> None:
    figure, scene = scene_of(photograph.animate())
    scene.show(2)
    (lines,) = coloured(figure)
    drawn = np.round(np.asarray(lines.get_colors())[::2, :3] * 255)
    np.testing.assert_array_equal(drawn, label_colours(4))


def test_curves_of_a_grey_image_are_its_components(china: Array) -> None:
    grey = china[::4, ::4, 1]
    result = pixture.segment(grey, 3, accelerate=False)
    figure, scene = scene_of(result.animate())
    scene.show(0)
    mixture = result.record().steps[0].mixture
    (lines,) = coloured(figure)
    for component, curve in enumerate(outlines(lines)):
        along, height = curve.T
        deviation = np.sqrt(mixture.matrices()[component, 0, 0])
        away = (along - mixture.means[component, 0]) / deviation
        expected = mixture.weights[component] * np.exp(-0.5 * away**2) / (deviation * np.sqrt(2 * np.pi))
        np.testing.assert_allclose(height, expected, atol=1e-12)


def test_the_curves_mark_the_iteration(points: pixture.Recording) -> None:
    figure, scene = scene_of(points.animate())
    scene.show(3)
    marked = [
        line.get_xydata()
        for axes in figure.axes
        for line in axes.lines
        if line.get_marker() == "o" and len(np.atleast_2d(line.get_xydata())) == 1
    ]
    history = points.fit.history
    np.testing.assert_allclose(np.concatenate(marked), [[3, history[3]], [3, history[-1] - history[3]]])


def test_the_layout_does_not_jump(photograph: pixture.Segmentation, points: pixture.Recording) -> None:
    """Every pixel outside the panels and the heading is the same in all frames."""
    for animation in (photograph.animate(), points.animate()):
        frames = list(animation.frames())
        height, width = frames[0].shape[:2]
        figure, _ = scene_of(animation)
        still = np.ones((height, width), dtype=bool)
        still[:50] = False  # the heading
        for axes in figure.axes:
            box = axes.get_window_extent()
            rows = slice(max(0, int(height - box.y1) - 6), int(height - box.y0) + 7)
            still[rows, max(0, int(box.x0) - 6) : int(box.x1) + 7] = False
        assert still.mean() > 0.15
        for frame in frames[1:]:
            np.testing.assert_array_equal(frame[still], frames[0][still])


@pytest.mark.parametrize(
    "kind", ["colour", "16 bits", "large floats", "small floats", "grey", "constant", "line", "points", "ten"]
)
def test_texts_neither_overlap_nor_leave_the_frame(kind: str, china: Array) -> None:
    small = china[::8, ::8]
    pixels = {
        "colour": small,
        "16 bits": small.astype(np.uint16) * 257,
        "large floats": small * 1e5,
        "small floats": small[..., 0] * 1e-7,
        "grey": small[..., 0],
        "constant": np.full((20, 30), 7, np.uint8),
        "line": np.arange(3000, dtype=np.uint16).reshape(2, 1500),
    }
    if kind in pixels:
        animation = pixture.segment(pixels[kind], 1 if kind == "constant" else 3).animate()
    else:
        values = synthetic(300, 5, seed=1)[0] * 1e6 if kind == "points" else values_of(10).reshape(-1, 10)
        animation = pixture.record(values, 3).animate()
    figure, scene = scene_of(animation)
    for at in (0, len(animation) - 1):
        scene.show(at)
        assert_legible(figure)


def values_of(dimension: int, kind: str = "f8") -> Array:
    generator = np.random.default_rng(dimension)
    centres = generator.uniform(20, 200, (3, dimension))
    of = generator.integers(0, 3, (30, 40))
    return (centres[of] + generator.normal(0, 5, (30, 40, dimension))).astype(kind)


@pytest.mark.parametrize("dimension", [1, 2, 3, 10])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_images_of_any_channels_and_depth(dimension: int, kind: str) -> None:
    result = pixture.segment(values_of(dimension, kind), 3)
    frames = list(result.animate().frames())
    assert len(frames) == result.record().fit.iterations + 1


@pytest.mark.parametrize("dimension", [1, 2, 3, 10])
def test_samples_of_any_channels(dimension: int) -> None:
    recording = pixture.record(values_of(dimension).reshape(-1, dimension), 3)
    assert len(list(recording.animate().frames())) == len(recording.steps)


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((20, 30), 7, np.uint8),
        np.full((20, 30, 3), 7, np.uint8),
        np.full((20, 30, 3), 0.25),
        np.full((1, 1), 7, np.uint8),
        np.zeros((5, 4, 2), np.uint16),
        np.arange(3000, dtype=np.uint16).reshape(2, 1500),
        np.arange(3000, dtype=np.uint16).reshape(1500, 2),
    ],
)
def test_images_that_have_hardly_anything_to_show(pixels: Array) -> None:
    for result in (pixture.segment(pixels, 1), pixture.segment(pixels, 1, max_iter=1)):
        frames = list(result.animate().frames())
        assert len(frames) >= 2


@pytest.mark.parametrize("shape", [(2, 1500), (1500, 2), (3, 4000), (1, 1)])
def test_a_line_of_pixels_is_still_seen(shape: tuple[int, int]) -> None:
    pixels = np.arange(shape[0] * shape[1], dtype=np.uint16).reshape(shape)
    (frame,) = pixture.segment(pixels, 1, max_iter=1).animate().frames(steps=[0])
    figure, scene = scene_of(pixture.segment(pixels, 1, max_iter=1).animate())
    assert isinstance(scene, ImageScene)
    figure.draw_without_rendering()
    box = scene._labels.axes.get_window_extent()
    top, bottom = (round(frame.shape[0] - y) for y in (box.y1, box.y0))
    picture = frame[top:bottom, round(box.x0) : round(box.x1)]
    assert min(picture.shape[:2]) >= 80  # a quarter of a panel: three stand beside each other
    assert (picture.min(axis=-1) < 200).mean() > 0.2


def test_points_that_coincide_have_room_around_them() -> None:
    figure, scene = scene_of(pixture.record(np.full((3, 2), 5.5), 1).animate())
    scene.show(0)
    assert_legible(figure)
    (lines,) = coloured(figure)
    (panel,) = [axes for axes in figure.axes if lines in axes.collections]
    inside = panel.viewLim
    assert all(inside.contains(*point) for outline in outlines(lines) for point in outline)


def test_what_only_rounding_moves_is_flat() -> None:
    recording = pixture.record(np.random.default_rng(0).normal(0, 1, (200, 2)), 1)
    figure, _ = scene_of(recording.animate())
    (axes,) = [axes for axes in figure.axes if axes.get_title(loc="left").startswith("log-likelihood")]
    low, high = axes.get_ylim()
    assert high - low > 0.9e-4 * abs(recording.fit.log_likelihood)


def test_a_spike_does_not_flatten_the_histogram() -> None:
    generator = np.random.default_rng(0)
    pixels = generator.normal(110, 25, (60, 60)).clip(0, 250).astype(np.uint8)
    pixels[:20] = 255
    figure, _ = scene_of(pixture.segment(pixels, 3).animate())
    (axes,) = [axes for axes in figure.axes if axes.get_ylabel() == "density"]
    counts = np.bincount(pixels[pixels < 255], minlength=256) / pixels.size
    assert counts.max() > 0.1 * axes.get_ylim()[1]


@pytest.mark.parametrize("scale", [1.0, 1 / 255])
def test_colours_of_the_plane_are_the_image_s(china: Array, scale: float) -> None:
    pixels = china[::4, ::4] if scale == 1 else (china[::4, ::4] * scale).astype(np.float32)
    figure, _ = scene_of(pixture.segment(pixels, 2).animate())
    (density,) = [axes.images[0] for axes in figure.axes if axes.get_title(loc="left").startswith("colours")]
    shown = np.asarray(density.get_array())
    seen = shown[..., 3] > 0
    assert shown[seen][:, :3].max() > 0.9
    assert shown[seen][:, :3].min() < 0.1


def test_one_iteration_and_a_start_alone() -> None:
    values = values_of(2).reshape(-1, 2)
    assert len(list(pixture.record(values, 3, max_iter=1).animate().frames())) == 2
    alone = pixture.record(values, 3, on_step=lambda _: True)
    assert len(list(alone.animate().frames())) == 1


def test_masked_pixels_stay_grey(china: Array) -> None:
    mask = np.zeros(china[::4, ::4].shape[:2], np.uint8)
    mask[20:60] = 1
    result = pixture.segment(china[::4, ::4], 2, mask=mask)
    _, scene = scene_of(result.animate())
    assert isinstance(scene, ImageScene)
    scene.show(0)
    shown = np.asarray(scene._labels.get_array())
    assert (np.ptp(shown[mask == 0].astype(int), axis=-1) == 0).all()
    assert (np.asarray(scene._uncertainty.get_array())[mask == 0] == 136).all()


def test_a_large_image_is_shown_with_fewer_pixels() -> None:
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, (1500, 1600), dtype=np.uint8)
    _, scene = scene_of(pixture.segment(pixels, 2, max_iter=2).animate())
    assert isinstance(scene, ImageScene)
    scene.show(0)
    assert np.asarray(scene._labels.get_array()).shape[:2] == (500, 534)


# files


def test_films_have_every_frame(points: pixture.Recording, tmp_path: Path) -> None:
    animation = points.animate()
    for suffix in ("gif", "webp"):
        path = animation.save(tmp_path / f"em.{suffix}", fps=10)
        with PIL.Image.open(path) as film:
            durations = []
            for frame in ImageSequence.Iterator(film):
                frame.load()  # WebP tells only then
                durations.append(frame.info["duration"])
            assert film.info["loop"] == 0
            assert film.size == (1080, 630)
        assert len(durations) == len(animation)
        assert set(durations[:-1]) == {100}
        assert durations[-1] == 2000


def test_a_film_as_wide_as_asked(points: pixture.Recording, tmp_path: Path) -> None:
    for name, width in (("small.webp", 300), ("large.gif", 1620)):
        with PIL.Image.open(points.animate().save(tmp_path / name, width=width)) as film:
            assert film.size == (width, round(width * 630 / 1080))


def test_a_gif_keeps_its_colours(photograph: pixture.Segmentation, tmp_path: Path) -> None:
    animation = replace(photograph.animate(), width=540)
    path = animation.save(tmp_path / "em.gif")
    with PIL.Image.open(path) as film:
        decoded = [np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(film)]
    for frame, found in zip(animation.frames(), decoded, strict=True):
        assert np.abs(frame - found).mean() < 6
        for colour in (*label_colours(4), (0, 114, 178), (213, 94, 0), (255, 255, 255)):
            there = (frame == colour).all(axis=-1)
            assert np.abs(found[there] - colour).max(initial=0) == 0


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the program ffmpeg")
def test_an_mp4_has_every_frame(points: pixture.Recording, tmp_path: Path) -> None:
    animation = points.animate()
    path = animation.save(tmp_path / "em.mp4", fps=5)
    probe = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(path)]
    found = json.loads(subprocess.run(probe, capture_output=True, check=True).stdout)["streams"][0]
    assert (found["codec_name"], found["pix_fmt"]) == ("h264", "yuv420p")
    assert int(found["nb_read_frames"]) == len(animation) + 10  # the last one stays for two seconds


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the program ffmpeg")
def test_an_mp4_of_an_odd_size(tmp_path: Path) -> None:
    result = pixture.segment(np.arange(35 * 70, dtype=np.uint16).reshape(35, 70), 2, max_iter=2)
    animation = result.animate()
    height = next(animation.frames()).shape[0]
    assert height % 2 == 1
    assert animation.save(tmp_path / "em.mp4").stat().st_size > 1000


def test_what_ffmpeg_says_is_told(
    points: pixture.Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho 'Unknown encoder libx264' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(pixture.WriteError, match="Unknown encoder libx264"):
        points.animate().save(tmp_path / "em.mp4")
    assert not (tmp_path / "em.mp4").exists()


def test_without_ffmpeg_it_is_said_what_to_install(
    points: pixture.Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pixture.ChoiceError, match=r"apt install ffmpeg.*GIF, WebP and HTML need nothing"):
        points.animate().save(tmp_path / "em.mp4")


def test_what_cannot_be_written_is_refused(points: pixture.Recording, tmp_path: Path) -> None:
    animation = points.animate()
    for name, said in (("em.avi", r"\.gif, \.webp, \.mp4, \.html"), ("em", "no suffix")):
        with pytest.raises(pixture.ChoiceError, match=said):
            animation.save(tmp_path / name)
    for fps in (0, -1, 101, np.nan):
        with pytest.raises(pixture.ChoiceError, match="fps"):
            animation.save(tmp_path / "em.gif", fps=fps)
    for width in (0, 99, 100_000):
        with pytest.raises(pixture.ChoiceError, match="width"):
            animation.save(tmp_path / "em.gif", width=width)
    (tmp_path / "em.gif").write_bytes(b"mine")
    with pytest.raises(pixture.WriteError, match="overwritten"):
        animation.save(tmp_path / "em.gif")
    assert (tmp_path / "em.gif").read_bytes() == b"mine"
    animation.save(tmp_path / "em.gif", overwrite=True)
    assert {path.name for path in tmp_path.iterdir()} == {"em.gif"}


def test_a_page_holds_every_frame_and_needs_no_network(points: pixture.Recording, tmp_path: Path) -> None:
    animation = points.animate()
    page = animation.save(tmp_path / "em.html").read_text(encoding="utf-8")
    film = json.loads(re.findall(r'<script type="application/json">(.*?)</script>', page)[0])
    assert len(film["frames"]) == len(film["captions"]) == len(animation)
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", page)
    assert "://" not in page
    assert 'class="pixture-player"' in animation._repr_html_()


def test_a_page_s_title_is_text(tmp_path: Path, china: Array) -> None:
    name = "<script>alert(1)</script>.png"
    path = tmp_path / name.replace("/", "∕")
    PIL.Image.fromarray(china[::16, ::16]).save(path)
    page = (
        pixture.segment(path, 2, max_iter=2).animate().save(tmp_path / "em.html").read_text(encoding="utf-8")
    )
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
