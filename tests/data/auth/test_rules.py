"""The rules of sign-in: addresses, passwords, tokens and what an access token has to say."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.domain.auth.claims import TokenExpired, access_claims, check_claims, issuer
from data.domain.auth.credentials import (
    MAX_METADATA_BYTES,
    MAX_METADATA_DEPTH,
    MAX_PASSWORD_BYTES,
    check_password,
    checked_metadata,
    merged_metadata,
    normalised_address,
    stored_metadata,
)
from data.domain.auth.errors import AuthRefused
from data.domain.auth.tokens import (
    REUSE_SECONDS,
    Reuse,
    checked_challenge,
    child_of,
    code_digest,
    judge_reuse,
    new_code,
    proves,
)
from data.domain.auth.users import Session, User, shown_user

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ISSUER = issuer("https://data.example.com", "app_a23456789012")
# RFC 7636, appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

USER = User(
    id="5f0c6a0e-0000-4000-8000-000000000001",
    email="ann@example.com",
    password_hash="$argon2id$secret",
    confirmed_at=NOW,
    new_email=None,
    last_sign_in_at=None,
    app_metadata={"provider": "email"},
    user_metadata={"name": "Ann"},
    is_anonymous=False,
    banned_until=None,
    created_at=NOW,
    updated_at=NOW,
)
SESSION = Session(id="s1", user_id=USER.id, amr=[{"method": "password"}], created_at=NOW, refreshed_at=NOW)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Ann@Example.COM ", "ann@example.com"),
        ("a.b+c@sub.example.org", "a.b+c@sub.example.org"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_addresses_are_kept_in_one_form(given: str, kept: str) -> None:
    assert normalised_address(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ann",
        "ann@",
        "@example.com",
        "ann@localhost",
        "ann@@example.com",
        "ann@example..com",
        ".ann@example.com",
        "ann@-example.com",
        "ann@127.0.0.1",
        "ann@example.com\r\nBcc: all@example.com",
        "ann\0@example.com",
        "änn@example.com",
        '"ann"@example.com',
        "=?utf-8?q?ann=40example.net=2c?=@example.com",
        "ann@example.com,bob@example.com",
        f"{'a' * 65}@example.com",
        f"ann@{'a' * 64}.com",
        f"ann@{'a.' * 130}com",
        "ann@\ud800.com",
    ],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(AuthRefused, match="Unable to validate email address: invalid format"):
        normalised_address(given)


def test_a_short_password_is_weak_and_a_huge_one_refused() -> None:
    check_password("äöü123", 6)
    with pytest.raises(AuthRefused) as weak:
        check_password("12345", 6)
    assert (weak.value.code, weak.value.status, weak.value.reasons) == ("weak_password", 422, ("length",))
    with pytest.raises(AuthRefused) as huge:
        check_password("ä" * MAX_PASSWORD_BYTES, 6)
    assert huge.value.code == "validation_failed"


def nested(depth: int) -> dict[str, Any]:
    """An object with so many levels, alternately of objects and lists."""
    value: Any = {}
    for level in range(1, depth):
        value = [value] if level % 2 and level < depth - 1 else {"a": value}
    return dict(value)


@pytest.mark.parametrize(
    "data",
    [
        {"a": "x" * MAX_METADATA_BYTES},
        {"a": "\0"},
        {"a\0": 1},
        {"a": "\ud800"},
        {"a": float("nan")},
        {"a": {"b": ["\0"]}},
        nested(MAX_METADATA_DEPTH + 1),
        nested(900),
    ],
)
def test_what_cannot_be_stored_of_a_user_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(AuthRefused):
        checked_metadata(data)


def test_what_is_stored_of_a_user_can_be_read_whatever_it_is() -> None:
    assert checked_metadata(nested(MAX_METADATA_DEPTH)) == nested(MAX_METADATA_DEPTH)
    assert stored_metadata(json.dumps({"name": "Ann", **nested(500)})) == {"name": "Ann"}
    for text in (f'{{"a": {"[" * 100_000}{"]" * 100_000}}}', '["no object"]', f'{{"a": {"9" * 5000}}}'):
        assert stored_metadata(text) == {}


def test_a_users_data_is_merged_and_null_takes_away() -> None:
    assert merged_metadata({"a": 1, "b": 2}, {"b": None, "c": "\\u0000 is no NUL"}) == {
        "a": 1,
        "c": "\\u0000 is no NUL",
    }


def test_the_shown_user_holds_no_password() -> None:
    assert "argon2" not in str(shown_user(USER))
    assert shown_user(USER)["email_confirmed_at"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("seconds", "child_used", "worth"),
    [
        (None, False, Reuse.FRESH),
        (0, False, Reuse.AGAIN),
        (REUSE_SECONDS, False, Reuse.AGAIN),
        (REUSE_SECONDS + 1, False, Reuse.STOLEN),
        (1, True, Reuse.STOLEN),
    ],
)
def test_a_used_refresh_token_is_good_for_a_moment(
    seconds: float | None, child_used: bool, worth: Reuse
) -> None:
    used_at = None if seconds is None else NOW - timedelta(seconds=seconds)
    assert judge_reuse(used_at, child_used=child_used, now=NOW) is worth


def test_the_next_refresh_token_follows_from_both_token_and_salt() -> None:
    followers = {child_of(token, salt) for token in ("a", "b") for salt in (b"1", b"2")}
    assert len(followers) == 4
    assert child_of("a", b"1") in followers


def test_codes_are_six_digits_bound_to_their_link() -> None:
    codes = [new_code() for _ in range(50)]
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(set(codes)) > 10
    assert code_digest(b"one", codes[0]) != code_digest(b"two", codes[0])


def test_pkce_takes_the_verifier_of_the_challenge_only() -> None:
    assert checked_challenge(CHALLENGE, "S256") == (CHALLENGE, "s256")
    assert proves(VERIFIER, CHALLENGE, "s256")
    assert not proves(CHALLENGE, CHALLENGE, "s256")
    assert proves(VERIFIER, VERIFIER, "plain")
    assert not proves("\ud800", VERIFIER, "plain")
    assert checked_challenge(None, None) is None
    assert checked_challenge("", "") is None


@pytest.mark.parametrize(
    ("challenge", "method"),
    [
        (CHALLENGE, None),
        (None, "s256"),
        (CHALLENGE, "md5"),
        ("short", "plain"),
        ("ä" * 50, "plain"),
        ("\0" * 50, "plain"),
    ],
)
def test_half_a_challenge_is_refused(challenge: str | None, method: str | None) -> None:
    with pytest.raises(AuthRefused):
        checked_challenge(challenge, method)


def claims(**changes: object) -> dict[str, Any]:
    made = access_claims(USER, SESSION, issuer=ISSUER, now=1000, seconds=60)
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def test_an_access_token_says_who_may_do_what_until_when() -> None:
    check_claims(claims(), issuer=ISSUER, now=1059)
    with pytest.raises(TokenExpired):
        check_claims(claims(), issuer=ISSUER, now=1060)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": issuer("https://data.example.com", "app_b23456789012")},
        {"iss": issuer("https://data.example.com", "app_a23456789012_preview")},
        {"iss": None},
        {"aud": "anon"},
        {"aud": ["authenticated"]},
        {"role": "service_role"},
        {"role": "anon"},
        {"role": None},
        {"exp": None},
        {"exp": "2000"},
        {"exp": True},
        {"iat": 5000},
        {"iat": None},
        {"sub": None},
        {"sub": 7},
        {"session_id": None},
    ],
)
def test_a_token_of_another_realm_role_or_time_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(AuthRefused) as refused:
        check_claims(claims(**changes), issuer=ISSUER, now=1001)
    assert refused.value.code == "bad_jwt"
