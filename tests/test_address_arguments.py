"""The command takes addresses as images, and writes results to them: on this machine's loopback."""

from __future__ import annotations

import json
import os
import pickle
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import pixture
from pixture.arrays import Array
from pixture.cli import app
from pixture.errors import WriteError
from pixture.files.addresses import Address, is_address, place_of
from pixture.files.input_files import absolute, file_and_inside, name_of
from pixture.files.output_files import make_folder, stem_of
from pixture.scale.sinks.remote_files import RemoteFiles, _file_system
from tests.object_store import object_store, served

pytest.importorskip("obstore", reason="obstore is not installed: pip install 'pixture[cloud]'")
pytest.importorskip("s3fs", reason="s3fs is not installed: pip install 'pixture[cloud]'")
tifffile: Any = pytest.importorskip("tifffile")
zarr: Any = pytest.importorskip("zarr")

names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)


@given(st.sampled_from(["s3", "gs", "az", "https"]), st.lists(names, min_size=1, max_size=4), names)
def test_an_address_stays_what_was_given(scheme: str, parts: list[str], last: str) -> None:
    given = f"{scheme}://{'/'.join(parts)}"
    place = place_of(f"{given}/")
    assert is_address(given)
    assert str(place) == os.fspath(place) == given
    assert place / last == Address(f"{given}/{last}")
    assert (place / last).parent == place
    assert (place / last).name == last
    assert place / "." == place / Path() == place
    assert pickle.loads(pickle.dumps(place)) == place
    assert absolute(place) == absolute(given) == place
    assert len({place, Address(given), Path(given)}) == 2
    assert stem_of(place / f"{last}.ome.zarr") == last
    assert file_and_inside(f"{given}/{last}.zarr::0") == (Address(f"{given}/{last}.zarr"), "0")
    assert name_of(Address(f"{given}/{last}.zarr::0")) == f"{last}.zarr::0"
    assert not place.exists()


def test_names_at_addresses_are_names_of_files() -> None:
    assert stem_of(Address("https://server/a/scene.tif?key=1/2&x=y")) == "scene"
    assert Address("https://server/..%2F..%2Fscene.tif").name == "scene.tif"
    bucket = Address("s3://bucket")
    assert bucket.parent == bucket
    with pytest.raises(WriteError, match="is an address, and what is written here goes to a folder"):
        make_folder(bucket / "out")


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    """A client of S3 on this machine, with a bucket called "bucket"."""
    with object_store("bucket") as client:
        yield client


@pytest.fixture(scope="module")
def values() -> Array:
    """Three tones under noise."""
    generator = np.random.default_rng(3)
    tones = np.repeat(np.repeat(generator.integers(0, 3, (20, 24)), 16, axis=0), 32, axis=1)
    return (60 * tones + generator.integers(0, 40, tones.shape)).astype(np.uint8)


