"""How property tests draw their examples: always the same ones in the gate, new ones while exploring."""

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

GATE, EXPLORE = "gate", "explore"


def register() -> None:
    """Make both profiles known and load the gate's; `--hypothesis-profile=explore` loads the other one."""
    # Neither a slow machine nor an example that an earlier run kept may decide whether a test passes.
    steady = settings(database=None, deadline=None, print_blob=False, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile(GATE, steady, derandomize=True)
    # A seed is given on the command line. To explain a failure takes long, and its remarks are no part of an example to paste.
    # Hypothesis draws the same examples wherever CI is set, unless told otherwise.
    unexplained = [phase for phase in steady.phases if phase.name != "explain"]
    settings.register_profile(EXPLORE, steady, derandomize=False, phases=unexplained)
    settings.load_profile(GATE)
    _forget_the_constants_of_loaded_modules()


def _forget_the_constants_of_loaded_modules() -> None:
    """Have examples depend on the test alone.

    Hypothesis also draws the constants it finds in the source of whatever modules happen to be loaded: a test would get other examples
    alone than after its neighbours, and others on each worker.
    """
    nothing = Constants()
    providers._get_local_constants = lambda: nothing  # noqa: SLF001 - there is no public switch; a test sees that this one works
