"""No id stops a projector, however long it is and on whichever database: what an index cannot hold becomes a reason."""

from hashlib import shake_256

import pytest

from tests.support.book import Book, Line
from tests.support.streams import HOUR, START, telemetry

PLANT = "plant_id,name,location,timezone\n{},P,L,UTC"
INVERTER = "inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\n{},{},V,M,10,"


def text(length: int, seed: str = "") -> str:
    """Return hexadecimal digits that no compression makes short enough, `length` bytes of them."""
    return shake_256(f"{length} {seed}".encode()).hexdigest(length // 2 + 1)[:length]


def registered(plant: str, inverter: str) -> list[Line]:
    return [("plant", PLANT.format(plant).encode()), ("inverter", INVERTER.format(inverter, plant).encode())]


def lines_of(plant: str, inverter: str) -> list[Line]:
    return [
        telemetry(inverter, START + (8 + hour) * HOUR, 100_000.0 + 1_000 * hour, 1_000.0, plant_id=plant, event_id=None)
        for hour in range(9)
    ]


@pytest.mark.parametrize("character", ["x", "é", "…", "𝔘"])
def test_an_id_of_256_bytes_is_like_any_other(book: Book, character: str) -> None:
    width = len(character.encode())
    plant, inverter = (text(256 - 64 // width * width, seed) + character * (64 // width) for seed in "pi")
    book.append([*registered(plant, inverter), *lines_of(plant, inverter)])
    book.project()
    (day,) = book.rows("inverter_daily_summary")
    assert (day.plant_id, day.inverter_id, day.energy_wh) == (plant, inverter, 8_000.0)
    assert {row.inverter_id for row in book.rows("inverter_latest")} == {inverter}
    assert book.verify().differences == []


@pytest.mark.parametrize("length", [257, 4_000, 20_000])
@pytest.mark.parametrize("field", ["plant_id", "inverter_id"])
def test_telemetry_with_an_id_that_is_too_long_is_rejected_with_its_beginning(book: Book, field: str, length: int) -> None:
    long = text(length)
    book.append([*registered("p", "a"), *lines_of("p", "a"), telemetry("a", START + 9 * HOUR + 1, None, 2_000.0, **{field: long})])
    book.project()
    (row,) = book.rows("inverter_telemetry_rejected")
    assert (row.reason, row.field, row.value) == ("id_too_long", field, long[:200])
    assert getattr(row, field) == long[:253] + "…"
    assert book.events()[book.line_positions()[-1]].payload.count(long.encode()) == 1
    assert len(book.rows("inverter_telemetry_clean")) == 9
    assert book.verify().differences == []


def test_an_id_is_cut_between_characters_and_measured_in_bytes(book: Book) -> None:
    book.append([*registered("p", "a"), telemetry("é" * 129, START, None, 2_000.0)])
    book.project()
    (row,) = book.rows("inverter_telemetry_rejected")
    assert (row.reason, row.inverter_id) == ("id_too_long", "é" * 126 + "…")


def test_an_inverter_registered_under_no_plant_is_not_read_under_a_plant_of_any_length(book: Book) -> None:
    book.append([*registered("", "a")[1:], *lines_of("p", "a"), *lines_of(text(300), "a")])
    book.project()
    assert [row.reason for row in book.rows("inverter_telemetry_rejected")] == ["id_too_long"] * 9


@pytest.mark.parametrize("length", [257, 4_000])
@pytest.mark.parametrize(
    ("statement", "kind", "field"),
    [(PLANT, "plant", "plant_id"), (INVERTER, "inverter", "inverter_id"), (INVERTER.replace("{},{}", "a,{}"), "inverter", "plant_id")],
)
def test_a_registration_whose_id_is_too_long_registers_nothing(book: Book, statement: str, kind: str, field: str, length: int) -> None:
    long = text(length)
    book.append([*registered("p", "a"), *lines_of("p", "a")])
    book.project()
    before = book.rows("plants"), book.rows("inverters"), book.rows("inverter_daily_summary")
    book.append([(kind, statement.format(long, "p").encode())])
    book.project()
    (row,) = book.rows("registry_rejected")
    assert (row.kind, row.reason, row.field, row.value) == (kind, "id_too_long", field, long[:200])
    assert (book.rows("plants"), book.rows("inverters"), book.rows("inverter_daily_summary")) == before
    assert book.verify().differences == []
