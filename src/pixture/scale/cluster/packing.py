"""Work as the bytes that are sent to workers: what would be an image in them is refused."""

from __future__ import annotations

import io
from typing import Any

import cloudpickle
from distributed import Future

from pixture.errors import ClusterError
from pixture.scale.sources.source import ImageSource

MOST_SENT = 2**26
"""Bytes of work that are sent with each task: a mixture and a path are some thousands."""


class _Packer(cloudpickle.Pickler):  # type: ignore[misc]  # it has no types
    """Pickles what processes can send each other, functions of a notebook too."""

    def persistent_id(self, thing: Any) -> None:
        """Return None, that it is pickled as usual; refuse what only this process has.

        Raises
        ------
        ClusterError
            It is an image in memory, or lies on a cluster.
        """
        if isinstance(thing, ImageSource):
            raise ClusterError(
                "The image is in the memory of this process, and the workers of a cluster read images by "
                "themselves: write it to a file that they can read (Zarr, tiled TIFF, .npy) and give its "
                "path, or segment it here, without the cluster."
            )
        if isinstance(thing, Future):
            raise ClusterError(
                "The array was computed on a cluster before (persist): give the one that it was made from, "
                "and each worker computes the chunks that it needs."
            )


def packed(work: Any) -> bytes:
    """Return the bytes that are sent for some work.

    Raises
    ------
    ClusterError
        It holds an image, or cannot be sent.
    """
    buffer = io.BytesIO()
    try:
        _Packer(buffer).dump(work)
    except (TypeError, AttributeError, ValueError) as error:
        raise ClusterError(f"The work cannot be sent to the workers of a cluster: {error}.") from error
    found = buffer.getvalue()
    if len(found) > MOST_SENT:
        raise ClusterError(
            f"The work holds {len(found) / 2**20:,.0f} MB that each worker would be sent: keep the image in "
            "a file that they can read (Zarr, tiled TIFF, .npy), or a Dask array that is made from one."
        )
    return found
