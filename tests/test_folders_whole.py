"""A folder of files is written as one: complete, or not there at all; the old one or the new one."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pixture import WriteError, stopping
from pixture.files import exchange
from pixture.files.atomic_writing import write_whole
from pixture.files.input_files import Inputs
from pixture.files.output_files import is_file

OLD = {"zarr.json": b"old", "0/c/0/0": b"old" * 9}
NEW = {"zarr.json": b"new", "0/c/0/0": b"new" * 99, "1/c/0/0": b"new"}


def held(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def prefixed(name: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{name}/{path}": content for path, content in files.items()}


@pytest.fixture(params=[True, False], ids=["exchange", "two renames"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not request.param:
        monkeypatch.setattr(exchange, "_renamed", lambda *names, exchange: False)
    return bool(request.param)


@pytest.mark.usefixtures("way")
def test_a_folder_is_written_and_replaced(tmp_path: Path) -> None:
    store, record = tmp_path / "a.zarr", tmp_path / "a.json"
    write_whole({store: OLD, record: b"old"}, overwrite=False)
    assert held(tmp_path) == prefixed("a.zarr", OLD) | {"a.json": b"old"}
    assert is_file(store)
    with pytest.raises(WriteError, match="would be overwritten"):
        write_whole({store: NEW, record: b"new"}, overwrite=False)
    write_whole({store: NEW, record: b"new"}, overwrite=True)
    assert held(tmp_path) == prefixed("a.zarr", NEW) | {"a.json": b"new"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.zarr"]


def test_what_is_no_store_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "a.zarr" / "mine.txt").write_bytes(b"mine")
    (tmp_path / "b.zarr").write_bytes(b"a file")
    (tmp_path / "c.zarr").symlink_to(tmp_path / "a.zarr")
    for name, said in (("a.zarr", "no Zarr store"), ("b.zarr", "no Zarr store"), ("c.zarr", "is a link")):
        with pytest.raises(WriteError, match=said):
            write_whole({tmp_path / name: NEW}, overwrite=True)
    assert (tmp_path / "a.zarr" / "mine.txt").read_bytes() == b"mine"
    write_whole({tmp_path / "d.zarr": OLD}, overwrite=False)
    for read in ("d.zarr", "d.zarr/0/c/0/0"):
        with pytest.raises(WriteError, match="is read here too"):
            write_whole({tmp_path / "d.zarr": NEW}, overwrite=True, inputs=Inputs.of([tmp_path / read]))
    assert held(tmp_path / "d.zarr") == OLD


@pytest.mark.usefixtures("way")
def test_one_that_appears_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixture.files.atomic_writing.refuse_existing", lambda paths: None)
    (tmp_path / "b.zarr").mkdir()
    (tmp_path / "b.zarr" / "zarr.json").write_bytes(b"someone's")
    with pytest.raises(WriteError, match="appeared while it was being written"):
        write_whole({tmp_path / "a.zarr": NEW, tmp_path / "b.zarr": NEW}, overwrite=False)
    assert held(tmp_path) == {"b.zarr/zarr.json": b"someone's"}
    assert [path.name for path in tmp_path.iterdir()] == ["b.zarr"]


@pytest.mark.parametrize("at", range(3))
def test_a_full_disk_leaves_the_old_one(at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole({tmp_path / "a.zarr": OLD}, overwrite=False)
    real, calls = os.fsync, 0

    def fail(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == at + 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(WriteError, match=r"the disk is full.* Nothing there was changed"):
        write_whole({tmp_path / "a.zarr": NEW}, overwrite=True)
    assert held(tmp_path) == prefixed("a.zarr", OLD)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zarr"]


def test_a_signal_between_its_files_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole({tmp_path / "a.zarr": OLD}, overwrite=False)
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(stopping, "check", check)
    with pytest.raises(KeyboardInterrupt):
        write_whole({tmp_path / "a.zarr": NEW}, overwrite=True)
    assert held(tmp_path) == prefixed("a.zarr", OLD)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zarr"]


def test_a_rename_that_fails_puts_the_old_one_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_renamed", lambda *names, exchange: False)
    write_whole({tmp_path / "a.zarr": OLD}, overwrite=False)
    rename, calls = Path.rename, 0

    def fail_second(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_second)
    with pytest.raises(WriteError, match="Nothing there was changed"):
        write_whole({tmp_path / "a.zarr": NEW}, overwrite=True)
    assert held(tmp_path) == prefixed("a.zarr", OLD)


REWRITE_FOR_EVER = """
import itertools, sys
from pathlib import Path
from pixture.files.atomic_writing import write_whole
for i in itertools.count(1):
    files = {"zarr.json": b"{}"} | {f"0/{n}": bytes([i % 251]) * 30_000 for n in range(5)}
    write_whole({Path(sys.argv[1]) / "a.zarr": files}, overwrite=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is known to exchange names in one step here")
def test_a_kill_at_any_moment_leaves_old_or_new(tmp_path: Path) -> None:
    first = {"zarr.json": b"{}"} | {f"0/{number}": b"\0" * 30_000 for number in range(5)}
    write_whole({tmp_path / "a.zarr": first}, overwrite=False)
    for attempt in range(8):
        process = subprocess.Popen([sys.executable, "-c", REWRITE_FOR_EVER, str(tmp_path)])
        time.sleep(0.5 + 0.013 * attempt)
        process.kill()
        process.wait()
        there = held(tmp_path / "a.zarr")
        assert sorted(there) == sorted(first)
        assert len({content for name, content in there.items() if name != "zarr.json"}) == 1
    write_whole({tmp_path / "a.zarr": OLD}, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zarr"]  # what was left half-written is gone
