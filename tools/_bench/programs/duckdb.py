"""Beside projecting: DuckDB, by column and on all cores, from the same lines to clean readings and daily sums in a database file.

Arguments: `rebuild` (timed from a table of raw lines that is there already) or `whole` (timed from the file on, each line hashed and kept
once), the telemetry file, the folder of the registry's files, the database to make.
"""

import sys
import time
from pathlib import Path

import click
import duckdb
import msgspec

_SHAPE = """{"plant_id": "VARCHAR", "inverter_id": "VARCHAR", "event_time": "VARCHAR", "event_id": "VARCHAR", "source": "VARCHAR",
"ac_power": "DOUBLE", "ac_power_unit": "VARCHAR", "dc_power": "DOUBLE", "dc_power_unit": "VARCHAR", "energy_wh_total": "DOUBLE",
"temperature_c": "DOUBLE", "status": "VARCHAR"}"""

_LINES = """SELECT line, row_number() OVER () AS position
FROM read_csv(getvariable('telemetry'), columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '', header = false,
  auto_detect = false)"""

_RAW = f"CREATE TABLE raw AS {_LINES}"

_HASHED = f"""CREATE TABLE raw AS SELECT any_value(line) AS line, min(position) AS position, line_hash
FROM (SELECT line, position, sha256(line) AS line_hash FROM ({_LINES})) GROUP BY line_hash"""  # noqa: S608 - made of constants

_REGISTRY = (
    "CREATE TABLE plants AS SELECT * FROM read_csv(getvariable('registry') || '/plants.csv', header = true, all_varchar = true)",
    """CREATE TABLE inverters AS SELECT * REPLACE (capacity_kw::DOUBLE AS capacity_kw)
FROM read_csv(getvariable('registry') || '/inverters.csv', header = true, all_varchar = true)""",
)

# A line that is no JSON would end the query. Parsed lines are kept: otherwise each column that is asked for parses its line again.
_CLEAN = f"""CREATE TABLE clean AS
WITH parsed AS MATERIALIZED (SELECT position, json_transform(CASE WHEN json_valid(line) THEN line END, '{_SHAPE}') AS message FROM raw),
read AS (
  SELECT position, message.*, TRY_CAST(message.event_time AS TIMESTAMPTZ) AS instant,
    round(message.ac_power * CASE message.ac_power_unit WHEN 'kW' THEN 1000 WHEN 'W' THEN 1 END, 3) AS ac_power_w,
    round(message.dc_power * CASE message.dc_power_unit WHEN 'kW' THEN 1000 WHEN 'W' THEN 1 END, 3) AS dc_power_w
  FROM parsed WHERE message IS NOT NULL
),
plausible AS (
  SELECT read.inverter_id, read.plant_id, instant, position, ac_power_w, dc_power_w, energy_wh_total, temperature_c, status,
    source, event_id
  FROM read JOIN inverters ON read.inverter_id = inverters.inverter_id AND read.plant_id = inverters.plant_id
  WHERE instant IS NOT NULL AND ac_power_w BETWEEN -50 * capacity_kw AND 1200 * capacity_kw AND energy_wh_total >= 0
    AND (temperature_c IS NULL OR temperature_c BETWEEN -60 AND 150)
)
SELECT * FROM plausible QUALIFY row_number() OVER (PARTITION BY inverter_id, instant ORDER BY position DESC) = 1"""  # noqa: S608 - made of constants

_DAILY = """CREATE TABLE daily AS
WITH placed AS (
  SELECT inverter_id, timezone(timezone, instant)::DATE AS local_date, instant, ac_power_w AS power_w,
    energy_wh_total AS counter_wh
  FROM clean JOIN plants USING (plant_id) WHERE timezone IS NOT NULL
),
stepped AS (
  SELECT *, lag(counter_wh) OVER line AS counter_before, lag(power_w) OVER line AS power_before,
    epoch(instant - lag(instant) OVER line) AS seconds
  FROM placed WINDOW line AS (PARTITION BY inverter_id ORDER BY instant)
)
SELECT inverter_id, local_date, count(*) AS reading_count, sum(greatest(counter_wh - counter_before, 0)) AS energy_wh,
  sum(CASE WHEN seconds <= 900 THEN (power_w + power_before) / 2 * seconds / 3600 END) AS energy_power_wh,
  max(power_w) AS power_max_w, avg(power_w) AS power_mean_w, min(instant) AS first_at, max(instant) AS last_at
FROM stepped GROUP BY inverter_id, local_date"""


def main(mode: str, telemetry: str, registry: str, target: str) -> None:
    """Run the statements; print the seconds of those measured, and what to hold our result against."""
    Path(target).unlink(missing_ok=True)
    with duckdb.connect(target) as connection:
        connection.execute("SET VARIABLE telemetry = ?", [telemetry])
        connection.execute("SET VARIABLE registry = ?", [registry])
        began = time.perf_counter()
        for statement in (*_REGISTRY, _HASHED if mode == "whole" else _RAW):
            connection.execute(statement)
        if mode == "rebuild":
            connection.execute("CHECKPOINT")
            began = time.perf_counter()
        for statement in (_CLEAN, _DAILY, "CHECKPOINT"):
            connection.execute(statement)
        seconds = time.perf_counter() - began
        ((readings,),) = connection.execute("SELECT count(*) FROM clean").fetchall()
        ((days, energy_wh),) = connection.execute("SELECT count(*), sum(energy_wh) FROM daily").fetchall()
        ((threads, memory),) = connection.execute("SELECT current_setting('threads'), current_setting('memory_limit')").fetchall()
    found = {"seconds": seconds, "readings": readings, "days": days, "energy_wh": energy_wh, "threads": threads, "memory_limit": memory}
    click.echo(msgspec.json.encode(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
