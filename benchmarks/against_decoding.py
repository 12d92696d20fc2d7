"""Segmenting a photograph beside decoding its file, and where the time goes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import PIL.Image

import pixture
from benchmarks.data import photographs
from benchmarks.report import Claim, Row, Section
from benchmarks.timing import Rounds, ratio, seconds, side_by_side
from pixture.imaging.image import Image

K = 5


def decoding() -> Section:
    """Histogram, start, fit and labels, beside Pillow's decoding of the same JPEG."""
    there, absent = photographs()
    rows: list[Row] = []
    rounds: Rounds = {}
    claims = []
    for photograph in there:
        if photograph.path is None:
            continue
        image = photograph.image
        taken = side_by_side(
            {
                "decode": partial(_decode, photograph.path, PIL.Image.Image.load),
                "decode to an array": partial(_decode, photograph.path, np.asarray),
                "segment": partial(_segment, image),
            }
        )
        share = ratio(taken["segment"], taken["decode"])
        rows.append(
            {
                "photograph": photograph.name,
                "megapixels": image.size / 1e6,
                "distinct values": pixture.histogram(image).sample.size,
                **{f"{name}, ms": 1e3 * median(times) for name, times in taken.items()},
                "segment / decode": share,
            }
        )
        rounds |= {f"{photograph.name}: {name}": times for name, times in taken.items()}
        if photograph.is_large:
            what = f"`segment` of {photograph.name}, K = {K}: after decoding / decoding its JPEG"
            claims.append(Claim(what, share, "most", 1.0))
    notes = [
        "Decode: Pillow, `open` and `load`; to an array, NumPy's copy besides. Segment: histogram, start, "
        f"fit to 1e-4 nats a pixel, labels; K = {K}, full covariances.",
        *absent,
    ]
    return Section("Segmenting, beside decoding the file", rows, notes, claims, rounds)


def _decode(path: Path, take: Callable[[PIL.Image.Image], object]) -> float:
    def run() -> None:
        with PIL.Image.open(path) as picture:
            take(picture)

    return seconds(run)


def _segment(image: Image) -> float:
    return seconds(lambda: pixture.segment(image, K).labels)
