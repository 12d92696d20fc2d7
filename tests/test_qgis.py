"""The plugin of QGIS: its process alone, then as QGIS runs it without a window."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import pixture
from pixture.imaging.display.label_colours import hexadecimal, label_colours

PLUGIN = Path(__file__).parent.parent / "plugins" / "qgis" / "pixture_qgis"
PYTHON = "/usr/bin/python3"
"""The Python that QGIS of a distribution comes with."""


@pytest.fixture(scope="module")
def command() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pixture_qgis_command", PLUGIN / "command.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def python(*lines: str) -> list[str]:
    return [sys.executable, "-c", "\n".join(("import os, sys, time", *lines))]


def test_every_line_is_said_while_it_runs(command: ModuleType) -> None:
    said: list[str] = []
    words = python("for n in range(3): print('Größe', n, file=sys.stderr, flush=True)")
    command.run(words, say=said.append, is_cancelled=lambda: False)
    assert said == ["Größe 0", "Größe 1", "Größe 2"]


def test_an_error_is_the_last_line(command: ModuleType) -> None:
    words = python("print('It is no image.', file=sys.stderr)", "sys.exit(1)")
    with pytest.raises(command.CommandError, match=r"^It is no image\.$"):
        command.run(words, say=str, is_cancelled=lambda: False)
    with pytest.raises(command.CommandError, match="ended with status 3"):
        command.run(python("sys.exit(3)"), say=str, is_cancelled=lambda: False)


def test_cancelling_ends_the_process(command: ModuleType) -> None:
    begun = threading.Event()
    words = python("print('begun', file=sys.stderr, flush=True)", "time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(command.Cancelled):
        command.run(words, say=lambda _: begun.set(), is_cancelled=begun.is_set)
    assert time.monotonic() - began < 30


def test_qgis_s_own_python_is_not_the_command_s(command: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/of/qgis")
    said: list[str] = []
    command.run(
        python("print('/of/qgis' in sys.path, file=sys.stderr)"), say=said.append, is_cancelled=lambda: False
    )
    assert said == ["False"]


def test_a_command_that_is_not_there_is_named(
    command: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(command.CommandError, match=r"not in the PATH\. Install it"):
        command.found("")
    with pytest.raises(command.CommandError, match="There is no command '~/nowhere'"):
        command.found("~/nowhere")
    assert command.found(sys.executable) == sys.executable


def test_what_lies_beside_a_raster_moves_with_it(command: ModuleType, tmp_path: Path) -> None:
    made, destination = tmp_path / "a.labels.tif", tmp_path / "new" / "b.tif"
    for name in ("a.labels.tif", "a.labels.qml"):
        (tmp_path / name).write_text(name)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "b.tif.aux.xml").write_text("of an earlier raster")
    command.move(made, destination)
    there = {path.name: path.read_text() for path in destination.parent.iterdir()}
    assert there == {"b.tif": "a.labels.tif", "b.qml": "a.labels.qml"}


# QGIS itself ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where QGIS finds the plugin, and the plugin the command `pixture`: that of this Python."""
    folder = tmp_path_factory.mktemp("qgis")
    command = folder / "pixture"
    source = Path(pixture.__file__).parent.parent
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{source}" exec "{sys.executable}" -m pixture "$@"\n')
    command.chmod(0o755)
    (folder / "run").mkdir(mode=0o700)
    # QGIS takes the first Python there for its own: not that of an environment that is activated
    folders = [Path(one) for one in os.environ["PATH"].split(os.pathsep)]
    others = [str(one) for one in folders if not (one.parent / "pyvenv.cfg").exists()]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "PATH": os.pathsep.join([str(folder), *others]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "QGIS_CUSTOM_CONFIG_PATH": str(folder / "profile"),
        "QGIS_PLUGINPATH": str(PLUGIN.parent),
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(folder / "run"),
    }


