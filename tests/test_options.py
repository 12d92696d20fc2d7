"""Options are written once: the library, the command and its help have them from the same fields."""

from __future__ import annotations

import inspect
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import pixture
from pixture import ChoiceError, Choices, WriteError
from pixture.cli import app
from pixture.commands.command import Command, OptionOfField, command
from pixture.commands.help_pages import Example
from pixture.imaging.encoding.png import png
from pixture.options.fitting import COVARIANCES, INITS
from pixture.options.kinds import Name, Number, Whole, WholeList
from pixture.options.option import Group, Options, described, option, option_in
from pixture.options.pixels import Pixels
from pixture.options.running import Running
from pixture.options.writing import Writing

PIXELS = np.repeat(np.array([[10, 12, 200, 203]], np.uint8), 6, axis=0)
COMMANDS = sorted(app.commands)
GROUPS: tuple[type[Options], ...] = (Choices, Pixels, Writing, Running)
PUBLIC = (pixture.segment, pixture.fit, pixture.record, pixture.select, pixture.apply, pixture.regions)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def of(name: str) -> Command:
    found = app.commands[name]
    assert isinstance(found, Command)
    return found


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.png"
    path.write_bytes(png(PIXELS))
    return path


# --- one field is the option


@described
@dataclass(frozen=True)
class Speed(Options):
    """How fast."""

    steps: int = option(4, "Number of steps.", Whole(1), short="-s", metavar="N", group=Group.RUN)


def test_a_new_option_is_one_field() -> None:
    seen: list[Speed] = []

    @command(Example("walk -s 3", "Three steps."))
    def walk(speed: Speed) -> None:
        """Walk."""
        seen.append(speed)

    runner = CliRunner()
    assert runner.invoke(walk, []).exit_code == runner.invoke(walk, ["-s", "3"]).exit_code == 0
    assert seen == [Speed(), Speed(3)]
    refused = runner.invoke(walk, ["--steps", "0"])
    assert (refused.exit_code, refused.stderr) == (
        1,
        "error: --steps must be a whole number of at least 1; got 0.\n",
    )
    assert "-s, --steps N  Number of steps. [default: 4]" in runner.invoke(walk, ["-h"]).stdout
    assert "steps\n    Number of steps." in (Speed.__doc__ or "")


@pytest.mark.parametrize("function", PUBLIC, ids=lambda function: function.__name__)
def test_the_library_s_keywords_have_the_defaults_of_the_fields(function: Callable[..., Any]) -> None:
    known = {one.name: one for group in GROUPS for one in fields(group)}  # type: ignore[arg-type]  # all are dataclasses
    found = 0
    for name, parameter in inspect.signature(function).parameters.items():
        varies = (function.__name__, name) in {("select", "components"), ("regions", "seed")}
        if name in known and not varies:
            assert parameter.default == known[name].default, name
            found += 1
    assert found >= 2


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_s_options_have_the_fields_defaults_and_help(name: str) -> None:
    known = {one.name: one for group in GROUPS for one in fields(group)}  # type: ignore[arg-type]  # all are dataclasses
    same = [param for param in of(name).params if isinstance(param, OptionOfField)]
    for param in same:
        if known.get(param.field.name) is param.field:
            assert param.help == option_in(param.field).help
    assert len({param.name for param in same}) == len(same)


@given(st.integers(), st.integers(0, 5))
def test_a_whole_number_is_read_and_checked_alike(value: int, least: int) -> None:
    kind = Whole(least)
    assert kind.read(str(value)) == value
    if value >= least:
        assert kind.check("n", np.int64(value) if abs(value) < 2**63 else value) == value
    else:
        with pytest.raises(ChoiceError, match=r"^n must be a whole number of at least"):
            kind.check("n", value)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_number_is_finite(value: float) -> None:
    kind = Number(above=0)
    read = kind.read(str(value))
    assert read == value or np.isnan(value)
    if np.isfinite(value) and value > 0:
        assert kind.check("x", value) == value
    else:
        with pytest.raises(ChoiceError, match=r"^x must be a finite number above 0; got"):
            kind.check("x", value)


@given(st.lists(st.integers(1, 99), min_size=1, max_size=9))
def test_a_list_of_numbers_is_read_as_it_is_typed(numbers: list[int]) -> None:
    assert WholeList(Whole(1)).read(",".join(map(str, numbers))) == numbers


# --- words


def test_diag_is_understood_everywhere(small: Path, tmp_path: Path) -> None:
    assert Choices(covariance="diag") == Choices(covariance="diagonal")
    assert pixture.segment(PIXELS, 2, covariance="diag").mixture.covariance == "diagonal"
    assert pixture.Mixture([1], [[0.0]], [[1.0]], "diag").covariance == "diagonal"
    both = pixture.select(PIXELS, [1, 2], covariance=["diag", "diagonal", "full"])
    assert [candidate.covariance for candidate in both.candidates].count("diagonal") == 2
    for arguments in (["segment", "-o", tmp_path], ["fit", "-o", tmp_path / "m"], ["select"]):
        done = run(arguments[0], small, "-k", 2, "--covariance", "diag", *arguments[1:], "--json")
        assert done.exit_code == 0, done.output
        assert "diagonal" in done.stdout


