"""Objects of the field's other libraries are taken for what they are; xarray's come back as they came."""

from __future__ import annotations

import itertools
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture import ChoiceError, FirstFrameWarning, ImageError, image_from_array
from pixture.arrays import Array
from pixture.imaging.physical_space.coordinates import REGULAR, Coordinate, pixel_size
from pixture.segmentation.sources.image_source import as_image


def geo(test: Any) -> Any:
    """Let pass what rasterio remarks upon: affine's new operator, and pictures without a place."""
    test = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")(test)
    return pytest.mark.filterwarnings("ignore:Dataset has no geotransform")(test)


FOREIGN = ("xarray", "dask", "rasterio", "nibabel", "zarr", "torch", "h5py", "scipy.io", "rioxarray")


def cube(bands: int, rows: int = 20, columns: int = 30) -> Array:
    """A dark scene with a bright field, noise in it."""
    pixels = np.random.default_rng(bands).integers(0, 50, (bands, rows, columns)).astype(np.uint16)
    pixels[:, rows // 4 : rows // 2, columns // 3 :] += 500
    return pixels


def scene(bands: int, **attributes: Any) -> Any:
    xarray = pytest.importorskip("xarray")
    found = xarray.DataArray(
        cube(bands),
        dims=("band", "y", "x"),
        coords={"band": np.arange(1, bands + 1), "y": 100 - 10.0 * np.arange(20), "x": 5.0 * np.arange(30)},
        attrs=attributes,
    )
    for name in ("y", "x"):
        found[name].attrs["units"] = "metre"
    return found


# --- nothing is imported


def test_segmenting_an_array_imports_no_other_library() -> None:
    code = (
        "import sys, numpy, pixture; pixture.segment(numpy.eye(8, dtype='u1'), 2).labels; print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert not set(FOREIGN) & set(run.stdout.split())


# --- xarray


@pytest.mark.parametrize("bands", [1, 2, 3, 4, 5, 6, 12, 30])
def test_dimensions_in_any_order_give_the_same_labels_in_place(bands: int) -> None:
    xarray = pytest.importorskip("xarray")
    source = scene(bands, crs="EPSG:32633", units="reflectance")
    expected = pixture.segment(image_from_array(cube(bands), axes="cyx"), 2).labels
    for order in itertools.permutations(source.dims):
        result = pixture.segment(source.transpose(*order), 2)
        labels = result.to_xarray()
        assert labels.dims == ("y", "x")
        np.testing.assert_array_equal(labels.values, expected)
        np.testing.assert_array_equal(labels.values, result.labels)
        for name in ("y", "x"):
            xarray.testing.assert_identical(labels[name], source[name])
        assert labels.attrs["crs"] == "EPSG:32633"
        assert "units" not in labels.attrs
        assert (result.image.spacing, result.image.unit) == ((10.0, 5.0), "m")
        assert labels.sel(y=20, x=120).item() == 1


def test_masked_pixels_and_classes_are_said() -> None:
    source = scene(3, _FillValue=7, title="a scene")
    result = pixture.segment(source, 2).named("bare soil", "water")
    labels = result.to_xarray()
    assert labels.attrs["title"] == "a scene"
    assert labels.attrs["_FillValue"] == result.masked_label == 255
    assert labels.attrs["flag_values"].tolist() == [0, 1]
    assert labels.attrs["flag_meanings"] == "bare_soil water"
    np.testing.assert_array_equal(labels.values == 255, (source.values == 7).any(axis=0))
    chances = result.to_xarray("probabilities")
    assert chances.dims == ("y", "x", "component")
    assert chances["class"].values.tolist() == ["bare soil", "water"]
    np.testing.assert_array_equal(chances.values, result.probabilities())
    np.testing.assert_array_equal(chances.sel(component=1).values, result.probabilities(1))
    np.testing.assert_array_equal(result.to_xarray("uncertainty").values, result.entropy())
    painted = result.to_xarray("painted")
    assert painted.dims == ("y", "x", "band")
    np.testing.assert_array_equal(painted.values, result.painted())
    np.testing.assert_array_equal(painted["band"], source["band"])
    with pytest.raises(ChoiceError, match=r"what is one of 'labels'.*Did you mean 'labels'"):
        result.to_xarray("label")


def test_labels_go_back_in_and_probabilities_too() -> None:
    result = pixture.segment(scene(4), 2)
    assert image_from_array(result.to_xarray()).spacing == result.image.spacing
    assert image_from_array(result.to_xarray("probabilities")).axes == "yxc"


def test_other_images_have_the_dimensions_of_their_axes() -> None:
    plain = pixture.segment(cube(1)[0], 2).to_xarray()
    assert (plain.dims, list(plain.coords)) == (("y", "x"), [])
    volume = image_from_array(cube(5), axes="zyx", spacing=(2, 1, 1), unit="mm")
    labels = pixture.segment(volume, 2).to_xarray()
    assert labels.dims == ("z", "y", "x")
    assert labels["z"].values.tolist() == [0, 2, 4, 6, 8]
    assert labels["z"].attrs["units"] == "mm"


def test_planes_and_times_have_coordinates() -> None:
    xarray = pytest.importorskip("xarray")
    stack = xarray.DataArray(
        cube(8).reshape(2, 4, 20, 30),
        dims=("time", "z", "y", "x"),
        coords={
            "time": np.array(["2024-05-01", "2024-05-02"], "M8[ns]"),
            "z": ("z", [0.0, 3.0, 6.0, 9.0], {"units": "um"}),
            "y": ("y", np.arange(20) * 0.5, {"units": "micrometer"}),
            "x": ("x", np.arange(30) * 0.5, {"units": "µm"}),
        },
    )
    image = image_from_array(stack.transpose("x", "z", "time", "y"))
    assert (image.axes, image.spacing, image.unit) == ("tzyx", (86400.0, 3.0, 0.5, 0.5), "µm")
    one = pixture.segment(image.at("t", 1), 2).to_xarray()
    assert one.dims == ("z", "y", "x")
    np.testing.assert_array_equal(one["z"], stack["z"])
    first = pixture.segment(stack.isel(time=slice(0, 1)), 2).to_xarray()
    assert first["time"].values == stack["time"].values[0]


@pytest.mark.parametrize(
    ("coordinates", "attributes", "expected"),
    [
        ({"band": ["red", "green", "nir"]}, {}, ("red", "green", "nir")),
        ({"band": ("band", [443.0, 560.5, 665.0], {"units": "nm"})}, {}, ("443 nm", "560.5 nm", "665 nm")),
        ({"band": [4, 3, 2]}, {}, ("4", "3", "2")),
        ({"band": [1, 2, 3]}, {}, ()),
        ({"band": [1, 2, 3]}, {"long_name": ("r", "g", "b")}, ("r", "g", "b")),
        ({"common_name": ("band", ["r", "g", "b"])}, {}, ("r", "g", "b")),
        ({"wavelength": ("band", [0.4, 0.5, 0.6], {"units": "um"})}, {}, ("0.4 µm", "0.5 µm", "0.6 µm")),
        ({"fwhm": ("band", [0.4, 0.5, 0.6])}, {}, ()),
        ({"band": ["red", "red", "nir"]}, {}, ()),
    ],
)
def test_channels_have_their_coordinates_names(
    coordinates: dict[str, Any], attributes: dict[str, Any], expected: tuple[str, ...]
) -> None:
    xarray = pytest.importorskip("xarray")
    array = xarray.DataArray(cube(3), dims=("band", "y", "x"), coords=coordinates, attrs=attributes)
    assert image_from_array(array).channel_names == expected
    assert image_from_array(array, channel_names="abc").channel_names == ("a", "b", "c")


def test_dimensions_that_say_their_axis_otherwise() -> None:
    xarray = pytest.importorskip("xarray")
    array = xarray.DataArray(
        cube(3),
        dims=("spectrum", "yc", "xc"),
        coords={
            "yc": ("yc", np.arange(20), {"axis": "Y"}),
            "xc": ("xc", np.arange(30), {"standard_name": "projection_x_coordinate"}),
            "spectrum": ("spectrum", [1.0, 2.0, 4.0], {"standard_name": "radiation_wavelength"}),
        },
    )
    assert image_from_array(array).axes == "yxc"
    with pytest.raises(ImageError, match=r"spectrum \(3\).*isel\(spectrum=0\)"):
        image_from_array(array.drop_vars("spectrum"))


@given(
    st.integers(2, 60),
    st.floats(1e-6, 1e6),
    st.floats(-1e6, 1e6),
    st.booleans(),
    st.sampled_from(["f4", "f8"]),
)
def test_regular_coordinates_are_told_from_others(
    count: int, step: float, first: float, falls: bool, dtype: str
) -> None:
    sign = -1 if falls else 1
    values = (first + sign * step * np.arange(count)).astype(dtype)
    found = Coordinate(values).step
    if abs(first) * np.finfo(dtype).eps < 1e-4 * step:
        assert found == pytest.approx(step, rel=REGULAR)
    if count > 2:
        bent = values.astype(np.float64)
        bent[-1] += sign * step / 2
        if abs(first) * np.finfo(np.float64).eps < 1e-3 * step:
            assert Coordinate(bent).step is None


def test_the_size_of_a_pixel_is_known_in_all_axes_or_in_none() -> None:
    rows, uneven = Coordinate(np.arange(4) * 2.0, "m"), Coordinate(np.array([0.0, 1.0, 3.0]))
    assert pixel_size({"y": rows, "x": rows}, "yx") == ((2.0, 2.0), "m")
    assert pixel_size({"y": rows}, "yx") == (None, None)
    assert pixel_size({"y": rows, "x": uneven}, "yx") == (None, None)
    assert pixel_size({"z": Coordinate(np.arange(3.0), "hPa"), "y": rows, "x": rows}, "zyx") == (None, None)
    assert pixel_size({"t": uneven, "y": rows, "x": rows}, "tyx") == ((1.0, 2.0, 2.0), "m")


def test_a_lazy_array_is_computed_once() -> None:
    dask_array = pytest.importorskip("dask.array")
    source = scene(5)
    computed: list[int] = []

    def counted(block: Array) -> Array:
        computed.append(1)
        return block

    empty = np.empty((0, 0, 0), source.dtype)
    lazy = dask_array.from_array(source.values, chunks=source.shape).map_blocks(
        counted, dtype=source.dtype, meta=empty
    )
    expected = pixture.segment(source, 2)
    for held in (source.copy(data=lazy), lazy):
        computed.clear()
        given_axes = held if hasattr(held, "coords") else image_from_array(held, axes="cyx")
        result = pixture.segment(given_axes, 2)
        np.testing.assert_array_equal(result.labels, expected.labels)
        assert len(computed) == 1


@geo
def test_the_reference_system_is_kept_as_rioxarray_keeps_it(tmp_path: Path) -> None:
    rioxarray = pytest.importorskip("rioxarray")
    rasterio = pytest.importorskip("rasterio")
    scene(3, _FillValue=7).rio.write_crs("EPSG:32633").rio.to_raster(tmp_path / "a.tif")
    with rioxarray.open_rasterio(tmp_path / "a.tif") as source:
        result = pixture.segment(source, 2)
        labels = result.to_xarray()
        assert labels.rio.crs == source.rio.crs
        assert labels.rio.transform() == source.rio.transform()
        assert (result.image.spacing, result.image.unit) == ((10.0, 5.0), "m")
        assert tmp_path / "a.tif" in result.image.inputs
    labels.rio.to_raster(tmp_path / "labels.tif")
    with rasterio.open(tmp_path / "labels.tif") as file, rasterio.open(tmp_path / "a.tif") as source:
        assert (file.transform, file.crs, file.nodata) == (source.transform, source.crs, 255)
        np.testing.assert_array_equal(file.read(1), result.labels)
    with rioxarray.open_rasterio(tmp_path / "a.tif", parse_coordinates=False) as bare:
        assert image_from_array(bare).spacing == (10.0, 5.0)
        assert pixture.segment(bare, 2).to_xarray().rio.transform() == labels.rio.transform()


def test_a_dataset_is_told_how_to_be_an_array() -> None:
    source = scene(3)
    with pytest.raises(ImageError, match=r"\('red'\).*to_dataarray\('band'\)"):
        pixture.segment(source.isel(band=0).to_dataset(name="red"))
    bands = source.to_dataset("band").to_dataarray("band")
    np.testing.assert_array_equal(pixture.segment(bands, 2).labels, pixture.segment(source, 2).labels)


# --- other libraries


@geo
@pytest.mark.parametrize("bands", [1, 3, 5])
def test_a_rasterio_dataset(tmp_path: Path, bands: int) -> None:
    rasterio = pytest.importorskip("rasterio")
    profile = {
        "driver": "GTiff",
        "count": bands,
        "height": 20,
        "width": 30,
        "dtype": "uint16",
        "crs": "EPSG:32633",
        "transform": rasterio.transform.from_origin(500_000, 4_000_000, 10, 20),
        "nodata": 7,
    }
    names = tuple(f"b{band}" for band in range(bands))
    with rasterio.open(tmp_path / "a.tif", "w", **profile) as file:
        file.write(cube(bands))
        file.descriptions = names
    with rasterio.open(tmp_path / "a.tif") as file:
        result = pixture.segment(file, 2)
        with rasterio.vrt.WarpedVRT(file) as warped:
            np.testing.assert_array_equal(pixture.segment(warped, 2).labels, result.labels)
        with pytest.raises(ImageError, match="taken whole"):
            image_from_array(file)
    image = result.image
    assert (image.spacing, image.unit, image.channel_names) == ((20.0, 10.0), "m", names)
    expected = image_from_array(cube(bands), axes="cyx", nodata=7)
    np.testing.assert_array_equal(image.rows, expected.rows)
    np.testing.assert_array_equal(image.mask, expected.mask)
    assert tmp_path / "a.tif" in image.inputs
    with pytest.raises(ImageError, match="closed"):
        pixture.segment(file)


@geo
def test_labels_of_a_rasterio_dataset_lie_where_it_does(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    profile: dict[str, Any] = {"driver": "GTiff", "count": 1, "height": 20, "width": 30, "dtype": "uint16"}
    where = rasterio.Affine(10.0, 2.0, 500_000.0, 3.0, -20.0, 4_000_000.0)
    with rasterio.open(tmp_path / "a.tif", "w", crs="EPSG:32633", transform=where, **profile) as file:
        file.write(cube(1))
    with rasterio.open(tmp_path / "a.tif") as file:
        result = pixture.segment(file, 2)
    paths = result.save(tmp_path / "out", stem="a")
    assert paths[0].name == "a.labels.tif"
    with rasterio.open(paths[0]) as labels:
        assert labels.crs.to_epsg() == 32633
        assert labels.transform.almost_equals(where)
        np.testing.assert_array_equal(labels.read(1), result.labels)


@geo
def test_scales_and_opacity_of_a_rasterio_dataset(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    profile: dict[str, Any] = {"driver": "GTiff", "height": 20, "width": 30, "dtype": "uint8"}
    pixels = (cube(4) // 3).astype(np.uint8)
    pixels[3] = 255
    pixels[3, :2] = 0
    with rasterio.open(tmp_path / "a.tif", "w", count=4, photometric="RGB", alpha="yes", **profile) as file:
        file.write(pixels)
    with rasterio.open(tmp_path / "a.tif") as file:
        image = pixture.segment(file, 2).image
    assert image.channels == 3
    assert image.mask is not None
    np.testing.assert_array_equal(image.mask, pixels[3] > 0)
    with rasterio.open(tmp_path / "b.tif", "w", count=1, **profile) as file:
        file.write(pixels[:1])
        file.scales, file.offsets = (0.5,), (3.0,)
    with rasterio.open(tmp_path / "b.tif") as file:
        np.testing.assert_array_equal(pixture.segment(file, 2).image.pixels, pixels[0] * 0.5 + 3)


@pytest.mark.parametrize("kind", ["Nifti1Image", "Nifti2Image", "MGHImage"])
def test_labels_of_a_nibabel_image_lie_where_it_does(kind: str, tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    values = cube(6).transpose(2, 1, 0).astype(np.int16)
    affine = np.array([[0.0, -2.0, 0.0, 7.0], [1.5, 0.0, 0.0, -3.0], [0.0, 0.0, 3.0, 11.0], [0, 0, 0, 1]])
    held = getattr(nibabel, kind)(values, affine)
    result = pixture.segment(held, 2)
    paths = result.save(tmp_path, stem="a")
    assert paths[0].name == ("a.labels.mgz" if kind == "MGHImage" else "a.labels.nii.gz")
    labels = nibabel.load(paths[0])
    np.testing.assert_allclose(labels.affine, affine, atol=1e-5)
    np.testing.assert_array_equal(np.asarray(labels.dataobj).T, result.labels + 1)


def test_a_nibabel_image(tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    values = cube(6).transpose(2, 1, 0).astype(np.int16)  # x, y, z
    held = nibabel.Nifti1Image(values, np.diag([0.5, 1.0, 3.0, 1.0]))
    held.header.set_xyzt_units("mm", "sec")
    image = pixture.segment(held, 2).image
    assert (image.axes, image.spacing, image.unit) == ("zyx", (3.0, 1.0, 0.5), "mm")
    np.testing.assert_array_equal(image.pixels, values.T)
    nibabel.save(held, tmp_path / "a.nii.gz")
    loaded = nibabel.load(tmp_path / "a.nii.gz")
    assert tmp_path / "a.nii.gz" in pixture.segment(loaded, 2).image.inputs
    series = nibabel.Nifti1Image(np.stack([values, values], axis=-1), np.eye(4))
    assert as_image(series).axes == "tzyx"
    flat = nibabel.Nifti1Image(values[:, :, :1], np.eye(4))
    assert pixture.segment(flat, 2).image.axes == "yx"
    many = nibabel.Nifti1Image(np.zeros((4, 5, 6, 2, 3), np.int16), np.eye(4))
    with pytest.raises(ImageError, match="axes='xyzc'"):
        pixture.segment(many, 2)
    with pytest.raises(ImageError, match="taken whole"):
        image_from_array(held)


def test_a_picture_of_several_frames_is_taken_where_it_stands(tmp_path: Path) -> None:
    import PIL.Image

    frames = [
        PIL.Image.fromarray(np.where(plane > 400, 200, 20 + place).astype(np.uint8))
        for place, plane in enumerate(cube(3))
    ]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    with PIL.Image.open(tmp_path / "a.tif") as picture:
        picture.seek(1)
        with pytest.warns(FirstFrameWarning, match=r"3 frames; the one that it stands at, 2, .*axes='tyxc'"):
            image = pixture.segment(picture, 2).image
        np.testing.assert_array_equal(image.pixels, np.asarray(frames[1]))
        stacked = np.stack(
            [np.asarray(frame.convert("RGB")) for frame in PIL.ImageSequence.Iterator(picture)]
        )
    assert image_from_array(stacked, axes="tyxc").shape == (3, 20, 30)


@pytest.mark.parametrize("version", [2, 3])
def test_a_zarr_array(version: int) -> None:
    zarr = pytest.importorskip("zarr")
    more: dict[str, Any] = {"dimension_names": ("c", "y", "x")} if version == 3 else {}
    held = zarr.create_array({}, data=cube(5), zarr_format=version, **more)
    if version == 2:
        held.attrs["_ARRAY_DIMENSIONS"] = ["c", "y", "x"]
    np.testing.assert_array_equal(pixture.segment(held, 2).image.pixels, np.moveaxis(cube(5), 0, -1))
    bare = zarr.create_array({}, data=cube(5), zarr_format=version)
    with pytest.raises(ImageError, match="axes='cyx'"):
        pixture.segment(bare)
    group = zarr.group({}, zarr_format=version)
    with pytest.raises(ImageError, match="Group is not an image"):
        pixture.segment(group)


def test_a_dataset_of_h5py(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        held = file.create_dataset("cube", data=cube(5))
        with pytest.raises(ImageError, match="axes='cyx'"):
            pixture.segment(held)
        for place, name in enumerate(("band", "lat", "lon")):
            held.dims[place].label = name
        assert pixture.segment(held, 2).labels.shape == (20, 30)
        file["lat"], file["lon"] = 50 - np.arange(20) * 0.25, np.arange(30) * 0.25
        for place, name in ((1, "lat"), (2, "lon")):
            file[name].make_scale(name)
            file[name].attrs["units"] = "degrees_north" if name == "lat" else "degrees_east"
            held.dims[place].attach_scale(file[name])
        image = image_from_array(held)
        assert (image.spacing, image.unit) == ((0.25, 0.25), "degree")
        with pytest.raises(ImageError, match="File is not an image"):
            pixture.segment(file)


def test_a_tensor() -> None:
    torch = pytest.importorskip("torch")
    pixels = np.moveaxis(cube(4), 0, -1).astype(np.float32)
    expected = pixture.segment(pixels, 2).labels
    tensor = torch.from_numpy(pixels)
    for held in (
        tensor,
        tensor.clone().requires_grad_(),
        tensor.transpose(0, 1).contiguous().transpose(0, 1),
    ):
        np.testing.assert_array_equal(pixture.segment(held, 2).labels, expected)
    halved = image_from_array(tensor.to(torch.bfloat16))
    assert halved.pixels.dtype == np.float32
    with pytest.raises(ImageError, match="axes='cyx'"):
        pixture.segment(torch.from_numpy(cube(4).astype(np.float32)))
    with pytest.raises(ImageError, match="to_dense"):
        pixture.segment(tensor[..., 0].to_sparse())
    with pytest.raises(ImageError, match=r"on meta.*tensor.cpu\(\)"):
        pixture.segment(tensor.to("meta"))


def test_a_tensor_on_another_device_is_told_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """As PyTorch's own class does it, which need not be installed."""

    class Tensor:
        device = types.SimpleNamespace(type="cuda", __str__=lambda self: "cuda:0")
        shape = (4, 5)

        def __array__(self) -> Array:
            raise TypeError("can't convert cuda:0 device type tensor to numpy.")

    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(Tensor=Tensor))
    with pytest.raises(ImageError, match=r"The tensor is on .*Give tensor.cpu\(\)"):
        pixture.segment(Tensor())


# --- bare arrays


@settings(max_examples=60)
@given(st.integers(1, 40), st.integers(41, 90), st.integers(41, 90))
def test_channels_first_are_always_asked_about(bands: int, rows: int, columns: int) -> None:
    array = np.zeros((bands, rows, columns), np.uint8)
    for call in (image_from_array, pixture.segment):
        with pytest.raises(ImageError) as caught:
            call(array)
        for axes in ("cyx", "yxc"):
            assert f"pixture.image_from_array(array, axes='{axes}')" in str(caught.value)
            assert image_from_array(array, axes=axes).size > 0


def test_four_axes_are_always_asked_about() -> None:
    for shape in ((2, 9, 9, 3), (5, 6, 9, 9), (9, 9, 2, 2)):
        for call in (image_from_array, pixture.segment):
            with pytest.raises(ImageError, match=r"axes='zyxc'.*axes='czyx'.*axes='tzyx'.*axes='tyxc'"):
                call(np.zeros(shape, np.uint8))
