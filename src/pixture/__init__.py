"""pixture: image segmentation by Gaussian mixtures, fitted exactly with Expectation-Maximization.

>>> import numpy as np
>>> import pixture
>>> image = np.repeat(np.array([[10, 11, 200, 201]], np.uint8), 4, axis=0)
>>> pixture.segment(image, 2).labels[0]
array([0, 0, 1, 1], dtype=uint8)
"""

from __future__ import annotations

import importlib
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixture.errors import (
        ChoiceError,
        ClusterError,
        CollapsedComponentWarning,
        CompilerError,
        DisplayError,
        FewerComponentsWarning,
        FirstFrameWarning,
        ImageError,
        InputChangedWarning,
        KernelCacheWarning,
        KeywordError,
        LabelWithoutPixelsWarning,
        LostPrecisionWarning,
        LostWorkerWarning,
        ManySpecksWarning,
        MaskedValuesWarning,
        MissingChunksWarning,
        MixtureError,
        NotKeptWarning,
        OlderReportWarning,
        PixtureError,
        PixtureWarning,
        PriorNormalisedWarning,
        ReadError,
        ResumeError,
        SampleError,
        TreeError,
        UnclearAxesWarning,
        UnclearMaskWarning,
        UnclearNodataWarning,
        UnclearPlaceWarning,
        UnclearScribblesWarning,
        UnlikeChannelsWarning,
        UnlikeModelWarning,
        UnsplitObjectsWarning,
        WriteError,
    )
    from pixture.estimators.bayesian_gaussian_mixture import BayesianGaussianMixture
    from pixture.estimators.gaussian_mixture import GaussianMixture
    from pixture.estimators.t_mixture import TMixture
    from pixture.imaging.histogram.histogram import Histogram
    from pixture.imaging.image import Image
    from pixture.imaging.image_from_array import image_from_array
    from pixture.imaging.readers.read import read
    from pixture.mixture.comparison.component_merging import Merging, merge_components
    from pixture.mixture.comparison.diagnosis import Diagnosis, diagnose
    from pixture.mixture.comparison.distance import bhattacharyya, kullback_leibler
    from pixture.mixture.comparison.ellipse import Ellipse, ellipse, interval
    from pixture.mixture.em.fit import fit
    from pixture.mixture.em.fit_result import Fit, Step, Stop
    from pixture.mixture.em.recording import Recording, record
    from pixture.mixture.extensions.conjugate_prior import Prior
    from pixture.mixture.model.mixture import Mixture
    from pixture.mixture.model.synthetic_points import synthetic
    from pixture.mixture.model.weighted_sample import WeightedSample
    from pixture.mixture.model_selection.selection import Selection
    from pixture.options.features import FeatureChoice
    from pixture.options.fitting import Choices
    from pixture.options.guidance import Guidance
    from pixture.options.reading import Reading
    from pixture.options.scan import Scan
    from pixture.options.spatial import Spatial
    from pixture.options.times import Times
    from pixture.segmentation.component_count.select_components import select
    from pixture.segmentation.evaluation.evaluate import evaluate
    from pixture.segmentation.evaluation.evaluation import Evaluation
    from pixture.segmentation.field.smoothing import Smoothing
    from pixture.segmentation.guidance.marks import Marks
    from pixture.segmentation.many_images.fit_images import fit_images
    from pixture.segmentation.many_images.image_model import ImageModel, apply
    from pixture.segmentation.objects.find_objects import find_objects
    from pixture.segmentation.objects.objects import Objects
    from pixture.segmentation.regions.find_regions import regions
    from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree
    from pixture.segmentation.regions.regions import Regions
    from pixture.segmentation.segment import segment
    from pixture.segmentation.segmentation import Segmentation
    from pixture.segmentation.sources.source_histogram import histogram
    from pixture.studio.notebook import open_studio
    from pixture.view.animation.animation import Animation

__version__ = "0.1.0"

__all__ = [
    "Animation",
    "BayesianGaussianMixture",
    "ChoiceError",
    "Choices",
    "ClusterError",
    "CollapsedComponentWarning",
    "CompilerError",
    "Diagnosis",
    "DisplayError",
    "Ellipse",
    "Evaluation",
    "FeatureChoice",
    "FewerComponentsWarning",
    "FirstFrameWarning",
    "Fit",
    "GaussianMixture",
    "Guidance",
    "Histogram",
    "Image",
    "ImageError",
    "ImageModel",
    "InputChangedWarning",
    "KernelCacheWarning",
    "KeywordError",
    "LabelWithoutPixelsWarning",
    "LostPrecisionWarning",
    "LostWorkerWarning",
    "ManySpecksWarning",
    "Marks",
    "MaskedValuesWarning",
    "MergeTree",
    "Merging",
    "MissingChunksWarning",
    "Mixture",
    "MixtureError",
    "NotKeptWarning",
    "Objects",
    "OlderReportWarning",
    "PixtureError",
    "PixtureWarning",
    "Prior",
    "PriorNormalisedWarning",
    "ReadError",
    "Reading",
    "Recording",
    "Regions",
    "ResumeError",
    "SampleError",
    "Scan",
    "Segmentation",
    "Selection",
    "Smoothing",
    "Spatial",
    "Step",
    "Stop",
    "TMixture",
    "Times",
    "TreeError",
    "UnclearAxesWarning",
    "UnclearMaskWarning",
    "UnclearNodataWarning",
    "UnclearPlaceWarning",
    "UnclearScribblesWarning",
    "UnlikeChannelsWarning",
    "UnlikeModelWarning",
    "UnsplitObjectsWarning",
    "WeightedSample",
    "WriteError",
    "__version__",
    "apply",
    "bhattacharyya",
    "diagnose",
    "ellipse",
    "evaluate",
    "find_objects",
    "fit",
    "fit_images",
    "histogram",
    "image_from_array",
    "interval",
    "kullback_leibler",
    "merge_components",
    "open_studio",
    "read",
    "record",
    "regions",
    "segment",
    "select",
    "synthetic",
]

