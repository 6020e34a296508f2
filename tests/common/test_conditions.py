"""If-Match and If-None-Match as RFC 9110 has them."""

import pytest

from common.conditions import EntityTags, Preconditions
from common.errors import InvalidInput


@pytest.mark.parametrize(
    ("lines", "strongly", "weakly"),
    [
        (['"a"'], True, True),
        (['"b"'], False, False),
        (['"b", "a"'], True, True),
        (['"b"', '"a"'], True, True),
        (['"b,c" ,\t"a"'], True, True),
        (['W/"a"'], False, True),
        (['W/"b", W/"a"'], False, True),
        (['"A"'], False, False),
        (["*"], True, True),
        ([""], False, False),
        ([" , "], False, False),
    ],
)
def test_comparisons(lines: list[str], strongly: bool, weakly: bool) -> None:
    tags = EntityTags.parse(lines)
    assert tags is not None
    assert (tags.match("a"), tags.match_weakly("a")) == (strongly, weakly)
    assert not tags.match(None)
    assert not tags.match_weakly(None)


@pytest.mark.parametrize("line", ["a", '"a', 'a"', "*, *", '*, "a"', 'w/"a"', '"a b"', "'a'", '"a" or "b"'])
def test_what_nobody_can_read_is_refused(line: str) -> None:
    with pytest.raises(InvalidInput):
        EntityTags.parse([line])


def test_no_header_is_no_condition() -> None:
    assert EntityTags.parse([]) is None
    assert Preconditions().hold("a")
    assert Preconditions().hold(None)


def test_both_conditions_have_to_hold() -> None:
    a, anything = EntityTags.parse(['"a"']), EntityTags.parse(["*"])
    assert Preconditions(if_match=a).hold("a")
    assert not Preconditions(if_match=a).hold("b")
    assert not Preconditions(if_match=anything).hold(None)
    assert Preconditions(if_none_match=anything).hold(None)
    assert not Preconditions(if_none_match=anything).hold("a")
    assert not Preconditions(if_match=anything, if_none_match=a).hold("a")
