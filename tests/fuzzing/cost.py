"""What files cost: the most memory and time for each byte of theirs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.fuzzing.hunt import LONGEST, Worker

Cost = tuple[str, int, int, float]
"""What it is; its bytes; bytes of memory above what the process had; seconds."""

ROWS = 12

SMALL = 4096
"""Bytes that every file counts for at least: what is paid for any file at all is no one's fault."""


def costs_of(folder: Path) -> list[Cost]:
    """Read every file in a folder, and return what each cost; one that hung or died has taken `LONGEST`."""
    worker = Worker()
    found = []
    try:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = path.read_bytes()
            operation = "load" if path.suffix in (".pixture", ".safetensors") else "read"
            answer = worker.ask(operation, content, LONGEST)
            memory, seconds = answer.get("memory", 0), answer.get("seconds", LONGEST)
            found.append((str(path.relative_to(folder)), len(content), memory, seconds))
    finally:
        worker.close()
    return found


def table(title: str, costs: Iterable[Cost]) -> str:
    """Return the dearest files as a table in Markdown, by memory and by time."""
    costs = list(costs)
    lines = [f"{title}: {len(costs)} files", ""]
    columns = {
        "memory": lambda cost: cost[2] / max(cost[1], SMALL),
        "time": lambda cost: cost[3] / max(cost[1], SMALL),
    }
    for what, dear in columns.items():
        lines += [
            f"| by {what} | bytes | memory, MB | a byte | seconds | µs a byte |",
            "|---|--:|--:|--:|--:|--:|",
        ]
        for name, size, memory, seconds in sorted(costs, key=dear, reverse=True)[:ROWS]:
            counted = max(size, SMALL)
            lines.append(
                f"| {name} | {size:,} | {memory / 2**20:.1f} | {memory / counted:,.0f} | {seconds:.3f} "
                f"| {seconds / counted * 1e6:,.1f} |"
            )
        lines.append("")
    lines.append(f"Per byte, a file counts for {SMALL:,} bytes at least.")
    return "\n".join(lines)
