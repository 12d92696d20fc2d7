"""S3 on this machine, in a process of its own, as tests reach it: by the variables of the environment."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SERVER = (
    "import time, moto.server; s = moto.server.ThreadedMotoServer('127.0.0.1', 0, verbose=False);"
    "s.start(); print('http://%s:%s' % s.get_host_and_port(), flush=True); time.sleep(600)"
)


@contextlib.contextmanager
def served(*command: object) -> Iterator[str]:
    """Start a server, which says its address first: one of its own, as GDAL waits with Python's lock held."""
    with subprocess.Popen(
        [sys.executable, *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a line for each request
        encoding="utf-8",
        cwd=ROOT,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@contextlib.contextmanager
def object_store(bucket: str) -> Iterator[Any]:
    """Give a client of a store with one bucket, whose server and keys are in the environment."""
    pytest.importorskip("moto.server", reason="needs moto's server, which is S3 on this machine")
    boto3 = pytest.importorskip("boto3")
    with served("-c", SERVER) as address, pytest.MonkeyPatch.context() as patched:
        for name, value in (
            ("AWS_ENDPOINT_URL", address),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_REGION", "us-east-1"),
        ):
            patched.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket=bucket)
        yield client
