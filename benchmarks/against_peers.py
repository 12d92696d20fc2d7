"""One EM iteration, and a whole fit, beside the other implementations."""

from __future__ import annotations

import itertools
import time
from functools import partial
from statistics import median

import numpy as np

import pixture
from benchmarks.data import Photograph, photographs
from benchmarks.peers import PEERS, Peer, Ready, peers
from benchmarks.report import Claim, Row, Section
from benchmarks.timing import Rounds, ratio, seconds, side_by_side
from pixture.mixture.em.em import summarise
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import DEFAULT_INIT, InitName

COMPONENTS = (3, 5, 10)
TOL, MAX_ITER = 1e-4, 200

PATIENCE = 2.0
"""Seconds that timing a peer's iteration may take; where it would take longer, it is given fewer pixels."""

FIT_PATIENCE = 10.0
"""Seconds that a peer's fit may take; where it would take longer, its iterations are counted instead."""

CLAIMED = {"retina": 1500.0, "Elephants": 4000.0}
"""Where scikit-learn's float64 iteration (K = 5) is timed on every pixel however long it takes."""


def our_iteration(photograph: Photograph, start: Mixture, iterations: int = 9) -> float:
    """Return the median seconds of an iteration within `pixture.segment`, from one `on_step` to the next."""
    stamps: list[float] = []
    pixture.segment(
        photograph.image,
        init=start,
        max_iter=iterations,
        tol=0.0,
        on_step=lambda step: stamps.append(time.perf_counter()),
    )
    return float(np.median(np.diff(stamps)))


def our_fit(photograph: Photograph, start: Mixture | None, components: int) -> tuple[float, pixture.Fit]:
    """Return the seconds of histogram, start (if none is given) and fit, and the fit."""
    began = time.perf_counter()
    init: InitName | Mixture = DEFAULT_INIT if start is None else start
    found = pixture.segment(photograph.image, components, init=init, tol=TOL, max_iter=MAX_ITER)
    return time.perf_counter() - began, found.fit


def iterations() -> Section:
    """One iteration from the same start."""
    there, absent = photographs()
    others, missing = peers()
    rows: list[Row] = []
    rounds: Rounds = {}
    claims = []
    for photograph, K in itertools.product(there, COMPONENTS):
        start = photograph.start(K)
        our_iteration(photograph, start)
        for peer in others:
            claimed = peer is PEERS[0] and K == 5 and photograph.name in CLAIMED
            ready, share = _prepared(peer, photograph, start, patient=claimed)
            taken = side_by_side(
                {"ours": partial(our_iteration, photograph, start), "theirs": ready.iteration}
            )
            taken["theirs"] = [share * part for part in taken["theirs"]]
            times = ratio(taken["theirs"], taken["ours"])
            rows.append(
                {
                    "photograph": photograph.name,
                    "megapixels": photograph.image.size / 1e6,
                    "K": K,
                    "peer": peer.name,
                    "ours, ms": 1e3 * median(taken["ours"]),
                    "theirs, ms": 1e3 * median(taken["theirs"]),
                    "theirs / ours": times,
                    "theirs timed on": "every pixel" if share == 1 else f"1 / {share} of the pixels",
                }
            )
            rounds |= _named(taken, photograph.name, K, peer.name)
            if claimed:
                what = f"an iteration on {photograph.name}, K = 5, full: {peer.name} / ours"
                claims.append(Claim(what, times, "least", CLAIMED[photograph.name]))
    notes = [
        "Ours: the median time from one `on_step` of `pixture.segment` to the next, on the photograph's "
        "distinct values; theirs on its pixels. Both full covariances, from the same start.",
        *(f"{peer.name}: {peer.settings}." for peer in others),
        f"Where timing a peer's iteration would take longer than {PATIENCE:.0f} s, it has a part of the "
        "pixels, and the time is multiplied: its cost is proportional to them.",
        *absent,
        *missing,
    ]
    return Section("One EM iteration", rows, notes, claims, rounds)


def _prepared(peer: Peer, photograph: Photograph, start: Mixture, *, patient: bool) -> tuple[Ready, int]:
    """Return a peer with as many pixels as patience allows, and of how many one was taken."""
    if patient:
        return peer.prepare(photograph.pixels, start), 1
    ready, some = _ready_with_some(peer, photograph, start)
    share = max(1, round(seconds(ready.iteration) * some / PATIENCE))
    return peer.prepare(photograph.pixels[::share], start), share


