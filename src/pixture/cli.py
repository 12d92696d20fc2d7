"""The command `pixture`.

Signals are listened to before anything of size is imported, and until there is nothing left to keep whole.
Nothing heavy is imported before a command needs it, so that `pixture --help` answers at once.

Exit status: 0 all done, 1 failed, 2 usage, 3 some of a batch failed, 130 interrupted, 143 terminated, 129 the
terminal hung up.
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

from pixture import stopping

if TYPE_CHECKING:
    from pixture.commands.app import app as app


def __getattr__(name: str) -> Any:
    """Import the commands only when they are asked for: by `main`, once it listens, or by a test."""
    if name == "app":
        from pixture.commands.app import app

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def main() -> None:
    """Run the command."""
    stopping.listen()
    status = _status()
    gc.freeze()  # the process ends: what is left need not be looked through for garbage
    sys.exit(status)


def _status() -> int:
    """Run the command, and return the status that the process ends with."""
    from pixture.commands.process.lean_imports import keep_blas_to_one_thread
    from pixture.commands.process.streams import prepare_streams

    prepare_streams()
    keep_blas_to_one_thread()
    # what is imported is a million objects that stay: looking through them for garbage, again and again as
    # they grow, is a tenth of a small photograph's time. Arrays are freed without it.
    gc.set_threshold(200_000, 20, 20)
    from pixture.commands.app import run
    from pixture.commands.process.error_messages import say

    try:
        status = run()
        stopping.finish()
    except stopping.Stopped as stopped:  # while the command ran, before or after
        say(stopping.SENTENCE)
        return stopped.status
    return status


if __name__ == "__main__":
    main()
