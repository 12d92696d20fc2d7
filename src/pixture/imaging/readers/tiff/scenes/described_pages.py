"""The images in a TIFF whose program says in words of its own what its pages are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

from pixture.errors import ReadError
from pixture.imaging.readers.microscopy.ome_xml import OmeImage, ome_images
from pixture.imaging.readers.tiff import sizes
from pixture.imaging.readers.tiff.pages import is_mask
from pixture.imaging.readers.tiff.scenes.scene import Level, Place, Scene
from pixture.imaging.readers.tiff.sizes import NOTHING_KNOWN, SLIDES, Known

DESCRIBED = (
    "imagej",
    "ome",
    "shaped",
    "lsm",
    "stk",
    "fluoview",
    "mmstack",
    "ndtiff",
    "sis",
    "scanimage",
    *SLIDES,
)
"""Programs whose files say in words of their own what their pages are, as tifffile calls them."""

_LETTERS = {"T": "t", "Z": "z", "C": "c"}
_UNKNOWN = "IQ"  # tifffile's letters for a sequence of which nothing is said
_MOST_SCENES = 1000


def described_pages(path: Path, file: Any) -> Iterator[Scene]:
    """Yield the images that a file says it holds."""
    images = ome_images(file.ome_metadata or "") if file.is_ome else ()
    if sum(image.planes for image in images) > 4 * len(file.pages) + 64:
        return  # planes that are not here, which tifffile would make room for
    found = [series for series in file.series if not series.keyframe.is_reduced or len(file.series) == 1]
    if {series.kind for series in found} & {"uniform", "generic"} or any(
        is_mask(one.keyframe) for one in found
    ):
        return  # which masks belong to which page, the pages say
    for number, series in enumerate(found):
        ome = images[number] if len(images) == len(found) else None
        yield from _of_series(path, file, series, ome)


def _of_series(path: Path, file: Any, series: Any, ome: OmeImage | None) -> Iterator[Scene]:
    page, pages = series.keyframe, list(series.pages)
    inside = {"Y", "X", "S", *("Z" if page.imagedepth > 1 else "")}
    full = [
        (a, n)
        for a, n in zip(series.get_axes(False), series.get_shape(False), strict=True)
        if a not in inside
    ]
    samples = page.samplesperpixel
    if prod(n for _, n in full) == len(pages) * samples and ("C", samples) in full:
        full.remove(("C", samples))  # within its pages
    full = [(axis, length) for axis, length in full if length > 1]
    count = prod(length for _, length in full)
    if count != len(pages) and not (len(pages) == 1 and page.is_contiguous):
        return
    places = [None if one is None else Place(one) for one in pages]
    if count != len(pages):
        places = [Place(pages[0], behind) for behind in range(count)]
    axes, unclear = _letters([axis for axis, _ in full])
    levels = [Level(tuple(places))]
    for level in series.levels[1:]:
        if len(level.pages) == len(places):
            levels.append(Level(tuple(None if one is None else Place(one) for one in level.pages)))
    whole = Scene(
        series.name or (ome.name if ome else ""),
        axes,
        tuple(length for _, length in full),
        tuple(levels),
        ome=ome,
        unclear=unclear,
        kind=series.kind,
    )
    for scene in _without_other_axes(path, whole):
        yield replace(scene, known=_known(file, scene))


def _letters(axes: Sequence[str]) -> tuple[str, bool]:
    """Return our letters for tifffile's, and whether one of them was not said: that is taken for planes."""
    unsaid = [axis for axis in axes if axis in _UNKNOWN]
    if len(unsaid) == 1 and "Z" not in axes:
        return "".join("z" if axis in _UNKNOWN else _LETTERS.get(axis, axis) for axis in axes), True
    return "".join(_LETTERS.get(axis, axis) for axis in axes), False


def _without_other_axes(path: Path, scene: Scene) -> Iterator[Scene]:
    """Yield an image for each place along axes that no image has, such as positions of the stage."""
    other = [at for at, letter in enumerate(scene.axes) if letter not in "tzc"]
    if not other:
        yield scene
        return
    count = prod(scene.lengths[at] for at in other)
    if count > _MOST_SCENES:
        raise ReadError(
            f"{path}: it holds {count:,} images of one kind, and more than {_MOST_SCENES:,} are not read. "
            "Split it."
        )
    for places in itertools.product(*(range(scene.lengths[at]) for at in other)):
        one, told = scene, []
        for at, index in zip(reversed(other), reversed(places), strict=True):
            told.append(f"{scene.axes[at]} {index + 1}")
            one = one.taken(at, index)
        yield replace(one, name=" ".join(filter(None, [scene.name, *reversed(told)])))


def _known(file: Any, scene: Scene) -> Known:
    keyframe = scene.levels[0].first
    if scene.ome is not None:
        return sizes.of_ome(scene.ome)
    if scene.kind == "imagej":
        return sizes.of_imagej(file.imagej_metadata or {}, keyframe, scene.axes, scene.lengths)
    if scene.kind == "lsm":
        return sizes.of_lsm(file.lsm_metadata or {})
    if scene.kind == "stk":
        return sizes.of_stk(file.stk_metadata or {})
    return sizes.of_slide(keyframe) if scene.kind in SLIDES else NOTHING_KNOWN
