"""Arrays in files: NumPy, MATLAB, HDF5 and NetCDF-4, ENVI; which one, with which axes, and damaged ones."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import scipy.io
from benchmarks.data import folder_of_images
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import pixture
from pixture import ChoiceError, ImageError, NotKeptWarning, PixtureError, ReadError, image_from_array, read
from pixture.arrays import Array
from pixture.cli import app
from pixture.files.input_files import Inputs
from pixture.imaging.physical_space.place import Place
from pixture.imaging.readers.arrays.matlab.elements import CLASSES, values_of, variables_in
from pixture.imaging.readers.read import contents
from pixture.imaging.writers import envi
from pixture.imaging.writers.raster import ClassLook, Holds, Raster

DTYPES = ("u1", "<u2", ">u2", "<i2", ">i4", "<f4", ">f8", "<i8")
ENVI_DTYPES = {"u1": 1, "i2": 2, "i4": 3, "f4": 4, "f8": 5, "u2": 12, "u4": 13, "i8": 14, "u8": 15}


def cube(bands: int = 5, rows: int = 12, columns: int = 14, dtype: str = "u2") -> Array:
    """(rows, columns, bands) a dark scene with a bright field."""
    pixels = np.random.default_rng(bands).integers(0, 50, (rows, columns, bands))
    pixels[2:8, 3:9] += 150
    return pixels.astype(dtype)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


# --- NumPy


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pixels=arrays.arrays(
        st.sampled_from(DTYPES),
        st.tuples(st.integers(4, 9), st.integers(4, 9), st.integers(1, 3)),
        elements=st.integers(0, 100),
    ),
    columns_first=st.booleans(),
)
def test_a_numpy_file_is_the_array(tmp_path: Path, pixels: Array, columns_first: bool) -> None:
    np.save(tmp_path / "a.npy", np.asfortranarray(pixels) if columns_first else pixels)
    found = read(tmp_path / "a.npy")
    np.testing.assert_array_equal(found.pixels, image_from_array(pixels).pixels)
    assert found.pixels.dtype == pixels.dtype.newbyteorder("=")


def test_values_stay_on_the_disk(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", cube())
    pixels = read(tmp_path / "a.npy").pixels
    held: Any = pixels
    while held.base is not None and not isinstance(held, np.memmap):
        held = held.base
    assert isinstance(held, np.memmap)
    before = (tmp_path / "a.npy").read_bytes()
    pixels[0, 0] = 9
    assert (tmp_path / "a.npy").read_bytes() == before


@pytest.mark.parametrize("axes", ["cyx", "yxc", "ycx", "zyx", "tyx"])
def test_axes_are_said_where_the_file_does_not(tmp_path: Path, axes: str) -> None:
    pixels = np.ascontiguousarray(np.moveaxis(cube(), -1, 0))
    np.save(tmp_path / "a.npy", pixels)
    with pytest.raises(
        ReadError, match=r"a.npy: an array of shape \(5, 12, 14\).*axes='cyx' for 5 channels"
    ) as no:
        read(tmp_path / "a.npy")
    assert "axes='yxc'" in str(no.value)
    found, expected = read(tmp_path / "a.npy", axes=axes), image_from_array(pixels, axes=axes)
    np.testing.assert_array_equal(found.pixels, expected.pixels)
    assert found.axes == expected.axes


@pytest.mark.parametrize("axes", ["xy", "q", "cc", "yxz0", "", 3])
def test_axes_are_letters(tmp_path: Path, axes: Any) -> None:
    np.save(tmp_path / "a.npy", cube())
    if axes == "xy":
        with pytest.raises(
            ReadError, match=r"axes='xy' names 2 axes, and the array has the shape \(12, 14, 5\)"
        ):
            read(tmp_path / "a.npy", axes=axes)
    else:
        with pytest.raises(ChoiceError, match="axes must be a letter an axis"):
            read(tmp_path / "a.npy", axes=axes)


def test_an_archive_of_one_array_and_of_several(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", cube=cube(), k=3)
    np.savez_compressed(tmp_path / "two.npz", cube=cube(), truth=cube(1)[..., 0])
    np.testing.assert_array_equal(read(tmp_path / "one.npz").pixels, cube())
    with pytest.raises(
        ReadError,
        match=r"2 arrays: cube \(12 x 14 x 5 uint16\), truth \(12 x 14 .*scene='cube', or two.npz::cube",
    ):
        read(tmp_path / "two.npz")
    for wanted in ("truth", "2"):
        assert read(tmp_path / "two.npz", scene=wanted).axes == "yx"
    assert read(f"{tmp_path / 'two.npz'}::cube").channels == 5
    with pytest.raises(ReadError, match=r"no scene 'truht'.*Did you mean 'truth'"):
        read(tmp_path / "two.npz", scene="truht")
    assert [one.name for one in contents(tmp_path / "two.npz")] == ["cube", "truth"]
    assert contents(tmp_path / "one.npz")[0].shape == (12, 14, 5)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    trace = tmp_path / "trace"

    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {trace}",)

    held = np.empty((2, 2), object)
    held[:] = Hostile()
    np.save(tmp_path / "a.npy", held, allow_pickle=True)
    np.savez(tmp_path / "a.npz", a=held)
    with pytest.raises(ReadError, match="holds Python objects"):
        read(tmp_path / "a.npy")
    with pytest.raises(ReadError, match=r"no array of numbers.*a \(2 x 2 object\)"):
        read(tmp_path / "a.npz")
    with pytest.raises(ReadError, match="no array of real numbers"):
        read(tmp_path / "a.npz", scene="a")
    assert not trace.exists()


def numpy_header(shape: str, dtype: str = "<u2") -> bytes:
    said = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\1\0" + len(said).to_bytes(2, "little") + said.encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (numpy_header("(100, 100)") + bytes(50), "ends at byte 178.*go on to byte 20,128"),
        (numpy_header("(1000000, 1000000)") + bytes(50), "larger than is taken for safe"),
        (numpy_header("(-4, 4)"), "its shape is"),
        (numpy_header("(0, 4)"), "its shape is"),
        (numpy_header("(8,)") + bytes(16), "8 numbers, in no rows and columns"),
        (numpy_header("()") + bytes(16), "1 number, in no rows and columns"),
        (numpy_header("(4, 4)", "<c8") + bytes(128), "complex64"),
        (numpy_header("(4, 4)", "<U1") + bytes(64), "dtype <U1"),
        (b"\x93NUMPY\1\0\xff\xff{", "damaged or incomplete"),
        (b"\x93NUMPY\7\0", "damaged or incomplete"),
        (b"\x93NUMPY", "damaged or incomplete"),
    ],
)
def test_damaged_numpy_files(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises((ReadError, ImageError), match=said):
        read(tmp_path / "a.npy")


def test_an_archive_that_claims_more_than_it_holds(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", numpy_header("(10000, 10000)") + bytes(1000))
    with pytest.raises(ReadError, match="fewer values than its shape"):
        read(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "b.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", numpy_header("(1000000, 1000000)"))
    with pytest.raises(ReadError, match="larger than is taken for safe"):
        read(tmp_path / "b.npz")


# --- MATLAB


def mat_7_3(path: Path, **held: Array) -> Path:
    """A file as MATLAB 7.3 writes it: HDF5 behind a header, the first axis varying fastest."""
    h5py = pytest.importorskip("h5py")
    kinds = {"f8": "double", "f4": "single"}
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_group("#refs#")
        for name, array in held.items():
            made = file.create_dataset(name, data=array.T, compression="gzip")
            made.attrs["MATLAB_class"] = np.bytes_(kinds.get(array.dtype.str[1:], array.dtype.name))
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64, HDF5 schema 1.00 .".ljust(124) + b"\0\2IM")
    return path


@pytest.mark.parametrize("kind", ["5", "compressed", "7.3"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4", "f8"])
def test_a_matlab_array_has_rows_columns_and_channels(tmp_path: Path, kind: str, dtype: str) -> None:
    pixels = cube(dtype=dtype)
    path = tmp_path / "a.mat"
    if kind == "7.3":
        mat_7_3(path, cube=pixels)
    else:
        words = np.array(["red", "nir"], dtype=object)
        scipy.io.savemat(path, {"names": words, "cube": pixels, "k": 3}, do_compression=kind == "compressed")
    found = read(path)
    np.testing.assert_array_equal(found.pixels, pixels)
    assert found.pixels.dtype == pixels.dtype
    assert [one.name for one in contents(path)] == ["cube"]
    bare = tmp_path / "bare.mat"
    first = np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
    if kind == "7.3":
        mat_7_3(bare, cube=first, other=pixels)
    else:
        scipy.io.savemat(bare, {"cube": first, "other": pixels}, do_compression=kind == "compressed")
    with pytest.raises(ReadError, match=r"2 arrays: cube \(5 x 12 x 14 \w+\), other"):
        read(bare)
    with pytest.raises(ReadError, match="axes='cyx' for 5 channels"):
        read(bare, scene="cube")
    np.testing.assert_array_equal(read(f"{bare}::cube", axes="cyx").pixels, pixels)


def test_what_is_no_array_of_numbers_in_a_matlab_file(tmp_path: Path) -> None:
    import scipy.sparse

    scipy.io.savemat(tmp_path / "a.mat", {"s": scipy.sparse.eye(5).tocsc(), "t": "text", "r": {"x": cube()}})
    with pytest.raises(ReadError, match=r"no array of numbers.*s \(5 x 5 sparse\)"):
        read(tmp_path / "a.mat")
    with pytest.raises(ReadError, match=r"r .*struct.* is no array of real numbers"):
        read(tmp_path / "a.mat", scene="r")
    scipy.io.savemat(tmp_path / "b.mat", {"z": np.ones((4, 4), complex)})
    with pytest.raises(ReadError, match=r"no array of numbers.*z \(4 x 4 complex double\)"):
        read(tmp_path / "b.mat")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    held=st.dictionaries(
        st.from_regex(r"[a-z][a-zA-Z0-9_]{0,20}", fullmatch=True),
        arrays.arrays(
            st.sampled_from(DTYPES),
            st.lists(st.integers(1, 5), min_size=2, max_size=4).map(tuple),
            elements=st.integers(0, 100),
        ),
        min_size=1,
        max_size=4,
    ),
    packed=st.booleans(),
)
def test_variables_are_those_that_scipy_reads(tmp_path: Path, held: dict[str, Array], packed: bool) -> None:
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"words": "text", **held}, do_compression=packed)
    found = {variable.name: variable for variable in variables_in(path)}
    expected = scipy.io.loadmat(path)
    for name in held:
        np.testing.assert_array_equal(values_of(path, found[name]), expected[name])
        assert values_of(path, found[name]).dtype == expected[name].dtype
    assert {name: CLASSES[one.kind] for name, one in found.items()} == {
        name: kind for name, _, kind in scipy.io.whosmat(path)
    }


@pytest.mark.parametrize(
    ("length", "said"), [(2**28, "a is 4 x 4, but has 268,435,456 bytes"), (16, "do not unpack to as many")]
)
def test_a_matlab_array_that_unpacks_to_more_than_it_needs(tmp_path: Path, length: int, said: str) -> None:
    import struct
    import zlib

    flags = struct.pack("<IIII", 6, 8, 9, 0)  # uint8
    lengths, name = struct.pack("<IIii", 5, 8, 4, 4), struct.pack("<II", 1, 1) + b"a".ljust(8, b"\0")
    values = struct.pack("<II", 2, length) + bytes(2**20)
    body = flags + lengths + name + values
    packed = zlib.compress(struct.pack("<II", 14, 2**28 + 56) + body)
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM"
    (tmp_path / "a.mat").write_bytes(head + struct.pack("<II", 15, len(packed)) + packed)
    with pytest.raises(ReadError, match=said):
        read(tmp_path / "a.mat")


# --- HDF5


def test_a_dataset_by_its_path(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["scan/cube"] = cube()
        file["scan/rows"] = np.arange(12)
        file["truth"] = cube(1)[..., 0]
        file["words"] = np.array([b"a", b"b"])
    path = tmp_path / "a.h5"
    with pytest.raises(ReadError, match=r"2 arrays: /scan/cube .*, /truth .*a.h5::/scan/cube"):
        read(path)
    for source, scene in (
        (f"{path}::/scan/cube", None),
        (path, "/scan/cube"),
        (path, "scan/cube"),
        (path, "/scan"),
    ):
        np.testing.assert_array_equal(read(source, scene=scene).pixels, cube())
    assert read(path, scene="truth").axes == "yx"
    for wrong, said in (("scan/cub", "Did you mean '/scan/cube'"), ("words", "no array of real numbers")):
        with pytest.raises(ReadError, match=said):
            read(path, scene=wrong)
    with pytest.raises(ReadError, match="12 numbers, in no rows"):
        read(path, scene="/scan/rows")
    assert [one.name for one in contents(path)] == ["/scan/cube", "/truth"]


def netcdf(path: Path) -> Path:
    """A packed variable of a map in time, as NetCDF-4 keeps it."""
    pytest.importorskip("h5netcdf")
    xarray = pytest.importorskip("xarray")
    values = np.moveaxis(cube(4).astype(np.float64), -1, 0)[:, None] / 10 + 5
    values[:, 0, 0, 0] = np.nan
    source = xarray.DataArray(
        values,
        dims=("wavelength", "time", "lat", "lon"),
        coords={
            "wavelength": ("wavelength", [443.0, 560.0, 665.0, 842.0], {"units": "nm"}),
            "lat": ("lat", 48 - 0.5 * np.arange(12), {"units": "degrees_north"}),
            "lon": ("lon", 11 + 0.25 * np.arange(14), {"units": "degrees_east"}),
        },
    )
    packed = {"dtype": "int16", "scale_factor": 0.1, "add_offset": 5.0, "_FillValue": -1}
    source.to_dataset(name="reflectance").to_netcdf(path, engine="h5netcdf", encoding={"reflectance": packed})
    return path


def test_netcdf_says_its_axes_sizes_names_and_scaling(tmp_path: Path) -> None:
    found = read(netcdf(tmp_path / "a.nc"))
    assert (found.axes, found.shape, found.spacing, found.unit) == ("yxc", (12, 14), (0.5, 0.25), "degree")
    assert found.channel_names == ("443 nm", "560 nm", "665 nm", "842 nm")
    expected = cube(4) * 0.1 + 5
    assert found.mask is not None
    assert np.argwhere(~found.mask).tolist() == [[0, 0]]
    np.testing.assert_allclose(found.pixels[found.mask], expected[found.mask])
    assert found.pixels.dtype == np.float64
    assert contents(tmp_path / "a.nc")[0].axes == "wavelength, time, lat, lon"


def test_netcdf_whose_dimensions_are_no_image_s(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a"] = cube()
        for place, name in enumerate(("y", "run", "x")):
            file["a"].dims[place].label = name
    with pytest.raises(ReadError, match=r"y \(12\), run \(14\), x \(5\).*axes='cyx'"):
        read(tmp_path / "a.h5")
    assert read(tmp_path / "a.h5", axes="yxc").channels == 5


def test_values_in_other_files_are_not_opened(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    (tmp_path / "secret").write_bytes(bytes(400))
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["a"] = cube()
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("out", (10, 10), "u1", external=[(str(tmp_path / "secret"), 0, 100)])
        file["link"] = h5py.ExternalLink("other.h5", "/a")
        layout = h5py.VirtualLayout((12, 14, 5), "u2")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "a", (12, 14, 5))
        file.create_virtual_dataset("virtual", layout)
    for scene in ("out", "virtual"):
        with pytest.raises(ReadError, match="in other files, which are not opened"):
            read(tmp_path / "a.h5", scene=scene)
    with pytest.raises(ReadError, match="no scene 'link'"):
        read(tmp_path / "a.h5", scene="link")


def test_a_dataset_that_claims_to_be_huge(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("a", (1_000_000, 1_000_000), "f4", chunks=(100, 100))
    with pytest.raises(ReadError, match="larger than is taken for safe"):
        read(tmp_path / "a.h5")


# --- ENVI


def envi_files(
    folder: Path,
    pixels: Array,
    interleave: str = "bsq",
    order: Literal["<", ">"] = "<",
    offset: int = 0,
    **more: str,
) -> Path:
    """Write (rows, columns, bands) as ENVI by hand; return the data file."""
    rows, columns, bands = pixels.shape
    axes = {"bsq": (2, 0, 1), "bil": (0, 2, 1), "bip": (0, 1, 2)}[interleave]
    values = pixels.transpose(axes).astype(pixels.dtype.newbyteorder(order))
    entries = {
        "samples": columns,
        "lines": rows,
        "bands": bands,
        "header offset": offset,
        "data type": ENVI_DTYPES[pixels.dtype.str[1:]],
        "interleave": interleave,
        "byte order": int(order == ">"),
        **{name.replace("_", " "): value for name, value in more.items()},
    }
    (folder / "a.dat").write_bytes(bytes(offset) + values.tobytes())
    (folder / "a.hdr").write_text(
        "ENVI\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
    )
    return folder / "a.dat"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    dtype=st.sampled_from(list(ENVI_DTYPES)),
    shape=st.tuples(st.integers(1, 6), st.integers(2, 6), st.integers(1, 4)),
    interleave=st.sampled_from(["bsq", "bil", "bip"]),
    order=st.sampled_from("<>"),
    offset=st.sampled_from([0, 3, 512]),
)
def test_envi_in_any_order_is_the_array(
    tmp_path: Path,
    dtype: str,
    shape: tuple[int, int, int],
    interleave: str,
    order: Literal["<", ">"],
    offset: int,
) -> None:
    pixels = (np.arange(np.prod(shape)).reshape(shape) % 200).astype(dtype)
    data = envi_files(tmp_path, pixels, interleave, order, offset)
    for path in (data, data.with_suffix(".hdr")):
        found = read(path)
        np.testing.assert_array_equal(found.pixels.reshape(shape), pixels)
        assert found.pixels.dtype == pixels.dtype
        assert {data, data.with_suffix(".hdr")} <= set(found.inputs.paths)


def test_the_same_as_other_programs_write_it(tmp_path: Path) -> None:
    spectral = pytest.importorskip("spectral")
    for interleave in ("bsq", "bil", "bip"):
        more = {"wavelength": ["443", "560", "665.5", "842", "1610"], "wavelength units": "Nanometers"}
        spectral.envi.save_image(
            str(tmp_path / f"{interleave}.hdr"), cube(), interleave=interleave, metadata=more, force=True
        )
        found = read(tmp_path / f"{interleave}.img")
        np.testing.assert_array_equal(found.pixels, cube())
        assert found.channel_names == ("443 nm", "560 nm", "665.5 nm", "842 nm", "1610 nm")


def test_what_a_header_says_is_applied(tmp_path: Path) -> None:
    pixels = cube(2)
    pixels[0, 0, 1] = 999
    data = envi_files(
        tmp_path,
        pixels,
        data_ignore_value="999",
        band_names="{red,\n nir edge}",
        data_gain_values="{0.5, 2}",
        data_offset_values="{1, -1}",
        map_info="{UTM, 1, 1, 5e5, 4e6, 10, 20, 33, North, WGS-84, units=Meters}",
        description="{a = b\n; c}",
    )
    found = read(data)
    assert found.channel_names == ("red", "nir edge")
    assert (found.spacing, found.unit) == ((20.0, 10.0), "m")
    assert found.mask is not None
    assert np.argwhere(~found.mask).tolist() == [[0, 0]]
    np.testing.assert_array_equal(found.pixels[1:], (pixels * [0.5, 2.0] + [1, -1])[1:])
    assert found.place is not None
    assert found.place.in_words == "UTM, 33, North, WGS-84, 10 x 20 m"
    assert (
        read(envi_files(tmp_path, pixels, reflectance_scale_factor="100")).pixels[1, 1, 0]
        == pixels[1, 1, 0] / 100
    )
    degrees = read(
        envi_files(tmp_path, pixels, map_info="{Geographic Lat/Lon, 1, 1, 11, 48, 0.5, 0.5, WGS-84}")
    )
    assert (degrees.spacing, degrees.unit) == ((0.5, 0.5), "degree")


def test_labels_of_an_envi_file_are_one_in_its_place(tmp_path: Path) -> None:
    info = "{UTM, 1, 1, 5e5, 4e6, 10, 10, 33, North, WGS-84, units=Meters}"
    data = envi_files(tmp_path, cube(), map_info=info, coordinate_system_string='{PROJCS["x, y"]}')
    result = pixture.segment(data, 2).named("bare soil", "water, deep")
    saved = result.save(tmp_path / "out", maps=("probabilities",))
    names = {path.name for path in saved}
    assert {"a.labels.img", "a.labels.hdr", "a.painted.img", "a.probabilities.hdr"} <= names
    labels = read(tmp_path / "out" / "a.labels.img")
    np.testing.assert_array_equal(labels.pixels, result.labels)
    assert labels.place is not None
    assert labels.place.content == {"map info": info, "coordinate system string": '{PROJCS["x, y"]}'}
    header = (tmp_path / "out" / "a.labels.hdr").read_text()
    assert "file type = ENVI Classification" in header
    assert "class names = {bare soil, water deep}" in header
    assert "class lookup = {0, 114, 178, 230, 159, 0}" in header
    chances = read(tmp_path / "out" / "a.probabilities.hdr")
    np.testing.assert_array_equal(chances.pixels, result.probabilities())
    np.testing.assert_array_equal(read(tmp_path / "out" / "a.painted.img").pixels, result.painted())


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
def test_gdal_reads_the_labels(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    info = "{UTM, 1, 1, 500000, 4000000, 10, 10, 33, North, WGS-84, units=Meters}"
    result = pixture.segment(envi_files(tmp_path, cube(), data_ignore_value="40", map_info=info), 2)
    result.save(tmp_path / "out")
    with rasterio.open(tmp_path / "out" / "a.labels.img") as file:
        np.testing.assert_array_equal(file.read(1), result.labels)
        assert file.colormap(1)[1][:3] == (230, 159, 0)
        assert file.nodata == 255
        assert tuple(file.transform)[:6] == (10, 0, 500000, 0, -10, 4000000)
        assert file.crs.to_epsg() == 32633


def test_other_images_as_envi(tmp_path: Path) -> None:
    image = image_from_array(cube(), axes="yxc", spacing=(2, 3), unit="mm")
    looks = (ClassLook("", "#000000"), ClassLook("", "#ffffff"))
    made = envi.encode(Raster(np.zeros((12, 14), np.int8), image, Holds.LABELS, None, looks))
    (tmp_path / "a.img").write_bytes(made[".img"])
    (tmp_path / "a.hdr").write_bytes(made[".hdr"])
    found = read(tmp_path / "a.hdr")
    assert (found.spacing, found.unit, str(found.pixels.dtype)) == ((2.0, 3.0), "mm", "int16")
    assert b"class names = {class 0, class 1}" in made[".hdr"]
    elsewhere = image_from_array(cube(), axes="yxc", place=Place("GeoTIFF", None, "EPSG:32633"))
    with pytest.warns(NotKeptWarning, match="EPSG:32633"):
        envi.encode(Raster(cube(), elsewhere, Holds.VALUES))
    with pytest.raises(PixtureError, match="ENVI holds no planes"):
        pixture.segment(image_from_array(cube(), axes="zyx"), 2).save(tmp_path, format="envi")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"lines": "1000"}, "it has 1,680 bytes, and its header tells of 14 x 1,000 pixels.*need 140,000"),
        ({"lines": "99999999", "samples": "99999999"}, "larger than is taken for safe"),
        ({"lines": "0"}, "its shape is"),
        ({"lines": "-3"}, "'lines' is '-3'"),
        ({"lines": "1" * 500}, "'lines' is"),
        ({"bands": "many"}, "'bands' is 'many'"),
        ({"data_type": "6"}, "complex"),
        ({"data_type": "99"}, "'data type' is 99"),
        ({"byte_order": "2"}, "'byte order' 2"),
        ({"Interleave": "bxq"}, "'interleave' is 'bxq'"),
        ({"file_compression": "1"}, "compressed"),
        ({"file_type": "ENVI Spectral Library"}, "of the type 'ENVI Spectral Library'"),
        ({"file_type": "TIFF"}, "of the type 'TIFF'"),
        ({"data_ignore_value": "none"}, "'data ignore value' is 'none'"),
        ({"data_gain_values": "{1, 2}"}, "2 'data gain values', and 5 bands"),
        ({"data_gain_values": "{1, 2, 3, x, 5}"}, "'data gain values' is 'x'"),
        ({"data_gain_values": "{0, 0, 0, 0, 0}"}, "its scale is"),
        ({"reflectance_scale_factor": "0"}, "'reflectance scale factor' is 0"),
        ({"major_frame_offsets": "{4, 0}"}, "between its lines"),
    ],
)
def test_headers_that_do_not_fit(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    data = envi_files(tmp_path, cube(), **more)
    with pytest.raises(ReadError, match=said):
        read(data)


def test_a_header_without_its_data(tmp_path: Path) -> None:
    data = envi_files(tmp_path, cube())
    (tmp_path / "a.img").write_bytes(data.read_bytes())
    with pytest.raises(ReadError, match=r"several files beside it may be its data: a\.dat, a\.img"):
        read(tmp_path / "a.hdr")
    assert read(data).channels == read(tmp_path / "a.img").channels == 5
    for path in (data, tmp_path / "a.img"):
        path.unlink()
    with pytest.raises(ReadError, match=r"no data beside it, such as a.dat"):
        read(tmp_path / "a.hdr")
    (tmp_path / "a.hdr").write_text("ENVI\nsamples = 3\n")
    (tmp_path / "a.dat").write_bytes(bytes(9))
    with pytest.raises(ReadError, match="no 'lines'"):
        read(tmp_path / "a.dat")


# --- damaged ones of all kinds


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    np.save(folder / "a.npy", cube())
    np.savez_compressed(folder / "a.npz", cube=cube())
    scipy.io.savemat(folder / "v5.mat", {"cube": cube()})
    scipy.io.savemat(folder / "z.mat", {"cube": cube()}, do_compression=True)
    mat_7_3(folder / "v73.mat", cube=cube())
    netcdf(folder / "a.nc")
    envi_files(folder, cube(), map_info="{UTM, 1, 1, 5e5, 4e6, 10, 10}")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "v5.mat", "z.mat", "v73.mat", "a.nc", "a.hdr", "a.dat"])
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.99])
def test_a_truncated_file_never_passes_for_whole(
    tmp_path: Path, whole: dict[str, bytes], name: str, kept: float
) -> None:
    if name in ("a.hdr", "a.dat"):
        for other in ("a.hdr", "a.dat"):
            (tmp_path / other).write_bytes(whole[other])
    (tmp_path / name).write_bytes(whole[name][: int(len(whole[name]) * kept)])
    if name == "a.hdr" and kept == 0.99:
        assert read(tmp_path / name).channels == 5  # but a brace is gone
        return
    with pytest.raises(ReadError):
        read(tmp_path / name)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(["a.npy", "a.npz", "v5.mat", "z.mat", "v73.mat", "a.nc", "a.hdr"]),
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6
    ),
    near_start=st.booleans(),
)
@pytest.mark.filterwarnings("ignore")
def test_changed_bytes_end_in_an_image_or_a_sentence(
    tmp_path: Path,
    whole: dict[str, bytes],
    name: str,
    changes: list[tuple[float, int]],
    near_start: bool,
) -> None:
    content = bytearray(whole[name])
    for place, byte in changes:
        content[int(place * (min(len(content), 600) if near_start else len(content)))] = byte
    (tmp_path / "a.dat").write_bytes(whole["a.dat"])
    path = tmp_path / name
    path.write_bytes(content)
    with contextlib.suppress(PixtureError):
        assert read(path).size > 0


# --- as commands take them


def test_a_command_takes_all_of_them(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    np.save(tmp_path / "a.npy", cube())
    scipy.io.savemat(tmp_path / "b.mat", {"cube": cube()})
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["x"], file["deep/y"] = cube(), cube(3)
    envi_files(tmp_path, cube()).rename(tmp_path / "d.dat")
    (tmp_path / "a.hdr").rename(tmp_path / "d.hdr")
    np.save(tmp_path / "e.npy", np.moveaxis(cube(), -1, 0))
    files = [tmp_path / "a.npy", tmp_path / "b.mat", f"{tmp_path}/c.h5::/x", f"{tmp_path}/c.h5::/deep/y"]
    files.append(tmp_path / "d.dat")
    out = tmp_path / "out"
    done = run("segment", *files, "-k", 2, "-o", out)
    assert done.exit_code == 0, done.stderr
    assert "c.h5::/deep/y: 14 x 12" in done.stderr
    labels = {}
    for stem in ("a", "b", "c.x", "c.deep.y", "d"):
        labels[stem] = read(out / f"{stem}.labels.png").pixels
        assert json.loads((out / f"{stem}.json").read_text())["input"]["pixels"] == 168
    for one, other in itertools.combinations(("a", "b", "c.x", "d"), 2):
        np.testing.assert_array_equal(labels[one], labels[other])
    said = json.loads((out / "c.deep.y.json").read_text())["input"]
    assert (Path(said["path"]).name, said["scene"]) == ("c.h5", "/deep/y")
    again = run("segment", *files, "-k", 2, "-o", out, "--skip-existing")
    assert (again.exit_code, again.stderr.count("skipped, its results are there")) == (0, 5)
    asked = run("segment", tmp_path / "e.npy", "-o", out)
    assert asked.exit_code == 1
    assert "--axes cyx for 5 channels" in asked.stderr
    assert run("segment", tmp_path / "e.npy", "--axes", "cyx", "-k", 2, "-o", out).exit_code == 0
    np.testing.assert_array_equal(read(out / "e.labels.png").pixels, labels["a"])
    several = run("segment", tmp_path / "c.h5", "-o", out)
    assert several.exit_code == 1
    assert "--scene /deep/y, or c.h5::/deep/y" in several.stderr
    info = run("info", f"{tmp_path}/c.h5::/x", "--json")
    assert info.exit_code == 0, info.stderr
    assert [one["name"] for one in json.loads(info.stdout)["scenes"]] == ["/deep/y", "/x"]
    npy = run("segment", tmp_path / "a.npy", "-k", 2, "-o", tmp_path / "n", "--format", "numpy")
    assert npy.exit_code == 0, npy.stderr
    np.testing.assert_array_equal(np.load(tmp_path / "n" / "a.labels.npy"), labels["a"])


def test_a_file_is_kept_whose_inside_is_read(tmp_path: Path) -> None:
    """Results never take the place of the file that a path within a file leads to."""
    h5py = pytest.importorskip("h5py")
    out = tmp_path / "out"
    out.mkdir()
    with h5py.File(out / "c.x.json", "w") as file:  # as the record of c.h5::/x is called
        file["x"] = cube()
    (tmp_path / "c.h5").hardlink_to(out / "c.x.json")
    before = (tmp_path / "c.h5").read_bytes()
    inside = f"{tmp_path}/c.h5::/x"
    assert tmp_path / "c.h5" in Inputs.of([inside])
    done = run("segment", inside, "-k", 2, "-o", out, "--overwrite")
    assert done.exit_code == 1
    assert "c.x.json would be replaced, but is read here too" in done.stderr
    assert (tmp_path / "c.h5").read_bytes() == before
    odd = tmp_path / "a::b.npy"  # a name is a name, where there is such a file
    np.save(odd, cube())
    assert read(odd).channels == 5
    assert odd in Inputs.of([odd])


def test_samson_as_people_have_it(tmp_path: Path) -> None:
    """A table of spectra in a .mat file, with the truth beside it."""
    path = folder_of_images() / "samson_hsi" / "Samson.mat"
    if not path.is_file():
        pytest.skip("the folder of test images has no scene of Samson")
    with pytest.raises(ReadError, match=r"3 arrays: GT \(3 x 156 double\).*Y \(156 x 9025 double\)"):
        read(path)
    held = scipy.io.loadmat(path)
    scene = np.round(10_000 * held["Y"].T.reshape(95, 95, 156, order="F")).astype(np.uint16)
    scipy.io.savemat(tmp_path / "samson.mat", {"scene": scene})
    result = pixture.segment(tmp_path / "samson.mat", 3, covariance="diagonal")
    truth = held["S_GT"].argmax(axis=-1)
    right = max(
        np.mean(np.array(names)[result.labels] == truth) for names in itertools.permutations(range(3))
    )
    assert right > 0.9
