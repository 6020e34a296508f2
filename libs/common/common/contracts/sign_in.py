"""How people sign in to an app: settings of one app and environment, kept by the data service and passed on
by the public API.
"""

import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StrictBool,
    StrictInt,
    StringConstraints,
    field_serializer,
    model_validator,
)

MAX_REDIRECT_URLS = 50
MAX_PROVIDERS = 20
_HOUR = 3600
_DAY = 24 * _HOUR
_URL = re.compile(r"[a-z][a-z0-9+.-]{0,30}://[!-;=?-\[\]_a-z{}~]+", re.IGNORECASE)
_MAX_WILDCARDS = 5
_UNSAFE_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})

ISSUERS = {
    "google": "https://accounts.google.com",
    "gitlab": "https://gitlab.com",
    "linkedin_oidc": "https://www.linkedin.com/oauth",
    "slack_oidc": "https://slack.com",
    "twitch": "https://id.twitch.tv/oauth2",
}
"""Providers whose issuer is known by their name."""

Count = Annotated[StrictInt, Field(ge=1, le=100_000)]
ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Scope = Annotated[str, StringConstraints(pattern=r"^[!#-\[\]-~]{1,100}$")]


def check_redirect_url(value: str) -> str:
    """Raises ValueError for what is no address, or one that would run as a script.

    `*` stands for any characters but dots and slashes, `**` for any.
    """
    if not _URL.fullmatch(value):
        raise ValueError(f"{value!r} is no address: write it whole, such as https://app.example.com/welcome")
    if value.partition(":")[0].lower() in _UNSAFE_SCHEMES:
        raise ValueError(f"{value!r} leads to no page")
    host = re.split(r"[/?]", value.partition("://")[2], maxsplit=1)[0].partition(":")[0]
    if "**" in host or "*" in host.rpartition(".")[2] or "*" in value.partition("://")[0]:
        raise ValueError(
            f"{value!r} would lead to strangers: * stands for a part of a host's name, not its end"
        )
    if "@" in value.partition("://")[2].partition("/")[0] or len(re.findall(r"\*+", value)) > _MAX_WILDCARDS:
        raise ValueError(f"{value!r} holds a user's name, or more than {_MAX_WILDCARDS} wildcards")
    return value


def check_issuer(value: str) -> str:
    """Raises ValueError for what is no issuer of OpenID Connect: an address without a query or user."""
    parts = urlsplit(value)
    if not _URL.fullmatch(value) or parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError(f"{value!r} is no address of an issuer, such as https://accounts.example.com")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"{value!r} has a query, a fragment or a user, which an issuer has not")
    return value


RedirectUrl = Annotated[str, Field(min_length=8, max_length=500), AfterValidator(check_redirect_url)]
Issuer = Annotated[str, Field(max_length=300), AfterValidator(check_issuer)]
OneLine = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f<>\"\\]{1,60}$")]
"""Also stands in the header of a mail."""


class SignInLimits(BaseModel):
    """How much is let through before 429. What has been used comes back bit by bit over the time named."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sign_ins: Count = Field(
        default=30, description="Sign-ins and sign-ups from one network address in 5 minutes"
    )
    account_sign_ins: Count = Field(
        default=20,
        description="Failed sign-ins to one account from one network address in 5 minutes; "
        "from all addresses together ten times as many",
    )
    anonymous: Count = Field(default=30, description="Anonymous sign-ins from one network address in an hour")
    refreshes: Count = Field(default=150, description="Renewals from one network address in 5 minutes")
    verifications: Count = Field(
        default=30, description="Codes and links tried from one network address in 5 minutes"
    )
    mails: Count = Field(
        default=100,
        description="Mails that the app sends in an hour; one network address can ask for half of them",
    )
    address_mails: Count = Field(
        default=6,
        description="Mails to one address in an hour that are asked for from one network address; from all "
        "addresses together twice as many, and once a day from each network some more",
    )


class SignInBase(BaseModel):
    """What the settings hold besides the providers."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    signup_enabled: StrictBool = Field(default=True, description="Whether strangers may sign up")
    confirm_email: StrictBool = Field(
        default=False, description="Whether an address has to be confirmed by mail before the first sign-in"
    )
    anonymous_enabled: StrictBool = Field(
        default=False, description="Whether visitors may sign in without an account"
    )
    password_min_length: Annotated[StrictInt, Field(ge=6, le=128)] = 6
    redirect_urls: tuple[RedirectUrl, ...] = Field(
        default=(),
        max_length=MAX_REDIRECT_URLS,
        description="Where links in mails and sign-in at a provider may lead besides the app's own pages; "
        "`*` stands for any characters but dots and slashes, `**` for any",
    )
    jwt_seconds: Annotated[StrictInt, Field(ge=60, le=7 * _DAY)] = Field(
        default=_HOUR, description="How long an access token is valid; a session renews it"
    )
    session_seconds: Annotated[StrictInt, Field(ge=300, le=3650 * _DAY)] | None = Field(
        default=None, description="A session ends so long after sign-in; null: never"
    )
    session_idle_seconds: Annotated[StrictInt, Field(ge=300, le=3650 * _DAY)] | None = Field(
        default=None, description="A session ends when it was not renewed for so long; null: never"
    )
    mail_seconds: Annotated[StrictInt, Field(ge=60, le=_DAY)] = Field(
        default=_HOUR, description="How long a link or code in a mail can be used"
    )
    sender_name: OneLine | None = Field(
        default=None, description="Whom mails name as their sender; null: the app's name"
    )
    limits: SignInLimits = SignInLimits()


