"""The colours of CIE Lab."""

from __future__ import annotations

import numpy as np
import pytest

from pixture.imaging.feature_space.lab_colour import lab

# Lindbloom's calculator (brucelindbloom.com), sRGB, D65, no adaptation
PUBLISHED = {
    "ff0000": (53.2408, 80.0925, 67.2032),
    "00ff00": (87.7347, -86.1827, 83.1793),
    "0000ff": (32.2970, 79.1875, -107.8602),
    "00ffff": (91.1132, -48.0875, -14.1312),
    "ff00ff": (60.3242, 98.2343, -60.8249),
    "ffff00": (97.1393, -21.5537, 94.4780),
    "808080": (53.5850, 0.0, 0.0),
    "ffffff": (100.0, 0.0, 0.0),
    "000000": (0.0, 0.0, 0.0),
}


@pytest.mark.parametrize("colour", PUBLISHED)
def test_published_values(colour: str) -> None:
    srgb = np.array(list(bytes.fromhex(colour))) / 255
    np.testing.assert_allclose(lab(srgb), PUBLISHED[colour], atol=0.03)


def test_greys_have_no_hue_and_rise() -> None:
    found = lab(np.repeat(np.linspace(0, 1, 256)[:, None], 3, axis=1))
    np.testing.assert_allclose(found[:, 1:], 0, atol=1e-12)
    assert (np.diff(found[:, 0]) > 0).all()


def test_both_curves_are_continuous() -> None:
    for joint in (0.04045, 0.0930):  # the display's curve; near where f changes, of greys
        around = lab([[joint - 1e-7] * 3, [joint + 1e-7] * 3])
        np.testing.assert_allclose(around[0], around[1], atol=1e-3)
