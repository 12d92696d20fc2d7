"""The mixture behind a segmentation as a model that other images are segmented by."""

from __future__ import annotations

from pathlib import Path

from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.many_images.image_model import ImageModel
from pixture.segmentation.segmentation import Segmentation


def save_model(segmentation: Segmentation, path: Path) -> Path:
    """Write the mixture of a segmentation as `pixture apply` takes it; return the path.

    It is the mixture of components, not of classes that some of them were merged to. One of features is a
    plain mixture: `pixture.apply` takes it with the same features.
    """
    smoothing, fit = segmentation.smoothing, segmentation.fit
    mixture = fit.mixture if smoothing is None else smoothing.mixture
    if segmentation.features is not None:
        return mixture.save(path)
    image, origin = segmentation.image, segmentation.image.origin
    distinct, pixels = _counted(segmentation)
    in_pieces = isinstance(segmentation, LargeSegmentation)  # of so many bytes no digest is taken
    facts = {
        "choices": segmentation.choices.as_dict(),
        "iterations": fit.iterations,
        "stop": fit.stop.name.lower(),
        "log_likelihood_per_pixel": fit.log_likelihood,
        "distinct_values": distinct,
        "pixels": pixels,
        "images": []
        if origin is None
        else [{"path": str(origin.path), "sha256": None if in_pieces else origin.sha256}],
    }
    return ImageModel(mixture, str(image.pixels.dtype), facts, image.inputs.paths).save(path)


def _counted(segmentation: Segmentation) -> tuple[int, float]:
    """Return to how many distinct values (or single pixels) a mixture was fitted, and of how many pixels."""
    if not isinstance(segmentation, LargeSegmentation):
        sample = segmentation.histogram.sample
        return sample.size, sample.total_weight
    pixels = float(segmentation.facts.sums.pixels.sum())
    distinct = segmentation.facts.distinct
    return int(pixels) if distinct is None else distinct, pixels
