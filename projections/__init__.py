"""Each plain module is one projection: what its tables are, as a pure function of the log."""
