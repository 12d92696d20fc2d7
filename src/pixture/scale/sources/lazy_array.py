"""Arrays that are computed, or read, part by part: dask's, zarr's, and xarray's of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array
from pixture.errors import PixtureError, ReadError, without_remarks
from pixture.imaging.axes import arranged, axes_of_shape, usual_order
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array, part_from_array
from pixture.imaging.libraries.description import NOTHING
from pixture.imaging.libraries.named_arrays import description_of, dimensions_of, is_of
from pixture.imaging.validity.nodata_values import Nodata
from pixture.imaging.window import Window
from pixture.scale.sources.array_layout import DROPPED, Layout
from pixture.scale.sources.file_source import where
from pixture.scale.sources.source import Description, ImageSource, Source


@dataclass(frozen=True, eq=False)
class LazyArraySource:
    """An array whose values are not there yet: `Source` says what its methods are.

    It is sent with its array: dask's with the graph that computes it, zarr's with where its store is.

    Attributes
    ----------
    description
        Of the image.
    array
        dask's or zarr's own.
    layout
        Of its axes.
    known
        As `image_from_array` takes it.
    """

    description: Description
    array: Any
    layout: Layout
    known: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"<LazyArraySource: {self.description}>"

    def read(self, window: Window) -> Image:
        """As `Source` says; the part is computed by the thread that asks."""
        try:
            part = computed(self.array[self.layout.box(window)])
        except PixtureError:
            raise
        except Exception as error:
            raise ReadError(f"The array cannot be computed in {where(window)}: {error}") from error
        with without_remarks():
            image = part_from_array(self.layout.kept(part), axes=self.layout.axes, **self.known)
        return replace(image, place=None, beside=())


def computed(part: Any) -> Array:
    """Return the values of a part: dask's are computed here, not by whatever scheduler there is."""
    if is_of("dask.array", "Array", part):
        part = part.compute(scheduler="synchronous")
    return np.asarray(part)


def array_source(
    array: npt.ArrayLike,
    *,
    axes: str | None = None,
    spacing: Iterable[float] | None = None,
    unit: str | None = None,
    alpha: bool = False,
    nodata: Nodata | None = None,
    channel_names: Iterable[str] = (),
) -> Source:
    """Return an array as a source: windows of it are those of `image_from_array` of it all.

    An array of dask or zarr, or of xarray that holds one of these, is computed or read a window at a time.
    Any other is taken whole.

    Parameters
    ----------
    array, axes, spacing, unit, alpha, nodata, channel_names
        As `image_from_array` takes them.

    Raises
    ------
    ImageError, ChoiceError
        As `image_from_array` raises them, but for what only values say.

    Examples
    --------
    >>> array_source(np.zeros((4, 5), np.uint8)).description
    <Description: 4 x 5 pixels, 1 channels, uint8>
    """
    given: Any = array
    lazy = given.data if is_of("xarray", "DataArray", given) else given
    if not is_of("dask.array", "Array", lazy) and not is_of("zarr", "Array", lazy):
        image = image_from_array(
            array,
            axes=axes,
            spacing=spacing,
            unit=unit,
            alpha=alpha,
            nodata=nodata,
            channel_names=channel_names,
        )
        return ImageSource(image)
    shape = tuple(int(length) for length in lazy.shape)
    layout, names = _layout(given, shape, axes)
    said = NOTHING
    if names:
        kept = tuple(n for n, letter in zip(shape, layout.letters, strict=True) if letter != DROPPED)
        order, letters = usual_order(layout.axes, kept)
        said = description_of(given, {letters[i]: names[o] for i, o in enumerate(order)})
    known: dict[str, Any] = {
        "spacing": said.spacing if spacing is None else tuple(spacing),
        "unit": said.unit if unit is None and spacing is None else unit,
        "alpha": alpha,
        "nodata": said.nodata if nodata is None else nodata,
        "channel_names": tuple(channel_names) or (() if alpha else said.channel_names),
        "place": said.place,
    }
    corner = Window((0,) * len(layout.image_shape), (1,) * len(layout.image_shape))
    probe = part_from_array(
        layout.kept(np.zeros([at.stop - at.start for at in layout.box(corner)], lazy.dtype)),
        axes=layout.axes,
        **known,
    )
    chunks = lazy.chunksize if is_of("dask.array", "Array", lazy) else lazy.chunks
    description = replace(
        Description.of(probe), shape=layout.image_shape, stored=layout.in_order(tuple(map(int, chunks)))
    )
    return LazyArraySource(description, lazy, layout, known)


def _layout(array: Any, shape: tuple[int, ...], axes: str | None) -> tuple[Layout, tuple[str, ...]]:
    """Return how the array's axes are those of an image, and the names of the dimensions that are kept."""
    named = dimensions_of(array)
    names = () if named is None else named.names
    stand_in: Any = np.broadcast_to(np.zeros((), np.uint8), shape)  # of no size in memory
    letters, kept = axes, names
    if axes is None and named is not None and (found := arranged(stand_in, names, named.letters)) is not None:
        _, letters, kept = found
        by_name = dict(zip(kept, letters, strict=True))
        letters = "".join(by_name.get(name, DROPPED) for name in names)
    if letters is None:
        letters = axes_of_shape(shape)
    layout = Layout(shape, letters, (0,) * len(shape))
    usual_order(layout.axes, tuple(n for n, letter in zip(shape, letters, strict=False) if letter != DROPPED))
    return layout, kept
