"""An image larger than the memory that it may take, as the command goes through it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner, Result

import pixture
from pixture.arrays import Array
from pixture.cli import app

SIDE = 4160
"""Pixels: more than one piece has."""

MEMORY = "700MB"


@pytest.fixture(scope="module")
def scene() -> Array:
    """Grey of three tones under noise, some of it without data."""
    generator = np.random.default_rng(5)
    tones = np.repeat(np.repeat(generator.integers(0, 3, (SIDE // 32, SIDE // 32)), 32, axis=0), 32, axis=1)
    noise = generator.normal(0, 14, (SIDE, SIDE)).astype(np.float32)
    return (np.array([60, 120, 190], np.float32)[tones] + noise).clip(1, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(scene: Array, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scene as a tiled TIFF."""
    found = tmp_path_factory.mktemp("large")
    tifffile.imwrite(found / "scene.tif", scene, tile=(512, 512), compression="zlib")
    return found


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "pixture", *map(str, arguments)]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, check=False)


def asked(*arguments: object) -> Result:
    """Run the command here: of what is said and written, a process of its own would prove no more."""
    return CliRunner().invoke(app, [*map(str, arguments)])


def segment(folder: Path, out: Path, *more: object) -> Result:
    return asked("segment", folder / "scene.tif", "-k", 3, "--memory", MEMORY, "-o", out, *more)


