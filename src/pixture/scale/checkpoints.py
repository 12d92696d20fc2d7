"""What was found so far, kept on the disk: a run that is killed goes on, and comes to the same bits.

A run in pieces is a row of sums over them, each of which follows from what it is asked for alone. So each
sum, and of long ones each part's, is kept under a name that is made of what was asked (its SHA-256). A run
that goes on asks for the same in the same order, and finds what there is. What is damaged is not there.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from pixture.files.temporary_files import sync_folder
from pixture.scale.workers import Workers

Part = TypeVar("Part")
T = TypeVar("T")

_ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.numeric", "_frombuffer"),
    ("builtins", "slice"),
}
"""What a kept result may be made of besides the classes below: nothing that runs code of a file's choice."""

RESULTS = {
    ("pixture.mixture.model.moments", "Moments"),
    ("pixture.mixture.model.sample_in_parts", "PartFacts"),
    ("pixture.scale.sample.continuous", "Seen"),
    ("pixture.scale.sample.counting", "Counts"),
    ("pixture.scale.sample.levels", "Levels"),
    ("pixture.scale.sample.source_sample", "Ends"),
    ("pixture.segmentation.field.strength", "Lines"),
    ("pixture.segmentation.large_images.class_sums", "ClassSums"),
    ("pixture.segmentation.large_images.objects.large_objects", "LargeObjects"),
    ("pixture.segmentation.large_images.painting", "Glimpse"),
    ("pixture.segmentation.large_images.objects.measuring", "ObjectSums"),
    ("pixture.segmentation.large_images.painting", "Painted"),
}
"""The classes of what is summed."""


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED | RESULTS:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a result")
        return super().find_class(module, name)


ASKED = "asked"
"""In the metadata of a field: whether what comes of the work rests on it, as it does if nothing is said."""


def key_of(work: object) -> str:
    """Return the name under which what comes of some work is kept: equal work has equal names.

    >>> key_of(partial(max, [1, 2])) == key_of(partial(max, [1, 2]))
    True
    """
    digest = hashlib.sha256()
    for text in _texts_of(work):
        digest.update(text)
        digest.update(b"\0")
    return digest.hexdigest()[:32]


def _texts_of(value: Any) -> Iterator[bytes]:
    """Yield what says all that a value is, but for where pixels come from: the run's journal has that."""
    yield type(value).__qualname__.encode()
    if isinstance(value, np.ndarray):
        yield f"{value.dtype.str}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, partial):
        yield from _texts_of((value.func, value.args, sorted(value.keywords.items())))
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _texts_of(one)
    elif hasattr(value, "description") and hasattr(value, "read"):  # a source, perhaps of another
        yield repr(value.description).encode()
        yield from _texts_of(getattr(value, "source", None))
    elif is_dataclass(value):
        for one in fields(value):
            if one.metadata.get(ASKED, True):
                yield from _texts_of((one.name, getattr(value, one.name)))
    elif callable(value):
        yield f"{value.__module__}.{value.__qualname__}".encode()
    elif value is None or isinstance(value, bool | int | float | str | np.generic | np.dtype):
        yield repr(value).encode()
    else:
        raise TypeError(f"{type(value)} has no name among checkpoints")


def keep(path: Path, found: object) -> None:
    """Keep a result: it appears under its name when it is on the disk, whole."""
    content = pickle.dumps(found, protocol=5)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with part.open("xb") as file:
        file.write(hashlib.sha256(content).digest() + content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def kept(path: Path) -> Any:
    """Return a result that was kept.

    Raises
    ------
    KeyError
        There is none, or it is damaged.
    """
    try:
        content = path.read_bytes()
        if hashlib.sha256(content[32:]).digest() != content[:32]:
            raise KeyError(path)
        return _Reader(io.BytesIO(content[32:])).load()
    except (OSError, pickle.UnpicklingError) as error:
        raise KeyError(path) from error


@dataclass(frozen=True)
class Remembering(Generic[T]):
    """Work on a part whose result is kept, if it is none that is there already."""

    work: Callable[[Any], T]
    folder: Path
    key: str

    def __call__(self, numbered: tuple[int, Any]) -> T:
        """Return what the work makes of a part, (its number, the part)."""
        number, part = numbered
        path = self.folder / f"{self.key}.{number}"
        try:
            if not getattr(self.work, "has", _always)(part):  # what it wrote elsewhere is gone
                raise KeyError(part)
            found: T = kept(path)
        except KeyError:
            found = self.work(part)
            keep(path, found)
        return found


def _always(part: Any) -> bool:
    return True


class Checkpointed:
    """Workers whose sums are kept in a folder.

    Parameters
    ----------
    workers
        Who does the work.
    folder
        Where sums are kept; it is there, on a file system that all workers see.
    by_part
        The classes of work of which each part's result is kept, too: those of long passes.
    """

    def __init__(self, workers: Workers, folder: Path, by_part: tuple[type, ...] = ()) -> None:
        self.workers, self.folder, self.by_part = workers, folder, by_part

    def __repr__(self) -> str:
        return f"<Checkpointed: {self.workers!r} in {self.folder}>"

    def each(self, work: Callable[[Part], T], parts: Sequence[Part]) -> Iterator[T]:
        """As `Workers` says; perhaps each part's result is kept."""
        if not isinstance(work, self.by_part):
            return self.workers.each(work, parts)
        remembering = Remembering(work, self.folder, key_of((work, len(parts))))
        return self.workers.each(remembering, list(enumerate(parts)))

    def summed(self, work: Callable[[Part], T | None], parts: Sequence[Part]) -> T:
        """As `Workers` says; the sum, and perhaps each part's result, is kept.

        But not of work that says it is `kept_by_asker`: who asks for it keeps more than the sum.
        """
        if getattr(work, "kept_by_asker", False):
            return self.workers.summed(work, parts)
        key = key_of((work, len(parts)))
        path = self.folder / key
        try:
            found: T = kept(path)
        except KeyError:
            if isinstance(work, self.by_part):
                remembering = Remembering(work, self.folder, key)
                found = self.workers.summed(remembering, list(enumerate(parts)))
            else:
                found = self.workers.summed(work, parts)
            keep(path, found)
            for one in self.folder.glob(f"{key}.*"):  # the sum says what they said
                one.unlink(missing_ok=True)
        return found
