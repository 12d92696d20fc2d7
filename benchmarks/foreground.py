"""How well a foreground that nobody describes agrees with people: ours, thresholds, mixtures.

    python -m benchmarks.foreground FOLDER [FOLDER ...] [--cross-validate] [-o FILE.md]

A FOLDER holds images/NAME.png and labels/NAME.png, the number of each pixel's object, 0 in the background.
Of two classes the one of fewer pixels is the foreground, whoever finds them. With --cross-validate, each of
our constants is changed, one at a time; the best on one half of the images is judged on the other half. The
halves are every second image, sorted by name.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import operator
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import pixture
from pixture.arrays import Array, Integers, Mask
from pixture.imaging.grey_as_colour import as_grey
from pixture.segmentation.evaluation.object_scores import ObjectScores, object_scores
from pixture.segmentation.foreground.automatic_foreground import automatic_foreground
from pixture.segmentation.foreground.constants import Constants

Method = Callable[[pixture.Image], Mask]


def smaller(mask: Array) -> Mask:
    """Return the class of fewer pixels."""
    return np.asarray(mask if mask.mean() <= 0.5 else ~mask, dtype=bool)


def ours(image: pixture.Image, constants: Constants | None = None) -> Mask:
    """Return our foreground."""
    return automatic_foreground(image, threads=1, constants=constants or Constants()).mask


def grey(image: pixture.Image) -> Array:
    """Return an image's grey, as scikit-image weighs colours."""
    from skimage.color import rgb2gray

    return np.asarray(rgb2gray(image.pixels) if image.is_colour else image.pixels.squeeze())


def threshold(image: pixture.Image, name: str) -> Mask:
    """Return what one of scikit-image's thresholds finds."""
    from skimage import filters

    plane = grey(image)
    return smaller(plane > getattr(filters, f"threshold_{name}")(plane))


def mixture(image: pixture.Image, covariance: Any, smooth: float | str = "off") -> Mask:
    """Return the smaller class of a mixture of two."""
    return smaller(pixture.segment(image, 2, covariance=covariance, smooth=smooth, threads=1).labels == 1)


def peer(image: pixture.Image, covariance: Any) -> Mask:
    """Return the smaller class of scikit-learn's mixture of two."""
    from sklearn.mixture import GaussianMixture

    fitted = GaussianMixture(2, covariance_type=covariance, random_state=0)
    return smaller(fitted.fit_predict(image.rows.astype(np.float64)).reshape(image.shape) == 1)


METHODS: dict[str, Method] = {
    "pixture, automatic foreground": ours,
    "Otsu (scikit-image)": functools.partial(threshold, name="otsu"),
    "Li (scikit-image)": functools.partial(threshold, name="li"),
    "pixture, mixture of 2, full": functools.partial(mixture, covariance="full"),
    "pixture, mixture of 2, tied": functools.partial(mixture, covariance="tied"),
    "scikit-learn, mixture of 2, full": functools.partial(peer, covariance="full"),
    "scikit-learn, mixture of 2, tied": functools.partial(peer, covariance="tied"),
}


@dataclasses.dataclass(frozen=True)
class Score:
    """What one method's foreground of one image is worth."""

    dice: float
    objects: ObjectScores
    seconds: float


def pairs(folder: Path) -> list[tuple[pixture.Image, Integers]]:
    """Return the images of a folder with the numbers of their objects, sorted by name."""
    found = []
    for path in sorted((folder / "images").glob("*.png")):
        found.append((as_grey(pixture.read(path)), pixture.read(folder / "labels" / path.name).pixels))
    return found


def dice(mask: Mask, truth: Integers) -> float:
    """Return twice the pixels in both over those in either, 0 to 1."""
    both = np.count_nonzero(mask & (truth > 0))
    return 2 * both / max(int(np.count_nonzero(mask) + np.count_nonzero(truth)), 1)


def scored(image: pixture.Image, truth: Integers, method: Method) -> Score:
    """Return the scores of one foreground."""
    began = time.perf_counter()
    mask = method(image)
    seconds = time.perf_counter() - began
    found = pixture.find_objects(mask, threads=1)
    return Score(dice(mask, truth), object_scores(found.labels, truth), seconds)


