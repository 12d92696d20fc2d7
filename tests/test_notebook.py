"""How results show themselves in a notebook: whole pages, small, with nothing of a name taken for a tag."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import PIL.Image
import pytest

import pixture
from pixture import Mixture
from pixture.arrays import Array
from pixture.imaging.display.label_colours import hexadecimal, label_colours
from pixture.view.pages.page import page

VOID = {"img", "br", "meta", "link"}


class Shown(Protocol):
    def _repr_html_(self) -> str: ...


class Reader(HTMLParser):
    """Reads a part of a page: its tags must close in the order they opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.pictures: list[PIL.Image.Image] = []
        self.swatches: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "img":
            kind, data = given["src"].split(";base64,")
            picture = PIL.Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
            picture.load()
            assert kind == f"data:{PIL.Image.MIME[str(picture.format)]}"
            assert given["alt"]
            self.pictures.append(picture)
        elif given.get("class") == "pixture-swatch":
            self.swatches.append(given["style"].removeprefix("background:"))
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def read(result: Shown) -> Reader:
    html = result._repr_html_()
    assert len(html) < 1_000_000
    assert not re.search(r"https?:|<script", html)
    return Reader(html)


def mixture_of(d: int, K: int) -> Mixture:
    generator = np.random.default_rng(4)
    means, variances = generator.normal(0, 1000, (K, d)), generator.uniform(1e-3, 10, (K, d))
    return Mixture(generator.dirichlet(np.ones(K)), means, variances, "diagonal")


def test_a_segmentation_shows_four_pictures_and_a_row_a_label(china: Array) -> None:
    result = pixture.segment(china, 3)
    shown = read(result)
    assert [picture.size for picture in shown.pictures] == [(640, 427)] * 4
    assert shown.swatches == [hexadecimal(colour) for colour in label_colours(3)]
    assert shown.rows[0] == ["label", "share", "uncertain", "R", "G", "B"]
    assert [row[1] for row in shown.rows[1:]] == [
        f"{share:.1%}".replace("%", " %") for share in result.shares
    ]
    picture = np.asarray(shown.pictures[0].convert("RGB")).astype(float)
    assert np.abs(picture - china).mean() < 4


def test_a_large_image_is_shown_small(china: Array) -> None:
    shown = read(pixture.segment(np.tile(china, (4, 4, 1)), 3))
    assert all(picture.size[0] * picture.size[1] <= 400_000 for picture in shown.pictures)


@pytest.mark.parametrize("dtype", ["u2", "f4"])
@pytest.mark.parametrize("channels", [1, 2, 10])
def test_images_of_any_kind(dtype: str, channels: int) -> None:
    values = (
        np.random.default_rng(1).integers(0, 9, (20, 30, channels)) + np.repeat([0, 60], 15)[None, :, None]
    )
    mask = np.ones((20, 30), bool)
    mask[:3] = False
    shown = read(pixture.segment(values.astype(dtype), 2, mask=mask))
    assert len(shown.pictures) == 4
    assert len({len(row) for row in shown.rows}) == 1
    assert len(shown.rows[0]) == (10 if channels == 10 else 3 + channels)


@pytest.mark.parametrize("d", [1, 2, 3, 10])
@pytest.mark.parametrize("K", [1, 12, 40])
def test_mixtures_of_any_size(d: int, K: int) -> None:
    mixture = mixture_of(d, K)
    shown = read(mixture)
    assert len(shown.pictures) == 1
    assert len(shown.rows) == 1 + (25 if K == 40 else K)
    assert {len(row) for row in shown.rows} == {9 if d == 10 else 2 + d}
    assert max(len(cell) for row in shown.rows for cell in row) < 26
    assert ("Not shown" in mixture._repr_html_()) == (K == 40 or d == 10)


def test_a_fit_says_why_it_stopped() -> None:
    values = np.random.default_rng(0).normal(0, 1, (200, 2))
    fitted = pixture.fit(values, 2, max_iter=2, accelerate=False)
    applied = pixture.apply(fitted.mixture, values.reshape(20, 10, 2)).fit
    for fit in (fitted, applied):
        shown = read(fit)
        assert len(shown.pictures) == 2
        assert fit.stop.value in fit._repr_html_()
        assert len(shown.rows) == 1 + fit.mixture.components


def test_a_selection_shows_its_best_row_bold(china: Array) -> None:
    selection = pixture.select(china[::4, ::4], range(1, 4))
    shown = read(selection)
    assert len(shown.pictures) == 1
    assert [row[0] for row in shown.rows] == ["K", "1", "2", "3"]
    best = str(selection.best.components)
    assert re.findall(r'class="pixture-best"><td>(\d)', selection._repr_html_()) == [best]


def test_what_a_file_or_a_channel_is_called_is_no_tag(tmp_path: Path, china: Array) -> None:
    hostile = "<img src=x onerror=alert(1)>&\"'"
    path = tmp_path / f"{hostile}.png"
    PIL.Image.fromarray(china[:40, :40]).save(path)
    html = pixture.segment(path, 2)._repr_html_()
    assert Reader(html).tags.count("img") == 4
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;" in html
    cells: dict[str, Any] = {"cells": [hostile], "colour": "#000000", "best": False}
    parts = {"pictures": [], "plots": [], "sentences": [hostile], "more": hostile}
    written = Reader(page("notebook.html", head=[hostile], rows=[cells], **parts))
    assert "img" not in written.tags
    assert written.rows == [[hostile], [hostile]]
