"""The largest memory of whole processes: ours, and each peer's one iteration."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import numpy as np

import pixture
from benchmarks.data import Photograph, photographs, sixteen_bits
from benchmarks.peak import peak_of
from benchmarks.peers import PEERS, peers
from benchmarks.report import Claim, Row, Section
from pixture.mixture.model.mixture import Mixture

K = 5
MEGA = 1e6
STARTS = {"a tenth of the pixels as floats, one start": 1, "the same, ten starts": 10}
STEPS = (
    "decoded image",
    "decoded image, histogram",
    "16-bit image",
    "16-bit image, histogram",
    *STARTS,
)
"""What of ours is measured, beside the whole command."""


def memory() -> Section:
    """The peak of `pixture segment` with its files, of its steps, and of the peers."""
    there, absent = photographs()
    others, missing = peers()
    notes = [
        f"Resident memory of a whole process at its peak, K = {K}. The others: from the "
        "decoded image in memory, one iteration over its pixels; they write nothing.",
        *absent,
        *missing,
    ]
    if not hasattr(os, "wait4"):
        return Section("Memory", [], ["Not measured: this system does not say what a process took.", *notes])
    files = [photograph for photograph in there if photograph.path is not None]
    largest = max(files, key=lambda photograph: photograph.image.size)
    rows = [_row(photograph, "pixture segment, files written", _segment(photograph)) for photograph in files]
    with tempfile.TemporaryDirectory() as folder:
        decoded, wide = Path(folder, "decoded.npy"), Path(folder, "wide.npy")
        np.save(decoded, largest.pixels)
        np.save(wide, sixteen_bits(largest.pixels))
        for name in STEPS:
            rows.append(_row(largest, name, _step(name, wide if name.startswith("16-bit") else decoded)))
        for peer in others:
            try:
                rows.append(_row(largest, peer.name, _step(peer.name, decoded)))
            except RuntimeError as error:  # that a peer runs out of memory is a finding
                notes.append(f"{peer.name} failed: {str(error).splitlines()[-1][:120]}")
    of = {row["who"]: float(row["MB"] or 0) for row in rows if row["photograph"] == largest.name}
    one, ten = (of[name] for name in STARTS)
    claims = [Claim(f"memory of ten starts above one, {largest.name}", ten - one, "most", 10.0, " MB")]
    if largest.is_large:
        size = f"{largest.image.size / 1e6:.0f} MP"
        what = f"memory of `pixture segment {largest.name}` ({size}), whole process"
        claims.append(Claim(what, of["pixture segment, files written"], "most", 600.0, " MB"))
        for depth in ("decoded image", "16-bit image"):
            above = of[f"{depth}, histogram"] - of[depth]
            what = f"memory of the histogram of {largest.name} above the {depth}"
            claims.append(Claim(what, above, "most", 300.0, " MB"))
    return Section("Memory", rows, notes, claims)


def _row(photograph: Photograph, who: str, peak: int) -> Row:
    return {
        "photograph": photograph.name,
        "megapixels": photograph.image.size / 1e6,
        "who": who,
        "MB": peak / MEGA,
        "bytes a pixel": peak / photograph.image.size,
    }


def _segment(photograph: Photograph) -> int:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pixture", "segment", str(photograph.path), "-k", str(K), "-q"]
        return peak_of([*command, "-o", folder])


def _step(name: str, decoded: Path) -> int:
    return peak_of([sys.executable, "-m", "benchmarks.memory", name, str(decoded)])


def main(name: str, decoded: str) -> None:
    """Do one of the steps, for the process that measures it."""
    pixels = np.load(decoded)
    for peer in PEERS:
        if peer.name == name:  # with nothing of ours but the start's type
            spread = [np.cov(pixels[::1000].T)] * K
            start = Mixture(np.full(K, 1 / K), np.quantile(pixels[::1000], np.arange(K) / K, axis=0), spread)
            peer.prepare(pixels, start).fit(tol=1e-4, max_iter=1)
            return
    pixture.segment(pixture.image_from_array(pixels[None, :4], axes="yxc"), 1)  # what every step loads
    if name.endswith("histogram"):
        pixture.histogram(pixture.image_from_array(pixels[None], axes="yxc"))
    if name in STARTS:  # of a sample, so that no histogram's memory hides a start's
        pixture.fit(pixels[::10].astype(np.float32), K, n_init=STARTS[name], max_iter=5)


if __name__ == "__main__":
    main(*sys.argv[1:])
