"""The site builds without a warning, shows all there is, and leads nowhere that is not there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

import pixture
from pixture.cli import app
from pixture.imaging.readers.identification.file_formats import FORMATS
from pixture.imaging.readers.identification.foreign_formats import FOREIGN

ROOT = Path(__file__).parents[1]
MADE_BY_SPHINX = {"genindex.html", "py-modindex.html", "search.html"}


class Page(HTMLParser):
    """A page's tags with their attributes, its anchors, and its text outside of code and scripts."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._inside: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.anchors = {attributes["id"] for _, attributes in self.tags if "id" in attributes}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag in {"code", "pre", "script", "style"}:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.text += data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    """Every page of the site by its path, built once."""
    out = tmp_path_factory.mktemp("site")
    # the tutorial runs in test_tutorial.py
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-D", "nb_execution_mode=off"]
    built = subprocess.run(
        [*command, "docs", str(out)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return {path: Page(path) for path in sorted(out.rglob("*.html"))}


def page(site: dict[Path, Page], name: str) -> Page:
    return next(page for path, page in site.items() if path.as_posix().endswith(f"/{name}.html"))


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, f"{path} {name}")


def test_every_public_name_is_described(site: dict[Path, Page]) -> None:
    anchors = set().union(*(page.anchors for path, page in site.items() if path.parent.name == "api"))
    assert {f"pixture.{name}" for name in pixture.__all__} <= anchors


def test_nothing_private_is_described(site: dict[Path, Page]) -> None:
    anchors = set().union(*(page.anchors for path, page in site.items() if path.parent.name == "api"))
    private = [name for name in anchors if re.search(r"^pixture\.(.*\.)?_(?!_version)", name)]
    assert private == []


def test_types_are_readable(site: dict[Path, Page]) -> None:
    assert not [path for path, page in site.items() if "ForwardRef" in page.text]


def test_every_command_and_option_is_described(site: dict[Path, Page]) -> None:
    anchors = page(site, "command-line").anchors
    expected = set()
    for path, command in commands(app, "pixture"):
        params = [param for param in command.params if not getattr(param, "hidden", False)]
        expected |= {f"{path} {param.name}" for param in params}
        if path != "pixture":
            expected.add(path)
    assert {re.sub(r"[ _]", "-", name) for name in expected} <= anchors


def test_every_format_is_named(site: dict[Path, Page]) -> None:
    text = " ".join(page(site, "file-formats").text.split()).replace("’", "'")
    for name in (*(form.name for form in FORMATS), *(form.name for form in FOREIGN)):
        assert name in text, name


def test_equations_are_drawn(site: dict[Path, Page]) -> None:
    equations = [tag for tag, _ in page(site, "how-em-works").tags if tag == "math"]
    assert len(equations) > 30
    for path, shown in site.items():
        assert not re.search(r"\$\$|\\(frac|sum|mathcal|begin|Sigma)\b", shown.text), path


def test_no_page_asks_the_network(site: dict[Path, Page]) -> None:
    for path, shown in site.items():
        for tag, attributes in shown.tags:
            source = attributes.get("src", "")
            if tag == "link":
                source = attributes.get("href", "")
            assert not re.match(r"(https?:)?//", source), (path, source)


def test_every_link_and_picture_is_there(site: dict[Path, Page]) -> None:
    for path, shown in site.items():
        if path.name in MADE_BY_SPHINX:
            continue
        for _, attributes in shown.tags:
            for target in (attributes.get("href"), attributes.get("src")):
                parts = urlsplit(target or "")
                if not target or parts.scheme:
                    continue
                file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
                assert file.exists(), (path, target)
                if parts.fragment and file in site:
                    assert unquote(parts.fragment) in site[file].anchors, (path, target)
