"""The regions of the image and the tree of every cut of them: the page cuts it by itself, at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pixture import stopping
from pixture.arrays import Array
from pixture.errors import ChoiceError
from pixture.studio.marks.guided import refuse_large
from pixture.studio.runs.fitting import opened_in
from pixture.studio.session.document import OpenedImage
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Run, Session
from pixture.wording import plural

if TYPE_CHECKING:
    from pixture.segmentation.regions.regions import Regions

MEMORY, LAYER = "found regions", "regions"
"""Under which names a session keeps regions, and a version and superpixels for the layer of the image."""


@dataclass(frozen=True, eq=False)
class FoundRegions:
    """Regions, and which image they are of."""

    regions: Regions
    opened: OpenedImage
    number: int


def regions(session: Session, question: Question) -> Answer:
    """Find the regions of the image."""
    opened = opened_in(session)
    refuse_large(opened, "finds no regions in it", "The command pixture regions does.")
    if opened.image.has_times:
        raise ChoiceError("Regions are those of one time, and the image has several.")
    begun = session.begin("Finding regions", lambda run: _find(session, opened, run))
    return Answer({"run": begun.number})


def _find(session: Session, opened: OpenedImage, run: Run) -> str:
    document = session.document
    found = document.found
    if found is not None and found.segmentation.image is opened.image:
        made = found.segmentation.regions
    else:
        from pixture.segmentation.regions.find_regions import find_regions  # brings SciPy

        made = find_regions(opened.image, threads=document.chosen.choices.threads)
    stopping.check()
    kept = FoundRegions(made, opened, run.number)
    session.memory[MEMORY] = kept
    session.memory[LAYER] = (run.number, made.superpixels)
    session.publish(regions=_state(kept))
    return f"{plural(made.count, 'region')} of {plural(made.tree.leaves, 'superpixel')}."


def regions_in(session: Session) -> FoundRegions:
    """Return the regions of a session's image.

    Raises
    ------
    ChoiceError
        They are not found yet.
    """
    kept: FoundRegions | None = session.memory.get(MEMORY)
    if kept is None or kept.opened is not session.document.opened:
        raise ChoiceError("The regions are not found yet; find them first.")
    return kept


def regions_map(session: Session, question: Question) -> Answer:
    """Give the tree, and the superpixel of every pixel that is looked at on a plane.

    Its buffers: superpixels, uint16 or uint32, 0 where masked; of each node its parent, int32, its height,
    float64, and its pixels, float64.
    """
    kept = regions_in(session)
    seen = superpixels_seen(kept, question.whole("plane", 0, kept.opened.planes - 1, 0))
    height, width = seen.shape
    tree = kept.regions.tree
    numbers = seen.astype(np.uint16 if tree.leaves < 2**16 else np.uint32)
    return Answer(
        {
            "number": kept.number,
            "width": width,
            "height": height,
            "step": step_of(kept.opened),
            "bytes": numbers.itemsize,
            "leaves": tree.leaves,
            "nodes": len(tree.parents),
        },
        (
            numbers.tobytes(),
            tree.parents.astype(np.int32).tobytes(),
            tree.heights.tobytes(),
            tree.pixels.astype(np.float64).tobytes(),
        ),
    )


def step_of(opened: OpenedImage) -> int:
    """Return of how many rows and columns one is looked at."""
    columns, seen = opened.image.shape[-1], opened.seen.shape[-1]
    return 1 if columns == seen else -(-columns // seen)


def superpixels_seen(kept: FoundRegions, plane: int) -> Array:
    """Return the superpixel of every pixel that is looked at on a plane."""
    superpixels = kept.regions.superpixels
    step = step_of(kept.opened)
    of_plane = superpixels.reshape(-1, *superpixels.shape[-2:])[plane]
    return np.ascontiguousarray(of_plane[::step, ::step])


def _state(kept: FoundRegions) -> dict[str, Any]:
    tree = kept.regions.tree
    height, width = superpixels_seen(kept, 0).shape
    return {
        "number": kept.number,
        "version": kept.number,
        "count": kept.regions.count,
        "superpixels": tree.leaves,
        "parts": len(tree.roots),
        "width": width,
        "height": height,
        "step": step_of(kept.opened),
    }
