"""How a segmentation is made of each image by one model; what that stands on is loaded where there is one."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.batch.fit_each import classified
from pixture.batch.segmentations import Watch
from pixture.imaging.image import Image
from pixture.options.classes import NO_CLASSES, Classes
from pixture.options.spatial import USUAL, Spatial
from pixture.segmentation.many_images.image_model import ImageModel, apply_to
from pixture.segmentation.segmentation import Segmentation


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
