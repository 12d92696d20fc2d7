"""`--dry-run`: what segmenting files would cost, said and not done."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pixture.commands.process.error_messages import say
from pixture.commands.process.settings import print_json
from pixture.files.input_files import name_of
from pixture.options.fitting import Choices
from pixture.options.running import Running

if TYPE_CHECKING:
    from pixture.batch.file_list import FileList
    from pixture.batch.finding import Finding
    from pixture.batch.segmentations import Make
    from pixture.batch.task import Task
    from pixture.commands.segment import Saving


def say_costs(files: FileList, making: Callable[..., Make], choices: Choices, saving: Saving) -> None:
    """Say what segmenting each file would cost; nothing is written."""
    from pixture.batch.batch_run import BatchRun
    from pixture.batch.large_images.segment_file import forecast_of, within_mask
    from pixture.batch.large_images.which_files import LargeFiles, large_source
    from pixture.commands.process.error_messages import Refused
    from pixture.compilation.notice import announced
    from pixture.scale.sources.packed_scan import unpacked_source
    from pixture.segmentation.cost_estimate import cost
    from pixture.segmentation.sources.image_source import as_image
    from pixture.view.terminal.forecast_lines import cost_line, forecast_line

    if saving.pooled:
        raise Refused("--dry-run and --pooled exclude each other: what all images hold is known once read.")
    make = making(BatchRun(tuple(files.files), saving.writing.output), None)
    large = LargeFiles(saving.memory, saving.clustering, all_of_them=saving.in_pieces)
    with announced(say):
        for file in files.files:
            about: dict[str, Any]
            source = large_source(file.path, saving.reading, make.plan, large)
            if source is not None:
                with unpacked_source(source, Path(tempfile.gettempdir())) as fast:
                    expected = forecast_of(within_mask(fast, saving.pixels), make.plan, large)
                line, about = forecast_line(source.description, expected), expected.as_dict()
            else:
                image = as_image(file.path, saving.reading)
                estimate = cost(image, choices)
                line = cost_line(image.size, estimate)
                about = {
                    "pieces": 1,
                    "seconds": round(estimate.seconds(estimate.usual_iterations), 3),
                    "memory_bytes": estimate.memory,
                }
            if saving.running.json:
                print_json({"path": str(file.path), "status": "dry-run", **about})
            else:
                say(f"{name_of(file.path)}: {line}")


def say_region_costs(files: FileList, find: Finding, task: Task, running: Running) -> None:
    """Say what finding the regions of each file would cost; nothing is written."""
    from pixture.batch.large_images.regions_file import (
        large_regions_source,
        refuse_regions_of_pieces,
        region_forecast_of,
    )
    from pixture.compilation.notice import announced
    from pixture.scale.sources.source import Description
    from pixture.segmentation.large_images.regions.region_forecast import memory_of_whole_regions
    from pixture.segmentation.sources.image_source import as_image
    from pixture.view.terminal.forecast_lines import forecast_line, whole_regions_line

    with announced(say):
        for file in files.files:
            about: dict[str, Any]
            source = large_regions_source(file.path, task.reading, task.large)
            if source is not None:
                refuse_regions_of_pieces(task, find)
                expected = region_forecast_of(source, find, task.large)
                line, about = forecast_line(source.description, expected), expected.as_dict()
            else:
                description = Description.of(as_image(file.path, task.reading))
                memory = memory_of_whole_regions(description)
                line = whole_regions_line(description.size, memory)
                about = {"pieces": 1, "memory_bytes": memory}
            if running.json:
                print_json({"path": str(file.path), "status": "dry-run", **about})
            else:
                say(f"{name_of(file.path)}: {line}")
