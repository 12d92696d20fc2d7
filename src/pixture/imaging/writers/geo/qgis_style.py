"""Styles by which QGIS draws what is written: each class in its colour, with its name in the legend."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from pixture.imaging.writers.geo.attribute_table import name_of
from pixture.imaging.writers.raster import ClassLook

_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def raster_style(classes: Sequence[ClassLook]) -> bytes:
    """Return a .qml file for a raster of labels, which QGIS loads with the raster of the same name.

    >>> b'value="0" color="#0072b2" label="water"' in raster_style([ClassLook("water", "#0072b2")])
    True
    """
    entries = "".join(
        f'<paletteEntry value="{label}" color="{look.colour}" label={quoteattr(name_of(label, look))} '
        'alpha="255"/>'
        for label, look in enumerate(classes)
    )
    return (
        f'{_HEAD}<qgis version="3.0" styleCategories="Symbology"><pipe><rasterrenderer type="paletted" '
        f'band="1" opacity="1" alphaBand="-1" nodataColor=""><colorPalette>{entries}</colorPalette>'
        "</rasterrenderer></pipe></qgis>\n"
    ).encode("utf-8", "replace")


def polygon_style(field: str, looks: Sequence[tuple[int, ClassLook]]) -> bytes:
    """Return a .qml file for polygons, each drawn in the colour of the number in one of their fields.

    >>> style = polygon_style("label", [(0, ClassLook("water", "#0072b2"))]).decode()
    >>> 'attr="label"' in style, 'value="0"' in style, '"0,114,178,255"' in style
    (True, True, True)
    """
    categories, symbols = [], []
    for at, (number, look) in enumerate(looks):
        red, green, blue = bytes.fromhex(look.colour[1:])
        label = quoteattr(name_of(number, look))
        categories.append(f'<category value="{number}" label={label} symbol="{at}" render="true"/>')
        symbols.append(
            f'<symbol type="fill" name="{at}" alpha="1"><layer class="SimpleFill" enabled="1" locked="0" '
            f'pass="0"><Option type="Map">'
            f'<Option type="QString" name="color" value="{red},{green},{blue},255"/>'
            '<Option type="QString" name="style" value="solid"/><Option type="QString" name="outline_style" '
            'value="no"/></Option></layer></symbol>'
        )
    return (
        f'{_HEAD}<qgis version="3.0" styleCategories="Symbology"><renderer-v2 type="categorizedSymbol" '
        f'attr={quoteattr(field)} symbollevels="0" enableorderby="0"><categories>{"".join(categories)}'
        f"</categories><symbols>{''.join(symbols)}</symbols></renderer-v2></qgis>\n"
    ).encode("utf-8", "replace")
