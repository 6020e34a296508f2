"""What is remembered of reads stays within its room, whatever is asked."""

from data.usecases.rest.remembered import Remembered


def test_no_more_is_kept_than_there_is_room_for_and_what_was_used_last_stays() -> None:
    kept = Remembered[int, str](most=1000, room=2560)
    for key in range(300):
        kept.put(key, "value", size=10)
        assert kept.get(0) == "value"
    assert sum(kept.get(key) is not None for key in range(300)) == 256
    assert kept.get(1) is None


def test_no_more_are_kept_than_may_be_however_small() -> None:
    kept = Remembered[int, str](most=3, room=2560)
    for key in range(9):
        kept.put(key, "value", size=0)
    assert [key for key in range(9) if kept.get(key)] == [6, 7, 8]


def test_one_that_is_too_large_pushes_nothing_out() -> None:
    kept = Remembered[str, str](most=1000, room=2560)
    kept.put("small", "value", size=10)
    kept.put("large", "value", size=11)
    assert (kept.get("small"), kept.get("large")) == ("value", None)
