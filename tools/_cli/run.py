"""What every tool shares: how it starts and ends, its common options, and how it opens the database."""

import io
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click

from ledger.errors import LedgerError
from ledger.gc_tuning import collect_seldom
from ledger.source.read import readable_name
from tools._cli.settings import load_settings
from tools._cli.terminal import printable

_INTERRUPTED, _TERMINATED = 130, 143
EXIT_CODES = {
    0: "It is done.",
    1: "It could not be done, for example because the disk is full; standard error says in one line what, where, and what to do.",
    2: "The command or a setting cannot be what it is; standard error says which.",
    3: "Something is not what it should be: a verification found differences, or a figure is not the sum of its steps.",
    _INTERRUPTED: "Ctrl-C. What was finished is kept; the same command goes on.",
    _TERMINATED: "SIGTERM, likewise.",
}


class Terminated(BaseException):
    """SIGTERM has come: what is under way is rolled back, like on Ctrl-C."""


class Text(click.ParamType[str]):
    """An argument that is text and no path, so that bytes which are not UTF-8 can come as escapes, as they do in names of sources."""

    name = "text"

    def convert(self, value: str, _param: click.Parameter | None, _context: click.Context | None) -> str:
        """Return the text."""
        return readable_name(value)


TEXT = Text()


def run(command: click.Command) -> NoReturn:
    """Run a tool and end with one of EXIT_CODES."""
    signal.signal(signal.SIGTERM, _terminate)
    collect_seldom()
    name = f"tools/{command.name}"
    try:
        sys.exit(command.main(prog_name=name, standalone_mode=False) or 0)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        click.echo("\n".join(map(printable, shown.getvalue().rstrip("\n").split("\n"))), err=True)
        sys.exit(error.exit_code)
    except LedgerError as error:
        _end(f"{name}: {error}", error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        _end(f"{name}: interrupted; what was finished is kept, the rest was not begun: run it again to go on", _INTERRUPTED)
    except Terminated:
        _end(f"{name}: terminated; what was finished is kept, the rest was not begun: run it again to go on", _TERMINATED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _terminate(_signal: int, _frame: object) -> NoReturn:
    raise Terminated


def _end(line: str, code: int) -> NoReturn:
    click.echo(printable(line), err=True)
    sys.exit(code)


def db_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--db`; the tool gets the URL that settings decide on."""
    meaning = "Database, for example sqlite:///var/data.db. Default: LEDGER_DB, or var/data.db in the project's folder."
    return _setting_option("db", "URL", meaning)(command)


def inverter_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument INVERTER."""
    return click.argument("inverter", type=TEXT)(command)


def date_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument DATE, a local date; the tool gets it as `local_date`."""
    return click.argument("local_date", type=TEXT, metavar="DATE")(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")(command)


def log_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--log-format`."""
    meaning = "How log lines on standard error look: text (default) or one JSON object each. Also LEDGER_LOG_FORMAT."
    return _setting_option("log_format", "text|json", meaning)(command)


def _setting_option(name: str, metavar: str, meaning: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the decorator that adds the flag of a setting; the tool gets what flag, environment and file decide on."""
    return click.option(
        f"--{name.replace('_', '-')}",
        metavar=metavar,
        callback=lambda _context, _parameter, value: getattr(load_settings({name: value}), name),
        help=meaning,
    )
