"""The field that a mixture was fitted under, piece by piece: posteriors that are kept on the disk."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.arrays import Integers
from pixture.imaging.window import Window
from pixture.mixture.model.mixture import Mixture
from pixture.scale.sources.source import Source
from pixture.scale.stores.pixel_store import PixelStore
from pixture.segmentation.posterior.field_posterior import OfPixels


@dataclass(frozen=True, eq=False)
class FittedField:
    """A mixture fitted under a spatial prior, and where the posteriors of pixels are.

    Attributes
    ----------
    source
        The image, or the box of a volume in which pixels take part.
    box
        Where in the image that lies.
    mixture
        Its components from the darkest on.
    store, labels
        The posteriors, and which of those that it holds.
    order
        (K,) which of these labels each component is.
    neighbours, strength, estimated, iterations, settled, log_likelihood
        As in `Smoothing`.
    """

    source: Source
    box: Window
    mixture: Mixture
    store: PixelStore
    labels: tuple[int, ...]
    order: Integers
    neighbours: int
    strength: float
    estimated: bool
    iterations: int
    settled: bool
    log_likelihood: float

    def __repr__(self) -> str:
        return f"<FittedField: strength {self.strength:.3g}, {self.iterations} iterations>"

    @property
    def sweeps(self) -> int:
        """None is needed for a piece: all have been made."""
        return 0

    def posterior(self, window: Window) -> tuple[OfPixels | None, tuple[float, ...]]:
        """As `LightField.posterior`."""
        image = self.source.read(window)
        if image.mask is not None and not image.mask.any():
            return None, ()
        found = OfPixels.of(image, self.store.read(window, self.labels), 1)
        return found.permuted(self.order), ()
