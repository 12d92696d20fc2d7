"""A run under a spatial prior that is ended goes on from the last iteration, and comes to the same bits."""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner, Result

import pixture
from pixture.commands.app import app
from pixture.imaging import window as windows
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.options.spatial import Spatial
from pixture.scale.checkpoints import Checkpointed, Remembering
from pixture.scale.sources.source import ImageSource
from pixture.scale.stores.pixel_store import PixelStore
from pixture.scale.workers import Part, T, Threads
from pixture.segmentation.field import smooth
from pixture.segmentation.large_images import memory_of_pieces
from pixture.segmentation.large_images.field.update_piece import UpdatePiece
from pixture.segmentation.large_images.segment_source import Targets, paint_source
from pixture.segmentation.large_images.source_fit import fit_source
from tests.test_checkpoints import BY_PART, InterruptedRunError
from tests.test_large_fields import masked_around
from tests.test_large_images import IMAGES, InMemory, scene, small_pieces

__all__ = ["small_pieces"]  # it is used by every test here


class Limited(Threads):
    """Threads that are stopped after so many parts, and count those of each work."""

    def __init__(self, most: int) -> None:
        super().__init__(1)
        self.left = most
        self.done: Counter[type] = Counter()

    def each(self, work: Callable[[Part], T], parts: Sequence[Part]) -> Iterator[T]:
        """As `Threads`, until there are none left."""
        for part in parts:
            if self.left == 0:
                raise InterruptedRunError
            self.left -= 1
            self.done[type(work.work if isinstance(work, Remembering) else work)] += 1
            yield work(part)


class Run:
    """A segmentation whose posteriors stay in a folder when it is ended."""

    def __init__(self, image: Image, method: Method, folder: Path) -> None:
        self.image, self.method, self.folder = image, method, folder
        self.sink = InMemory(np.full(image.shape, 99, np.uint8))
        folder.mkdir()

    def go(self, workers: Threads) -> tuple[Any, ...]:
        """Go on with it; return all that came of it."""
        kept = Checkpointed(workers, self.folder, BY_PART)
        fitted = fit_source(ImageSource(self.image), self.method, kept)
        posteriors = self.folder / "posteriors"
        found = paint_source(fitted, kept, Targets(self.sink), scratch=posteriors, lasting=True)
        mixture, how = found.mixture, found.smoothing
        assert how is not None
        return (
            *(array.tobytes() for array in (mixture.means, mixture.covariances, mixture.weights)),
            (how.strength, how.iterations, how.settled, how.log_likelihood),
            self.sink.labels.tobytes(),
        )


CASES: dict[str, tuple[Image, Any, str | None]] = {
    "grey": (IMAGES["grey"], "auto", None),
    "floats": (IMAGES["floats"], "auto", None),
    "a strength": (IMAGES["floats"], 3.0, None),
    "certain": (IMAGES["grey"], 4.0, "icm"),
    "masked": (masked_around(IMAGES["grey"], (slice(3, 147), slice(5, 201))), "auto", None),
    "volume": (scene((21, 45, 50), "f4", 1, times=1.003), "auto", None),
}


@pytest.mark.parametrize("name", CASES)
def test_a_run_goes_on_wherever_it_was_stopped(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smooth, "COARSE_FIRST", 2**14)  # so that the volume is
    image, strength, inference = CASES[name]
    method = Method(Choices(3, max_iter=5), spatial=Spatial(strength, None, inference))
    counting = Limited(-1)
    expected = Run(image, method, tmp_path / "undisturbed").go(counting)
    generator = np.random.default_rng(len(name))
    run, stops, updates = Run(image, method, tmp_path / "stopped"), 0, 0
    pieces = len(ImageSource(image).description.pieces)
    least = 3 * pieces + math.prod(image.shape[:-1])  # an iteration, its lines, what is done anew each time
    while True:
        workers = Limited(int(least * generator.uniform(1, 1.5)))
        try:
            found = run.go(workers)
            break
        except InterruptedRunError:
            stops += 1
            assert stops < 50
        finally:
            updates += workers.done[UpdatePiece]
    assert found == expected
    assert stops > 1
    # no more is done again than the iteration at which it was stopped
    assert updates < counting.done[UpdatePiece] + stops * pieces


def stopped_in_an_iteration(run: Run, after: int) -> None:
    class Stopped(Limited):
        def each(self, work: Callable[[Part], T], parts: Sequence[Part]) -> Iterator[T]:
            for found in super().each(work, parts):
                if self.done[UpdatePiece] == after:
                    raise InterruptedRunError
                yield found

    with pytest.raises(InterruptedRunError):
        run.go(Stopped(-1))


