"""Segment an image: python examples/image_segmentation.py --image PATH [-k 4]."""

from __future__ import annotations

import argparse

import pixture

parser = argparse.ArgumentParser(description="Segment an image by a Gaussian mixture.")
parser.add_argument("--image", required=True, metavar="PATH", help="the image to segment")
parser.add_argument("-k", "--components", type=int, default=4, help="number of components (default 4)")
parser.add_argument("-o", "--output", default=".", metavar="DIR", help="where the results go (default .)")
parser.add_argument("--overwrite", action="store_true", help="replace results that are there already")


def main(arguments: list[str] | None = None) -> None:
    options = parser.parse_args(arguments)
    try:
        result = pixture.segment(options.image, options.components)
        paths = result.save(options.output, overwrite=options.overwrite)
    except pixture.PixtureError as error:
        parser.exit(1, f"error: {error}\n")
    print(f"{result.fit.iterations} EM iterations. {result.fit.stop.value}")
    print(*paths, sep="\n")


if __name__ == "__main__":
    main()
