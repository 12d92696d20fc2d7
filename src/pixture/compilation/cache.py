"""Compiled kernels, kept on disk: one file for each kernel and kind of arrays.

numba's own cache is fatal where something is wrong with it: no folder that can be written, a full disk, an
empty or damaged file. Here whatever is wrong is a miss: the kernel is compiled, and the person told once.

A file's name says what may stand beside each other: kernel, argument types, processor, settings of numba.
Its head says of which sources and versions it is, and has a digest of the rest: where either is another, the
file is written anew. So there is no index; processes that write the same file at once write the same.
"""

from __future__ import annotations

import functools
import hashlib
import pickle
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import config
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.dispatcher import Dispatcher
from numba.core.serialize import dumps

from pixture.compilation.cache_folders import CHOSEN, Place, chosen_place, places
from pixture.errors import KernelCacheWarning

_MAGIC = b"pixture kernel 1\n"
_DIGEST = hashlib.sha256().digest_size
# what of numba's settings changes the code it makes, beside the processor's name and features
_SETTINGS = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "BOUNDSCHECK", "DEBUGINFO_DEFAULT", "DEBUG_NRT")


class KernelCache(_Cache):  # type: ignore[misc]  # numba ships no types
    """What numba asks for compiled code, and gives it to, in place of a cache of its own."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._enabled = True

    @property
    def cache_path(self) -> str | None:
        """The folder that is looked into first."""
        first = next(places(*_installation(self._function.__module__)), None)
        return None if first is None else str(first.folder)

    def enable(self) -> None:
        """Load and save from now on."""
        self._enabled = True

    def disable(self) -> None:
        """Neither load nor save from now on."""
        self._enabled = False

    def flush(self) -> None:
        """Nothing is to be forgotten: a file of other sources is not loaded."""

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return what was compiled for a signature, or None."""
        target_context.refresh()
        stamp = _stamp(self._function) if self._enabled else None
        if stamp is None:
            return None
        name = self._file_name(signature, target_context.codegen())
        for place in self._to_load_from():
            content = place.read(name)
            if content is None:
                continue
            try:
                kept = _opened(content, stamp)
                if kept is not None and kept[0] == signature:
                    return CompileResult._rebuild(target_context, *kept[1])
            except Exception as error:  # noqa: BLE001 - whatever a file holds, it costs a compilation and no more
                _trouble.note(
                    "damaged",
                    "A compiled kernel that was kept is damaged, and is compiled anew: "
                    f"{place.folder / name} ({str(error) or type(error).__name__}).",
                )
        return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep what was compiled, in the first place that lets us."""
        stamp = _stamp(self._function) if self._enabled else None
        if stamp is None or compiled.lifted or compiled.library.has_dynamic_globals:
            return  # addresses of this process are no use to another
        payload = dumps((signature, compiled._reduce()))
        content = _MAGIC + stamp + hashlib.sha256(payload).digest() + payload
        name = self._file_name(signature, compiled.library.codegen)
        refused: list[str] = []
        for place in places(*_installation(self._function.__module__)):
            try:
                place.write(name, content)
            except OSError as error:
                refused.append(f"{place.folder} ({error.strerror or error})")
            else:
                _tell_of_writing(place, refused)
                return
        _tell_of_writing(None, refused)

    def _to_load_from(self) -> Iterator[Place]:
        """Yield where to look; only where NUMBA_CACHE_DIR says, if what is compiled can be kept there."""
        package, beside = _installation(self._function.__module__)
        chosen = chosen_place(package)
        yield from places(package, beside) if chosen is None or not chosen.can_be_written() else [chosen]

    def _file_name(self, signature: Any, codegen: Any) -> str:
        settings = [getattr(config, name, None) for name in _SETTINGS]
        version = f"{sys.implementation.cache_tag}{getattr(sys, 'abiflags', '')}"
        distinct = repr((signature, codegen.magic_tuple(), settings))
        kernel = f"{self._function.__module__.rpartition('.')[2]}.{self._function.__qualname__}"
        kernel = "".join(letter for letter in kernel if letter.isalnum() or letter in "._")[-80:]
        return f"{kernel}.{version}-{hashlib.sha256(distinct.encode()).hexdigest()[:24]}.nbc"


def _opened(content: bytes, stamp: bytes) -> Any:
    """Return what a file holds, None if it is of other sources. Raises ValueError if it is damaged."""
    head, payload = content[: len(_MAGIC) + 2 * _DIGEST], content[len(_MAGIC) + 2 * _DIGEST :]
    if not head.startswith(_MAGIC) or head[-_DIGEST:] != hashlib.sha256(payload).digest():
        raise ValueError(
            "its digest is another"
        )  # pickle and LLVM trust what they read: they must not see it
    if head[len(_MAGIC) : -_DIGEST] != stamp:
        return None
    return pickle.loads(payload)


@functools.cache
def _installation(module_name: str) -> tuple[str, Path | None]:
    """Return a name for where a module's package is installed, and the folder of its source, if it is one."""
    origin = getattr(sys.modules.get(module_name), "__file__", None) or module_name
    folder = Path(origin).absolute().parent
    package = f"{folder.name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:24]}"
    return package, folder if Path(origin).is_file() else None


