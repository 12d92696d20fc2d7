"""`pixture demo`: two photographs, segmented in colour and in grey."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pixture.commands.command import Only, command
from pixture.commands.help_pages import Example
from pixture.commands.process.error_messages import say
from pixture.commands.process.lean_imports import import_matplotlib, import_numba
from pixture.commands.process.settings import stdout
from pixture.options.option import described, varied
from pixture.options.running import Running
from pixture.options.writing import Overwriting, Writing
from pixture.wording import printable


@described
@dataclass(frozen=True)
class DemoWriting(Overwriting):
    """Where the demo's files go."""

    output: Path = varied(Writing, "output", Path("pixture-demo"), shown_default="pixture-demo")


@command(
    Example("pixture demo", "Segment the photographs into the folder pixture-demo."),
    Example("pixture demo -o elsewhere", "Put the results into another folder."),
    Example("pixture demo --overwrite", "Do it once more."),
)
def demo(writing: DemoWriting, running: Annotated[Running, Only("debug")]) -> None:
    """Segment two photographs that come with scikit-learn, in colour and in grey."""
    import_numba()
    import_matplotlib()
    from pixture.compilation.notice import announced
    from pixture.demo import run_demo
    from pixture.view.terminal.result_lines import demo_row, demo_table

    say("Segmenting two photographs in colour and in grey ...")
    table = demo_table()
    files = 0
    with announced(say):
        for stem, segmentation, paths in run_demo(writing.output, overwrite=writing.overwrite):
            table.add_row(*demo_row(stem, segmentation))
            files += len(paths)
    console = stdout()
    console.print(table)
    place = printable(f"{writing.output}{os.sep}")
    console.print(
        f"\n{files} files are in {place}. Look at *.overlay.jpg (the labels over the photograph), "
        "*.painted.png (each pixel its component's mean) and *.convergence.png (the log-likelihood and "
        "negative log-likelihood at every EM iteration); *.classes.csv says what each "
        "label is like, *.json holds the numbers.\n"
        "Now your own:  pixture segment IMAGE -k 4\n"
        "In the browser, to watch, adjust and measure:  pixture studio IMAGE"
    )
