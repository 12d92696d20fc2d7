"""Watch EM fit synthetic points: python examples/run_em_visualization.py [-k 3] [-o FILE.gif].

Grey points, and a red ellipse at 2 standard deviations for each component, at every EM iteration: in a
live window where there is a display, else (or with -o) in a GIF.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.patches import Ellipse

import pixture
from pixture.arrays import Floats
from pixture.imaging.writers.whole import write_whole

parser = argparse.ArgumentParser(description="Watch EM fit synthetic points.")
parser.add_argument("-n", "--points", type=int, default=600, help="number of points (default 600)")
parser.add_argument("-k", "--components", type=int, default=4, help="number of components (default 4)")
parser.add_argument("--seed", type=int, default=2, help="seed of the points and of the start (default 2)")
parser.add_argument("-o", "--output", type=Path, metavar="FILE.gif", help="write a GIF instead of showing")
parser.add_argument("--overwrite", action="store_true", help="replace the GIF if it is there already")


def synthetic_points(count: int, components: int, seed: int) -> Floats:
    """Return (count, 2) points of as many elongated clusters as components."""
    generator = np.random.default_rng(seed)
    centres = generator.uniform(-8, 8, (components, 2))
    stretches = generator.normal(0, 1, (components, 2, 2))
    cluster = generator.integers(components, size=count)
    noise: Floats = np.einsum("nij,nj->ni", stretches[cluster], generator.normal(0, 1, (count, 2)))
    return centres[cluster] + noise


def ellipse(mean: Floats, covariance: Floats, deviations: float = 2) -> Ellipse:
    """Return the contour of a Gaussian at so many standard deviations, along its eigenvectors."""
    variances, axes = np.linalg.eigh(covariance)
    height, width = 2 * deviations * np.sqrt(variances)
    angle = np.degrees(np.arctan2(axes[1, 1], axes[0, 1]))
    return Ellipse(tuple(mean), width, height, angle=angle, edgecolor="red", facecolor="none", linewidth=1.8)


def animation(points: Floats, steps: list[pixture.Step]) -> FuncAnimation:
    """Return the animation of a fit, a frame an iteration."""
    figure, axes = plt.subplots(figsize=(6, 6), layout="constrained")
    axes.scatter(points[:, 0], points[:, 1], s=8, color="grey", alpha=0.6, linewidths=0)
    centre, reach = (points.max(axis=0) + points.min(axis=0)) / 2, np.ptp(points, axis=0).max() * 0.55
    axes.set(xlim=(centre[0] - reach, centre[0] + reach), ylim=(centre[1] - reach, centre[1] + reach))
    axes.set_aspect("equal")
    means = axes.scatter([], [], color="red", marker="+", s=60)

    def draw(frame: int) -> list[Ellipse]:
        step = steps[frame]
        for patch in list(axes.patches):
            patch.remove()
        for mean, covariance in zip(step.mixture.means, step.mixture.matrices(), strict=True):
            axes.add_patch(ellipse(mean, covariance))
        means.set_offsets(step.mixture.means)
        axes.set_title(f"EM iteration {step.iteration}   log-likelihood per point {step.log_likelihood:.4f}")
        return []

    return FuncAnimation(figure, draw, frames=len(steps), interval=250, repeat_delay=2000)


def has_display() -> bool:
    """Whether matplotlib found a way to open windows."""
    return plt.get_backend().lower() not in ("agg", "pdf", "svg", "ps", "template")


def main(arguments: list[str] | None = None) -> None:
    options = parser.parse_args(arguments)
    if options.output is not None:
        mpl.use("agg")
    steps: list[pixture.Step] = []
    try:
        pixture.Choices(components=options.components, seed=options.seed)
        points = synthetic_points(max(options.points, 0), options.components, options.seed)
        result = pixture.fit(
            points,
            options.components,
            init="random",
            seed=options.seed,
            tol=1e-5,
            accelerate=False,  # every iteration is to be seen
            on_step=steps.append,
        )
    except pixture.PixtureError as error:
        parser.exit(1, f"error: {error}\n")
    print(f"{result.steps} EM iterations. {result.stop.value}")
    film = animation(points, steps)
    if options.output is None and has_display():
        plt.show()
        return
    path = options.output or Path("em.gif")
    with tempfile.TemporaryDirectory() as folder:
        film.save(Path(folder, "em.gif"), writer=PillowWriter(fps=4))
        content = Path(folder, "em.gif").read_bytes()
    try:
        write_whole({path: content}, overwrite=options.overwrite)
    except pixture.PixtureError as error:
        parser.exit(1, f"error: {error}\n")
    print(f"{len(steps)} frames are in {path}")


if __name__ == "__main__":
    main()
