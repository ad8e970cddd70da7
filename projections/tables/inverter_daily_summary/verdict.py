"""The headline energy of a day, its flags and its quality. Pure."""

import attrs

from projections.tables.counter_days import CounterDayRow

COVERAGE_FOR_POWER_MIN = 0.9
_GOOD_COVERAGE, _USABLE_COVERAGE = 0.95, 0.75
_DISAGREE_SHARE, _DISAGREE_WH_MIN = 0.1, 1e3


@attrs.frozen
class Energy:
    """A day's headline energy (Wh) and its source: counter, power or none."""

    wh: float | None
    source: str


def energy_of(counter: CounterDayRow | None, power_wh: float | None, coverage_window: float | None, *, window_open: bool) -> Energy:
    """Take the counter's energy; power stands in where no accepted step spans any of the day and a closed window is covered to 90 %."""
    if counter is not None and counter.energy_mwh is not None:
        return Energy(counter.energy_mwh / 1e3, "counter")
    spanned = counter is not None and counter.spanned
    if spanned or window_open or power_wh is None or coverage_window is None or coverage_window < COVERAGE_FOR_POWER_MIN:
        return Energy(None, "none")
    return Energy(power_wh, "power")


def disagrees(energy: Energy, power_wh: float | None, coverage_window: float | None) -> bool:
    """Return whether integrated power and counter differ by more than 10 %, on a day covered well enough to tell."""
    if energy.source != "counter" or energy.wh is None or power_wh is None or coverage_window is None:
        return False
    if energy.wh < _DISAGREE_WH_MIN or coverage_window < COVERAGE_FOR_POWER_MIN:
        return False
    return abs(power_wh - energy.wh) > _DISAGREE_SHARE * energy.wh


def flags_of(counter: CounterDayRow | None, *, window_open: bool, restated: bool, disagree: bool) -> list[str]:
    """Name a day's flags, sorted."""
    named = {
        "boundary_gap": counter is not None and counter.boundary_gap,
        "counter_power_disagree": disagree,
        "energy_is_lower_bound": counter is not None and counter.lower_bound,
        "pending_counter": counter is not None and counter.pending > 0,
        "restated": restated,
        "window_open": window_open,
    }
    return sorted(name for name, holds in named.items() if holds)


def quality_of(reading_count: int, coverage_window: float | None, flags: list[str]) -> str:
    """Grade a day by its coverage of the production window and by what is open about its energy."""
    if reading_count == 0:
        return "no_data"
    coverage = coverage_window or 0.0
    if coverage >= _GOOD_COVERAGE and not {"energy_is_lower_bound", "pending_counter", "window_open"}.intersection(flags):
        return "good"
    return "usable" if coverage >= _USABLE_COVERAGE else "poor"
