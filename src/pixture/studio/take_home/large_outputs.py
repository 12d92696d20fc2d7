"""What can be taken home of an image larger than memory: the files that `pixture segment` writes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pixture.errors import ChoiceError
from pixture.files.input_files import Inputs
from pixture.imaging.window import Window
from pixture.options.writing import PROBABILITIES, UNCERTAINTY, Writing
from pixture.scale.sinks.sink import Sink
from pixture.scale.workers import Workers
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.segment_source import Targets, paint_source
from pixture.segmentation.large_images.source_fit import SourceFit
from pixture.studio.runs.large_run import method_of, workers_for
from pixture.studio.session.session import RUNNING, Run, Session
from pixture.studio.take_home.model_output import save_model
from pixture.studio.tiles.large_image import LargeImage

if TYPE_CHECKING:
    from pixture.batch.large_images.destination import Destination

MADE = ("labels", "overlay", "classes", "convergence", "record", PROBABILITIES, UNCERTAINTY, "model")
"""What is made, by the names of `outputs.SET` and `outputs.OTHERS`."""


def refuse_what_is_not_made(name: str) -> None:
    """Refuse what is not made of an image larger than memory.

    Raises
    ------
    ChoiceError
        It is asked for.
    """
    if name not in MADE:
        raise ChoiceError(
            f"The image is larger than memory, so there is no {name} of it: it needs all pixels at once. "
            f"There are {', '.join(MADE)}."
        )


def set_of(name: str) -> str:
    """Return what is made together with something: the labels, and the maps, are made by themselves.

    >>> set_of("labels"), set_of("record"), set_of("uncertainty")
    ('labels', 'set', 'uncertainty')
    """
    return "set" if name in ("overlay", "classes", "convergence", "record") else name


@dataclass(frozen=True, eq=False)
class Making:
    """Of what files are made, and where they go.

    Attributes
    ----------
    session, run
        Who is told, and what may be cancelled.
    large
        The image, segmented.
    segmentation
        What was found in it.
    stem
        What the names of files begin with.
    folder
        Where they go; it is empty.
    """

    session: Session
    run: Run
    large: LargeImage
    segmentation: LargeSegmentation
    stem: str
    folder: Path

    @property
    def fitted(self) -> SourceFit:
        """By what pixels are labelled, with the names that classes have now."""
        assert self.large.fitted is not None  # it is segmented
        return replace(self.large.fitted, names=self.segmentation.names)

    @property
    def workers(self) -> Workers:
        """Who goes through the pieces."""
        return workers_for(self.session, self.run, self.large, method_of(self.fitted))

    @property
    def destination(self) -> Destination:
        """Where the files go, as the command has it."""
        from pixture.batch.large_images.destination import destination_of  # loads what draws

        origin = self.segmentation.image.origin
        inputs = Inputs() if origin is None else Inputs.of([origin.path])
        return destination_of(Writing(self.folder), resume=False, inputs=inputs)


def make_of_large(making: Making, name: str) -> list[Path]:
    """Make files of an image larger than memory, piece by piece; return them. `name` is as of `set_of`.

    Labels are those that are looked at. For a map the image is gone through again.
    """
    if name == "model":
        return [save_model(making.segmentation, making.folder / f"{making.stem}.pixture")]
    from pixture.batch.large_images.result_sinks import result_sinks  # loads what draws
    from pixture.scale.sinks.opened_sink import family_in_pieces
    from pixture.view.output.large_image_files import large_image_files
    from pixture.view.output.save_segmentation import LABELS

    if name == "set":
        family = family_in_pieces(making.fitted.known.source.description)
        made = large_image_files(making.segmentation, making.stem, family)
        named = {f"{making.stem}{suffix}": content for suffix, content in made.items()}
        return [*making.destination.write(named, replaced=False)]
    sinks = result_sinks(
        making.destination, making.stem, making.fitted, [LABELS if name == "labels" else name]
    )
    (sink,) = sinks.values()
    try:
        if name == "labels":
            copy, pieces = CopyLabels(making.large, sink), making.fitted.known.source.description.pieces
            for _ in making.workers.each(copy, pieces):
                pass
        else:
            paint_source(
                making.fitted, making.workers, Targets(None, {name: sink}), scratch=making.session.folder
            )
        making.session.say_run(making.run, RUNNING, "Putting the pieces together")
        return [Path(path) for path in sink.finish()]
    except BaseException:
        sink.remove()
        raise


@dataclass(frozen=True)
class CopyLabels:
    """Writes the labels of a piece that are looked at to where labels go."""

    large: LargeImage
    sink: Sink
    doing: ClassVar[str] = "writing labels"

    def __call__(self, window: Window) -> None:
        """Write them."""
        self.sink.write(window, self.large.labels_of(window, 1))
