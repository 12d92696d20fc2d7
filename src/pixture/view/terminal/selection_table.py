"""The numbers of components that were compared, as a table."""

from __future__ import annotations

import math

from rich.table import Table

from pixture.mixture.model_selection.selection import Selection
from pixture.wording import plural

BAR = 12
"""Characters of the longest bar of a curve."""


def selection_table(selection: Selection) -> Table:
    """Return the candidates and, as bars, the curve: how far the criterion of each is above the best."""
    name = selection.criterion.upper()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("K", "covariance", "parameters", "log-likelihood", name, "above best"):
        table.add_column(column, justify="left" if column == "covariance" else "right")
    table.add_column("")
    rows = selection.table()
    most = max(row["above_best"] for row in rows) or 1.0  # all are as good as the best
    for row in rows:
        above = row["above_best"]
        table.add_row(
            str(row["components"]),
            row["covariance"],
            f"{row['parameters']:,}",
            f"{row['log_likelihood']:.4f}",
            f"{row[selection.criterion]:,.1f}",
            f"{above:,.1f}",
            "◀ best" if row["best"] else _bar(math.sqrt(above / most), BAR),
            style="bold" if row["best"] else "",
        )
    return table


def selection_line(selection: Selection) -> str:
    """Return what is chosen, and how many pixels it rests on, in a sentence or two."""
    best, size, total = selection.best, selection.effective_size, selection.total_weight
    worth = "as many independent ones"
    if size < 0.995 * total:
        worth = f"{size:,.0f} independent ones ({total / size:.3g} to one)"
    return (
        f"{plural(best.components, 'component')}, {best.covariance} covariance. "
        f"{plural(round(total), 'pixel')}, worth {worth}. The log-likelihood is per pixel, "
        f"over {_over(selection)}. "
        "Bars are as long as the root of what is above the best."
    )


def _over(selection: Selection) -> str:
    """Return which pixels the candidates are fitted to, and in what."""
    where = "all of them"
    if selection.compared_weight < selection.total_weight:
        where = f"the {selection.compared_weight:,.0f} away from edges"
    if selection.directions is not None:
        where += f" and in their {len(selection.directions)} principal components"
    return where


def _bar(share: float, width: int) -> str:
    """Return a bar in eighths of a character.

    >>> _bar(0.5, 4), _bar(0.3, 4)
    ('██', '█▎')
    """
    eighths = round(share * width * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
