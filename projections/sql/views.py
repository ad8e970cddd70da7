"""Read-only views over projection tables."""

import sqlalchemy as sa

from projections.sql.drivers import driver_of

VIEWS = {
    "inverter_daily_summary_final": """
SELECT summary.*,
       CASE WHEN summary.settles_at IS NULL THEN 0 WHEN applied.newest_recorded_at > {settles_at} THEN 1 ELSE 0 END AS is_final,
       applied.position AS applied_position
FROM inverter_daily_summary summary
JOIN checkpoint applied ON applied.projection = 'inverter_daily_summary'
""",
    "held_plants": """
SELECT inverters.plant_id, plants.timezone, COALESCE(NULLIF(plants.issues, ''), 'not_registered') AS reason,
       COUNT(*) AS inverters, 'timezone_missing' AS held_as
FROM inverters LEFT JOIN plants ON plants.plant_id = inverters.plant_id
WHERE plants.timezone IS NULL
GROUP BY inverters.plant_id, plants.timezone, plants.issues
""",
}


def create_views(connection: sa.Connection) -> None:
    """Create the views that are missing."""
    settles_at = driver_of(connection).micros("summary.settles_at")
    for name in VIEWS.keys() - set(sa.inspect(connection).get_view_names()):
        connection.exec_driver_sql(f'CREATE VIEW "{name}" AS {VIEWS[name].format(settles_at=settles_at)}')


def drop_views(connection: sa.Connection) -> None:
    """Drop the views, as the tables below them are to be renamed."""
    for name in VIEWS:
        connection.exec_driver_sql(f'DROP VIEW IF EXISTS "{name}"')
