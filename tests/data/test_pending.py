"""Which migrations are still to be applied, by their numbers and digests."""

from collections.abc import Sequence

import pytest

from data.domain.migrations import MOST_BYTES, MOST_FILES, Applied, oversized, pending
from data.domain.sql.parse import Migration, load


def files(*numbers: int, text: str = "select 1;") -> Sequence[Migration]:
    return load({f"supabase/migrations/{n:04d}_m.sql": f"-- {n}\n{text}" for n in numbers})


def as_applied(migrations: Sequence[Migration]) -> list[Applied]:
    return [Applied(one.number, one.path, one.digest) for one in migrations]


@pytest.mark.parametrize(
    ("given", "applied", "todo"),
    [
        pytest.param([1, 2], [], [1, 2], id="a new database"),
        pytest.param([1, 2, 3], [1, 2], [3], id="one more"),
        pytest.param([1], [1, 2], [], id="an earlier version"),
        pytest.param([], [1, 2], [], id="a version before the first"),
        pytest.param([1, 3], [1, 2], [3], id="a change upon an earlier version"),
        pytest.param([10, 9], [], [9, 10], id="by number, not as text"),
    ],
)
def test_what_is_pending(given: list[int], applied: list[int], todo: list[int]) -> None:
    found, findings = pending(files(*given), as_applied(files(*applied)))
    assert [one.number for one in found] == todo
    assert not findings


@pytest.mark.parametrize(
    ("given", "applied"),
    [
        pytest.param(files(1, text="select 2;"), files(1), id="an edited file"),
        pytest.param(files(1, 2, 3), files(1, 3), id="a file that comes too late"),
    ],
)
def test_what_does_not_follow_is_told(given: Sequence[Migration], applied: Sequence[Migration]) -> None:
    _, findings = pending(given, as_applied(applied))
    assert [one.code for one in findings] == ["migration_changed"]
    assert f"{applied[-1].number + 1:04d}" in findings[0].hint


def test_too_much_is_refused() -> None:
    assert not oversized(files(1, 2))
    assert oversized(files(*range(MOST_FILES + 1)))[0].code == "migration_size"
    assert oversized(files(1, text="x" * MOST_BYTES))[0].code == "migration_size"
