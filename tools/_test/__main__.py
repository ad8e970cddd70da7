"""`tools/test --quick` and `tools/test --explore`; every other argument goes to pytest, from the launcher."""

import secrets
import sys

import click

from tools._test import explore, quick

HELP = """Run the tests, in an environment of their own.

\b
tools/test [ARGUMENT …]      the whole suite on all cores; arguments go to pytest
tools/test --quick           the check before every commit, under a minute: lint,
                             format, types, import contracts, and the tests that
                             need no database, server, process or shared data
tools/test --explore [PATH …]
                             search at random: the property tests of PATH (default:
                             all) again and again with other examples, and print
                             each failure as an example to paste above its test

Every run of the suite draws the same examples, so that it never fails by chance; only --explore draws new ones.
"""


@click.command(help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--quick", "mode", flag_value="quick", help="The check before every commit.")
@click.option("--explore", "mode", flag_value="explore", help="Search at random for failures.")
@click.option("--seconds", type=click.IntRange(min=1), default=60, show_default=True, help="How long to explore; Ctrl-C ends it sooner.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), help="Where to begin: the seed that a find was printed with [default: a new one]."
)
@click.argument("paths", nargs=-1)
def main(mode: str | None, seconds: int, seed: int | None, paths: tuple[str, ...]) -> None:
    """Run what was asked for; exit with 1 if it failed."""
    if mode == "quick":
        if paths:
            raise click.UsageError("--quick takes no paths: to run some tests, name them without it")
        sys.exit(quick.run())
    if mode is None:
        raise click.UsageError("--seconds and --seed belong to --explore")
    sys.exit(explore.run(paths, seconds=seconds, seed=secrets.randbelow(2**32) if seed is None else seed))


if __name__ == "__main__":
    main(prog_name="tools/test")
