"""Whatever is wrong with the kernels' cache costs a compilation: never a run, never a wrong answer."""

from __future__ import annotations

import errno
import hashlib
import importlib
import os
import pickle
import sys
import tempfile
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from pixture.compilation import cache as kernel_cache
from pixture.compilation.cache_folders import Place, places, temporary_folder, users_folder
from pixture.compilation.notice import announced, told_of_compiling
from pixture.errors import KernelCacheWarning

OUTER = """
from pixture.compilation.jit import kernel
from tiny_library.inner import twice

@kernel
def more(x):
    return twice(x) + 1
"""
INNER = """
from pixture.compilation.jit import kernel

@kernel
def twice(x):
    return 2 * x
"""
DIGEST = 32


@dataclass(frozen=True)
class Run:
    """What a first call of `more(3)` came to, in what stands for a process of its own."""

    value: int
    compiled: list[str]
    warnings: list[str]


def forget() -> None:
    """Make this process as one that has not imported the library, nor told of anything."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "tiny_library"]:
        del sys.modules[name]
    importlib.invalidate_caches()
    kernel_cache._sources.cache_clear()
    kernel_cache._installation.cache_clear()
    kernel_cache._trouble._kinds.clear()


def run() -> Run:
    forget()
    compiled: list[str] = []
    with (
        warnings.catch_warnings(record=True) as caught,
        told_of_compiling(lambda name, arguments: compiled.append(name)),
    ):
        warnings.simplefilter("always")
        value = importlib.import_module("tiny_library.outer").more(3)
    assert {warning.category for warning in caught} <= {KernelCacheWarning}
    return Run(value, compiled, [str(warning.message) for warning in caught])


FIRST, NEXT = Run(7, ["more", "twice"], []), Run(7, [], [])


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of two kernels, of which one calls the other; and a user's home and temporary folder."""
    folder = tmp_path / "site" / "tiny_library"
    folder.mkdir(parents=True)
    for name, source in (("__init__", ""), ("inner", INNER), ("outer", OUTER)):
        (folder / f"{name}.py").write_text(source)
    for name in ("home", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.syspath_prepend(folder.parent)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    yield folder
    forget()


def kept(folder: Path, kernel: str = "more") -> Path:
    """The one file of a kernel beneath a folder."""
    (file,) = folder.rglob(f"*.{kernel}.*.nbc")
    return file


@contextmanager
def full(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> Iterator[None]:
    """A disk that has no room for files in these folders."""
    write = Place.write

    def refuse(place: Place, name: str, content: bytes) -> None:
        if any(place.folder.is_relative_to(folder) for folder in folders):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(place, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(Place, "write", refuse)
        yield


def test_what_was_compiled_is_kept_beside_its_source(library: Path) -> None:
    assert [run(), run()] == [FIRST, NEXT]
    assert kept(library).parent == library / "__pycache__"
    assert not list(library.rglob(".*.nbc*"))  # no file that has not its name yet


def test_a_kernel_whose_callee_has_changed_is_compiled_anew(library: Path) -> None:
    """numba would not notice: the changed function stands in another file than the one that inlines it."""
    run()
    (library / "inner.py").write_text(INNER.replace("2 * x", "5 * x"))
    assert run() == Run(16, ["more", "twice"], [])
    assert run() == Run(16, [], [])
    kept(library)  # the old file has been replaced


def test_another_processor_or_setting_has_a_file_of_its_own(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    with monkeypatch.context() as patch:
        patch.setattr("numba.core.config.BOUNDSCHECK", 1)
        assert run() == FIRST
    assert run() == NEXT
    assert len(list(library.rglob("*.more.*.nbc"))) == 2


def test_a_file_cut_short_anywhere_is_a_miss(library: Path) -> None:
    run()
    file = kept(library)
    whole = file.read_bytes()
    head = len(kernel_cache._MAGIC) + 2 * DIGEST
    edges = [at + one for at in (len(kernel_cache._MAGIC), head - DIGEST, head) for one in (-1, 0, 1)]
    for size in [0, 1, *edges, *np.linspace(head + 2, len(whole) - 1, 8, dtype=int)]:
        file.write_bytes(whole[:size])
        again = run()
        assert (again.value, again.compiled) == (7, ["more"]), size
        assert len(again.warnings) == 1, size
        assert str(file) in again.warnings[0]
    assert run() == NEXT


def test_no_bit_may_be_another(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither pickle nor LLVM sees what was changed: either could be made to crash by it."""
    run()
    whole = kept(library).read_bytes()
    stamp = whole[len(kernel_cache._MAGIC) :][:DIGEST]
    assert kernel_cache._opened(whole, stamp) is not None
    monkeypatch.setattr(pickle, "loads", lambda content: pytest.fail("damaged content was unpickled"))
    generator = np.random.default_rng(20260113)
    head = 8 * (len(kernel_cache._MAGIC) + 2 * DIGEST)
    for bit in [*range(head), *generator.integers(head, 8 * len(whole), 1000)]:
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            opened = kernel_cache._opened(bytes(damaged), stamp)
        except ValueError:
            continue
        assert opened is None
        assert 0 <= bit // 8 - len(kernel_cache._MAGIC) < DIGEST  # taken for one of other sources


def test_what_is_whole_but_cannot_be_understood_is_a_miss(library: Path) -> None:
    """As another release of numba may leave it."""
    run()
    file = kept(library)
    head = file.read_bytes()[: len(kernel_cache._MAGIC) + DIGEST]
    signature = kernel_cache._opened(file.read_bytes(), head[-DIGEST:])[0]
    for content in (pickle.dumps((signature, (1, 2, 3))), pickle.dumps(7), b"no pickle"):
        file.write_bytes(head + hashlib.sha256(content).digest() + content)
        again = run()
        assert (again.value, again.compiled, len(again.warnings)) == (7, ["more"], 1)


def a_folder(file: Path) -> None:
    file.mkdir()


def a_full_folder(file: Path) -> None:
    (file / "within").mkdir(parents=True)


def a_pipe(file: Path) -> None:
    os.mkfifo(file)


def a_dangling_link(file: Path) -> None:
    file.symlink_to("nowhere")


def a_link_to_itself(file: Path) -> None:
    file.symlink_to(file.name)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links are POSIX's")
@pytest.mark.parametrize("thing", [a_folder, a_full_folder, a_pipe, a_dangling_link, a_link_to_itself])
def test_what_is_no_file_is_a_miss(library: Path, thing: Callable[[Path], None]) -> None:
    run()
    file = kept(library)
    file.unlink()
    thing(file)
    assert run() == Run(7, ["more"], [])
    assert run() == NEXT  # it was replaced, or the kernel is kept elsewhere


def test_a_disk_that_is_full_is_passed_over(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full(monkeypatch, library):
        assert [run(), run()] == [FIRST, NEXT]
        assert kept(tmp_path / "home").is_relative_to(tmp_path / "home" / "pixture")
    for file in tmp_path.rglob("*.nbc"):
        file.unlink()
    with full(monkeypatch, library, tmp_path / "home"):
        first = run()
        assert (first.value, first.compiled) == (7, ["more", "twice"])
        (said,) = first.warnings
        assert "temporary folder" in said
        assert os.strerror(errno.ENOSPC) in said
        assert "NUMBA_CACHE_DIR" in said
        assert run() == NEXT
        assert kept(tmp_path / "temporary").parent.parent.stat().st_mode & 0o777 == 0o700


def test_where_nothing_can_be_written_every_run_compiles(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full(monkeypatch, tmp_path):
        for _ in range(2):
            again = run()
            assert (again.value, again.compiled) == (7, ["more", "twice"])
            (said,) = again.warnings  # once, not for each kernel
            assert "kept nowhere" in said
        with pytest.MonkeyPatch.context() as patch:  # nor is there a home, or a temporary folder
            patch.setattr("pixture.compilation.cache_folders.users_folder", lambda: None)
            patch.setattr(tempfile, "gettempdir", lambda: (_ for _ in ()).throw(FileNotFoundError("none")))
            assert (run().value, run().compiled) == (7, ["more", "twice"])


def test_an_installation_that_cannot_be_written_is_loaded_from(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    with full(monkeypatch, tmp_path):
        assert run() == NEXT


def test_the_folder_that_the_person_names_is_the_only_one(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "chosen"))
    assert [run(), run()] == [FIRST, NEXT]
    kept(tmp_path / "chosen")


def test_a_named_folder_that_cannot_be_written_is_told_of(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    first = run()
    assert (first.value, first.compiled) == (7, ["more", "twice"])
    (said,) = first.warnings
    assert str(tmp_path / "file") in said
    assert str(library / "__pycache__") in said
    assert run() == NEXT


def test_files_that_disappear_are_compiled_anew(library: Path) -> None:
    run()
    kept(library).unlink()
    assert run() == Run(7, ["more"], [])
    for file in library.rglob("*.nbc"):
        file.unlink()
    (library / "__pycache__").rmdir()
    assert run() == FIRST


def test_modules_in_an_archive_have_a_cache(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "packed.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in library.glob("*.py"):
            packed.write(file, f"tiny_library/{file.name}")
            file.unlink()
    library.rmdir()
    monkeypatch.syspath_prepend(archive)
    assert [run(), run()] == [FIRST, NEXT]
    kept(tmp_path / "home")


def test_threads_load_the_same_kernel_at_once(library: Path) -> None:
    run()
    forget()
    more = importlib.import_module("tiny_library.outer").more
    answers: list[float] = []
    begin = threading.Barrier(8)

    def call(x: float) -> None:
        begin.wait()
        answers.append(more(x))

    threads = [threading.Thread(target=call, args=(x,)) for x in (1, 2.5) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [3] * 4 + [6.0] * 4


def test_a_kernel_sent_to_another_process_has_the_cache_too(library: Path) -> None:
    run()
    more = importlib.import_module("tiny_library.outer").more
    state = more._reduce_states() | {"uuid": "of another process"}
    again = type(more)._rebuild(**state)
    assert again is not more
    compiled: list[str] = []
    with told_of_compiling(lambda name, arguments: compiled.append(name)):
        assert again(3) == 7
    assert compiled == []


def test_a_command_is_told_in_a_line(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with full(monkeypatch, tmp_path), announced(said.append):
        assert run() == FIRST  # nothing is left to be warned of
    (line,) = [line for line in said if line.startswith("warning: ")]
    assert "kept nowhere" in line


@pytest.mark.skipif(sys.platform == "win32", reason="owners and modes are POSIX's")
class TestWhatOthersCouldWrite:
    """Who can write compiled code makes us run it: from a folder that is not ours alone, nothing is read."""

    PLACE = "package-0"

    def test_the_temporary_folder_is_made_for_us_alone(self, library: Path) -> None:
        folder = temporary_folder()
        assert folder is not None
        Place(folder / self.PLACE, private=folder).write("file", b"content")
        assert folder.stat().st_mode & 0o777 == 0o700
        assert Place(folder / self.PLACE, private=folder).read("file") == b"content"

    @pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
    def test_one_that_others_can_write_is_left_alone(self, library: Path, mode: int) -> None:
        folder = temporary_folder()
        assert folder is not None
        (folder / self.PLACE).mkdir(parents=True)
        (folder / self.PLACE / "file").write_bytes(b"planted")
        folder.chmod(mode)
        place = Place(folder / self.PLACE, private=folder)
        assert place.read("file") is None
        with pytest.raises(PermissionError):
            place.write("other", b"content")
        another = temporary_folder()
        assert another not in (None, folder)
        assert another == temporary_folder()  # the same one for the whole process
        assert [each.private for each in places(self.PLACE, None)] == [users_folder(), another]

    def test_a_link_in_its_place_is_not_followed(self, library: Path, tmp_path: Path) -> None:
        folder = temporary_folder()
        assert folder is not None
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
        assert temporary_folder() != folder
        with pytest.raises(PermissionError):
            Place(folder / self.PLACE, private=folder).write("file", b"content")

    def test_a_file_that_others_can_write_is_not_read(self, library: Path) -> None:
        folder = temporary_folder()
        assert folder is not None
        place = Place(folder / self.PLACE, private=folder)
        place.write("file", b"content")
        (place.folder / "file").chmod(0o666)
        assert place.read("file") is None

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
    def test_what_another_user_owns_is_not_read(self, library: Path, tmp_path: Path) -> None:
        folder = temporary_folder()
        assert folder is not None
        place = Place(folder / self.PLACE, private=folder)
        place.write("file", b"content")
        os.chown(place.folder / "file", 12345, 12345)
        assert place.read("file") is None
        os.chown(place.folder / "file", 0, 0)
        os.chown(folder, 12345, 12345)
        assert place.read("file") is None
        assert temporary_folder() != folder

    def test_a_home_that_is_not_there_is_not_made(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.setenv("HOME", str(tmp_path / "none"))
        assert users_folder() is None
        monkeypatch.setenv("HOME", "")
        monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
        assert users_folder() is None

    def test_the_folder_where_a_person_stands_is_not_a_temporary_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("TMPDIR", "TEMP", "TMP"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        assert temporary_folder() is None
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        assert temporary_folder() is not None
