"""The pictures of the gallery: of data that scikit-image and scikit-learn ship, and of made-up images."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import PIL.Image
from make_pictures import LABELS, picture, show
from matplotlib.figure import Figure
from scipy import ndimage
from skimage import data, filters

import pixture
from pixture.arrays import Array, Integers
from pixture.demo import photograph
from pixture.view.output.region_picture import region_picture

GREY = {"cmap": "gray", "vmin": 0, "vmax": 255}
TWO = {"cmap": "gray", "vmin": 0, "vmax": 1}


@cache
def materials() -> tuple[Array, Integers]:
    """Return an image of eight bands, 16-bit, and which of three materials each pixel is of."""
    generator = np.random.default_rng(0)
    fields = ndimage.gaussian_filter(generator.normal(size=(3, 120, 160)), (0, 8, 8))
    truth = fields.argmax(axis=0)
    spectra = generator.uniform(200, 800, (3, 8))
    noise = [np.linalg.qr(generator.normal(size=(8, 8)))[0] * generator.uniform(20, 160, 8) for _ in range(3)]
    cube = np.empty((120, 160, 8))
    for k in range(3):
        here = truth == k
        cube[here] = spectra[k] + generator.normal(size=(int(here.sum()), 8)) @ noise[k].T
    return cube.clip(0, 65535).astype(np.uint16), truth


SCENES = ("one spread", "few bright pixels", "unequal spreads")


@cache
def two_classes(name: str) -> tuple[Array, Array]:
    """Return a grey image of two classes, and where the brighter one is."""
    generator = np.random.default_rng(0)
    y, x = np.mgrid[:200, :300]
    disc = np.hypot(y - 100, x - 150) < 75
    noise = generator.normal(size=(200, 300))
    if name == "few bright pixels":
        places = zip(generator.integers(8, 192, 8), generator.integers(8, 292, 8), strict=True)
        disc = np.any([np.hypot(y - row, x - column) < 4 for row, column in places], axis=0)
    spread = np.where(disc, 25, 4) if name == "unequal spreads" else 12
    return np.clip(90 + 60 * disc + spread * noise, 0, 255).round().astype(np.uint8), disc


def dice(found: Array, truth: Array) -> float:
    """Return how well two sets of pixels agree, from 0 to 1: twice what they share, over what both have."""
    return float(2 * np.count_nonzero(found & truth) / (np.count_nonzero(found) + np.count_nonzero(truth)))


@picture()
def gallery_count() -> Figure:
    """Coins, their regions, and what two labels and Otsu's threshold make of them."""
    coins = data.coins()
    found = pixture.regions(coins)
    figure = Figure(figsize=(12, 2.6), layout="constrained")
    views = (
        ("coins", coins, GREY),
        (f"{found.count} regions", found.outlined(), {}),
        ("two labels", pixture.segment(coins, 2).labels, TWO),
        ("Otsu's threshold", coins > filters.threshold_otsu(coins), TWO),
    )
    for axes, (title, pixels, options) in zip(figure.subplots(1, 4), views, strict=True):
        show(axes, pixels, title, **options)
    return figure


@picture()
def gallery_share() -> Figure:
    """A stained section, its two labels, and where they are uncertain."""
    section = data.immunohistochemistry()
    result = pixture.segment(section, 2)
    figure = Figure(figsize=(9.6, 3.4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    show(left, section, "section")
    show(middle, result.labels, "two labels", cmap=LABELS, vmin=0, vmax=2)
    show(right, result.entropy(), "uncertainty (entropy)", cmap="magma", vmin=0)
    return figure


@picture()
def gallery_photograph() -> Figure:
    """A photograph, painted with the means of four components, and in its regions."""
    result = pixture.segment(photograph("flower"), 4)
    figure = Figure(figsize=(12, 2.9), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    show(left, result.image.pixels, "photograph")
    show(middle, result.painted(), "each pixel its component's mean")
    show(right, result.regions.outlined(), f"{result.regions.count} regions")
    return figure


@picture(dpi=110)
def gallery_groups() -> Figure:
    """The regions of a photograph with their numbers, and some of them as named groups."""
    found = pixture.regions(photograph("china"))
    groups = found.grouped({"sky": 1, "building": (2, 3), "trees": (4, 5, 8)})
    figure = Figure(figsize=(12, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, shown, title in ((left, found, "regions"), (right, groups, "named groups")):
        with PIL.Image.open(io.BytesIO(region_picture(shown))) as file:
            show(axes, np.asarray(file), title)
    return figure


@picture()
def gallery_bands() -> Figure:
    """Two of eight bands, the materials, and the labels."""
    cube, truth = materials()
    labels = pixture.segment(cube, "auto").labels
    figure = Figure(figsize=(12, 2.6), layout="constrained")
    views = (
        ("band 0", cube[..., 0], {"cmap": "gray"}),
        ("band 5", cube[..., 5], {"cmap": "gray"}),
        ("the materials", truth, {"cmap": LABELS, "vmin": 0, "vmax": 2}),
        ("labels", labels, {"cmap": LABELS, "vmin": 0, "vmax": 2}),
    )
    for axes, (title, pixels, options) in zip(figure.subplots(1, 4), views, strict=True):
        show(axes, pixels, title, **options)
    return figure


@picture()
def gallery_threshold() -> Figure:
    """A page in uneven light: two labels, Otsu's threshold, and a local threshold."""
    page = data.page()
    local = page > filters.threshold_local(page, 35, offset=10)
    figure = Figure(figsize=(9.6, 5.0), layout="constrained")
    views = (
        ("page", page, GREY),
        ("two labels", pixture.segment(page, 2).labels, TWO),
        ("Otsu's threshold", page > filters.threshold_otsu(page), TWO),
        ("local threshold", local, TWO),
    )
    for axes, (title, pixels, options) in zip(figure.subplots(2, 2).ravel(), views, strict=True):
        show(axes, pixels, title, **options)
    return figure