@pytest.fixture(scope="module")
def here(values: Array, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scene in a folder of this machine, as Zarr."""
    folder = tmp_path_factory.mktemp("here")
    zarr.create_array(folder / "scene.zarr", data=values, chunks=(256, 256), dimension_names=["y", "x"])
    return folder


@pytest.fixture(scope="module")
def scene(bucket: Any, here: Path) -> str:
    """The address of the scene."""
    for path in (here / "scene.zarr").rglob("*"):
        if path.is_file():
            key = path.relative_to(here).as_posix()
            bucket.put_object(Bucket="bucket", Key=key, Body=path.read_bytes())
    return "s3://bucket/scene.zarr"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


def done(*arguments: object) -> Result:
    result = invoke(*arguments)
    assert result.exit_code == 0, result.stderr
    return result


def held(client: Any, below: str = "") -> dict[str, bytes]:
    """Everything in the bucket below a name."""
    listed = client.list_objects_v2(Bucket="bucket", Prefix=below).get("Contents", [])
    return {
        one["Key"].removeprefix(below): client.get_object(Bucket="bucket", Key=one["Key"])["Body"].read()
        for one in listed
    }


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def without_names(content: bytes) -> dict[str, Any]:
    """A record, but for what says which file was read."""
    record: dict[str, Any] = json.loads(content)
    for name in ("path", "sha256", "bytes", "modified_ns"):
        record["input"].pop(name, None)
    return record


def segment(*more: object) -> tuple[object, ...]:
    return ("segment", more[0], "-k", 3, "-q", *more[1:])


def test_an_image_at_an_address_is_segmented_as_it_is_here(scene: str, values: Array, tmp_path: Path) -> None:
    done(*segment(scene, "-o", tmp_path))
    whole = pixture.segment(values, 3)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "scene.labels.tif"), whole.labels)
    record = json.loads((tmp_path / "scene.json").read_text())
    assert record["input"]["path"] == scene
    assert record["mixture"] == whole.mixture.as_dict()


def test_results_at_an_address_are_those_of_a_folder(
    bucket: Any, scene: str, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # smoothed results are compared above: its field asks the store of the tests for many single lines
    monkeypatch.chdir(tmp_path)
    options = "--smooth", "off", "--maps", "probabilities,uncertainty", "--foreground", "bright"
    done(*segment(scene, "-o", "s3://bucket/one", *options))
    assert not list(tmp_path.iterdir())
    done(*segment(scene, "-o", tmp_path / "one", "--format", "ome-zarr", *options))
    there, expected = held(bucket, "one/"), files(tmp_path / "one")
    assert {name for name in there if "/" not in name} == {name for name in expected if "/" not in name}
    for name in ("scene.classes.csv", "scene.overlay.jpg", "scene.objects.csv", "scene.json"):
        assert there[name] == expected[name], name
    for name in ("labels", "objects", "probabilities", "uncertainty"):
        store = f"scene.{name}.zarr/"
        for key, content in there.items():
            if key.startswith(store):
                copy = tmp_path / "copied" / key
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(content)
        got, made = (zarr.open_group(tmp_path / one / store, mode="r") for one in ("copied", "one"))
        assert dict(got.attrs) == dict(made.attrs)
        for level in made.array_keys():
            np.testing.assert_array_equal(got[level][...], made[level][...])

    # what is there is left, or replaced, or refused
    again = invoke(*segment(scene, "-o", "s3://bucket/one", *options))
    assert again.exit_code == 1
    assert "would be overwritten. Give --overwrite" in again.stderr
    left = ("segment", scene, "-k", 3, "-o", "s3://bucket/one", *options, "--skip-existing")
    assert "skipped, its results are there" in done(*left).stderr
    assert held(bucket, "one/") == there
    done(*segment(scene, "-o", "s3://bucket/one", *options, "--overwrite"))
    assert held(bucket, "one/") == there

    # and so is an image of this machine, of a format that is read whole
    done(*segment(here / "scene.zarr", "--smooth", "off", "-o", "s3://bucket/here"))
    np.save(tmp_path / "scene.npy", zarr.open_array(here / "scene.zarr", mode="r")[:64, :80])
    done(*segment(tmp_path / "scene.npy", "--smooth", "off", "-o", "s3://bucket/array"))
    record = without_names(held(bucket, "here/")["scene.json"])
    assert record["classes"] == without_names(there["scene.json"])["classes"]
    assert "scene.labels.zarr/zarr.json" in held(bucket, "array/")


def test_over_http_and_by_a_file_s_address(here: Path, values: Array, tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    profile = {"crs": "EPSG:32633", "transform": rasterio.Affine(10, 0, 5e5, 0, -10, 5e6)}
    with rasterio.open(
        here / "cog.tif", "w", driver="GTiff", count=1, height=values.shape[0], width=values.shape[1],
        dtype="uint8", tiled=True, blockxsize=256, blockysize=256, compress="deflate", **profile,
    ) as file:  # fmt: skip
        file.write(values, 1)
    whole = pixture.segment(values, 3, smooth="off").labels
    with served("-m", "tests.range_server", here) as web:
        done(*segment(f"{web}/cog.tif", "--smooth", "off", "-o", tmp_path))
        told = done("info", f"{web}/cog.tif", "--json")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "cog.labels.tif"), whole)
    about = json.loads(told.stdout)
    assert (about["path"], about["shape"]) == (f"{web}/cog.tif", list(values.shape))
    assert "EPSG:32633" in str(about["place"]) or "UTM" in str(about["place"])
    where = (tmp_path / "by uri").as_uri()
    done(*segment((here / "cog.tif").as_uri(), "--smooth", "off", "-o", where))
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "by uri" / "cog.labels.tif"), whole)


def test_nothing_is_written_by_info_and_a_dry_run(
    bucket: Any, scene: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = held(bucket)
    assert "read where it is" in done("info", scene).stdout
    told = done("segment", scene, "-k", 3, "--dry-run", "--json", "-o", "s3://bucket/dry").stdout
    assert (json.loads(told)["status"], json.loads(told)["counted"]) == ("dry-run", True)
    assert held(bucket) == before
    assert not list(tmp_path.iterdir())


def test_a_model_and_a_mask_at_an_address(
    bucket: Any, scene: str, values: Array, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mask = np.zeros(values.shape, np.uint8)
    mask[20:300, 100:700] = 1
    held_mask: dict[str, Any] = {}
    store = zarr.storage.MemoryStore(held_mask)
    zarr.create_array(store, data=mask, chunks=(256, 256), dimension_names=["y", "x"])
    for key, content in held_mask.items():
        bucket.put_object(Bucket="bucket", Key=f"mask.zarr/{key}", Body=content.to_bytes())
    np.save("scene.npy", values)
    for number, image in enumerate((scene, "scene.npy")):
        done(*segment(image, "--smooth", "off", "--mask", "s3://bucket/mask.zarr", "-o", f"masked{number}"))
    whole = pixture.segment(values, 3, mask=mask, smooth="off")
    np.testing.assert_array_equal(tifffile.imread("masked0/scene.labels.tif"), whole.labels)
    np.testing.assert_array_equal(tifffile.imread("masked1/scene.labels.tif"), whole.labels)
    pixture.fit_images(values, 3).save("model.pixture")
    done("apply", "model.pixture", scene, "-q", "--smooth", "off", "-o", "s3://bucket/applied")
    done("apply", "model.pixture", "scene.npy", "-q", "--smooth", "off", "-o", "applied")
    applied = json.loads(held(bucket, "applied/")["scene.json"])
    assert applied["classes"] == json.loads(Path("applied/scene.json").read_text())["classes"]


@pytest.mark.slow
def test_processes_write_to_the_address(bucket: Any, scene: str, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="needs pip install 'pixture[cluster]'")
    for out, more in (("threads", ()), ("workers", ("--workers", 2))):
        command = [
            sys.executable,
            "-m",
            "pixture",
            *map(str, segment(scene, "-o", f"s3://bucket/{out}", *more)),
        ]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert ran.returncode == 0, ran.stderr
    assert held(bucket, "workers/") == held(bucket, "threads/")


@pytest.mark.slow
def test_a_killed_run_goes_on_at_the_address(bucket: Any, values: Array, tmp_path: Path) -> None:
    generator = random.Random(1)
    np.save(tmp_path / "large.npy", np.tile(values, (14, 6)))  # more than one piece

    def started(out: str) -> subprocess.Popen[bytes]:
        command = segment("large.npy", "-o", f"s3://bucket/{out}", "--smooth", "off", "--resume")
        return subprocess.Popen([sys.executable, "-m", "pixture", *map(str, command)], cwd=tmp_path)

    began = time.monotonic()
    assert started("undisturbed").wait() == 0
    usual = time.monotonic() - began
    for _ in range(3):
        process = started("killed")
        time.sleep(generator.uniform(0.5, 0.95) * usual)
        process.kill()
        process.wait()
    assert started("killed").wait() == 0
    assert held(bucket, "killed/") == held(bucket, "undisturbed/")
    assert not held(bucket, "killed/scene.labels.zarr.pieces")
    assert [path.name for path in tmp_path.iterdir()] == ["large.npy"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("-o", "https://server/out"), "nothing can be written over https"),
        (
            ("-o", "s3://bucket/x", "--format", "tiff"),
            "At an address labels and maps are written as OME-Zarr",
        ),
        (("-o", "s3://bucket/x", "s3://bucket/other.zarr"), "the results of one image go at a time; got 2"),
        (("-o", "s3://bucket/x", "--report"), "at an address, and --report needs all of its pixels at once"),
        (("-o", "s3://nowhere/x"), "Cannot write to s3://nowhere/x"),
        (("-o", "s3://bucket/x", "--features", "lab"), "needs all of its pixels at once"),
    ],
)
def test_what_cannot_be_is_refused(
    more: tuple[str, ...], said: str, bucket: Any, scene: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = held(bucket)
    refused = invoke(*segment(scene, *more))
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert held(bucket) == before
    assert not list(tmp_path.iterdir())


def test_other_commands_say_that_an_address_is_no_file(
    scene: str, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (
        ("regions", scene),
        ("select", scene),
        ("fit", scene, "-o", "m.pixture"),
    ):
        refused = invoke(*command)
        assert refused.exit_code == 1
        assert "this is an address, and no file" in refused.stderr
    for command in (
        ("regions", str(here / "scene.zarr"), "-o", "s3://bucket/x"),
        ("fit", str(here / "scene.zarr"), "-o", "s3://bucket/x/m.pixture"),
    ):
        refused = invoke(*command)
        assert refused.exit_code == 1
        assert "goes to a folder of this machine" in refused.stderr


def test_without_the_libraries(
    scene: str, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "s3fs", None)
    for scheme in ("s3", "gs", "az"):  # what was imported before is forgotten
        monkeypatch.delitem(import_module("fsspec.registry")._registry, scheme, raising=False)
    _file_system.cache_clear()
    for url, package in (
        ("s3://elsewhere/x", r"'pixture\[cloud\]'"),
        ("gs://bucket/x", "gcsfs"),
        ("az://bucket/x", "adlfs"),
    ):
        monkeypatch.setitem(sys.modules, "gcsfs", None)
        monkeypatch.setitem(sys.modules, "adlfs", None)
        with (
            pytest.raises(WriteError, match=f"is not installed .* pip install {package}"),
            RemoteFiles(url).explained(),
        ):
            RemoteFiles(url).put(f"{url}/a", b"")
    refused = invoke(*segment(here / "scene.zarr", "-o", "s3://elsewhere/x"))
    assert "The library that leads to s3://elsewhere/x is not installed" in refused.stderr
    monkeypatch.setitem(sys.modules, "obstore", None)
    refused = invoke(*segment(scene, "-o", "out"))
    assert "Install it: pip install 'pixture[cloud]'" in refused.stderr
