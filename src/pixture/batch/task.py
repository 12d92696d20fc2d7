"""What is done with each of many images, and which files are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path

from pixture.batch.file_list import BatchFile
from pixture.batch.large_images.destination import is_there
from pixture.batch.large_images.which_files import LargeFiles
from pixture.files.addresses import Address
from pixture.files.input_files import Inputs
from pixture.files.output_files import NO_INPUTS, is_file, is_store, stem_of
from pixture.imaging.writers.families import FAMILIES, OME_ZARR, PNG, Family
from pixture.options.batch import ONE_BY_ONE
from pixture.options.classes import ObjectChoices
from pixture.options.pixels import Pixels
from pixture.options.reading import NO_CHOICE, Reading
from pixture.options.writing import Writing
from pixture.view.output.save_segmentation import REPORT, is_of_pieces, large_paths, output_paths


class Outputs(Enum):
    """Which files are made of an image."""

    SET = auto()
    SET_AND_REPORT = auto()
    REPORT = auto()

    def paths(
        self,
        writing: Writing,
        stem: str,
        *,
        fitted: bool = True,
        objects: bool = False,
        family: Family = PNG,
    ) -> list[Path]:
        """Return where they go; the last says that all of them are there.

        Where nothing is fitted, there is no convergence to plot; of objects, if they are found, the table;
        labels and maps in a family's format.

        >>> [path.name for path in Outputs.REPORT.paths(Writing(), "cat")]
        ['cat.report.html']
        """
        if self is Outputs.REPORT:
            return [writing.output / f"{stem}{REPORT}"]
        report = self is Outputs.SET_AND_REPORT
        return output_paths(writing, stem, report=report, fitted=fitted, objects=objects, family=family)


@dataclass(frozen=True, eq=False)
class Task:
    """What is done with each of the files, but for how a segmentation is made of it.

    It is a value that goes to other processes.

    Attributes
    ----------
    pixels
        The mask, the same for all; it is opened once.
    writing
        Where the results go, and what to do where results are there already: replace them, leave them and go
        on, or (neither) fail. Left are files that are all there: a set without the report that is asked for
        is incomplete, and one that is incomplete fails.
    outputs
        Which files are made of each image.
    fitted
        Whether a mixture is fitted to each image, or one applied that is there.
    inputs
        Files that are read besides, such as a model's. No result replaces one of them, an image or the mask.
    flat
        Whether overlays show the labels' colours without the images.
    objects
        Which objects are found of each segmentation, where they are wanted; they are saved with it.
    reading
        Which part of each file is read.
    with_record
        Whether the record of each is told too.
    summary
        In what several images are summarised.
    large
        How files are gone through that are larger than the memory they may take.
    """

    pixels: Pixels
    writing: Writing
    outputs: Outputs = Outputs.SET
    fitted: bool = True
    inputs: Inputs = NO_INPUTS
    flat: bool = False
    objects: ObjectChoices | None = None
    reading: Reading = NO_CHOICE
    with_record: bool = False
    summary: tuple[str, ...] = ONE_BY_ONE.summary
    large: LargeFiles = field(default_factory=LargeFiles)

    def of(self, file: BatchFile) -> Task:
        """Return what is done with one of the files: where its results go, and what they may replace."""
        writing = replace(self.writing, output=file.folder)
        if file.ours:
            writing = replace(writing, skip_existing=False, overwrite=True)
        return replace(self, writing=writing)

    def expected(self, path: Path, family: Family = PNG) -> list[Path]:
        """Return the files that are made of one, labels in a family's format."""
        return self.outputs.paths(
            self.writing,
            stem_of(path),
            fitted=self.fitted,
            objects=self.objects is not None,
            family=family,
        )

    def is_done(self, path: Path) -> bool:
        """Whether all files that are made of one are there: in which format is seen when it is read."""
        if isinstance(self.writing.output, Address):
            return self._is_done_in_pieces(path, OME_ZARR)
        return any(
            all(map(is_file, self.expected(path, family))) or self._is_done_in_pieces(path, family)
            for family in FAMILIES
        )

    def _is_done_in_pieces(self, path: Path, family: Family) -> bool:
        """Whether all files are there that are made of one that is segmented piece by piece."""
        if self.outputs is not Outputs.SET or self.writing.vector is not None:
            return False
        objects = self.objects is not None
        expected = large_paths(self.writing, stem_of(path), family, fitted=self.fitted, objects=objects)
        if isinstance(self.writing.output, Address):
            return all(map(is_there, expected))
        return all(map(_is_there, expected)) and is_of_pieces(expected[-1])


def _is_there(path: Path) -> bool:
    """Whether a file is there, or a store."""
    return is_file(path) or is_store(path)
