"""How a segmentation is made of each image by one model; what that stands on is loaded where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pixture.batch.segmentations import Watch
from pixture.imaging.image import Image
from pixture.options.classes import NO_CLASSES, Classes
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.options.spatial import USUAL, Spatial
from pixture.segmentation.classes.derived import classified
from pixture.segmentation.many_images.image_model import ImageModel, apply_to
from pixture.segmentation.segmentation import Segmentation

if TYPE_CHECKING:
    from pixture.batch.large_images.resumable_run import Watch as PassesWatch
    from pixture.scale.sources.source import Source
    from pixture.scale.workers import Workers
    from pixture.segmentation.large_images.source_fit import SourceFit


@dataclass(frozen=True, eq=False)
class ApplyEach:
    """One model for all images."""

    model: ImageModel
    spatial: Spatial = USUAL
    classes: Classes = NO_CLASSES
    threads: int | None = None

    def __call__(self, image: Image, watch: Watch, /) -> Segmentation:
        """Return the segmentation of an image."""
        found = apply_to(self.model, image, spatial=self.spatial, threads=self.threads, on_step=watch.step)
        return classified(found, self.classes)

    def of_source(self, source: Source, workers: Workers, watch: PassesWatch, /) -> SourceFit:
        """Return the model's mixture as that of a source's pixels."""
        from pixture.segmentation.large_images.source_fit import given_to_source  # as in `fit_each`

        found = given_to_source(source, self.model, self.spatial, self.threads, workers)
        return found.classified(self.classes)

    @property
    def plan(self) -> Method:
        """How images are segmented."""
        mixture = self.model.mixture
        return Method(Choices(mixture.components, mixture.covariance), spatial=self.spatial)
