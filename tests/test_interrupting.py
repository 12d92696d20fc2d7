"""A signal ends the command with its status, at any moment, and leaves nothing half-done."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import numpy as np
import PIL.Image
import pytest

from pixture import stopping
from pixture.batch.batch_run import JOURNAL
from pixture.commands.process.error_messages import reported
from pixture.files.atomic_writing import write_whole
from pixture.parallel import map_slabs
from pixture.view.output.class_csv import SUMMARY
from pixture.view.output.save_segmentation import SUFFIXES

NAMES = [name for name in stopping.SIGNALS if hasattr(signal, name)]
MOMENTS = int(os.environ.get("PIXTURE_TEST_MOMENTS", "1"))
"""Moments of a run at which each signal is sent; a hundred of each are what was tried by hand."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no kill that a process can answer")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Ask this process to end as `listen` has a signal do, without ending it after all."""

    def ask(number: int) -> None:
        monkeypatch.setattr(stopping, "_asked", number)

    return ask


@pytest.fixture
def pictures(tmp_path: Path, generator: np.random.Generator) -> list[Path]:
    paths = [tmp_path / f"{name}.png" for name in "ab"]
    for path in paths:
        PIL.Image.fromarray(generator.integers(0, 256, (60, 80, 3), dtype=np.uint8)).save(path)
    return paths


def started(*arguments: object, before: str = "", **environment: str) -> subprocess.Popen[str]:
    """Start the command, no signal ignored, as it would be if these tests ran in the background."""
    given = "".join(f"signal.signal(signal.{name}, signal.SIG_DFL); " for name in NAMES)
    code = f"import signal; {given}{before}\nfrom pixture.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | environment,
    )


def listens(process: subprocess.Popen[str]) -> Iterator[bool]:
    """Whether the process has handlers of its own for what ends it, asked of the kernel again and again."""
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        caught = int(next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1], 16)
        yield bool(caught >> (signal.SIGTERM - 1) & 1)


def whole_sets(folder: Path) -> bool:
    """Whether a folder holds nothing but whole sets, perhaps the table of all of them, and the journal."""
    names = {path.name for path in folder.iterdir()} - {SUMMARY, JOURNAL} if folder.is_dir() else set()
    stems = {name.split(".")[0] for name in names}
    return names == {f"{stem}{suffix}" for stem in stems for suffix in SUFFIXES}


@pytest.mark.parametrize("name", NAMES)
def test_between_slabs_it_ends(name: str, asked: Callable[[int], None]) -> None:
    number = getattr(signal, name)
    done: list[int] = []

    def work(start: int, stop: int) -> None:
        done.append(start)
        asked(number)

    with pytest.raises(stopping.Stopped) as stopped:
        map_slabs(work, 10, size=1, threads=1)
    assert done == [0]
    assert stopped.value.status == 128 + number
    with pytest.raises(stopping.Stopped):
        map_slabs(work, 10, size=1, threads=3)
    assert done == [0]


def test_no_command_begins_and_none_takes_it_for_a_failure(asked: Callable[[int], None]) -> None:
    asked(15)
    began: list[int] = []
    with pytest.raises(stopping.Stopped) as stopped:
        reported(lambda: began.append(1))()
    assert (stopped.value.status, began) == (143, [])


def test_python_s_own_interruption_too(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(click.exceptions.Exit) as ended:
        reported(interrupted)()
    assert ended.value.exit_code == 130
    assert "Interrupted" in capsys.readouterr().err


@pytest.mark.parametrize("at", [0, 1])
def test_a_set_is_written_whole_or_not_at_all(
    at: int, asked: Callable[[int], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {tmp_path / name: b"new" for name in ("one", "two")}
    real, written = os.fsync, []

    def fsync(handle: int) -> None:
        real(handle)
        written.append(handle)
        if len(written) == at + 1:
            asked(1)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(stopping.Stopped):
        write_whole(contents, overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_renames_that_are_under_way_are_done(
    asked: Callable[[int], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def link(*names: Path) -> None:
        asked(1)
        real(*names)

    monkeypatch.setattr(os, "link", link)
    write_whole({tmp_path / name: b"new" for name in ("one", "two")}, overwrite=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


FOREIGN = """
import time, sys, threading
import pixture.batch.segmentations

def reading(*arguments, **options):
    print("begun", flush=True)
    while True:
        try:
            threading.Event().wait()
        except BaseException:
            pass  # what swallows whatever a handler raises

