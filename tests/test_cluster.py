"""The workers of a Dask cluster give the labels and the mixture of threads, whoever of them is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture import ChoiceError, ClusterError, LostWorkerWarning
from pixture.arrays import Array, Integers
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.window import Window
from pixture.mixture.model.sample_in_parts import pairwise
from pixture.options.cluster import Clustering
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.options.spatial import Spatial
from pixture.scale.cluster.connection import joined, local_cluster, workers_of
from pixture.scale.cluster.task_graph import jobs_of_sum
from pixture.scale.cluster.versions import check_versions, versions
from pixture.scale.sample.counting import TooManyValuesError
from pixture.scale.sources.source import Description, ImageSource, Source, window_image
from pixture.scale.workers import Threads, Workers
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.segment_source import Targets, segment_source
from tests.test_large_images import scene, small_pieces  # noqa: F401 - a fixture

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with local_cluster(2) as client:
        yield client


@pytest.fixture
def cluster(client: Any) -> Workers:
    from pixture.scale.cluster.cluster import Cluster

    client.wait_for_workers(2, timeout=60)  # one of them may have been killed just now
    return Cluster(client)


# --- a source and a sink of files


@dataclass(frozen=True, eq=False)
class NumpyFile:
    """Windows of a .npy file; each process opens it by itself."""

    path: Path
    description: Description

    def read(self, window: Window) -> Image:
        """Return a window."""
        pixels = np.load(self.path, mmap_mode="r")[window.slices]
        return window_image(self.description, np.ascontiguousarray(pixels), None)


def saved(array: Array, folder: Path, axes: str) -> NumpyFile:
    path = folder / "image.npy"
    np.save(path, array)
    return NumpyFile(path, Description.of(image_from_array(array, axes=axes)))


@dataclass(frozen=True)
class Files:
    """A sink that keeps a file a piece, and appends to a list which it has written."""

    folder: Path

    def write(self, window: Window, labels: Integers) -> None:
        """Write a file, and then give it its name."""
        name = "-".join(map(str, window.start))
        whole = self.folder / f"{name}-{os.getpid()}.part"
        with whole.open("wb") as file:
            np.save(file, labels)
        whole.replace(self.folder / f"{name}.npy")
        with (self.folder / "written.txt").open("a") as log:
            log.write(f"{name}\n")

    def has(self, window: Window) -> bool:
        """Return no: these are tests of what writes."""
        return False

    def kept(self) -> frozenset[Window]:
        """Return nothing: these are tests of what writes."""
        return frozenset()

    def finish(self) -> tuple[Path, ...]:
        """Return no files."""
        return ()

    def remove(self) -> None:
        """Do nothing."""

    def labels(self, description: Description) -> Integers:
        """Return what was written of all pieces."""
        found = np.full(description.shape, 99, np.uint8)
        for window in description.pieces:
            found[window.slices] = np.load(self.folder / f"{'-'.join(map(str, window.start))}.npy")
        return found

    @property
    def written(self) -> list[str]:
        """The pieces that were written, in that order."""
        return (self.folder / "written.txt").read_text().split()


def end_this_process_once(armed: Path) -> None:
    """Kill the process that finds the file, and takes it away."""
    try:
        armed.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, eq=False)
class Deadly(NumpyFile):
    """A source whose reader is killed, once armed, by the piece that ends the image."""

    armed: Path
    for_ever: bool = False

    def read(self, window: Window) -> Image:
        """Return a window, or end the process."""
        if window.stop == self.description.shape:
            if self.for_ever and self.armed.exists():
                os.kill(os.getpid(), signal.SIGKILL)
            end_this_process_once(self.armed)
        return super().read(window)


@dataclass(frozen=True)
class DeadlyFiles(Files):
    """A sink whose writer is killed once, in the middle of a piece's file."""

    armed: Path

    def write(self, window: Window, labels: Integers) -> None:
        """Write a piece, or half of it."""
        if window.start[0] > 0 and window.start[1] > 0 and self.armed.exists():
            (self.folder / f"half-{os.getpid()}.part").write_bytes(labels.tobytes()[:100])
            end_this_process_once(self.armed)
        super().write(window, labels)


