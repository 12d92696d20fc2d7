"""Damaged files: a hunt of a minute, what hunts found before, and that the hunter sees what it looks for."""

from __future__ import annotations

import base64
import json
import os
import random
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.fuzzing.cost import costs_of, table
from tests.fuzzing.hunt import Finding, Worker, hunt, inputs, judged, save
from tests.fuzzing.mutations import mutated, parts
from tests.fuzzing.seeds import LEFT_OUT, NOT_READ, seeds

MINUTES = float(os.environ.get("PIXTURE_FUZZ_MINUTES", "1"))

CASES = Path(__file__).parent / "fuzzing" / "cases.json"
"""Files that were findings: each a few hundred bytes, compressed."""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.close()


def test_every_good_file_is_well(worker: Worker) -> None:
    """What is found in a mutation is the mutation's: the good files are answered, and without a word."""
    assert not LEFT_OUT
    assert len(seeds()) > 60
    for name, content in seeds().items():
        operation = "load" if name.startswith("model") else "read"
        answer = worker.ask(operation, content, 120)
        assert judged(operation, content, answer) is None, (name, answer)
        assert "digest" in answer or name in NOT_READ, (name, answer)


@pytest.mark.parametrize(
    ("operation", "kind", "said"),
    [
        ("crash", "signal", "-11"),
        ("hang", "hang", "2"),
        ("fail", "exception", "ZeroDivisionError: as some decoder may"),
        ("speak", "noise", "libpng warning: something"),
        ("fill", "memory", "MB for 0.00 MB"),
    ],
)
def test_what_is_looked_for_is_seen(operation: str, kind: str, said: str, worker: Worker) -> None:
    answer = worker.ask(operation, b"anything", 2 if operation == "hang" else 100)
    verdict = judged(operation, b"anything", answer)
    assert verdict is not None
    assert verdict[0] == kind
    assert said in verdict[1]


def test_noise_is_heard_each_time_and_not_again(worker: Worker) -> None:
    """Also after much of it, and where more was written than is quoted."""
    for _ in range(30):
        assert worker.ask("speak", b"", 100)["noise"] == "libpng warning: something\n"
        for _ in range(3):
            assert worker.ask("read", seeds()["png colour"], 100)["noise"] == ""


def test_the_next_file_is_answered_after_a_crash(worker: Worker) -> None:
    worker.ask("crash", b"", 100)
    assert "digest" in worker.ask("read", seeds()["png colour"], 100)


def test_the_same_hunt_makes_the_same_files() -> None:
    for one, other in zip(islice(inputs(7), 300), islice(inputs(7), 300), strict=True):
        assert one == other
    assert list(islice(inputs(7, start=40), 5)) == list(islice(inputs(7), 40, 45))


def test_every_way_changes_files() -> None:
    """Of two hundred mutations of each file nearly all differ from it, and from each other."""
    for content in seeds().values():
        made = {mutated(content, random.Random(number), content) for number in range(200)}
        assert len(made - {content}) > 120


def test_a_format_s_parts_are_found() -> None:
    good = seeds()
    chunks = [good["png colour"][start + 4 : start + 8] for start, _ in parts(good["png colour"])]
    assert chunks == [b"IHDR", b"IDAT", b"IEND"]
    boxes = [good["jp2"][start + 4 : start + 8] for start, _ in parts(good["jp2"])]
    assert boxes[:5] == [b"jP  ", b"ftyp", b"jp2h", b"ihdr", b"colr"]
    tags = [int.from_bytes(good["tif"][start : start + 2], "little") for start, _ in parts(good["tif"])]
    assert tags == sorted(tags)
    assert {256, 257, 273, 279} <= set(tags)
    assert len(parts(good["tif, big"])) == len(tags)


def test_findings_are_kept(tmp_path: Path) -> None:
    finding = Finding("noise", "read", "tif", 12, "a word", b"content")
    save(tmp_path, 3, finding)
    assert (tmp_path / "noise-3-12.bin").read_bytes() == b"content"
    assert json.loads((tmp_path / "noise-3-12.json").read_text())["hunt"] == 3


def test_costs_are_told(tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(seeds()["png colour"])
    costs = costs_of(tmp_path)
    assert costs[0][:2] == ("good.png", len(seeds()["png colour"]))
    assert 0 < costs[0][3] < 60
    told = table("These", [*costs, ("dear", 10_000, 10**9, 5.0)])
    rows = [line.split("|")[1].strip() for line in told.splitlines() if line.startswith("| ")]
    assert rows == ["by memory", "dear", "good.png", "by time", "dear", "good.png"]


def cases() -> list[tuple[str, str]]:
    """Return operation and content of every case."""
    return [(operation, packed) for operation, packed in json.loads(CASES.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("operation", "packed"), cases(), ids=range(len(cases())))
def test_what_was_found_before(operation: str, packed: str, worker: Worker) -> None:
    content = zlib.decompress(base64.b85decode(packed))
    answer = worker.ask(operation, content, 120)
    assert judged(operation, content, answer) is None, answer


@pytest.mark.slow  # PIXTURE_FUZZ_MINUTES says how long
def test_a_hunt_finds_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    seen = hunt(random.SystemRandom().randrange(2**32), MINUTES * 60, told.append, folder=tmp_path / "found")
    assert seen.counts.get("answered", 0) > 10
    assert seen.counts.get("refused", 0) > 10
    assert not seen.findings, "\n".join(told)