def row(name: str, scores: Sequence[Score]) -> str:
    """Return a row of the table: of all images, of each half, of their objects."""
    all_dice = [score.dice for score in scores]
    matches = functools.reduce(operator.add, (score.objects for score in scores))
    cells = [
        name,
        *(f"{statistics.mean(part):.3f}" for part in (all_dice, all_dice[::2], all_dice[1::2])),
        f"{min(all_dice):.2f}",
        f"{matches.f1:.3f}",
        f"{statistics.median(score.seconds for score in scores):.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def table(folder: Path) -> str:
    """Return the table of a folder, a row a method."""
    images = pairs(folder)
    lines = [
        f"**{folder.name}**, {len(images)} images, one thread.",
        "",
        "| method | Dice | 1st, 3rd, … image | 2nd, 4th, … image | worst | F1 of objects | seconds |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, method in METHODS.items():
        method(images[0][0])  # what is compiled on the first call is not timed
        lines.append(row(name, [scored(image, truth, method) for image, truth in images]))
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def changed(of: Any, name: str, value: Any) -> Any:
    """Return constants with one of them changed."""
    return dataclasses.replace(of, **{name: value})


def changes() -> Iterator[tuple[str, Constants]]:
    """Yield our constants as they are, and with one of them changed."""
    usual = Constants()
    yield "as they are", usual
    for name, values in {
        "least_contrast": (0.0, 2.0, 4.0),
        "agreement": (0.3, 1.0),
        "weakest_outline": (0.0, 0.2, 0.4),
        "surrounded": (1.0,),
        "light_gain": (0.01,),
    }.items():
        for value in values:
            yield f"{name} {value:g}", changed(usual, name, value)
    for kind, field, values in (
        ("grey", "foreground", (5, 12)),
        ("grey", "foreground_prior", (0.1, 1e6)),
        ("grey", "background_prior", (1e6,)),
        ("grey", "guard", (0,)),
        ("colour", "foreground", (8, 20)),
        ("colour", "foreground_prior", (0.02, 1e6)),
        ("colour", "background_prior", (1e6,)),
    ):
        for value in values:
            reach = changed(getattr(usual, kind), field, value)
            yield f"{kind}.{field} {value:g}", changed(usual, kind, reach)


def cross_validated(folders: Sequence[Path]) -> str:
    """Return what each change does to each half, and what the best on one half is worth on the other."""
    images = {folder.name: pairs(folder) for folder in folders}
    lines = [
        "| constants | " + " | ".join(f"{name}, 1st half | {name}, 2nd half" for name in images) + " |",
        "| --- |" + " --- | --- |" * len(images),
    ]
    halves: dict[str, list[list[float]]] = {}
    for name, constants in changes():
        method = functools.partial(ours, constants=constants)
        found = [[dice(method(image), truth) for image, truth in of] for of in images.values()]
        halves[name] = [[statistics.mean(each[half::2]) for each in found] for half in (0, 1)]
        cells = [f"{halves[name][half][at]:.4f}" for at in range(len(found)) for half in (0, 1)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    for half, other in ((0, 1), (1, 0)):
        best = max(halves, key=lambda name: sum(halves[name][half]))
        judged = ", ".join(f"{at} {score:.4f}" for at, score in zip(images, halves[best][other], strict=True))
        lines += ["", f"Half {half + 1} chooses: {best}; on the other half: {judged}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the tables, and write them where -o says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--cross-validate", action="store_true", help="change each of our constants too")
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore", message=".*did not converge")
    warnings.filterwarnings("ignore", category=pixture.PixtureWarning)
    made = [table(folder) for folder in chosen.folders]
    if chosen.cross_validate:
        made.append(cross_validated(chosen.folders))
    print("\n".join(made))
    if chosen.output is not None:
        chosen.output.write_text("\n".join(made), encoding="utf-8")


if __name__ == "__main__":
    main()
