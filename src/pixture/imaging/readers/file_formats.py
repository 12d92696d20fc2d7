"""What a file is, told by its first bytes: the formats that are read, and those that are only known by name.

Only what is known to arrive whole is read: a format has a reader of its own, or a sentence. Nothing else is
tried, so that no foreign program is ever started for a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pixture.imaging.readers.first_bytes import first_bytes, other_of_pair, unpacked

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
    names
        How the names of its files end, where the first bytes do not tell it from others: all of them, if any
        is given, must end so.
    packed
        Whether its files may be packed by gzip: it is the bytes inside that tell them.
    header
        Of files that say nothing themselves: how the name of the file beside them ends, which begins so.
    """

    name: str
    magic: bytes
    module: str
    install: str = "pip install --upgrade pixture"
    several: bool = False
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
        if self.header:
            beside = other_of_pair(path, self.header)
            head = b"" if beside is None else first_bytes(beside)
        return self.begins(unpacked(head) if self.packed else head)


@dataclass(frozen=True)
class FolderFormat:
    """A format whose images are folders.

    Attributes
    ----------
    name, module, install, several
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

    def is_format_of(self, folder: Path) -> bool:
        """Whether a folder is one."""
        if any(next(folder.glob(pattern), None) is not None for pattern in self.holds):
            return True
        files = islice((path for path in folder.iterdir() if path.is_file()), _LOOK_AT)
        return bool(self.begins) and any(
            re.match(self.begins, first_bytes(path), re.DOTALL) is not None for path in files
        )


@dataclass(frozen=True)
class Foreign:
    """A format that is recognised, but not read; and what to do with it instead."""

    name: str
    magic: bytes
    advice: str

    def begins(self, head: bytes) -> bool:
        """Whether a file that begins so is one."""
        return re.match(self.magic, head, re.DOTALL) is not None


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

FORMATS: tuple[Format, ...] = (
    # first, as what comes before its own bytes may be the head of a TIFF
    Format("DICOM", DICOM, READERS + "dicom.reader", _MEDICAL, several=True),
    Format("TIFF", rb"II\*\0|MM\0\*|II\+\0|MM\0\+", READERS + "tiff.reader", several=True),
    Format("PNG", rb"\x89PNG\r\n\x1a\n", READERS + "png"),
    Format("JPEG", rb"\xff\xd8\xff", READERS + "jpeg"),
    Format("JPEG 2000", rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", READERS + "jpeg2000.reader"),
    Format("WebP", rb"RIFF....WEBP", READERS + "webp"),
    Format("AVIF", rb"....ftyp(avi[fs]|mi[af]1.{4}(?:.{4}){0,9}avi[fs])", READERS + "avif"),
    Format("FITS", rb"SIMPLE  =", READERS + "fits", "pip install 'pixture[astronomy]'"),
    Format("NIfTI", _NIFTI, READERS + "nifti", _MEDICAL, packed=True),
    Format("Analyze", _ANALYZE, READERS + "nifti", _MEDICAL, names=(".hdr", ".hdr.gz"), packed=True),
    Format(
        "NIfTI in two files",
        _NIFTI + rb"|" + _ANALYZE,
        READERS + "nifti",
        _MEDICAL,
        names=(".img", ".img.gz"),
        packed=True,
        header=".hdr",
    ),
    Format(
        "MGH",
        rb"\0\0\0\x01(\0...){3}\0\0..\0\0\0[\0\x01\x03\x04\x0a].{260}",
        READERS + "nifti",
        _MEDICAL,
        packed=True,
    ),
    Format(
        "DICOM without preamble",
        rb"[\x02\x08]\0..",
        READERS + "dicom.reader",
        _MEDICAL,
        several=True,
        names=(".dcm", ".ima"),
    ),
    Format("Netpbm", rb"P[1-6][\s#]|P7\n|P[fF]\s", READERS + "netpbm"),
    Format("BMP", rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", READERS + "picture"),
    Format("GIF", rb"GIF8[79]a", READERS + "picture"),
    Format("QOI", rb"qoif", READERS + "picture"),
    Format("SGI", rb"\x01\xda[\0\x01][\x01\x02]", READERS + "raster"),
    Format("PCX", rb"\n[\0\x02-\x05]\x01[\x01\x02\x04\x08]", READERS + "raster"),
    *(
        Format(name, magic, READERS + "gdal_raster", "pip install 'pixture[geo]'", several=True, names=names)
        for name, magic, names in _GRIDS
    ),
    # TGA has no magic: its header must hold what a header may, to the last bit
    Format(
        "TGA",
        rb".(\0[\x02\x03\n\x0b]\0{5}|\x01[\x01\x09]....[\x0f\x10\x18\x20])"
        rb"\0\0..(?!\0\0)..(?!\0\0)..[\x08\x10\x18\x20][\0-\x3f]",
        READERS + "raster",
    ),
)

FOLDER_FORMATS: tuple[FolderFormat, ...] = (
    FolderFormat(
        "DICOM",
        ("*.dcm", "*.DCM", "*.ima", "*.IMA"),
        READERS + "dicom.reader",
        _MEDICAL,
        several=True,
        begins=DICOM,
    ),
)

_PICTURE = "Convert it to PNG or TIFF"
_DEEP = "Convert it to TIFF, which keeps its depth"
_DATA = "Save the image in it as TIFF, or give its array to pixture.segment in Python"
_UNPACK = "Unpack it and give the images in it"
_PAGE = "Save it as a PNG or TIFF of the size you want"
_FILM = "Save one of its frames as PNG"
_NONE = "Give an image"

FOREIGN = (
    # pictures whose depth, sign, colour or opacity no decoder at hand is known to keep
    Foreign("Photoshop (PSD)", rb"8BPS", "Save it flattened, as TIFF"),
    Foreign("GIMP (XCF)", rb"gimp xcf", "Export it as TIFF or PNG"),
    Foreign("HEIF", rb"....ftyp(hei|hev|hea|mif1|msf1|mia1)", "Convert it to AVIF, PNG or TIFF"),
    Foreign("a raw photograph (CR3)", rb"....ftypcrx ", "Develop it to a 16-bit TIFF"),
    Foreign("a raw photograph", rb"FUJIFILMCCD-RAW|\0MRM|IIRO|IIU\0|FOVb", "Develop it to a 16-bit TIFF"),
    Foreign("JPEG XL", rb"\xff\x0a|\0\0\0\x0cJXL ", _DEEP),
    Foreign("JPEG XR", rb"II\xbc[\0\x01]", _DEEP),
    Foreign("OpenEXR", rb"\x76\x2f\x31\x01", "Convert it to a TIFF of 32-bit floats"),
    Foreign("Radiance HDR", rb"#\?(RADIANCE|RGBE)", "Convert it to a TIFF of 32-bit floats"),
    Foreign("DirectDraw (DDS)", rb"DDS ", _PICTURE),
    Foreign("an icon (ICO)", rb"\0\0\x01\0[^\0]\0", "Save one of its pictures as PNG"),
    Foreign("a cursor (CUR)", rb"\0\0\x02\0[^\0]\0", "Save one of its pictures as PNG"),
    Foreign("an icon (ICNS)", rb"icns", "Save one of its pictures as PNG"),
    Foreign("DCX", rb"\xb1\x68\xde\x3a", _PICTURE),
    Foreign("Sun raster", rb"\x59\xa6\x6a\x95", _PICTURE),
    Foreign("XBM", rb"\s*(/\*.{0,500}\*/\s*)?#define\s+\S+_width\s", _PICTURE),
    Foreign("XPM", rb"/\* XPM \*/", _PICTURE),
    Foreign("a Blizzard texture (BLP)", rb"BLP[12]", _PICTURE),
    Foreign("a texture (FTEX)", rb"FTEX", _PICTURE),
    Foreign("a texture (KTX)", rb"\xabKTX", _PICTURE),
    Foreign("an FLI animation", rb"....[\x11\x12]\xaf", _FILM),
    Foreign("Microsoft Paint (MSP)", rb"DanM|LinS", _PICTURE),
    Foreign("a GIMP brush", rb".{20}GIMP", _PICTURE),
    Foreign("PIXAR", rb"\x80\xe8\0\0", _PICTURE),
    Foreign("McIDAS", rb"\0{7}\x04", _DATA),
    Foreign("IM", rb"Image type: ", _DEEP),
    Foreign("XV thumbnail", rb"P7 332", _PICTURE),
    Foreign("DjVu", rb"AT&TFORM", _PAGE),
    Foreign("BPG", rb"BPG\xfb", _DEEP),
    Foreign("FLIF", rb"FLIF", _DEEP),
    Foreign("JBIG2", rb"\x97JB2", _PICTURE),
    Foreign("MNG", rb"\x8aMNG|\x8bJNG", _FILM),
    Foreign("MrSID", rb"msid", _DEEP),
    # what a program would have to be started for
    Foreign("EPS or PostScript", rb"%!|\x04%!|\xc5\xd0\xd3\xc6", _PAGE),
    Foreign("PDF", rb".{0,1000}?%PDF-\d", _PAGE),
    Foreign("a Windows metafile (WMF)", rb"\xd7\xcd\xc6\x9a|[\x01\x02]\0\x09\0\0[\x01\x03]", _PAGE),
    Foreign("a Windows metafile (EMF)", rb"\x01\0\0\0.{36} EMF", _PAGE),
    Foreign(
        "SVG", rb"(\xef\xbb\xbf)?\s*(<\?xml.{0,2000}?)?(<!--.{0,2000}?-->\s*)?(<!DOCTYPE svg|<svg)", _PAGE
    ),
    # scientific data
    Foreign("MATLAB", rb"MATLAB \d", _DATA),
    Foreign("HDF5", rb"(.{512}|.{1024}|.{2048})?\x89HDF\r\n\x1a\n", _DATA),
    Foreign("HDF4", rb"\x0e\x03\x13\x01", _DATA),
    Foreign("NetCDF", rb"CDF[\x01\x02\x05]", _DATA),
    Foreign("GRIB", rb"GRIB", _DATA),
    Foreign("BUFR", rb"BUFR", _DATA),
    Foreign(
        "NumPy", rb"\x93NUMPY", "Load it with numpy.load and give the array to pixture.segment in Python"
    ),
    Foreign(
        "NumPy (npz)",
        rb"PK\x03\x04.{26}[^\0]{1,80}?\.npy",
        "Load it with numpy.load and give one of its arrays to pixture.segment in Python",
    ),
    Foreign("NRRD", rb"NRRD000", _DATA),
    Foreign("MetaImage", rb"(ObjectType|NDims) *=", _DATA),
    Foreign("ENVI", rb"ENVI\s", _DATA),
    Foreign("Zeiss CZI", rb"ZISRAWFILE", _DATA),
    Foreign("Nikon ND2", rb"\xda\xce\xbe\x0a", _DATA),
    Foreign("Leica LIF", rb"\x70\0\0\0....\x2a", _DATA),
    Foreign(
        "an OLE file (FlashPix, Olympus OIB, Zeiss ZVI or an office document)", rb"\xd0\xcf\x11\xe0", _DATA
    ),
    Foreign("Parquet", rb"PAR1", _DATA),
    Foreign("SQLite", rb"SQLite format 3\0", _NONE),
    Foreign(
        "a model of pixture's", rb".{8}\{.{0,400}pixture", "Give it as the first argument of pixture apply"
    ),
    Foreign("safetensors", rb".{6}\0\0\{\"", _NONE),
    # moving pictures, sound
    Foreign("a video (MP4 or MOV)", rb"....(ftyp|moov|mdat|wide)", _FILM),
    Foreign("a video (Matroska or WebM)", rb"\x1a\x45\xdf\xa3", _FILM),
    Foreign("a video (AVI)", rb"RIFF....AVI ", _FILM),
    Foreign("a video (MPEG)", rb"\0\0\x01[\xb3\xba]", _FILM),
    Foreign("Ogg", rb"OggS", _FILM),
    Foreign("sound", rb"RIFF....WAVE|ID3|fLaC", _NONE),
    # what holds other files
    Foreign("a ZIP archive", rb"PK(\x03\x04|\x05\x06)", _UNPACK),
    Foreign("gzip", rb"\x1f\x8b", _UNPACK),
    Foreign("bzip2", rb"BZh[1-9]", _UNPACK),
    Foreign("xz", rb"\xfd7zXZ\0", _UNPACK),
    Foreign("Zstandard", rb"\x28\xb5\x2f\xfd", _UNPACK),
    Foreign("7-Zip", rb"7z\xbc\xaf\x27\x1c", _UNPACK),
    Foreign("RAR", rb"Rar!\x1a\x07", _UNPACK),
    Foreign("a tar archive", rb".{257}ustar", _UNPACK),
    # programs and text
    Foreign("a program", rb"\x7fELF|MZ.{58}|[\xfe\xce]?\xfa\xed\xfe|\xca\xfe\xba\xbe", _NONE),
    Foreign("a Python pickle", rb"\x80[\x02-\x05][\x95}\]c(]", _DATA),
    Foreign("a PNG that a transfer as text has changed", rb"\x09PNG|.?PNG", "Copy it again, in binary mode"),
    Foreign(
        "an HTML page", rb"(\xef\xbb\xbf)?\s*(<!--.{0,2000}?-->\s*)?(?i:<!doctype html|<html|<head)", _NONE
    ),
    Foreign("XML", rb"(\xef\xbb\xbf)?\s*<\?xml", _NONE),
    Foreign("IPTC or PCD data", rb"\x1c[\x01-\x09]", _PICTURE),
)

_NOT_TEXT = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def looks_like(head: bytes) -> tuple[str, str] | None:
    """Return what a file that is not read looks like, and what to do; None where nothing is known of it.

    >>> looks_like(b"%!PS-Adobe-3.0 EPSF-3.0")
    ('EPS or PostScript', 'Save it as a PNG or TIFF of the size you want')
    >>> looks_like(b"once upon a time")
    ('text', 'Give an image')
    """
    for foreign in FOREIGN:
        if foreign.begins(head):
            return foreign.name, foreign.advice
    if _NOT_TEXT.search(head):
        return None
    try:
        head[:-3].decode()
    except UnicodeDecodeError:
        return None
    return "text", _NONE
