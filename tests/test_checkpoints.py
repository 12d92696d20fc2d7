"""A run that is killed goes on from what is kept, and comes to the same bits."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from pixture.mixture.model.sample_in_parts import PartFacts
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.scale.checkpoints import Checkpointed, keep, kept, key_of
from pixture.scale.sample.continuous import SeePiece
from pixture.scale.sample.counting import CountPieces
from pixture.scale.sources.source import ImageSource
from pixture.scale.workers import Part, T, Threads
from pixture.segmentation.large_images.painting import PaintPiece
from pixture.segmentation.large_images.segment_source import Targets, segment_source
from tests.test_large_images import IMAGES, InMemory, small_pieces

_ = small_pieces  # pieces are small here, too

BY_PART = (CountPieces, SeePiece, PaintPiece)


class InterruptedRunError(Exception):
    """In place of a kill."""


class Limited(Threads):
    """Threads that are stopped after so many parts."""

    def __init__(self, most: int) -> None:
        super().__init__(1)
        self.left = most

    def each(self, work: Callable[[Part], T], parts: Sequence[Part]) -> Iterator[T]:
        """As `Threads`, until there are none left."""
        for part in parts:
            if self.left == 0:
                raise InterruptedRunError
            self.left -= 1
            yield work(part)


@pytest.mark.parametrize("name", ["colour", "floats"])
def test_a_run_goes_on_wherever_it_was_stopped(name: str, tmp_path: Path) -> None:
    image, method = IMAGES[name], Method(Choices(3))

    def run(workers: Threads, folder: Path) -> tuple[np.ndarray, np.ndarray]:
        folder.mkdir(exist_ok=True)
        sink = InMemory(np.full(image.shape, 99, np.uint8))
        found = segment_source(
            ImageSource(image), method, Checkpointed(workers, folder, BY_PART), Targets(sink)
        )
        return found.mixture.means, found.facts.sums.means

    expected = run(Threads(1), tmp_path / "undisturbed")
    stops = 0
    while True:
        try:
            found = run(Limited(4 * (stops + 1)), tmp_path / "stopped")
            break
        except InterruptedRunError:
            stops += 1
            assert stops < 100  # each run gets further
    assert stops > 1
    assert all(np.array_equal(one, other) for one, other in zip(expected, found, strict=True))


def test_what_is_damaged_is_not_there(tmp_path: Path) -> None:
    facts = PartFacts.of(np.arange(6.0).reshape(3, 2), 1)
    keep(tmp_path / "one", facts)
    assert np.array_equal(kept(tmp_path / "one").mean, facts.mean)
    content = bytearray((tmp_path / "one").read_bytes())
    content[-5] ^= 1
    (tmp_path / "one").write_bytes(content)
    with pytest.raises(KeyError):
        kept(tmp_path / "one")
    with pytest.raises(KeyError):
        kept(tmp_path / "none")


def test_nothing_runs_that_a_file_names(tmp_path: Path) -> None:
    import hashlib

    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (print, ("run",))

    content = pickle.dumps(Evil())
    (tmp_path / "evil").write_bytes(hashlib.sha256(content).digest() + content)
    with pytest.raises(KeyError):
        kept(tmp_path / "evil")


def test_other_work_has_another_name() -> None:
    source = ImageSource(IMAGES["colour"])
    assert key_of(SeePiece(source, 2)) == key_of(SeePiece(source, 2))
    assert key_of(SeePiece(source, 2)) != key_of(SeePiece(source, 3))
