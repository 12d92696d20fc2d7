"""One EM pass over 12 million rows that never repeat: beside C++, beside gmmx, on more threads."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.data import plain_mixture, uniform_rows
from benchmarks.peers import PEERS
from benchmarks.report import Claim, Row, Section
from benchmarks.timing import Rounds, median_of, ratio, side_by_side
from pixture.mixture.em.em import summarise
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import available_threads
from pixture.wording import plural

ROWS, K = 12_000_000, 5
SOURCE = Path(__file__).with_name("em_limit.cpp")
COMPILE = "g++ -O3 -march=native -ffast-math -mprefer-vector-width=512"


def passes() -> Section:
    """One pass: log densities, log-sum-exp, moments."""
    rows = uniform_rows(ROWS)
    sample, mixture = WeightedSample(rows), plain_mixture(K)
    threads = available_threads()
    timings: dict[str, Callable[[], float]] = {
        f"ours, {plural(count, 'thread')}": median_of(partial(summarise, sample, mixture, threads=count), 9)
        for count in sorted({1, 2, threads})
        if count <= threads
    }
    ours = f"ours, {plural(threads, 'thread')}"
    notes = [
        f"{ROWS:,} float32 rows, d = 3, K = {K}, full covariances. Each round is the median of 9 passes."
    ]
    with _limit() as limit:
        if limit is None:
            notes.append("The C++ limit is absent: no g++ here compiles it.")
        else:
            timings["C++ limit"] = partial(_seconds_of_limit, limit, threads)
            notes.append(
                f"C++ limit: benchmarks/em_limit.cpp, `{COMPILE}`, {threads} threads, float32 sums in blocks."
            )
        taken = side_by_side(timings)
    gmmx = next(peer for peer in PEERS if peer.name == "gmmx")
    both: Rounds = {}
    if gmmx.is_there:
        ready = gmmx.prepare(rows, mixture)
        both = side_by_side({ours: timings[ours], gmmx.name: ready.iteration})
        notes.append(f"gmmx: {gmmx.settings}; E and M step. One pass a round, beside ours.")
    else:
        notes.append(f"gmmx is absent: {gmmx.distribution} is not installed (`pip install -e '.[bench]'`).")
    claims = []
    if "C++ limit" in taken:
        what = "a pass over 12 M float32 rows: ours / the C++ limit"
        claims.append(Claim(what, ratio(taken[ours], taken["C++ limit"]), "most", 1.5))
    if both:
        claims.append(Claim("the same: gmmx / ours", ratio(both[gmmx.name], both[ours]), "least", 40.0))
    if threads >= 2:
        gained = ratio(taken["ours, 1 thread"], taken["ours, 2 threads"])
        claims.append(Claim("the same: one thread / two threads", gained, "least", 1.8))
    else:
        notes.append("Two threads against one: there is one processor.")
    bits = {count: _bits(sample, mixture, count) for count in (1, 2, 7)}
    same = len(set(bits.values())) == 1
    claims.append(
        Claim("the same: answers of 1, 2 and 7 threads that differ in a bit", float(not same), "most", 0.0)
    )
    table: list[Row] = [_row(name, times, taken[ours]) for name, times in taken.items()]
    table += [_row(name, times, both[ours]) for name, times in both.items() if name != ours]
    return Section(
        "One pass over rows that do not repeat",
        table,
        notes,
        claims,
        taken | {f"{name}, beside gmmx": times for name, times in both.items()},
    )


def _row(name: str, times: list[float], ours: list[float]) -> Row:
    return {
        "who": name,
        "ms": 1e3 * median(times),
        "ns a row": 1e9 * median(times) / ROWS,
        "/ ours": ratio(times, ours),
    }


def _bits(sample: WeightedSample, mixture: Mixture, threads: int) -> bytes:
    moments = summarise(sample, mixture, threads=threads)
    sums = (moments.zeroth, moments.first, moments.second, np.array(moments.log_likelihood))
    return b"".join(part.tobytes() for part in sums)


@contextmanager
def _limit() -> Iterator[Path | None]:
    """Compile the limit for this machine; None where there is no compiler, or it knows no such vectors."""
    if shutil.which("g++") is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "em_limit")
        compiling = [*COMPILE.split(), str(SOURCE), "-o", str(program), "-lpthread"]
        compiled = subprocess.run(compiling, check=False).returncode == 0
        yield program if compiled else None


def _seconds_of_limit(program: Path, threads: int) -> float:
    """Return the median of its 9 passes, as it prints it."""
    said = subprocess.run(
        [program, str(ROWS), str(threads)], capture_output=True, encoding="utf-8", check=True
    ).stdout
    found = re.match(r"([\d.]+) ms median", said)
    if found is None:
        raise RuntimeError(f"em_limit printed {said!r}, not its milliseconds")
    return float(found[1]) / 1e3
