"""Many files in one command: which, where results go, in how many processes, what if it is killed."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pixture.batch.batch_run import JOURNAL, batch_run
from pixture.batch.file_list import BatchFile, clashes, listed
from pixture.batch.go_through import go_through
from pixture.batch.outcome import Outcome
from pixture.batch.workers import TRIES, Workers
from pixture.cli import app
from pixture.errors import ReadError
from pixture.imaging.grey_as_colour import as_grey
from pixture.imaging.image_from_array import image_from_array
from pixture.segmentation.many_images.fit_images import fit_images
from pixture.segmentation.many_images.image_model import ImageModel
from pixture.segmentation.many_images.pooled_histogram import pooled
from pixture.view.terminal.batch_bar import BatchBar

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
KILLS = 3


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def started(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pixture", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | environment,
    )


def picture(path: Path, seed: int, size: tuple[int, int] = (40, 50)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    tones = generator.choice([20, 90, 200], size) + generator.integers(0, 9, size)
    PIL.Image.fromarray(tones.astype(np.uint8)).save(path)
    return path


def whole(folder: Path) -> dict[str, bytes]:
    """Everything in a folder and below it, hidden files too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of four images, two of them of one name in folders below it, and a text."""
    folder = tmp_path / "photos"
    for number, name in enumerate(("b10.png", "b9.png", "one/cat.png", "two/cat.png")):
        picture(folder / name, number)
    (folder / "notes.txt").write_text("no image")
    return folder


# --- which files, and where their results go


def names(found: Iterable[BatchFile], root: Path) -> list[tuple[str, str]]:
    return [
        (file.path.relative_to(root).as_posix(), file.folder.relative_to(root).as_posix()) for file in found
    ]


def test_a_folder_means_the_images_in_it(pictures: Path, tmp_path: Path) -> None:
    found = listed([pictures], tmp_path / "out")
    assert names(found.files, tmp_path) == [("photos/b9.png", "out"), ("photos/b10.png", "out")]
    assert found.left_aside == 1
    below = listed([pictures], tmp_path / "out", recursive=True)
    assert names(below.files, tmp_path)[2:] == [
        ("photos/one/cat.png", "out/one"),
        ("photos/two/cat.png", "out/two"),
    ]


def test_what_is_given_by_itself_goes_into_the_folder(pictures: Path, tmp_path: Path) -> None:
    one = listed([pictures / "one/cat.png", pictures / "b9.png"], tmp_path)
    assert {file.folder for file in one.files} == {tmp_path}
    both = listed([pictures / "one/cat.png", pictures / "two/cat.png"], tmp_path)
    assert [file.folder for file in both.files] == [tmp_path / "one", tmp_path / "two"]
    assert both.kept_folders
    twice = listed([pictures / "b9.png", pictures / "." / "b9.png"], tmp_path)
    assert len(twice.files) == 1


def test_a_pattern_is_what_a_shell_would_make_of_it(pictures: Path, tmp_path: Path) -> None:
    quoted = listed([pictures / "*" / "*.png"], tmp_path)
    assert quoted.files == listed(sorted(pictures.glob("*/*.png")), tmp_path).files
    assert len(listed([pictures / "**" / "*.png"], tmp_path).files) == 4
    odd = picture(pictures / "a[1].png", 7)
    assert listed([odd], tmp_path).paths == [odd]
    nothing = pictures / "*.gif"
    assert listed([nothing], tmp_path).paths == [nothing]  # and reading it says so


def test_results_are_no_images_of_another_run(pictures: Path, tmp_path: Path) -> None:
    before = listed([pictures], pictures, recursive=True)
    assert run("segment", pictures, "-k", 2, "-o", pictures, "--maps", "uncertainty").exit_code == 0
    assert run("regions", pictures / "b9.png", "-o", pictures).exit_code == 0
    after = listed([pictures], pictures, recursive=True)
    assert after.files == before.files
    (pictures / "b9.json").unlink()  # as if the run had been killed
    assert listed([pictures], pictures, recursive=True).files == before.files
    assert run("segment", pictures, "-k", 2, "-o", pictures / "out", "-q").exit_code == 0
    assert listed([pictures], pictures / "out", recursive=True).files[:2] == tuple(
        BatchFile(file.path, pictures / "out") for file in before.files[:2]
    )
    assert len(listed([pictures], pictures / "out", recursive=True).files) == 4


def test_a_folder_without_images_is_said(tmp_path: Path, pictures: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "x.txt").write_text("x")
    with pytest.raises(ReadError, match=r"a folder with no image in it \(1 file in it left aside\)"):
        listed([tmp_path / "empty"], tmp_path)
    refused = run("segment", tmp_path / "empty")
    assert refused.exit_code == 1
    assert "--recursive looks into the folders below it" in " ".join(refused.stderr.split())
    assert "exclude each other" in run("segment", pictures, "--recursive", "--stack").stderr


def test_an_array_with_a_header_is_one_image(tmp_path: Path) -> None:
    np.zeros((4, 5), np.uint8).tofile(tmp_path / "scene.dat")
    header = "ENVI\nsamples = 5\nlines = 4\nbands = 1\ndata type = 1\ninterleave = bsq\nbyte order = 0\n"
    (tmp_path / "scene.hdr").write_text(header)
    assert listed([tmp_path], tmp_path / "out").paths == [tmp_path / "scene.dat"]


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b"]), st.sampled_from(["x.png", "x.jpg", "y.png"]))))
def test_results_never_have_the_same_place_unsaid(given_files: list[tuple[str, str]]) -> None:
    paths = [Path("root", folder, name) for folder, name in given_files]
    found = listed(paths, Path("out"))
    places = [(file.folder, file.stem) for file in found.files]
    assert bool(clashes(found.files)) == (len(set(places)) < len(places))
    assert {file.path for file in found.files} == set(paths)


def test_one_name_in_one_folder_is_refused(pictures: Path) -> None:
    picture(pictures / "b9.jpg", 1)
    refused = run("segment", pictures)
    assert refused.exit_code == 2
    assert "several images are called b9" in refused.stderr


# --- results


def test_results_keep_their_folders_and_summaries_name_them(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bad = pictures / "two" / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n")
    done = run("segment", pictures, "--recursive", "-k", 2, "-o", out, "--objects", "--summary", "csv,jsonl")
    assert done.exit_code == 3
    assert "5 images; 1 file left aside" in done.stderr
    assert "1 failed." in done.stderr
    assert (out / "two" / "cat.json").is_file()
    images = [line.split(",")[0] for line in (out / "summary.csv").read_text().splitlines()[1:]]
    assert list(dict.fromkeys(images)) == ["b10", "b9", "one/cat", "two/cat"]
    objects = (out / "summary.objects.csv").read_text().splitlines()[1:]
    assert [line.split(",")[0] for line in objects] == ["b10", "b9", "one/cat", "two/cat"]
    lines = [json.loads(line) for line in (out / "summary.jsonl").read_text().splitlines()]
    assert [Path(line["path"]).name for line in lines] == [
        "b9.png",
        "b10.png",
        "cat.png",
        "bad.png",
        "cat.png",
    ]
    assert [line["status"] for line in lines].count("failed") == 1
    assert "bad.png" in lines[3]["error"]
    assert lines[0]["record"] == json.loads((out / "b9.json").read_text())
    assert not (out / JOURNAL).exists()


@pytest.mark.parametrize("command", ["segment", "regions", "report", "pooled"])
def test_jobs_change_nothing(command: str, pictures: Path, tmp_path: Path) -> None:
    (pictures / "two" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    commands: dict[str, list[object]] = {
        "segment": ["segment", "-k", 2, "--summary", "csv,jsonl", "--json"],
        "regions": ["regions", "--json"],
        "report": ["report", "-k", 2, "--json"],
        "pooled": ["segment", "-k", 3, "--pooled", "--json"],
    }
    given_with = commands[command]
    # a report takes long: two of them, and what is no image
    images = [pictures / "one", pictures / "two"] if command == "report" else [pictures]
    one, two = tmp_path / "one", tmp_path / "two"
    alone = run(*given_with, *images, "--recursive", "-o", one)
    together = started(*given_with, *images, "--recursive", "-o", two, "--jobs", 2)
    out, err = together.communicate(timeout=300)
    assert (alone.exit_code, together.returncode) == (3, 3), err
    assert whole(one) == whole(two)
    assert alone.stdout.replace(str(one), str(two)) == out
    without_rate = [line for line in err.splitlines() if " a second" not in line and "Compiling" not in line]
    said = [line for line in alone.stderr.replace(str(one), str(two)).splitlines() if " a second" not in line]
    assert [line for line in said if "Compiling" not in line] == without_rate


def test_pooled_is_one_mixture_for_all(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("segment", pictures, "--recursive", "-k", 3, "--pooled", "-o", out).exit_code == 0
    model = ImageModel.load(out / "pooled.pixture")
    paths = [pictures / name for name in ("b9.png", "b10.png", "one/cat.png", "two/cat.png")]
    expected = fit_images(paths, 3)
    assert np.array_equal(model.mixture.means, expected.mixture.means)
    assert [Path(image["path"]) for image in model.facts["images"]] == paths
    records = [json.loads((out / f"{stem}.json").read_text()) for stem in ("b9", "one/cat")]
    assert records[0]["mixture"] == records[1]["mixture"] == model.mixture.as_dict()
    assert run("apply", out / "pooled.pixture", *paths[:2], "-o", tmp_path / "applied").exit_code == 0
    applied = whole(tmp_path / "applied")
    assert all(whole(out)[name] == applied[name] for name in applied if name != "summary.csv")
    again = run("segment", pictures, "--recursive", "-k", 3, "--pooled", "-o", out)
    assert again.exit_code == 1
    assert "pooled.pixture would be overwritten" in again.stderr


@pytest.mark.parametrize(
    "given_with", [["-k", "auto"], ["--features", "lab"], ["--bias"], ["--per-time"], ["--box", "1,1,9,9"]]
)
def test_pooled_goes_with_nothing_of_one_image(given_with: list[str], pictures: Path) -> None:
    refused = run("segment", pictures, "--pooled", *given_with)
    assert refused.exit_code == 2
    assert "--pooled is one mixture for all images" in refused.stderr


def test_images_that_do_not_agree_are_left_out_of_the_pool(pictures: Path, tmp_path: Path) -> None:
    PIL.Image.fromarray(np.zeros((9, 9), np.uint16)).save(pictures / "z.tif")
    done = run("segment", pictures, "-k", 3, "--pooled", "-o", tmp_path / "out")
    assert done.exit_code == 3
    said = " ".join(done.stderr.split())
    assert "1 image could not be counted, so the mixture is that of the others" in said
    assert "the model was fitted to uint8" in said


# --- runs that are killed


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    for number in range(10):
        picture(folder / f"{'ab'[number % 2]}" / f"p{number}.png", number, (60, 70))
    return folder


def batch(many: Path, out: Path, *more: object) -> list[object]:
    return ["segment", many, "--recursive", "-k", 2, "-o", out, "--summary", "csv,jsonl", "-q", *more]


@pytest.fixture(scope="module")
def undisturbed(many: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], float]:
    """What a run leaves that nobody disturbs, and how many seconds it takes."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    began = time.monotonic()
    process = started(*batch(many, out, "--jobs", 2))
    assert process.communicate(timeout=300) == ("", "")
    return whole(out), time.monotonic() - began


