"""Alembic's way in: it works in the transaction that `ledger.upkeep` holds open, so that an upgrade is whole or not at all."""

from alembic import context

from ledger.postgresql.guards import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE, transactional_ddl=True)
context.run_migrations()