@pytest.fixture(scope="module")
def raster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GeoTIFF of three bands: three fields, brighter from left to right."""
    rasterio: Any = pytest.importorskip("rasterio", reason="needs rasterio: pip install 'pixture[geo]'")
    path = tmp_path_factory.mktemp("raster") / "-scene.tif"  # a name like an option's
    bands = np.random.default_rng(0).normal(0, 3, (3, 60, 90)) + np.repeat([60, 120, 180], 30)
    place = rasterio.Affine(10, 0, 500_000, 0, -10, 5_400_000)
    profile = {"driver": "GTiff", "height": 60, "width": 90, "count": 3, "dtype": "uint8"}
    with rasterio.open(path, "w", crs="EPSG:32632", transform=place, **profile) as file:
        file.write(bands.round().astype(np.uint8))
    return path


@pytest.fixture(scope="module")
def seen(
    raster: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What a session of QGIS saw."""
    if (
        not Path(PYTHON).exists()
        or subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True).returncode
    ):
        pytest.skip("needs QGIS and its Python (apt install qgis python3-qgis)")
    folder = tmp_path_factory.mktemp("results")
    session = [PYTHON, str(Path(__file__).parent / "qgis_session.py"), str(raster), str(folder)]
    run = subprocess.run(session, env=environment, capture_output=True, encoding="utf-8", timeout=300)
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return answer | {"folder": folder}


def labels_in(path: Path) -> Any:
    import rasterio

    with rasterio.open(path) as file:
        return file.read(1)


def test_classes_lie_on_the_raster_in_their_colours(seen: dict[str, Any]) -> None:
    assert seen["algorithms"] == ["pixture:findregions", "pixture:segmentbymixture"]
    output = Path(seen["results"]["OUTPUT"])
    assert output == seen["folder"] / "deep" / "classes.tif"
    assert (labels_in(output) == np.repeat([0, 1, 2], 30)).all()
    assert seen["same place"]
    assert seen["legend"] == [[n, hexadecimal(label_colours(3)[n]), f"label {n}"] for n in range(3)]


def test_what_the_command_does_is_told(seen: dict[str, Any]) -> None:
    assert "--channels 3,1" in seen["said"]
    assert "3 components" in seen["said"]


def test_regions_have_outlines(seen: dict[str, Any]) -> None:
    numbers = labels_in(seen["folder"] / "regions.tif")
    assert seen["outlines"] == numbers.max() >= 3
    assert seen["outlines lie there"]


def test_what_is_refused_is_said_in_a_sentence(seen: dict[str, Any]) -> None:
    assert "9" in seen["too many"]
    assert "Traceback" not in seen["too many"]
    assert "is the raster itself; choose another" in seen["over itself"]
    assert "There is no command" in seen["no command"]


def test_cancelling_leaves_nothing(seen: dict[str, Any]) -> None:
    assert seen["cancelled"] == {}
    assert seen["cancelled after"] < 20
    assert seen["nothing is left"]
    assert seen["unloaded"]


def test_qgis_process_runs_it(raster: Path, environment: dict[str, str], tmp_path: Path) -> None:
    # Debian's script says --noversioncheck, which its program does not know
    program = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
    if program is None:
        pytest.skip("needs the program qgis_process (apt install qgis)")
    enabling = subprocess.run(
        [program, "plugins", "enable", "pixture_qgis"], env=environment, capture_output=True
    )
    assert enabling.returncode == 0, enabling.stderr
    output = tmp_path / "classes.tif"
    words = ["run", "pixture:segmentbymixture", "--", f"INPUT={raster}", "COMPONENTS=3", f"OUTPUT={output}"]
    run = subprocess.run([program, *words], env=environment, capture_output=True, encoding="utf-8")
    assert run.returncode == 0, run.stdout + run.stderr
    assert (labels_in(output) == np.repeat([0, 1, 2], 30)).all()
    assert {path.name for path in tmp_path.iterdir()} == {"classes.tif", "classes.qml", "classes.tif.aux.xml"}
