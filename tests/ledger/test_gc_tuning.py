import gc

from ledger.gc_tuning import collect_seldom


def test_garbage_is_searched_for_seldom_and_still_found() -> None:
    usual = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.isenabled()
        assert gc.get_threshold()[0] > 100 * usual[0]
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