@POSIX
@pytest.mark.parametrize(
    ("kills", "seed"), [(KILLS, 1), pytest.param(30, 2, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_a_killed_run_goes_on_as_if_nothing_had_been(
    kills: int, seed: int, many: Path, undisturbed: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    """SIGKILL at random moments, of runs of one and of two processes, and of runs that go on."""
    generator = random.Random(seed)
    expected, takes = undisturbed
    out, killed, rounds = tmp_path / "out", 0, 0
    while killed < kills:
        rounds += 1
        more: list[object] = ["--resume"] if out.exists() else []
        began = time.monotonic()
        process = started(*batch(many, out, *more, "--jobs", generator.choice([1, 2])))
        try:
            # later ones have less to do
            _, said = process.communicate(timeout=generator.uniform(0.2, 1.1) * takes)
            assert process.returncode == 0, said
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            killed += 1
            continue
        if not more:  # the machine is quieter, or kernels need no compiling now: the next is killed in time
            takes = min(takes, time.monotonic() - began)
        assert whole(out) == expected
        shutil.rmtree(out)
    if out.exists():
        process = started(*batch(many, out, "--resume"))
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
        assert whole(out) == expected
    print(f"{killed} kills in {rounds} runs")


def cut_short(many: Path, out: Path, after: int, *more: object) -> None:
    """Run a batch and kill it when so many files are done."""
    process = started(*batch(many, out, *more))
    journal = out / JOURNAL
    until = time.monotonic() + 200
    while not journal.is_file() or journal.read_bytes().count(b"\n") < 1 + after:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.002)
    process.kill()
    process.communicate()


@POSIX
def test_a_killed_run_is_said_and_changes_refuse_to_resume(
    many: Path, undisturbed: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    shutil.copytree(many, folder)
    cut_short(folder, out, 3)
    before = whole(out)
    plain = run(*batch(folder, out))
    assert plain.exit_code == 1
    assert "was ended before its time" in plain.stderr
    assert "Give --resume to go on with it, --overwrite to begin anew" in " ".join(plain.stderr.split())
    other = run(*batch(folder, out, "--resume", "--covariance", "tied"))
    assert "it had --covariance full, and this one has --covariance tied" in " ".join(other.stderr.split())
    added = picture(folder / "a" / "q.png", 99)
    assert "q.png was not among its images" in " ".join(run(*batch(folder, out, "--resume")).stderr.split())
    added.unlink()
    first = json.loads((out / JOURNAL).read_bytes().splitlines()[1])["path"]
    kept = Path(first).read_bytes()
    picture(Path(first), 123)
    changed = run(*batch(folder, out, "--resume"))
    assert f"{first} has changed since it was done" in " ".join(changed.stderr.split())
    assert changed.exit_code == 1
    assert whole(out) == before
    Path(first).write_bytes(kept)  # touched, and the same
    damaged = next(out.rglob("*.labels.png"))
    damaged.write_bytes(damaged.read_bytes()[:-9])  # as a power cut may leave it
    done = run(*batch(folder, out, "--resume"))
    assert (done.exit_code, done.stderr) == (0, "")
    expected = {name: content for name, content in undisturbed[0].items() if name.endswith((".png", ".jpg"))}
    found = whole(out)
    assert {name: found[name] for name in expected} == expected
    assert found.keys() == undisturbed[0].keys()
    again = run(*batch(folder, out, "--resume", "--overwrite"))
    assert again.exit_code == 0


@POSIX
def test_what_was_there_before_a_killed_run_is_not_replaced(many: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "a").mkdir(parents=True)
    mine = out / "b" / "p9.labels.png"
    mine.parent.mkdir()
    mine.write_bytes(b"mine")
    cut_short(many, out, 2)
    done = run(*batch(many, out, "--resume"))
    assert done.exit_code == 3
    assert "p9.labels.png is there already" in " ".join(done.stderr.split())
    assert mine.read_bytes() == b"mine"
    assert len(list(out.rglob("*.json"))) == 9


@POSIX
def test_a_pooled_run_goes_on_with_its_model(many: Path, tmp_path: Path) -> None:
    out, plain = tmp_path / "out", tmp_path / "plain"
    cut_short(many, out, 3, "--pooled")
    fitted = (out / "pooled.pixture").stat().st_mtime_ns
    assert run(*batch(many, out, "--pooled", "--resume")).exit_code == 0
    assert (out / "pooled.pixture").stat().st_mtime_ns == fitted
    assert run(*batch(many, plain, "--pooled")).exit_code == 0
    assert whole(out) == whole(plain)


@POSIX
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_run_that_is_interrupted_ends_its_workers(name: str, many: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = started(*batch(many, out, "--jobs", 2))
    while not list(out.rglob("*.json")):
        assert process.poll() is None
        time.sleep(0.01)
    children = workers_of(process.pid)
    sent = time.monotonic()
    process.send_signal(getattr(signal, name))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + getattr(signal, name)
    assert "Interrupted" in said
    assert "Traceback" not in said
    print(f"{name}: {time.monotonic() - sent:.2f} s")
    assert time.monotonic() - sent < 6
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
    assert not list(out.rglob("*.part"))
    assert run(*batch(many, out, "--resume")).exit_code == 0


def workers_of(process: int) -> list[int]:
    task = Path(f"/proc/{process}/task/{process}/children")
    if not task.exists():
        pytest.skip("this system does not say which processes a process has started")
    children = [int(child) for child in task.read_text().split()]
    return [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@POSIX
def test_a_killed_worker_costs_nothing(
    many: Path, undisturbed: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = started(*batch(many, out, "--jobs", 2))
    while not list(out.rglob("*.json")):
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(workers_of(process.pid)[-1], signal.SIGKILL)
    assert process.communicate(timeout=300) == ("", "")
    assert whole(out) == undisturbed[0]


@POSIX
def test_workers_end_with_the_process_that_started_them(many: Path, tmp_path: Path) -> None:
    process = started(*batch(many, tmp_path / "out", "--jobs", 2))
    while not list((tmp_path / "out").rglob("*.json")):
        time.sleep(0.01)
    workers = workers_of(process.pid)
    process.kill()
    process.communicate()
    until = time.monotonic() + 10
    while [worker for worker in workers if Path(f"/proc/{worker}").exists()]:
        assert time.monotonic() < until
        time.sleep(0.02)


# --- workers by themselves


def reciprocal(number: int) -> float:
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return 1 / number


@POSIX
def test_workers_answer_for_each_item_whatever_becomes_of_them() -> None:
    numbers = [1, 2, 0, 13, 4, 5]
    with Workers(2) as workers:
        answers = dict(workers.map(reciprocal, numbers))
        later = dict(workers.map(reciprocal, [8], ahead=1))
    assert answers.keys() == set(range(6))
    assert [answers[number] for number in (0, 1, 4, 5)] == [1, 0.5, 0.25, 0.2]
    assert isinstance(answers[2], ZeroDivisionError)
    assert f"was killed, {TRIES} times" in str(answers[3])
    assert later == {0: 0.125}


# --- places that cannot be written


@POSIX
def test_a_full_disk_is_said_of_each_and_leaves_nothing_half_written(many: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", small], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        done = run("segment", many, "--recursive", "-k", 2, "-o", small / "out", "--jobs", 2)
        said = " ".join(done.stderr.split())
        assert done.exit_code in (1, 3)
        assert "the disk is full" in said
        assert "Traceback" not in said
        for record in (small / "out").rglob("*.json"):
            assert json.loads(record.read_bytes())["format"]
        stems = {path.name.split(".")[0] for path in (small / "out").rglob("p*")}
        assert stems == {path.stem for path in (small / "out").rglob("p*.json")}
        assert not list((small / "out").rglob("*.part"))
    finally:
        subprocess.run(["umount", small], check=True)


@POSIX
def test_a_folder_that_cannot_be_written_is_said_once(many: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    tmp_path.chmod(0o500)
    done = run("segment", many, "--recursive", "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "it is not writable" in done.stderr


# --- what a run sees and says


def test_an_input_that_changes_under_the_run_is_said_and_done_again(pictures: Path, tmp_path: Path) -> None:
    files = listed([pictures], tmp_path / "out").files

    def work(file: BatchFile, watch: object) -> Outcome[None]:
        result = tmp_path / "out" / f"{file.stem}.txt"
        result.write_text("done")
        if file.stem == "b10" and not file.ours:
            picture(file.path, 77)
        return Outcome(file.path, "done", (result,))

    class Watch:
        done: ClassVar[list[int]] = []

        def finished(self, done: int) -> None:
            self.done.append(done)

    def interrupted() -> None:
        with batch_run(files, tmp_path / "out", {}) as begun:
            outcomes = list(go_through(begun, work, Watch()))
            assert ["was changed while" in " ".join(one.warnings) for one in outcomes] == [False, True]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert Watch.done == [1, 2]
    with batch_run(files, tmp_path / "out", {}, resume=True) as again:
        assert [one.resumed for one in go_through(again, work, Watch())] == [True, False]
    assert not (tmp_path / "out" / JOURNAL).exists()


def test_runs_into_one_folder_at_the_same_time(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with batch_run(listed([pictures], out).files, out, {}):
        done = run("segment", pictures / "one" / "cat.png", pictures / "b9.png", "-k", 2, "-o", out)
        assert done.exit_code == 0
        assert "keeps no journal to resume from" in " ".join(done.stderr.split())
        refused = run("segment", pictures, "-k", 2, "-o", out, "--resume")
        assert "Another run of pixture is at work" in refused.stderr
    assert (out / "cat.json").is_file()


def test_resuming_where_nothing_is_left_to_do(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["segment", pictures, "-k", 2, "-o", out, "--resume", "--summary", "jsonl"]
    first = run(*arguments)
    assert first.exit_code == 0
    assert "holds no unfinished run" in first.stderr
    before = whole(out)
    again = run(*arguments, "--json")
    assert again.exit_code == 0
    assert [json.loads(line)["status"] for line in again.stdout.splitlines()] == ["skipped", "skipped"]
    assert whole(out) == before
    (out / "summary.jsonl").write_text("mine")
    assert "not a summary that pixture wrote" in " ".join(run(*arguments).stderr.split())


def test_the_bar_says_how_fast_and_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("pixture.view.terminal.batch_bar.time.monotonic", lambda: clock[0])
    console = Console(file=io.StringIO(), force_terminal=True, width=100, legacy_windows=False)
    with BatchBar(console, 100, quiet=False) as bar:
        bar.finished(0)
        clock[0] = 10.0
        bar.finished(20)
        (task,) = bar._progress.tasks
        assert (task.completed, task.fields["rate"]) == (20, "2 a second, 40 s left")


def test_what_is_counted_anywhere_is_one_sample() -> None:
    """Grey, colour and grey again: the same sample as of the images together, in whatever parts."""
    generator = np.random.default_rng(5)
    images = [
        image_from_array(generator.integers(0, 9, (6, 7, 3), dtype=np.uint8)),
        as_grey(image_from_array(np.repeat(generator.integers(0, 9, (6, 7, 1), dtype=np.uint8), 3, axis=2))),
        image_from_array(generator.integers(0, 9, (5, 4, 3), dtype=np.uint8)),
    ]
    rows = np.concatenate([images[0].rows, np.repeat(images[1].rows, 3, axis=1), images[2].rows])
    values, counts = np.unique(rows, axis=0, return_counts=True)
    for order in ([0, 1, 2], [1, 0, 2], [1, 2, 0]):
        sample = pooled([images[number] for number in order])
        assert np.array_equal(sample.values, values)
        assert np.array_equal(sample.weights, counts)
