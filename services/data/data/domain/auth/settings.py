"""How people sign in to a realm, as its row keeps it; a provider's secret is sealed."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from common.contracts import (
    ISSUERS,
    MAX_PROVIDERS,
    ProviderChange,
    ProviderView,
    SignInBase,
    SignInChange,
    SignInLimits,
    SignInSettings,
)
from common.errors import InvalidInput
from common.keyring import Sealed

SCOPES = ("openid", "email", "profile")
Unseal = Callable[[Sealed, str], str]
"""Opens what was sealed for a context."""

Seal = Callable[[str], tuple[str, bytes]]
"""Encrypts a provider's secret; the id of the key and the ciphertext."""


def secret_context(ref: str) -> str:
    """What the secrets of a realm's providers are sealed for."""
    return f"{ref}/provider"


class ProviderInvalid(InvalidInput):
    """A provider lacks something, or there are too many."""

    code = "provider_invalid"


class Provider(BaseModel):
    """A provider of OpenID Connect: `sealed` is its client secret in base64, encrypted under the key
    `key_id`; both are None for a public client.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    client_id: str
    key_id: str | None = None
    sealed: str | None = None
    scopes: tuple[str, ...] = SCOPES
    enabled: bool = True

    def secret(self, ref: str, unseal: Unseal) -> str | None:
        """The realm's client secret; None for a public client. Raises what `unseal` does."""
        if self.key_id is None:
            return None
        return unseal(Sealed(self.key_id, base64.b64decode(self.sealed or "")), secret_context(ref))

    def with_secret(self, key_id: str, sealed: bytes) -> "Provider":
        """The provider with another secret, or the same under another key."""
        text = base64.b64encode(sealed).decode()
        return self.model_copy(update={"key_id": key_id, "sealed": text})


class AuthSettings(SignInBase):
    """A realm's settings; `AuthSettings.model_validate(row.settings.get("auth", {}))`."""

    providers: dict[str, Provider] = Field(default={})

    def shown(self, callback_url: str) -> SignInSettings:
        """What the APIs show of them."""
        providers = {
            name: ProviderView(
                issuer=provider.issuer,
                client_id=provider.client_id,
                scopes=list(provider.scopes),
                enabled=provider.enabled,
            )
            for name, provider in self.providers.items()
        }
        kept = self.model_dump(exclude={"providers"})
        return SignInSettings.model_validate({**kept, "providers": providers, "callback_url": callback_url})

    def changed(self, change: SignInChange, seal: Seal) -> "AuthSettings":
        """The settings after the change; raises ProviderInvalid for a provider that lacks something."""
        given: dict[str, Any] = change.model_dump(exclude_unset=True, exclude={"providers", "limits"})
        if change.limits is not None:
            limits = {**self.limits.model_dump(), **change.limits.model_dump(exclude_none=True)}
            given["limits"] = SignInLimits.model_validate(limits)
        if change.providers is not None:
            given["providers"] = _providers(self.providers, change.providers, seal)
        return AuthSettings.model_validate({**self.model_dump(), **given})


def _providers(
    known: Mapping[str, Provider], changes: Mapping[str, ProviderChange | None], seal: Seal
) -> dict[str, Provider]:
    providers = dict(known)
    for name, change in changes.items():
        if change is None:
            providers.pop(name, None)
        else:
            providers[name] = _provider(name, providers.get(name), change, seal)
    if len(providers) > MAX_PROVIDERS:
        raise ProviderInvalid(f"An app has at most {MAX_PROVIDERS} providers; remove one first.")
    return providers


def _provider(name: str, known: Provider | None, change: ProviderChange, seal: Seal) -> Provider:
    given: dict[str, Any] = change.model_dump(exclude_none=True, exclude={"client_secret"})
    if "scopes" in given:
        given["scopes"] = tuple(dict.fromkeys(["openid", *given["scopes"]]))
    if change.client_secret is not None:
        given["key_id"], sealed = seal(change.client_secret.get_secret_value())
        given["sealed"] = base64.b64encode(sealed).decode()
    if known is None:
        given = {"issuer": ISSUERS.get(name), **given}
        missing = [field for field in ("issuer", "client_id") if not given.get(field)]
        if missing:
            raise ProviderInvalid(f"The provider {name!r} needs {' and '.join(missing)}.", provider=name)
        return Provider.model_validate(given)
    if given.get("issuer", known.issuer) != known.issuer and change.client_secret is None:
        # Else whoever may change settings could have the secret sent to an address of theirs.
        given |= {"key_id": None, "sealed": None}
    return known.model_copy(update=given)
