"""The pictures of the README and of the site: python docs/make_pictures.py.

A picture is a function that returns a Figure, marked with `@picture()`; its file is named after it. Those of
the README are committed, in docs/images/, and made by this script, and so is its animation. All others are
made when the site is built, in docs/_made/.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter

import pixture
from pixture.arrays import Array, Floats
from pixture.demo import grey, photograph
from pixture.imaging.display.display import LINE, as_picture
from pixture.imaging.feature_space.perceptual_planes import perceptual_planes
from pixture.mixture.model.posterior import entropy, responsibilities
from pixture.options.fitting import COVARIANCES
from pixture.segmentation.regions.boundaries.appearance import colour_appearance, texture_appearance
from pixture.segmentation.regions.boundaries.chi_square_tensor import contrast
from pixture.segmentation.regions.constants import Constants
from pixture.segmentation.regions.contour_map import outlines
from pixture.segmentation.regions.find_regions import boundary_tensors
from pixture.view.panels.ellipses import Ellipses
from pixture.view.panels.palette import FALLING, INK, RISING, component_colours
from pixture.view.plots import figure_png, plot_log_likelihood, plot_mixture, plot_selection
from pixture.view.region_plots import mean_picture

IMAGES = Path(__file__).parent / "images"
LABELS = ListedColormap(["#27476e", "#e3b23c", "#a8443a"])
"""Of labels in small made-up images."""
GOOD_START, POOR_START = 4, 5
"""Seeds of the points' fits: one ends at the highest log-likelihood known, one at a lower optimum."""


@dataclass(frozen=True)
class Picture:
    """How a picture is made, and where it goes."""

    make: Callable[[], Figure]
    committed: bool
    dpi: int

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        return figure_png(self.make(), dpi=self.dpi)


PICTURES: dict[str, Picture] = {}


def picture(
    *, committed: bool = False, dpi: int = 150
) -> Callable[[Callable[[], Figure]], Callable[[], Figure]]:
    """Mark a function as a picture."""

    def mark(make: Callable[[], Figure]) -> Callable[[], Figure]:
        PICTURES[make.__name__.replace("_", "-")] = Picture(make, committed, dpi)
        return make

    return mark


@picture(dpi=120)
def by_features() -> Figure:
    """A photograph, labelled by its own channels, by Lab, and by Lab and position."""
    figure = Figure(figsize=(12, 2.3), layout="constrained")
    photo, *panels = figure.subplots(1, 4)
    for axes, features in zip(panels, (None, "lab", "lab,position:0.3"), strict=True):
        result = pixture.segment(photograph("china"), 5, features=features)
        show(axes, result.overlay(), features or "its own channels")
    show(photo, as_picture(result.image), "photograph")
    return figure


@picture(committed=True, dpi=120)
def china() -> Figure:
    """The README's photograph: its regions, its labels, and how uncertain they are."""
    result = pixture.segment(photograph("china"), 4)
    figure = Figure(figsize=(12, 2.13), layout="constrained")
    views = (
        ("photograph", as_picture(result.image), {}),
        (f"{result.regions.count} regions", mean_picture(result.regions), {}),
        ("labels, 4 components", result.overlay(), {}),
        ("uncertainty (entropy)", result.entropy(), {"cmap": "magma", "vmin": 0}),
    )
    for axes, (title, pixels, options) in zip(figure.subplots(1, 4), views, strict=True):
        show(axes, pixels, title, **options)
    return figure


@picture()
def stages_of_regions() -> Figure:
    """What is found on the way to the regions of a photograph, one after the other."""
    image = pixture.image_from_array(pixture.read(photograph("flower")).pixels[::2, ::2])
    constants = Constants().scaled_to(image.size)
    planes = perceptual_planes(image)
    colours = colour_appearance(planes, None, constants)
    textures = texture_appearance(planes[0], None, constants)
    tensor = np.sum(boundary_tensors(colours, textures, None, constants), axis=0)
    found = pixture.regions(image)
    superpixels = as_picture(image).copy()
    superpixels[outlines(found.superpixels)] = LINE
    strength = found.boundaries() / (1 + found.boundaries())
    stages: tuple[tuple[str, Array, dict[str, object]], ...] = (
        ("photograph", as_picture(image), {}),
        ("most probable colour component", colours.maps.argmax(axis=0), {"cmap": "tab20"}),
        ("most probable texture component", textures.maps.argmax(axis=0), {"cmap": "tab20"}),
        ("contrast", contrast(tensor), {"cmap": "gray_r"}),
        (f"{found.tree.leaves} superpixels", superpixels, {}),
        ("strength of boundaries", strength, {"cmap": "gray_r", "vmin": 0, "vmax": 1}),
        (f"{found.count} regions", found.outlined(), {}),
        ("detail 0.8", found.cut(detail=0.8).outlined(), {}),
    )
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    for axes, (title, pixels, options) in zip(figure.subplots(2, 4).ravel(), stages, strict=True):
        show(axes, pixels, title, **options)
    return figure


