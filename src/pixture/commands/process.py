"""Settings of the process, which is ours in a command, and where it prints."""

from __future__ import annotations

import json
from typing import Any

import typer

from pixture.errors import ChoiceError


def prepare_readers(max_pixels: int | None) -> None:
    """Settings of the process, which is ours here: the size to trust."""
    if max_pixels is not None:
        if max_pixels < 1:
            raise ChoiceError(f"max-pixels must be at least 1; got {max_pixels}.")
        import PIL.Image

        PIL.Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2  # Pillow refuses more than twice this


def stderr() -> Any:
    """Return a console that prints on stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False)


def print_json(value: dict[str, Any]) -> None:
    """Print a JSON object in a line on stdout."""
    typer.echo(json.dumps(value, allow_nan=False))
