"""The classes of an image as a table in a terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from pixture.imaging.channels import channel_names
from pixture.imaging.physical_space.pixel_areas import area_unit
from pixture.segmentation.segmentation import Segmentation
from pixture.view.pages.component_rows import four_digits, measured, percent
from pixture.wording import plural, printable

MOST_LABELS, MOST_CHANNELS = 12, 3
"""What is listed at most: it fits a terminal of 80 columns, and a screen."""


def class_table(segmentation: Segmentation) -> tuple[Table, str]:
    """Return the table of an image's classes, and a sentence on what it leaves out, empty if nothing."""
    classes, image = segmentation.classes, segmentation.image
    names = channel_names(image)
    size = area_unit(image)
    # a name takes a channel's place, and so does a size
    shown = names[: MOST_CHANNELS - bool(segmentation.names) - (size is not None)]
    is_level = image.pixels.dtype == "uint8"
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("label", no_wrap=True)
    measures = ("pixels",) if size is None else ("pixels", size.name)
    for name in (*measures, "share", "uncertain", *(f"{name} ± σ" for name in shown)):
        table.add_column(name, justify="right", no_wrap=True)
    listed = classes if len(classes) <= MOST_LABELS else classes[: MOST_LABELS - 1]
    for found in listed:
        label = Text(f"{found.label:>{len(str(len(listed) - 1))}} ")
        label.append("   ", style=f"on {found.colour}")
        label.append(f" {printable(found.name)}" if found.name else "")
        values = list(zip(found.mean, found.standard_deviation, strict=True))[: len(shown)]
        table.add_row(
            label,
            f"{found.pixels:,}",
            *([] if size is None else [four_digits((found.volume or found.area or 0.0) / size.size)]),
            percent(found.share),
            percent(found.uncertain_share) if found.pixels else "",
            *(measured(*both, level=is_level) if found.pixels else "" for both in values),
        )
    left_out = [
        plural(number, f"more {thing}")
        for number, thing in (
            (len(classes) - len(listed), "label"),
            (len(names) - len(shown), "channel"),
        )
        if number
    ]
    return table, " and ".join(left_out)
