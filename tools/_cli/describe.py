"""What the tools offer, in Markdown made from the code: commands and options, settings, exit codes, JSON documents."""

import inspect
import types
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

import attrs
import click

from tools._cli.run import EXIT_CODES
from tools._cli.settings import DEFAULT_DB, ENVIRONMENT, Settings

_TOOLS = Path(__file__).resolve().parent.parent
_PLAIN = {int: "integer", float: "number", str: "text", bool: "true or false", type(None): "null", object: "any value"}


def commands() -> str:
    """Return a chapter for each command: its help, its example, and a table of its arguments and options."""
    return "\n".join(_command(words, command) for words, command in all_commands())


def settings() -> str:
    """Return the table of settings: name, what it decides, flag, environment variable, default."""
    rows = [
        (f"`{field.name}`", field.metadata["meaning"], _flag(field.name), f"`{ENVIRONMENT[field.name]}`", _default(field.default))
        for field in attrs.fields(Settings)
    ]
    return _grid(("setting", "meaning", "flag", "environment", "default"), rows)


def exit_codes() -> str:
    """Return the table of exit codes."""
    return _grid(("exit code", "meaning"), ((code, meaning) for code, meaning in EXIT_CODES.items()))


def documents() -> str:
    """Return a chapter for each JSON document, by schema: what it is, and its fields, those of objects inside it after a dot."""
    return "\n".join(
        f"### `{schema}`\n\n{_summary(kind)}\n\n" + _grid(("field", "type", "meaning"), _fields(kind))
        for schema, kind in sorted(all_schemas().items())
    )


def all_commands() -> list[tuple[str, click.Command]]:
    """Return every command by the words that call it, for example `audit event`; a group that does something itself comes first."""
    found: list[tuple[str, click.Command]] = []
    for name, module in _modules():
        command: click.Command = getattr(module, name)
        if not isinstance(command, click.Group):
            found.append((name, command))
            continue
        if command.invoke_without_command:
            found.append((name, command))
        found += [(f"{name} {word}", nested) for word, nested in sorted(command.commands.items())]
    return found


def all_schemas() -> dict[str, type[Any]]:
    """Return the class of each JSON document by its schema, as the tools' modules declare them in SCHEMAS."""
    return {schema: kind for _, module in _modules() for schema, kind in getattr(module, "SCHEMAS", {}).items()}


def _modules() -> Iterator[tuple[str, types.ModuleType]]:
    for file in sorted(_TOOLS.glob("[a-z]*.py")):
        yield file.stem, import_module(f"tools.{file.stem}")


def _command(words: str, command: click.Command) -> str:
    context = click.Context(command)
    arguments = [part for part in command.params if isinstance(part, click.Argument)]
    options = [part for part in command.params if isinstance(part, click.Option)]
    usage = " ".join([f"tools/{words}", *(part.make_metavar(context) for part in arguments)])
    rows = [(f"`{' '.join([*part.opts, _metavar(part, context)]).strip()}`", part.help or "") for part in options]
    table = "\n" + _grid(("option", "meaning"), rows) if rows else ""
    return f"### `{usage}`\n\n{inspect.cleandoc(command.help or '')}\n{table}"


def _metavar(option: click.Option, context: click.Context) -> str:
    return "" if option.is_flag else option.make_metavar(context)


def _flag(setting: str) -> str:
    flag = f"--{setting.replace('_', '-')}"
    flags = {name for _, command in all_commands() for part in command.params for name in part.opts}
    return f"`{flag}`" if flag in flags else "–"


def _default(value: object) -> str:
    return "`var/data.db` in the project's folder" if value == DEFAULT_DB else f"`{value}`"


def _fields(kind: type[Any], before: str = "") -> Iterator[tuple[str, str, str]]:
    for name, annotation in get_type_hints(kind).items():
        many, inner = holds(annotation)
        path = f"{before}{name}{many}"
        if inner is None:
            yield f"`{path}`", _type(annotation), ""
        else:
            nullable = " or null" if type(None) in get_args(annotation) else ""
            yield f"`{path}`", ("objects" if many else "object") + nullable, _summary(inner)
            yield from _fields(inner, f"{path}.")


def holds(annotation: Any) -> tuple[str, type[Any] | None]:  # noqa: ANN401 - any annotation
    """Return the class of the objects that a field holds (None: it holds none), after `[]` if it is a list of them."""
    if _is_object(annotation):
        return "", annotation
    inner = next(filter(_is_object, get_args(annotation)), None)
    return "[]" if inner is not None and get_origin(annotation) in {list, tuple} else "", inner


def _is_object(annotation: Any) -> bool:  # noqa: ANN401 - any annotation
    return is_typeddict(annotation) or (isinstance(annotation, type) and attrs.has(annotation))


def _type(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        return " or ".join(map(_type, parts))
    if origin in {list, tuple}:
        return f"list: {_type(parts[0])}"
    if origin is dict:
        return "object" if parts[1] is object else f"object by name: {_type(parts[1])}"
    return _PLAIN[annotation]


def _summary(kind: type[Any]) -> str:
    """Return the first paragraph of a class's docstring on one line."""
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())


def _grid(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    cells = [list(columns), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    cells.insert(1, ["---"] * len(cells[0]))
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)
