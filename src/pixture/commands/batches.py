"""What commands that go through files have in common: which files, in how many processes, and the journal."""

from __future__ import annotations

import contextlib
import gc
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pixture import stopping
from pixture.commands.process.error_messages import Refused, say
from pixture.commands.process.lean_imports import import_matplotlib, import_numba, keep_blas_to_one_thread
from pixture.commands.process.settings import prepare_readers
from pixture.options.batch import AUTO_JOBS, Batch
from pixture.options.running import Running
from pixture.parallel import available_threads, share_processors
from pixture.wording import plural

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from pixture.batch.batch_run import BatchRun
    from pixture.batch.file_list import FileList

NOT_ASKED = frozenset({
    "debug", "jobs", "json", "max_pixels", "output", "quiet", "recursive", "resume", "summary",
    "threads",
})  # fmt: skip
"""Options that change nothing of what is made of each file."""


class Noting(Protocol):
    """Prints lines on stderr, unless quiet."""

    def note(self, sentence: str) -> None:
        """Print a line, unless quiet."""


@dataclass(frozen=True)
class Lines:
    """Lines on stderr before a bar is drawn there."""

    running: Running

    def note(self, sentence: str) -> None:
        """Print a line, unless quiet."""
        if not self.running.quiet:
            say(sentence)


def files_of(
    images: list[Path], output: Path, batch: Batch, speaker: Noting, remedy: str, *, stack: bool = False
) -> FileList:
    """Return the files that are meant; refuse those whose results would have the same names.

    Raises
    ------
    Refused
        Images have the same name in the same folder.
    ReadError
        A folder has no image in it.
    """
    from pixture.batch.file_list import clashes, listed

    if batch.recursive and stack:
        raise Refused("--recursive and --stack exclude each other: with --stack, a folder is one image.")
    found = listed(images, output, recursive=batch.recursive, stack=stack)
    same = clashes(found.files)
    if same:
        raise Refused(
            f"several images are called {same[0]}, and their results would have the same names. {remedy}"
        )
    if found.left_aside:
        aside = plural(found.left_aside, "file")
        speaker.note(f"{plural(len(found.files), 'image')}; {aside} left aside as no images.")
    if found.kept_folders:
        speaker.note("Several images have the same name: results keep the folders that the images are in.")
    return found


def jobs_of(batch: Batch, files: int) -> int:
    """Return how many processes are to work on so many files."""
    asked = available_threads() if batch.jobs == AUTO_JOBS else int(batch.jobs)
    return max(1, min(asked, files))


@dataclass(frozen=True)
class PrepareCommand:
    """What a worker of the command is prepared by: what the command itself does at its start.

    Attributes
    ----------
    jobs
        How many there are.
    max_pixels
        As in `Running`.
    plots
        Whether something is plotted.
    """

    jobs: int
    max_pixels: int | None
    plots: bool

    @contextlib.contextmanager
    def __call__(self, note: Callable[[str], None]) -> Iterator[None]:
        """Prepare the process, which is ours, for as long as it works."""
        stopping.listen()
        keep_blas_to_one_thread()
        gc.set_threshold(200_000, 20, 20)
        warnings.simplefilter("ignore")  # libraries warn their callers, and that is us
        share_processors(self.jobs)
        import_numba()
        if self.plots:
            import_matplotlib()
        prepare_readers(self.max_pixels)
        from pixture.compilation.notice import announced

        with announced(note):
            yield


@contextlib.contextmanager
def batch_of(
    files: FileList,
    output: Path,
    asked: dict[str, Any],
    batch: Batch,
    running: Running,
    speaker: Noting,
    *,
    plots: bool = True,
) -> Iterator[BatchRun]:
    """Give a run of a command through files; `asked` is what it is asked for."""
    from pixture.batch.batch_run import batch_run
    from pixture.batch.workers import Workers

    jobs = jobs_of(batch, len(files.files))
    said: set[str] = set()

    def once(sentence: str) -> None:
        if sentence not in said:
            said.add(sentence)
            speaker.note(sentence)

    beside: list[Path] = []
    if asked.get("pooled"):
        from pixture.batch.pooled import MODEL

        beside = [output / MODEL]
    prepare = PrepareCommand(jobs, running.max_pixels, plots)
    with contextlib.ExitStack() as stack:
        workers = stack.enter_context(Workers(jobs, prepare, once)) if jobs > 1 else None
        run = stack.enter_context(
            batch_run(
                files.files,
                output,
                asked,
                resume=batch.resume,
                workers=workers,
                beside=beside,
                note=once,
            )
        )
        if run.is_resumed:
            once(f"{len(run.done):,} of {plural(len(run.files), 'image')} were done before.")
        yield run


def asked_for(command: str, *options: DataclassInstance, **more: Any) -> dict[str, Any]:
    """Return what a command is asked for by its options, as the journal has it: a file by what it holds.

    Options that change no result are left out.
    """
    import pixture
    from pixture.files.fingerprint import sha256_of

    def plain(value: Any) -> Any:
        if isinstance(value, tuple | list):
            return [plain(one) for one in value]
        if isinstance(value, Path):
            with contextlib.suppress(OSError):
                return f"{value} (SHA-256 {sha256_of(value)[:16]})"
        return value if value is None or isinstance(value, bool | int | float | str) else str(value)

    asked = {
        one.name: plain(getattr(group, one.name))
        for group in options
        for one in fields(group)
        if one.name not in NOT_ASKED
    }
    return {
        "pixture": pixture.__version__,
        "command": command,
        **asked,
        **{k: plain(v) for k, v in more.items()},
    }