@picture()
def where_regions_fail() -> Figure:
    """Three images whose regions are not what people would outline."""
    generator = np.random.default_rng(0)
    y, x = np.mgrid[:160, :220]
    centres = ((60, 70), (100, 105), (75, 150))
    touching = np.where(np.any([np.hypot(y - a, x - b) < 30 for a, b in centres], axis=0), 200, 70)
    tiles = np.where((y // 32 + x // 32) % 2 == 0, 90, 170)
    fur = gaussian_filter(generator.normal(size=(160, 220)), (0.7, 4))
    hidden = gaussian_filter(generator.normal(size=(160, 220)), (0.8, 3.4))
    inside = np.hypot(y - 80, x - 110) < 45
    coat = 128 + 40 * np.where(inside, hidden / hidden.std(), fur / fur.std())
    scenes = (("discs that touch", touching), ("a coarse pattern", tiles), ("a disc in camouflage", coat))
    figure = Figure(figsize=(9.6, 4.8), layout="constrained")
    for (upper, lower), (title, scene) in zip(figure.subplots(2, 3).T, scenes, strict=True):
        noisy = np.clip(scene + generator.normal(0, 3, scene.shape), 0, 255).astype(np.uint8)
        found = pixture.regions(noisy)
        show(upper, noisy, title, cmap="gray", vmin=0, vmax=255)
        show(lower, found.outlined(), f"{found.count} region{'' if found.count == 1 else 's'}")
    return figure


def show(axes: Axes, pixels: Array, title: str, **options: object) -> None:
    """Show an image with a title, without axes."""
    axes.imshow(pixels, interpolation="antialiased", **options)
    axes.set_title(title, fontsize=10)
    axes.set_axis_off()


@picture()
def cuts_of_a_tree() -> Figure:
    """Three cuts of one tree: with more detail regions are divided, and no outline moves."""
    found = pixture.regions(photograph("china"))
    figure = Figure(figsize=(12, 2.9), layout="constrained")
    for axes, detail in zip(figure.subplots(1, 3), (0.35, 0.5, 0.65), strict=True):
        cut = found.cut(detail=detail)
        cut.plot(axes)
        axes.set_title(f"detail {detail:g}: {cut.count} regions", fontsize=10)
    return figure


@picture()
def uncertainty() -> Figure:
    """A part of a photograph, its labels, and the entropy of its responsibilities with its scale."""
    result = pixture.segment(photograph("flower"), 4)
    here = np.s_[90:330, 150:520]
    figure = Figure(figsize=(9.6, 2.3), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    show(left, as_picture(result.image)[here], "photograph")
    show(middle, result.overlay()[here], "labels")
    shown = right.imshow(result.entropy()[here], cmap="magma", vmin=0, vmax=np.log(4))
    right.set_title("entropy", fontsize=10)
    right.set_axis_off()
    scale = figure.colorbar(shown, ax=right, ticks=[0, np.log(2), np.log(4)])
    scale.ax.set_yticklabels(["0: certain", "log 2", "log 4: unknown"], fontsize=8)
    return figure


# ---- EM on points


def points(count: int = 600) -> Floats:
    """Return points (count, 2) of three components of unlike shape."""
    generator = np.random.default_rng(3)
    means = np.array([[-3.0, 0.0], [1.5, 1.6], [3.2, -2.2]])
    roots = np.array([[[0.7, 0.0], [0.5, 1.7]], [[1.5, 0.0], [-0.9, 0.7]], [[1.0, 0.0], [0.3, 0.6]]])
    cluster = generator.choice(3, size=count, p=[0.35, 0.4, 0.25])
    noise = np.einsum("nij,nj->ni", roots[cluster], generator.normal(0, 1, (count, 2)))
    drawn: Floats = means[cluster] + noise
    return drawn


def watched(seed: int) -> tuple[pixture.Fit, list[pixture.Step]]:
    """Return a fit of the points from rows drawn at random, and each of its iterations."""
    steps: list[pixture.Step] = []
    fit = pixture.fit(points(), 3, init="random", seed=seed, tol=1e-6, accelerate=False, on_step=steps.append)
    return fit, steps


def draw_mixture(axes: Axes, mixture: pixture.Mixture, values: Floats, title: str) -> None:
    """Draw points, coloured by responsibility, and each component's ellipses at 1 and 2 σ."""
    shares = responsibilities(mixture, pixture.WeightedSample(values))
    colours = component_colours(mixture.components)
    mixed = np.clip(shares.T @ colours / 255, 0, 1)
    axes.scatter(*values.T, s=8, c=mixed, edgecolors=INK, linewidths=0.15)
    Ellipses(axes).show(mixture, colours)
    axes.set_aspect("equal")
    axes.set(xlim=(-7, 7), ylim=(-5.5, 6), xticks=[], yticks=[])
    axes.set_title(title, fontsize=9)


@picture()
def iterations() -> Figure:
    """EM at iterations 0, 1, 3, 10 and the last, and the log-likelihood of all."""
    fit, steps = watched(GOOD_START)
    figure = Figure(figsize=(9.6, 5.4), layout="constrained")
    panels = figure.subplots(2, 3).ravel()
    for axes, at in zip(panels, (0, 1, 3, 10, fit.iterations), strict=False):
        last = ", the last" if at == fit.iterations else ""
        title = f"iteration {at}{last}: log-likelihood {steps[at].log_likelihood:.3f}"
        draw_mixture(axes, steps[at].mixture, points(), title)
    plot_climb(panels[-1], fit.history, RISING)
    panels[-1].set_title("log-likelihood at every iteration", fontsize=9)
    return figure


def plot_climb(axes: Axes, history: Floats, colour: str, label: str | None = None) -> None:
    """Plot the log-likelihood per point against the iteration."""
    axes.plot(
        np.arange(history.size), history, "o-", color=colour, markersize=3.5, linewidth=1.5, label=label
    )
    axes.set_xlabel("EM iteration", fontsize=9)
    axes.set_ylabel("nats per point", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


@picture()
def starts() -> Figure:
    """Two starts of the same points that end at different optima."""
    figure = Figure(figsize=(9.6, 2.9), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for axes, seed, colour in ((left, GOOD_START, RISING), (middle, POOR_START, FALLING)):
        fit, _ = watched(seed)
        title = f"seed {seed}: log-likelihood {fit.log_likelihood:.3f}"
        draw_mixture(axes, fit.mixture, points(), title)
        plot_climb(right, fit.history, colour, f"seed {seed}")
    right.set_title("log-likelihood of both", fontsize=9)
    right.legend(frameon=False, fontsize=8)
    return figure


@picture()
def covariance_structures() -> Figure:
    """The same points fitted with each covariance structure."""
    figure = Figure(figsize=(9.6, 6.4), layout="constrained")
    for axes, name in zip(figure.subplots(2, 2).ravel(), COVARIANCES, strict=True):
        fit = pixture.fit(points(), 3, covariance=name, n_init=4)
        parameters = fit.mixture.parameters
        title = f"{name}: {parameters} parameters, log-likelihood {fit.log_likelihood:.3f}"
        draw_mixture(axes, fit.mixture, points(), title)
    return figure


# ---- one channel


@picture()
def one_channel() -> Figure:
    """A grey photograph's distinct values, the mixture, its responsibilities, and their entropy."""
    image = grey(pixture.read(photograph("china")))
    result = pixture.segment(image, 4)
    mixture, sample = result.mixture, result.histogram.sample
    along = np.linspace(0, 255, 1021)
    seen = pixture.WeightedSample(along[:, None])
    shares, uncertain = responsibilities(mixture, seen), entropy(mixture, seen)
    figure = Figure(figsize=(9.6, 5.6), layout="constrained")
    upper, middle, lower = figure.subplots(3, 1, sharex=True, height_ratios=[2.2, 1, 1])
    plot_mixture(mixture, upper, sample=sample)
    upper.set_title(f"{sample.size} distinct values of {sample.total_weight:,.0f} pixels", fontsize=10)
    upper.set_xlabel("")
    for share, colour in zip(shares, component_colours(4) / 255, strict=True):
        middle.plot(along, share, color=colour, linewidth=1.8)
    middle.set_ylabel("responsibilities", fontsize=9)
    lower.fill_between(along, uncertain, color="#8c4a9e", alpha=0.6, linewidth=0)
    lower.set(xlabel="grey value", xlim=(0, 255), ylim=(0, None))
    lower.set_ylabel("entropy (nats)", fontsize=9)
    for axes in (upper, middle, lower):
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


@picture()
def subsamples_first() -> Figure:
    """The log-likelihood of a photograph's fit, without subsamples and with."""
    figure = Figure(figsize=(9.6, 3.6), layout="constrained")
    for axes, accelerate in zip(figure.subplots(1, 2, sharey=True), (False, True), strict=True):
        fit = pixture.segment(photograph("china"), 5, accelerate=accelerate).fit
        plot_log_likelihood(fit, axes)
        how = "subsamples first" if accelerate else "every iteration over all pixels"
        axes.set_title(f"{how}: {fit.iterations_in_words}", fontsize=10)
    return figure


# ---- choices


@picture()
def number_of_components() -> Figure:
    """How far each number of components lies above the best, for a photograph."""
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    plot_selection(pixture.select(photograph("china")), figure.subplots())
    return figure


@picture()
def few_or_many() -> Figure:
    """A photograph in 2, 4 and 8 components."""
    figure = Figure(figsize=(9.6, 2.35), layout="constrained")
    for axes, components in zip(figure.subplots(1, 3), (2, 4, 8), strict=True):
        show(axes, pixture.segment(photograph("china"), components).painted(), f"{components} components")
    return figure


@picture()
def grey_or_colour() -> Figure:
    """A disc and a ground of unlike colours but the same luminance: its labels from either."""
    y, x = np.mgrid[:120, :190]
    disc = np.hypot(x - 95, y - 60) < 40
    colours = np.where(disc[..., None], (200, 60, 60), (40, 130, 119))
    noise = np.random.default_rng(0).normal(0, 8, colours.shape)
    image = pixture.image_from_array(np.clip(colours + noise, 0, 255).astype(np.uint8))
    figure = Figure(figsize=(7.2, 1.75), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    show(left, image.pixels, "image")
    options = {"cmap": LABELS, "vmin": 0, "vmax": 2}
    show(middle, pixture.segment(image, 2).labels, "2 labels from colour", **options)
    show(right, pixture.segment(grey(image), 2).labels, "2 labels from luminance", **options)
    return figure


def shaded() -> tuple[Floats, int]:
    """A disc on a darker ground, lit from one side; and how many classes there are."""
    y, x = np.mgrid[:160, :160]
    disc = np.hypot(x - 80, y - 80) < 45
    return 60 + 50 * disc + 0.75 * x, 2


def textured() -> tuple[Floats, int]:
    """Two textures of the same grey values, fine on the left and coarse on the right."""
    noise = np.random.default_rng(0).normal(size=(2, 160, 160))
    fine, coarse = (gaussian_filter(field, width) for field, width in zip(noise, (0.7, 4), strict=True))
    left = np.mgrid[:160, :160][1] < 80
    return 128 + 40 * np.where(left, fine / fine.std(), coarse / coarse.std()), 2


def soft_edged() -> tuple[Floats, int]:
    """Grey, dark and bright stripes, blurred: between dark and bright lies grey."""
    x = np.mgrid[:160, :160][1]
    scene = np.where(x < 55, 128.0, np.where(x < 108, 40.0, 215.0))
    return gaussian_filter(scene, 2.5), 3


@picture()
def where_it_fails() -> Figure:
    """Three images whose classes a mixture of grey values does not find: the images, and their labels."""
    figure = Figure(figsize=(7.2, 5.1), layout="constrained")
    scenes = (("light from one side", shaded), ("texture", textured), ("soft edges", soft_edged))
    generator = np.random.default_rng(1)
    for (upper, lower), (title, scene) in zip(figure.subplots(2, 3).T, scenes, strict=True):
        clean, classes = scene()
        noisy = np.clip(clean + generator.normal(0, 4, clean.shape), 0, 255).astype(np.uint8)
        labels = pixture.segment(noisy, classes).labels
        show(upper, noisy, title, cmap="gray", vmin=0, vmax=255)
        show(lower, labels, f"{classes} labels", cmap=LABELS, vmin=0, vmax=2)
    return figure


def film(path: Path) -> None:
    """Write the README's animation: EM on a photograph, from a start with a long way to go."""
    result = pixture.segment(photograph("china"), 4, init="random")
    result.animate().save(path, width=900, fps=5, overwrite=True)


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    for name, made in PICTURES.items():
        if made.committed:
            (IMAGES / f"{name}.png").write_bytes(made.png())
    film(IMAGES / "em.webp")
