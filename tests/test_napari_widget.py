"""The widget in napari, as a person uses it, in a window that nobody sees."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import pytest
from benchmarks.animating import display_in_memory

from pixture.imaging.display.label_colours import label_colours
from tests.napari_session import SHAPE

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("napari") is None or importlib.util.find_spec("qtpy") is None,
    reason="needs napari and a Qt: pip install 'pixture[napari]' PyQt6",
)


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What a session saw. Qt's `offscreen` has no OpenGL, which napari draws with: an X server has."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs the program Xvfb (apt install xvfb libegl1 libgl1-mesa-dri libxcb-cursor0)")
    if not entry_points(group="napari.manifest", name="pixture"):
        pytest.skip("pixture was installed before it had a plugin: pip install -e . again")
    with display_in_memory() as display:
        environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        command = [sys.executable, "-m", "tests.napari_session"]
        run = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=300)
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return answer


def test_the_manifest_is_what_napari_wants() -> None:
    command = [sys.executable, "-m", "npe2", "validate", "pixture"]
    run = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "valid" in run.stdout


def test_labels_lie_on_the_image(seen: dict[str, Any]) -> None:
    labels = np.array(seen["labels"])
    expected = np.ones(SHAPE, int)
    expected[:, SHAPE[1] // 2 :] = 2
    expected[0, 0] = 0  # transparent: no class
    assert np.array_equal(labels, expected)
    assert seen["same place"]
    assert seen["the image stays selected"]
    assert seen["status"] == "2 labels; 100% of the pixels are certain."


def test_labels_have_pixture_s_colours(seen: dict[str, Any]) -> None:
    nothing, *colours = np.array(seen["colours"])
    assert not nothing.any()
    np.testing.assert_allclose(colours, np.insert(label_colours(2) / 255, 3, 1, axis=1), atol=1e-6)


def test_the_pointer_is_told_of_classes(seen: dict[str, Any]) -> None:
    told = seen["under the pointer"]
    assert told["index"] == [0, 1, 2]
    assert told["class"] == ["masked", "0", "1"]
    assert [float(mean.split(",")[0]) for mean in told["mean"][1:]] == pytest.approx([40, 190], abs=1)


def test_nothing_is_segmented_before_it_is_asked_for(seen: dict[str, Any]) -> None:
    assert not seen["labels before the button"]
    assert seen["choosing segments nothing"]


def test_labels_follow_changes_and_only_the_last_counts(seen: dict[str, Any]) -> None:
    assert seen["layers after changes"] == ["halves", "classes of halves"]
    assert seen["status after changes"].startswith("3 labels;")


def test_the_image_says_how_many(seen: dict[str, Any]) -> None:
    assert seen["found"].startswith("2 labels;")


def test_bands_share_labels(seen: dict[str, Any]) -> None:
    assert not seen["axes are asked for"]  # of a layer of colour there is no doubt
    assert seen["the selected image is chosen"]
    assert "cyx" in seen["axes offered"]
    assert seen["labels of bands"] == [3, *SHAPE]
    assert seen["all bands have the same"]


def test_what_is_gone_or_refused_is_said(seen: dict[str, Any]) -> None:
    assert seen["strength is asked for"]
    assert seen["gone"] == "bands is no longer here."
    assert seen["refused"] == "This cannot be segmented."
