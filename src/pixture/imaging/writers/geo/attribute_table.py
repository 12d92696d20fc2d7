"""A raster attribute table, as GDAL keeps it beside a raster: numbers, names and colours of classes."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from pixture.imaging.writers.raster import ClassLook
from pixture.wording import printable

_INTEGER, _TEXT = 0, 2
_COLUMNS = (
    ("Value", _INTEGER, 5),
    ("Class", _TEXT, 2),
    ("R", _INTEGER, 6),
    ("G", _INTEGER, 7),
    ("B", _INTEGER, 8),
)
"""Names, types and uses of its columns (GDALRATFieldType and GDALRATFieldUsage)."""


def attribute_table(classes: Sequence[ClassLook]) -> bytes:
    """Return a .aux.xml file: colours, names and the table of classes, whose labels count from 0.

    >>> text = attribute_table([ClassLook("water", "#0072b2"), ClassLook("", "#e69f00")]).decode()
    >>> "<Category>water</Category>" in text, '<Entry c1="230" c2="159" c3="0" c4="255"/>' in text
    (True, True)
    """
    names = [name_of(label, look) for label, look in enumerate(classes)]
    colours = [tuple(bytes.fromhex(look.colour[1:])) for look in classes]
    entries = "".join(f'<Entry c1="{r}" c2="{g}" c3="{b}" c4="255"/>' for r, g, b in colours)
    fields = "".join(
        f'<FieldDefn index="{at}"><Name>{name}</Name><Type>{kind}</Type><Usage>{use}</Usage></FieldDefn>'
        for at, (name, kind, use) in enumerate(_COLUMNS)
    )
    rows = "".join(
        f'<Row index="{label}">{"".join(f"<F>{cell}</F>" for cell in (label, escape(name), *colour))}</Row>'
        for label, (name, colour) in enumerate(zip(names, colours, strict=True))
    )
    categories = "".join(f"<Category>{escape(name)}</Category>" for name in names)
    return (
        '<PAMDataset><PAMRasterBand band="1"><ColorInterp>Palette</ColorInterp>'
        f"<CategoryNames>{categories}</CategoryNames><ColorTable>{entries}</ColorTable>"
        f'<GDALRasterAttributeTable tableType="thematic">{fields}{rows}</GDALRasterAttributeTable>'
        "</PAMRasterBand></PAMDataset>\n"
    ).encode("utf-8", "replace")


def name_of(label: int, look: ClassLook) -> str:
    """Return what a class is called in a legend: its name, or its number.

    >>> name_of(2, ClassLook("", "#56b4e9"))
    'label 2'
    """
    return printable(look.name) or f"label {label}"
