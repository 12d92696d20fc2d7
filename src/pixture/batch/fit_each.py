"""How a segmentation is made of each image by a fit of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pixture.batch.segmentations import Watch
from pixture.imaging.image import Image
from pixture.options.classes import NO_CLASSES, Classes
from pixture.options.method import Method
from pixture.segmentation.classes.derived import classified
from pixture.segmentation.segment import segment_image
from pixture.segmentation.segmentation import Segmentation

if TYPE_CHECKING:
    from pixture.batch.large_images.resumable_run import Watch as PassesWatch
    from pixture.scale.sources.source import Source
    from pixture.scale.workers import Workers
    from pixture.segmentation.large_images.source_fit import SourceFit


@dataclass(frozen=True, eq=False)
class FitEach:
    """A fit to each image, by one method whose files are opened."""

    method: Method
    classes: Classes = NO_CLASSES

    def __call__(self, image: Image, watch: Watch, /) -> Segmentation:
        """Return the segmentation of an image."""
        found = segment_image(image, self.method, on_step=watch.step, on_progress=watch.compared)
        return classified(found, self.classes)

    def of_source(self, source: Source, workers: Workers, watch: PassesWatch, /) -> SourceFit:
        """Return the mixture of a source's pixels."""
        from pixture.segmentation.large_images.source_fit import fit_source  # loaded where an image is large

        found = fit_source(source, self.method, workers, on_step=watch.step, on_progress=watch.compared)
        return found.classified(self.classes)

    @property
    def plan(self) -> Method:
        """How images are segmented."""
        return self.method
