"""Eight processes append overlapping files while commits are undone, sessions ended and processes killed."""

from pathlib import Path
from time import sleep

import pytest

from tests.support.appenders import Appender, Tail, appenders, content, raw_connection, until

LINES = [b'{"event_time":"2025-04-%02dT06:%02d:%02dZ","n":%d}' % (1 + n * 7 % 28, n // 60 % 60, n % 60, n) for n in range(3_200)]
ROUNDS = 5
# Every 20th commit fails, in turn by an error that may be tried again and by the end of its session.
MISCHIEF = """CREATE SEQUENCE mischief_commits;
CREATE FUNCTION mischief() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n bigint := nextval('mischief_commits');
BEGIN
  IF n % 40 = 0 THEN PERFORM pg_terminate_backend(pg_backend_pid());
  ELSIF n % 20 = 0 THEN RAISE EXCEPTION USING ERRCODE = 'serialization_failure'; END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER mischief AFTER INSERT OR UPDATE ON delivery DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION mischief();
CREATE TABLE unrelated (n bigint)"""


def overlapping_files() -> list[list[bytes]]:
    """Return eight files of 1600 lines; each line is in four of them, every time in another place."""
    steps = (1, 3, 7, 9, 11, 13, 17, 19)  # prime to 1600
    return [[LINES[(400 * file + n * step % 1600) % len(LINES)] for n in range(1600)] for file, step in enumerate(steps)]


def kill_and_begin_again(writers: list[Appender]) -> None:
    """End three at a time in mid-run, each time after all three have acknowledged something since they began."""
    for n in range(ROUNDS):
        victims = [writers[(n + 3 * m) % len(writers)] for m in range(3)]
        before = [one.batches() for one in victims]
        until(lambda: all(one.batches() > said or one.ended() for one, said in zip(victims, before, strict=True)), "appenders go on")  # noqa: B023 - called here
        for one in victims:
            sleep(n * 7 % 10 / 100)
            one.end()
            one.start()


@pytest.mark.invariant("I2", "I3", "I7")
def test_each_line_is_there_once_whatever_befalls_those_who_append(server_url: str, tmp_path: Path) -> None:
    with raw_connection(server_url) as raw:
        raw.execute(MISCHIEF)
    with raw_connection(server_url) as unrelated, Tail(server_url).following() as tail:
        unrelated.execute("INSERT INTO unrelated SELECT size FROM log_head")
        with appenders(server_url, tmp_path, overlapping_files()) as writers:
            kill_and_begin_again(writers)
            for one in writers:
                one.wait()
        commits = unrelated.execute("SELECT last_value FROM mischief_commits").fetchone()
        unrelated.rollback()
    with raw_connection(server_url) as raw:
        raw.execute("DROP TRIGGER mischief ON delivery")
    found = content(server_url)
    assert sorted(event.payload for event in found if event.line_number) == sorted(LINES)
    assert [event.position for event in found] == list(range(len(found)))
    assert tail.seen == [(event.position, event.payload) for event in found]
    assert set().union(*(one.acknowledged() for one in writers)) == set(LINES)
    assert commits
    assert commits[0] > 400  # so 20 of them at least were undone