def files(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("undisturbed")
    done = run("segment", folder / "scene.tif", "-k", 3, "--memory", MEMORY, "-o", out)
    assert done.returncode == 0, done.stderr
    return out


def test_the_labels_are_those_of_the_whole(folder: Path, undisturbed: Path) -> None:
    whole = pixture.segment(folder / "scene.tif", 3)
    assert np.array_equal(tifffile.imread(undisturbed / "scene.labels.tif"), whole.labels)
    record = json.loads((undisturbed / "scene.json").read_text())
    assert record["mixture"] == whole.mixture.as_dict()
    assert record["shares"] == pytest.approx(whole.shares.tolist(), rel=1e-12)
    assert record["input"]["shape"] == [SIDE, SIDE]
    assert record["input"]["pieces"] > 1
    assert [one["pixels"] for one in record["classes"]] == [one.pixels for one in whole.classes]
    names = {
        "scene.labels.tif",
        "scene.overlay.jpg",
        "scene.classes.csv",
        "scene.convergence.png",
        "scene.json",
    }
    assert set(files(undisturbed)) == names


def test_a_dry_run_writes_nothing(folder: Path, tmp_path: Path) -> None:
    done = segment(folder, tmp_path / "out", "--dry-run")
    assert done.exit_code == 0, done.stderr
    assert " pieces, 2 passes (its values are counted): about " in done.stderr
    assert not (tmp_path / "out").exists()
    told = json.loads(segment(folder, tmp_path / "out", "--dry-run", "--json").stdout)
    assert (told["status"], told["passes"], told["counted"]) == ("dry-run", 2, True)


def test_the_memory_is_kept(folder: Path, tmp_path: Path) -> None:
    from benchmarks.peak import peak_of

    peak = peak_of(
        command("segment", folder / "scene.tif", "-k", 3, "--memory", MEMORY, "-o", tmp_path, "-q")
    )
    assert peak < 700e6


def ended(group: int) -> bool:
    """Whether no process of a group is left, some seconds after the one that it is named after has ended."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def killed_until_done(folder: Path, scratch: Path, kills: int, seed: int, *more: object) -> Path:
    """Run it to its end again and again, until so many runs were killed; return what an undisturbed one made.

    Each second one is killed with its workers, of others these see that it is gone.
    """
    generator = random.Random(seed)
    given = ("segment", folder / "scene.tif", "-k", 3, "--memory", MEMORY, "-q", *more)
    began = time.monotonic()
    expected = scratch / "undisturbed"
    first = run(*given, "-o", expected)
    assert first.returncode == 0, first.stderr
    usual = time.monotonic() - began
    killed, whole, out = 0, 0, scratch / "out"
    while killed < kills or out.exists():
        anew, began = not out.exists(), time.monotonic()
        process = subprocess.Popen(command(*given, "-o", out, "--resume"), start_new_session=True)
        # once there were enough, it may end
        moment = generator.uniform(0.2, 1.1) * usual if killed < kills else 300
        try:
            assert process.wait(moment) == 0
        except subprocess.TimeoutExpired:
            end = os.killpg if killed % 2 else os.kill
            end(process.pid, signal.SIGKILL)
            process.wait()
            assert ended(process.pid)
            killed += 1
            continue
        assert ended(process.pid)
        assert files(out) == files(expected)
        assert {path.name for path in out.iterdir()} == set(files(expected))  # no empty folder either
        shutil.rmtree(out)
        whole += 1
        if anew:  # the machine is quieter, or kernels need no compiling now: the next one is killed in time
            usual = min(usual, time.monotonic() - began)
    print(f"{killed} kills, {whole} whole runs, of which an undisturbed one takes {usual:.1f} s")
    return expected


FEW = pytest.param(3, 1, id="few")
MANY = pytest.param(30, 2, marks=pytest.mark.slow, id="many")


@pytest.mark.parametrize(("kills", "seed"), [FEW, MANY])
def test_a_killed_run_goes_on_to_the_same_bytes(
    kills: int, seed: int, folder: Path, undisturbed: Path, tmp_path: Path
) -> None:
    assert files(killed_until_done(folder, tmp_path, kills, seed)) == files(undisturbed)


@pytest.mark.parametrize(("kills", "seed"), [pytest.param(2, 1, id="few"), MANY])
def test_a_killed_run_of_processes_goes_on_to_the_same_bytes(
    kills: int, seed: int, folder: Path, undisturbed: Path, tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'pixture[cluster]'")
    made = killed_until_done(folder, tmp_path, kills, seed, "--workers", 2)
    assert files(made) == files(undisturbed)


@pytest.mark.parametrize(("kills", "seed"), [MANY])
def test_a_killed_run_under_a_prior_goes_on_to_the_same_bytes(
    kills: int, seed: int, folder: Path, tmp_path: Path
) -> None:
    killed_until_done(folder, tmp_path, kills, seed, "--smooth", "auto", "--maps", "uncertainty")


def begun(folder: Path, out: Path) -> None:
    """Begin a run, and kill it when some of it is done."""
    process = subprocess.Popen(
        command("segment", folder / "scene.tif", "-k", 3, "--memory", MEMORY, "-o", out, "-q")
    )
    deadline = time.monotonic() + 60
    while not any(out.glob(".scene.pixture-run/*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()


def test_what_has_changed_refuses_to_be_resumed(folder: Path, tmp_path: Path) -> None:
    begun(folder, tmp_path)
    again = segment(folder, tmp_path)
    assert again.exit_code == 1
    assert "--resume" in again.stderr
    other = asked("segment", folder / "scene.tif", "-k", 4, "--memory", MEMORY, "-o", tmp_path, "--resume")
    assert other.exit_code == 1
    assert "it had --components 3, and this one has --components 4" in other.stderr
    anew = segment(folder, tmp_path, "--overwrite")
    assert anew.exit_code == 0, anew.stderr
    assert not any(path.name.startswith(".") for path in tmp_path.iterdir())


def test_what_needs_all_pixels_is_refused_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    for more in (["--features", "lab"], ["--box", "1,1,90,90"], ["--report"], ["--vector", "geojson"]):
        done = segment(folder, tmp_path, *more)
        assert done.exit_code == 1
        assert "needs all of its pixels at once" in done.stderr
        assert "Traceback" not in done.stderr
    assert files(tmp_path) == {}


def test_too_little_memory_is_said(folder: Path, tmp_path: Path) -> None:
    done = asked("segment", folder / "scene.tif", "--memory", "310MB", "-o", tmp_path)
    assert done.exit_code == 1
    assert "A piece of this image takes about" in done.stderr
    assert files(tmp_path) == {}


def test_a_mask_is_read_in_pieces_too(scene: Array, folder: Path, tmp_path: Path) -> None:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[100:-101, 50:-37] = 255
    tifffile.imwrite(tmp_path / "mask.tif", mask, tile=(512, 512), compression="zlib")
    done = segment(folder, tmp_path, "--mask", tmp_path / "mask.tif")
    assert done.exit_code == 0, done.stderr
    whole = pixture.segment(scene, 3, mask=mask)
    assert np.array_equal(tifffile.imread(tmp_path / "scene.labels.tif"), whole.labels)


def test_a_tile_that_cannot_be_decoded_is_said_where_it_lies(folder: Path, tmp_path: Path) -> None:
    content = bytearray((folder / "scene.tif").read_bytes())
    with tifffile.TiffFile(folder / "scene.tif") as file:
        at, length = file.pages[0].dataoffsets[20], file.pages[0].databytecounts[20]
    content[at : at + length] = bytes(length)
    (tmp_path / "bad.tif").write_bytes(content)
    done = asked("segment", tmp_path / "bad.tif", "--memory", MEMORY, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "rows " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out" / "bad.labels.tif").exists()


def test_a_cluster_that_is_killed_goes_on_without_one(
    folder: Path, undisturbed: Path, tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'pixture[cluster]'")
    process = subprocess.Popen(
        command("segment", folder / "scene.tif", "-k", 3, "-o", tmp_path, "-q", "--workers", 2),
        start_new_session=True,
    )
    deadline = time.monotonic() + 90
    while not any(tmp_path.glob(".scene.labels.pieces/*")) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)  # its workers too
    process.wait()
    done = segment(folder, tmp_path, "--resume")
    assert done.exit_code == 0, done.stderr
    assert files(tmp_path) == files(undisturbed)
