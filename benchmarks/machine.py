"""Where the benchmarks ran: processor, memory, versions."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pixture
from benchmarks.report import Row
from pixture.parallel import available_threads

LIBRARIES = ("numpy", "scipy", "numba", "pillow", "scikit-learn", "scikit-image", "matplotlib")


def installed(distribution: str) -> str | None:
    """Return the version of a distribution, or None.

    >>> installed("no-such-thing") is None
    True
    """
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def machine(peers: list[str]) -> Row:
    """Return what there is to know of this machine and of the libraries compared."""
    versions = {name: installed(name) or "absent" for name in (*LIBRARIES, *peers)}
    return {
        "processor": _processor(),
        "processors available": available_threads(),
        "memory": _memory(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "pixture": pixture.__version__,
        **versions,
    }


def _processor() -> str:
    """Return the processor's name, its widest vectors with it."""
    facts = Path("/proc/cpuinfo")
    if not facts.exists():
        return platform.processor() or platform.machine()
    lines = dict(line.split(":", 1) for line in facts.read_text(encoding="utf-8").splitlines() if ":" in line)
    named = {key.strip(): value.strip() for key, value in lines.items()}
    flags = named.get("flags", "").split()
    widest = next((flag for flag in ("avx512f", "avx2", "avx") if flag in flags), "")
    return " ".join(part for part in (named.get("model name", platform.machine()), widest) if part)


def _memory() -> str | None:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
