"""NIfTI, Analyze and MGH: numbers as nibabel has them, places that come back, and files that are damaged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture import MaskedValuesWarning, NotKeptWarning, ReadError, image_from_array, read
from pixture.arrays import Array
from pixture.cli import app
from pixture.imaging.physical_space.patient_space import NiftiPlace
from pixture.imaging.readers.medical.scaling import scaled
from pixture.imaging.writers.families import MGH, NIFTI, family_of
from pixture.imaging.writers.numbers_from_one import numbers_from_one
from pixture.imaging.writers.raster import ClassLook, Holds, Raster
from pixture.segmentation.evaluation.annotations import read_labels
from tests.encoded_files import encoded

nibabel: Any = pytest.importorskip("nibabel")

AFFINE = np.array([[0, -1.5, 0, 10], [2, 0, 0, -20], [0, 0, 3, 5], [0, 0, 0, 1.0]])
DATA = Path(nibabel.__file__).parent / "tests" / "data"


def volume(shape: tuple[int, ...] = (6, 5, 4), dtype: Any = np.int16, seed: int = 0) -> Array:
    """Three brightnesses along the columns, and noise; axes in the order of the file."""
    generator = np.random.default_rng(seed)
    means = np.array([20, 60, 100])[np.digitize(np.arange(shape[0]), [shape[0] / 3, shape[0] / 1.5])]
    made: Array = (
        generator.normal(means.reshape(-1, *(1,) * (len(shape) - 1)), 4, shape).round().astype(dtype)
    )
    return made


def saved(path: Path, array: Array, kind: str = "Nifti1Image", affine: Array = AFFINE, **header: Any) -> Path:
    """A file of nibabel's, with some fields of its header set."""
    made = getattr(nibabel, kind)(array, affine, dtype=array.dtype) if "Nifti" in kind else None
    made = made or getattr(nibabel, kind)(array, affine)
    for name, value in header.items():
        made.header[name] = value
    nibabel.save(made, path)
    return path


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["u1", "i1", "i2", "u2", "i4", "f4"]),
    st.sampled_from([1.0, -3.0, 0.5, 7.0, 1e-3]),
    st.sampled_from([0.0, -1024.0, 0.25, 12.0]),
    st.integers(0, 2**16),
)
def test_scaling_is_exact_and_whole_where_it_can_be(kind: str, slope: float, inter: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    stored = generator.integers(-100, 100, 50).astype(kind)
    found = scaled(stored, slope, inter)
    np.testing.assert_allclose(found, stored.astype(np.float64) * slope + inter, rtol=1e-15)
    whole = stored.dtype.kind in "ui" and slope.is_integer() and inter.is_integer()
    assert (found.dtype.kind in "ui") == whole
    if whole:  # whatever the type can store fits
        ends = np.array([np.iinfo(kind).min, np.iinfo(kind).max], kind)
        assert scaled(ends, slope, inter).tolist() == [int(end) * int(slope) + int(inter) for end in ends]


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".img", ".img.gz"])
@pytest.mark.parametrize("kind", ["Nifti1Image", "Nifti2Image"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "f4", "f8"])
def test_voxels_and_places_are_those_of_nibabel(tmp_path: Path, suffix: str, kind: str, dtype: str) -> None:
    if ".img" in suffix:
        kind = kind.replace("Image", "Pair")
    array = volume(dtype=dtype)
    path = saved(tmp_path / f"t1{suffix}", array, kind, xyzt_units=2)
    image = read(path)
    np.testing.assert_array_equal(image.pixels, array.T)
    assert image.pixels.dtype == np.dtype(dtype)
    assert (image.axes, image.spacing, image.unit) == ("zyx", (3.0, 1.5, 2.0), "mm")
    assert image.place is not None
    assert isinstance(image.place.content, NiftiPlace)
    np.testing.assert_allclose(image.place.content.affine, nibabel.load(path).affine)
    assert image.place.in_words == "NIfTI, ALS, 2 x 1.5 x 3 mm"
    if ".img" in suffix:
        assert len(image.inputs.paths) == 2
        again = read(path.with_name(path.name.replace(".img", ".hdr")))
        np.testing.assert_array_equal(again.pixels, image.pixels)


