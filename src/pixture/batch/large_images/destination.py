"""Where the results of a large image go: a folder of this machine, or an address, such as a bucket's.

In a folder all appear when they are complete. At an address names cannot be exchanged: what is written last,
the record, says that the others are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pixture.errors import ChoiceError, WriteError
from pixture.files.addresses import Address
from pixture.files.atomic_writing import write_whole
from pixture.files.input_files import Inputs
from pixture.files.output_files import refuse_outputs
from pixture.files.temporary_files import sync_folder
from pixture.imaging.writers.families import OME_ZARR
from pixture.options.writing import Writing
from pixture.scale.sinks.opened_sink import (
    is_finished,
    is_finished_remote,
    open_remote_sink,
    open_sink,
    remote_sinks,
)
from pixture.scale.sinks.sink import Sink
from pixture.scale.sources.source import Description

if TYPE_CHECKING:
    from pixture.scale.sinks.plan import Plan
    from pixture.scale.sinks.remote_files import RemoteFiles

WRITABLE = ("s3", "gs", "az", "abfs", "abfss")
"""Addresses that results may go to."""


TRIAL = ".pixture-trial"
"""A file that is written and removed at an address, to see before the work that results can be written."""


class ResultSink(Sink, Protocol):
    """A sink that becomes one of the results."""

    @property
    def plan(self) -> Plan:
        """What is written."""

    @property
    def main(self) -> Path:
        """The file, or the store, that says that all of it is there."""


class Destination(Protocol):
    """Where the results of an image go."""

    @property
    def work(self) -> Path:
        """The folder of this machine in which the run keeps what it has done so far."""

    def refuse(self, names: Iterable[str]) -> None:
        """Refuse files that are there and must not be replaced.

        Raises
        ------
        WriteError
            There is one; or nothing can be written there.
        """

    def sink(self, name: str, description: Description, *, replaced: bool, **said: Any) -> ResultSink:
        """Return a sink for values of an image; `replaced`: whether what is there is this run's own."""

    def finished(self, name: str, main: str) -> Path | None:
        """Return a result whose finishing had begun, if it is finished; its main file is called `main`."""

    def remove_record(self, name: str) -> None:
        """Remove a record, if it is there: it would say that what is written now is its own."""

    def write(self, files: Mapping[str, bytes], *, replaced: bool) -> tuple[Path, ...]:
        """Write files, the one last that says that all are there; return their places."""


@dataclass(frozen=True, eq=False)
class InFolder:
    """A folder of this machine, as `Destination` says.

    Attributes
    ----------
    writing
        Where, and what may be replaced.
    resume
        Whether pieces are taken up that an earlier run has left.
    inputs
        Files that are read; none is replaced.
    """

    writing: Writing
    resume: bool
    inputs: Inputs

    @property
    def work(self) -> Path:
        """As `Destination` says: the folder itself."""
        return self.writing.output

    def refuse(self, names: Iterable[str]) -> None:
        """As `Destination` says."""
        places = [self.writing.output / name for name in names]
        refuse_outputs(places, overwrite=self.writing.overwrite, inputs=self.inputs)

    def sink(self, name: str, description: Description, *, replaced: bool, **said: Any) -> ResultSink:
        """As `Destination` says."""
        return open_sink(
            self.writing.output,
            name,
            description,
            format=self.writing.format,
            overwrite=self.writing.overwrite or replaced,
            resume=self.resume,
            inputs=self.inputs,
            **said,
        )

    def finished(self, name: str, main: str) -> Path | None:
        """As `Destination` says."""
        return self.writing.output / main if is_finished(self.writing.output, name) else None

    def remove_record(self, name: str) -> None:
        """As `Destination` says."""
        (self.writing.output / name).unlink(missing_ok=True)
        sync_folder(self.writing.output)

    def write(self, files: Mapping[str, bytes], *, replaced: bool) -> tuple[Path, ...]:
        """As `Destination` says."""
        contents = {self.writing.output / name: content for name, content in files.items()}
        write_whole(contents, overwrite=self.writing.overwrite or replaced, inputs=self.inputs)
        return tuple(contents)


