"""The types in the comments of the page's modules hold, as TypeScript's compiler sees them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

VERSION = "5.9.3"
SETTINGS = Path(__file__).with_name("tsconfig.json")


def cache() -> Path:
    """Return the folder that keeps what tests fetch, once on a machine."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pixture-tests"


@pytest.fixture(scope="module")
def compiler() -> list[str]:
    """The command of TypeScript's compiler; tests are skipped where there is no Node, or no registry."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("there is no Node: types of the page are checked where nodejs and npm are installed")
    there = cache() / f"typescript-{VERSION}"
    program = there / "node_modules" / "typescript" / "bin" / "tsc"
    if not program.exists():
        new = there.with_name(f"{there.name}.{os.getpid()}")
        new.mkdir(parents=True, exist_ok=True)
        fetch = [npm, "install", "--prefix", str(new), "--no-audit", "--no-fund", f"typescript@{VERSION}"]
        try:
            done = subprocess.run(fetch, capture_output=True, encoding="utf-8", timeout=180)
            if done.returncode:
                pytest.skip(f"npm does not reach its registry: {done.stderr.strip()[-300:]}")
            if not there.exists():
                new.rename(there)
        except subprocess.TimeoutExpired:
            pytest.skip("npm does not reach its registry within three minutes")
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return [node, str(program)]


def complaints(compiler: list[str], settings: Path) -> list[str]:
    command = [*compiler, "-p", str(settings), "--pretty", "false"]
    run = subprocess.run(command, capture_output=True, encoding="utf-8")
    return [line for line in run.stdout.splitlines() if line]


def test_the_types_of_the_page_hold(compiler: list[str]) -> None:
    assert complaints(compiler, SETTINGS) == []


def test_a_wrong_type_is_found(compiler: list[str], tmp_path: Path) -> None:
    (tmp_path / "wrong.js").write_text(
        '/** @param {number} n */\nexport const f = (n) => n + 1;\nf("two");\n'
    )
    settings = tmp_path / "tsconfig.json"
    settings.write_text(json.dumps({"extends": str(SETTINGS), "include": ["wrong.js"]}))
    (found,) = complaints(compiler, settings)
    assert "wrong.js(3,3): error TS2345" in found
