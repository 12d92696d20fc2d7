"""Whatever a terminal, a pipe or a disk takes: what is printed arrives, or what hinders it is said."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import pixture
from pixture.cli import app
from pixture.commands.app import run
from pixture.commands.process.streams import SUBSTITUTED, Stderr, Stdout
from pixture.imaging.encoding.png import png
from pixture.view.output.save_segmentation import SUFFIXES
from pixture.wording import printable

COMMANDS = ("segment", "regions", "evaluate", "report", "select", "fit", "apply", "animate", "info", "demo")
ENCODINGS = ("ascii", "latin-1", "cp1252", "cp437", "cp932", "utf-8")
HOSTILE = "a\x1b[31m\n\r\t\x07\x7f\x9b1m\u202e\u2066\u2028\udcff b.png"
ESCAPED = r"a\x1b[31m\n\r\t\x07\x7f\x9b1m\u202e\u2066\u2028\xff b.png"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.png"
    path.write_bytes(png(np.repeat(np.array([[10, 12, 200, 203]], np.uint8), 6, axis=0)))
    return path


@pytest.fixture
def in_encoding(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in this process, with streams of an encoding; return its status and what it prints."""

    def run_in(encoding: str, *arguments: object) -> tuple[int, str, str]:
        out, err = io.BytesIO(), io.BytesIO()
        with monkeypatch.context() as patch, warnings.catch_warnings():
            patch.setattr(sys, "argv", ["pixture", *map(str, arguments)])
            patch.setattr(sys, "stdout", Stdout(out, encoding, SUBSTITUTED))
            patch.setattr(sys, "stderr", Stderr(err, encoding, SUBSTITUTED))
            patch.setenv("COLUMNS", "80")
            status = run()
            sys.stderr.flush()
            return status, out.getvalue().decode(encoding), err.getvalue().decode(encoding)

    return run_in


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_command_s_help_in_every_encoding(encoding: str, in_encoding: Run) -> None:
    for arguments in (("--help",), *((name, "--help") for name in COMMANDS)):
        status, printed, said = in_encoding(encoding, *arguments)
        assert (status, said) == (0, "")
        assert "Usage: pixture" in printed
        assert "--help" in printed
        assert "\\" not in printed  # nothing in it had to be spelt out
        assert max(len(line) for line in printed.splitlines()) <= 80


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_result_and_error_in_every_encoding(
    encoding: str, in_encoding: Run, small: Path, tmp_path: Path
) -> None:
    other = tmp_path / "日本 é.png"
    other.write_bytes(small.read_bytes())
    name = "日本 é.png".encode(encoding, SUBSTITUTED).decode(encoding)
    in_encoding(encoding, "select", other, "-k", "1-3")  # where kernels are compiled first, it says so
    status, printed, said = in_encoding(encoding, "select", other, "-k", "1-3")
    assert (status, said) == (0, "")
    lines = printed.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["1", "2", "3"]
    assert lines[3].rstrip().endswith(("◀ best", "< best"))
    assert lines[1].rstrip().endswith(("█" * 12, "#" * 12))
    assert lines[-1].startswith(f"{name}: 3 components")
    status, _, said = in_encoding(encoding, "segment", other, "-k", 2, "-o", tmp_path / "out")
    assert (status, said.startswith(f"{name}: 4 x 6, 4 distinct values")) == (0, True)
    status, printed, said = in_encoding(encoding, "info", other)
    assert (status, said) == (0, "")
    assert "4 x 6 = 24 pixels" in printed
    status, printed, said = in_encoding(encoding, "info", other, "--json")
    assert printed.isascii()
    assert json.loads(printed)["path"] == str(other)
    status, printed, said = in_encoding(encoding, "info", tmp_path / "keine é.png")
    there_is_none = "keine é.png: there is no such file.".encode(encoding, SUBSTITUTED).decode(encoding)
    assert (status, printed, there_is_none in said) == (1, "", True)
    status, printed, said = in_encoding(encoding, "sgmenté")
    assert (status, printed) == (2, "")
    assert "No such command" in said
    assert in_encoding(encoding, "--version")[:1] == (0,)


