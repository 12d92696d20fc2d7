"""A sink of an OME-Zarr store elsewhere: in a bucket, or wherever fsspec leads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import zarr
from zarr.storage import FsspecStore, MemoryStore

from pixture.arrays import Array
from pixture.errors import ChoiceError, WriteError
from pixture.files.addresses import Address
from pixture.files.output_files import STORE_MARKS
from pixture.imaging.window import Window
from pixture.imaging.writers import ome_zarr
from pixture.scale.sinks.piece_files import KEPT, checksum
from pixture.scale.sinks.plan import Plan, lists_of
from pixture.scale.sinks.remote_files import RemoteFiles
from pixture.scale.sinks.zarr_levels import ZarrLevels, chunk_keys, filled, halve
from pixture.scale.sinks.zarr_store import window_name

IDENTITY, BEGUN = "identity.json", "begun"


@dataclass(frozen=True, eq=False)
class RemoteSink:
    """A sink, as `scale.sinks.sink.Sink` says, of a store at a URL.

    Names cannot be exchanged there: so chunks are written where they stay, and what makes a store of them,
    the metadata of its root, comes last. Until then nobody takes it for one. What each piece wrote is listed,
    with checksums, at the URL with ".pieces" behind it, which is removed in the end.

    Attributes
    ----------
    url
        Of the store, such as "s3://bucket/labels.zarr".
    plan
        What is written; its folder and name are not used.
    options
        What fsspec is told of the place, such as its endpoint. Who may write there is better said where
        fsspec looks for it: these are sent to other processes.
    """

    url: str
    plan: Plan
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"<RemoteSink: {self.url}, {len(self.plan.windows):,} pieces>"

    @property
    def main(self) -> Address:
        """The store."""
        return Address(self.url)

    @property
    def levels(self) -> ZarrLevels:
        """Its arrays."""
        return ZarrLevels(self.plan)

    @property
    def _lists(self) -> str:
        return lists_of(self.url)

    def start(self, *, resume: bool) -> None:
        """Write the metadata of arrays, or take up what is there where that is of the same plan.

        Raises
        ------
        WriteError
            Something is there already, and not to be replaced; or the place cannot be reached.
        """
        with self._files.explained():
            if resume and self._get(f"{self._lists}/{IDENTITY}") == self.plan.identity.encode():
                return
            self._make_room()
            self._put(f"{self._lists}/{BEGUN}", b"")  # so that what comes now is known to be a run's
            for key, content in self._metadata({}).items():
                if "/" in key:
                    self._put(f"{self.url}/{key}", content)
            self._put(f"{self._lists}/{IDENTITY}", self.plan.identity.encode())

    def _make_room(self) -> None:
        """Remove what earlier runs have left, and an older store if it may be replaced."""
        files = self._files
        if not files.exists(self._lists) and files.exists(self.url):
            marks = [mark for mark in STORE_MARKS if files.exists(f"{self.url}/{mark}")]
            if not marks:
                raise WriteError(f"{self.url} is there, and no Zarr store. Choose another place.")
            if not self.plan.overwrite:
                raise WriteError(
                    f"{self.url} would be overwritten. Give overwrite=True to replace it, or choose another "
                    "place."
                )
            for mark in marks:  # from now on it is none
                files.remove_file(f"{self.url}/{mark}")
        self.remove()

    def _metadata(self, attributes: dict[str, Any]) -> dict[str, bytes]:
        """Return the metadata of the root and of all arrays, by their keys."""
        held: dict[str, Any] = {}
        self.levels.make(MemoryStore(held), attributes)
        return {key: content.to_bytes() for key, content in held.items()}

    def write(self, window: Window, labels: Array) -> None:
        """As `Sink` says."""
        if window != self.plan.piece_at(window.start) or labels.shape != self.plan.values_shape(window):
            raise ChoiceError(
                f"{window} is none of the pieces, of {self.plan.sides} pixels; got labels {labels.shape}."
            )
        with self._files.explained():
            listed: dict[str, str] = {}
            for number, level, part in self.levels.parts(window, labels):
                array = self._opened(number)
                array[level.slices] = part
                for key in chunk_keys(array, level):
                    name = f"{number}/{key}"
                    listed[name] = checksum(self._get(f"{self.url}/{name}") or b"").hex()
            self._put(f"{self._lists}/{window_name(window)}.json", json.dumps(listed).encode())

    def has(self, window: Window) -> bool:
        """As `Sink` says."""
        with self._files.explained():
            return self._is_whole(window)

    def kept(self) -> frozenset[Window]:
        """As `Sink` says."""
        with self._files.explained():
            return frozenset(window for window in self.plan.windows if self._is_whole(window))

    def _is_whole(self, window: Window) -> bool:
        listed = self._get(f"{self._lists}/{window_name(window)}.json")
        if listed is None or not listed.endswith(b"}"):  # not all places write a file as a whole
            return False
        return all(
            checksum(self._get(f"{self.url}/{name}") or b"").hex() == found
            for name, found in json.loads(listed).items()
        )

    def finish(self) -> tuple[str, ...]:
        """As `Sink` says; the URL is returned."""
        missing = sorted(set(self.plan.windows) - self.kept())
        if missing:
            raise WriteError(
                f"{len(missing):,} of {len(self.plan.windows):,} pieces of {self.url} are missing or "
                f"damaged, such as that at {missing[0].start}. {KEPT}"
            )
        levels = self.levels
        count = len(levels.shapes)
        with self._files.explained():
            for number in range(levels.in_pieces, count):
                halve(self._opened(number - 1), self._opened(number))
            said = ome_zarr.attributes(self.plan.hollow, levels.ranges(self._opened(count - 1)))
            # of Zarr 2, attributes come before what makes it a group
            root = {key: one for key, one in self._metadata(said).items() if "/" not in key}
            for key in sorted(root, key=lambda key: key in STORE_MARKS):
                self._put(f"{self.url}/{key}", root[key])
            self._files.remove(self._lists)
        return (self.url,)

    def remove(self) -> None:
        """As `Sink` says."""
        with self._files.explained():
            for url in (self.url, self._lists):
                self._files.remove(url)

    @property
    def _files(self) -> RemoteFiles:
        return RemoteFiles(self.url, self.options)

    def _get(self, url: str) -> bytes | None:
        return self._files.get(url)

    def _put(self, url: str, content: bytes) -> None:
        self._files.put(url, content)

    def _opened(self, number: int) -> Any:
        store = FsspecStore.from_url(f"{self.url}/{number}", storage_options=self._files.told)
        return filled(zarr.open_array(store, mode="r+"))