@dataclass(frozen=True, eq=False)
class AtAddress:
    """An address, as `Destination` says: labels and maps go there piece by piece, as OME-Zarr.

    Attributes
    ----------
    writing
        Where, and what may be replaced.
    resume
        Whether pieces are taken up that an earlier run has left.
    """

    writing: Writing
    resume: bool

    @property
    def work(self) -> Path:
        """As `Destination` says: the current folder."""
        return Path()

    @property
    def _files(self) -> RemoteFiles:
        return files_at(self.writing.output)

    def refuse(self, names: Iterable[str]) -> None:
        """As `Destination` says."""
        remote_sinks()
        files, trial = self._files, str(self.writing.output / TRIAL)
        with files.explained("Look at the address, and at the keys in the environment."):
            files.put(trial, b"")  # keys that may read there need not write
            files.remove_file(trial)
            for place in () if self.writing.overwrite else (self.writing.output / name for name in names):
                if files.exists(str(place)):
                    raise WriteError(
                        f"{place} would be overwritten. Give overwrite=True to replace it, or choose another "
                        "place."
                    )

    def sink(self, name: str, description: Description, *, replaced: bool, **said: Any) -> ResultSink:
        """As `Destination` says."""
        return open_remote_sink(
            str(self.writing.output / f"{name}{OME_ZARR.suffix}"),
            description,
            overwrite=self.writing.overwrite or replaced,
            resume=self.resume,
            **said,
        )

    def finished(self, name: str, main: str) -> Path | None:
        """As `Destination` says."""
        place = self.writing.output / main
        return place if is_finished_remote(str(place)) else None

    def remove_record(self, name: str) -> None:
        """As `Destination` says."""
        with self._files.explained():
            self._files.remove_file(str(self.writing.output / name))

    def write(self, files: Mapping[str, bytes], *, replaced: bool) -> tuple[Path, ...]:
        """As `Destination` says."""
        places = {self.writing.output / name: content for name, content in files.items()}
        with self._files.explained():
            for place, content in places.items():
                self._files.put(str(place), content)
        return tuple(places)


def files_at(address: Path) -> RemoteFiles:
    """Return the small files at an address."""
    from pixture.scale.sinks.remote_files import RemoteFiles

    return RemoteFiles(str(address))


def is_there(place: Path) -> bool:
    """Whether a result is at an address: a file, or a store that is complete.

    Raises
    ------
    WriteError
        The address cannot be reached.
    """
    files = files_at(place.parent)
    with files.explained():
        if place.suffix == OME_ZARR.suffix:
            return is_finished_remote(str(place))
        return files.exists(str(place))


def destination_of(writing: Writing, *, resume: bool, inputs: Inputs) -> Destination:
    """Return where results go.

    Raises
    ------
    ChoiceError
        They go to an address, and what is asked for cannot be written there.
    """
    if not isinstance(writing.output, Address):
        return InFolder(writing, resume, inputs)
    refuse_at_address(writing)
    return AtAddress(writing, resume)


def refuse_at_address(writing: Writing) -> None:
    """Refuse an address to which nothing can be written, and formats that are not written to one.

    Raises
    ------
    ChoiceError
        It is one.
    """
    place = writing.output
    if not isinstance(place, Address):
        return
    if place.scheme not in WRITABLE:
        raise ChoiceError(
            f"{place}: nothing can be written over {place.scheme}. Give a folder, or an address in an object "
            f"store, such as s3://bucket/{place.name or 'results'}."
        )
    if writing.format not in (None, "ome-zarr"):
        raise ChoiceError(
            f"At an address labels and maps are written as OME-Zarr; got format={writing.format!r}. Leave it "
            "out, or give a folder of this machine."
        )