def test_what_an_encoding_lacks_is_spelt_out() -> None:
    assert "1…3 − 2 █▌▎◀".encode("ascii", SUBSTITUTED) == b"1.3 - 2 #=-<"
    assert "é…".encode("cp1252", SUBSTITUTED) == "é…".encode("cp1252")
    assert "█▌▎".encode("cp437", SUBSTITUTED) == "█▌".encode("cp437") + b"-"
    assert "a\udcff".encode("utf-8", SUBSTITUTED) == b"a\\xff"
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", SUBSTITUTED)


@given(st.text(st.characters()), st.sampled_from(ENCODINGS))
def test_any_text_is_a_line_that_no_terminal_obeys(text: str, encoding: str) -> None:
    line = printable(text)
    assert all(letter == " " or letter.isprintable() or letter.isspace() for letter in line)
    assert len(line.splitlines()) <= 1
    line.encode(encoding, SUBSTITUTED)


def test_names_that_a_terminal_would_obey_are_escaped_wherever_they_are_printed(
    small: Path, tmp_path: Path, in_encoding: Run
) -> None:
    path = tmp_path / HOSTILE
    try:
        path.write_bytes(small.read_bytes())
    except OSError:
        pytest.skip("this file system holds no such name")
    out, none = tmp_path / f"out\x1b[2J{HOSTILE[:-4]}", tmp_path / f"none {HOSTILE}"
    model = tmp_path / f"{HOSTILE}.pixture"
    for arguments in (
        ("info", path),
        ("info", none),
        ("info", none, "--debug"),
        ("select", path, "-k", "1-2"),
        ("segment", path, path.with_name("absent\x1b.png"), "-k", 9, "-o", out),
        ("segment", path, "-k", 2, "-o", out),
        ("segment", path, path, "-o", out),
        ("fit", path, "-k", 2, "-o", model),
        ("fit", path, "-k", 2, "-o", model),
        ("apply", none, path),
        ("animate", none, "-o", tmp_path / "a\x1b.gif"),
        ("animate", "synthetic", "-o", tmp_path / "a\x1b.gi\x1bf"),
        (f"x{HOSTILE}",),
        ("segment", f"--x{HOSTILE}"),
        ("segment", path, "-k", HOSTILE),
        (HOSTILE, "--help"),
    ):
        status, printed, said = in_encoding("utf-8", *arguments)
        assert status in (0, 1, 2, 3), said
        shown = printed + said
        assert all(letter == "\n" or letter.isprintable() for letter in shown), ascii(shown)
        assert r"\x1b" in shown
    status, printed, said = in_encoding("utf-8", "info", path, "--json")
    assert json.loads(printed)["path"] == str(path)
    status, printed, said = in_encoding("utf-8", "segment", none, "-o", out)
    assert ESCAPED in said


def test_names_are_no_markup_and_no_emoji(small: Path, tmp_path: Path) -> None:
    path = tmp_path / ":warning: [red]x.png"
    path.write_bytes(small.read_bytes())
    for arguments in (["info", str(path)], ["select", str(path), "-k", "1"]):
        printed = CliRunner().invoke(app, arguments).stdout
        assert ":warning:[red]x.png" in "".join(printed.split())
    done = CliRunner().invoke(app, ["segment", str(path), "-k", "2", "-o", str(tmp_path / "out")])
    assert done.stderr.startswith(":warning: [red]x.png: ")


def test_each_warning_is_said_once_and_not_when_quiet(tmp_path: Path) -> None:
    path = tmp_path / "flat.png"
    path.write_bytes(png(np.full((5, 5, 3), 9, np.uint8)))
    for arguments in (["info"], ["fit", "-o", str(tmp_path / "model")], ["segment", "-o", str(tmp_path)]):
        done = CliRunner().invoke(app, [arguments[0], str(path), *arguments[1:]])
        assert done.exit_code == 0, done.output
        assert done.stderr.count("The data have only 1 distinct value") == 1
        if arguments[0] != "info":
            done = CliRunner().invoke(app, [arguments[0], str(path), *arguments[1:], "-q", "--overwrite"])
            assert (done.exit_code, done.stderr) == (0, "")


