"""The steps, oldest first. None changes a row of the log, nor copies its table as Alembic's batch mode does: that loses its guards."""