def _stamp(function: Callable[..., Any]) -> bytes | None:
    """Return a digest of everything that a kernel is made from; None if that cannot be known.

    numba looks at the file a kernel stands in, and no other; but it inlines what the kernel calls.
    """
    sources = _sources(function.__module__)
    if sources is None or function.__closure__:
        return None
    return hashlib.sha256(sources + function.__code__.co_code).digest()


@functools.cache
def _sources(module_name: str) -> bytes | None:
    """Return a digest of versions, and of the sources of all modules that a module's kernels come from."""
    versions = [numba.__version__, llvmlite.__version__, np.__version__, sys.version]
    digest = hashlib.sha256(repr(versions).encode())
    for name in sorted(_modules(module_name)):
        source = _source(name)
        if source is None:
            return None
        digest.update(hashlib.sha256(source).digest())
    return digest.digest()


def _modules(module_name: str) -> set[str]:
    """Return a module and those whose kernels, constants and types its kernels may use, and so on."""
    packages = {"pixture", module_name.partition(".")[0]}
    found: set[str] = set()
    wanted = {module_name, "pixture.compilation.jit"}
    while wanted:
        name = wanted.pop()
        found.add(name)
        used = list(vars(sys.modules[name]).values()) if name in sys.modules else []
        if any(isinstance(value, Dispatcher) for value in used):
            homes = {str(getattr(value, "__module__", "")) for value in used}
            wanted |= {home for home in homes if home.partition(".")[0] in packages} - found
    return found


def _source(module_name: str) -> bytes | None:
    """Return a module's source; in a frozen application, which has none, the state of its program's file."""
    spec = getattr(sys.modules.get(module_name), "__spec__", None)
    if spec is None:
        return None
    try:
        source = spec.loader.get_source(module_name)
        if source is not None:
            return str(source).encode()
        program = Path(spec.origin if spec.origin and Path(spec.origin).is_file() else sys.executable)
        status = program.stat()
    except (AttributeError, ImportError, OSError):
        return None
    return repr((str(program), status.st_mtime_ns, status.st_size)).encode()


def _tell_of_writing(place: Place | None, refused: list[str]) -> None:
    """Note what did not go as the person would expect: it went elsewhere than chosen, or will not last."""
    if place is not None and place.lasting and not (refused and chosen_place("")):
        return
    tried = "; ".join(refused) or "there is no home and no temporary folder"
    if place is None:
        where = "nowhere, so each run compiles anew, for some seconds"
    else:
        where = f"in {'' if place.lasting else 'a temporary folder, '}{place.folder}"
    _trouble.note(
        "kept",
        f"Compiled kernels are kept {where}. What could not be written: {tried}. "
        f"{CHOSEN} may name a folder for them that can be.",
    )


class _Trouble:
    """What is wrong with the cache, until it can be told: numba, who may be amid its work, is left alone."""

    def __init__(self) -> None:
        self._kinds: set[str] = set()
        self._waiting: list[str] = []
        self.listeners: list[Callable[[str], None]] = []

    def note(self, kind: str, sentence: str) -> None:
        """Have a sentence told, if none of its kind was."""
        if kind not in self._kinds:
            self._kinds.add(kind)
            self._waiting.append(sentence)

    def tell(self, stacklevel: int) -> None:
        """Tell what waits to be told."""
        while self._waiting:
            sentence = self._waiting.pop(0)
            if self.listeners:
                self.listeners[-1](sentence)
            else:
                warnings.warn(sentence, KernelCacheWarning, stacklevel=stacklevel + 1)


_trouble = _Trouble()


def tell_trouble(stacklevel: int = 1) -> None:
    """Warn of what was wrong with the cache since this was called last; of each kind of trouble once."""
    _trouble.tell(stacklevel + 1)


@contextmanager
def told_of_trouble(tell: Callable[[str], None]) -> Iterator[None]:
    """Call `tell` with a sentence in place of a warning, meanwhile."""
    _trouble.listeners.append(tell)
    try:
        yield
    finally:
        _trouble.listeners.remove(tell)
