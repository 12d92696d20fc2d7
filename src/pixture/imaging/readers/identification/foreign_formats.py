"""Formats that are known only by name: what a file looks like, and what to do with it instead."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Foreign:
    """A format that is recognised, but not read; and what to do with it instead."""

    name: str
    magic: bytes
    advice: str

    def begins(self, head: bytes) -> bool:
        """Whether a file that begins so is one."""
        return re.match(self.magic, head, re.DOTALL) is not None


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
    Foreign("HDF4", rb"\x0e\x03\x13\x01", _DATA),
    Foreign("NetCDF", rb"CDF[\x01\x02\x05]", _DATA),
    Foreign("GRIB", rb"GRIB", _DATA),
    Foreign("BUFR", rb"BUFR", _DATA),
    Foreign("NRRD", rb"NRRD000", _DATA),
    Foreign("MetaImage", rb"(ObjectType|NDims) *=", _DATA),
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
