"""How well regions agree with people: ours, ours without each of its parts, and peers, side by side.

    python -m benchmarks.quality FOLDER [--every 10] [-o FILE.md]

FOLDER holds images/*.jpg and groundTruth/*.mat as the Berkeley data do. A setting is one for all images;
of each peer several are tried, and that of the highest covering on these very images is shown, so that it is
at its best. Ours has its constants as they are. Images are shared out to all processors, a thread each.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import itertools
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import pixture
from pixture.arrays import Array, Integers
from pixture.segmentation.evaluation.annotations import Annotation, read_annotations
from pixture.segmentation.evaluation.boundary_scores import BoundaryScores, boundary_scores, label_boundaries
from pixture.segmentation.evaluation.region_scores import RegionScores, region_scores
from pixture.segmentation.regions.constants import Constants
from pixture.segmentation.regions.find import find_regions

Method = Callable[[Array], Integers]

WITHOUT: dict[str, dict[str, Any]] = {
    "as it is": {},
    "without the spectrum": {"spectral_weight": 0.0},
    "without mutual information": {"information_weight": 0.0},
    "without the regions' histograms": {"colour_weight": 0.0, "texture_weight": 0.0},
    "without the size": {"size_weight": 0.0},
    "without texture in the boundaries": {"texture_weights": (0.0,) * 4, "texture_boundary_weight": 0.0},
    "cut by height, not by gains": {"entropy_gain": 0.0, "region_cost": 0.0},
}
"""What is left out of ours. The height of the cut is chosen anew for each, as a peer's setting is."""

CUTS = (0.55, 0.65, 0.75, 0.85, 0.93, 1.0, 1.07, 1.15, 1.3, 1.5, 1.8)


def ours(picture: Array, changes: dict[str, Any], height: float) -> Integers:
    """Return our regions, with some of the constants changed, cut at a height."""
    constants = dataclasses.replace(Constants(), **changes)
    image = pixture.image_from_array(picture)
    return find_regions(image, threads=1, constants=constants).cut(height=height).labels


def mixture(picture: Array, components: int) -> Integers:
    """Return the labels of a mixture of colours alone."""
    return pixture.segment(picture, components, threads=1).labels


def felzenszwalb(picture: Array, scale: float, sigma: float) -> Integers:
    """Return the regions of Felzenszwalb and Huttenlocher (2004)."""
    from skimage.segmentation import felzenszwalb as found

    return np.asarray(found(picture, scale=scale, sigma=sigma, min_size=200))


def slic_merged(picture: Array, segments: int, threshold: float) -> Integers:
    """Return SLIC superpixels, merged where their mean colours in CIE Lab are near."""
    from skimage import graph
    from skimage.color import rgb2lab
    from skimage.segmentation import slic

    labels = slic(picture, n_segments=segments, compactness=10, start_label=1)
    return np.asarray(graph.cut_threshold(labels, graph.rag_mean_color(rgb2lab(picture), labels), threshold))


def quickshift(picture: Array, distance: float) -> Integers:
    """Return the regions of quickshift (Vedaldi and Soatto 2008)."""
    from skimage.segmentation import quickshift as found

    return np.asarray(found(picture, kernel_size=7, max_dist=distance, ratio=0.7))


def watershed(picture: Array, markers: int) -> Integers:
    """Return the watershed of the gradient, from so many markers on a grid."""
    from skimage.color import rgb2gray
    from skimage.filters import gaussian, sobel
    from skimage.segmentation import watershed as found

    return np.asarray(found(sobel(gaussian(rgb2gray(picture), 2)), markers=markers))


def settings(ablations: bool) -> Iterator[tuple[str, str, Method]]:
    """Yield each method's name, a setting in words, and what finds the labels."""
    for name, changes in WITHOUT.items():
        if ablations or not changes:
            for height in (1.0,) if not changes else CUTS:
                yield (
                    f"pixture, {name}",
                    f"height {height}",
                    functools.partial(ours, changes=changes, height=height),
                )
    for components in (2, 3, 4, 6):
        yield "mixture of colours", f"K = {components}", functools.partial(mixture, components=components)
    for scale, sigma in itertools.product((300, 600, 1200, 2500), (0.8, 1.6)):
        method = functools.partial(felzenszwalb, scale=scale, sigma=sigma)
        yield "Felzenszwalb", f"scale {scale}, σ {sigma}", method
    for segments, threshold in itertools.product((200, 400), (6, 9, 13, 18)):
        method = functools.partial(slic_merged, segments=segments, threshold=threshold)
        yield "SLIC and merging", f"{segments} segments, threshold {threshold}", method
    for distance in (20, 40, 80):
        yield "quickshift", f"distance {distance}", functools.partial(quickshift, distance=distance)
    for markers in (6, 12, 25, 50):
        yield "watershed", f"{markers} markers", functools.partial(watershed, markers=markers)


Scored = tuple[RegionScores, BoundaryScores, float, int]


def scored(path: Path, truth: Path, method: Method) -> Scored:
    """Return the scores of one image, the seconds that its labels took, and how many there are."""
    picture = pixture.read(path).pixels
    annotations: list[Annotation] = read_annotations(truth)
    began = time.perf_counter()
    labels = method(picture)
    took = time.perf_counter() - began
    return (
        region_scores(labels, [each.labels for each in annotations]),
        boundary_scores(label_boundaries(labels), [each.boundaries for each in annotations]),
        took,
        len(np.unique(labels)),
    )


def row(name: str, setting: str, found: list[Scored]) -> tuple[float, str]:
    """Return the covering over all images, and a row of the table."""
    regions = [scores for scores, _, _, _ in found]
    covering = sum(each.covered for each in regions) / sum(each.truth_pixels for each in regions)
    boundaries = functools.reduce(lambda one, other: one + other, (scores for _, scores, _, _ in found))
    cells = [
        name,
        setting,
        f"{covering:.3f}",
        f"{statistics.mean(each.variation_of_information for each in regions):.3f}",
        f"{statistics.mean(each.probabilistic_rand for each in regions):.3f}",
        f"{boundaries.f:.3f}",
        f"{statistics.mean(count for _, _, _, count in found):.0f}",
        f"{statistics.median(took for _, _, took, _ in found):.2f}",
    ]
    return covering, f"| {' | '.join(cells)} |"


def table(folder: Path, every: int, ablations: bool) -> str:
    """Return the table, a row a method at its best setting."""
    images = sorted((folder / "images").rglob("*.jpg"))[::every]
    truths = {path.stem: path for path in (folder / "groundTruth").rglob("*.mat")}
    lines = [
        f"{len(images)} images, {multiprocessing.cpu_count()} processes of one thread.",
        "",
        "| method | setting | covering | variation of information | probabilistic Rand | boundary F | labels "
        "| seconds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    best: dict[str, tuple[float, str]] = {}
    with multiprocessing.get_context("spawn").Pool() as pool:
        for name, setting, method in settings(ablations):
            jobs = [(path, truths[path.stem], method) for path in images]
            made = row(name, setting, pool.starmap(scored, jobs, chunksize=1))
            print(made[1], flush=True)
            best[name] = max(best.get(name, made), made)
    return "\n".join([*lines, *(line for _, line in best.values())]) + "\n"


def main() -> None:
    """Print the table, and write it where -o says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every so manieth image")
    parser.add_argument("--no-ablations", action="store_true", help="leave out ours without its parts")
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    made = table(chosen.folder, chosen.every, not chosen.no_ablations)
    print(made)
    if chosen.output is not None:
        chosen.output.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