pixture.batch.segmentations.as_image = reading
from pixture import stopping
from pixture.batch.batch_run import JOURNAL
stopping.PATIENCE = {patience}
"""


def test_foreign_code_is_not_waited_for_for_ever(pictures: list[Path]) -> None:
    process = started("segment", *pictures, "-o", pictures[0].parent, before=FOREIGN.format(patience=0.2))
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGTERM)
    printed, said = process.communicate(timeout=60)
    assert (process.returncode, printed) == (128 + signal.SIGTERM, "")
    assert said == f"{stopping.SENTENCE}\n"


def test_a_second_signal_ends_at_once_but_after_temporary_files_are_gone(tmp_path: Path) -> None:
    code = """
import os, sys, threading
from pathlib import Path
import signal
from pixture import stopping
from pixture.batch.batch_run import JOURNAL
from pixture.files import atomic_writing, temporary_files

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # it may be ignored here, as under nohup
stopping.listen()

def writing(part, content):
    part.file.write(content)
    part.file.flush()
    print("begun", flush=True)
    threading.Event().wait()

temporary_files.Part.fill = writing
atomic_writing.write_whole({Path(sys.argv[1], "a"): b"half"}, overwrite=False)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    assert len(list(tmp_path.iterdir())) == 1
    process.send_signal(signal.SIGTERM)
    time.sleep(stopping.ONE_REQUEST + 0.1)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGHUP
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_what_is_ignored_stays_so(name: str, tmp_path: Path) -> None:
    before = f"import os, atexit; signal.signal(signal.{name}, signal.SIG_IGN); "
    before += f"atexit.register(os.kill, os.getpid(), signal.{name})"
    process = started("--version", before=before)
    printed, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")
    assert printed.startswith("pixture ")


@pytest.mark.parametrize("name", NAMES)
def test_before_the_command_runs_and_after_it_ran(name: str, pictures: list[Path]) -> None:
    number = getattr(signal, name)
    kill = f"os.kill(os.getpid(), signal.{name})"
    # as the commands are imported, and as Python ends
    early = f"import os, sys, pixture.stopping; pixture.stopping.listen(); {kill}; "
    early += "pixture.stopping.listen = lambda: None"
    late = f"import os, atexit; atexit.register(lambda: {kill})"
    for before, said in ((early, f"{stopping.SENTENCE}\n"), (late, "")):
        process = started("--version", before=before)
        assert process.communicate(timeout=60)[1] == said
        assert process.returncode == 128 + number


@pytest.fixture(scope="module")
def whole_runs() -> dict[bool, float]:
    """Seconds of a run that nobody ends, with an empty cache and without; noted when first needed."""
    return {}


def moments(name: str, cold: bool) -> list[float]:
    """Shares of a run, evenly spread and then shifted by chance, as many as are asked for."""
    generator = random.Random(f"{name} {cold}")
    return [(at + generator.random()) / MOMENTS for at in range(MOMENTS)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cold", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_at_any_moment(
    name: str, cold: bool, whole_runs: dict[bool, float], pictures: list[Path], tmp_path: Path
) -> None:
    """The signal's status, no traceback, no further image, nothing half-written; and then it can be done."""
    number = getattr(signal, name)

    def run(at: int, out: str) -> subprocess.Popen[str]:
        cache = {"NUMBA_CACHE_DIR": str(tmp_path / f"cache{at}")} if cold else {}
        return started("segment", *pictures, "-k", 2, "-o", tmp_path / out, **cache)

    if cold not in whole_runs:
        began = time.monotonic()
        run(-1, "whole").communicate(timeout=300)
        whole_runs[cold] = time.monotonic() - began
    takes, longest = whole_runs[cold], 0.0
    for at, share in enumerate(moments(name, cold)):
        out = tmp_path / f"out{at}"
        process = run(at, out.name)
        began = time.monotonic()
        # what comes before Python has read our first line is Python's to answer
        assert any(listens(process))
        time.sleep(max(0.0, share * takes - (time.monotonic() - began)))
        sent, images = time.monotonic(), len(list(out.glob("*.json")))
        process.send_signal(number)
        _, said = process.communicate(timeout=120)
        longest = max(longest, time.monotonic() - sent)
        # by the time Python has given its handlers back all is done, and the signal itself ends the process
        assert process.returncode in (0, 128 + number, -number), said
        assert "Traceback" not in said
        assert said.count(stopping.SENTENCE) == (process.returncode == 128 + number)
        assert "should not" not in said
        assert whole_sets(out)
        done = len(list(out.glob("*.json")))
        assert done <= images + 1
        if process.returncode in (0, -number):
            assert done == 2
        again = started("segment", *pictures, "-k", 2, "-o", out, "--skip-existing", "-q")
        assert again.communicate(timeout=300)[1] == ""
        assert again.returncode == 0
        assert len(list(out.glob("*.json"))) == 2
    print(f"{name}, {'cold' if cold else 'warm'}: answered within {longest:.2f} s")
    assert longest < stopping.PATIENCE + 30
