"""What a file is, told by its first bytes: the formats that are read (others: `foreign_formats`).

Only what is known to arrive whole is read: a format has a reader of its own, or a sentence. Nothing else is
tried, so that no foreign program is ever started for a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pixture.imaging.readers.identification.first_bytes import first_bytes, headers_beside, unpacked

READERS = "pixture.imaging.readers."


@dataclass(frozen=True)
class Format:
    """A family of file formats that is read.

    Attributes
    ----------
    name
        What people call it.
    magic
        How its files begin: a regular expression over the first bytes.
    module
        The module that reads it, loaded when first needed.
    install
        What gives the library that the module stands on, for people who lack it.
    several
        Whether its files may hold several images, or levels of one: whether the reader takes a `Subimage`.
    picks
        Whether the reader takes single times and planes itself, and decodes nothing else of a file.
    names
        How the names of its files end, where the first bytes do not tell it from others: all of them, if any
        is given, must end so.
    packed
        Whether its files may be packed by gzip: it is the bytes inside that tell them.
    header
        Of data that say nothing themselves, as their header is a file of its own: how its name ends. It is
        the header's first bytes that tell the format.
    """

    name: str
    magic: bytes
    module: str
    install: str = "pip install --upgrade pixture"
    several: bool = False
    picks: bool = False
    names: tuple[str, ...] = ()
    packed: bool = False
    header: str = ""

    def begins(self, head: bytes) -> bool:
        """Whether a file that begins so is one."""
        return re.match(self.magic, head, re.DOTALL) is not None

    def is_format_of(self, path: Path, head: bytes) -> bool:
        """Whether a file of a name, that begins so, is one."""
        if self.names and not path.name.lower().endswith(self.names):
            return False
        heads = [head]
        if self.header:
            heads = [first_bytes(file) for file in headers_beside(path, self.header, packed=self.packed)]
        return any(self.begins(unpacked(one) if self.packed else one) for one in heads)


@dataclass(frozen=True)
class FolderFormat:
    """A format whose images are folders.

    Attributes
    ----------
    name, module, install, several, picks
        As in `Format`.
    holds
        Patterns of names, one of which is in every such folder.
    begins
        Or how one of the first few files in it begins: a regular expression.
    """

    name: str
    holds: tuple[str, ...]
    module: str
    install: str
    several: bool = False
    begins: bytes = b""
    picks: bool = False

    def is_format_of(self, folder: Path) -> bool:
        """Whether a folder is one."""
        if any(next(folder.glob(pattern), None) is not None for pattern in self.holds):
            return True
        files = islice((path for path in folder.iterdir() if path.is_file()), _LOOK_AT)
        return bool(self.begins) and any(
            re.match(self.begins, first_bytes(path), re.DOTALL) is not None for path in files
        )


_GRIDS: tuple[tuple[str, bytes, tuple[str, ...]], ...] = (
    ("ERDAS Imagine", rb"EHFA_HEADER_TAG", ()),
    ("PCIDSK", rb"PCIDSK  ", ()),
    ("ESRI ASCII grid", rb"\s*(?i:ncols)\s+\d", ()),
    ("GRASS ASCII grid", rb"\s*(?i:north|south|east|west|rows|cols)\s*:\s*-?\d", ()),
    ("Surfer", rb"DSAA|DSBB|DSRB", ()),
    ("PCRaster", rb"RUU CROSS SYSTEM MAP", ()),
    ("VTP", rb"binterr1", ()),
    ("DTED", rb"(VOL1.{76})?(HDR.{77})?UHL1", ()),
    ("SRTM", rb"", (".hgt",)),  # heights and nothing else
)
"""Of the Earth, read by GDAL: names, first bytes, ends of names."""

_LOOK_AT = 8
"""Files of a folder that are looked into."""


_MEDICAL = "pip install 'pixture[medical]'"
_NIFTI = rb"(\x5c\x01\0\0|\0\0\x01\x5c).{340}(n\+|ni)1\0|(\x1c\x02\0\0|\0\0\x02\x1c)n[+i]2\0"
_ANALYZE = rb"(\x5c\x01\0\0|\0\0\x01\x5c).{344}"
DICOM = rb".{128}DICM"
_ENVI = rb"(\xef\xbb\xbf)?ENVI[ \t]*[\r\n]"
_HDF5 = "pip install 'pixture[hdf5]'"
_MICROSCOPY = "pip install 'pixture[microscopy]'"

FORMATS: tuple[Format, ...] = (
    # first, as what comes before its own bytes may be the head of a TIFF
    Format("DICOM", DICOM, READERS + "medical.dicom.reader", _MEDICAL, several=True),
    Format("TIFF", rb"II\*\0|MM\0\*|II\+\0|MM\0\+", READERS + "tiff.reader", several=True, picks=True),
    Format("PNG", rb"\x89PNG\r\n\x1a\n", READERS + "pictures.png", picks=True),
    Format("JPEG", rb"\xff\xd8\xff", READERS + "pictures.jpeg"),
    Format("JPEG 2000", rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", READERS + "pictures.jpeg2000.reader"),
    Format("WebP", rb"RIFF....WEBP", READERS + "pictures.webp", picks=True),
    Format("AVIF", rb"....ftyp(avi[fs]|mi[af]1.{4}(?:.{4}){0,9}avi[fs])", READERS + "pictures.avif"),
    Format("FITS", rb"SIMPLE  =", READERS + "arrays.fits", "pip install 'pixture[astronomy]'"),
    Format("NIfTI", _NIFTI, READERS + "medical.nifti", _MEDICAL, packed=True),
    Format("Analyze", _ANALYZE, READERS + "medical.nifti", _MEDICAL, names=(".hdr", ".hdr.gz"), packed=True),
    Format(
        "NIfTI in two files",
        _NIFTI + rb"|" + _ANALYZE,
        READERS + "medical.nifti",
        _MEDICAL,
        names=(".img", ".img.gz"),
        packed=True,
        header=".hdr",
    ),
    Format(
        "MGH",
        rb"\0\0\0\x01(\0...){3}\0\0..\0\0\0[\0\x01\x03\x04\x0a].{260}",
        READERS + "medical.nifti",
        _MEDICAL,
        packed=True,
    ),
    Format(
        "DICOM without preamble",
        rb"[\x02\x08]\0..",
        READERS + "medical.dicom.reader",
        _MEDICAL,
        several=True,
        names=(".dcm", ".ima"),
    ),
    Format("Netpbm", rb"P[1-6][\s#]|P7\n|P[fF]\s", READERS + "pictures.netpbm"),
    Format("BMP", rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", READERS + "pictures.picture"),
    Format("GIF", rb"GIF8[79]a", READERS + "pictures.picture", picks=True),
    Format("CZI", rb"ZISRAWFILE", READERS + "microscopy.czi", _MICROSCOPY, several=True, picks=True),
    Format("ND2", rb"\xda\xce\xbe\x0a", READERS + "microscopy.nd2", _MICROSCOPY, several=True, picks=True),
    Format("LIF", rb"\x70\0\0\0....\x2a", READERS + "microscopy.lif", _MICROSCOPY, several=True, picks=True),
    Format("QOI", rb"qoif", READERS + "pictures.picture"),
    Format("SGI", rb"\x01\xda[\0\x01][\x01\x02]", READERS + "pictures.raster"),
    Format("PCX", rb"\n[\0\x02-\x05]\x01[\x01\x02\x04\x08]", READERS + "pictures.raster"),
    *(
        Format(
            name, magic, READERS + "geo.gdal_raster", "pip install 'pixture[geo]'", several=True, names=names
        )
        for name, magic, names in _GRIDS
    ),
    # TGA has no magic: its header must hold what a header may, to the last bit
    Format(
        "TGA",
        rb".(\0[\x02\x03\n\x0b]\0{5}|\x01[\x01\x09]....[\x0f\x10\x18\x20])"
        rb"\0\0..(?!\0\0)..(?!\0\0)..[\x08\x10\x18\x20][\0-\x3f]",
        READERS + "pictures.raster",
    ),
    Format("NumPy", rb"\x93NUMPY", READERS + "arrays.numpy_file", several=True),
    Format("NumPy (npz)", rb"PK\x03\x04.{26}[^\0]{1,80}?\.npy", READERS + "arrays.numpy_file", several=True),
    Format("MATLAB", rb"MATLAB \d", READERS + "arrays.matlab.reader", _HDF5, several=True),
    Format(
        "HDF5", rb"(.{512}|.{1024}|.{2048})?\x89HDF\r\n\x1a\n", READERS + "arrays.hdf5", _HDF5, several=True
    ),
    # the header, and the data beside it; these may begin with any bytes, so they are the last
    Format("ENVI", _ENVI, READERS + "arrays.envi.reader"),
    Format("ENVI", _ENVI, READERS + "arrays.envi.reader", header=".hdr"),
)

FOLDER_FORMATS: tuple[FolderFormat, ...] = (
    FolderFormat(
        "DICOM",
        ("*.dcm", "*.DCM", "*.ima", "*.IMA"),
        READERS + "medical.dicom.reader",
        _MEDICAL,
        several=True,
        begins=DICOM,
    ),
    FolderFormat(
        "Zarr",
        ("zarr.json", ".zgroup", ".zarray", ".zattrs"),
        READERS + "zarr.reader",
        "pip install 'pixture[zarr]'",
        several=True,
        picks=True,
    ),
)
