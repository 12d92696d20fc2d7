"""The folder of files that are sent to a server: it goes with the server, however that is ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pixture import stopping
from pixture.files.temporary_files import locked, part_name, remove_stale


@contextlib.contextmanager
def upload_folder() -> Iterator[Path]:
    """Give a folder that nobody else may look into; what killed servers left is removed first.

    >>> with upload_folder() as folder:
    ...     folder.is_dir()
    True
    >>> folder.exists()
    False
    """
    place = Path(tempfile.gettempdir())
    remove_stale(place)
    folder = part_name(place)
    folder.mkdir(mode=0o700)
    # a lock says that its server lives; it ends with the process
    handle = None if sys.platform == "win32" else os.open(folder, os.O_RDONLY)

    def remove() -> None:
        shutil.rmtree(folder, ignore_errors=True)

    with stopping.before_end(remove):
        try:
            if handle is not None:
                locked(handle)
            yield folder
        finally:
            if handle is not None:
                os.close(handle)
            remove()
