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
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import pixture
from pixture.arrays import Array, Integers
from pixture.segmentation.evaluation.annotations import Annotation, read_annotations
from pixture.segmentation.evaluation.boundary_scores import BoundaryScores, boundary_scores, label_boundaries
from pixture.segmentation.evaluation.region_scores import RegionScores, region_scores
from pixture.segmentation.regions.constants import Constants
from pixture.segmentation.regions.find_regions import find_regions

Timed = tuple[Integers, float]
"""Labels, and the seconds that they took."""

Method = Callable[[Array], Iterator[Timed]]
"""Yields the labels of a picture at each of its settings, one after the other."""

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

CUTS = (0.6, 0.75, 0.9, 1.0, 1.1, 1.3, 1.6)


def timed(find: Callable[..., Any], *arguments: Any, **options: Any) -> Timed:
    """Return the labels that a function finds, and the seconds that it takes."""
    began = time.perf_counter()
    labels = np.asarray(find(*arguments, **options))
    return labels, time.perf_counter() - began


def ours(picture: Array, changes: dict[str, Any], heights: Sequence[float]) -> Iterator[Timed]:
    """Yield our regions, with some of the constants changed, at heights of one tree: its time is in each."""
    constants = dataclasses.replace(Constants(), **changes)
    began = time.perf_counter()
    found = find_regions(pixture.image_from_array(picture), threads=1, constants=constants)
    of_tree = time.perf_counter() - began
    for height in heights:
        labels, of_cut = timed(lambda at: found.cut(height=at).labels, height)
        yield labels, of_tree + of_cut


def mixture(picture: Array, components: Sequence[int]) -> Iterator[Timed]:
    """Yield the labels of mixtures of colours alone."""
    for count in components:
        yield timed(lambda k: pixture.segment(picture, k, threads=1).labels, count)


def felzenszwalb(picture: Array, settings: Sequence[tuple[float, float]]) -> Iterator[Timed]:
    """Yield the regions of Felzenszwalb and Huttenlocher (2004) at scales and smoothings."""
    from skimage.segmentation import felzenszwalb as found

    for scale, sigma in settings:
        yield timed(found, picture, scale=scale, sigma=sigma, min_size=200)


def slic_merged(picture: Array, settings: Sequence[tuple[int, float]]) -> Iterator[Timed]:
    """Yield SLIC superpixels, so many, merged where their mean colours in CIE Lab are within a threshold."""
    from skimage import graph
    from skimage.color import rgb2lab
    from skimage.segmentation import slic

    def found(segments: int, threshold: float) -> Any:
        labels = slic(picture, n_segments=segments, compactness=10, start_label=1)
        return graph.cut_threshold(labels, graph.rag_mean_color(rgb2lab(picture), labels), threshold)

    for segments, threshold in settings:
        yield timed(found, segments, threshold)


def quickshift(picture: Array, distances: Sequence[float]) -> Iterator[Timed]:
    """Yield the regions of quickshift (Vedaldi and Soatto 2008)."""
    from skimage.segmentation import quickshift as found

    for distance in distances:
        yield timed(found, picture, kernel_size=7, max_dist=distance, ratio=0.7)


def watershed(picture: Array, markers: Sequence[int]) -> Iterator[Timed]:
    """Yield the watersheds of the gradient, from so many markers on a grid."""
    from skimage.color import rgb2gray
    from skimage.filters import gaussian, sobel
    from skimage.segmentation import watershed as found

    for count in markers:
        yield timed(lambda n: found(sobel(gaussian(rgb2gray(picture), 2)), markers=n), count)


def methods(ablations: bool) -> Iterator[tuple[str, Sequence[Any], Method]]:
    """Yield each method's name, its settings, and what finds the labels at each of them."""
    for name, changes in WITHOUT.items():
        if ablations or not changes:
            heights = CUTS if changes else (1.0,)
            yield f"pixture, {name}", heights, functools.partial(ours, changes=changes, heights=heights)
    components, distances, markers = (2, 3, 4, 6), (20, 40, 80), (6, 12, 25, 50)
    scales = tuple(itertools.product((300, 600, 1200, 2500), (0.8, 1.6)))
    thresholds = tuple(itertools.product((200, 400), (6, 9, 13, 18)))
    yield "mixture of colours", components, functools.partial(mixture, components=components)
    yield "Felzenszwalb", scales, functools.partial(felzenszwalb, settings=scales)
    yield "SLIC and merging", thresholds, functools.partial(slic_merged, settings=thresholds)
    yield "quickshift", distances, functools.partial(quickshift, distances=distances)
    yield "watershed", markers, functools.partial(watershed, markers=markers)


Scored = tuple[RegionScores, BoundaryScores, float, int]


def scored(path: Path, truth: Path, method: Method) -> list[Scored]:
    """Return, for each setting, the scores of one image, the seconds it took, and how many labels it has."""
    annotations: list[Annotation] = read_annotations(truth)
    found: list[Scored] = []
    for labels, took in method(pixture.read(path).pixels):
        regions = region_scores(labels, [each.labels for each in annotations])
        boundaries = boundary_scores(label_boundaries(labels), [each.boundaries for each in annotations])
        found.append((regions, boundaries, took, len(np.unique(labels))))
    return found


def row(name: str, setting: Any, found: Sequence[Scored]) -> tuple[float, str]:
    """Return the covering over all images, and a row of the table."""
    regions = [scores for scores, _, _, _ in found]
    covering = sum(each.covered for each in regions) / sum(each.truth_pixels for each in regions)
    boundaries = functools.reduce(lambda one, other: one + other, (scores for _, scores, _, _ in found))
    cells = [
        name,
        " / ".join(map(str, setting if isinstance(setting, tuple) else (setting,))),
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
        for name, settings, method in methods(ablations):
            jobs = [(path, truths[path.stem], method) for path in images]
            of_images = pool.starmap(scored, jobs, chunksize=1)
            for setting, found in zip(settings, zip(*of_images, strict=True), strict=True):
                made = row(name, setting, found)
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
