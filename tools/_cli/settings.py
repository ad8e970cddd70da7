"""Settings: flags over environment over a TOML file over defaults; every error names the setting and where its value came from."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict

import attrs
import cattrs

from ledger.errors import UsageError

ROOT = Path(__file__).resolve().parent.parent.parent
DEFAULT_DB = f"sqlite:///{ROOT / 'var' / 'data.db'}"
_BATCH_EVENTS_MAX = 1_000_000
_PROCESSES_MAX = 64
_TIMEOUT_MIN_S, _TIMEOUT_MAX_S = 0.001, 86_400
_FILES = (("heliolog.toml", ()), ("pyproject.toml", ("tool", "heliolog")))


def _setting(default: Any, meaning: str) -> Any:  # noqa: ANN401 - attrs reads the annotation
    return attrs.field(default=default, metadata={"meaning": meaning})


class TimeoutsMs(TypedDict):
    """How long a lock is waited for, and how long a server may work at one statement."""

    lock_timeout_ms: int
    statement_timeout_ms: int


@attrs.frozen(kw_only=True)
class Settings:
    """What every tool can be told; each field's metadata says its `meaning`."""

    db: str = _setting(DEFAULT_DB, "The database: sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME.")
    log_format: Literal["text", "json"] = _setting("text", "How log lines on standard error look: text or json.")
    batch_events: int = _setting(20_000, "How many events tools/project applies in one transaction: 1 to 1000000.")
    processes: int = _setting(0, "How many processes may help a long run of tools/project: 1 for none beside it, 0 for one a core; to 64.")
    lock_timeout: float = _setting(30.0, "How long another program's lock is waited for (s), 0.001 to 86400.")
    statement_timeout: float = _setting(600.0, "How long a server may work at one statement (s), 0.001 to 86400.")
    run_timeout: float = _setting(600.0, "How long tools/project waits for another run or, on a server, for readers of tables (s).")

    @processes.validator
    def _check_processes(self, _attribute: "attrs.Attribute[int]", value: int) -> None:
        if not 0 <= value <= _PROCESSES_MAX:
            raise ValueError(f"not in 0 (as many as there are cores) to {_PROCESSES_MAX}")

    @lock_timeout.validator
    @statement_timeout.validator
    @run_timeout.validator
    def _check_timeout(self, _attribute: "attrs.Attribute[float]", value: float) -> None:
        if not _TIMEOUT_MIN_S <= value <= _TIMEOUT_MAX_S:
            raise ValueError(f"not in {_TIMEOUT_MIN_S} to {_TIMEOUT_MAX_S} seconds")

    @batch_events.validator
    def _check_batch(self, _attribute: "attrs.Attribute[int]", value: int) -> None:
        if not 1 <= value <= _BATCH_EVENTS_MAX:
            raise ValueError(f"not in 1 to {_BATCH_EVENTS_MAX}")

    def timeouts_ms(self) -> TimeoutsMs:
        """Return the two timeouts of a database, in the words of the functions that open it."""
        return {"lock_timeout_ms": round(self.lock_timeout * 1000), "statement_timeout_ms": round(self.statement_timeout * 1000)}


ENVIRONMENT = {
    "db": "LEDGER_DB",
    "log_format": "LEDGER_LOG_FORMAT",
    "batch_events": "LEDGER_BATCH_EVENTS",
    "processes": "LEDGER_PROCESSES",
    "lock_timeout": "LEDGER_LOCK_TIMEOUT",
    "statement_timeout": "LEDGER_STATEMENT_TIMEOUT",
    "run_timeout": "LEDGER_RUN_TIMEOUT",
}


def load_settings(flags: Mapping[str, Any], environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Return the settings: `flags` (None: not given) over the environment over a file in `folder` over the defaults.

    For example `load_settings({"db": None}, {"LEDGER_DB": "sqlite:///a.db"}).db`. Raise UsageError, naming the setting and where its value
    came from, if it cannot have that value.
    """
    environ = os.environ if environment is None else environment
    values, origins = _from_file(Path.cwd() if folder is None else folder)
    for name, variable in ENVIRONMENT.items():
        if environ.get(variable):
            values[name], origins[name] = environ[variable], f"environment variable {variable}"
    for name, value in flags.items():
        if value is not None:
            values[name], origins[name] = value, f"flag --{name.replace('_', '-')}"
    return _structure(values, origins)


def _from_file(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    for name, path in _FILES:
        file = folder / name
        if not file.is_file():
            continue
        try:
            found: Any = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{file}: not a TOML file ({error})") from error
        for key in path:
            found = found.get(key, {})
        if found:
            return dict(found), dict.fromkeys(found, str(file))
    return {}, {}


def _structure(values: dict[str, Any], origins: dict[str, str]) -> Settings:
    known = {field.name for field in attrs.fields(Settings)}
    for name in values.keys() - known:
        raise UsageError(f"{origins[name]}: there is no setting {name!r}; there are {', '.join(sorted(known))}")
    converter = cattrs.Converter(forbid_extra_keys=True)
    for name in sorted(values):
        try:
            converter.structure({name: values[name]}, Settings)
        except (cattrs.ClassValidationError, ValueError) as error:
            raise UsageError(f"{origins[name]}: {name} cannot be {values[name]!r} ({_cause(error)})") from error
    return converter.structure(values, Settings)


def _cause(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error).split("\n", 1)[0]
