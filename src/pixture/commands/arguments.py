"""What several commands share besides the options of the library: arguments, `-k auto`, `--report`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pixture.commands.command import Argument
from pixture.options.fitting import AUTO, AUTO_COMPONENTS, MOST_COMPONENTS, Choices
from pixture.options.kinds import Flag, Whole, WholeOr
from pixture.options.option import Group, Options, described, option, varied

Images = Annotated[list[Path], Argument("IMAGE", "Image files.", several=True)]
ImagesAnywhere = Annotated[
    list[Path], Argument("IMAGE", "Image files, or addresses of Zarr stores and GeoTIFF.", several=True)
]
OneImage = Annotated[Path, Argument("IMAGE", "An image file.")]


@described
@dataclass(frozen=True)
class HowMany(Options):
    """How many components, or that each image says how many."""

    components: int | str | None = varied(
        Choices,
        "components",
        Choices().components,
        kind=WholeOr(Whole(1, MOST_COMPONENTS), AUTO),
        metavar="K|auto",
        help="Number of Gaussian components; auto finds how many the image supports, up to "
        f"{max(AUTO_COMPONENTS)}.",
    )

    @property
    def is_auto(self) -> bool:
        """Whether each image says how many."""
        return self.components == AUTO

    @property
    def most(self) -> int:
        """The number of components, or the largest that may be found."""
        asked = Choices().components if self.components is None else self.components
        return max(AUTO_COMPONENTS) if asked == AUTO else int(asked)


@described
@dataclass(frozen=True)
class WithReport(Options):
    """Whether a report is written beside the other results, and how the overlay is drawn."""

    report: bool = option(
        False,
        "Write STEM.report.html too: a page with all results and, where a mixture was fitted, its animation.",
        Flag(),
        group=Group.WRITE,
    )
    flat: bool = option(
        False,
        "Draw the overlay in the labels' colours alone, without the image under them.",
        Flag(),
        group=Group.WRITE,
    )

    @property
    def outputs(self) -> str:
        """The name, among `batch.segmentations.Outputs`, of the files that are made."""
        return "SET_AND_REPORT" if self.report else "SET"
