"""Rules for the variables of an app's environments: secrets, and public ones."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from common.contracts import DATABASE_KEY_NAME, DATABASE_URL_NAME, MAX_SECRETS
from common.keyring import Sealed
from deployer.domain.errors import InvalidSecret

MAX_VALUE_BYTES = 5 * 1024
MAX_PUBLIC_BYTES = 16 * 1024
RESERVED = frozenset({"ASSETS", "APP_ID", "ENVIRONMENT"})
RESERVED_PREFIXES = ("CF_", "CLOUDFLARE_", "OVERSKILL_")
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


@dataclass(frozen=True)
class Actor:
    """Who asks for a change: a team, by one of its API keys; nobody known when both are None."""

    team_id: str | None = None
    key_id: str | None = None


@dataclass(frozen=True)
class Public:
    """A value that everybody may read: its JSON."""

    text: str


def check_name(name: str) -> None:
    """Refuse a name that cannot be bound to the app's Worker, or that the platform keeps for itself."""
    if not _NAME.fullmatch(name):
        raise InvalidSecret(
            f"{name!r} is no name for a variable: use A-Z, 0-9 and _, a letter first, at most 64 characters.",
            name=name,
        )
    if name in RESERVED or name.startswith(RESERVED_PREFIXES):
        raise InvalidSecret(f"{name} is reserved by the platform; choose another name.", name=name)


def check_value(name: str, text: str) -> None:
    """Refuse a secret, or the JSON of a public variable, that is empty or too large."""
    size = len(text.encode())
    if not 0 < size <= MAX_VALUE_BYTES:
        raise InvalidSecret(
            f"The value of {name} is {size:,} bytes; 1 to {MAX_VALUE_BYTES:,} are allowed.",
            name=name,
            size=size,
        )


def check_all(values: Mapping[str, Sealed | Public]) -> None:
    """Refuse more variables than an environment may have, or more public ones than its page can carry."""
    if len(values) > MAX_SECRETS:
        raise InvalidSecret(f"An environment holds at most {MAX_SECRETS} variables; delete one first.")
    size = sum(len(name) + len(value.text) for name, value in values.items() if isinstance(value, Public))
    if size > MAX_PUBLIC_BYTES:
        raise InvalidSecret(
            f"The public variables would have {size:,} bytes together, names included; an environment's page "
            f"carries at most {MAX_PUBLIC_BYTES:,}.",
            size=size,
        )


def public(value: JsonValue) -> Public:
    """A public value as it is kept: compact JSON in ASCII."""
    return Public(json.dumps(value, separators=(",", ":"), allow_nan=False))


def brings_database(values: Mapping[str, Sealed | Public]) -> bool:
    """Whether people have said where the app's database is: it is not the platform's then."""
    return all(isinstance(values.get(name), Public) for name in (DATABASE_URL_NAME, DATABASE_KEY_NAME))


def page_env(
    app_id: str, values: Mapping[str, Sealed | Public], database: Mapping[str, str]
) -> dict[str, JsonValue]:
    """What the app's page has as `window.ENV`: its public variables and, before any of them, the platform's
    own entries, whose names are RESERVED, and where its `database` is.
    """
    env = {name: json.loads(value.text) for name, value in values.items() if isinstance(value, Public)}
    return {**env, **database, "APP_ID": app_id}


def secret_context(app_id: str, environment: str, name: str) -> str:
    """What a sealed value is bound to, so that it cannot be moved elsewhere in the table."""
    return f"{app_id}/{environment}/{name}"
