"""A journal says what is done, whatever ended the run that wrote it."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture.errors import ResumeError, WriteError
from pixture.files.journal import BusyError, Journal, changes, unfinished

HEADER = {"images": ["a.png", "b.png"], "fit": {"components": 4}}
ENTRIES: list[dict[str, object]] = [
    {"path": "a.png", "sha256": "0" * 64},
    {"path": "b.png", "outputs": {"b.json": "1"}},
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    place = tmp_path_factory.mktemp("journal") / "journal"
    with Journal.open(place, HEADER) as journal:
        for entry in ENTRIES:
            journal.add(entry)
    return place.read_bytes()


def entries_by_hand(content: bytes) -> list[dict[str, object]]:
    """The entries that a journal holds: its longest beginning of whole lines, but for the header."""
    *whole_lines, _ = content.split(b"\n")
    known = dict(zip((json.dumps(entry).encode() for entry in ENTRIES), ENTRIES, strict=True))
    return [known[line] for line in itertools.takewhile(known.__contains__, whole_lines[1:])]


RUBBISH = [b"", b"\0" * 40, b"\n", b'{"path": "c.png"', b"[1]\n", b"\xff\n"]


@given(cut=st.integers(0, 250), rubbish=st.sampled_from(RUBBISH))
def test_what_is_cut_off_was_never_written(
    cut: int, rubbish: bytes, whole: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Cut at any byte, perhaps with rubbish after it: the whole lines count, and the run goes on."""
    place = tmp_path_factory.mktemp("cut") / "journal"
    place.write_bytes(whole[:cut] + rubbish)
    expected = entries_by_hand(whole[:cut] + rubbish)
    with Journal.open(place, HEADER, resume=True) as journal:
        assert list(journal.entries) == expected
        journal.add({"path": "z.png"})
    with Journal.open(place, HEADER, resume=True) as journal:
        assert list(journal.entries) == [*expected, {"path": "z.png"}]
        journal.finish()
    assert not list(place.parent.iterdir())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"fit": {"components": 5}}, "components=4, and this one has components=5"),
        ({"images": ["a.png"]}, "b.png was among its images, and is not given now"),
        ({"images": ["a.png", "b.png", "c.png"]}, "c.png was not among its images, and is given now"),
        ({"images": ["b.png", "a.png"]}, "its images were in another order"),
        ({"smooth": 2.0}, "smooth=None, and this one has smooth=2.0"),
    ],
)
def test_what_has_changed_is_said(changed: dict[str, object], said: str, tmp_path: Path) -> None:
    place = tmp_path / "journal"
    with Journal.open(place, HEADER) as journal:
        journal.add(ENTRIES[0])
    before = place.read_bytes()
    with pytest.raises(ResumeError, match=f"(?s)cannot be resumed: .*{said}"):
        Journal.open(place, HEADER | changed, resume=True)
    assert place.read_bytes() == before
    Journal.open(place, HEADER, resume=True).close()


def test_what_may_change_stays_as_it_was(tmp_path: Path) -> None:
    Journal.open(tmp_path / "journal", {"at": 1}).close()
    with Journal.open(tmp_path / "journal", {"at": 2}, resume=True, changeable=("at",)) as journal:
        assert journal.header["at"] == 1


def test_a_killed_run_is_not_forgotten_unsaid(tmp_path: Path) -> None:
    place = tmp_path / "journal"
    with Journal.open(place, HEADER) as journal:
        journal.add(ENTRIES[0])
    with pytest.raises(ResumeError, match=r"1 part of its work done. Give resume=True to go on"):
        Journal.open(place, HEADER)
    with Journal.open(place, HEADER, anew=True) as journal:
        assert journal.entries == ()
    found = unfinished(place)
    assert found is not None
    assert found.entries == ()


def test_a_living_run_s_journal_is_its_own(tmp_path: Path) -> None:
    place = tmp_path / "journal"
    with Journal.open(place, HEADER) as journal:
        for resume in (False, True):
            with pytest.raises(BusyError, match="Another run of pixture is at work"):
                Journal.open(place, HEADER, resume=resume, anew=not resume)
        journal.finish()
    Journal.open(place, HEADER).close()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"Cannot write in .*missing: .*No journal was kept"):
        Journal.open(tmp_path / "missing" / "journal", HEADER)


def test_a_killed_writer_s_lines_are_there(tmp_path: Path) -> None:
    place = tmp_path / "journal"
    code = (
        "import os; from pathlib import Path; from pixture.files.journal import Journal; "
        f"journal = Journal.open(Path({str(place)!r}), {HEADER!r}); journal.add({ENTRIES[0]!r}); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert [json.loads(line) for line in place.read_bytes().splitlines()][1] == ENTRIES[0]
    with Journal.open(place, HEADER, resume=True) as journal:
        assert list(journal.entries) == ENTRIES[:1]


def test_headers_that_say_the_same_differ_in_nothing() -> None:
    assert changes(HEADER, HEADER) == []