@pytest.mark.parametrize("damage", ["a bit", "short", "gone", "all gone", "sums"])
def test_what_a_power_cut_took_is_done_again(damage: str, tmp_path: Path) -> None:
    image, method = IMAGES["grey"], Method(Choices(3, max_iter=5), spatial=Spatial("auto"))
    expected = Run(image, method, tmp_path / "undisturbed").go(Threads(2))
    run = Run(image, method, tmp_path / "stopped")
    pieces = len(ImageSource(image).description.pieces)
    stopped_in_an_iteration(run, 2 * pieces + 3)
    folder = run.folder / "posteriors" / "all"
    assert {path.name for path in folder.iterdir()} == {
        "1.sums", "1.lines", "2", "2.sums", "2.lines", "3"
    }  # fmt: skip
    one = next((folder / "2").iterdir())
    content = bytearray(one.read_bytes())
    if damage == "a bit":
        content[len(content) // 2] ^= 1
        one.write_bytes(content)
    elif damage == "short":
        one.write_bytes(content[:-100])
    elif damage == "gone":
        one.unlink()
    elif damage == "all gone":
        shutil.rmtree(folder / "2")
    else:
        (folder / "2.sums").write_bytes(b"")
    assert run.go(Threads(2)) == expected


def test_what_is_finished_is_not_done_again(tmp_path: Path) -> None:
    run = Run(
        IMAGES["floats"],
        Method(Choices(3, max_iter=4), spatial=Spatial("auto")),
        tmp_path / "run",
    )
    expected = run.go(Threads(1))
    again = Limited(-1)
    assert run.go(again) == expected
    assert again.done[UpdatePiece] == 0


def test_other_choices_find_nothing_of_it(tmp_path: Path) -> None:
    image = IMAGES["floats"]
    run = Run(image, Method(Choices(3, max_iter=3), spatial=Spatial(2.0)), tmp_path / "run")
    run.go(Threads(1))
    method = Method(Choices(3, max_iter=3), spatial=Spatial(3.0))
    expected = Run(image, method, tmp_path / "other").go(Threads(1))
    run.method, run.sink = method, InMemory(np.full(image.shape, 99, np.uint8))
    assert run.go(Threads(1)) == expected


def test_the_checksum_of_a_piece_tells_damage(tmp_path: Path) -> None:
    store = PixelStore(tmp_path, (4, 6), (4, 12), 2)
    first, second = Window((0, 0), (4, 6)), Window((0, 6), (4, 12))
    store.write(first, np.random.default_rng(0).random((3, 4, 6), np.float32))
    store.write(second, None, 3)
    assert store.is_whole(first)
    assert store.is_whole(second)
    assert not store.read(second, [0, 2]).any()
    for window, name in ((first, "0-0"), (second, "0-6")):
        content = (tmp_path / name).read_bytes()
        for at in (0, len(content) // 2, len(content) - 1):
            (tmp_path / name).write_bytes(content[:at] + bytes([content[at] ^ 8]) + content[at + 1 :])
            assert not store.is_whole(window)
        for length in (0, 3, 4, len(content) - 1):
            (tmp_path / name).write_bytes(content[:length])
            assert not store.is_whole(window)
    assert not PixelStore(tmp_path / "none", (4, 6), (4, 12), 2).is_whole(first)


# --- the command


def segment(path: Path, out: Path, *more: object) -> Result:
    asked = ["segment", path, "-k", 3, "--memory", "300MB", "-o", out, "--max-iter", 4, "-q", *more]
    return CliRunner().invoke(app, [str(one) for one in asked])


@pytest.mark.parametrize(("dtype", "channels"), [("u1", 1), ("f4", 1), ("f4", 3)])
@pytest.mark.parametrize("strength", ["auto", 3.0])
def test_the_command_smooths_in_pieces_as_in_the_whole(
    dtype: str, channels: int, strength: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "LONGEST", 512)
    monkeypatch.setattr(windows, "PIECE_NUMBERS", 2**18)
    monkeypatch.setattr(memory_of_pieces, "SOME", 10_000_000)  # the image is small
    image, path = scene((1100, 1300), dtype, channels, times=1.0 if dtype == "u1" else 1.37), "scene.tif"
    kind = "rgb" if channels == 3 else "minisblack"
    tifffile.imwrite(tmp_path / path, image.pixels, tile=(256, 256), photometric=kind)
    done = segment(tmp_path / path, tmp_path / "out", "--smooth", strength)
    assert done.exit_code == 0, done.stderr
    assert not [one.name for one in (tmp_path / "out").iterdir() if one.name.startswith(".")]
    record = json.loads((tmp_path / "out" / "scene.json").read_text())
    assert record["input"]["pieces"] > 1
    whole = pixture.segment(tmp_path / path, 3, smooth=strength, max_iter=4)
    assert np.array_equal(tifffile.imread(tmp_path / "out" / "scene.labels.tif"), whole.labels)
    assert record["mixture"] == whole.mixture.as_dict()
