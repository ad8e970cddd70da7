"""A pytest plugin that writes down what property tests fail on, as explicit examples to paste. Loaded by `explore`.

`--finds FILE` gets one JSON object a line for each test, as soon as it has run: `test`, `error` (None if it passed) and `examples`.
"""

import hashlib
import json
import re
import signal
from collections.abc import Generator, Iterable
from pathlib import Path

import attrs
import pytest

_ARGUMENT = re.compile(r"^ {4}(?=(\w+)=)", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare --finds."""
    parser.addoption("--finds", help="the file that gets what property tests fail on")


def pytest_configure(config: pytest.Config) -> None:
    """Have one process write, which all workers report to; have each end when told to, even where a shell has its jobs ignore that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Writer(Path(config.getoption("--finds"))))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests by the seed, so that a search cut short does not always leave out the same ones."""
    seed = config.getoption("--hypothesis-seed")
    items.sort(key=lambda item: hashlib.sha256(f"{seed} {item.nodeid}".encode()).digest())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what a test failed on to its report."""
    report = yield
    if report.failed and call.excinfo is not None:
        shown = getattr(item, "_hypothesis_failing_examples", [])
        report.user_properties.append(("error", call.excinfo.exconly().split("\n", 1)[0]))
        report.user_properties.append(("examples", [example_of(text, getattr(item, "funcargs", {})) for text in shown]))
    return report


def example_of(call: str, fixtures: Iterable[str]) -> str:
    """Return the `@example(…)` of a call as Hypothesis shows it, one argument a line, without the arguments that are fixtures.

    With the fixture `book`, `test_x(book=<Book>, n=3)` is `@example(n=3)`.
    """
    _, *parts = _ARGUMENT.split(call.rstrip().removesuffix(")"))
    arguments = [text for name, text in zip(parts[::2], parts[1::2], strict=True) if name not in fixtures]
    return "@example(\n" + "".join(f"    {text}" for text in arguments) + ")"


@attrs.frozen
class _Writer:
    """Writes a line for each test that has run or failed."""

    file: Path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write one test's line."""
        if report.when == "call" or report.failed:
            found = {"error": None, "examples": []} | {str(name): value for name, value in report.user_properties}
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"test": report.nodeid, "error": found["error"], "examples": found["examples"]}) + "\n")
