"""`pixture regions` of an image larger than the memory that it may take."""

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import Result
from PIL import Image
from scipy.ndimage import gaussian_filter

import pixture
from pixture.arrays import Array
from pixture.segmentation.regions.merge_tree.tree_file import regions_in
from tests.test_large_command import asked, command, files, run

SHAPE = (4160, 4100)
"""Pixels: more than one piece has."""

MEMORY = "700MB"

SUFFIXES = (
    "boundaries.png", "outlines.png", "regions.csv", "regions.jpg", "regions.json", "regions.safetensors",
    "regions.tif",
)  # fmt: skip


@pytest.fixture(scope="module")
def scene() -> Array:
    """Colours of some large blobs under noise."""
    generator = np.random.default_rng(7)
    coarse = gaussian_filter(generator.normal(size=(SHAPE[0] // 10, SHAPE[1] // 10)), 16)
    tones = np.digitize(coarse / coarse.std(), [-0.7, 0.7])
    tones = np.repeat(np.repeat(tones, 10, axis=0), 10, axis=1)
    colours = np.array([[40, 60, 120], [90, 160, 60], [220, 190, 130]], np.float32)[tones]
    noisy: Array = colours + generator.normal(0, 9, colours.shape)
    return noisy.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(scene: Array, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scene as a tiled TIFF."""
    found = tmp_path_factory.mktemp("large-regions")
    tifffile.imwrite(found / "scene.tif", scene, tile=(256, 256), compression="zlib", photometric="rgb")
    return found


def regions(folder: Path, out: Path, *more: object) -> Result:
    return asked("regions", folder / "scene.tif", "--memory", MEMORY, "-o", out, *more)


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("undisturbed")
    done = run("regions", folder / "scene.tif", "--memory", MEMORY, "-o", out, "--format", "tiff")
    assert done.returncode == 0, done.stderr
    return out


def test_the_files_are_those_of_the_whole(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    found = pixture.regions(folder / "scene.tif")
    assert found.count > 3
    found.save(tmp_path, format="tiff")
    assert set(files(undisturbed)) == {f"scene.{suffix}" for suffix in SUFFIXES} == set(files(tmp_path))
    assert np.array_equal(tifffile.imread(undisturbed / "scene.regions.tif"), found.labels)
    tree = "scene.regions.safetensors"
    assert (undisturbed / tree).read_bytes() == (tmp_path / tree).read_bytes()
    ours, theirs = (
        list(csv.DictReader((place / "scene.regions.csv").read_text().splitlines()))
        for place in (undisturbed, tmp_path)
    )
    assert len(ours) == len(theirs) == found.count
    for row, like in zip(ours, theirs, strict=True):
        assert list(row) == list(like)
        for name in like:
            assert float(row[name] or 0) == pytest.approx(float(like[name] or 0), rel=1e-9), name
    record, like = (
        json.loads((place / "scene.regions.json").read_text()) for place in (undisturbed, tmp_path)
    )
    read = record.pop("input")
    assert read["pieces"] > 1
    assert {**read, "sha256": like["input"]["sha256"]} == {
        **like.pop("input"),
        "pieces": read["pieces"],
        "bytes": read["bytes"],
        "modified_ns": read["modified_ns"],
    }
    assert record == like


def test_pictures_are_of_evenly_spaced_pixels(undisturbed: Path, scene: Array) -> None:
    numbers = tifffile.imread(undisturbed / "scene.regions.tif")[::3, ::3]
    with Image.open(undisturbed / "scene.outlines.png") as outlines:
        assert outlines.size == (1367, 1387)
        shown = np.asarray(outlines)
    inside = np.ones(numbers.shape, bool)
    for axis in (0, 1):
        differs = np.diff(numbers, axis=axis, append=np.take(numbers, [-1], axis)) != 0
        inside &= ~(differs | np.roll(differs, 1, axis))
    same = (shown == scene[::3, ::3]).all(-1)
    assert same[inside].mean() > 0.99
    assert not same[~inside].all()
    with Image.open(undisturbed / "scene.boundaries.png") as boundaries:
        assert boundaries.size == (1367, 1387)
        assert np.asarray(boundaries).max() > 65_535 // 2


def test_a_dry_run_writes_nothing(folder: Path, tmp_path: Path) -> None:
    done = regions(folder, tmp_path / "out", "--dry-run")
    assert done.exit_code == 0, done.stderr
    assert " pieces, 9 passes: about " in done.stderr
    assert not (tmp_path / "out").exists()
    told = json.loads(regions(folder, tmp_path / "out", "--dry-run", "--json").stdout)
    assert (told["status"], told["passes"]) == ("dry-run", 9)
    assert told["memory_bytes"] < 700e6
    whole = asked("regions", folder / "scene.tif", "--memory", "8GB", "--dry-run", "-o", tmp_path / "out")
    assert "17.1 Mpx in memory: about " in whole.stderr


def test_the_memory_is_kept(folder: Path, tmp_path: Path) -> None:
    from benchmarks.peak import peak_of

    peak = peak_of(command("regions", folder / "scene.tif", "--memory", MEMORY, "-o", tmp_path, "-q"))
    assert peak < 700e6


@pytest.mark.parametrize(
    ("ends", "seed"), [(2, 1), pytest.param(20, 2, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_a_run_that_was_ended_goes_on_to_the_same_bytes(
    ends: int, seed: int, folder: Path, undisturbed: Path, tmp_path: Path
) -> None:
    generator = random.Random(seed)
    how = ["regions", folder / "scene.tif", "--memory", MEMORY, "--format", "tiff", "--resume", "-q"]
    began = time.monotonic()
    assert run(*how, "-o", tmp_path / "timed").returncode == 0
    usual = time.monotonic() - began
    ended, out = 0, tmp_path / "out"
    while ended < ends:
        process = subprocess.Popen(command(*how, "-o", out))
        try:
            assert process.wait(generator.uniform(0.3, 1.0) * usual) == 0
        except subprocess.TimeoutExpired:
            process.send_signal(generator.choice([signal.SIGKILL, signal.SIGINT]))
            process.wait()
            ended += 1
            if (out / "scene.regions.json").exists():  # the record is the last
                assert {f"scene.{suffix}" for suffix in SUFFIXES} <= set(files(out))
            continue
        assert files(out) == files(undisturbed)
        out = tmp_path / f"out{ended}"
    done = run(*how, "-o", out)
    assert done.returncode == 0, done.stderr
    assert files(out) == files(undisturbed)


def test_an_unfinished_run_is_said(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("regions", folder / "scene.tif", "--memory", MEMORY, "-o", tmp_path, "-q", "--format", "tiff")
    )
    deadline = time.monotonic() + 60
    while not any(tmp_path.glob(".scene.regions.pixture-run/*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    again = regions(folder, tmp_path)
    assert again.exit_code == 1
    assert "--resume" in again.stderr
    other = regions(folder, tmp_path, "--format", "tiff", "-n", 9, "--resume")
    assert other.exit_code == 1
    assert "--regions" in other.stderr
    anew = regions(folder, tmp_path, "--format", "tiff", "--overwrite")
    assert anew.exit_code == 0, anew.stderr
    assert files(tmp_path) == files(undisturbed)
    skipped = regions(folder, tmp_path, "--skip-existing")
    assert "skipped, its results are there" in skipped.stderr


def test_a_tree_of_pieces_is_cut_in_memory(folder: Path, undisturbed: Path, tmp_path: Path) -> None:
    tree = undisturbed / "scene.regions.safetensors"
    image = pixture.read(folder / "scene.tif")
    expected = regions_in(tree, image, regions=5).labels.copy()
    pieces = regions(folder, tmp_path / "pieces", "-n", 5, "--groups", "wood=2+3", "-q")
    assert pieces.exit_code == 0, pieces.stderr
    expected[expected == 3] = 2
    assert np.array_equal(tifffile.imread(tmp_path / "pieces" / "scene.regions.tif"), expected)
    record = json.loads((tmp_path / "pieces" / "scene.regions.json").read_text())
    assert (record["regions"], record["names"]) == (4, {"2": "wood"})
    assert record["choices"]["groups"] == {"wood": [2, 3]}


def test_what_cannot_be_had_is_refused_in_a_sentence(
    scene: Array, folder: Path, undisturbed: Path, tmp_path: Path
) -> None:
    tree = undisturbed / "scene.regions.safetensors"
    for more in (["--mask", folder / "scene.tif"], ["--tree", tree]):
        done = regions(folder, tmp_path, *more)
        assert done.exit_code == 1
        assert f"({more[0]}) needs all of its pixels at once" in done.stderr
        assert "Traceback" not in done.stderr
    seen = np.full((*SHAPE, 1), 255, np.uint8)
    seen[1200:1300, 1500:1600] = 0
    tifffile.imwrite(
        tmp_path / "holes.tif",
        np.concatenate([scene, seen], axis=-1),
        tile=(256, 256),
        photometric="rgb",
        extrasamples=["unassalpha"],
    )
    done = asked("regions", tmp_path / "holes.tif", "--memory", MEMORY, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "some of this one's are masked" in done.stderr
    assert "--memory" in done.stderr
    assert not files(tmp_path / "out")
    little = asked("regions", folder / "scene.tif", "--memory", "310MB", "-o", tmp_path / "out")
    assert "A piece of this image takes about" in little.stderr
    assert not files(tmp_path / "out")
    volume = np.zeros((40, 600, 600), np.uint8)
    tifffile.imwrite(tmp_path / "volume.tif", volume, metadata={"axes": "ZYX"}, tile=(128, 128), ome=False)
    done = asked("regions", tmp_path / "volume.tif", "--memory", MEMORY, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "in images of two axes" in done.stderr
    assert "--slice" in done.stderr


def test_a_small_image_is_read_whole(tmp_path: Path) -> None:
    pixels = np.zeros((60, 80), np.uint8)
    pixels[:, 40:] = 200
    tifffile.imwrite(tmp_path / "small.tif", pixels)
    done = asked("regions", tmp_path / "small.tif", "--memory", "310MB", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "out" / "small.regions.png").is_file()
