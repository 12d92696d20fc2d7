"""Cost against pixels, components, channels and threads: a plot each, and the exponents fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

import pixture
from benchmarks.data import plain_mixture, uniform_rows
from benchmarks.report import Row, Section
from benchmarks.timing import Rounds, median_of, seconds, side_by_side
from pixture.arrays import Array
from pixture.demo import photograph
from pixture.mixture.em.em import summarise
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import available_threads

MEGAPIXELS = (1, 2, 4, 8, 16, 32, 64)
COMPONENTS = (2, 4, 8, 16, 32, 64)
CHANNELS = (1, 2, 3, 4, 6, 9, 16, 24, 32, 48, 64)

PASSES = 3
"""A round is the median of so many."""

Curve = dict[int, list[float]]
"""Of each number of what varies, the seconds in each round."""


def scaling(folder: Path) -> Section:
    """Measure all four, and draw them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    curves = {
        "megapixels": _pixels(),
        "components K": _components(),
        "channels d": _channels(),
        "threads": _threads(),
    }
    rows: list[Row] = []
    rounds: Rounds = {}
    plots = []
    for against, series in curves.items():
        for name, taken in series.items():
            at = [float(x) for x in taken]
            medians = [median(times) for times in taken.values()]
            exponent = _exponent(at, medians)
            first, last = (f"{1e3 * medians[end]:.3g}" for end in (0, -1))
            rows.append(
                {
                    "against": against,
                    "what": name,
                    "from": at[0],
                    "to": at[-1],
                    "ms there": f"{first} to {last}",
                    "exponent": exponent,
                }
            )
            rounds |= {f"{name}, {against} = {x}": times for x, times in taken.items()}
        plots.append(_plot(folder / f"scaling-{against.split()[0]}.png", against, series))
    notes = [
        "The exponent p is the slope of a straight line through the logarithms: cost ~ x^p.",
        "A pass: float32 rows that never repeat, full covariances; K = 5 and d = 3 unless they vary. Against "
        "K it is 2 million rows, against d 200,000.",
        "A photograph: china.jpg repeated to so many pixels, `segment` and its labels; what grows is "
        "counting and look-up.",
    ]
    return Section("Scaling", rows, notes, [], rounds, plots)


def _in_turns(timings: Mapping[int, Callable[[], float]]) -> Curve:
    """What the machine does at one time falls on all of a curve alike."""
    taken = side_by_side({str(at): timing for at, timing in timings.items()})
    return {int(at): times for at, times in taken.items()}


def _pass(sample: WeightedSample, mixture: Mixture, threads: int | None = None) -> Callable[[], float]:
    return median_of(partial(summarise, sample, mixture, threads=threads), PASSES)


def _pixels() -> dict[str, Curve]:
    mixture = plain_mixture(5)
    passes = {m: _pass(WeightedSample(uniform_rows(m * 1_000_000)), mixture) for m in MEGAPIXELS}
    pixels = pixture.read(photograph("china")).rows
    images = {m: np.resize(pixels, (m * 1000, 1000, 3)) for m in MEGAPIXELS}
    photographs = {m: partial(_segment, image) for m, image in images.items()}
    return {
        "a pass, 3 float32 channels": _in_turns(passes),
        "segment and labels of a photograph": _in_turns(photographs),
    }


def _segment(image: Array) -> float:
    return seconds(lambda: pixture.segment(image, 5).labels)


def _components() -> dict[str, Curve]:
    sample = WeightedSample(uniform_rows(2_000_000))
    return {"a pass": _in_turns({K: _pass(sample, plain_mixture(K)) for K in COMPONENTS})}


def _channels() -> dict[str, Curve]:
    passes = {d: _pass(WeightedSample(uniform_rows(200_000, d)), plain_mixture(5, d)) for d in CHANNELS}
    return {"a pass": _in_turns(passes)}


def _threads() -> dict[str, Curve]:
    sample, mixture = WeightedSample(uniform_rows(12_000_000)), plain_mixture(5)
    counts = [count for count in (1, 2, 4, 8, 16, 32) if count <= available_threads()]
    passes = {count: _pass(sample, mixture, count) for count in counts}
    return {"a pass over 12 million rows": _in_turns(passes)}


def _exponent(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Return the slope of the logarithms.

    >>> round(_exponent([1, 2, 4], [3, 12, 48]), 6)
    2.0
    """
    if len(x) < 2:
        return None
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def _plot(path: Path, against: str, series: dict[str, Curve]) -> Path:
    figure = Figure(figsize=(5.2, 3.9), layout="constrained")
    axes = figure.subplots()
    for (name, taken), colour in zip(series.items(), ("#0072b2", "#d55e00"), strict=False):
        x = list(taken)
        times = 1e3 * np.array([taken[at] for at in x])
        middle = np.median(times, axis=1)
        exponent = _exponent(x, list(middle))
        label = name if exponent is None else f"{name}: exponent {exponent:.2f}"
        axes.plot(x, middle, color=colour, marker="o", markersize=4, linewidth=1.4, label=label)
        axes.fill_between(x, times.min(axis=1), times.max(axis=1), color=colour, alpha=0.15, linewidth=0)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda ms, _: f"{ms:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xticks(x, [f"{at:g}" for at in x])
    axes.xaxis.minorticks_off()
    axes.set_xlabel(against)
    axes.set_ylabel("ms")
    axes.set_title(f"Cost against {against}")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small", loc="best")
    figure.savefig(path, dpi=130)
    return path
