"""The pictures of the gallery's jobs on images that are not here: python docs/job_pictures.py.

They are committed, in docs/images/. Nuclei, tiles and the hyperspectral scene are in the folder that
PIXTURE_TEST_DATA names, the brain comes with nilearn; a picture whose image is not there is left as it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from make_pictures import IMAGES, show
from matplotlib.figure import Figure

import pixture
from pixture.arrays import Array
from pixture.imaging.display.display import LINE, as_picture, boundaries, overlay
from pixture.imaging.display.label_colours import label_colours
from pixture.segmentation.regions.contour_map import outlines
from pixture.view.plots import figure_png

DATA = Path(os.environ.get("PIXTURE_TEST_DATA", "tests/data"))
CELLS = "5f9d29d6388c700f35a3c29fa1b1ce0c1cba6667d05fdb70bd1e89004dcf71ed.png"
TREE, WATER, ROCK = 0, 1, 2


def outlined(image: pixture.Image, labels: Array) -> Array:
    """Return an image with the outlines of its objects, two pixels wide."""
    picture = as_picture(image).copy()
    lines = boundaries(labels)
    lines[1:] |= lines[:-1].copy()
    picture[lines] = LINE
    return picture


def job_nuclei() -> Figure:
    """A fluorescence image, the nuclei found, and how their areas are spread."""
    image = pixture.read(DATA / "dsb2018" / "images" / CELLS)
    truth = pixture.read(DATA / "dsb2018" / "labels" / CELLS).pixels
    found = pixture.segment(image, 4).objects("auto")
    figure = Figure(figsize=(12, 3.2), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    bright = pixture.image_from_array(np.clip(image.pixels[..., 0].astype(int) * 3, 0, 255).astype(np.uint8))
    show(left, as_picture(bright), "image, three times as bright")
    show(middle, outlined(bright, found.labels), f"{found.count} objects")
    bins = np.arange(0, 1401, 100)
    drawn = np.bincount(truth.ravel())[1:]
    right.hist(found.columns["pixels"], bins, color="#0072b2", label=f"found, {found.count}")
    right.hist(drawn[drawn > 0], bins, histtype="step", color="#222222", label=f"drawn, {len(drawn)}")
    right.set_xlabel("area of a nucleus (pixels)", fontsize=9)
    right.set_ylabel("nuclei", fontsize=9)
    right.tick_params(labelsize=8)
    right.spines[["top", "right"]].set_visible(False)
    right.legend(frameon=False, fontsize=8)
    return figure


def job_stain() -> Figure:
    """One of twelve tiles, its nuclei, and the share of each tile that nuclei cover."""
    shares, drawn, first = [], [], None
    paths = sorted((DATA / "he_nuclei" / "images").glob("*.png"))
    for path in paths:
        found = pixture.segment(path, 2).objects("auto")
        first = found if first is None else first
        shares.append(100 * found.share)
        truth = pixture.read(DATA / "he_nuclei" / "labels" / path.name).pixels
        drawn.append(100 * np.count_nonzero(truth) / truth.size)
    assert first is not None
    assert first.image is not None
    figure = Figure(figsize=(12, 3.4), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=[1, 1, 1.6])
    show(left, as_picture(first.image), "tile 1 of 12")
    show(middle, outlined(first.image, first.labels), f"{first.count} objects cover {shares[0]:.1f} %")
    number = np.arange(1, len(paths) + 1)
    right.bar(number - 0.2, shares, 0.4, color="#0072b2", label="found")
    right.bar(number + 0.2, drawn, 0.4, color="#b8b8b8", label="drawn by people")
    right.set_xticks(number)
    right.set_xlabel("tile", fontsize=9)
    right.set_ylabel("share covered by nuclei (%)", fontsize=9)
    right.set_ylim(0, 1.25 * max(drawn))
    right.tick_params(labelsize=8)
    right.spines[["top", "right"]].set_visible(False)
    right.legend(frameon=False, fontsize=8, ncols=2, loc="upper left")
    return figure


def brain() -> tuple[pixture.Image, Array]:
    """Return the T1 template of the MNI as a volume, and which tissue is most probable: CSF, grey, white."""
    from nilearn import datasets

    def of(load: Callable[..., object]) -> Array:
        values = np.asarray(load(resolution=1).get_fdata()).T[::-1, ::-1]  # type: ignore[attr-defined]
        return np.ascontiguousarray(np.round(255 * values / values.max()).astype(np.uint8))

    t1 = of(datasets.load_mni152_template)
    grey, white = (
        of(load).astype(int) for load in (datasets.load_mni152_gm_template, datasets.load_mni152_wm_template)
    )
    image = pixture.image_from_array(t1, axes="zyx", spacing=(1, 1, 1), unit="mm", mask=t1 > 0)
    return image, np.argmax([255 - grey - white, grey, white], axis=0)


def job_brain() -> Figure:
    """Three planes of a brain, and its tissues."""
    image, _ = brain()
    result = pixture.segment(image, 3, covariance="tied", smooth=4).named("CSF", "GM", "WM")
    painted = result.overlay()
    figure = Figure(figsize=(12, 2.7), layout="constrained")
    panels = figure.subplots(1, 6)
    for at, plane in enumerate((60, 95, 130)):
        show(panels[2 * at], as_picture(image)[plane], f"plane {plane + 1}")
        show(panels[2 * at + 1], painted[plane], "CSF, GM, WM")
    return figure


def job_brain_regions() -> Figure:
    """Planes of a brain along each axis, the outlines of its regions over them."""
    image, _ = brain()
    found = pixture.regions(image, regions=25)
    picture = as_picture(image)
    figure = Figure(figsize=(12, 3.9), layout="constrained")
    across = (("plane 100", np.s_[99]), ("row 120", np.s_[:, 119]), ("column 99", np.s_[:, :, 98]))
    for axes, (title, at) in zip(figure.subplots(1, 3), across, strict=True):
        large, labels = (np.repeat(np.repeat(of[at], 2, 0), 2, 1) for of in (picture, found.labels))
        large[outlines(np.ascontiguousarray(labels))] = LINE
        show(axes, large, title)
    return figure


def scene() -> tuple[Array, Array]:
    """Return the hyperspectral scene Samson (95, 95, 156), and which material each pixel has most of."""
    from scipy.io import loadmat

    held = loadmat(DATA / "samson_hsi" / "Samson.mat")
    cube = np.round(10_000 * held["Y"].T.reshape(95, 95, 156, order="F")).astype(np.uint16)
    return cube, np.array([ROCK, TREE, WATER])[held["S_GT"].argmax(axis=-1)]


def job_samson() -> Figure:
    """A hyperspectral scene in three of its bands, its classes, its materials, and the mean spectra."""
    cube, truth = scene()
    result = pixture.segment(cube, 3, covariance="diagonal", smooth="light")
    names, colours = ("tree", "water", "rock"), label_colours(3)
    shown = pixture.image_from_array(cube[..., [100, 60, 25]])
    right = np.mean(result.labels == truth)
    figure = Figure(figsize=(12, 2.9), layout="constrained")
    panels = figure.subplots(1, 4, width_ratios=[1, 1, 1, 1.5])
    show(panels[0], as_picture(shown), "bands 100, 60, 25")
    show(panels[1], result.overlay(), f"classes, {right:.1%} as on the right")
    show(panels[2], overlay(result.image, truth, colours), "material with most share")
    for found, name, colour in zip(result.classes, names, colours / 255, strict=True):
        panels[3].plot(np.array(found.mean) / 10_000, color=colour, label=name)
    panels[3].set_xlabel("band", fontsize=9)
    panels[3].set_ylabel("mean reflectance", fontsize=9)
    panels[3].tick_params(labelsize=8)
    panels[3].spines[["top", "right"]].set_visible(False)
    panels[3].legend(frameon=False, fontsize=8)
    return figure


def main() -> None:
    """Make the pictures whose images are there."""
    for make in (job_nuclei, job_stain, job_brain, job_brain_regions, job_samson):
        place = IMAGES / f"{make.__name__.replace('_', '-')}.png"
        try:
            place.write_bytes(figure_png(make(), dpi=100))
        except (ImportError, OSError) as error:
            print(f"{place.name} is left as it is: {error}")


if __name__ == "__main__":
    main()
