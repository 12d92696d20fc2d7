"""A page that says why something is refused, and what to do."""

from __future__ import annotations

from html import escape

from starlette.responses import Response


def refusal_page(title: str, sentence: str, *, status: int = 403, refresh: bool = False) -> Response:
    """Return a page of one sentence; with `refresh` a browser asks for the studio's page at once.

    >>> refusal_page("No", "Not this way.").status_code
    403
    """
    again = '<meta http-equiv="refresh" content="0;url=/">\n' if refresh else ""
    html = (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{again}'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n<p>{escape(sentence)}</p>\n</main>\n</body>\n</html>\n"
    )
    return Response(html, status, {"cache-control": "no-store"}, "text/html")
