"""The last mile of writing: locks, parts of killed runs, files that cannot be replaced, names, sentences."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pixture import WriteError
from pixture.batch import file_list
from pixture.batch.file_list import BatchFile, clashes
from pixture.cli import app
from pixture.files import folder_lock, output_files
from pixture.files.atomic_writing import write_whole
from pixture.files.folder_lock import alone_in
from pixture.files.output_files import make_folder, refuse_outputs, same_name
from pixture.files.temporary_files import new_part, remove_stale
from pixture.imaging.encoding.png import png

PIXELS = np.repeat(np.array([[10, 12, 200, 203]], np.uint8), 6, axis=0)
POSIX = pytest.mark.skipif(os.name != "posix", reason="as POSIX systems do it")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def a_set(folder: Path, content: bytes) -> dict[Path, bytes]:
    return {folder / name: content for name in ("a", "b", "c.json")}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def marked(tmp_path: Path) -> Iterator[Callable[[str, Path], None]]:
    """Sets a mark with `chattr`, and takes all of them away in the end."""
    places: list[Path] = []

    def mark(flag: str, path: Path) -> None:
        if shutil.which("chattr") is None:
            pytest.skip("chattr is not installed")
        done = subprocess.run(["chattr", flag, path], capture_output=True, check=False)
        if done.returncode != 0:
            pytest.skip("no marks on this file system, or not for this user")
        places.append(path)

    yield mark
    for path in places:
        subprocess.run(["chattr", "-i", "-a", path], check=True)


# --- what cannot be replaced


def test_an_immutable_record_changes_nothing(tmp_path: Path, marked: Callable[[str, Path], None]) -> None:
    write_whole(a_set(tmp_path, b"old"), overwrite=False)
    for name in ("c.json", "a"):
        marked("+i", tmp_path / name)
        with pytest.raises(WriteError, match=r"marked as not to be changed .* Nothing there was changed\."):
            write_whole(a_set(tmp_path, b"new"), overwrite=True)
        assert contents(tmp_path) == {"a": b"old", "b": b"old", "c.json": b"old"}


@pytest.mark.parametrize("code", [errno.EPERM, errno.EACCES, errno.EIO])
def test_a_record_that_stays_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    write_whole(a_set(tmp_path, b"old"), overwrite=False)
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name == "c.json":
            raise OSError(code, os.strerror(code))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(WriteError, match=r"Nothing there was changed\.$"):
        write_whole(a_set(tmp_path, b"new"), overwrite=True)
    assert contents(tmp_path) == {"a": b"old", "b": b"old", "c.json": b"old"}


@pytest.mark.parametrize("at", range(1, 4))
def test_what_is_said_of_a_replacement_is_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """The nth rename fails: nothing changed and the record is back, or some files are new, without it."""
    write_whole(a_set(tmp_path, b"old"), overwrite=False)
    replace, calls = Path.replace, 0

    def fail(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == at:
            raise OSError(errno.EIO, "Input/output error")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(WriteError) as caught:
        write_whole(a_set(tmp_path, b"new"), overwrite=True)
    there = contents(tmp_path)
    if at == 1:
        assert str(caught.value).endswith("Nothing there was changed.")
        assert there == {"a": b"old", "b": b"old", "c.json": b"old"}
    else:
        assert "Some files of the set are the new ones, and its record is missing" in str(caught.value)
        assert there == {"a": b"new", "b": b"new" if at == 3 else b"old"}


def test_a_file_alone_is_the_old_one_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model is its own record: it is never taken away before the new one is there."""
    (tmp_path / "a").write_bytes(b"old")

    def fail(self: Path, target: Path) -> Path:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "replace", fail)
    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(WriteError, match=r"Nothing there was changed\.$"):
        write_whole({tmp_path / "a": b"new"}, overwrite=True)
    assert contents(tmp_path) == {"a": b"old"}


def test_an_append_only_folder_is_refused_and_stays_clean(
    tmp_path: Path, marked: Callable[[str, Path], None]
) -> None:
    marked("+a", tmp_path)
    for overwrite in (False, True):
        with pytest.raises(WriteError, match=r"it is not writable\."):
            write_whole(a_set(tmp_path, b"new"), overwrite=overwrite)
    assert contents(tmp_path) == {}


