"""The mixture behind a segmentation as a model that other images are segmented by."""

from __future__ import annotations

from pathlib import Path

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
    image, sample = segmentation.image, segmentation.histogram.sample
    origins = [] if image.origin is None else [image.origin]
    facts = {
        "choices": segmentation.choices.as_dict(),
        "iterations": fit.iterations,
        "stop": fit.stop.name.lower(),
        "log_likelihood_per_pixel": fit.log_likelihood,
        "distinct_values": sample.size,
        "pixels": sample.total_weight,
        "images": [{"path": str(origin.path), "sha256": origin.sha256} for origin in origins],
    }
    return ImageModel(mixture, str(image.pixels.dtype), facts, image.inputs.paths).save(path)