# Where each name lives. Loaded when first used (SPEC 1), so that `import pixture` costs next to nothing.
_HOMES = {
    "Animation": "pixture.view.animation.animation",
    "BayesianGaussianMixture": "pixture.estimators.bayesian_gaussian_mixture",
    "Choices": "pixture.options.fitting",
    "Smoothing": "pixture.segmentation.field.smoothing",
    "Spatial": "pixture.options.spatial",
    "Diagnosis": "pixture.mixture.comparison.diagnosis",
    "Ellipse": "pixture.mixture.comparison.ellipse",
    "Evaluation": "pixture.segmentation.evaluation.evaluation",
    "Fit": "pixture.mixture.em.fit_result",
    "GaussianMixture": "pixture.estimators.gaussian_mixture",
    "FeatureChoice": "pixture.options.features",
    "Guidance": "pixture.options.guidance",
    "Reading": "pixture.options.reading",
    "Scan": "pixture.options.scan",
    "Times": "pixture.options.times",
    "Histogram": "pixture.imaging.histogram.histogram",
    "Image": "pixture.imaging.image",
    "ImageModel": "pixture.segmentation.many_images.image_model",
    "Merging": "pixture.mixture.comparison.component_merging",
    "Marks": "pixture.segmentation.guidance.marks",
    "MergeTree": "pixture.segmentation.regions.merge_tree.merge_tree",
    "Mixture": "pixture.mixture.model.mixture",
    "Objects": "pixture.segmentation.objects.objects",
    "Prior": "pixture.mixture.extensions.conjugate_prior",
    "Recording": "pixture.mixture.em.recording",
    "Regions": "pixture.segmentation.regions.regions",
    "Segmentation": "pixture.segmentation.segmentation",
    "Selection": "pixture.mixture.model_selection.selection",
    "Step": "pixture.mixture.em.fit_result",
    "Stop": "pixture.mixture.em.fit_result",
    "TMixture": "pixture.estimators.t_mixture",
    "WeightedSample": "pixture.mixture.model.weighted_sample",
    "bhattacharyya": "pixture.mixture.comparison.distance",
    "diagnose": "pixture.mixture.comparison.diagnosis",
    "ellipse": "pixture.mixture.comparison.ellipse",
    "evaluate": "pixture.segmentation.evaluation.evaluate",
    "apply": "pixture.segmentation.many_images.image_model",
    "find_objects": "pixture.segmentation.objects.find_objects",
    "fit": "pixture.mixture.em.fit",
    "fit_images": "pixture.segmentation.many_images.fit_images",
    "histogram": "pixture.segmentation.sources.source_histogram",
    "image_from_array": "pixture.imaging.image_from_array",
    "interval": "pixture.mixture.comparison.ellipse",
    "kullback_leibler": "pixture.mixture.comparison.distance",
    "merge_components": "pixture.mixture.comparison.component_merging",
    "open_studio": "pixture.studio.notebook",
    "read": "pixture.imaging.readers.read",
    "record": "pixture.mixture.em.recording",
    "regions": "pixture.segmentation.regions.find_regions",
    "segment": "pixture.segmentation.segment",
    "select": "pixture.segmentation.component_count.select_components",
    "synthetic": "pixture.mixture.model.synthetic_points",
}


# Functions, as they are at the door (`keywords`). They are no attributes of the module: in it, their examples
# would be looked for once more, and would miss what their own modules import.
_FUNCTIONS: dict[str, object] = {}


def __getattr__(name: str) -> object:
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    if name not in __all__:
        raise AttributeError(f"module 'pixture' has no attribute {name!r}")
    home = _HOMES.get(name, "pixture.errors")
    value = getattr(importlib.import_module(home), name)
    if isinstance(value, FunctionType):
        from pixture.keywords import with_known_keywords

        # two threads that ask at once get the same function, which pickle wants
        return _FUNCTIONS.setdefault(name, with_known_keywords(value))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