def test_names_that_are_refused_are_not_offered() -> None:
    for kind in (Name(INITS, internal=("given",)), Name(COVARIANCES)):
        with pytest.raises(ChoiceError) as caught:
            kind.check("name", "nonsense")
        assert "given" not in str(caught.value)
    with pytest.raises(ChoiceError, match=r"quantiles, random, or a Mixture[^;]*; got"):
        pixture.segment(PIXELS, 2, init="nonsense")  # type: ignore[arg-type]  # refused
    done = run("segment", "x.png", "--init", "given")
    assert done.exit_code == 2
    assert "'given' is not one of kmeans++, greedy, quantiles, random." in done.stderr


def test_auto_for_a_model_says_what_works(small: Path, tmp_path: Path) -> None:
    done = run("fit", small, "-k", "auto", "-o", tmp_path / "m")
    assert done.exit_code == 2
    assert "takes a number, such as -k 4; `pixture select IMAGE` says" in done.stderr


def test_python_is_told_of_keywords_and_the_command_of_options(small: Path, tmp_path: Path) -> None:
    result = pixture.segment(PIXELS, 2)
    result.save(tmp_path, stem="small")
    with pytest.raises(WriteError) as caught:
        result.save(tmp_path, stem="small")
    assert "Give overwrite=True" in str(caught.value)
    assert not re.search(r"(?<!\w)--?[a-z]", str(caught.value))
    said = run("segment", small, "-k", 2, "-o", tmp_path).stderr
    assert "Give --overwrite to replace it, --skip-existing to leave it, or choose another folder" in said
    assert "with -o" in said
    assert "=True" not in said


def test_a_file_s_name_is_not_taken_for_a_keyword(small: Path, tmp_path: Path) -> None:
    path = small.rename(tmp_path / "max_iter.png")
    assert run("segment", path, "-k", 1, "-o", tmp_path).stderr.startswith("max_iter.png")
    assert f"{path} would be" in run("fit", path, "-o", path, "--overwrite").stderr


def test_options_that_exclude_each_other(small: Path) -> None:
    done = run("regions", small, "-n", 2, "--detail", 0.5)
    assert (done.exit_code, "--regions and --detail exclude each other" in done.stderr) == (2, True)
    with pytest.raises(ChoiceError, match="overwrite=True and skip_existing=True exclude each other"):
        Writing(overwrite=True, skip_existing=True)


# --- help


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("columns", [80, 100])
def test_help_is_whole_in_a_terminal(name: str, columns: int) -> None:
    shown = CliRunner().invoke(app, [name, "-h"], terminal_width=columns).stdout
    lines = shown.splitlines()
    assert max(map(len, lines)) <= columns
    assert not [line for line in lines if line.endswith("-")]
    titles = [line[:-1] for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert titles[0] == "Examples"
    groups = [title for title in titles if title in {group.value for group in Group}]
    assert groups == [group.value for group in Group if group.value in groups]
    words = " ".join(shown.split())
    for param in of(name).params:
        if isinstance(param, OptionOfField):
            assert param.shown.strip() in shown
            assert param.beside in words


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_three_examples_that_can_be_typed(name: str) -> None:
    assert len(of(name).examples) >= 3
    for example in of(name).examples:
        program, typed, *rest = shlex.split(example.typed)
        assert (program, len(example.typed) <= 76) == ("pixture", True)
        called = of(typed)
        context = called.make_context(typed, rest)
        assert isinstance(context, click.Context)
        for group in (Choices, Running):
            taken = {one.name: context.params.get(one.name) for one in fields(group)}
            values = {key: value for key, value in taken.items() if value not in (None, "auto")}
            if typed != "select":
                group(**values)


# --- completion


def completed(words: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", "from pixture.cli import main; main()"],
        env=os.environ
        | {"_PIXTURE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_a_shell_completes_commands_options_names_and_files() -> None:
    assert "plain,segment" in completed("pixture se")
    assert completed("pixture segment --cov") == ["plain,--covariance", "plain,--covariance-floor"]
    assert completed("pixture segment --covariance d") == ["plain,diagonal"]
    assert completed("pixture segment -k a") == ["plain,auto"]
    assert completed("pixture segment pho") == ["file,pho"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(shell: str) -> None:
    done = run("--completion", shell)
    assert done.exit_code == 0
    assert "_PIXTURE_COMPLETE" in done.stdout
    program = shutil.which(shell)
    if program is not None:
        subprocess.run([program, "-n"], input=done.stdout, encoding="utf-8", check=True)
