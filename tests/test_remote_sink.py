"""Stores in a bucket: chunks where they stay, and what makes a store of them last."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import pytest

from pixture import image_from_array
from pixture.arrays import Array
from pixture.errors import ChoiceError, WriteError
from pixture.imaging.window import Window
from pixture.imaging.writers.raster import Holds, Raster
from pixture.scale.sinks.opened_sink import open_remote_sink, open_sink
from pixture.scale.sinks.sink import Sink
from pixture.scale.sources.source import Description
from tests.test_sinks import LOOKS, labels_of, same_levels, written_both_ways

pytest.importorskip("zarr", reason="zarr is not installed: pip install 'pixture[zarr]'")
fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: pip install 'pixture[cloud]'")

SHAPE, SIDES = (700, 900), (256, 512)
WINDOWS = tuple(
    Window((row, column), (min(row + 256, 700), min(column + 512, 900)))
    for row in range(0, 700, 256)
    for column in range(0, 900, 512)
)


def opened(url: str, **more: Any) -> Sink:
    description = Description("yx", SHAPE, 1, np.dtype(np.uint8))
    kinds: dict[str, Any] = {"classes": LOOKS, "nodata": 255, "sides": SIDES}
    return open_remote_sink(url, description, dtype=np.dtype(np.uint8), **kinds | more)


def put(sink: Sink, window: Window, values: Array) -> None:
    sink.write(window, np.ascontiguousarray(values[window.slices]))


def test_a_store_elsewhere_is_the_store_that_is_written_here(tmp_path: Path) -> None:
    values = labels_of(SHAPE)
    sink = opened((tmp_path / "there.zarr").as_uri())
    for window in WINDOWS[::-1]:
        assert not (tmp_path / "there.zarr" / "zarr.json").exists()
        put(sink, window, values)
    assert sink.kept() == frozenset(WINDOWS)
    assert sink.finish() == ((tmp_path / "there.zarr").as_uri(),)
    assert [path.name for path in tmp_path.iterdir()] == ["there.zarr"]
    raster = Raster(values, image_from_array(np.zeros(SHAPE, np.uint8)), Holds.LABELS, 255, LOOKS)
    found, _ = written_both_ways(tmp_path / "here", raster, "OME-Zarr", SIDES, "ome-zarr")
    same_levels(tmp_path / "there.zarr", found[".zarr"])


def test_gone_on_from_what_is_whole(tmp_path: Path) -> None:
    url, values = (tmp_path / "there.zarr").as_uri(), labels_of(SHAPE)
    sink = opened(url)
    for window in WINDOWS[:4]:
        put(sink, window, values)
    with pytest.raises(
        WriteError, match=r"2 of 6 pieces .* are missing or damaged, such as that at \(512, 0\)"
    ):
        sink.finish()
    chunk = tmp_path / "there.zarr" / "0" / "c" / "1" / "1"
    chunk.write_bytes(chunk.read_bytes()[:-1])
    again = opened(url, resume=True)
    assert again.kept() == frozenset(WINDOWS[:3])
    assert not opened(url, resume=True, sides=(256, 256)).kept()
    sink = opened(url)
    assert not sink.kept()
    sink.remove()
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_refused_or_replaced() -> None:
    url, values = "memory://somewhere/there.zarr", labels_of(SHAPE)
    for overwrite in (False, True):
        sink = opened(url, overwrite=overwrite)
        for window in WINDOWS:
            put(sink, window, values)
        sink.finish()
    with pytest.raises(WriteError, match="would be overwritten"):
        opened(url)
    fsspec.filesystem("memory").pipe_file("/somewhere/other.zarr/notes.txt", b"mine")
    with pytest.raises(WriteError, match="no Zarr store"):
        opened("memory://somewhere/other.zarr", overwrite=True)


def test_what_cannot_be_written_is_one_sentence() -> None:
    with pytest.raises(WriteError, match=r"Cannot write to nowhere://there\.zarr"):
        opened("nowhere://there.zarr")
    sink = opened("memory://one.zarr")
    with pytest.raises(ChoiceError, match="is none of the pieces"):
        sink.write(Window((0, 0), (3, 3)), np.zeros((3, 3), np.uint8))


@pytest.fixture
def bucket() -> Iterator[dict[str, Any]]:
    """Start an object store on this machine, and give what fsspec is told of it."""
    pytest.importorskip("moto", reason="moto is not installed")
    s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed: pip install 'pixture[cloud]'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    options = {"key": "nobody", "secret": "none", "endpoint_url": where}
    try:
        for _ in range(300):
            try:
                urlopen(where).close()
                break
            except URLError:
                time.sleep(0.1)
        s3fs.S3FileSystem(**options).mkdir("bucket")
        yield options
    finally:
        server.terminate()
        server.wait()


def test_processes_write_into_a_bucket(bucket: dict[str, Any], tmp_path: Path) -> None:
    values, url = labels_of(SHAPE), "s3://bucket/labels.zarr"
    sink = opened(url, options=bucket)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for task in [pool.submit(put, sink, window, values) for window in WINDOWS]:
            task.result()
    assert sink.finish() == (url,)
    files = fsspec.filesystem("s3", **bucket)
    assert [os.fspath(name) for name in files.ls("bucket", refresh=True)] == ["bucket/labels.zarr"]
    files.get("bucket/labels.zarr", str(tmp_path / "got.zarr"), recursive=True)
    sink = open_sink(
        tmp_path, "here", Description("yx", SHAPE, 1, np.dtype(np.uint8)), dtype=np.dtype(np.uint8),
        classes=LOOKS, nodata=255, sides=SIDES, format="ome-zarr",
    )  # fmt: skip
    for window in WINDOWS:
        put(sink, window, values)
    same_levels(tmp_path / "got.zarr", sink.finish()[0])
    with pytest.raises(WriteError, match=r"Cannot write to s3://elsewhere/labels\.zarr"):
        opened("s3://elsewhere/labels.zarr", options=bucket)
