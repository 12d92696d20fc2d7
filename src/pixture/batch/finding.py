"""How the regions of each image are found: the same way for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pixture.imaging.image import Image
from pixture.segmentation.regions.find_regions import find_regions
from pixture.segmentation.regions.merge_tree.tree_file import regions_in
from pixture.segmentation.regions.regions import Regions


@dataclass(frozen=True, eq=False)
class Finding:
    """How regions are found; a value that goes to other processes.

    Attributes
    ----------
    regions, detail, seed, threads
        As in `pixture.regions`.
    tree
        The file of the tree that is cut; None finds it.
    groups
        As in `Regions.grouped`.
    """

    regions: int | None = None
    detail: float | None = None
    seed: int | None = None
    threads: int | None = None
    tree: Path | None = None
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def __call__(self, image: Image, /) -> Regions:
        """Return the regions of an image in memory."""
        number, detail, threads = self.regions, self.detail, self.threads
        if self.tree is None:
            found = find_regions(image, regions=number, detail=detail, seed=self.seed, threads=threads)
        else:
            found = regions_in(self.tree, image, regions=number, detail=detail, threads=threads)
        return found.grouped(self.groups) if self.groups else found
