"""The directive `command-line`: the command's own help as sections and tables.

    ```{command-line} pixture.cli:app pixture
    ```

Commands, their examples and their options are found by walking the application, so that a new one needs no
line here.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

HEADS = ("name", "default", "meaning")


class CommandLine(SphinxDirective):
    """Arguments: where the application is (module:name), and what the command is called."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        """Return the program's own help, then a section a command."""
        module, _, attribute = self.arguments[0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        return described(command, context(command, self.arguments[1]))


def context(command: Any, name: str, parent: Any = None) -> Any:
    """Return the context in which a command says its usage."""
    return command.context_class(command, info_name=name, parent=parent, **command.context_settings)


def described(command: Any, here: Any) -> list[nodes.Node]:
    """Return what a command says of itself, and a section for each of its commands."""
    usage = command.get_usage(here).removeprefix("Usage:").strip()
    found: list[nodes.Node] = [nodes.literal_block(usage, usage, language="text")]
    found += [nodes.paragraph("", "", *spoken(text)) for text in paragraphs(command.help or "")]
    found.append(examples(command.examples))
    found += tables(command, here)
    for name, below in getattr(command, "commands", {}).items():
        if not below.hidden:
            found.append(section(below, context(below, name, here)))
    return found


def section(command: Any, here: Any) -> nodes.section:
    """Return the section of a command."""
    made = nodes.section(ids=[anchor(here)], names=[here.command_path])
    made += nodes.title("", "", nodes.literal("", here.command_path))
    made += described(command, here)
    return made


def anchor(here: Any, param: Any = None) -> str:
    """Return the anchor of a command, or of one of its options."""
    path = here.command_path if param is None else f"{here.command_path} {param.name}"
    return nodes.make_id(path)


def examples(given: Any) -> nodes.literal_block:
    """Return examples as they may be typed, each after what it does."""
    lines = "\n\n".join(f"# {example.does}\n{example.typed}" for example in given)
    return nodes.literal_block(lines, lines, language="shell")


def tables(command: Any, here: Any) -> Iterator[nodes.Node]:
    """Yield the arguments, then each group of options, under its title."""
    groups: dict[str, list[Any]] = {}
    for param in command.get_params(here):
        about = getattr(param, "about", None)
        group = getattr(about, "group", None)
        title = group.value if group else "Arguments" if about else "More"
        groups.setdefault(title, []).append(param)
    for title, params in groups.items():
        yield nodes.rubric("", title)
        yield table(params, here)


def table(params: list[Any], here: Any) -> nodes.table:
    """Return the table of arguments and options."""
    head = nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in HEADS))
    body = nodes.tbody("", *(row(param, here) for param in params))
    columns = [nodes.colspec(colwidth=width) for width in (35, 15, 50)]
    group = nodes.tgroup("", *columns, nodes.thead("", head), body, cols=len(HEADS))
    return nodes.table("", group, classes=["options"])


def row(param: Any, here: Any) -> nodes.row:
    """Return the row of an argument or an option: how it is typed, its default, its help."""
    said = param.help if param.param_type_name == "option" else param.about.help
    cells = (list(typed(param)), default(param), spoken(said or ""))
    entries = [nodes.entry("", *([nodes.paragraph("", "", *cell)] if cell else [])) for cell in cells]
    return nodes.row("", *entries, ids=[anchor(here, param)])


def typed(param: Any) -> Iterator[nodes.Node]:
    """Yield how a parameter is typed: each of its names, then what stands for its value."""
    if param.param_type_name == "argument":
        yield nodes.literal("", param.metavar)
        return
    for number, name in enumerate([*param.opts, *param.secondary_opts]):
        if number:
            yield nodes.Text(", ")
        yield nodes.literal("", name)
    if param.metavar:
        yield nodes.Text(" ")
        yield nodes.emphasis("", param.metavar.replace("|", " | "))


def default(param: Any) -> list[nodes.Node]:
    """Return what holds if a parameter is not given."""
    if param.required:
        return [nodes.Text("required")]
    words = getattr(param, "in_words", "")
    if not words:
        return []
    return [nodes.Text(words) if param.about.shown_default else nodes.literal("", words)]


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a help text.

    >>> paragraphs("One, over two" + chr(10) + "lines." + chr(10) * 2 + "Another.")
    ['One, over two lines.', 'Another.']
    """
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", inspect.cleandoc(text)) if part.strip()]


def spoken(text: str) -> list[nodes.Node]:
    """Return a help text with what stands in backticks, and what is an option or a file's ending, as code."""
    parts = re.split(r"`([^`]+)`|(?<![\w-])(--?[a-z][\w-]*)", text)
    found: list[nodes.Node] = []
    for plain, quoted, option in zip(parts[::3], [*parts[1::3], None], [*parts[2::3], None], strict=True):
        found.append(nodes.Text(plain))
        if quoted or option:
            found.append(nodes.literal("", quoted or option))
    return found


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive."""
    app.add_directive("command-line", CommandLine)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
