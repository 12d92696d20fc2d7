"""The benchmarks run where nothing optional is installed, and say what is absent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks import memory as memory_of_processes
from benchmarks.__main__ import main
from benchmarks.against_blas import blas_pass
from benchmarks.data import plain_mixture, uniform_rows
from benchmarks.peak import peak_of
from benchmarks.peers import PEERS, Peer, peers
from benchmarks.report import Claim, Section, markdown, save
from benchmarks.timing import ratio, side_by_side

from pixture.mixture.em.em import summarise
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample

ROOT = Path(__file__).resolve().parents[1]
needs_wait4 = pytest.mark.skipif(
    not hasattr(os, "wait4"), reason="this system does not say what a process took"
)


def run(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    settings = os.environ | {"PIXTURE_TEST_DATA": str(data)}
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=ROOT, env=settings)


@needs_wait4
def test_the_command_prints_and_saves_one_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of what is measured in processes of their own, a few seconds each, what the claims need."""
    monkeypatch.setenv("PIXTURE_TEST_DATA", str(tmp_path))
    monkeypatch.setattr(memory_of_processes, "STEPS", ("decoded image", *memory_of_processes.STARTS))
    monkeypatch.setattr(memory_of_processes, "peers", lambda: ([], []))
    assert main(["decoding", "memory", "-o", str(tmp_path / "found")]) == 0
    printed = capsys.readouterr().out
    assert "Elephants is absent" in printed
    assert printed.strip() == (tmp_path / "found" / "benchmarks.md").read_text(encoding="utf-8").strip()
    record = json.loads((tmp_path / "found" / "benchmarks.json").read_text(encoding="utf-8"))
    assert record["machine"]["numpy"]
    decoding, memory = record["sections"]
    (row,) = decoding["rows"]
    assert row["photograph"] == "china"
    assert all(len(times) >= 5 for times in decoding["rounds"].values())
    whole, *steps = memory["rows"]
    assert whole["who"] == "pixture segment, files written"
    assert [row["who"] for row in steps] == ["decoded image", *memory_of_processes.STARTS]
    assert all(50 < row["MB"] < whole["MB"] for row in steps)


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    done = run("decodign", data=tmp_path)
    assert done.returncode == 2
    assert "there is no 'decodign'; there are memory, commands, agreement" in done.stderr


def test_absent_peers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.peers.installed", lambda distribution: None)
    there, absent = peers()
    assert not there
    assert len(absent) == len(PEERS)
    assert "gmmx is absent" in " ".join(absent)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_fits_what_we_fit(peer: Peer) -> None:
    """Each peer is handed its data rightly: from the same start it finds the same two clusters."""
    if not peer.is_there:
        pytest.skip(f"{peer.distribution} is not installed")
    generator = np.random.default_rng(0)
    clusters = [generator.normal(centre, 8, (2000, 3)) for centre in (60, 180)]
    pixels = np.concatenate(clusters).round().clip(0, 255).astype(np.uint8)
    start = Mixture([0.5, 0.5], [[50.0] * 3, [200.0] * 3], [100 * np.eye(3)] * 2)
    ready = peer.prepare(pixels, start)
    assert ready.iteration() > -1  # a difference of two short runs may be negative
    taken, found = ready.fit(tol=1e-6, max_iter=50)
    assert taken > 0
    assert np.allclose(found.ordered().means, [[60] * 3, [180] * 3], atol=1)
    assert np.allclose(found.covariances, 64 * np.eye(3), atol=8)


@needs_wait4
def test_peak_memory_is_the_command_s_own() -> None:
    own = bytearray(300_000_000)  # what the parent holds does not count
    least = peak_of([sys.executable, "-c", "pass"])
    most = peak_of([sys.executable, "-c", "bytearray(100_000_000)"])
    assert len(own) > least
    assert 90e6 < most - least < 120e6
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        peak_of([sys.executable, "-c", "1 / 0"])


def test_the_pass_handed_to_blas_is_ours() -> None:
    rows, mixture = uniform_rows(5000, 7).astype(np.float64), plain_mixture(3, 7)
    ours = summarise(WeightedSample(rows), mixture)
    *sums, log_likelihood = blas_pass(rows, mixture)
    for found, expected in zip(sums, (ours.zeroth, ours.first, ours.second), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    assert log_likelihood == pytest.approx(ours.log_likelihood, rel=1e-12)


def test_sides_take_turns() -> None:
    order: list[str] = []

    def turn(name: str) -> float:
        order.append(name)
        return float(len(order))

    taken = side_by_side({"a": lambda: turn("a"), "b": lambda: turn("b")}, rounds=2)
    assert order == ["a", "b", "a", "b", "a", "b"]
    assert taken == {"a": [3.0, 5.0], "b": [4.0, 6.0]}
    assert ratio(taken["a"], taken["b"]) == pytest.approx((3 / 4 + 5 / 6) / 2)


def test_a_report_puts_its_claims_first(tmp_path: Path) -> None:
    claims = [Claim("kept", 3.0, "least", 2.0), Claim("missed", 3.0, "most", 2.0, " MB")]
    section = Section("Both", [{"who": "we", "ms": 1.25}], ["a note"], claims)
    text = markdown({"numpy": "2"}, [section], tmp_path)
    head, rest = text.split("## Both")
    assert "at least 2.00" in head
    assert "holds" in head
    assert "3.00 MB" in head
    assert "MISSED" in head
    assert "- a note" in rest
    assert [path.name for path in save(tmp_path, {"numpy": "2"}, [section])] == [
        "benchmarks.json",
        "benchmarks.md",
    ]
