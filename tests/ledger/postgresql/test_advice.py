import psycopg
import pytest

from ledger.postgresql.advice import advise, passes, shows_damage

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


@pytest.mark.parametrize(
    ("cause", "damage"),
    [
        (psycopg.errors.DataCorrupted("invalid page in block 7"), True),
        (psycopg.errors.IoError("could not read block 7"), True),
        (psycopg.errors.UndefinedColumn('column "payload" does not exist'), True),
        (psycopg.errors.UndefinedTable('relation "event_log" does not exist'), True),
        (psycopg.errors.RaiseException("said by a function of others"), True),
        (psycopg.errors.InsufficientPrivilege("permission denied for table event_log"), False),
        (psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"), False),
        (psycopg.errors.QueryCanceled("canceling statement due to statement timeout"), False),
        (psycopg.OperationalError("server closed the connection unexpectedly"), False),
    ],
)
def test_what_is_damaged_or_altered_is_told_from_what_the_machine_does(cause: Exception, damage: bool) -> None:  # noqa: FBT001
    assert shows_damage(cause) == damage