def segmented(
    source: Source,
    workers: Workers,
    folder: Path,
    smooth: str = "off",
    on_step: Callable[[Any], object] | None = None,
    sink: Files | None = None,
) -> tuple[LargeSegmentation, Integers]:
    folder.mkdir()
    files = Files(folder) if sink is None else sink
    method = Method(Choices(3), spatial=Spatial(smooth))
    found = segment_source(source, method, workers, Targets(files), on_step=on_step)
    return found, files.labels(source.description)


def assert_same(one: tuple[LargeSegmentation, Integers], other: tuple[LargeSegmentation, Integers]) -> None:
    assert np.array_equal(one[1], other[1])
    for name in ("weights", "means", "covariances"):
        assert np.array_equal(getattr(one[0].mixture, name), getattr(other[0].mixture, name))
    assert one[0].fit.log_likelihood == other[0].fit.log_likelihood
    assert np.array_equal(one[0].facts.sums.means, other[0].facts.sums.means)
    assert np.array_equal(one[0].image.pixels, other[0].image.pixels)


COUNTED = scene((300, 420), "u1", 3).pixels
FLOATS = scene((300, 421), "f4", 3, times=1.37).pixels


# --- sums


class Words(str):
    """Texts whose sum shows in which order it was taken."""

    def __add__(self, other: str) -> Words:
        return Words(f"({self}{other})")


def as_dask_would(tasks: dict[Hashable, tuple[Any, ...]], key: Hashable) -> Any:
    function, *arguments = tasks[key]
    return function(*([as_dask_would(tasks, one) for one in argument] for argument in arguments))


def word(part: int) -> Words | None:
    return None if part % 7 == 3 else Words(f"{part} ")


@given(st.integers(1, 700), st.integers(1, 300))
def test_jobs_have_the_sum_of_the_parts_in_the_same_order(parts: int, threads: int) -> None:
    import pickle

    jobs = jobs_of_sum(pickle.dumps(word), range(parts), threads, "name")
    assert sum(job.parts for job in jobs) == parts
    assert len({key for job in jobs for key in job.tasks}) == sum(len(job.tasks) for job in jobs)
    sums = (as_dask_would(job.tasks, job.result) for job in jobs)
    expected = [word(part) for part in range(parts)]
    if all(term is None for term in expected):
        return
    assert pairwise(sums) == pairwise(expected)


def root(part: int) -> Any:
    return np.sqrt(np.full(3, part + 0.1))


@pytest.mark.parametrize("parts", [1, 2, 3, 50, 300])
def test_sums_have_the_bits_of_threads(cluster: Workers, parts: int) -> None:
    assert np.array_equal(cluster.summed(root, range(parts)), Threads(2).summed(root, range(parts)))


def test_each_comes_in_order(cluster: Any) -> None:
    told: list[None] = []
    cluster.on_part = lambda: told.append(None)
    assert [float(found[0]) for found in cluster.each(root, range(20))] == [
        float(root(part)[0]) for part in range(20)
    ]
    assert len(told) == 20


def too_many(part: int) -> int:
    if part > 9:
        raise TooManyValuesError("There are too many.")
    return part


def test_what_the_work_raises_is_raised(cluster: Workers) -> None:
    with pytest.raises(TooManyValuesError, match="There are too many"):
        cluster.summed(too_many, range(100))
    assert cluster.summed(too_many, range(5)) == 10