def test_where_nothing_can_be_removed_little_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a folder, where the system does not tell: one try, instead of a part for each file of the set."""

    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    for name in ("unlink", "rename", "replace"):
        monkeypatch.setattr(Path, name, refuse)
    with pytest.raises(WriteError, match=r"it is not writable\."):
        write_whole(a_set(tmp_path, b"new"), overwrite=False)
    assert list(contents(tmp_path).values()) == [b""]


def test_a_failure_after_links_tells_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second link fails, and the first file cannot be taken back: it is named."""
    link, unlink, calls = os.link, Path.unlink, 0

    def fail_second(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(errno.EIO, "Input/output error")
        link(source, target)

    def keep(self: Path, missing_ok: bool = False) -> None:
        if self.name == "a":
            raise OSError(errno.EIO, "Input/output error")
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(os, "link", fail_second)
    monkeypatch.setattr(Path, "unlink", keep)
    with pytest.raises(WriteError, match=r"could not be removed again: a\. Remove it by hand"):
        write_whole(a_set(tmp_path, b"new"), overwrite=False)
    assert contents(tmp_path) == {"a": b"new"}


# --- kills

EVENTS = ("open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.scandir", "fcntl.flock")


def killed_at(number: int, write: Callable[[], None]) -> bool:
    """Whether a child that writes got to its nth operation on files, where it is killed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which the child has no need of
        child = os.fork()
    if child == 0:
        left = number

        def watch(event: str, arguments: object) -> None:
            nonlocal left
            if event in EVENTS:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(watch)
            write()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@POSIX
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_kill_anywhere_leaves_no_mixed_set_and_nothing_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    # what a killed process has written stays without it, and the disk takes long
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    old, new = a_set(tmp_path, b"old"), a_set(tmp_path, b"new")
    number, was_killed, parts = 1, True, 0
    while was_killed:
        for path in tmp_path.iterdir():
            path.unlink()
        if overwrite:
            write_whole(old, overwrite=False)
        was_killed = killed_at(number, lambda: write_whole(new, overwrite=overwrite))
        there = {path: path.read_bytes() for path in new if path.exists()}
        assert set(there.values()) <= {b"old", b"new"}
        if tmp_path / "c.json" in there:  # the record says that the set is complete
            assert there in (old, new)
        parts += any(path.name.endswith(".part") for path in tmp_path.iterdir())
        write_whole(new, overwrite=True)  # the next run
        assert contents(tmp_path) == {path.name: b"new" for path in new}
        number += 1
    assert number > 20
    assert parts > 5


@POSIX
def test_a_living_run_s_parts_stay(tmp_path: Path) -> None:
    living = new_part(tmp_path)
    stale = new_part(tmp_path)
    stale.file.close()  # as when its process has ended
    foreign = tmp_path / ".0123456789ab.part"
    foreign.touch()
    remove_stale(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {living.path.name, foreign.name}
    write_whole({tmp_path / "x": b"x"}, overwrite=False)
    assert living.path.exists()
    living.discard()


# --- two runs at once


STOPS_ITSELF = """
import os, signal, sys
from pathlib import Path
from pixture.files.atomic_writing import write_whole
left = int(sys.argv[2])
def watch(event, arguments):
    global left
    if event == "os.rename":
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
sys.addaudithook(watch)
write_whole({Path(sys.argv[1], name): b"one" for name in ("a", "b", "c.json")}, overwrite=True)
"""


@POSIX
@pytest.mark.parametrize("at", range(1, 5))
def test_two_runs_never_mix_a_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """One is stopped before each of its renames in turn, while another replaces the same set."""
    monkeypatch.setattr(folder_lock, "PATIENCE", 0.1)
    write_whole(a_set(tmp_path, b"old"), overwrite=False)
    process = subprocess.Popen([sys.executable, "-c", STOPS_ITSELF, str(tmp_path), str(at)])
    try:
        os.waitpid(process.pid, os.WUNTRACED)
        with pytest.raises(WriteError, match="Another run of pixture has been writing"):
            write_whole(a_set(tmp_path, b"two"), overwrite=True)
        assert b"two" not in contents(tmp_path).values()
    finally:
        process.send_signal(signal.SIGCONT)
    assert process.wait(timeout=60) == 0
    assert contents(tmp_path) == {"a": b"one", "b": b"one", "c.json": b"one"}
    write_whole(a_set(tmp_path, b"two"), overwrite=True)
    assert contents(tmp_path) == {"a": b"two", "b": b"two", "c.json": b"two"}


@POSIX
def test_a_run_waits_for_another(tmp_path: Path) -> None:
    held, order = threading.Event(), []

    def other() -> None:
        with alone_in(tmp_path):
            held.set()
            time.sleep(0.1)
            order.append("other")

    thread = threading.Thread(target=other)
    thread.start()
    held.wait()
    with alone_in(tmp_path):
        order.append("this")
    thread.join()
    assert order == ["other", "this"]
    assert contents(tmp_path) == {}


@POSIX
def test_many_threads_one_at_a_time(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with alone_in(tmp_path):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, contents(tmp_path)) == (1, {})


def test_a_lock_left_behind_blocks_nobody(tmp_path: Path) -> None:
    (tmp_path / folder_lock.NAME).touch()
    write_whole(a_set(tmp_path, b"new"), overwrite=False)
    assert contents(tmp_path) == {"a": b"new", "b": b"new", "c.json": b"new"}


@POSIX
def test_a_file_system_without_locks_works_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refuse(handle: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    write_whole(a_set(tmp_path, b"old"), overwrite=False)
    write_whole(a_set(tmp_path, b"new"), overwrite=True)
    assert contents(tmp_path) == {"a": b"new", "b": b"new", "c.json": b"new"}
    part = new_part(tmp_path)
    part.file.close()
    remove_stale(tmp_path)  # its writer may live
    assert part.path.exists()
    os.utime(part.path, (0, 0))
    remove_stale(tmp_path)
    assert not part.path.exists()


# --- names and folders


@pytest.mark.parametrize("length", [244, 251, 300])
def test_a_name_too_long_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    def worked(*arguments: object, **options: object) -> None:
        raise AssertionError("the work was begun")

    monkeypatch.setattr("pixture.segmentation.segment.feature_histogram", worked)
    monkeypatch.chdir(tmp_path)
    name = "n" * (min(length, 251) - 4) + ".png"
    Path(name).write_bytes(png(PIXELS))
    stem = "n" * length
    with pytest.raises(WriteError, match=r"a name is too long.*Nothing there was changed"):
        refuse_outputs([tmp_path / f"{stem}.convergence.png", tmp_path / f"{stem}.json"], overwrite=True)
    done = run("segment", name, "-k", 2, "-o", "out")
    assert (done.exit_code, "a name is too long" in done.output) == (1, True), done.output
    assert list(Path("out").iterdir()) == []


@POSIX
def test_a_dangling_link_is_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.png").write_bytes(png(PIXELS))
    Path("a.json").symlink_to("nowhere")
    done = run("segment", "a.png", "-k", 2, "--skip-existing")
    assert (done.exit_code, "a.json is a link" in done.output) == (1, True), done.output
    Path("a.json").unlink()
    Path("a.json").mkdir()
    done = run("segment", "a.png", "-k", 2, "--skip-existing")
    assert (done.exit_code, "a.json is a folder" in done.output) == (1, True), done.output
    Path("a.json").rmdir()
    assert run("segment", "a.png", "-k", 2).exit_code == 0
    Path("a.json").rename("kept.json")
    Path("a.json").symlink_to("kept.json")  # what it leads to is there
    done = run("segment", "a.png", "-k", 2, "--skip-existing")
    assert (done.exit_code, "skipped" in done.output) == (0, True), done.output
    Path("a.labels.png").unlink()
    Path("a.labels.png").symlink_to("nowhere")
    done = run("segment", "a.png", "-k", 2, "--skip-existing")
    assert done.exit_code == 1
    assert "a.overlay.jpg is there, but a.labels.png is not" in done.output or "is a link" in done.output


@POSIX
def test_folders_that_are_links_to_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.png").write_bytes(png(PIXELS))
    Path("loop").symlink_to("loop")
    Path("nowhere").symlink_to("not there")
    for place in ("loop", "nowhere", "loop/below"):
        for words in (
            ["segment", "a.png", "-k", 2, "-o", place],
            ["fit", "a.png", "-k", 2, "-o", f"{place}/model"],
            ["animate", "synthetic", "-o", f"{place}/a.gif"],
        ):
            done = run(*words)
            assert done.exit_code == 1
            assert "in a way it should not" not in done.output
            said = " ".join(done.output.split())
            assert "leads nowhere" in said or "leads back to itself" in said, said
    assert Path("loop").is_symlink()
    for words in (["segment", "loop", "-k", 2], ["info", "loop"], ["apply", "loop", "a.png"]):
        done = run(*words)
        assert (done.exit_code, "in a way it should not" in done.output) == (1, False), done.output


@POSIX
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may do anything")
def test_folders_that_may_not_be_read_or_written(tmp_path: Path) -> None:
    for mode in (0o500, 0o600, 0o000):
        closed = tmp_path / f"{mode:o}"
        closed.mkdir()
        closed.chmod(mode)
        with pytest.raises(WriteError, match="it is not writable"):
            write_whole(a_set(closed, b"new"), overwrite=False)
        closed.chmod(0o700)
        assert contents(closed) == {}
    unread = tmp_path / "unread"
    unread.mkdir()
    unread.chmod(0o300)
    write_whole(a_set(unread, b"new"), overwrite=False)
    unread.chmod(0o700)
    assert contents(unread) == {"a": b"new", "b": b"new", "c.json": b"new"}


def test_names_that_are_one_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two images whose stems a file system does not tell apart, by their case or how an accent is made."""
    pairs = [("Cat", "cat"), ("Stra\u00dfe", "STRASSE"), ("caf\u00e9", "cafe\u0301")]
    sensitive = not same_name(tmp_path, "Cat", "cat")
    assert list(tmp_path.iterdir()) == []
    for one, other in pairs:
        paths = [Path(f"{one}.png"), Path(f"{other}.png"), Path("dog.png")]
        if sensitive:
            assert clashes(BatchFile(path, tmp_path / "not there yet") for path in paths) == []
        with monkeypatch.context() as patched:
            patched.setattr(file_list, "same_name", lambda folder, one, other: True)
            assert clashes(BatchFile(path, tmp_path) for path in paths) == [other]
    assert clashes(BatchFile(Path(name), tmp_path) for name in ("a/x.png", "b/x.jpg")) == ["x"]


@POSIX
def test_a_name_that_is_no_text_comes_back_from_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that are not UTF-8 stand in JSON as Python escapes them, and lead to the file again."""
    monkeypatch.chdir(tmp_path)
    name = os.fsdecode(b"gr\xfc\xdf.png")
    try:
        Path(name).write_bytes(png(PIXELS))
    except OSError:
        pytest.skip("this file system has names of text alone")
    done = run("segment", name, "-k", 2, "-o", "out", "--json", "--report", "-q")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert os.fsencode(said["path"]) == b"gr\xfc\xdf.png"
    assert all(Path(path).is_file() for path in said["outputs"])
    record = json.loads((tmp_path / "out" / os.fsdecode(b"gr\xfc\xdf.json")).read_bytes())
    assert os.fsencode(record["input"]["path"]) == b"gr\xfc\xdf.png"
    assert run("fit", name, "-k", 2, "-o", os.fsdecode(b"m\xff")).exit_code == 0
    assert run("apply", os.fsdecode(b"m\xff"), name, "-o", "again").exit_code == 0


def test_a_full_disk_is_told_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(output_files, "new_part", full)
    with pytest.raises(WriteError, match=r"the disk is full, or a quota is\. .* Nothing there was changed"):
        make_folder(tmp_path)


@POSIX
def test_any_trouble_with_a_lock_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folder_lock, "_opened", full)
    with pytest.raises(WriteError, match="the disk is full"):
        write_whole(a_set(tmp_path, b"new"), overwrite=False)
    assert contents(tmp_path) == {}
