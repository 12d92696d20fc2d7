"""The command `pixture` as a process: found, run, listened to, ended when somebody cancels. Needs no QGIS."""

import os
import queue
import shutil
import subprocess
import threading
from pathlib import Path

SETTING = "PIXTURE_COMMAND"
"""The name of the setting that says where the command is."""

PATIENCE = 10
"""Seconds after which a process that was asked to end is ended."""

NEEDS = (
    'Install it with pip install "pixture[geo]", and say where it is: Settings > Options > Processing > '
    "Providers > pixture."
)

# QGIS tells its own Python by these where its modules are; another Python would look there too
_OF_QGIS = ("PYTHONHOME", "PYTHONPATH")


class CommandError(Exception):
    """The command is not there, or it said that it cannot do this; one sentence for the person."""


class Cancelled(Exception):  # noqa: N818 - nothing went wrong
    """Somebody asked it to end; nothing was written."""


def found(setting):
    """Return the path of the command: what the setting says, else the one in the PATH.

    Raises
    ------
    CommandError
        There is none.
    """
    where = shutil.which(str(Path(setting).expanduser()) if setting else "pixture")
    if where is None:
        raise CommandError(
            f"There is no command {setting!r}. {NEEDS}"
            if setting
            else f"The command pixture is not in the PATH. {NEEDS}"
        )
    return where


def run(command, *, say, is_cancelled):
    """Run a command to its end.

    Parameters
    ----------
    command
        Its words.
    say
        Called with each line that it prints on stderr.
    is_cancelled
        Asked ten times a second; a true answer ends the process.

    Raises
    ------
    CommandError
        It ended in an error; what it said last.
    Cancelled
        It was cancelled.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _OF_QGIS}
    environment["PYTHONUTF8"] = "1"  # whatever the locale, lines are read as UTF-8
    try:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # no black window under Windows
        )
    except OSError as error:
        raise CommandError(f"{command[0]} does not run: {error.strerror}. {NEEDS}") from None
    lines = queue.Queue()
    reader = threading.Thread(
        target=lambda: [lines.put(line.rstrip()) for line in process.stderr], daemon=True
    )
    reader.start()
    last = ""
    with process:
        while reader.is_alive() or not lines.empty():
            if is_cancelled():
                _end(process)
                raise Cancelled
            try:
                last = lines.get(timeout=0.1) or last
                say(last)
            except queue.Empty:
                continue
    if process.returncode != 0:
        raise CommandError(last or f"pixture ended with status {process.returncode}.")


def _end(process):
    """Ask a process to end, which leaves nothing half-written, and end it where it does not."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()


def move(made, destination):
    """Move a raster, its style and its table of classes to another name, in place of what is there."""
    made, destination = Path(made), Path(destination)
    destination.parent.mkdir(parents=True, exist_ok=True)
    beside = {
        made: destination,
        made.with_suffix(".qml"): destination.with_suffix(".qml"),
        Path(f"{made}.aux.xml"): Path(f"{destination}.aux.xml"),
    }
    for old, new in beside.items():
        if old.exists():
            shutil.move(old, new)
        elif new.exists() and old != made:
            new.unlink()  # of an earlier raster of this name: it would be taken for this one's