@pytest.mark.parametrize(
    ("shape", "code", "axes", "expected"),
    [
        ((6, 5), 0, "yx", (5, 6)),
        ((6, 5, 1), 0, "yx", (5, 6)),
        ((6, 5, 4, 1), 0, "zyx", (4, 5, 6)),
        ((6, 5, 4, 3), 0, "tzyx", (3, 4, 5, 6)),
        ((6, 5, 1, 3), 0, "tyx", (3, 5, 6)),
        ((6, 5, 4, 3), 1007, "zyxc", (4, 5, 6, 3)),
        ((6, 5, 4, 1, 3), 1007, "zyxc", (4, 5, 6, 3)),
        ((6, 5, 4, 2, 3), 0, "tzyxc", (2, 4, 5, 6, 3)),
    ],
)
def test_axes_follow_the_shape_and_the_intent(
    tmp_path: Path, shape: tuple[int, ...], code: int, axes: str, expected: tuple[int, ...]
) -> None:
    array = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    image = read(saved(tmp_path / "a.nii", array, intent_code=code))
    assert (image.axes, image.pixels.shape) == (axes, expected)
    # columns vary fastest in the file, and in each of our rows
    rows = image.pixels.reshape(-1, shape[0], image.channels)
    np.testing.assert_array_equal(rows[0, :, 0], array.reshape(shape[0], -1)[:, 0])


