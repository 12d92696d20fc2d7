"""The largest memory that a command takes: `python -m benchmarks.peak COMMAND ...` prints it in bytes.

A process of its own, and a small one: the system counts what a parent holds when it starts a command
towards that command.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""Where `python -m benchmarks` finds itself."""


def peak_of(command: list[str]) -> int:
    """Return the most bytes that a command had resident, measured from a small process.

    Raises
    ------
    RuntimeError
        The command failed; the message holds what it said.
    """
    measuring = [sys.executable, "-m", "benchmarks.peak", *command]
    done = subprocess.run(measuring, capture_output=True, encoding="utf-8", check=False, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return int(done.stdout.splitlines()[-1])


def main(command: list[str]) -> int:
    """Run the command, print its peak, return its exit status."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    print(used.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
