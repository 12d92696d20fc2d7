"""The images in a TIFF: what its program says that its pages are; of plain pages, which belong together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

from pixture.errors import ReadError
from pixture.imaging.readers.ome_xml import OmeImage, ome_images
from pixture.imaging.readers.subimage import chosen_index
from pixture.imaging.readers.tiff import sizes
from pixture.imaging.readers.tiff.overviews import levels
from pixture.imaging.readers.tiff.pages import Chosen, chosen_page, is_mask, kind_of, masks_of
from pixture.imaging.readers.tiff.sizes import NOTHING_KNOWN, SLIDES, Known

MOST_PAGES = 100_000
"""Pages of a file that are looked at; the directories alone of so many take seconds."""

_DESCRIBED = (
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
_TROUBLE = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""What a description that contradicts itself may end in."""


@dataclass(frozen=True)
class Place:
    """A page, and which of the planes that follow one another behind its directory, from 0, is meant."""

    page: Any
    behind: int = 0


@dataclass(frozen=True)
class Level:
    """The pages of one size of an image, those of the last axis first; None where the file lacks one.

    `masks` are the mask pages of each, or none.
    """

    pages: tuple[Place | None, ...]
    masks: tuple[tuple[Any, ...], ...] = ()

    @property
    def first(self) -> Any:
        """The first page that is there, or what tifffile says of all of them."""
        return next(place.page.keyframe for place in self.pages if place is not None)


@dataclass(frozen=True)
class Scene:
    """An image in a file.

    Attributes
    ----------
    name
        What the file calls it.
    axes, lengths
        Letters, of "t", "z" and "c", of what its pages lie along, the slowest first; and how many of each.
    levels
        The pages of each size, the full one first.
    known
        Sizes of its pixels, and names of its channels.
    ome
        What OME-XML says of it; None where the file has none.
    unclear
        Whether nothing in the file says what its pages are.
    kind
        What tifffile calls the program that wrote it.
    """

    name: str
    axes: str
    lengths: tuple[int, ...]
    levels: tuple[Level, ...]
    known: Known = NOTHING_KNOWN
    ome: OmeImage | None = None
    unclear: bool = False
    kind: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether no program says in words of its own what the pages are."""
        return self.ome is None and self.kind in ("", "shaped", "uniform", "generic")

    def picked(self, path: Path, time: int | None, plane: int | None) -> Scene:
        """Return one of its times, or planes, alone.

        Raises
        ------
        ReadError
            There are not so many.
        """
        scene = self
        for letter, number, thing in (("t", time, "time"), ("z", plane, "plane")):
            if number is None:
                continue
            if letter not in scene.axes and letter == "z" and scene.levels[0].first.imagedepth > 1:
                continue  # they are within its pages
            at = scene.axes.find(letter)
            index = chosen_index(path, number, 1 if at < 0 else scene.lengths[at], thing)
            if at >= 0:
                scene = scene._taken(at, index)
        return scene

    def _taken(self, axis: int, index: int) -> Scene:
        one = self.within({self.axes[axis]: (index, index + 1)})
        return replace(
            one,
            axes=self.axes[:axis] + self.axes[axis + 1 :],
            lengths=self.lengths[:axis] + self.lengths[axis + 1 :],
            unclear=False,
        )

    def within(self, ends: Mapping[str, tuple[int, int]]) -> Scene:
        """Return what lies between two places along some axes, by their letters; others are not looked at."""
        steps = [range(*ends.get(letter, (0, n))) for letter, n in zip(self.axes, self.lengths, strict=True)]
        after = [prod(self.lengths[axis + 1 :]) for axis in range(len(self.lengths))]
        kept = [
            sum(place * step for place, step in zip(places, after, strict=True))
            for places in itertools.product(*steps)
        ]
        return replace(
            self,
            lengths=tuple(map(len, steps)),
            levels=tuple(
                Level(
                    tuple(level.pages[at] for at in kept),
                    tuple(level.masks[at] for at in kept) if level.masks else (),
                )
                for level in self.levels
            ),
        )


def scenes_in(path: Path, file: Any, still_open: ExitStack) -> tuple[Scene, ...]:
    """Return the images in a file, in its order.

    Parameters
    ----------
    path
        The file.
    file
        As tifffile has opened it.
    still_open
        Keeps a file of smaller copies (.ovr) beside it open.

    Raises
    ------
    ReadError
        It holds no page, or more than are looked at.
    """
    if not len(file.pages):
        raise ReadError(f"{path}: the file is damaged: it holds no page. Copy or export it again.")
    if len(file.pages) > MOST_PAGES:
        raise ReadError(
            f"{path}: it holds {len(file.pages):,} pages; more than {MOST_PAGES:,} are not read. Split "
            "it, or save it as OME-Zarr."
        )
    if any(getattr(file, f"is_{kind}", False) for kind in _DESCRIBED):
        try:
            described = tuple(_described(path, file))
        except _TROUBLE as error:
            if isinstance(error, ReadError):
                raise
            described = ()  # a description that contradicts itself must not keep from reading the pages
        if described:
            return described
    return tuple(_plain(path, file, still_open))


def _described(path: Path, file: Any) -> Iterator[Scene]:
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
            one = one._taken(at, index)
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


def _plain(path: Path, file: Any, still_open: ExitStack) -> Iterator[Scene]:
    """Yield an image for each kind of pages: those of one size and kind belong together."""
    pages = list(file.pages)
    images = [page for page in pages if not (page.is_reduced or is_mask(page))]
    if not images:
        chosen = chosen_page(file)
        yield Scene("", "", (), _levels(path, file, chosen, still_open))
        return
    some_masks = len(images) < len(pages) or any(page.subifds for page in pages)
    kinds: dict[tuple[Any, ...], list[int]] = {}
    for at, page in enumerate(pages):
        if not (page.is_reduced or is_mask(page)):
            kinds.setdefault(kind_of(page), []).append(at)
    for alike in kinds.values():
        masks = tuple(masks_of(pages, at) for at in alike) if some_masks else ()
        several = len(alike) > 1
        found: tuple[Level, ...]
        if several:
            found = (Level(tuple(Place(pages[at]) for at in alike), masks),)
        else:
            chosen = Chosen(pages[alike[0]], masks[0] if masks else ())
            found = _levels(path, file, chosen, still_open)
        lengths = (len(alike),) if several else ()
        yield Scene("", "z" * several, lengths, found, _of_plain(file), None, several)


def _levels(path: Path, file: Any, chosen: Chosen, still_open: ExitStack) -> tuple[Level, ...]:
    """Return a page and its smaller copies."""
    return tuple(
        Level((Place(one.page),), (one.masks,) if one.masks else ())
        for one in levels(path, file, chosen, still_open)
    )


def _of_plain(file: Any) -> Known:
    """Return what is known of pages of which ImageJ's description says too little, or something else."""
    try:
        return (
            sizes.of_imagej(file.imagej_metadata, file.pages.first, "", ())
            if file.is_imagej
            else NOTHING_KNOWN
        )
    except _TROUBLE:
        return Known()
