"""What the transcripts need of the sqlite3 shell, from Python's own module, so that no program beside Python is asked for.

Flags: -readonly, -header. Arguments: the file, then statements or `.backup FILE`. Values are printed as the shell's list mode prints them.
"""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path


def statements(text: str) -> Iterator[str]:
    """Yield one statement at a time of a text with several."""
    whole = ""
    for piece in text.split(";"):
        whole += piece + ";"
        if sqlite3.complete_statement(whole):
            if whole.strip(" ;\n"):
                yield whole
            whole = ""


def show(value: object) -> str:
    """Return a value as list mode prints it: NULL as nothing, bytes as text."""
    if value is None:
        return ""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def run(connection: sqlite3.Connection, text: str, *, header: bool) -> None:
    """Run the statements, or the one dot command, of an argument, and print its rows."""
    if text.startswith(".backup "):
        with closing(sqlite3.connect(text.split(maxsplit=1)[1])) as target:
            connection.backup(target)
        return
    for statement in statements(text):
        rows = connection.execute(statement)
        printed = header and rows.description
        for row in rows:
            if printed:
                sys.stdout.write("|".join(column[0] for column in rows.description) + "\n")
                printed = False
            sys.stdout.write("|".join(map(show, row)) + "\n")


def main() -> int:
    """Do as the arguments say; an error ends with 1, and with the shell's words for it."""
    flags = {one for one in sys.argv[1:] if one in ("-readonly", "-header")}
    file, *texts = [one for one in sys.argv[1:] if one not in flags]
    mode = "ro" if "-readonly" in flags else "rwc"
    uri = file if file.startswith("file:") else f"{Path(file).absolute().as_uri()}?mode={mode}"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            for text in texts:
                run(connection, text, header="-header" in flags)
    except sqlite3.Error as error:
        sys.stdout.flush()
        sys.stderr.write(f"Error: stepping, {error} ({error.sqlite_errorcode & 0xFF})\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