class ProviderView(BaseModel):
    """A provider as it is shown: its secret never is."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    client_id: str
    scopes: list[str]
    enabled: bool


class ProviderChange(BaseModel):
    """A provider of OpenID Connect. What is left out of one that is there stays as it was."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: Issuer | None = Field(
        default=None, description=f"Known by the provider's name for {', '.join(ISSUERS)}"
    )
    client_id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")] | None = None
    client_secret: Annotated[SecretStr, Field(min_length=1, max_length=2048)] | None = Field(
        default=None, description="Kept encrypted and never readable again"
    )
    scopes: list[Scope] | None = Field(
        default=None, max_length=20, description="Default: openid, email, profile"
    )
    enabled: StrictBool | None = None

    @field_serializer("client_secret", when_used="json")
    def _reveal(self, value: SecretStr | None) -> str | None:
        return None if value is None else value.get_secret_value()


class SignInSettings(SignInBase):
    """How people sign in to the app in this environment."""

    providers: dict[str, ProviderView] = Field(
        default={}, description="By the name that the app's code calls them"
    )
    callback_url: str = Field(description="Enter this as redirect URI at a provider")


class SignInLimitsChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sign_ins: Count | None = None
    account_sign_ins: Count | None = None
    anonymous: Count | None = None
    refreshes: Count | None = None
    verifications: Count | None = None
    mails: Count | None = None
    address_mails: Count | None = None


_NULLABLE = frozenset({"session_seconds", "session_idle_seconds", "sender_name"})


class SignInChange(BaseModel):
    """A change of the settings: what is left out stays as it is."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "confirm_email": True,
                    "redirect_urls": ["https://todo.example.com/**"],
                    "providers": {"google": {"client_id": "1234", "client_secret": "s3cret"}},
                }
            ]
        },
    )

    signup_enabled: StrictBool | None = None
    confirm_email: StrictBool | None = None
    anonymous_enabled: StrictBool | None = None
    password_min_length: Annotated[StrictInt, Field(ge=6, le=128)] | None = None
    redirect_urls: list[RedirectUrl] | None = Field(
        default=None, max_length=MAX_REDIRECT_URLS, description="Replaces the whole list"
    )
    jwt_seconds: Annotated[StrictInt, Field(ge=60, le=7 * _DAY)] | None = None
    session_seconds: Annotated[StrictInt, Field(ge=300, le=3650 * _DAY)] | None = None
    session_idle_seconds: Annotated[StrictInt, Field(ge=300, le=3650 * _DAY)] | None = None
    mail_seconds: Annotated[StrictInt, Field(ge=60, le=_DAY)] | None = None
    sender_name: OneLine | None = None
    limits: SignInLimitsChange | None = None
    providers: dict[ProviderName, ProviderChange | None] | None = Field(
        default=None,
        max_length=MAX_PROVIDERS,
        description="Adds or changes the providers named; null removes one",
    )

    @model_validator(mode="after")
    def _null_means_something(self) -> Self:
        for name in self.model_fields_set - _NULLABLE:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null; leave it out to keep it as it is")
        return self
