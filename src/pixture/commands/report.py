"""`pixture report`: images in, a page for each out."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pixture.commands.arguments import HowMany, Images
from pixture.commands.command import Without, command
from pixture.commands.help_pages import Example
from pixture.commands.segment import Saving, segment_each
from pixture.options.batch import Batch
from pixture.options.classes import NO_CLASSES
from pixture.options.features import FeatureChoice
from pixture.options.fitting import Choices
from pixture.options.guidance import Guidance
from pixture.options.method import Method
from pixture.options.pixels import Pixels
from pixture.options.reading import Reading
from pixture.options.running import Running
from pixture.options.scan import Scan
from pixture.options.spatial import Spatial
from pixture.options.times import Times
from pixture.options.writing import Writing


@command(
    Example("pixture report photo.jpg", "Four components; writes photo.report.html."),
    Example("pixture report photo.jpg -k auto", "As many components as the image supports."),
    Example("pixture report *.png -k 3 -o pages --overwrite", "A page for each of several images."),
)
def report(
    images: Images,
    how_many: HowMany,
    choices: Annotated[Choices, Without("components")],
    features: FeatureChoice,
    spatial: Spatial,
    guidance: Guidance,
    scan: Scan,
    times: Times,
    reading: Reading,
    pixels: Pixels,
    writing: Annotated[Writing, Without("format", "maps", "vector")],
    batch: Annotated[Batch, Without("summary")],
    running: Running,
) -> None:
    """Segment images, and for each write STEM.report.html alone: a page that shows all results.

    The image beside its labels, boundaries and uncertainty, a table of the components, the curves, an
    animation of EM, every choice. It is complete in itself, asks the network for nothing, and prints well.
    """
    choices = replace(choices, components=how_many.most)
    method = Method(choices, how_many.is_auto, spatial, features, guidance, scan, times)
    saving = Saving(reading, pixels, writing, running, batch, "REPORT")
    segment_each(images, how_many, method, NO_CLASSES, saving)
