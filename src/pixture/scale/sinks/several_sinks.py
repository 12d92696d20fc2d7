"""Labels that go to several places at once: to a file, and to a store that another step reads from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pixture.arrays import Integers
from pixture.imaging.window import Window
from pixture.scale.sinks.sink import Sink


@dataclass(frozen=True)
class SeveralSinks:
    """A sink, as `scale.sinks.sink.Sink` says, of others: what is there is what all of them have."""

    sinks: tuple[Sink, ...]

    def write(self, window: Window, labels: Integers) -> None:
        """As `Sink` says."""
        for sink in self.sinks:
            sink.write(window, labels)

    def has(self, window: Window) -> bool:
        """As `Sink` says."""
        return all(sink.has(window) for sink in self.sinks)

    def kept(self) -> frozenset[Window]:
        """As `Sink` says."""
        first, *others = (sink.kept() for sink in self.sinks)
        return first.intersection(*others)

    def finish(self) -> tuple[Path | str, ...]:
        """As `Sink` says."""
        return tuple(path for sink in self.sinks for path in sink.finish())

    def remove(self) -> None:
        """As `Sink` says."""
        for sink in self.sinks:
            sink.remove()