def test_nothing_is_left_on_the_workers(cluster: Any) -> None:
    cluster.summed(root, range(100))
    deadline = time.monotonic() + 10
    while any(cluster.client.has_what().values()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


# --- segmentations


@pytest.mark.parametrize("smooth", ["off", "light"])
@pytest.mark.parametrize("pixels", [COUNTED, FLOATS], ids=["counted", "floats"])
def test_a_cluster_gives_what_threads_give(
    cluster: Workers, tmp_path: Path, pixels: Array, smooth: str
) -> None:
    source = saved(pixels, tmp_path, "yxc")
    assert len(source.description.pieces) > 20
    expected = segmented(source, Threads(2), tmp_path / "threads", smooth)
    assert_same(segmented(source, cluster, tmp_path / "cluster", smooth), expected)


@pytest.mark.parametrize("smooth", ["off", "light"])
def test_workers_killed_in_an_iteration_and_in_writing_change_nothing(
    cluster: Any, tmp_path: Path, smooth: str
) -> None:
    plain = saved(FLOATS, tmp_path, "yxc")
    expected = segmented(plain, Threads(2), tmp_path / "threads", smooth)
    armed, writing = tmp_path / "armed", tmp_path / "writing"
    deadly = Deadly(plain.path, plain.description, armed)
    armings = iter([armed.touch])

    def on_step(step: object) -> None:
        next(armings, lambda: None)()
        writing.touch()

    sink = DeadlyFiles(tmp_path / "cluster", writing)
    with pytest.warns(LostWorkerWarning, match=r"1 worker of the cluster was lost \(tcp://.*again"):
        found = segmented(deadly, cluster, tmp_path / "cluster", smooth, on_step, sink)
    assert not armed.exists()
    assert not writing.exists()
    assert_same(found, expected)
    assert len(cluster.lost) == 2
    # finished work was not done again, but for what the lost worker had at hand
    passes = 1 if smooth == "off" else 2
    again = len(sink.written) - passes * len(set(sink.written))
    assert again <= 16, again


def test_work_that_kills_one_worker_after_the_other_ends_in_a_sentence(tmp_path: Path) -> None:
    from pixture.scale.cluster.cluster import Cluster

    plain = saved(FLOATS, tmp_path, "yxc")
    armed = tmp_path / "armed"
    armed.touch()
    deadly = Deadly(plain.path, plain.description, armed, for_ever=True)
    with (
        local_cluster(2) as client,
        pytest.raises(ClusterError, match=r"4 workers of .* one after the other while they did the pixels"),
    ):
        segmented(deadly, Cluster(client), tmp_path / "cluster")


# --- clusters that are not as they should be


@contextmanager
def started(folder: Path, *preload: str, workers: int = 1) -> Iterator[tuple[str, list[Any]]]:
    """Start a scheduler and workers without anybody who starts them anew, and give the scheduler's file."""
    file = folder / "scheduler.json"
    common = ["--no-dashboard", "--scheduler-file", str(file)]
    scheduler = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *common]
    worker = ["distributed.cli.dask_worker", "--no-nanny", "--nthreads", "1", *common]
    for script in preload:
        worker += ["--preload", script]
    with ExitStack() as stack:
        processes: list[Any] = []
        for program in [scheduler, *[worker] * workers]:
            log = stack.enter_context((folder / f"log-{len(processes)}.txt").open("w"))
            process = subprocess.Popen([sys.executable, "-m", *program], stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.kill)
            processes.append(process)
            while not file.exists():
                assert process.poll() is None
                time.sleep(0.02)
        yield str(file), processes


def test_a_cluster_that_is_killed_is_told_of_at_once(tmp_path: Path) -> None:
    source = saved(FLOATS, tmp_path, "yxc")
    with started(tmp_path) as (file, processes), workers_of(Clustering(scheduler=file)) as workers:

        def kill_all(step: object) -> None:
            for process in processes:
                process.kill()

        begin = time.monotonic()
        with pytest.raises(ClusterError, match=r"The connection to the scheduler .* was lost"):
            segmented(source, workers, tmp_path / "cluster", on_step=kill_all)
        assert time.monotonic() - begin < 30


def test_a_cluster_whose_workers_are_killed_is_told_of(tmp_path: Path) -> None:
    from pixture.scale.cluster.cluster import Cluster

    source = saved(FLOATS, tmp_path, "yxc")
    with started(tmp_path) as (file, processes), joined(file) as client:
        cluster = Cluster(client)
        cluster.without_workers = 1.0

        def kill_worker(step: object) -> None:
            processes[1].kill()

        with pytest.raises(ClusterError, match=r"has (lost all of its|no) workers"):
            segmented(source, cluster, tmp_path / "cluster", on_step=kill_worker)


