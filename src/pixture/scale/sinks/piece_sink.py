"""A sink of pieces: kept in one folder beside the result, of which the files are made when all are there."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pixture.arrays import Array
from pixture.errors import ChoiceError, WriteError
from pixture.files.atomic_writing import Made, write_whole
from pixture.files.folder_lock import keep, let_go
from pixture.files.output_files import explained
from pixture.files.temporary_files import part_name, remove_stale, sync_folder, written
from pixture.imaging.window import Window
from pixture.scale.sinks.form import Form
from pixture.scale.sinks.piece_files import KEPT
from pixture.scale.sinks.plan import Plan

IDENTITY, READY, MADE = "identity.json", "ready.json", "made"
"""In the folder of pieces: what they are of; which files are made, in the order in which they get their
names; and where these are made."""


@dataclass(frozen=True, eq=False)
class PieceSink:
    """A sink, as `scale.sinks.sink.Sink` says, of any family."""

    plan: Plan
    form: Form

    def __repr__(self) -> str:
        return f"<PieceSink: {self.plan.family.name}, {len(self.plan.windows):,} pieces>"

    @property
    def main(self) -> Path:
        """The file, or the store, that says that all of it is there."""
        return self.plan.folder / f"{self.plan.name}{self.plan.family.suffix}"

    def start(self, *, resume: bool) -> None:
        """Make the folder of pieces, or take up what is in it where that is of the same plan.

        This process keeps it until it is removed: another run that writes the same is refused.
        """
        parts = self.plan.parts
        with self._explained():
            parts.mkdir(exist_ok=True)
            keep(parts)
            if not (resume and _text(parts / IDENTITY) == self.plan.identity):
                _empty(parts)
                self.form.prepare()
                _put(parts / IDENTITY, self.plan.identity)
                sync_folder(self.plan.folder)
            remove_stale(parts)

    def write(self, window: Window, labels: Array) -> None:
        """As `Sink` says."""
        plan = self.plan
        if window != plan.piece_at(window.start):
            raise ChoiceError(f"{window} is none of the pieces; they are of {plan.sides} pixels.")
        if labels.shape != plan.values_shape(window) or labels.dtype != plan.dtype:
            raise ChoiceError(
                f"A piece has {plan.values_shape(window)} {plan.dtype}; got {labels.shape} {labels.dtype}."
            )
        with self._explained():
            (plan.parts / READY).unlink(missing_ok=True)  # what was made is of other labels
            self.form.keep(window, labels)

    def has(self, window: Window) -> bool:
        """As `Sink` says."""
        return (self.plan.parts / READY).exists() or self.form.is_whole(window)

    def kept(self) -> frozenset[Window]:
        """As `Sink` says."""
        if (self.plan.parts / READY).exists():
            return frozenset(self.plan.windows)
        return frozenset(window for window in self.plan.windows if self.form.is_whole(window))

    def finish(self) -> tuple[Path, ...]:
        """As `Sink` says; one that was killed meanwhile is finished by the next call."""
        plan = self.plan
        ready = plan.parts / READY
        with self._explained():
            if not ready.exists():
                self._make()
        made = json.loads(ready.read_text(encoding="utf-8"))
        waiting = {
            plan.folder / name: Made(plan.parts / place)
            for name, place, identity in made
            if not _is(plan.folder / name, identity)
        }
        if waiting:
            write_whole(waiting, overwrite=plan.overwrite, inputs=plan.inputs)
        self.remove()
        return tuple(plan.folder / name for name, _, _ in reversed(made))

    def _make(self) -> None:
        """Make all files beside the pieces, bring them to the disk, and say then that they are ready."""
        plan = self.plan
        missing = [window for window in plan.windows if not self.form.is_whole(window)]
        if missing:
            raise WriteError(
                f"{len(missing):,} of {len(plan.windows):,} pieces of {plan.name} are missing or damaged, "
                f"such as that at {missing[0].start}. {KEPT}"
            )
        folder = plan.parts / MADE
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            places = {
                suffix: self._on_disk(suffix, content) for suffix, content in self.form.make(folder).items()
            }
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)  # a full disk has room again for who goes on
            raise
        sync_folder(folder)
        # the main file last: it says that the others are there
        made = [
            (f"{plan.name}{suffix}", str(place.relative_to(plan.parts)), _identity(place))
            for suffix, place in reversed(places.items())
        ]
        _put(plan.parts / READY, json.dumps(made))

    def _on_disk(self, suffix: str, content: bytes | Path) -> Path:
        path = content if isinstance(content, Path) else self.plan.parts / MADE / f"beside{suffix}"
        if isinstance(content, bytes):
            path.write_bytes(content)
        if path.is_file():
            handle = os.open(path, os.O_RDWR)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        return path

    def remove(self) -> None:
        """As `Sink` says: the folder loses its name first, so that half of it is never taken for pieces."""
        parts = self.plan.parts
        with self._explained():
            if os.path.lexists(parts):
                aside = part_name(parts.parent)
                parts.rename(aside)
                sync_folder(parts.parent)
                shutil.rmtree(aside)
            let_go(parts)
            remove_stale(parts.parent)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except WriteError:
            raise
        except OSError as error:
            raise explained(self.plan.folder, error, KEPT) from error


def _empty(parts: Path) -> None:
    """Remove what is in a folder of pieces, first what says of what they are: none is taken up by mistake."""
    (parts / IDENTITY).unlink(missing_ok=True)
    for path in parts.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _put(path: Path, text: str) -> None:
    with written(path.parent, text.encode()) as part:
        part.replace(path)
    sync_folder(path.parent)


def _text(path: Path) -> str | None:
    with contextlib.suppress(FileNotFoundError):
        return path.read_text(encoding="utf-8")
    return None


def _identity(path: Path) -> Sequence[int]:
    """Return what a file keeps when it gets another name: its number, and of a file its size and its time."""
    found = path.stat()
    return [found.st_ino, *([] if path.is_dir() else [found.st_size, found.st_mtime_ns])]


def _is(path: Path, identity: Sequence[int]) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return _identity(path) == identity
    return False
