"""A function and its dataclasses of options as a command: the options are the dataclasses' fields."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import Field, dataclass, fields, is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import click
from click.shell_completion import CompletionItem

from pixture.commands.help_pages import SETTINGS, Example, HelpContext, Rows, write_examples, write_sections
from pixture.commands.process.error_messages import Refused, reported
from pixture.files.addresses import place_of
from pixture.options.kinds import Flag, Kind, Name, NameList, Place, WholeOr
from pixture.options.option import Group, option_in


@dataclass(frozen=True)
class Only:
    """Beside a dataclass in a command's signature: the only ones of its options that the command has."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


class Without(Only):
    """Beside a dataclass in a command's signature: its options that the command has not."""


@dataclass(frozen=True)
class Argument:
    """Beside a type in a command's signature: what is given by its place in the command."""

    metavar: str
    help: str
    kind: Kind = Place()  # noqa: RUF009 - it holds nothing
    several: bool = False
    optional: bool = False


class Typed(click.ParamType[Any]):
    """A kind of values, as click reads and completes them."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.name = "value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value that a text stands for."""
        if not isinstance(value, str):
            return value
        try:
            return place_of(value) if isinstance(self.kind, Place) else self.kind.read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return what may stand here: files, or the names that begin so."""
        if isinstance(self.kind, Place):
            return [CompletionItem(incomplete, type="file")]
        kind = self.kind.name if isinstance(self.kind, NameList) else self.kind
        names = kind.names if isinstance(kind, Name) else (kind.word,) if isinstance(kind, WholeOr) else ()
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


class OptionOfField(click.Option):
    """The option that a dataclass's field is."""

    def __init__(self, field: Field[Any]) -> None:
        about = option_in(field)
        long = f"--{field.name.replace('_', '-')}"
        is_flag = isinstance(about.kind, Flag)
        if is_flag and field.default:
            long = f"{long}/--no-{long[2:]}"
        names = [field.name, *([about.short] if about.short else []), long]
        more: dict[str, Any] = (
            {"is_flag": True, "default": field.default} if is_flag else {"type": Typed(about.kind)}
        )
        super().__init__(
            names, help=about.help, metavar=about.metavar or None, required=about.required, **more
        )
        self.field, self.about = field, about

    @property
    def long(self) -> str:
        """Its long name, such as --max-iter."""
        return self.opts[-1]

    @property
    def shown(self) -> str:
        """How it is typed: -k, --components K."""
        long = f"--[no-]{self.long[2:]}" if self.secondary_opts else self.long
        names = f"{self.about.short}, {long}" if self.about.short else f"    {long}"
        return f"{names} {self.about.metavar}".rstrip()

    @property
    def beside(self) -> str:
        """What the help adds: the default, or that it is required."""
        if self.about.required:
            return "[required]"
        return f"[default: {self.in_words}]" if self.in_words else ""

    @property
    def in_words(self) -> str:
        """What holds if it is not given; empty where that goes without saying."""
        value = self.field.default
        if self.about.required:
            return ""
        if self.about.shown_default or value is None or value is False:
            return self.about.shown_default
        return self.long if value is True else str(value)


class ArgumentOfParameter(click.Argument):
    """An argument that a function's parameter is."""

    def __init__(self, name: str, about: Argument) -> None:
        super().__init__(
            [name],
            type=Typed(about.kind),
            nargs=-1 if about.several else 1,
            required=not about.optional,
            metavar=f"[{about.metavar}]" if about.optional else about.metavar + "..." * about.several,
        )
        self.about = about


class Command(click.Command):
    """A command whose help shows its options in groups, after examples."""

    context_class = HelpContext

    def __init__(self, function: Callable[..., None], examples: Sequence[Example]) -> None:
        self.examples = examples
        self.taken = dict(_taken(function))
        params = [made for made, _ in self.taken.values()]
        super().__init__(
            function.__name__,
            callback=reported(self._called(function)),
            params=sorted(params, key=_place),
            context_settings=SETTINGS,
            help=inspect.getdoc(function),
        )

    @property
    def names(self) -> dict[str, str]:
        """What the library's messages call each option, and what the command calls it."""
        mine = [param for param in self.params if isinstance(param, OptionOfField)]
        elsewhere = {param.about.in_python: param.long for param in mine if param.about.in_python}
        return elsewhere | {param.field.name: param.long for param in mine}

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        write_examples(self.examples, formatter)
        write_sections(self.sections(), formatter)

    def sections(self) -> dict[str, Rows]:
        """Return what the help says of arguments and options, by group."""
        found: dict[str, Rows] = {}
        for param in self.params:
            if isinstance(param, ArgumentOfParameter):
                found.setdefault("Arguments", []).append((str(param.metavar), param.about.help))
            elif isinstance(param, OptionOfField):
                rows = found.setdefault(param.about.group.value, [])
                rows.append((param.shown, f"{param.about.help} {param.beside}".rstrip()))
        found.setdefault(Group.RUN.value, []).append(("-h, --help", "Print this help."))
        return found

    def _called(self, function: Callable[..., None]) -> Callable[..., None]:
        classes: dict[str, list[str]] = {}
        for name, (_, parameter) in self.taken.items():
            classes.setdefault(parameter.name, []).append(name)
        parameters = {parameter.name: parameter for _, parameter in self.taken.values()}

        def call(**values: Any) -> None:
            self._refuse_what_excludes(values)
            made: dict[str, Any] = {}
            for name, parameter in parameters.items():
                if parameter.options is None:
                    value = values[name]
                    made[name] = list(value) if isinstance(value, tuple) else value
                else:
                    given = {one: values[one] for one in classes[name] if values[one] is not None}
                    made[name] = parameter.options(**given)
            function(**made)

        return call

    def _refuse_what_excludes(self, values: dict[str, Any]) -> None:
        for param in self.params:
            if isinstance(param, OptionOfField) and values[param.field.name] not in (None, False):
                for other in param.about.excludes:
                    if values[other] not in (None, False):
                        there = next(one for one in self.params if one.name == other)
                        raise Refused(
                            f"{param.long} and {there.opts[-1]} exclude each other; give one of them."
                        )


@dataclass(frozen=True)
class Parameter:
    """A parameter of a command's function: an argument, or a dataclass of options."""

    name: str
    options: Callable[..., Any] | None


def command(*examples: Example) -> Callable[[Callable[..., None]], Command]:
    """Make a command of a function.

    Each parameter of it is a dataclass of options, perhaps `Annotated` with `Only` or `Without`, or is
    `Annotated` with an `Argument`.
    """
    return lambda function: Command(function, examples)


def _taken(function: Callable[..., None]) -> Iterator[tuple[str, tuple[click.Parameter, Parameter]]]:
    """Yield, by its name, each option and argument, and the function's parameter that it goes into."""
    hints = get_type_hints(function, include_extras=True)
    for name in inspect.signature(function).parameters:
        hint, *notes = get_args(hints[name]) if get_origin(hints[name]) is Annotated else [hints[name]]
        if not is_dataclass(hint):
            about = next(note for note in notes if isinstance(note, Argument))
            yield name, (ArgumentOfParameter(name, about), Parameter(name, None))
            continue
        assert isinstance(hint, type)
        for field in fields(hint):
            if all((field.name in note.names) is not isinstance(note, Without) for note in notes):
                yield field.name, (OptionOfField(field), Parameter(name, hint))


def _place(param: click.Parameter) -> tuple[int, bool]:
    """Return where a parameter stands in the help: arguments, then group after group, short names first."""
    if not isinstance(param, OptionOfField):
        return -1, False
    return list(Group).index(param.about.group), not param.about.short