def test_colours_units_and_scaling(tmp_path: Path) -> None:
    colours = np.zeros((3, 4, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    colours["G"] = 7
    image = read(saved(tmp_path / "rgb.nii", colours))
    assert (image.axes, image.pixels[0, 0, 0].tolist()) == ("zyxc", [0, 7, 0])
    times = saved(
        tmp_path / "f.nii", volume((4, 3, 2, 5)), xyzt_units=3 + 16, pixdim=[1, 2, 2, 4, 1500, 1, 1, 1]
    )
    assert (read(times).unit, read(times).spacing) == ("µm", (1.5, 4.0, 2.0, 2.0))
    path = saved(tmp_path / "ct.nii", volume(dtype=np.int16))
    whole = bytearray(path.read_bytes())
    whole[112:120] = np.array([2, -1024], "<f4").tobytes()
    path.write_bytes(bytes(whole))
    image = read(path)
    assert image.pixels.dtype == np.int32
    np.testing.assert_array_equal(image.pixels, volume().T.astype(int) * 2 - 1024)
    nothing = saved(tmp_path / "n.nii", np.where(volume() > 90, np.nan, volume()).astype("f4"))
    with pytest.warns(MaskedValuesWarning):
        assert read(nothing).mask is not None
    whole[252:256] = bytes(4)  # neither of the spaces
    whole[123] = 0
    (tmp_path / "u.nii").write_bytes(bytes(whole))
    assert read(tmp_path / "u.nii").unit is None
    place = read(saved(tmp_path / "k.nii", volume(), xyzt_units=0)).place
    assert place is not None
    assert place.in_words.endswith("mm (the file names no unit)")


def test_mgh_and_analyze(tmp_path: Path) -> None:
    for suffix in (".mgh", ".mgz"):
        path = saved(tmp_path / f"t1{suffix}", volume(), "MGHImage")
        image = read(path)
        np.testing.assert_array_equal(image.pixels, volume().T)
        assert (image.unit, image.spacing, image.place and image.place.family) == ("mm", (3, 1.5, 2), "MGH")
        assert image.place is not None
        assert isinstance(image.place.content, NiftiPlace)
        np.testing.assert_allclose(image.place.content.affine, AFFINE, atol=1e-5)
    saved(tmp_path / "old.img", volume(), "Spm2AnalyzeImage", np.diag([-2.0, 2, 3, 1]))
    (tmp_path / "old.mat").unlink(missing_ok=True)
    image = read(tmp_path / "old.img")
    np.testing.assert_array_equal(image.pixels, volume().T)
    assert (image.unit, image.spacing) == ("mm", (3, 2, 2))


@pytest.mark.parametrize("name", ["anatomical.nii", "example4d.nii.gz", "functional.nii", "standard.nii.gz"])
def test_files_of_others(name: str) -> None:
    if not (DATA / name).is_file():
        pytest.skip("nibabel came without its test data")
    loaded = nibabel.load(DATA / name)
    np.testing.assert_allclose(read(DATA / name).pixels, loaded.get_fdata().T)


def test_what_is_damaged_or_not_read_ends_in_a_sentence(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.nii", volume())
    whole = path.read_bytes()
    for content in (whole[:-7], whole[:360], whole[:352]):
        path.write_bytes(content)
        with pytest.raises(ReadError, match=r"a\.nii: the NIfTI file is damaged .*it ends at byte"):
            read(path)
    packed = gzip.compress(whole)
    (tmp_path / "b.nii.gz").write_bytes(packed[:-30])
    with pytest.raises(ReadError, match="damaged or incomplete"):
        read(tmp_path / "b.nii.gz")
    (tmp_path / "b.nii.gz").write_bytes(packed[:-8] + bytes(4) + packed[-4:])  # another checksum
    with pytest.raises(ReadError, match="CRC"):
        read(tmp_path / "b.nii.gz")
    huge = bytearray(whole)
    huge[40:56] = np.array([3, 20000, 20000, 20000, 1, 1, 1, 1], "<i2").tobytes()
    for name, content in (("c.nii", bytes(huge)), ("c.nii.gz", gzip.compress(bytes(huge)))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ReadError, match="larger than is taken for safe"):
            read(tmp_path / name)
    huge[40:56] = np.array([3, 400, 400, 400, 1, 1, 1, 1], "<i2").tobytes()
    (tmp_path / "d.nii.gz").write_bytes(gzip.compress(bytes(huge)))
    with pytest.raises(ReadError, match="too few for"):
        read(tmp_path / "d.nii.gz")
    complex_ = nibabel.Nifti1Image(np.ones((2, 2, 2), np.complex64), np.eye(4))
    complex_.to_filename(tmp_path / "e.nii")
    with pytest.raises(ReadError, match="complex numbers"):
        read(tmp_path / "e.nii")
    (tmp_path / "f.hdr").write_bytes(whole[:344] + b"ni1\0" + bytes(4))
    with pytest.raises(ReadError, match="one file of a pair"):
        read(tmp_path / "f.hdr")
    seven = saved(tmp_path / "g.nii", np.zeros((2, 2, 1, 1, 1, 3), np.uint8))
    with pytest.raises(ReadError, match="axes of the lengths"):
        read(seven)
    (tmp_path / "h.gz").write_bytes(gzip.compress(b"no image"))
    with pytest.raises(ReadError, match="looks like gzip"):
        read(tmp_path / "h.gz")
    (tmp_path / "packed.png").write_bytes(packed)  # the name does not matter
    assert read(tmp_path / "packed.png").shape == (4, 5, 6)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.booleans(), st.integers(0, 1000))
def test_labels_come_back_from_one_on(count: int, masked: bool, seed: int) -> None:
    generator = np.random.default_rng(seed)
    dtype = np.uint8 if count + masked <= 256 else np.uint16
    labels = generator.integers(0, count, (2, 3, 4)).astype(dtype)
    nodata = int(np.iinfo(dtype).max) if masked else None
    hidden = generator.random((2, 3, 4)) < 0.3
    if masked:
        labels[hidden] = np.iinfo(dtype).max
    looks = tuple(ClassLook("", "#010203") for _ in range(count))
    image = image_from_array(np.ones((2, 3, 4), np.uint8), axes="zyx")
    found = numbers_from_one(Raster(labels, image, Holds.LABELS, nodata, looks))
    np.testing.assert_array_equal(found, np.where(labels == nodata, 0, labels.astype(int) + 1))
    assert found.dtype == (np.uint8 if count <= 255 else np.int16)


@pytest.mark.parametrize("kind", ["Nifti1Image", "Nifti2Image"])
@pytest.mark.parametrize("codes", [(1, 0), (0, 2), (4, 4)])
def test_what_is_written_lies_where_the_image_does(tmp_path: Path, kind: str, codes: tuple[int, int]) -> None:
    path = saved(tmp_path / "t1.nii", volume(), kind, xyzt_units=2, qform_code=codes[0], sform_code=codes[1])
    image = read(path)
    classes = (ClassLook("CSF", "#ff0000"), ClassLook("", "#00ff00"))
    labels = (image.pixels > 60).astype(np.uint8)
    made = encoded(Raster(labels, image, Holds.LABELS, None, classes), NIFTI)
    assert list(made) == [".nii.gz", ".txt"]
    (tmp_path / "l.nii.gz").write_bytes(made[".nii.gz"])
    written, own = nibabel.load(tmp_path / "l.nii.gz"), nibabel.load(path)
    assert type(written) is type(own)
    for name in ("qform_code", "sform_code", "xyzt_units", "srow_x", "quatern_b", "qoffset_x"):
        np.testing.assert_array_equal(written.header[name], own.header[name])
    np.testing.assert_array_equal(written.affine, own.affine)
    assert written.header.get_intent()[0] == "label"
    np.testing.assert_array_equal(np.asarray(written.dataobj), labels.T + 1)
    np.testing.assert_array_equal(read_labels(tmp_path / "l.nii.gz"), labels + 1)
    assert made[".txt"].decode().splitlines()[-1].split() == [
        "2",
        "0",
        "255",
        "0",
        "1",
        "1",
        "1",
        '"label',
        '1"',
    ]
    maps = np.random.default_rng(0).random((*image.shape, 3)).astype("f4")
    values = encoded(Raster(maps, image, Holds.VALUES, None, (), ("a", "b", "c")), NIFTI)[".nii.gz"]
    (tmp_path / "p.nii.gz").write_bytes(values)
    loaded = nibabel.load(tmp_path / "p.nii.gz")
    assert loaded.header.extensions[0].get_content() in (b"channels: a, b, c", "channels: a, b, c")
    np.testing.assert_array_equal(np.asarray(loaded.dataobj), np.moveaxis(maps.transpose(2, 1, 0, 3), -1, 3))
    np.testing.assert_array_equal(read(tmp_path / "p.nii.gz").pixels, np.moveaxis(maps, -1, 0))
    numbers = encoded(Raster(labels, image, Holds.NUMBERS, 0), NIFTI)
    (tmp_path / "n.nii.gz").write_bytes(numbers[".nii.gz"])
    assert nibabel.load(tmp_path / "n.nii.gz").get_data_dtype().newbyteorder("=") == np.int32
    assert encoded(Raster(labels, image, Holds.LABELS, None, classes), NIFTI) == made  # holds no time


def test_channels_times_and_slices_are_written_as_they_came(tmp_path: Path) -> None:
    for name, shape, code in (("v", (5, 4, 3, 1, 2), 1007), ("t", (5, 4, 3, 2), 0), ("s", (5, 4, 1), 0)):
        array = volume(shape, np.float32)
        image = read(saved(tmp_path / f"{name}.nii", array, intent_code=code))
        raster = Raster(image.pixels, image, Holds.VALUES)
        (tmp_path / f"{name}2.nii.gz").write_bytes(encoded(raster, NIFTI)[".nii.gz"])
        back = read(tmp_path / f"{name}2.nii.gz")
        np.testing.assert_array_equal(back.pixels, image.pixels)
        assert back.axes == image.axes
        assert nibabel.load(tmp_path / f"{name}2.nii.gz").shape == shape


def test_a_volume_without_a_place_keeps_its_size_of_a_voxel(tmp_path: Path) -> None:
    image = image_from_array(volume().T, axes="zyx", spacing=(3, 2, 1), unit="um")
    assert family_of(image).name == "TIFF"
    (tmp_path / "a.nii.gz").write_bytes(encoded(Raster(image.pixels, image, Holds.VALUES), NIFTI)[".nii.gz"])
    back = read(tmp_path / "a.nii.gz")
    assert (back.spacing, back.unit) == ((3, 2, 1), "µm")


def test_mgh_comes_back_as_mgh(tmp_path: Path) -> None:
    image = read(saved(tmp_path / "t1.mgz", volume(), "MGHImage"))
    assert family_of(image) is MGH
    labels = (image.pixels > 60).astype(np.uint8)
    labels[0] = 255
    looks = (ClassLook("grey matter", "#0000ff"), ClassLook("", "#00ff00"))
    made = encoded(Raster(labels, image, Holds.LABELS, 255, looks), MGH)
    (tmp_path / "l.mgz").write_bytes(made[".mgz"])
    written = nibabel.load(tmp_path / "l.mgz")
    np.testing.assert_allclose(written.affine, AFFINE, atol=1e-5)
    assert written.get_data_dtype() == np.uint8
    np.testing.assert_array_equal(np.asarray(written.dataobj).T[1:], labels[1:] + 1)
    assert not np.asarray(written.dataobj).T[0].any()
    assert "grey-matter" in made[".txt"].decode()
    exact = encoded(Raster(image.pixels.astype(np.uint16), image, Holds.VALUES), MGH)[".mgz"]
    (tmp_path / "v.mgz").write_bytes(exact)
    assert nibabel.load(tmp_path / "v.mgz").get_data_dtype().newbyteorder("=") == np.int32
    with pytest.warns(NotKeptWarning, match="rounded to float32"):
        encoded(Raster(image.pixels + 0.1, image, Holds.VALUES), MGH)


def test_the_command_from_scan_to_scores(tmp_path: Path) -> None:
    shape = (18, 12, 8)
    path = saved(tmp_path / "t1.nii.gz", volume(shape), affine=np.diag([2.0, 2, 2, 1]))
    inside = np.ones(shape, np.uint8)
    inside[:, :2] = 0
    mask = saved(tmp_path / "brain.nii.gz", inside, affine=np.diag([2.0, 2, 2, 1]))
    out = tmp_path / "out"
    result = run(
        *f"segment {path} --mask {mask} -k 3 --maps uncertainty,probabilities --foreground bright".split(),
        "-o", str(out), "--names", "CSF,GM,WM", "--report",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "ml" in result.output
    labels = nibabel.load(out / "t1.labels.nii.gz")
    found = np.asarray(labels.dataobj)
    assert set(np.unique(found[inside == 0])) == {0}
    assert set(np.unique(found[inside == 1])) == {1, 2, 3}
    record = json.loads((out / "t1.json").read_text())
    assert record["labels"] == {"dtype": "uint8", "masked": 0, "offset": 1}
    classes = (out / "t1.classes.csv").read_text().splitlines()
    row = dict(zip(classes[0].split(","), classes[1].split(","), strict=True))
    assert float(row["volume"]) == int(row["pixels"]) * 8 == pytest.approx(float(row["volume_ml"]) * 1000)
    assert "volume_ml" in (out / "t1.objects.csv").read_text().splitlines()[0]
    assert nibabel.load(out / "t1.objects.nii.gz").get_data_dtype().newbyteorder("=") == np.int32
    assert '<th scope="col">ml</th>' in (out / "t1.report.html").read_text()
    assert nibabel.load(out / "t1.probabilities.nii.gz").shape == (*shape, 3)
    assert "CSF" in (out / "t1.labels.txt").read_text()
    truth = np.where(inside == 1, np.digitize(np.arange(18), [6, 12])[:, None, None] + 1, 0)
    said = saved(tmp_path / "truth.nii.gz", truth.astype(np.uint8), affine=np.diag([2.0, 2, 2, 1]))
    scores = [
        json.loads(run("evaluate", str(one), str(said), "--ignore", "0", "--json").output)["summary"]
        for one in (out / "t1.labels.nii.gz", said)
    ]
    assert scores[0]["covering"] > 0.98
    assert scores[1]["covering"] == 1
    before = {one.name: one.read_bytes() for one in out.iterdir()}
    again = run(
        *f"segment {path} --mask {mask} -k 3 --maps uncertainty,probabilities --foreground bright".split(),
        "-o", str(out), "--names", "CSF,GM,WM", "--report", "--overwrite",
    )  # fmt: skip
    assert again.exit_code == 0, again.output
    assert (out / "t1.labels.nii.gz").read_bytes() == before["t1.labels.nii.gz"]
    assert (out / "t1.json").read_bytes() == before["t1.json"]


def test_evaluate_says_the_same_of_any_format(tmp_path: Path) -> None:
    path = saved(tmp_path / "t1.nii", volume((18, 12, 8)))
    said = saved(tmp_path / "truth.nii", volume((18, 12, 8), seed=3) // 40 + 1)
    for form in ("nifti", "numpy", "mgh", "tiff"):
        result = run("segment", str(path), "-k", "3", "-o", str(tmp_path / form), "--format", form, "-q")
        assert result.exit_code == 0, result.output
    files = [tmp_path / "nifti" / "t1.labels.nii.gz", tmp_path / "numpy" / "t1.labels.npy"]
    files += [tmp_path / "mgh" / "t1.labels.mgz", tmp_path / "tiff" / "t1.labels.tif"]
    summaries = [pixture.evaluate(file, said).summary() for file in files]
    assert all(summary == summaries[0] for summary in summaries)


def test_times_slices_priors_and_scribbles(tmp_path: Path) -> None:
    path = saved(tmp_path / "f.nii.gz", volume((18, 12, 4, 3)))
    result = run("segment", str(path), "-k", "3", "--time", "2", "-o", str(tmp_path / "t"))
    assert result.exit_code == 0, result.output
    assert nibabel.load(tmp_path / "t" / "f.labels.nii.gz").shape == (18, 12, 4)
    result = run("segment", str(path), "-k", "3", "--time", "1", "--slice", "3", "-o", str(tmp_path / "s"))
    assert result.exit_code == 0, result.output
    assert read(tmp_path / "s" / "f.labels.png").shape == (12, 18)
    assert run("segment", str(path), "-k", "3", "--smooth", "off", "-o", str(tmp_path / "all")).exit_code == 0
    assert nibabel.load(tmp_path / "all" / "f.labels.nii.gz").shape == (18, 12, 4, 3)
    result = run("segment", str(path), "--time", "4", "-o", str(tmp_path / "no"))
    assert result.exit_code == 1
    assert "There is no time 4: it has 3 times, numbered from 1" in result.output
    scan = saved(tmp_path / "t1.nii.gz", volume((18, 12, 4)))
    truth = np.digitize(np.arange(18), [6, 12])[:, None, None] * np.ones((1, 12, 4), int)
    maps = [saved(tmp_path / f"{k}.nii.gz", np.where(truth == k, 0.9, 0.05).astype("f4")) for k in range(3)]
    result = run(
        "segment", str(scan), "-k", "3", "--prior", ",".join(map(str, maps)), "-o", str(tmp_path / "p")
    )
    assert result.exit_code == 0, result.output
    np.testing.assert_array_equal(
        np.asarray(nibabel.load(tmp_path / "p" / "t1.labels.nii.gz").dataobj), truth + 1
    )
    marks = np.zeros((18, 12, 4), np.uint8)
    marks[1, 3:6], marks[16, 3:6] = 1, 2
    drawn = saved(tmp_path / "marks.nii.gz", marks)
    result = run("segment", str(scan), "--scribbles", str(drawn), "-o", str(tmp_path / "m"))
    assert result.exit_code == 0, result.output


def test_without_nibabel_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    path = saved(tmp_path / "a.nii", volume())
    monkeypatch.setitem(sys.modules, "nibabel", None)
    monkeypatch.delitem(sys.modules, "pixture.imaging.readers.medical.nifti")
    with pytest.raises(ReadError, match=r"reads NIfTI is not installed .*pip install 'pixture\[medical\]'"):
        read(path)
