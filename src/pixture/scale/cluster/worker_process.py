"""What a process of a cluster that is started here does before its work: Dask loads it (preload)."""

from __future__ import annotations

import signal


def dask_setup(worker: object) -> None:
    """Leave Ctrl-C to the process that started the cluster, which ends this one; a terminal tells all.

    Dask calls it in the main thread.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
