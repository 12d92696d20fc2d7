"""A source and a mixture -> the field by which pieces are labelled so that neighbours agree."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import gettempdir

import numpy as np

from pixture.arrays import Mask
from pixture.files.output_files import explained
from pixture.files.temporary_files import remove_stale, written_folder
from pixture.imaging.window import Window
from pixture.mixture.em.em import summarise
from pixture.mixture.em.fit import floor_of, shrinkage_at
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import Choices
from pixture.options.spatial import ICM, Spatial
from pixture.scale.sample.source_sample import SourceSample
from pixture.scale.sources.part_of_source import Boxed, EverySecond
from pixture.scale.sources.source import Description, Source
from pixture.scale.stores.pixel_store import BYTES, refuse_too_little_room
from pixture.scale.workers import Workers
from pixture.segmentation.field.potts_em import OnIteration, Prior, maximise_under_prior
from pixture.segmentation.field.smooth import LIGHT_SWEEPS, MOST_ITERATIONS, coarse_first, strength_of
from pixture.segmentation.large_images.field.field_view import FieldView, field_view, squares_of
from pixture.segmentation.large_images.field.fitted_field import FittedField
from pixture.segmentation.large_images.field.light_field import LightField
from pixture.segmentation.large_images.field.mask_extent import MaskExtent, mask_extent
from pixture.segmentation.large_images.field.posteriors_in_pieces import InPieces, LostPosteriorsError

USUAL_ITERATIONS = 16
"""Iterations that photographs of few components take, in the middle."""


@dataclass(frozen=True)
class FieldCost:
    """About what it takes to smooth an image larger than memory.

    Attributes
    ----------
    passes
        How many times all pixels are read; with a strength, or "auto", about.
    scratch
        Bytes that are kept on the disk meanwhile.

    Examples
    --------
    >>> description = Description("yxc", (32768, 32768), 3, np.dtype(np.uint8))
    >>> field_cost(description, 4, Spatial("auto"), Choices(4))
    FieldCost(passes=17, scratch=34359738368)
    """

    passes: int
    scratch: int


def field_cost(description: Description, components: int, spatial: Spatial, choices: Choices) -> FieldCost:
    """Return about what smoothing takes, the pass that writes labels among it."""
    if spatial.is_off or spatial.is_light or components == 1:
        return FieldCost(1, 0)
    coarse = coarse_first(choices, description.axes, description.size)
    iterations = min(choices.max_iter, USUAL_ITERATIONS)
    passes = iterations * (2 if coarse else 1) + 1
    return FieldCost(passes, 2 * BYTES * components * description.size)


@contextmanager
def field_of(
    known: SourceSample,
    mixture: Mixture,
    spatial: Spatial,
    choices: Choices,
    workers: Workers,
    *,
    keep_mixture: bool = False,
    scratch: Path | None = None,
    lasting: bool = False,
    on_iteration: OnIteration | None = None,
) -> Iterator[LightField | FittedField | None]:
    """Give the field by which pieces of a source are labelled; None where neighbours have no say.

    Parameters
    ----------
    known
        The image, and its sample.
    mixture
        Fitted without the prior.
    spatial, choices
        As in `smoothed`.
    workers
        Who goes through the pieces.
    keep_mixture
        Whether the mixture stays as it is.
    scratch
        The folder in which posteriors are kept, in a hidden one that is removed in the end; other machines
        that work see it too. None takes that of temporary files.
    lasting
        Whether `scratch` itself is to hold them, so that a run which was ended goes on from the last
        iteration that it finished; who gave it removes it. It is made where it is not there.
    on_iteration
        As in `maximise_under_prior`.

    Raises
    ------
    ChoiceError
        There is no such neighbourhood.
    WriteError
        There is no room for the posteriors.
    """
    if spatial.is_off or mixture.components == 1:
        yield None
        return
    source, extent = known.source, None
    box = Window.of(source.description.shape)
    if known.pixels < source.description.size:
        extent = mask_extent(source, workers)
        if source.description.axes[:3] == "zyx":  # as `box_of` of what is in memory
            box = extent.box
            extent = extent.within(box)
            source = Boxed(source, box)
    view = field_view(source, known, spatial)
    if spatial.is_light:
        yield LightField(view, mixture, box, LIGHT_SWEEPS, spatial.inference == ICM)
        return
    needed = 2 * BYTES * mixture.components * source.description.size
    with _room_for(needed, scratch, lasting=lasting) as folder:
        fitted = partial(
            _fitted,
            known,
            view,
            box,
            extent,
            mixture,
            spatial,
            choices,
            workers,
            folder,
            keep_mixture,
            on_iteration,
        )
        try:
            found = fitted()
        except LostPosteriorsError:
            shutil.rmtree(folder)
            folder.mkdir()
            found = fitted()
        yield found


@contextmanager
def _room_for(needed: int, scratch: Path | None, *, lasting: bool) -> Iterator[Path]:
    """Give a folder with room for so many bytes."""
    room = Path(gettempdir()) if scratch is None else scratch
    if lasting:
        try:
            room.mkdir(exist_ok=True)
        except OSError as error:
            raise explained(room, error) from error
        there = sum(path.stat().st_size for path in room.rglob("*") if path.is_file())
        refuse_too_little_room(room, needed - there)
        yield room
        return
    refuse_too_little_room(room, needed)
    remove_stale(room)
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(written_folder(room, {}))
        except OSError as error:
            raise explained(room, error) from error
        yield folder


def _fitted(
    known: SourceSample,
    view: FieldView,
    box: Window,
    extent: MaskExtent | None,
    mixture: Mixture,
    spatial: Spatial,
    choices: Choices,
    workers: Workers,
    folder: Path,
    keep_mixture: bool,
    on_iteration: OnIteration | None,
) -> FittedField:
    """Return the field under which a mixture was fitted, as `smoothed` does in memory."""
    sample, description = known.sample, view.source.description
    prior = Prior(strength_of(spatial), certain=spatial.inference == ICM)
    lines = None if extent is None else extent.lines
    floor, most, shrinkage = None, MOST_ITERATIONS, None
    if not keep_mixture:
        floor, most = floor_of(sample, choices), min(choices.max_iter, MOST_ITERATIONS)
        if coarse_first(choices, description.axes, description.size):
            few = EverySecond(view.source)
            seen = replace(view, source=few, usual=squares_of(few))
            in_pieces = InPieces(
                seen, sample, _lines_of(few, extent, workers), workers, folder / "few", fitting=True
            )
            led = maximise_under_prior(in_pieces, mixture, prior, floor, most).mixture
            in_pieces.forget()
            mixture = led if led.components == mixture.components else mixture
        shrinkage = shrinkage_at(sample, mixture, choices)
    in_pieces = InPieces(view, sample, lines, workers, folder / "all", fitting=not keep_mixture)
    found = maximise_under_prior(in_pieces, mixture, prior, floor, most, on_iteration, shrinkage=shrinkage)
    in_pieces.refuse_lost()
    order = np.arange(found.mixture.components)
    if not keep_mixture:
        order = np.argsort(found.mixture.means @ known.direction, kind="stable")
    fitted = found.mixture.permuted(order)
    return FittedField(
        source=view.source,
        box=box,
        mixture=fitted if not keep_mixture else mixture,
        store=in_pieces.store,
        labels=in_pieces.labels,
        order=order,
        neighbours=view.neighbours,
        strength=found.strength,
        estimated=prior.strength is None,
        iterations=found.iterations,
        settled=found.settled,
        log_likelihood=summarise(sample, fitted).log_likelihood / sample.total_weight,
    )


def _lines_of(source: Source, extent: MaskExtent | None, workers: Workers) -> Mask | None:
    """Return on which lines of a source pixels take part; None where all of a whole do."""
    return None if extent is None else mask_extent(source, workers).lines
