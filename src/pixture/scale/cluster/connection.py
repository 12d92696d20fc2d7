"""Whom pieces are given to: threads, processes that are started here, or a cluster that runs already."""

from __future__ import annotations

import json
import logging
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pixture.errors import ClusterError
from pixture.options.cluster import Clustering
from pixture.scale.workers import Threads, Workers

if TYPE_CHECKING:
    from distributed import Client

CONNECT = 10.0
"""Seconds in which a scheduler must answer."""

LOOPBACK = "127.0.0.1"
"""Nothing outside this machine reaches a cluster that is started here."""

CLOSE = 20.0
"""Seconds in which a cluster that was started here must have ended; its processes end with this one."""

START = 60.0
"""Seconds in which the processes of a cluster that is started here must be there."""

SETTINGS: dict[str, object] = {
    # sums are small: nothing is worth writing to the disk, and what waited for memory would wait for ever; a
    # worker is ended where it has taken nearly all that it may
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    # what only pages show is not measured
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    # memory of one piece serves the next one: given back and asked for again it costs as much as the work
    "distributed.nanny.pre-spawn-environ.MALLOC_ARENA_MAX": 1,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**25,
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**28,
}
"""Of a cluster that is started here."""


@contextmanager
def workers_of(
    options: Clustering,
    threads: int | None = None,
    memory: int | None = None,
    on_part: Callable[[], object] | None = None,
) -> Iterator[Workers]:
    """Give whoever goes through the pieces; a cluster that is started for it ends with it.

    Parameters
    ----------
    options
        On which machines.
    threads
        How many threads there are where it is this process; None takes every processor.
    memory
        Bytes that the processes of a cluster that is started here may take together; None takes all there is.
    on_part
        Told, for each part, that it is done.

    Raises
    ------
    ClusterError
        There is no such cluster, or it has nobody to do the work.

    Examples
    --------
    >>> with workers_of(Clustering(), threads=2) as workers:
    ...     workers
    <Threads: 2>
    """
    if options.workers is None and options.scheduler is None:
        yield Threads(threads, on_part)
        return
    _need_distributed()
    from pixture.scale.cluster.cluster import Cluster

    with ExitStack() as stack:
        if options.scheduler is not None:
            client = stack.enter_context(joined(options.scheduler))
        else:
            assert options.workers is not None  # one of them was given
            client = stack.enter_context(local_cluster(options.workers, memory))
        yield Cluster(client, on_part)


@contextmanager
def local_cluster(workers: int, memory: int | None = None) -> Iterator[Client]:
    """Start processes that do the work, each with one thread, and give a client of theirs; end them after it.

    Parameters
    ----------
    workers
        How many.
    memory
        Bytes that they may take together; one that takes more than its share is ended, and started anew. None
        takes the memory of the machine.

    Raises
    ------
    ClusterError
        They could not be started; the sentence says why.
    """
    _need_distributed()
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise ClusterError(
            "A process of the cluster ran the program from its top, and would start a cluster itself: put "
            "what the program does under if __name__ == '__main__':."
        )
    import dask
    from distributed import Client, LocalCluster

    with ExitStack() as stack:
        stack.enter_context(_silence())
        try:
            with dask.config.set(SETTINGS):
                cluster = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                    scheduler_kwargs={"dashboard_address": f"{LOOPBACK}:0"},  # numbers, and no pages
                    memory_limit="auto" if memory is None else memory // workers,
                    silence_logs=logging.CRITICAL,
                    host=LOOPBACK,
                    death_timeout=START,
                    preload=["pixture.scale.cluster.worker_process"],
                )
            stack.callback(_close, cluster)
            client = stack.enter_context(Client(cluster, timeout=CONNECT, set_as_default=False))
            client.wait_for_workers(1, timeout=START)
        except (RuntimeError, OSError) as error:
            raise ClusterError(
                f"The {workers} processes of a cluster could not be started here ({_reason(error)}). A "
                "program that starts them does its work under if __name__ == '__main__':."
            ) from error
        yield client


@contextmanager
def joined(scheduler: str) -> Iterator[Client]:
    """Give a client of a cluster that runs already; it goes on running after it.

    Parameters
    ----------
    scheduler
        The address of the scheduler, or the file that it wrote (`dask scheduler --scheduler-file`).

    Raises
    ------
    ClusterError
        No scheduler answers there.
    """
    _need_distributed()
    from distributed import Client

    address = scheduler if "://" in scheduler else _address_in(scheduler)
    with ExitStack() as stack:
        stack.enter_context(_silence())
        try:
            client = stack.enter_context(Client(address, timeout=CONNECT, set_as_default=False))
        except (OSError, ValueError, TypeError) as error:
            raise ClusterError(
                f"No scheduler answers at {address} ({_reason(error)}): see whether it runs there, and "
                "whether this machine may connect to it."
            ) from error
        yield client


def _close(cluster: Any) -> None:
    with suppress(TimeoutError):
        cluster.close(timeout=CLOSE)


def _address_in(scheduler: str) -> str:
    """Return the address that a scheduler's file says, or that a host and a port are."""
    path = Path(scheduler)
    if not path.exists() and scheduler.rpartition(":")[2].isdigit():
        return f"tcp://{scheduler}"
    try:
        address = json.loads(path.read_text(encoding="utf-8"))["address"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ClusterError(
            f"{scheduler} is neither the address of a scheduler, such as tcp://10.0.0.1:8786, nor a file "
            "that one wrote (dask scheduler --scheduler-file FILE)."
        ) from error
    return str(address)


def _reason(error: BaseException) -> str:
    """Return what was wrong, in one line."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")


def _refused(record: logging.LogRecord) -> bool:
    return False


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what distributed logs from the terminal: what matters of it is raised, or warned of, by us."""
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado.application", "asyncio")]
    handlers = [handler for logger in loggers for handler in logger.handlers]
    for one in [*loggers, *handlers]:
        one.addFilter(_refused)
    try:
        yield
    finally:
        for one in [*loggers, *handlers]:
            one.removeFilter(_refused)


def _need_distributed() -> None:
    try:
        import distributed  # noqa: F401 - whether it is there
    except ImportError as error:
        raise ClusterError(
            "A cluster needs Dask and its scheduler, which are not installed: pip install 'pixture[cluster]'."
        ) from error
