"""Watch EM fit synthetic points: python examples/run_em_visualization.py [-k 3] [-o FILE.gif].

In a window, or in a file (.gif, .webp, .mp4 or .html); where there is no display, in em.gif beside this
program. `pixture animate synthetic` does this and more.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pixture

parser = argparse.ArgumentParser(description="Watch EM fit synthetic points.")
parser.add_argument("-n", "--points", type=int, default=600, help="number of points (default 600)")
parser.add_argument("-k", "--components", type=int, default=4, help="number of components (default 4)")
parser.add_argument("--seed", type=int, default=2, help="seed of the points and of the start (default 2)")
parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of opening a window")
parser.add_argument(
    "--style",
    choices=("classic", "colours"),
    default="classic",
    help="red ellipses over grey points (the default), or a colour for each component",
)
parser.add_argument("--overwrite", action="store_true", help="replace the file if it is there already")


def main(arguments: list[str] | None = None) -> None:
    options = parser.parse_args(arguments)
    try:
        points, _ = pixture.synthetic(options.points, options.components, seed=options.seed)
        recording = pixture.record(points, options.components, init="random", seed=options.seed)
        print(f"EM iterations: {recording.fit.iterations}. {recording.fit.stop.value}")
        animation = recording.animate(style=options.style)
        if options.output is None:
            try:
                animation.show()
            except pixture.DisplayError:
                written = animation.save(Path(__file__).with_name("em.gif"), overwrite=True)
                print(f"There is no window to show it in; written: {written}")
        else:
            print("written:", animation.save(options.output, overwrite=options.overwrite))
    except pixture.PixtureError as error:
        parser.exit(1, f"error: {error}\n")


if __name__ == "__main__":
    main()
