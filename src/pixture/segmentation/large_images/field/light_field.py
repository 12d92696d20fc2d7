"""Light smoothing of a piece: with enough of what is around it, its labels are those of the whole image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.image import Image
from pixture.imaging.window import Window, tiles
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.posterior import label_type
from pixture.segmentation.field.label_table import label_table
from pixture.segmentation.field.mean_field import CERTAIN, all_active, alone, spread, update
from pixture.segmentation.field.smooth import LIGHT_STRENGTH, LIGHT_SWEEPS
from pixture.segmentation.large_images.field.field_view import FieldView
from pixture.segmentation.posterior.field_posterior import OfPixels

BAND, LEAST_ROWS = 2**18, 32
"""Pixels of a band, about, and its rows at least."""


@dataclass(frozen=True)
class LightField:
    """How pieces of an image are smoothed lightly.

    Attributes
    ----------
    view
        How pieces are seen.
    mixture
        What pixels are labelled by.
    box
        Where in the image the view's source lies.
    sweeps
        How many times each pixel is looked at.
    certain
        As in `Prior`.
    """

    view: FieldView
    mixture: Mixture
    box: Window
    sweeps: int = LIGHT_SWEEPS
    certain: bool = False

    def posterior(self, window: Window) -> tuple[OfPixels | None, tuple[float, ...]]:
        """Return the posterior of each pixel's label in a window of the view's source.

        None where no pixel takes part. And the share that moved in each sweep.
        """
        grown = self.view.grown(window, self.sweeps)
        around = self.view.source.read(grown)
        image = cut(around, window.within(grown))
        if image.mask is not None and not image.mask.any():
            return None, (0.0,) * self.sweeps
        moved = np.zeros(self.sweeps)
        K = self.mixture.components
        planes = np.empty((K, *window.shape), np.uint16)
        labels = np.empty(window.shape, label_type(K))
        known = self._known(around) if self.view.counted else None
        all_bands = [(band, self.view.grown(band, self.sweeps)) for band in bands(window)]
        room = np.empty(2 * K * max(seen.size for _, seen in all_bands), np.float32)
        for band, seen in all_bands:
            at = seen.within(grown)
            here = cut(around, at)
            # of values that do not repeat, only so many are looked at together
            rows, both = (
                self._known(here) if known is None else (np.ascontiguousarray(known[0][at]), known[1])
            )
            q, shares = self._swept(seen, here, rows, both, room)
            moved += shares * (seen.size / grown.size)
            core = np.ascontiguousarray(q.reshape(K, *seen.shape)[(slice(None), *band.within(seen))])
            kept = OfPixels.of(image, core, 1)
            at = band.within(window)
            planes[(slice(None), *at)] = kept.planes.reshape(K, *band.shape)
            labels[at] = kept.most_probable.reshape(band.shape)
        return OfPixels(image, planes.reshape(K, -1), labels.ravel(), 1), tuple(moved.tolist())

    def _known(self, image: Image) -> tuple[Integers, Array]:
        """Return the row of each pixel, and what is known of rows, (rows + 1, 2 K).

        That is what each is without neighbours, and what its value says of each label.
        """
        values = self.view.values(image)
        table = label_table(values, self.mixture, threads=1).joint
        return values.rows(threads=1), np.concatenate([alone(table), table], axis=1)

    def _swept(
        self, seen: Window, image: Image, rows: Integers, both: Array, room: Array
    ) -> tuple[Array, Floats]:
        """Return the posteriors of a window after all sweeps, and the share that moved in each.

        `rows` are those of its pixels, `both` is what is known of rows. The posteriors are in `room`, until
        the next call.
        """
        K = self.mixture.components
        out = room[: 2 * K * seen.size].reshape(2 * K, *seen.shape)
        spread(both, rows, out, 1)
        grid = self.view.grid(seen, image, rows, len(both) - 1)
        q, joint = (part.reshape(K, *grid.rows.shape) for part in (out[:K], out[K:]))
        grid = replace(grid, joint=joint)
        sharpness = CERTAIN if self.certain else 1.0
        table = both[:, K:]
        active = all_active(grid)
        shares = [
            update(q, grid, table, LIGHT_STRENGTH, sharpness=sharpness, active=active)
            for _ in range(self.sweeps)
        ]
        return q, np.array(shares)


def bands(window: Window) -> Iterator[Window]:
    """Yield a window's bands of rows, so small that all that is known of their pixels stays in the cache.

    A window of several planes is one band: each plane has to do with those beside it.

    >>> [band.shape for band in bands(Window((0, 0), (300, 2048)))]
    [(128, 2048), (128, 2048), (44, 2048)]
    """
    several = any(length > 1 for length in window.shape[:-2])
    high = window.shape[-2] if several else max(LEAST_ROWS, BAND // window.shape[-1] // 2 * 2)
    yield from tiles(window, (*window.shape[:-2], high, window.shape[-1]))


def cut(image: Image, part: tuple[slice, ...]) -> Image:
    """Return a part of an image."""
    mask = None if image.mask is None else np.ascontiguousarray(image.mask[part])
    return replace(image, pixels=np.ascontiguousarray(image.pixels[part]), mask=mask)
