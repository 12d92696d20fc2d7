"""pixture: image segmentation by Gaussian mixtures, fitted exactly with Expectation-Maximization.

>>> import numpy as np
>>> import pixture
>>> image = np.repeat(np.array([[10, 11, 200, 201]], np.uint8), 4, axis=0)
>>> pixture.segment(image, 2).labels[0]
array([0, 0, 1, 1], dtype=uint8)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixture.choices import Choices
    from pixture.errors import (
        ChoiceError,
        CollapsedComponentWarning,
        CompilerError,
        DisplayError,
        FewerComponentsWarning,
        FirstFrameWarning,
        ImageError,
        KernelCacheWarning,
        LabelWithoutPixelsWarning,
        LostPrecisionWarning,
        MaskedValuesWarning,
        MixtureError,
        OlderReportWarning,
        PixtureError,
        PixtureWarning,
        ReadError,
        SampleError,
        TreeError,
        UnclearMaskWarning,
        UnclearNodataWarning,
        UnlikeModelWarning,
        WriteError,
    )
    from pixture.estimators.bayesian import BayesianGaussianMixture
    from pixture.estimators.gaussian import GaussianMixture
    from pixture.estimators.student import TMixture
    from pixture.imaging.histogram import Histogram, histogram
    from pixture.imaging.image import Image, image_from_array
    from pixture.imaging.read import read
    from pixture.mixture.diagnosis import Diagnosis, diagnose
    from pixture.mixture.distance import bhattacharyya, kullback_leibler
    from pixture.mixture.ellipse import Ellipse, ellipse, interval
    from pixture.mixture.em import Fit, Step, Stop
    from pixture.mixture.fit import fit
    from pixture.mixture.merging import Merging, merge_components
    from pixture.mixture.mixture import Mixture
    from pixture.mixture.prior import Prior
    from pixture.mixture.recording import Recording, record
    from pixture.mixture.sample import WeightedSample
    from pixture.mixture.selection import Selection
    from pixture.mixture.synthetic import synthetic
    from pixture.segmentation.evaluate import evaluate
    from pixture.segmentation.evaluation.evaluation import Evaluation
    from pixture.segmentation.model import ImageModel, apply, fit_images
    from pixture.segmentation.regions.find import regions
    from pixture.segmentation.regions.regions import Regions
    from pixture.segmentation.regions.tree import MergeTree
    from pixture.segmentation.segment import segment
    from pixture.segmentation.segmentation import Segmentation
    from pixture.segmentation.select import select
    from pixture.view.animation import Animation

__version__ = "0.1.0"

__all__ = [
    "Animation",
    "BayesianGaussianMixture",
    "ChoiceError",
    "Choices",
    "CollapsedComponentWarning",
    "CompilerError",
    "Diagnosis",
    "DisplayError",
    "Ellipse",
    "Evaluation",
    "FewerComponentsWarning",
    "FirstFrameWarning",
    "Fit",
    "GaussianMixture",
    "Histogram",
    "Image",
    "ImageError",
    "ImageModel",
    "KernelCacheWarning",
    "LabelWithoutPixelsWarning",
    "LostPrecisionWarning",
    "MaskedValuesWarning",
    "MergeTree",
    "Merging",
    "Mixture",
    "MixtureError",
    "OlderReportWarning",
    "PixtureError",
    "PixtureWarning",
    "Prior",
    "ReadError",
    "Recording",
    "Regions",
    "SampleError",
    "Segmentation",
    "Selection",
    "Step",
    "Stop",
    "TMixture",
    "TreeError",
    "UnclearMaskWarning",
    "UnclearNodataWarning",
    "UnlikeModelWarning",
    "WeightedSample",
    "WriteError",
    "__version__",
    "apply",
    "bhattacharyya",
    "diagnose",
    "ellipse",
    "evaluate",
    "fit",
    "fit_images",
    "histogram",
    "image_from_array",
    "interval",
    "kullback_leibler",
    "merge_components",
    "read",
    "record",
    "regions",
    "segment",
    "select",
    "synthetic",
]

# Where each name lives. Loaded when first used (SPEC 1), so that `import pixture` costs next to nothing.
_HOMES = {
    "Animation": "pixture.view.animation",
    "BayesianGaussianMixture": "pixture.estimators.bayesian",
    "Choices": "pixture.choices",
    "Diagnosis": "pixture.mixture.diagnosis",
    "Ellipse": "pixture.mixture.ellipse",
    "Evaluation": "pixture.segmentation.evaluation.evaluation",
    "Fit": "pixture.mixture.em",
    "GaussianMixture": "pixture.estimators.gaussian",
    "Histogram": "pixture.imaging.histogram",
    "Image": "pixture.imaging.image",
    "ImageModel": "pixture.segmentation.model",
    "Merging": "pixture.mixture.merging",
    "MergeTree": "pixture.segmentation.regions.tree",
    "Mixture": "pixture.mixture.mixture",
    "Prior": "pixture.mixture.prior",
    "Recording": "pixture.mixture.recording",
    "Regions": "pixture.segmentation.regions.regions",
    "Segmentation": "pixture.segmentation.segmentation",
    "Selection": "pixture.mixture.selection",
    "Step": "pixture.mixture.em",
    "Stop": "pixture.mixture.em",
    "TMixture": "pixture.estimators.student",
    "WeightedSample": "pixture.mixture.sample",
    "bhattacharyya": "pixture.mixture.distance",
    "diagnose": "pixture.mixture.diagnosis",
    "ellipse": "pixture.mixture.ellipse",
    "evaluate": "pixture.segmentation.evaluate",
    "apply": "pixture.segmentation.model",
    "fit": "pixture.mixture.fit",
    "fit_images": "pixture.segmentation.model",
    "histogram": "pixture.imaging.histogram",
    "image_from_array": "pixture.imaging.image",
    "interval": "pixture.mixture.ellipse",
    "kullback_leibler": "pixture.mixture.distance",
    "merge_components": "pixture.mixture.merging",
    "read": "pixture.imaging.read",
    "record": "pixture.mixture.recording",
    "regions": "pixture.segmentation.regions.find",
    "segment": "pixture.segmentation.segment",
    "select": "pixture.segmentation.select",
    "synthetic": "pixture.mixture.synthetic",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'pixture' has no attribute {name!r}")
    home = _HOMES.get(name, "pixture.errors")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
