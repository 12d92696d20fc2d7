"""Make the pictures of the README: python docs/make_pictures.py."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

import pixture
from pixture.demo import photograph
from pixture.imaging.display import as_picture
from pixture.view.plots import figure_png

IMAGES = Path(__file__).parent / "images"


def four_views(name: str, components: int) -> Figure:
    """Return a photograph, its labels, its components' means, and how uncertain each pixel is."""
    result = pixture.segment(photograph(name), components)
    figure = Figure(figsize=(12, 2.13), layout="constrained")
    views = (
        ("photograph", as_picture(result.image), {}),
        (f"labels, {components} components", result.overlay(), {}),
        ("each pixel its component's mean", result.painted(), {}),
        ("uncertainty (entropy)", result.entropy(), {"cmap": "magma", "vmin": 0}),
    )
    for axes, (title, pixels, options) in zip(figure.subplots(1, 4), views, strict=True):
        axes.imshow(pixels, interpolation="antialiased", **options)
        axes.set_title(title, fontsize=10)
        axes.set_axis_off()
    return figure


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / "china.png").write_bytes(figure_png(four_views("china", 4), dpi=120))
