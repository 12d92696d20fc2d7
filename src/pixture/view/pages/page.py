"""Pages out of the templates beside this file; whatever is put into them is escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("pixture.view.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, **values: Any) -> Markup:
    """Return a template filled in; text is escaped, what another template made is not escaped again."""
    return Markup(_environment().get_template(template).render(**values))
