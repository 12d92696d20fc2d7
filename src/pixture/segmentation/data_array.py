"""A segmentation as an array of xarray's: labels, probabilities, uncertainty or painted values, in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pixture.errors import ChoiceError
from pixture.imaging.channels import channel_names
from pixture.imaging.libraries.xarray_arrays import as_data_array, channel_coordinate
from pixture.wording import nearest, shown

if TYPE_CHECKING:
    import xarray

    from pixture.segmentation.labelled_image import LabelledImage

WHAT = ("labels", "probabilities", "uncertainty", "painted")

COMPONENT, CLASS = "component", "class"


def data_array(segmentation: LabelledImage, what: str) -> xarray.DataArray:
    """Return one of the arrays that a segmentation has; see `Segmentation.to_xarray`."""
    image, K = segmentation.image, segmentation.mixture.components
    if what == "labels":
        said: dict[str, Any] = {"long_name": "label"}
        said["flag_values"] = np.arange(K, dtype=segmentation.labels.dtype)
        said["flag_meanings"] = " ".join(
            name.replace(" ", "_") for name in segmentation.names or [f"label_{label}" for label in range(K)]
        )
        if segmentation.masked_label is not None:
            said["_FillValue"] = segmentation.labels.dtype.type(segmentation.masked_label)
        return as_data_array(segmentation.labels, image, what, attributes=said)
    if what == "probabilities":
        along: dict[str, Any] = {COMPONENT: (COMPONENT, np.arange(K))}
        if segmentation.names:
            along[CLASS] = (COMPONENT, np.array(segmentation.names))
        return as_data_array(
            segmentation.probabilities(),
            image,
            what,
            channels=(COMPONENT, along),
            attributes={"long_name": "probability of the component", "units": "1"},
        )
    if what == "uncertainty":
        named = {"long_name": "entropy of the label's probabilities", "units": "nat"}
        return as_data_array(segmentation.entropy(), image, what, attributes=named)
    if what == "painted":
        values = segmentation.painted()
        channels = None
        if values.ndim > len(image.shape):
            channels = channel_coordinate(image, channel_names(image), values.shape[-1])
        return as_data_array(values, image, what, channels=channels)
    raise ChoiceError(
        f"what is one of {', '.join(map(repr, WHAT))}; got {shown(what)}.{nearest(str(what), WHAT)}"
    )
