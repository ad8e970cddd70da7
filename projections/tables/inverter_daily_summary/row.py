"""The row of an inverter's daily summary: every column with its unit and when it is null. Pure."""

from projections.table import column, row_class

FLAGS = {
    "boundary_gap": "Energy placed in this day may have been made late the day before: no counter was read near midnight.",
    "counter_power_disagree": "Integrated power and counter differ by more than 10 %, on a well covered day of at least 1 kWh.",
    "energy_is_lower_bound": "The inverter may have made more: a gap begins or closes in this day, its counter was reset or "
    "replaced in it or right after it, or values before the first line were thrown out.",
    "pending_counter": "Counter values of this day are not yet decided; the figure is provisional.",
    "restated": "Something this row rests on arrived after the day was due to be settled.",
    "window_open": "Nothing shows that the plant's production began or ended where its readings do; the day may be cut short.",
}

QUALITY = ("no_data", "poor", "usable", "good")
"""From worst to best."""

_NO_SEGMENT = "no two readings with it lie close enough together"
_NO_WINDOW = "the plant did not produce that day, or in one reading only"


@row_class
class InverterDailySummary:
    """One inverter on one local day of its plant."""

    inverter_id: str = column("The inverter.")
    local_date: str = column("The plant's local date.", store="date")
    plant_id: str = column("The plant the inverter is registered under.")
    timezone: str = column("The plant's IANA zone, whose midnights bound the day.")
    day_start_utc: int = column("First instant of the day.", store="instant")
    day_end_utc: int = column("First instant after the day.", store="instant")
    day_seconds: float = column("Length of the day: 82 800, 86 400 or 90 000 in most zones.", unit="s")
    energy_wh: float | None = column(
        "The headline: energy the inverter's lifetime counter places in the day; from power where energy_source says so.",
        unit="Wh",
        null="no counter step is placed in the day and power does not stand in",
    )
    energy_source: str = column("Where energy_wh comes from: counter, power or none.")
    gap_wh: float = column("Counter energy that belongs to no single day; it is shown on the day whose reading closes the gap.", unit="Wh")
    energy_power_wh: float | None = column("AC power above zero, integrated over covered time.", unit="Wh", null=_NO_SEGMENT)
    avg_ac_power_w: float | None = column("Time-weighted mean of AC power over covered time, signed.", unit="W", null=_NO_SEGMENT)
    sample_mean_ac_power_w: float | None = column("Plain mean of AC power over readings.", unit="W", null="no reading has power")
    max_ac_power_w: float | None = column("Largest AC power read.", unit="W", null="no reading has power")
    max_ac_power_at: int | None = column("Earliest reading of that power.", null="no reading has power", store="instant")
    min_temperature_c: float | None = column("Lowest temperature read.", unit="°C", null="no reading has a temperature")
    max_temperature_c: float | None = column("Highest temperature read.", unit="°C", null="no reading has a temperature")
    avg_temperature_c: float | None = column("Time-weighted mean of the temperature over covered time.", unit="°C", null=_NO_SEGMENT)
    reading_count: int = column("Readings: clean events but placeholder rows and glitches above the counter line.")
    duplicate_count: int = column("Events rejected as duplicate_reading.")
    rejected_count: int = column("Events of the day rejected for any other reason, as far as their inverter and time could be read.")
    glitch_count: int = column("Counter values off the line.")
    placeholder_count: int = column("Rows of zeros that stand for lost data.")
    expected_count: int = column("Readings a whole day would have at step_seconds.")
    step_seconds: int = column("The inverter's step that day: the most frequent one, or that of a day before, or 300.", unit="s")
    coverage_day: float = column("Covered share of the day.", unit="1")
    coverage_window: float | None = column("Covered share of the plant's production window.", unit="1", null=_NO_WINDOW)
    window_start_utc: int | None = column("First reading of the plant at production power.", null=_NO_WINDOW, store="instant")
    window_end_utc: int | None = column("Last such reading.", null=_NO_WINDOW, store="instant")
    longest_gap_seconds: float | None = column("Longest uncovered stretch of the production window.", unit="s", null=_NO_WINDOW)
    first_production_at: int | None = column(
        "First reading at or above 1 % of the nameplate (at least 10 W).", null="none", store="instant"
    )
    last_production_at: int | None = column("Last such reading.", null="none", store="instant")
    production_seconds: float | None = column("Covered time between readings both at that power.", unit="s", null="none")
    fault_seconds: float | None = column("Time in status fault.", unit="s", null="no status is known that day")
    derated_seconds: float | None = column("Time in status derated.", unit="s", null="no status is known that day")
    standby_seconds: float | None = column("Time in status standby.", unit="s", null="no status is known that day")
    availability: float | None = column(
        "1 − time in fault, off or maintenance / time of known status, both inside the production window.",
        unit="1",
        null="the status is known for less than half of the window, or there is no window",
    )
    capacity_factor: float | None = column("energy_wh / (nameplate × length of the day).", unit="1", null="energy or nameplate is null")
    specific_yield_kwh_per_kw: float | None = column("Energy per kW of AC nameplate.", unit="kWh/kW", null="energy or nameplate is null")
    at_rated_seconds: float | None = column(
        "Covered time between readings both at 98 % of the nameplate or more.", unit="s", null="no nameplate"
    )
    stale_seconds: float = column("Time in runs of six or more readings in the window that repeat one power, not zero.", unit="s")
    counter_first_wh: float | None = column("The counter line's first value in the day.", unit="Wh", null="no accepted counter value")
    counter_last_wh: float | None = column("The counter line's last value in the day.", unit="Wh", null="no accepted counter value")
    counter_resets: int | None = column("New counter lines that begin in the day.", null="no accepted counter value")
    flags: str = column("What is remarkable about the day: comma-joined sorted names. Empty: nothing.")
    quality: str = column("How complete the day is: good, usable, poor, or no_data where there is no reading.")
    settles_at: int | None = column("48 h after the day's end, when late data is due.", null="something is pending", store="instant")
    log_position: int = column("Largest log position among the inverter's events of the day and the registrations in force.")
