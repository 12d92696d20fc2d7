"""Neighbours that agree: specks before and after, what that costs, and how long it takes."""

from __future__ import annotations

import time
from statistics import median

import numpy as np
from scipy import ndimage

import pixture
from benchmarks.data import Photograph, photographs
from benchmarks.report import Claim, Row, Section
from benchmarks.timing import ROUNDS, seconds
from pixture.arrays import Integers
from pixture.options.fitting import Choices
from pixture.options.spatial import Spatial
from pixture.segmentation.field.contrast import contrast_weights
from pixture.segmentation.field.label_table import label_table
from pixture.segmentation.field.mean_field import grid_of, update, without_neighbours
from pixture.segmentation.field.neighbourhood import neighbourhood
from pixture.segmentation.field.smooth import smoothed

K = 4
SPECK = 20
"""Pixels of a piece below which it is a speck."""

WAYS: tuple[float | str, ...] = ("light", 2.0, 4.0, "auto")


def smoothing() -> Section:
    """How many pieces the labels of photographs fall into, smoothed or not."""
    there, absent = photographs()
    rows: list[Row] = []
    claims: list[Claim] = []
    for photograph in [Photograph("flower", pixture.demo.photograph("flower")), *there]:
        found, nanoseconds = _rows(photograph)
        rows += found
        if photograph.name == "china":
            claims.append(
                Claim(f"an update of the field, K = {K}, china, a pixel", nanoseconds, "most", 12.0, " ns")
            )
        if photograph.image.size > 2e7:
            slowest = max(float(row["s"] or 0) for row in found if row["smooth"] in ("light", "4.0"))
            claims.append(
                Claim(f"smoothing {photograph.name}, the slower of light and 4", slowest, "most", 3.0, " s")
            )
    notes = [
        f"Labels of K = {K} full components, 4-connected pieces; specks are pieces of fewer than {SPECK} "
        "pixels. Lost is what of the log-likelihood per pixel the prior costs, in nats; s the seconds that "
        f"smoothing takes beside the fit, the median of {ROUNDS} rounds after one; ns an update of a pixel, "
        "on all threads.",
        "The strengths were not chosen by this table.",
        *absent,
    ]
    return Section("Smoothing", rows, notes, claims)


def _rows(photograph: Photograph) -> tuple[list[Row], float]:
    image = photograph.image
    plain = pixture.segment(image, K, smooth="off")
    pieces, specks = _pieces(plain.labels)
    nanoseconds = _nanoseconds(plain)
    about: Row = {"photograph": photograph.name, "megapixels": image.size / 1e6}
    rows: list[Row] = [{**about, "smooth": "off", "pieces": pieces, "specks %": specks}]
    for way in WAYS:
        made = None
        taken = []
        for _ in range(1 + ROUNDS):
            began = time.perf_counter()
            made = smoothed(image, plain.histogram, plain.fit.mixture, Spatial(way), Choices(K))
            taken.append(time.perf_counter() - began)
        assert made is not None
        pieces, specks = _pieces(made.posterior.labels(np.uint8, 0))
        rows.append(
            {
                **about,
                "smooth": str(way),
                "strength": made.strength,
                "pieces": pieces,
                "specks %": specks,
                "lost": plain.fit.log_likelihood - made.log_likelihood,
                "iterations": made.iterations,
                "s": median(taken[1:]),
                "ns": nanoseconds,
            }
        )
    return rows, nanoseconds


def _nanoseconds(plain: pixture.Segmentation) -> float:
    """Return the time of one update of every pixel, a pixel, the median of rounds after one."""
    image = plain.image
    near = neighbourhood(8, (1.0, 1.0))
    grid = grid_of(plain.histogram, near, contrast_weights(image, near))
    table = label_table(plain.histogram, plain.fit.mixture).joint
    q = without_neighbours(grid, table)
    taken = [seconds(lambda: update(q, grid, table, 4.0)) for _ in range(3 * ROUNDS)]
    return 1e9 * median(taken[1:]) / image.size


def _pieces(labels: Integers) -> tuple[int, float]:
    """Return the number of connected pieces, and the percentage of pixels in specks."""
    count, specks = 0, 0
    for label in np.unique(labels):
        numbered, found = ndimage.label(labels == label)
        sizes = np.bincount(numbered.ravel())[1:]
        count += int(found)
        specks += int(sizes[sizes < SPECK].sum())
    return count, 100 * specks / labels.size
