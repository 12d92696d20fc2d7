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
        FewerComponentsWarning,
        FirstFrameWarning,
        ImageError,
        MaskedValuesWarning,
        MixtureError,
        PixtureError,
        PixtureWarning,
        ReadError,
        SampleError,
        UnclearNodataWarning,
        WriteError,
    )
    from pixture.imaging.histogram import Histogram, histogram
    from pixture.imaging.image import Image, image_from_array
    from pixture.imaging.read import read
    from pixture.mixture.em import Fit, Step, Stop
    from pixture.mixture.fit import fit
    from pixture.mixture.mixture import Mixture
    from pixture.mixture.sample import WeightedSample
    from pixture.segmentation.segment import segment
    from pixture.segmentation.segmentation import Segmentation

__version__ = "0.1.0"

__all__ = [
    "ChoiceError",
    "Choices",
    "FewerComponentsWarning",
    "FirstFrameWarning",
    "Fit",
    "Histogram",
    "Image",
    "ImageError",
    "MaskedValuesWarning",
    "Mixture",
    "MixtureError",
    "PixtureError",
    "PixtureWarning",
    "ReadError",
    "SampleError",
    "Segmentation",
    "Step",
    "Stop",
    "UnclearNodataWarning",
    "WeightedSample",
    "WriteError",
    "__version__",
    "fit",
    "histogram",
    "image_from_array",
    "read",
    "segment",
]

# Where each name lives. Loaded when first used (SPEC 1), so that `import pixture` costs next to nothing.
_HOMES = {
    "Choices": "pixture.choices",
    "Fit": "pixture.mixture.em",
    "Histogram": "pixture.imaging.histogram",
    "Image": "pixture.imaging.image",
    "Mixture": "pixture.mixture.mixture",
    "Segmentation": "pixture.segmentation.segmentation",
    "Step": "pixture.mixture.em",
    "Stop": "pixture.mixture.em",
    "WeightedSample": "pixture.mixture.sample",
    "fit": "pixture.mixture.fit",
    "histogram": "pixture.imaging.histogram",
    "image_from_array": "pixture.imaging.image",
    "read": "pixture.imaging.read",
    "segment": "pixture.segmentation.segment",
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