@pytest.mark.parametrize(
    ("preload", "said"),
    [
        ("import sys; sys.modules['pixture'] = None", r"cannot load pixture 0.* pip install 'pixture\["),
        ("import pixture; pixture.__version__ = '0.0.7'", "has pixture 0.0.7, and here is"),
    ],
)
def test_workers_that_are_not_as_we_are_are_refused(tmp_path: Path, preload: str, said: str) -> None:
    with (
        started(tmp_path, preload) as (file, _),
        pytest.raises(ClusterError, match=said),
        workers_of(Clustering(scheduler=file)),
    ):
        pass


@pytest.mark.parametrize("name", ["pixture", "numpy", "numba", "Python"])
def test_other_versions_are_refused(name: str) -> None:
    check_versions({"tcp://a:1": versions(), "tcp://b:2": OSError("gone")})
    with pytest.raises(ClusterError, match=f"tcp://b:2 has {name} 0.1.7, and here is"):
        check_versions({"tcp://a:1": versions(), "tcp://b:2": versions() | {name: "0.1.7"}})


@pytest.mark.parametrize(
    ("scheduler", "said"),
    [
        ("tcp://127.0.0.1:9", "No scheduler answers at tcp://127.0.0.1:9"),
        ("nowhere://127.0.0.1:9", "No scheduler answers at nowhere"),
        ("127.0.0.1:9", "No scheduler answers at tcp://127.0.0.1:9"),
        ("no-such-file.json", "neither the address of a scheduler"),
    ],
)
def test_a_scheduler_that_is_not_there(
    scheduler: str, said: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pixture.scale.cluster.connection.CONNECT", 1.0)
    with pytest.raises(ClusterError, match=said), workers_of(Clustering(scheduler=scheduler)):
        pass
    assert capfd.readouterr().err == ""


def test_without_distributed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'pixture\[cluster\]'"), local_cluster(2):
        pass


def test_images_are_not_sent(cluster: Workers, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ImageSource(image_from_array(FLOATS))
    with pytest.raises(ClusterError, match="in the memory of this process"):
        segment_source(source, Method(Choices(3)), cluster, Targets())
    held = client.submit(root, 1)
    with pytest.raises(ClusterError, match="computed on a cluster before"):
        cluster.summed(lambda part: held, [1])
    monkeypatch.setattr("pixture.scale.cluster.packing.MOST_SENT", 1000)
    array = np.zeros(9000)
    with pytest.raises(ClusterError, match="would be sent"):
        cluster.summed(lambda part: array, [1])


def test_options() -> None:
    with pytest.raises(ChoiceError, match="workers and scheduler exclude each other"):
        Clustering(workers=2, scheduler="tcp://127.0.0.1:8786")
    with pytest.raises(ChoiceError, match="at least 1"):
        Clustering(workers=0)
    with workers_of(Clustering(), threads=3) as workers:
        assert isinstance(workers, Threads)
        assert workers.count == 3


# --- programs

PROGRAM = """
import time
from pixture.options.cluster import Clustering
from pixture.scale.cluster.connection import workers_of

def slow(part):
    time.sleep(0.5)
    return 1

def main():
    with workers_of(Clustering(workers=2)) as workers:
        print("begun", flush=True)
        workers.summed(slow, range(1000))

GUARDmain()
"""


@contextmanager
def running(folder: Path, guard: str) -> Iterator[subprocess.Popen[str]]:
    path = folder / "program.py"
    path.write_text(PROGRAM.replace("GUARD", guard))
    pipe = subprocess.PIPE
    program = [sys.executable, str(path)]
    with subprocess.Popen(program, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_ctrl_c_ends_the_cluster_with_the_program(tmp_path: Path) -> None:
    with running(tmp_path, "if __name__ == '__main__': ") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(1)
        begin = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
        _, err = process.communicate(timeout=30)
        assert time.monotonic() - begin < 15
        assert err.rstrip().endswith("KeyboardInterrupt")
        assert err.count("Traceback") == 1, err
        deadline = time.monotonic() + 10
        while is_there(process.pid):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_program_that_would_start_itself_is_told_how_to_write_it(tmp_path: Path) -> None:
    with running(tmp_path, "") as process:
        _, err = process.communicate(timeout=60)
    assert "ClusterError: " in err.splitlines()[-1]
    assert "if __name__ == '__main__':" in err.splitlines()[-1]
