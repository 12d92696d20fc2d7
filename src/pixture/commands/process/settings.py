"""Settings of the process, which is ours in a command, and where it prints."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def prepare_readers(max_pixels: int | None) -> None:
    """Settings of the process, which is ours here: the size to trust."""
    if max_pixels is not None:
        import PIL.Image

        PIL.Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2  # Pillow refuses more than twice this


def stderr() -> Console:
    """Return a console that prints on stderr."""
    return _console(stderr=True)


def stdout() -> Console:
    """Return a console that prints on stdout; a pipe's lines are as long as they are."""
    return _console(soft_wrap=not sys.stdout.isatty())


def _console(*, stderr: bool = False, soft_wrap: bool = False) -> Console:
    from rich.console import Console  # loaded where something is printed

    # a name is printed as it is: neither [red] nor :warning: in it means anything
    return Console(highlight=False, markup=False, emoji=False, stderr=stderr, soft_wrap=soft_wrap)


def print_json(value: dict[str, Any]) -> None:
    """Print a JSON object in a line on stdout, in ASCII."""
    print(json.dumps(value, allow_nan=False), flush=True)
