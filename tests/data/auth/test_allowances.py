"""What an attempt counts against."""

import pytest

from common.contracts import SignInLimits
from data.domain.auth.limits import Allowance, Attempt, account_allowances, allowances, network

LIMITS = SignInLimits()


def keys(found: list[Allowance]) -> set[bytes]:
    return {allowance.key for allowance in found}


def test_sign_in_counts_against_the_address_the_account_and_both_together() -> None:
    found = allowances(Attempt.SIGN_IN, LIMITS, address="192.0.2.1", account="Ann@example.com ")
    again = allowances(Attempt.SIGN_IN, LIMITS, address="192.0.2.9", account="ann@example.com")
    assert [allowance.burst for allowance in found] == [30, 20, 200]
    assert keys(found) & keys(again) == {found[-1].key}
    gone = account_allowances(Attempt.SIGN_IN, LIMITS, address="192.0.2.1", account="ann@example.com")
    assert gone == found[1:]


def test_sign_in_and_sign_up_share_what_an_address_may() -> None:
    sign_in = allowances(Attempt.SIGN_IN, LIMITS, address="192.0.2.1")
    sign_up = allowances(Attempt.SIGN_UP, LIMITS, address="192.0.2.1")
    assert sign_in == sign_up
    assert not keys(sign_in) & keys(allowances(Attempt.REFRESH, LIMITS, address="192.0.2.1"))


def test_a_mail_counts_against_sender_recipient_and_the_app() -> None:
    found = allowances(Attempt.MAIL, LIMITS, address="192.0.2.1", account="ann@example.com")
    assert [allowance.burst for allowance in found] == [30, 50, 6, 12, 100]
    assert [allowance.pause for allowance in found] == [10.0, 72.0, 600.0, 300.0, 36.0]
    assert [allowance.burst for allowance in found[3].reserve] == [1, 6]


@pytest.mark.parametrize("attempt", Attempt)
def test_every_attempt_is_limited_by_address_before_it_counts_for_others(attempt: Attempt) -> None:
    found = allowances(attempt, LIMITS, address="192.0.2.1", account="a")
    assert found[:1] == allowances(attempt, LIMITS, address="192.0.2.1")[:1]
    others = keys(allowances(attempt, LIMITS, address="192.0.2.9", account="a"))
    shared = [allowance.key in others for allowance in found]
    assert shared == sorted(shared)


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("unknown", "unknown"),
    ],
)
def test_a_network_of_ipv6_counts_as_one_caller(address: str, whose: str) -> None:
    assert network(address) == whose
