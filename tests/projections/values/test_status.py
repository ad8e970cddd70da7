import pytest

from projections.values.status import STATUSES, read_status


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("ok normal running on-grid mppt run OK", "running"),
        ("off shutdown Shutdown", "off"),
        ("sleeping waiting night", "sleeping"),
        ("starting", "starting"),
        ("derated throttled curtailed limited", "derated"),
        ("stopping", "stopping"),
        ("fault error alarm TRIPPED", "fault"),
        ("standby \u017ftandby", "standby"),  # the long s folds to s
        ("maintenance", "maintenance"),
        ("offline", "offline"),
    ],
)
def test_words_have_their_canonical_status(words, status):
    assert {read_status(word)[0] for word in words.split()} == {status}


def test_words_of_two_words_are_known_and_the_raw_word_is_kept():
    assert read_status(" No Irradiation ") == ("sleeping", " No Irradiation ")
    assert read_status("communication disconnected") == ("offline", "communication disconnected")


def test_null_stays_null():
    assert read_status(None) == (None, None)


@pytest.mark.parametrize(
    ("value", "raw"),
    [("blinking", "blinking"), ("", ""), ("unknown", "unknown"), (5, "5"), (True, "true"), (1.5, "1.5"), ({"a": [1]}, '{"a": [1]}')],
)
def test_anything_else_is_unknown(value, raw):
    assert read_status(value) == ("unknown", raw)


def test_no_word_means_two_statuses():
    words = [word for group in STATUSES.values() for word in group]
    assert len(words) == len(set(words))
