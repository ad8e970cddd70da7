"""Whether a log is what it was: one file for each check. `ledger.verification.run` makes them all."""
