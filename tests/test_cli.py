"""The command as a person runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import tifffile
from click.testing import CliRunner, Result

import pixture
from pixture.cli import app
from pixture.demo import PHOTOGRAPHS, photograph, run_demo
from pixture.imaging.encoding.png import png
from pixture.segmentation.segment import segment_image
from pixture.view.output.save_segmentation import SUFFIXES

RUNNER = CliRunner()
CHINA = str(photograph("china"))


def run(*arguments: object) -> Result:
    return RUNNER.invoke(app, [str(argument) for argument in arguments])


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "pixture", *(str(argument) for argument in arguments)]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small image of two shades."""
    path = tmp_path / "small.png"
    pixels = np.repeat(np.array([[10, 12, 200, 203]], np.uint8), 6, axis=0)
    path.write_bytes(png(pixels))
    return path


def test_segment_writes_its_files(tmp_path: Path) -> None:
    result = run("segment", CHINA, "-k", 3, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "china.jpg: 640 x 427" in result.stderr
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == sorted(f"china{suffix}" for suffix in SUFFIXES)
    record = json.loads((tmp_path / "out" / "china.json").read_text(encoding="utf-8"))
    assert len(record["mixture"]["weights"]) == 3


def test_every_choice_arrives(small: Path, tmp_path: Path) -> None:
    choices = {
        "components": 2,
        "covariance": "spherical",
        "init": "quantiles",
        "n_init": 2,
        "max_iter": 7,
        "tol": 0.25,
        "seed": 5,
        "covariance_floor": 0.5,
        "shrinkage": "off",
        "threads": 1,
    }
    options = [word for name, value in choices.items() for word in (f"--{name.replace('_', '-')}", value)]
    choices["accelerate"] = False
    options.append("--no-accelerate")
    result = run("segment", small, *options, "-o", tmp_path, "--json", "-q")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["record"]["choices"] == choices
    assert said["status"] == "segmented"
    assert [Path(path).exists() for path in said["outputs"]] == [True] * 6
    assert result.stderr == ""


def test_a_table_of_the_classes_is_shown_and_written(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("segment", small, "-k", 2, "-o", out)
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines()[-2].split() == ["0", "12", "50.0", "%", "0", "%", "11.0", "±", "1.0"]
    assert max(map(len, result.stderr.splitlines()[1:])) <= 80
    assert not (out / "summary.csv").exists()
    assert "±" not in run("segment", small, "-k", 2, "-o", out, "--overwrite", "-q").stderr


def test_several_images_have_a_summary_of_all_in_the_folder(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    others = [tmp_path / f"{name}.png" for name in ("other", "third")]
    for path in others:
        path.write_bytes(small.read_bytes())
    assert run("segment", small, others[0], "-k", 2, "-o", out).exit_code == 0
    lines = (out / "summary.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["other", "0"],
        ["other", "1"],
        ["small", "0"],
        ["small", "1"],
    ]
    # images that are skipped, or were segmented before, stay in it
    result = run("segment", others[0], others[1], "-k", 3, "-o", out, "--skip-existing")
    assert result.exit_code == 0, result.output
    said = (out / "summary.csv").read_text(encoding="utf-8").splitlines()
    assert said[:5] == lines
    assert [line.split(",")[0] for line in said[5:]] == ["third"] * 3
    # a set whose record is missing is not complete, and not in it
    (out / "small.json").unlink()
    assert run("segment", *others, "-k", 3, "-o", out, "--skip-existing").exit_code == 0
    assert "small" not in (out / "summary.csv").read_text(encoding="utf-8")


def test_a_table_of_the_user_s_is_no_summary(small: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(small.read_bytes())
    mine = tmp_path / "summary.csv"
    mine.write_text("plot,species\n1,oak\n", encoding="utf-8")
    result = run("segment", small, other, "-k", 2, "-o", tmp_path)
    assert result.exit_code == 1
    assert "not a summary that pixture wrote. Give --overwrite" in " ".join(result.stderr.split())
    assert mine.read_text(encoding="utf-8") == "plot,species\n1,oak\n"
    assert not (tmp_path / "small.json").exists()
    assert run("segment", small, other, "-k", 2, "-o", tmp_path, "--overwrite").exit_code == 0
    assert mine.read_text(encoding="utf-8").startswith("image,label,")


def test_flat_overlays_show_the_colours_alone(tmp_path: Path) -> None:
    assert run("segment", CHINA, "-k", 2, "-o", tmp_path, "--flat", "--no-accelerate").exit_code == 0
    with PIL.Image.open(tmp_path / "china.overlay.jpg") as picture:
        pixels = np.asarray(picture)[:854].reshape(-1, 3).astype(int)
    near = [np.abs(pixels - colour).max(axis=1) < 24 for colour in ((0, 114, 178), (230, 159, 0))]
    assert np.mean(near[0] | near[1]) > 0.85


def test_a_mask_file(small: Path, tmp_path: Path) -> None:
    mask = np.zeros((6, 4), np.uint8)
    mask[:, :2] = 255
    (tmp_path / "m.png").write_bytes(png(mask))
    result = run("segment", small, "-k", 1, "--mask", tmp_path / "m.png", "-o", tmp_path, "--json")
    record = json.loads(result.stdout)["record"]
    assert record["input"]["masked_pixels"] == 12
    assert record["mixture"]["means"] == [[11.0]]


def test_it_never_overwrites_unless_told_to(small: Path, tmp_path: Path) -> None:
    assert run("segment", small, "-k", 2, "-o", tmp_path).exit_code == 0
    before = (tmp_path / "small.json").read_bytes()
    again = run("segment", small, "-k", 1, "-o", tmp_path)
    assert again.exit_code == 1
    assert "is there already. Give --overwrite" in again.stderr
    assert (tmp_path / "small.json").read_bytes() == before
    skipped = run("segment", small, "-k", 1, "-o", tmp_path, "--skip-existing", "--json")
    assert skipped.exit_code == 0
    assert json.loads(skipped.stdout)["status"] == "skipped"
    assert (tmp_path / "small.json").read_bytes() == before
    assert run("segment", small, "-k", 1, "-o", tmp_path, "--overwrite").exit_code == 0
    assert (tmp_path / "small.json").read_bytes() != before
    (tmp_path / "small.json").unlink()
    partial = run("segment", small, "-o", tmp_path, "--skip-existing")
    assert partial.exit_code == 1
    assert "its set is complete, is not" in partial.stderr
    assert run("segment", small, "--overwrite", "--skip-existing").exit_code == 2


def test_exit_3_when_some_of_a_batch_failed(small: Path, tmp_path: Path) -> None:
    result = run("segment", small, tmp_path / "none.png", "-k", 2, "-o", tmp_path, "--json")
    assert result.exit_code == 3
    statuses = [json.loads(line)["status"] for line in result.stdout.splitlines()]
    assert statuses == ["segmented", "failed"]
    assert run("segment", tmp_path / "a.png", tmp_path / "b.png", "-o", tmp_path).exit_code == 1


def test_two_images_of_one_name_are_a_usage_error(small: Path, tmp_path: Path) -> None:
    result = run("segment", small, small.with_suffix(".jpg"))
    assert result.exit_code == 2
    assert "several images are called small" in result.stderr


def wrong_files(folder: Path) -> dict[str, tuple[Path, str]]:
    """Each kind of bad input, and what is said of it."""
    nothing = folder / "nothing"
    nothing.mkdir()
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("no picture")
    whole = png(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    (folder / "cut.png").write_bytes(whole[:5000])
    PIL.Image.fromarray(np.zeros((90, 90, 3), np.uint8)).save(folder / "cut.jpg")
    (folder / "cut.jpg").write_bytes((folder / "cut.jpg").read_bytes()[:-120])
    return {
        "missing": (folder / "none.png", "there is no such file"),
        "folder": (nothing, "this is a folder"),
        "empty": (folder / "empty.png", "the file is empty"),
        "no image": (folder / "text.png", "this is not an image"),
        "truncated png": (folder / "cut.png", "damaged or incomplete"),
        "truncated jpeg": (folder / "cut.jpg", "damaged or incomplete"),
    }


@pytest.mark.parametrize(
    "kind", ["missing", "folder", "empty", "no image", "truncated png", "truncated jpeg"]
)
def test_bad_files_get_one_sentence_and_exit_1(tmp_path: Path, kind: str) -> None:
    path, said = wrong_files(tmp_path)[kind]
    for arguments in (("segment", path, "-o", tmp_path / "out"), ("info", path)):
        result = run(*arguments)
        assert result.exit_code == 1
        assert said in result.stderr
        assert result.stderr.startswith("error: ")
        assert "Traceback" not in result.output
        assert len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-k", 0], "--components must be a whole number of at least 1; got 0"),
        (["-k", -3], "got -3"),
        (["--tol", "nan"], "--tol must be a finite number"),
        (["--max-iter", 0], "error: --max-iter must be a whole number"),
        (["--mask", "none.png"], "none.png: there is no such file"),
        (["--max-pixels", 10], "raise the limit with --max-pixels."),
        (["--max-pixels", 0], "--max-pixels must be a whole number of at least 1"),
    ],
)
def test_bad_choices_get_one_sentence_and_exit_1(
    small: Path, tmp_path: Path, options: list[object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", PIL.Image.MAX_IMAGE_PIXELS)  # put back afterwards
    result = run("segment", small, "-o", tmp_path / "out", *options)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_mask_of_another_size_or_that_leaves_nothing(small: Path, tmp_path: Path) -> None:
    for shape, said in (((3, 3), "The mask is 3 x 3"), ((6, 4), "leaves no pixel")):
        (tmp_path / "m.png").write_bytes(png(np.zeros(shape, np.uint8)))
        result = run("segment", small, "--mask", tmp_path / "m.png", "-o", tmp_path)
        assert (result.exit_code, said in result.stderr) == (1, True)


def test_usage_errors_exit_2(small: Path) -> None:
    assert run("segment").exit_code == 2
    assert run("segment", small, "--covariance", "round").exit_code == 2
    assert run("segment", small, "-k", "many").exit_code == 2
    assert run("sgment").exit_code == 2


def test_fewer_values_than_components_is_an_answer_and_a_warning(small: Path, tmp_path: Path) -> None:
    result = run("segment", small, "-k", 9, "-o", tmp_path, "--json")
    assert result.exit_code == 0
    assert "warning: small.png: The data have only 4 distinct values" in result.stderr
    said = json.loads(result.stdout)
    assert len(said["warnings"]) == 1
    assert len(said["record"]["mixture"]["weights"]) == 4


def test_a_constant_image_has_one_component(tmp_path: Path) -> None:
    (tmp_path / "flat.png").write_bytes(png(np.full((5, 5, 3), 9, np.uint8)))
    result = run("segment", tmp_path / "flat.png", "-o", tmp_path, "--json", "-q")
    assert json.loads(result.stdout)["record"]["mixture"]["weights"] == [1.0]


def test_nan_pixels_are_masked_and_counted(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).normal(0, 1, (9, 9)).astype(np.float32)
    pixels[0, :2] = np.nan, np.inf
    tifffile.imwrite(tmp_path / "a.tif", pixels)
    result = run("segment", tmp_path / "a.tif", "-k", 2, "-o", tmp_path, "--json")
    assert "2 of 81 pixels are NaN or infinite" in result.stderr
    assert json.loads(result.stdout)["record"]["input"]["masked_pixels"] == 2


def test_a_folder_that_cannot_be_written(small: Path, tmp_path: Path) -> None:
    result = run("segment", small, "-k", 2, "-o", small)
    assert (result.exit_code, "is the name of a file" in result.stderr) == (1, True)
    if os.geteuid() != 0:  # root may write anywhere
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        result = run("segment", small, "-k", 2, "-o", locked)
        assert (result.exit_code, "not writable" in result.stderr) == (1, True)


def test_a_full_disk(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = run("segment", small, "-k", 2, "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "the disk is full" in result.stderr
    assert not list((tmp_path / "out").iterdir())


def test_debug_gives_the_traceback(tmp_path: Path) -> None:
    for arguments in (("segment", "none.png", "--debug"), ("info", "none.png", "--debug")):
        run_ = subprocess.run(
            command(*arguments), capture_output=True, encoding="utf-8", cwd=tmp_path, check=False
        )
        assert run_.returncode == 1
        assert "Traceback" in run_.stderr
        assert "ReadError" in run_.stderr


def test_a_mistake_of_ours_is_owned_up_to(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(image: object, choices: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("pixture.segmentation.cost_estimate.cost", fail)
    result = run("info", small)
    assert result.exit_code == 1
    assert "in a way it should not (RuntimeError: boom)" in result.stderr


def wait_until_it_fits(process: subprocess.Popen[Any], folder: Path) -> None:
    """The folder is made just before the first image is read; a moment later the fit is under way."""
    deadline = time.monotonic() + 60
    while not folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.5)
    assert process.poll() is None


def test_an_interruption_exits_130_and_leaves_nothing_behind(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("segment", CHINA, "-k", 40, "--max-iter", 100_000, "--tol", 0, "-o", tmp_path / "out"),
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # a shell starts what it runs in the background with interruptions ignored, and children inherit that
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    wait_until_it_fits(process, tmp_path / "out")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted" in said
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_request_to_end_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    number = getattr(signal, name)
    process = subprocess.Popen(
        command("segment", CHINA, "-k", 40, "--max-iter", 100_000, "--tol", 0, "-o", tmp_path / "out"),
        preexec_fn=partial(signal.signal, number, signal.SIG_DFL),  # it may be ignored here, as under nohup
    )
    wait_until_it_fits(process, tmp_path / "out")
    process.send_signal(number)
    assert process.wait(timeout=60) == 128 + number
    assert not list((tmp_path / "out").iterdir())


def test_one_failure_of_any_kind_stops_no_other_file(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(small.read_bytes())
    real = segment_image

    def fail_on_small(image: pixture.Image, *rest: Any, **options: Any) -> pixture.Segmentation:
        if image.origin is not None and image.origin.path == small:
            raise RuntimeError("boom")
        return real(image, *rest, **options)

    monkeypatch.setattr("pixture.batch.fit_each.segment_image", fail_on_small)
    result = run("segment", small, other, "-k", 2, "-o", tmp_path / "out")
    assert result.exit_code == 3
    assert "in a way it should not" in result.stderr
    assert (tmp_path / "out" / "other.json").exists()


@pytest.mark.parametrize(
    "name",
    ["a$b_{$.png", "[red]x[bar].png", "日本.png", "a b'\"c.png", "-k.png", "n" * 239 + ".png"],
)
def test_any_name_will_do(small: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "in" / name
    path.parent.mkdir()
    path.write_bytes(small.read_bytes())
    for arguments in (["segment", "-k", 2, "-o", tmp_path / "out", path], ["info", path]):
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        assert "warning" not in result.stderr
    assert "".join(name.split()) in "".join(run("info", path).stdout.split())


def test_a_name_too_long_for_its_results(small: Path, tmp_path: Path) -> None:
    path = tmp_path / ("n" * 251 + ".png")
    path.write_bytes(small.read_bytes())
    result = run("segment", path, "-k", 2, "-o", tmp_path / "out")
    assert (result.exit_code, "a name is too long" in result.stderr) == (1, True)


def test_results_never_replace_what_is_read(small: Path, tmp_path: Path) -> None:
    mask = tmp_path / "small.labels.png"
    mask.write_bytes(png(np.full((6, 4), 255, np.uint8)))
    before = mask.read_bytes()
    result = run("segment", small, "-k", 2, "--mask", mask, "-o", tmp_path, "--overwrite")
    assert (result.exit_code, "but is read here too" in result.stderr) == (1, True)
    assert mask.read_bytes() == before


def test_errors_name_their_file(small: Path, tmp_path: Path) -> None:
    clear = tmp_path / "clear.png"
    clear.write_bytes(png(np.zeros((3, 3), np.uint8), np.zeros((3, 3), bool)))
    result = run("segment", small, clear, "-k", 2, "-o", tmp_path / "out")
    assert f"error: {clear}: Every pixel of the image is transparent" in result.stderr


def test_warnings_of_info_and_masks_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "flat.png").write_bytes(png(np.full((5, 5, 3), 9, np.uint8)))
    result = run("info", tmp_path / "flat.png")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: The data have only 1 distinct value")
    assert ".py" not in result.stderr


def test_info_on_floats_with_nan(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).normal(0, 1, (40, 40)).astype(np.float32)
    pixels[:3, :3] = np.nan
    tifffile.imwrite(tmp_path / "a.tif", pixels)
    result = run("info", tmp_path / "a.tif")
    assert result.exit_code == 0, result.output
    assert "every pixel is taken by itself" in " ".join(result.stdout.split())
    assert json.loads(run("info", tmp_path / "a.tif", "--json").stdout)["distinct_values"] is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_an_unreadable_file_fails_alone(small: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(small.read_bytes())
    secret.chmod(0)
    result = run("segment", small, secret, "-k", 2, "-o", tmp_path / "out")
    assert (result.exit_code, "cannot be opened" in result.stderr) == (3, True)


def test_a_reader_that_goes_away_is_no_failure_of_ours(tmp_path: Path) -> None:
    line = subprocess.list2cmdline(command("segment", CHINA, "-k", 2, "-o", tmp_path, "--json"))
    done = subprocess.run(["sh", "-c", f"{line} | true"], capture_output=True, encoding="utf-8", check=False)
    assert "Traceback" not in done.stderr
    assert "should not" not in done.stderr


def test_json_is_alone_on_stdout(tmp_path: Path) -> None:
    done = subprocess.run(
        command("segment", CHINA, "-k", 2, "-o", tmp_path, "--json"),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert json.loads(done.stdout)["record"]["input"]["shape"] == [427, 640]


def test_info(small: Path) -> None:
    result = run("info", CHINA)
    assert result.exit_code == 0
    for fact in ("640 x 427 = 273,280 pixels", "3 (RGB)", "8-bit", "96,615", "MB at the peak"):
        assert fact in result.stdout
    said = json.loads(run("info", small, "--json").stdout)
    assert said["distinct_values"] == 4
    assert said["seconds_starting"] > 0
    assert said["seconds_per_iteration"] > 0


def test_version_and_help() -> None:
    assert run("--version").stdout.strip() == f"pixture {pixture.__version__}"
    for arguments in (("--help",), ("segment", "--help"), ("demo", "-h"), ("info", "-h")):
        result = run(*arguments)
        assert result.exit_code == 0
        assert "Usage" in result.stdout


def test_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("demo")
    assert result.exit_code == 0, result.output
    names = {path.name for path in (tmp_path / "pixture-demo").iterdir()}
    stems = {f"{name}{end}" for name in PHOTOGRAPHS for end in ("", "-grey")}
    assert names == {f"{stem}{suffix}" for stem in stems for suffix in SUFFIXES}
    assert "24 files are in pixture-demo" in result.stdout
    again = run("demo")
    assert again.exit_code == 1
    assert "--overwrite" in again.stderr
    grey = next(segmentation for stem, segmentation, _ in run_demo(tmp_path / "b") if stem == "china-grey")
    with PIL.Image.open(CHINA) as picture:
        difference = np.asarray(picture.convert("L")).astype(int) - grey.image.pixels
    assert np.abs(difference).max() <= 1


@pytest.mark.slow
def test_large_photographs_are_segmented(data: Path, tmp_path: Path) -> None:
    for path in sorted((data / "large_photos").iterdir()):
        assert run("segment", path, "-k", 5, "-o", tmp_path).exit_code == 0
        assert all((tmp_path / f"{path.stem}{suffix}").is_file() for suffix in SUFFIXES)


def test_select_prints_a_table_and_draws_the_curve(small: Path, tmp_path: Path) -> None:
    plot = tmp_path / "curve.png"
    arguments = ("select", CHINA, "-k", "1-3,5", "--covariance", "full,spherical", "--plot", plot)
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:9]] == [
        [K, name] for name in ("full", "spherical") for K in "1235"
    ]
    assert "█" in lines[1]
    assert result.stdout.count("◀ best") == 1
    assert "china.jpg: 5 components, full covariance. 273,280 pixels, worth" in lines[-1]
    with PIL.Image.open(plot) as picture:
        assert picture.size[0] > 600
    again = run(*arguments)
    assert (again.exit_code, "--overwrite" in again.stderr) == (1, True)
    said = json.loads(run("select", small, "-k", "1-2", "--json", "--criterion", "aic").stdout)
    assert (said["components"], said["criterion"], len(said["candidates"])) == (2, "aic", 2)


def test_candidates_may_all_be_as_good(small: Path) -> None:
    result = run("select", small, "-k", "1", "--covariance", "full,diagonal")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("◀ best") == 1


def test_select_refuses_in_a_sentence(small: Path, tmp_path: Path) -> None:
    for options, said in (
        (["-k", "0-3"], "--components must be a whole number of at least 1; got 0"),
        (["--covariance", "round"], "--covariance must be one of full"),
        (["--mask", "none.png"], "there is no such file"),
    ):
        result = run("select", small, *options)
        assert (result.exit_code, said in result.stderr) == (1, True), result.output
    assert run("select", small, "-k", "many").exit_code == 2
    assert run("select", small, "--criterion", "dic").exit_code == 2


def test_auto_takes_as_many_components_as_the_image_is_worth(small: Path, tmp_path: Path) -> None:
    result = run("segment", small, CHINA, "-k", "auto", "-o", tmp_path / "out", "--json", "-q")
    assert result.exit_code == 0, result.output
    counts = [
        (len(record["mixture"]["weights"]), record["choices"]["components"])
        for record in (json.loads(line)["record"] for line in result.stdout.splitlines())
    ]
    assert counts[0][0] == counts[0][1] <= 4
    assert counts[1][0] == counts[1][1] > 3


def test_a_model_is_fitted_to_some_and_applied_to_others(tmp_path: Path) -> None:
    photographs = [str(photograph(name)) for name in PHOTOGRAPHS]
    model = tmp_path / "both.pixture"
    result = run("fit", *photographs, "-k", 3, "-o", model, "--json")
    assert result.exit_code == 0, result.output
    assert "2 images" in result.stderr
    said = json.loads(result.stdout)
    assert len(said["mixture"]["weights"]) == 3
    assert [Path(image["path"]).name for image in said["images"]] == [Path(name).name for name in photographs]
    result = run("apply", model, *photographs, "-o", tmp_path / "out", "--json", "-q")
    assert result.exit_code == 0, result.output
    records = [json.loads(line)["record"] for line in result.stdout.splitlines()]
    assert [record["mixture"] for record in records] == [said["mixture"]] * 2
    assert {record["stop"]["reason"] for record in records} == {"given"}
    # nothing was fitted to them, so there is no convergence plot
    assert len(list((tmp_path / "out").iterdir())) == 2 * (len(SUFFIXES) - 1) + 1  # and the summary


def test_a_model_refuses_what_it_does_not_fit(small: Path, tmp_path: Path) -> None:
    model = tmp_path / "a.pixture"
    assert run("fit", small, "-k", 2, "-o", model, "-q").exit_code == 0
    again = run("fit", small, "-k", 2, "-o", model)
    assert again.exit_code == 1
    assert "would be overwritten" in again.stderr
    assert run("fit", small, "-k", 2, "-o", model, "--overwrite").exit_code == 0
    wrong = run("apply", model, CHINA, "-o", tmp_path)
    assert wrong.exit_code == 1
    assert "china.jpg: The image has 3 channels, the model 1" in wrong.stderr
    mixed = run("fit", small, CHINA, "-o", tmp_path / "b.pixture")
    assert mixed.exit_code == 1
    assert "must agree" in mixed.stderr
    assert not (tmp_path / "b.pixture").exists()
    none = run("apply", CHINA, small)
    assert none.exit_code == 1
    assert "not a model that pixture saved" in none.stderr
    assert run("fit", small).exit_code == 2  # -o is missing


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("segment", "-k", "two"), "neither a whole number nor auto"),
        (("select", "-k", "1-"), "such as 1-12"),
        (("select", "-k", "5-2"), "such as 1-12"),
        (("select", "-k", "1,3,,4"), "such as 1-12"),
        (("select", "--plot", "curve.gif"), "should end in .png"),
    ],
)
def test_numbers_and_names_that_are_none_are_refused(
    arguments: tuple[str, ...], said: str, small: Path
) -> None:
    result = run(arguments[0], small, *arguments[1:])
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())
