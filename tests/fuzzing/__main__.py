"""`python -m tests.fuzzing`: hunt for some minutes, or say what the files in folders cost."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fuzzing.cost import costs_of, table
from tests.fuzzing.hunt import hunt
from tests.fuzzing.seeds import LEFT_OUT


def main() -> int:
    """Return 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long to hunt")
    parser.add_argument(
        "--seed", type=int, default=0, help="the hunt's number: the same one makes the same inputs"
    )
    parser.add_argument("--start", type=int, default=0, help="the number of the first input")
    parser.add_argument("--inputs", type=int, default=None, help="how many inputs at most")
    parser.add_argument("--findings", type=Path, default=None, help="a folder for what is found")
    parser.add_argument(
        "--cost", type=Path, nargs="*", default=None, help="tables of costs, and of these folders"
    )
    given = parser.parse_args()
    seen = hunt(
        given.seed, given.minutes * 60, lambda line: print(line, flush=True),
        start=given.start, most=given.inputs, folder=given.findings,
    )  # fmt: skip
    well = sum(seen.counts.get(what, 0) for what in ("answered", "refused"))
    print(f"hunt {given.seed}: {well} inputs without a finding, {len(seen.findings)} findings;", end=" ")
    print(", ".join(f"{what} {count}" for what, count in sorted(seen.counts.items())))
    for name, why in LEFT_OUT.items():
        print(f"not made here: {name} ({why})")
    if given.cost is not None:
        print()
        print(table("Inputs of the hunt", seen.costs))
        for folder in given.cost:
            print()
            print(table(folder.name, costs_of(folder)))
    return int(bool(seen.findings))


if __name__ == "__main__":
    sys.exit(main())
