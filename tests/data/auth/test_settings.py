"""What the settings of sign-in may be, and what becomes of a provider's secret."""

import pytest
from pydantic import ValidationError

from common.contracts import SignInChange
from common.errors import InvalidInput
from common.keyring import Sealed
from data.domain.auth.settings import AuthSettings

CALLBACK = "https://data.example.com/app_a/auth/v1/callback"


def seal(value: str) -> tuple[str, bytes]:
    return "k1", value[::-1].encode()


def unseal(sealed: Sealed, context: str) -> str:
    assert (sealed.key_id, context) == ("k1", "app_a/provider")
    return sealed.data[::-1].decode()


def changed(settings: AuthSettings, **change: object) -> AuthSettings:
    return settings.changed(SignInChange.model_validate(change), seal)


def test_a_new_app_works_without_mail_and_lets_people_sign_up() -> None:
    settings = AuthSettings()
    assert settings.signup_enabled
    assert not settings.confirm_email
    assert not settings.anonymous_enabled


def test_what_a_change_leaves_out_stays() -> None:
    first = changed(AuthSettings(), password_min_length=12, limits={"mails": 7}, sender_name="Tea shop")
    second = changed(first, confirm_email=True, limits={"sign_ins": 9})
    assert (second.password_min_length, second.limits.mails, second.limits.sign_ins) == (12, 7, 9)
    assert second.sender_name == "Tea shop"
    assert changed(second, sender_name=None).sender_name is None


def test_settings_survive_being_stored() -> None:
    settings = changed(
        AuthSettings(),
        redirect_urls=["https://a.example.com/**"],
        providers={"google": {"client_id": "me", "client_secret": "s3cret"}},
    )
    assert AuthSettings.model_validate_json(settings.model_dump_json()) == settings


def test_a_providers_secret_is_sealed_and_never_shown() -> None:
    settings = changed(AuthSettings(), providers={"google": {"client_id": "me", "client_secret": "s3cret"}})
    provider = settings.providers["google"]
    assert (provider.issuer, provider.key_id) == ("https://accounts.google.com", "k1")
    assert provider.secret("app_a", unseal) == "s3cret"
    shown = settings.shown(CALLBACK)
    assert shown.callback_url == CALLBACK
    assert shown.providers["google"].client_id == "me"
    assert "sealed" not in shown.model_dump_json()
    assert "s3cret" not in settings.model_dump_json() + shown.model_dump_json()


def test_a_provider_keeps_its_secret_unless_its_issuer_changes() -> None:
    given = {"issuer": "https://id.example.com", "client_id": "me", "client_secret": "s3cret"}
    first = changed(AuthSettings(), providers={"ours": given})
    renamed = changed(first, providers={"ours": {"client_id": "other"}}).providers["ours"]
    assert (renamed.client_id, renamed.secret("app_a", unseal)) == ("other", "s3cret")
    moved = changed(first, providers={"ours": {"issuer": "https://evil.example.com"}}).providers["ours"]
    assert moved.secret("app_a", unseal) is None


def test_a_provider_can_be_removed_and_must_be_whole() -> None:
    first = changed(AuthSettings(), providers={"google": {"client_id": "me"}})
    assert changed(first, providers={"google": None}).providers == {}
    with pytest.raises(InvalidInput, match="issuer and client_id"):
        changed(first, providers={"ours": {}})
    many = {f"p{n}": {"client_id": "me", "issuer": "https://id.example.com"} for n in range(20)}
    with pytest.raises(InvalidInput, match="at most 20"):
        changed(first, providers=many)


def test_scopes_always_ask_for_openid_once() -> None:
    settings = changed(
        AuthSettings(), providers={"google": {"client_id": "me", "scopes": ["email", "email"]}}
    )
    assert settings.providers["google"].scopes == ("openid", "email")


@pytest.mark.parametrize(
    "change",
    [
        {"signup_enabled": None},
        {"signup_enabled": 1},
        {"password_min_length": 5},
        {"jwt_seconds": 10**9},
        {"surprise": True},
        {"sender_name": "Me\r\nBcc: you@example.com"},
        {"sender_name": "<script>"},
        {"limits": {"mails": 0}},
        {"providers": {"Google!": {"client_id": "me"}}},
        {"providers": {"ours": {"issuer": "ftp://id.example.com", "client_id": "me"}}},
        {"providers": {"ours": {"issuer": "https://me@id.example.com", "client_id": "me"}}},
        {"providers": {"ours": {"issuer": "https://id.example.com?x=1", "client_id": "me"}}},
        {"redirect_urls": ["javascript://x/%0aalert(1)"]},
        {"redirect_urls": ["/welcome"]},
        {"redirect_urls": ["https://*"]},
        {"redirect_urls": ["https://**.example.com/"]},
        {"redirect_urls": ["https://a.exam*/"]},
        {"redirect_urls": ["https://a@b.example.com/"]},
        {"redirect_urls": ["https://a.example.com/" + "*a" * 6]},
        {"redirect_urls": ["https://a.example.com/\\x"]},
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SignInChange.model_validate(change)
