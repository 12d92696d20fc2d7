"""Nothing is lost: files appear whole or not at all, and nothing is overwritten unasked."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pixture import WriteError, segment
from pixture.files import atomic_writing
from pixture.files.atomic_writing import write_whole
from pixture.files.output_files import make_folder

NEW = b"new" * 1000


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_set_is_written(tmp_path: Path) -> None:
    write_whole({tmp_path / "a": NEW, tmp_path / "b": b""}, overwrite=False)
    assert contents(tmp_path) == {"a": NEW, "b": b""}


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"old")
    with pytest.raises(WriteError, match="would be overwritten"):
        write_whole({tmp_path / "a": NEW, tmp_path / "b": NEW}, overwrite=False)
    assert contents(tmp_path) == {"b": b"old"}
    write_whole({tmp_path / "a": NEW, tmp_path / "b": NEW}, overwrite=True)
    assert contents(tmp_path) == {"a": NEW, "b": NEW}


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic_writing, "refuse_existing", lambda paths: None)  # it was not there yet
    (tmp_path / "b").write_bytes(b"someone's")
    with pytest.raises(WriteError, match="appeared while it was being written"):
        write_whole({tmp_path / "a": NEW, tmp_path / "b": NEW}, overwrite=False)
    assert contents(tmp_path) == {"b": b"someone's"}


def test_a_file_system_without_links_works_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*paths: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    write_whole({tmp_path / "a": NEW}, overwrite=False)
    assert contents(tmp_path) == {"a": NEW}


@pytest.mark.parametrize(
    ("code", "said"),
    [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "not writable"), (errno.EIO, "Input/output error")],
)
def test_what_goes_wrong_leaves_the_old_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    calls = 0

    def fail_second(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail_second)
    with pytest.raises(WriteError, match=said):
        write_whole({tmp_path / "a": NEW, tmp_path / "b": NEW}, overwrite=True)
    assert contents(tmp_path) == {"a": b"old"}


def test_an_interruption_leaves_no_part_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole({tmp_path / "a": NEW}, overwrite=False)
    assert contents(tmp_path) == {}


REWRITE_FOR_EVER = """
import itertools, sys
from pathlib import Path
from pixture.files.atomic_writing import write_whole
for i in itertools.count(1):
    write_whole({Path(sys.argv[1]) / name: bytes([i % 251]) * 300_000 for name in "abc"}, overwrite=True)
"""


def test_a_kill_at_any_moment_leaves_old_or_new(tmp_path: Path) -> None:
    """A process that rewrites a set for ever is killed at many moments.

    Every file is whole, and where the last of the set stands, all are of one generation.
    """
    complete = 0
    for attempt in range(10):
        write_whole({tmp_path / name: b"\0" * 300_000 for name in "abc"}, overwrite=True)
        process = subprocess.Popen([sys.executable, "-c", REWRITE_FOR_EVER, str(tmp_path)])
        deadline = time.monotonic() + 30
        while (tmp_path / "a").read_bytes()[:1] == b"\0" and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(0.0071 * attempt)
        process.kill()
        process.wait()
        there = {name: (tmp_path / name).read_bytes() for name in "abc" if (tmp_path / name).exists()}
        assert {len(content) for content in there.values()} == {300_000}
        assert {len(set(content)) for content in there.values()} == {1}
        if "c" in there:
            complete += 1
            assert len({content[0] for content in there.values()}) == 1
    assert complete > 0


def test_an_interrupted_replacement_does_not_pass_for_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / name for name in "abc"]
    write_whole(dict.fromkeys(paths, b"old"), overwrite=False)
    rename, calls = Path.replace, 0

    def fail_third(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", fail_third)
    with pytest.raises(WriteError, match=r"Some files .* are the new ones, and its record is missing"):
        write_whole(dict.fromkeys(paths, NEW), overwrite=True)
    assert contents(tmp_path) == {"a": NEW, "b": NEW}


def test_a_folder_in_the_place_of_a_file_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "b").mkdir()
    with pytest.raises(WriteError, match="is a folder"):
        write_whole({tmp_path / "a": NEW, tmp_path / "b": NEW}, overwrite=True)
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_file_larger_than_allowed_is_a_full_disk(tmp_path: Path) -> None:
    """A real refusal by the operating system, in the middle of writing."""
    resource = pytest.importorskip("resource", reason="no limits on this system")
    code = (
        "import sys; from pathlib import Path; from pixture.files.atomic_writing import write_whole\n"
        "write_whole({Path(sys.argv[1]) / n: bytes(50_000) for n in 'ab'}, overwrite=False)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "the disk is full, or a quota is" in done.stderr
    assert contents(tmp_path) == {}


def test_names_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    write_whole({tmp_path / ("n" * 255): NEW}, overwrite=False)
    assert (tmp_path / ("n" * 255)).read_bytes() == NEW
    with pytest.raises(WriteError, match="a name is too long"):
        write_whole({tmp_path / ("n" * 256): NEW}, overwrite=False)


def test_folders_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WriteError, match="a file is in the way"):
        make_folder(tmp_path / "file" / "below")
    with pytest.raises(WriteError, match="a file is in the way"):
        make_folder(tmp_path / "file")


def test_saving_is_all_or_nothing(tmp_path: Path) -> None:
    result = segment(np.arange(64, dtype=np.uint8).reshape(8, 8), 2)
    (tmp_path / "image.painted.png").write_bytes(b"mine")
    with pytest.raises(WriteError, match=r"image\.painted\.png would be overwritten"):
        result.save(tmp_path)
    assert contents(tmp_path) == {"image.painted.png": b"mine"}
    paths = result.save(tmp_path, overwrite=True)
    assert sorted(path.name for path in paths) == sorted(contents(tmp_path))
