"""Images larger than memory: whole commands beside reading the file twice, and the seconds a piece takes.

`python -m benchmarks.large_images FOLDER SIDE` writes images of SIDE x SIDE pixels into FOLDER, if they are
not there, and measures each; `--pieces` measures pieces one by one, for `benchmarks.cluster_simulation`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.large_files import KINDS, write
from benchmarks.machine import machine
from benchmarks.peak import ROOT
from benchmarks.report import Row, Section, markdown
from benchmarks.timing import seconds
from pixture.imaging.window import Window
from pixture.mixture.em.em import summarise
from pixture.mixture.em.fit import fit_sample
from pixture.options.fitting import Choices
from pixture.options.spatial import Spatial
from pixture.parallel import available_threads
from pixture.scale.sample.continuous import WorkOfPiece
from pixture.scale.sample.counting import CountPieces, coding_of_all
from pixture.scale.sample.source_sample import source_sample
from pixture.scale.sources.opened_source import open_source
from pixture.scale.workers import Threads
from pixture.segmentation.large_images.field.field_view import field_view
from pixture.segmentation.large_images.field.light_field import LightField
from pixture.segmentation.large_images.painting import PaintPiece

K = 4
MEMORY = "1GB"
MEASURED = 24
"""Pieces that are measured one by one."""


def read_all(path: Path) -> None:
    """Read a file once by its own library, on all processors, keeping nothing."""
    threads = available_threads()
    if path.suffix == ".tif":
        import tifffile

        with tifffile.TiffFile(path) as file:
            for _ in file.pages.first.segments(maxworkers=threads):
                pass
        return
    if path.suffix == ".npy":
        with path.open("rb") as file:
            while file.read(1 << 24):
                pass
        return
    import zarr

    array = zarr.open_array(path, mode="r")
    rows, columns = array.chunks[:2]
    places = [(y, x) for y in range(0, array.shape[0], rows) for x in range(0, array.shape[1], columns)]
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda at: array[at[0] : at[0] + rows, at[1] : at[1] + columns].shape, places):
            pass


def whole_commands(folder: Path, side: int, kinds: tuple[str, ...] = KINDS) -> Section:
    """Measure `pixture segment` of each kind of file, beside reading it twice."""
    rows: list[Row] = []
    for kind in kinds:
        path = write(folder, kind, side)
        read_all(path)  # now in the page cache, if it fits
        twice = seconds(partial(read_all, path)) + seconds(partial(read_all, path))
        results = folder / "results"
        shutil.rmtree(results, ignore_errors=True)
        command = [sys.executable, "-m", "pixture", "segment", str(path), "-k", str(K), "--memory", MEMORY]
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.peak", *command, "-q", "-o", str(results)],
            capture_output=True,
            encoding="utf-8",
            check=True,
            cwd=ROOT,
        )
        took = time.perf_counter() - began
        shutil.rmtree(results, ignore_errors=True)
        size = side * side
        rows.append(
            {
                "file": path.name,
                "Mpx": size / 1e6,
                "reading twice, s": twice,
                "pixture segment, s": took,
                "times": took / twice,
                "Mpx/s": size / took / 1e6,
                "peak MB": int(done.stdout.splitlines()[-1]) / 1e6,
            }
        )
    notes = [f"K = {K}, smoothing light, --memory {MEMORY}; reading by tifffile or zarr on all processors."]
    return Section("Images larger than memory", rows, notes)


def seconds_of_pieces(path: Path) -> dict[str, list[float]]:
    """Return the seconds that each pass takes for some pieces of a file, one thread, one after the other."""
    source = open_source(path)
    description = source.description
    windows = description.pieces
    some = windows[:: max(1, len(windows) // MEASURED)]
    known = source_sample(source, Threads())
    fit = fit_sample(known.sample, Choices(K)).ordered(known.direction)
    view = field_view(source, known, Spatial())
    light = LightField(view, fit.mixture, Window.of(description.shape))
    painting = PaintPiece(source, fit.mixture, light, (), False, strides=(64, 64))
    passes: dict[str, Callable[[Window], object]] = {"reading": source.read, "labelling": painting}
    coding = coding_of_all(description) if known.is_counted else None
    if coding is not None:
        counting = CountPieces(source, coding, 2**32)
        passes["counting"] = lambda window: counting((window,))
    else:
        resolution = known.sample.resolution
        expecting = WorkOfPiece(source, lambda part: summarise(part, fit.mixture, threads=1), resolution)
        passes["an iteration"] = expecting
    found: dict[str, list[float]] = {}
    for name, work in passes.items():
        work(some[0])
        found[name] = [seconds(partial(work, window)) for window in some]
    return found


def main(arguments: list[str]) -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_images", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("side", type=int)
    parser.add_argument("kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--pieces", type=Path, metavar="FILE", help="write the seconds of pieces as JSON")
    asked = parser.parse_args(arguments)
    if asked.pieces is None:
        section = whole_commands(asked.folder, asked.side, tuple(asked.kinds))
        print(markdown(machine([]), [section], asked.folder))
        return
    of_kinds = {kind: seconds_of_pieces(write(asked.folder, kind, asked.side)) for kind in asked.kinds}
    asked.pieces.write_text(json.dumps(of_kinds, indent=1) + "\n", encoding="utf-8")
    for kind, passes in of_kinds.items():
        for name, took in passes.items():
            print(f"{kind}: {name}: {sum(took) / len(took):.4f} s a piece")


if __name__ == "__main__":
    main(sys.argv[1:])
