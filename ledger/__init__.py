"""The immutable side: events, the log and its proofs; knows nothing of projections."""
