"""Every check there is: `python -m tests`, as continuous integration runs it.

Arguments are passed on to pytest; `python -m tests -m "slow or not slow"` also runs the long tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""For workers side by side: there is one a core, and BLAS's threads would spin while they wait for a core."""


def run(
    title: str, *command: object, folder: Path = ROOT, environment: Mapping[str, str] | None = None
) -> None:
    """Run a command, with these variables set besides; end here, with its status, if it fails."""
    print(f"\n=== {title}", flush=True)
    began = time.monotonic()
    # whatever the terminal's encoding: what a check reads and prints is the same everywhere
    settings = os.environ | {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"} | dict(environment or {})
    words = [str(word) for word in command]
    status = subprocess.run(words, cwd=folder, env=settings, check=False).returncode
    if status:
        sys.exit(f"=== {title}: failed with status {status}")
    print(f"=== {title}: passed in {time.monotonic() - began:.0f} s", flush=True)


def wheel_works() -> None:
    """Build the wheel, install it alone into an empty environment, and run the demo from there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run("build the wheel", sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT)
        venv.create(folder / "empty", with_pip=True)
        scripts = folder / "empty" / ("Scripts" if sys.platform == "win32" else "bin")
        (wheel,) = folder.glob("*.whl")
        run("install the wheel", scripts / "python", "-m", "pip", "install", "--quiet", wheel)
        run("run the demo from the wheel", scripts / "pixture", "demo", folder=folder)
        files = list((folder / "pixture-demo").iterdir())
        if len(files) != 24:
            sys.exit(f"the demo wrote {len(files)} files, not 24")


def main(arguments: list[str]) -> None:
    """Run the checks, the quick ones first."""
    run("lint", sys.executable, "-m", "ruff", "check")
    run("format", sys.executable, "-m", "ruff", "format", "--check")
    run("types", sys.executable, "-m", "mypy")
    wheel_works()
    # a worker a core; a file's tests stay together, as they share fixtures. The speeds that the gate compares
    # are taken alone.
    gate = "tests/test_gate.py"
    shared = ("--numprocesses=auto", "--dist=loadfile", "--durations=25", f"--ignore={gate}")
    run("tests", sys.executable, "-m", "pytest", *shared, *arguments, environment=ONE_THREAD)
    run("speed gate", sys.executable, "-m", "pytest", gate)


if __name__ == "__main__":
    main(sys.argv[1:])
