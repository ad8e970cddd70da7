import psycopg
import pytest

from ledger.postgresql.advice import advise, passes

NO_PRIMARY = psycopg.OperationalError("connection failed: connection refused; connection failed: session is read-only")
RECOVERY = psycopg.errors.FeatureNotSupported("cannot set transaction read-write mode during recovery")


@pytest.mark.parametrize("cause", [NO_PRIMARY, RECOVERY])
def test_what_a_standby_refuses_is_told_as_such(cause: Exception) -> None:
    told = advise(cause)
    assert told
    assert told[0].startswith("the server is a read-only standby")


def test_a_feature_that_is_missing_is_a_mistake_of_ours() -> None:
    assert advise(psycopg.errors.FeatureNotSupported("cannot do that")) is None


def test_a_failover_under_way_is_waited_for_and_a_standby_named_by_itself_is_not() -> None:
    assert passes(NO_PRIMARY)
    assert not passes(RECOVERY)
    assert not passes(psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"))
