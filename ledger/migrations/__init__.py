"""How an older schema becomes today's: one file in `versions/` for each step, run by `ledger.upkeep` through Alembic."""