def fits() -> Section:
    """A whole fit to the same tolerance."""
    there, absent = photographs()
    others, missing = peers()
    rows: list[Row] = []
    rounds: Rounds = {}
    for photograph, K in itertools.product(there, COMPONENTS):
        start = photograph.start(K)
        ours, steps, taken = _our_fits(photograph, start, K)
        rows += ours
        rounds |= _named(taken, photograph.name, K)
        for peer in others:
            row, taken = _their_fit(peer, photograph, start, K, steps)
            rows.append({"photograph": photograph.name, "K": K, "who": peer.name, **row})
            rounds |= _named(taken, photograph.name, K, f"fit of {peer.name}")
    notes = [
        f"Until an iteration raises the log-likelihood per pixel by less than {TOL:g} nats; full "
        "covariances. Ours with its histogram, by default with its start too; theirs from the start given "
        "(mlpack's from its own).",
        "Log-likelihoods are per pixel, all computed by one float64 pass over the distinct values. Variances "
        "are at least 1/36 in ours; the peers add 1/12.",
        f"Where a fit would take a peer longer than {FIT_PATIENCE:.0f} s, it is reckoned: as many iterations "
        "as ours take from the same start, for EM is the same for all.",
        *absent,
        *missing,
    ]
    return Section("A whole fit", rows, notes, [], rounds)


def _our_fits(photograph: Photograph, start: Mixture, K: int) -> tuple[list[Row], int, Rounds]:
    """Return a row for each way of ours, the plain iterations from the start, and the seconds."""
    starts = {"ours, by default": None, "ours, from the same start": start}
    taken = side_by_side(
        {name: partial(_seconds_of_fit, photograph, given, K) for name, given in starts.items()}
    )
    rows: list[Row] = []
    steps = 0
    for name, given in starts.items():
        fit = our_fit(photograph, given, K)[1]
        steps = fit.iterations
        rows.append(
            {
                "photograph": photograph.name,
                "K": K,
                "who": name,
                "ms": 1e3 * median(taken[name]),
                "/ ours": ratio(taken[name], taken["ours, by default"]),
                "log-likelihood": f"{fit.log_likelihood:.5f}",
                "how": fit.iterations_in_words,
            }
        )
    return rows, steps, taken


def _their_fit(peer: Peer, photograph: Photograph, start: Mixture, K: int, steps: int) -> tuple[Row, Rounds]:
    """Return what a peer's fit took and found, or would take."""
    ready, some = _ready_with_some(peer, photograph, start)
    ours = partial(_seconds_of_fit, photograph, None, K)
    if ready.iteration() * some * steps > FIT_PATIENCE:
        taken = side_by_side({"ours": ours, "theirs": ready.iteration})
        taken["theirs, reckoned"] = [part * some * steps for part in taken.pop("theirs")]
        guessed = taken["theirs, reckoned"]
        how = f"too slow: reckoned, {steps} iterations of one on 1 / {some} of the pixels"
        return {"ms": 1e3 * median(guessed), "/ ours": ratio(guessed, taken["ours"]), "how": how}, taken
    ready = peer.prepare(photograph.pixels, start)
    found: list[Mixture] = []

    def theirs() -> float:
        taken, mixture = ready.fit(TOL, MAX_ITER)
        found.append(mixture)
        return taken

    try:
        taken = side_by_side({"ours": ours, "theirs": theirs})
    except Exception as error:  # noqa: BLE001 - that a peer fails is a finding
        return {"how": f"failed: {type(error).__name__}: {str(error).splitlines()[0][:80]}"}, {}
    sample = pixture.histogram(photograph.image).sample
    reached = summarise(sample, found[-1]).log_likelihood / sample.total_weight
    row: Row = {
        "ms": 1e3 * median(taken["theirs"]),
        "/ ours": ratio(taken["theirs"], taken["ours"]),
        "log-likelihood": f"{reached:.5f}",
        "how": "every pixel",
    }
    return row, taken


def _seconds_of_fit(photograph: Photograph, start: Mixture | None, K: int) -> float:
    return our_fit(photograph, start, K)[0]


def _ready_with_some(peer: Peer, photograph: Photograph, start: Mixture) -> tuple[Ready, int]:
    """Return a peer, warm, with some 100,000 of the pixels, and of how many one was taken."""
    some = max(1, photograph.image.size // 100_000)
    ready = peer.prepare(photograph.pixels[::some], start)
    ready.iteration()
    return ready, some


def _named(taken: Rounds, *of: object) -> Rounds:
    label = ", ".join(str(part) for part in of)
    return {f"{label}: {name}": times for name, times in taken.items()}
