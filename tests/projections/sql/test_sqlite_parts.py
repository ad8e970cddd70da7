"""Tables made alike have the same parts, however their texts are written."""

import pytest

from projections.sql.sqlite_parts import is_of_older_make, part_of_index, parts_of_table

MADE = parts_of_table(
    "CREATE TABLE plants (\n\tplant_id TEXT NOT NULL, \n\tkw REAL, \n\tPRIMARY KEY (plant_id)\n)\n\n WITHOUT ROWID, STRICT"
)


@pytest.mark.parametrize(
    "text",
    [
        'CREATE TABLE "plants" (plant_id TEXT NOT NULL, kw REAL, PRIMARY KEY (plant_id)) STRICT, WITHOUT ROWID',
        'CREATE TABLE "plants__next" ("kw" REAL, [plant_id] TEXT NOT NULL /* id */, PRIMARY KEY ("plant_id")) WITHOUT ROWID, STRICT -- so',
    ],
)
def test_names_order_of_columns_and_spelling_do_not_show(text: str) -> None:
    assert parts_of_table(text) == MADE


def test_a_check_is_a_part_whatever_is_in_it() -> None:
    found = parts_of_table("CREATE TABLE t (a, b TEXT CHECK (b IN ('x,y', '(')), CHECK (a > (1)))")
    assert found == {"table": "plain", "column a": "of no type", "column b": "TEXT CHECK (b IN ('x,y', '('))", "CHECK (a > (1))": "so"}


@pytest.mark.parametrize("text", ["", "CREATE VIRTUAL TABLE t USING fts5"])
def test_what_has_no_columns_is_one_part(text: str) -> None:
    assert parts_of_table(text) == {"table": text}


def test_a_text_that_is_cut_off_has_the_parts_there_are() -> None:
    assert parts_of_table("CREATE TABLE t (a TEXT, b") == {"table": "plain", "column a": "TEXT", "column b": "of no type"}


def test_an_index_is_known_by_what_it_is_over() -> None:
    assert part_of_index('CREATE INDEX "a_0" ON "plants" (plant_id, kw)') == ("index (plant_id, kw)", "plain")
    assert part_of_index("CREATE UNIQUE INDEX b ON plants(kw DESC) WHERE kw > 1") == ("index (kw DESC) WHERE kw > 1", "unique")


def test_a_table_that_is_only_not_strict_is_of_an_older_make() -> None:
    older = parts_of_table("CREATE TABLE plants (plant_id TEXT NOT NULL, kw DOUBLE, PRIMARY KEY (plant_id)) WITHOUT ROWID")
    assert is_of_older_make(older, MADE)
    assert not is_of_older_make(MADE, MADE)
    assert not is_of_older_make({**older, "column kw": "TEXT"}, MADE)
    assert not is_of_older_make({**older, "index (kw)": "plain"}, MADE)
