"""`python -m benchmarks [NAME ...]`: measure, print one report, save it as Markdown and JSON."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import (
    accelerating,
    against_blas,
    against_copying,
    against_decoding,
    against_limit,
    against_peers,
    agreement,
    animating,
    commands,
    estimating,
    guidance,
    memory,
    scaling,
    scans,
    selecting,
    smoothing,
    starting,
)
from benchmarks.machine import machine
from benchmarks.peers import PEERS
from benchmarks.report import Section, markdown, save


def main(arguments: list[str]) -> int:
    """Run the sections asked for; return 1 if a claim is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="what to measure; all of it if none is named"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("benchmark-results"),
        help="folder of the report (%(default)s)",
    )
    chosen = parser.parse_args(arguments)
    # memory first: it starts processes, and they are cheaper to start while this one is small
    sections: dict[str, Callable[[], Section]] = {
        "memory": memory.memory,
        "commands": commands.commands,
        "agreement": agreement.agreement,
        "limit": against_limit.passes,
        "blas": against_blas.against_blas,
        "decoding": against_decoding.decoding,
        "copying": against_copying.against_copying,
        "estimators": estimating.estimating,
        "selecting": selecting.selecting,
        "sweeping": selecting.sweeping,
        "animating": animating.animating,
        "smoothing": smoothing.smoothing,
        "guidance": guidance.guidance,
        "scans": scans.scans,
        "starting": starting.starting,
        "accelerating": accelerating.accelerating,
        "iterations": against_peers.iterations,
        "fits": against_peers.fits,
        "scaling": partial(scaling.scaling, chosen.output),
    }
    unknown = [name for name in chosen.names if name not in sections]
    if unknown:
        parser.error(f"there is no {unknown[0]!r}; there are {', '.join(sections)}")
    # peers that do not converge in one iteration say so each time
    warnings.filterwarnings("ignore", message=".*did not converge")
    found: list[Section] = []
    where = machine([peer.distribution for peer in PEERS])
    for name in chosen.names or sections:
        began = time.perf_counter()
        print(f"{name} ... ", end="", file=sys.stderr, flush=True)
        found.append(sections[name]())
        print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)
        save(chosen.output, where, found)  # what is done is kept, whatever happens to the rest
    print(markdown(where, found, chosen.output))
    print(
        f"Saved as {chosen.output / 'benchmarks.md'} and {chosen.output / 'benchmarks.json'}.",
        file=sys.stderr,
    )
    return 0 if all(claim.holds for section in found for claim in section.claims) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
