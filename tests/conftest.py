"""Fixtures, and the settings every test runs under."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from benchmarks.data import folder_of_images
from hypothesis import settings

from pixture.arrays import Array
from pixture.demo import photograph
from pixture.imaging.readers.read import read
from tests.browser import browser, page_of  # noqa: F401 - fixtures

# whatever the terminal's encoding and locale: what a test's own processes print is read as UTF-8
os.environ |= {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}

# derandomised: the examples are drawn from a seed that depends on the test alone
settings.register_profile("pixture", derandomize=True, deadline=None, max_examples=30)
settings.load_profile("pixture")


LONG = (
    "test_vectors.py", "test_compile_notice.py", "test_docs.py", "test_sklearn.py", "test_tutorial.py",
    "test_report.py", "test_selection.py", "test_volumes.py", "test_animation.py", "test_estimators.py",
    "test_processes.py", "test_field.py", "test_cli.py", "test_plots.py", "test_t_mixture.py",
    "test_segment.py", "test_interrupting.py", "test_window.py", "test_full_resolution.py",
    "test_without_home.py", "test_regions_page.py", "test_benchmarks.py", "test_batches.py",
    "test_cluster.py", "test_large_command.py", "test_large_fields.py", "test_studio_browser.py",
    "test_large_regions_command.py", "test_studio_image_page.py", "test_field_checkpoints.py",
    "test_address_arguments.py", "test_stacks.py", "test_sinks.py",
)  # fmt: skip
"""The files that take longest, which several workers begin with: at the end one would wait for another.

First come two that compile whatever is kept: the one keeps kernels that the others then load, the other has
a cache of its own.
"""


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config.option, "loadscopereorder"):
        # pytest-xdist would begin with the files of most tests, and end with the slowest, which have few
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(scope="session")
def china() -> Array:
    """(427, 640, 3) uint8, a photograph."""
    return read(photograph("china")).pixels


@pytest.fixture(scope="session")
def flower() -> Array:
    """(427, 640, 3) uint8, a photograph."""
    return read(photograph("flower")).pixels


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(20260101)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of images that are too large, or not ours, to commit; absent in most places."""
    folder = folder_of_images()
    if not folder.is_dir() or not any(folder.iterdir()):
        pytest.skip(f"the test images are not in {folder}; PIXTURE_TEST_DATA may say where they are")
    return folder
