"""Counting an image and looking results up, beside copying as many bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np

import pixture
from benchmarks.data import photographs, sixteen_bits
from benchmarks.report import Claim, Row, Section
from benchmarks.timing import Rounds, ratio, seconds, side_by_side
from pixture.arrays import Array
from pixture.segmentation.segmentation import Segmentation

K = 5


def against_copying() -> Section:
    """Time counting, labels, painting, entropy and probabilities of the largest photograph."""
    there, absent = photographs()
    largest = max(there, key=lambda photograph: photograph.image.size)
    image = largest.image
    wide = pixture.image_from_array(sixteen_bits(image.pixels))
    grey = pixture.image_from_array(np.ascontiguousarray(image.pixels[..., 1]))
    wide_grey = pixture.image_from_array(np.ascontiguousarray(wide.pixels[..., 1]))
    start = largest.start(K)
    segmented = pixture.segment(image, init=start, max_iter=1)

    def fresh() -> Segmentation:  # as nothing has been asked of it
        return Segmentation(segmented.image, segmented.histogram, segmented.fit, segmented.choices)

    labels = segmented.labels
    painted, entropy, probabilities = segmented.painted(), segmented.entropy(), segmented.probabilities()
    counted = {
        "histogram, 8-bit colour": image,
        "histogram, 16-bit colour": wide,
        "histogram, 8-bit grey": grey,
        "histogram, 16-bit grey": wide_grey,
    }
    work: dict[str, tuple[Callable[[], object], Array]] = {
        **{name: (partial(pixture.histogram, of), of.pixels) for name, of in counted.items()},
        "labels": (lambda: fresh().labels, labels),
        "painted": (segmented.painted, painted),  # from the labels, which are there
        "entropy": (segmented.entropy, entropy),
        "probabilities": (segmented.probabilities, probabilities),
    }
    rows: list[Row] = []
    rounds: Rounds = {}
    for name, (ours, array) in work.items():
        source = np.ascontiguousarray(array)
        taken = side_by_side({"ours": partial(seconds, ours), "copy": partial(seconds, source.copy)})
        rows.append(
            {
                "what": name,
                "MB": array.nbytes / 1e6,
                "ms": 1e3 * median(taken["ours"]),
                "ns a pixel": 1e9 * median(taken["ours"]) / image.size,
                "ms, copy": 1e3 * median(taken["copy"]),
                "ours / copy": ratio(taken["ours"], taken["copy"]),
            }
        )
        rounds |= {f"{name}: {side}": times for side, times in taken.items()}
    claims = []
    if largest.is_large:
        of = {str(row["what"]): float(row["ms"] or 0) for row in rows}
        what = f"labels of {largest.name} ({image.size / 1e6:.0f} MP)"
        claims.append(Claim(what, of["labels"], "most", 60.0, " ms"))
    notes = [
        f"{largest.name}, K = {K}. Copy: NumPy's `copy` of the array counted or made, into new "
        "memory as ours is, on its one thread. Painting takes the labels as "
        "they are; the others compute what is said of each distinct value first.",
        "16 bits: the same photograph stretched, with as many distinct values.",
        *absent,
    ]
    return Section("Counting and look-up, beside copying", rows, notes, claims, rounds)