def test_what_libraries_warn_of_is_not_said(
    small: Path, in_encoding: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pixture.imaging.readers.read import read_part as real

    def read_part(path: Path, reading: pixture.Reading) -> object:
        warnings.warn("invalid value encountered in cast", RuntimeWarning, stacklevel=1)
        return real(path, reading)

    monkeypatch.setattr("pixture.segmentation.sources.image_source.read_part", read_part)
    monkeypatch.setattr(sys, "warnoptions", [])
    assert in_encoding("utf-8", "info", small, "-k", 2)[2] == ""
    assert "invalid value" in in_encoding("utf-8", "info", small, "-k", 2, "--debug")[2]


NO_ROOM = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
SHELL = pytest.mark.skipif(sys.platform == "win32", reason="there is no shell")


def closed() -> int:
    return os.open(os.devnull, os.O_RDONLY)


def full() -> int:
    return os.open("/dev/full", os.O_WRONLY)


def read_by_nobody() -> int:
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize(
    ("stream", "because"),
    [
        pytest.param(closed, "Bad file descriptor", marks=SHELL),
        pytest.param(full, "No space left on device", marks=NO_ROOM),
        pytest.param(read_by_nobody, "", marks=SHELL),
    ],
)
@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["apply", "--help"],
        ["info", "small.png"],
        ["info", "small.png", "--json"],
        ["select", "small.png", "-k", "1"],
        ["fit", "small.png", "-k", "2", "-o", "model", "--json", "-q"],
    ],
    ids=" ".join,
)
def test_stdout_that_takes_nothing(
    stream: Callable[[], int],
    because: str,
    arguments: list[str],
    small: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(small.parent)
    monkeypatch.setattr(sys, "argv", ["pixture", *arguments])
    # `open`, since a stream may be a number, which no Path is
    with Stdout(open(stream(), "wb"), "utf-8", SUBSTITUTED) as out, warnings.catch_warnings():  # noqa: PTH123 - see above
        monkeypatch.setattr(sys, "stdout", out)
        assert run() == 1
    said = capsys.readouterr().err
    sentence = (
        f"error: What was asked for cannot be printed on stdout: {because}. Send it to another place.\n"
    )
    assert said == (sentence if because else "")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["sgment"], 2), (["info", "none.png"], 1), (["segment", "small.png", "none.png", "-k", "2"], 3)],
    ids=["usage", "error", "some"],
)
def test_stderr_that_takes_nothing(
    arguments: list[str], status: int, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small.parent)
    monkeypatch.setattr(sys, "argv", ["pixture", *arguments])
    with Stderr(open(read_by_nobody(), "wb"), "utf-8", SUBSTITUTED) as err, warnings.catch_warnings():
        monkeypatch.setattr(sys, "stderr", err)
        assert run() == status
    assert (small.parent / "small.json").exists() == (status == 3)


@SHELL
@pytest.mark.parametrize(
    ("line", "arguments", "status", "said"),
    [
        ('"$@" >&-', ["--help"], 1, "error: What was asked for cannot be printed on stdout: Bad file"),
        ('"$@" <&- >&- 2>&-', ["segment", "small.png", "-k", "2", "-o", "out"], 0, ""),
        pytest.param('"$@" >/dev/full', ["--version"], 1, "No space left", marks=NO_ROOM),
        ('("$@"; echo $? >&2) | head -0', ["--help"], 0, "1\n"),
    ],
)
def test_a_shell_that_closes_streams(
    line: str, arguments: list[str], status: int, said: str, small: Path
) -> None:
    command = [sys.executable, "-m", "pixture", *arguments]
    done = subprocess.run(
        ["sh", "-c", line, "sh", *command],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=small.parent,
    )
    assert done.returncode == status, done.stderr
    assert len(done.stderr.splitlines()) == (said != "")
    assert said in done.stderr
    assert arguments[0] != "segment" or len(list((small.parent / "out").iterdir())) == len(SUFFIXES)


@SHELL
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "cp1252"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""},
        {"LC_ALL": "xx_YY.UTF-8", "LANG": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""},
    ],
    ids=["cp1252", "C", "no such locale"],
)
def test_a_process_of_another_encoding_or_locale(environment: dict[str, str], small: Path) -> None:
    path = small.with_name("日本.png")
    path.write_bytes(small.read_bytes())
    command = [sys.executable, "-m", "pixture", "select", str(path), "-k", "1-3"]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", check=False, env=os.environ | environment
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()[1:4]] == ["1", "2", "3"]
    assert "#" * 12 in done.stdout or "█" * 12 in done.stdout
    assert "3 components, full covariance" in done.stdout
