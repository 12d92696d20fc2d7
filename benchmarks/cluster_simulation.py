"""What a run costs on a cluster, replayed: measured seconds of pieces on 1 to 1,000 virtual workers.

`python -m benchmarks.cluster_simulation PIECES.json` prints the seconds of each pass, and how many times as
fast as one worker that is. PIECES.json is what `python -m benchmarks.large_images --pieces` wrote.

A pass is a task a piece; each worker takes the next task when it is free; tasks are handed out one by one by
a scheduler; all workers read through one store, of so many bytes a second; the sums of pieces are added up
pairwise.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

WORKERS = (1, 2, 4, 8, 16, 32, 64, 100, 128, 256, 512, 1000)
"""Numbers of workers that are replayed."""


@dataclass(frozen=True)
class Cluster:
    """What a cluster is like, but for its number of workers.

    Attributes
    ----------
    hand_out
        Seconds in which the scheduler hands out a task and takes its answer; it does so for one at a time.
    message
        Seconds in which a sum goes from one worker to another, and is added.
    bandwidth
        Bytes a second that the store gives to all workers together.
    """

    hand_out: float = 0.0005
    message: float = 0.005
    bandwidth: float = 10e9


USUAL = Cluster()


def seconds_of_pass(
    tasks: Sequence[float], workers: int, cluster: Cluster = USUAL, *, bytes_a_task: float = 0.0
) -> float:
    """Return the seconds of a pass: these tasks on so many workers, and the sums of all.

    Parameters
    ----------
    tasks
        The seconds that each piece takes a worker by itself.
    workers
        How many there are, each with a piece at a time.
    cluster
        What it is like.
    bytes_a_task
        Bytes that a task reads from the store.

    Examples
    --------
    >>> free = Cluster(0.0, 0.0, math.inf)
    >>> seconds_of_pass([1.0] * 8, 1, free), seconds_of_pass([1.0] * 8, 4, free)
    (8.0, 2.0)
    """
    idle = [0.0] * workers  # when each worker is free, a heap
    scheduler = store = end = 0.0
    for task in tasks:
        free = heapq.heappop(idle)
        scheduler = max(scheduler, free) + cluster.hand_out
        # the store serves one after the other, as fast as it can: who asks while it is busy waits
        store = max(store, scheduler) + bytes_a_task / cluster.bandwidth
        done = max(scheduler + task, store)
        end = max(end, done)
        heapq.heappush(idle, done)
    return end + math.ceil(math.log2(max(len(tasks), 2))) * cluster.message


def replay(
    passes: Mapping[str, Sequence[float]], pieces: int, cluster: Cluster = USUAL, bytes_a_task: float = 0.0
) -> dict[str, dict[int, float]]:
    """Return the seconds of each pass by the number of workers, measured seconds drawn for so many pieces."""
    generator = np.random.default_rng(0)
    found: dict[str, dict[int, float]] = {}
    for name, measured in passes.items():
        tasks = generator.choice(np.asarray(measured), pieces).tolist()
        found[name] = {
            workers: seconds_of_pass(tasks, workers, cluster, bytes_a_task=bytes_a_task)
            for workers in WORKERS
        }
    return found


def plot(found: Mapping[str, Mapping[int, float]], path: Path) -> None:
    """Draw how many times as fast as one worker many are, by pass."""
    from matplotlib.figure import Figure

    figure = Figure((6.4, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.loglog(WORKERS, WORKERS, color="#999999", linestyle=":", label="as many times as there are workers")
    for name, of in found.items():
        axes.loglog(list(of), [of[1] / seconds for seconds in of.values()], marker="o", ms=3, label=name)
    axes.set_xlabel("workers")
    axes.set_ylabel("times as fast as one")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main() -> None:
    """Replay, and print what comes of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster_simulation", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--pieces", type=int, default=2**19, help="of the store (default: a terapixel)")
    parser.add_argument("--bytes", type=float, default=3e6, help="that a piece has in the store")
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    for kind, passes in json.loads(asked.file.read_text(encoding="utf-8")).items():
        passes.pop("reading", None)  # is in the others
        found = replay(passes, asked.pieces, bytes_a_task=asked.bytes)
        for name, of in found.items():
            for workers, seconds in of.items():
                times = of[1] / seconds
                print(f"{kind}, {name}: {workers} workers: {seconds:,.1f} s, {times:,.1f} times as fast")
        if asked.plot is not None:
            plot(found, asked.plot)
            return


if __name__ == "__main__":
    main()
