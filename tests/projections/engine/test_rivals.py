"""Rows of a batch are parted by whether they conflict: with each other, with other events of the batch, or with stored rows."""

from collections.abc import Collection
from typing import Any

import attrs
import pytest

from projections.definition.event_projection import EventProjection, Judgement, last_statement_wins, registry_does_not_matter
from projections.engine.rivals import Key, Parted, Rivals, settle
from projections.table import Table, column


@attrs.frozen
class Row:
    """What an inverter reported."""

    inverter_id: str = column("The inverter.")
    event_time: int = column("When.", store="instant")
    position: int = column("Log position.")


TABLE = Table(name="t", row=Row, key=("inverter_id", "event_time"), subject_and_time=("inverter_id", "event_time"))


class Store:
    """Stored keys, and what was asked of them."""

    def __init__(self, *keys: Key) -> None:
        self.keys = set(keys)
        self.asked_latest: list[str] = []
        self.asked_keys: list[set[Key]] = []
        self.rivals = Rivals(TABLE, self.latest, self.among)

    def latest(self, subject: str) -> int | None:
        self.asked_latest.append(subject)
        return max((instant for name, instant in self.keys if name == subject), default=None)

    def among(self, keys: Collection[Key]) -> set[Key]:
        self.asked_keys.append(set(keys))
        return self.keys & set(keys)

    def part(self, *keys: Key, others: Collection[Key] = ()) -> Parted:
        """Part rows with these keys, at positions from 0."""
        names, instants = [name for name, _ in keys], [instant for _, instant in keys]
        return self.rivals.part((names, instants, list(range(len(keys)))), others)


def positions(parted: Parted) -> tuple[list[int], list[int]]:
    """Return the positions of the rows alone, and of the rivals."""
    return parted.alone[2], [judgement.row.position for judgement in parted.rivals]


def test_rows_newer_than_all_stored_ones_are_alone_and_nothing_is_looked_up() -> None:
    store = Store(("a", 10))
    parted = store.part(("a", 11), ("b", 5), ("a", 12))
    assert positions(parted) == ([0, 1, 2], [])
    assert parted.times == {"a": [11, 12], "b": [5]}
    assert store.asked_keys == [set()]


def test_the_latest_stored_instant_is_asked_for_once() -> None:
    store = Store(("a", 10))
    store.part(("a", 11))
    store.part(("a", 12), others=[("a", 13)])
    assert store.asked_latest == ["a"]


def test_a_key_stated_twice_in_the_batch_makes_rivals_in_log_order() -> None:
    parted = Store().part(("a", 1), ("a", 2), ("b", 1), ("a", 1))
    assert positions(parted) == ([1, 2], [0, 3])
    assert parted.times == {"a": [2], "b": [1]}
    assert parted.rivals[0] == Judgement(("a", 1), "t", Row("a", 1, 0))


def test_a_row_and_another_event_of_the_batch_are_rivals() -> None:
    assert positions(Store().part(("a", 1), ("a", 2), others=[("a", 2), ("c", 1), ("b", 1)])) == ([0], [1])


def test_a_stored_row_is_a_rival_and_only_keys_that_are_not_newer_are_looked_up() -> None:
    store = Store(("a", 10), ("a", 20))
    assert positions(store.part(("a", 10), ("a", 15), ("a", 21))) == ([1, 2], [0])
    assert store.asked_keys == [{("a", 10), ("a", 15)}]


@pytest.mark.parametrize("others", [[], [("a", 30)]])
def test_what_a_batch_stated_is_expected_to_be_stored_by_the_next(others: list[Key]) -> None:
    store = Store()
    store.part(("a", 10))
    store.part(*([] if others else [("a", 30)]), others=others)
    store.keys.add(("a", 30))
    assert positions(store.part(("a", 30), ("a", 31))) == ([1], [0])


def test_a_subject_that_is_forgotten_is_asked_for_anew() -> None:
    store = Store(("a", 10))
    store.part(("a", 11))
    store.keys = {("a", 40)}
    store.rivals.forget("a")
    store.rivals.forget("nobody")
    assert positions(store.part(("a", 40))) == ([], [0])
    assert store.asked_latest == ["a", "a"]


def test_a_subject_all_of_whose_rows_are_rivals_is_left_with_no_times() -> None:
    parted = Store().part(("a", 1), ("a", 1), ("b", 2))
    assert parted.times == {"a": [], "b": [2]}


def test_an_empty_batch_is_parted_into_nothing() -> None:
    assert Store().part() == Parted(([], [], []), {}, [])


def projection(settle_one: Any = last_statement_wins) -> EventProjection:
    return EventProjection(
        name="p",
        version=1,
        tables=(TABLE,),
        kinds=frozenset(),
        conflict_key=TABLE.key,
        judge=lambda *_: Judgement(None, "t", None),
        settle=settle_one,
        judged_again=registry_does_not_matter,
    )


def test_judgements_are_settled_key_by_key_in_log_order() -> None:
    stated = [Judgement(("a", 1), "t", "first"), Judgement(("b", 1), "t", "other"), Judgement(("a", 1), "t", "last")]
    assert settle(projection(), stated) == {"t": ["last", "other"]}


def test_a_judgement_without_a_key_conflicts_with_nothing() -> None:
    assert settle(projection(), [Judgement(None, "u", "one"), Judgement(None, "u", "one")]) == {"u": ["one", "one"]}


def test_an_event_that_states_nothing_leaves_the_last_statement() -> None:
    assert settle(projection(), [Judgement(("a", 1), "t", "kept"), Judgement(("a", 1), "t", None)]) == {"t": ["kept"]}
    assert settle(projection(), [Judgement(("a", 1), "t", None)]) == {}
