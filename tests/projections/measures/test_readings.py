import numpy as np
import pytest

from projections.measures.readings import STATUS_OF_CODE, Readings, codes, instants, values
from projections.values.status import STATUSES, UNKNOWN

READINGS = Readings(instants([10, 20, 30]), values([1.0, None, 3.0]), values([None, 5, 6.5]), codes(["running", None, "unknown"]))


def test_value_that_is_absent_is_not_a_number() -> None:
    assert np.isnan(READINGS.power).tolist() == [False, True, False]
    assert values([None, 5, 6.5])[1:].tolist() == [5.0, 6.5]


def test_every_canonical_status_has_a_code_of_its_own() -> None:
    statuses = [None, *STATUSES, UNKNOWN]
    assert [STATUS_OF_CODE[code] for code in codes(statuses)] == statuses
    assert codes([]).tolist() == []


def test_word_that_is_no_canonical_status_is_refused() -> None:
    with pytest.raises(KeyError):
        codes(["ok"])


@pytest.mark.parametrize(("bounds", "inside"), [((10, 30), [10, 20]), ((11, 31), [20, 30]), ((31, 40), []), ((0, 10), [])])
def test_readings_between_include_the_start_and_not_the_end(bounds: tuple[int, int], inside: list[int]) -> None:
    assert READINGS.between(*bounds).at.tolist() == inside


def test_quantities_stay_together() -> None:
    for some in (READINGS.between(30, 31), READINGS.where(READINGS.at > 20)):
        assert (some.at.tolist(), some.power.tolist(), some.temperature.tolist()) == ([30], [3.0], [6.5])
        assert STATUS_OF_CODE[some.status[0]] == "unknown"
