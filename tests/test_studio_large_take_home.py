"""Images larger than memory in the studio: components edited and files taken home, as by the command."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner

import pixture
from pixture.commands.app import app
from pixture.imaging.display.shades import entropy_shades, probability_shades
from pixture.segmentation.many_images.image_model import ImageModel
from pixture.studio.runs.fitting import found_in
from pixture.studio.server.application import file_asked
from pixture.studio.server.sessions import Sessions
from pixture.studio.session.questions import new_session
from pixture.studio.session.session import Limits, Session
from pixture.studio.take_home.archive import as_file, zipped
from pixture.studio.tiles.large_image import LargeImage
from tests.studio_session import ask, done, fetched, taken

SIDE = 4112
"""Pixels: more than one piece has."""

FILES = ["labels", "overlay", "classes", "convergence", "record"]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grey of three tones under noise."""
    random = np.random.default_rng(5)
    tones = np.array([60, 120, 190], np.float32)[random.integers(0, 3, (SIDE // 16, SIDE // 16))]
    pixels = np.repeat(np.repeat(tones, 16, axis=0), 16, axis=1)
    pixels += random.normal(0, 14, pixels.shape).astype(np.float32)
    path = tmp_path_factory.mktemp("scene") / "scene.tif"
    tifffile.imwrite(path, pixels.clip(1, 255).astype(np.uint8), tile=(512, 512), compression="zlib")
    return path


@pytest.fixture(scope="module")
def session(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = new_session(tmp_path_factory.mktemp("session"), limits=Limits(pixels=10_000))
    ask(made, "choose", choices={"components": 3})
    done(made, "open-path", path=str(scene))
    yield made
    made.close()


def large_of(session: Session) -> LargeImage:
    opened = session.document.opened
    assert opened is not None
    assert opened.large is not None
    return opened.large


def labels_of(session: Session) -> np.ndarray:
    large = large_of(session)
    assert large.labels is not None
    return np.fromfile(large.labels, np.uint8).reshape(large.shape)


def command(*arguments: str) -> None:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output


def test_files_are_those_of_the_command(session: Session, scene: Path, tmp_path: Path) -> None:
    command(
        "segment",
        str(scene),
        "-k",
        "3",
        "--memory",
        "700MB",
        "-o",
        str(tmp_path),
        "--maps",
        "uncertainty",
        "-q",
    )
    listed = {one["name"] for one in ask(session, "outputs").says["outputs"]}
    assert listed == {*FILES, "probabilities", "uncertainty", "model"}
    done(session, "make-output", names=[*FILES, "uncertainty"])
    told = session.state("outputs")["files"]
    assert {one["name"] for one in told} == {path.name for path in tmp_path.iterdir()}
    for at, one in enumerate(told):
        assert taken(session, at) == (tmp_path / one["name"]).read_bytes(), one["name"]


def test_a_model_segments_other_images(session: Session, tmp_path: Path) -> None:
    done(session, "make-output", names=["model"])
    (tmp_path / "scene.pixture").write_bytes(taken(session))
    model = ImageModel.load(tmp_path / "scene.pixture")
    assert model.mixture.as_dict() == found_in(session).segmentation.mixture.as_dict()
    assert (model.dtype, model.facts["pixels"], model.facts["distinct_values"]) == ("uint8", SIDE**2, 255)


def test_what_needs_all_pixels_is_not_made(session: Session) -> None:
    for name in ("report", "painted", "objects", "regions", "animation"):
        assert f"there is no {name} of it" in ask(session, "make-output", names=[name]).says["error"]


def test_cancelled_in_the_middle_nothing_is_left(session: Session) -> None:
    told: list[str] = []
    publish = session.publish

    def cancelling(**parts: object) -> None:
        publish(**parts)
        run = parts.get("run")
        if isinstance(run, dict) and str(run["sentence"]).startswith("Labelling"):
            told.append(str(run["sentence"]))
            session.cancel()

    session.publish = cancelling  # type: ignore[method-assign]
    try:
        ask(session, "make-output", names=["probabilities"])
    finally:
        session.publish = publish  # type: ignore[method-assign]
    assert session.state("run")["status"] == "cancelled"
    assert told[0] == "Labelling: 0% of the image"
    assert list((session.folder / "outputs" / "probabilities").iterdir()) == []


def test_a_file_is_fetched_by_its_address(session: Session, tmp_path: Path) -> None:
    sessions = Sessions(lambda folder: session, tmp_path)
    sessions._all["one"] = session
    done(session, "make-output", names=["classes"])
    asked = {"session": "one", "number": str(session.state("outputs")["number"]), "file": "0"}
    found = file_asked(asked, sessions)
    assert found is not None
    assert found.read_bytes() == taken(session)
    for wrong in (
        {"session": "two"},
        {"number": "0"},
        {"file": "1"},
        {"file": "-1"},
        {"file": "../x"},
        {"file": "²"},
    ):
        assert file_asked(asked | wrong, sessions) is None
    assert file_asked({}, sessions) is None


def test_maps_are_those_of_the_whole(session: Session, scene: Path) -> None:
    whole, run = pixture.segment(scene, 3), session.state("result")["run"]
    where = {"level": 1, "column": 1, "row": 0, "version": run}
    seen = np.s_[:1026:2, 1024:2050:2]
    assert "press Compute" in ask(session, "tile", layer="uncertainty", **where).says["error"]
    done(session, "find-map", layer="uncertainty")
    done(session, "find-map", layer="probability", component=2)
    assert session.state("result")["maps"] == ["uncertainty", "probability 2"]
    for layer, component, expected in (
        ("uncertainty", 0, entropy_shades(whole.entropy(), 3)),
        ("probability", 2, probability_shades(whole.probabilities(2))),
    ):
        (data,) = ask(session, "tile", layer=layer, component=component, **where).buffers
        assert np.array_equal(np.frombuffer(data, np.uint8).reshape(513, 513), expected[seen])
    assert "press Compute" in ask(session, "tile", layer="probability", component=1, **where).says["error"]
    assert "layer must be" in ask(session, "find-map", layer="labels").says["error"]


# --- components are edited; these change what the session has found -----------------------------------------


def test_classes_are_merged_as_the_command_merges(session: Session, scene: Path, tmp_path: Path) -> None:
    done(session, "merge", labels=[1, 2])
    done(session, "rename", label=0, name="dark")
    assert [one["name"] for one in session.state("result")["components"]] == ["dark", "1"]
    wanted = ("-k", "3", "--merge", "1+2", "--names", "dark,1")
    command("segment", str(scene), "--memory", "700MB", "-o", str(tmp_path), "-q", *wanted)
    assert np.array_equal(labels_of(session), tifffile.imread(tmp_path / "scene.labels.tif"))
    done(session, "make-output", names=FILES)
    for at, one in enumerate(session.state("outputs")["files"]):
        assert taken(session, at) == (tmp_path / one["name"]).read_bytes(), one["name"]
    shares = [one["share"] for one in session.state("result")["components"]]
    assert shares == pytest.approx(np.bincount(labels_of(session).ravel()) / SIDE**2)
    done(session, "unmerge")
    assert np.array_equal(labels_of(session), pixture.segment(scene, 3).labels)
    assert len(list(session.folder.glob("labels-*"))) == 1
    assert list(session.folder.glob("map-*")) == []
    assert session.state("result")["maps"] == []


def test_a_locked_component_stays(session: Session) -> None:
    before = found_in(session).segmentation.fit.mixture
    done(session, "lock", label=2, locked=True)
    done(session, "split", label=0)
    after = found_in(session).segmentation.fit.mixture
    assert after.components == 4
    assert session.document.locked == {3}
    assert np.array_equal(after.means[3], before.means[2])
    assert np.array_equal(after.covariances[3], before.covariances[2])
    assert labels_of(session).max() == 3


def test_a_saved_session_opens_with_its_edits(session: Session, tmp_path: Path) -> None:
    done(session, "rename", label=3, name="sky")
    before, labels = found_in(session).segmentation, labels_of(session)
    said = ask(session, "save-session", image=False).says
    assert "error" not in said, said
    (file,) = said["files"]
    path = tmp_path / file["name"]
    path.write_bytes(fetched(session, said["number"], 0, file["bytes"]))
    (tmp_path / "again").mkdir()
    again = new_session(tmp_path / "again", limits=Limits(pixels=10_000))
    try:
        done(again, "open-path", path=str(path))
        after = found_in(again).segmentation
        assert after.names == before.names
        assert after.names[3] == "sky"
        assert again.document.locked == {3}
        assert np.array_equal(after.fit.mixture.means[3], before.fit.mixture.means[3])
        assert (labels_of(again) == labels).mean() > 0.99  # it was fitted on from there
    finally:
        again.close()


def test_what_is_left_after_deleting_is_fitted_from_there(session: Session) -> None:
    done(session, "lock", label=3, locked=False)
    done(session, "delete", label=0)
    after = found_in(session).segmentation
    assert after.mixture.components == 3
    counts = np.bincount(labels_of(session).ravel(), minlength=3)
    assert [one["pixels"] for one in session.state("result")["components"]] == counts.tolist()


# --- archives -----------------------------------------------------------------------------------------------


def test_a_store_is_one_file(tmp_path: Path) -> None:
    store = tmp_path / "a.ome.zarr"
    (store / "0").mkdir(parents=True)
    (store / "zarr.json").write_text(json.dumps({}))
    (store / "0" / "c").write_bytes(b"chunk")
    (tmp_path / "a.csv").write_text("one")
    assert as_file(tmp_path / "a.csv") == tmp_path / "a.csv"
    with zipfile.ZipFile(as_file(store)) as archive:
        assert archive.namelist() == ["a.ome.zarr/0/c", "a.ome.zarr/zarr.json"]
        assert archive.read("a.ome.zarr/0/c") == b"chunk"
    with zipfile.ZipFile(zipped([store, tmp_path / "a.csv"], tmp_path / "all.zip")) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 3
