"""Where new realms go, and what one may take of those that are there."""

from data.domain.limits import RowBudget
from data.domain.placement import Candidate, Capacity, Load, choose_shard

ROOM = Capacity(tables=100, bytes=1000, connections=10)


def test_the_emptiest_shard_with_room_gets_the_realm() -> None:
    half = Candidate("half", ROOM, Load(tables=50))
    third = Candidate("third", ROOM, Load(tables=10, bytes=333))
    assert choose_shard([half, third]) == "third"
    assert choose_shard([half, Candidate("third", ROOM, Load(bytes=1000))]) == "half"
    assert choose_shard([half, Candidate("third", ROOM, Load(), away=True)]) == "half"


def test_between_equals_the_one_with_fewer_realms_and_then_the_name_decides() -> None:
    shards = [
        Candidate("b", ROOM, Load(tables=10), realms=1),
        Candidate("a", ROOM, Load(tables=10), realms=2),
    ]
    assert choose_shard(shards) == "b"
    assert choose_shard(reversed(shards)) == "b"
    assert choose_shard([Candidate(name, ROOM, Load()) for name in ("b", "a", "c")]) == "a"


def test_each_limit_alone_fills_a_shard() -> None:
    for load in (Load(tables=100), Load(bytes=1000), Load(connections=10)):
        assert choose_shard([Candidate("only", ROOM, load)]) is None
    assert choose_shard([Candidate("only", Capacity(), Load(10**9, 10**15, 10**6))]) == "only"
    assert choose_shard([]) is None


def test_rows_are_paid_for_after_they_were_read() -> None:
    budget = RowBudget(per_second=100, burst=1000)
    assert budget.wait("a", now=0) == 0
    budget.take("a", 1500, now=0)
    assert budget.wait("a", now=0) == 5
    assert budget.wait("b", now=0) == 0
    assert budget.wait("a", now=3) == 2
    assert budget.wait("a", now=5) == 0
    budget.take("a", 100, now=1000)
    assert budget.wait("a", now=1000) == 0
