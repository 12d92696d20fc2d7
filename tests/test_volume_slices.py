"""Slices of a volume on a page: which are shown, how large they are, and that the sliders move them."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import PIL.Image

import pixture
from pixture.imaging.display.montage import montage
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.physical_space.place import Place
from pixture.view.volume_slices import MOST_SLICES, SIDE, slices_html
from tests.browser import PageOf


def ball(times: bool = False) -> pixture.Segmentation:
    """A ball of which planes are twice as far apart as rows and columns."""
    z, y, x = np.mgrid[:30, :60, :60]
    inside = np.hypot(np.hypot(2 * (z - 14.5), y - 29.5), x - 29.5) < 25
    values = np.where(inside, 200, 40).astype(np.uint8)
    if times:
        values = np.stack([values * 0 + 40, values, values * 0 + 40])
    image = image_from_array(values, axes="tzyx" if times else "zyx", spacing=(2.0, 1.0, 1.0), unit="mm")
    return pixture.segment(image, 2, smooth="off")


def films(html: str) -> list[PIL.Image.Image]:
    """The films of labels along z, y and x."""
    found = re.findall(r"background-image:url\(data:image/webp;base64,([^)]*)\)", html)
    return [PIL.Image.open(io.BytesIO(base64.b64decode(one))).convert("RGB") for one in found]


def test_a_ball_is_round_along_every_axis() -> None:
    html = str(slices_html(ball()))
    made = films(html)
    assert [film.size for film in made] == [(SIDE, MOST_SLICES * SIDE)] * 3
    for film in made:
        middle = np.asarray(film)[MOST_SLICES // 2 * SIDE :][:SIDE].astype(int)
        inside = middle[..., 0] > 128  # label 1 is orange
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        assert abs(np.ptp(rows) - np.ptp(columns)) <= 0.05 * np.ptp(rows)
        assert np.ptp(columns) > 0.75 * SIDE


def test_of_several_times_the_middle_one_is_shown() -> None:
    assert films(str(slices_html(ball(times=True))))[0].size == (SIDE, MOST_SLICES * SIDE)


def test_the_report_s_sliders_move_the_slices(tmp_path: Path, page_of: PageOf) -> None:
    path = ball().report(tmp_path / "ball.html")
    page = page_of(path)
    slider = page.locator(".pixture-slices input[type=range]").first
    slider.evaluate("e => { e.value = 3; e.dispatchEvent(new Event('input')) }")
    slice_ = page.locator(".pixture-slices .slice").first
    assert slice_.evaluate("e => e.style.backgroundPosition") == f"0px -{3 * SIDE}px"
    assert page.locator(".pixture-slices output").first.inner_text() == "z 5 of 30"
    labels = slice_.evaluate("e => e.style.backgroundImage")
    page.locator(".pixture-slices input[type=checkbox]").uncheck()
    assert slice_.evaluate("e => e.style.backgroundImage") != labels


def test_what_leads_upwards_is_shown_so() -> None:
    """The bright corner is the first plane and the first row; in a head, the lowest and the hindmost."""
    values = np.full((8, 10, 12), 40, np.uint8)
    values[:3, :4] = 200
    place = Place("NIfTI", None, upwards="yz")
    plain, turned = (
        pixture.segment(image_from_array(values, axes="zyx", place=where), 2, smooth="off")
        for where in (None, place)
    )
    for one, other in zip(films(str(slices_html(plain))), films(str(slices_html(turned))), strict=True):
        assert one.size == other.size
        assert not np.array_equal(np.asarray(one), np.asarray(other))
    shown, upside = montage(plain.image), montage(turned.image)
    assert shown.pixels[0, 0] == 200
    assert upside.pixels[0, 0] == 40
    assert upside.pixels[9, 0] == 200
