"""Rules for an app's secrets."""

import re

from deployer.domain.errors import InvalidSecret

MAX_VALUE_BYTES = 5 * 1024
MAX_SECRETS = 60
RESERVED = frozenset({"ASSETS", "APP_ID", "ENVIRONMENT"})
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


def check_secret(name: str, value: str) -> None:
    """Refuse a name or value that cannot be bound to the app's Worker."""
    if not _NAME.fullmatch(name):
        raise InvalidSecret(
            f"{name!r} is no name for a secret: use A-Z, 0-9 and _, a letter first, at most 64 characters.",
            name=name,
        )
    if name in RESERVED or name.startswith(("CF_", "CLOUDFLARE_", "OVERSKILL_")):
        raise InvalidSecret(f"{name} is reserved by the platform; choose another name.", name=name)
    size = len(value.encode())
    if not 0 < size <= MAX_VALUE_BYTES:
        raise InvalidSecret(
            f"The value of {name} is {size:,} bytes; 1 to {MAX_VALUE_BYTES:,} are allowed.",
            name=name,
            size=size,
        )


def secret_context(app_id: str, environment: str, name: str) -> str:
    """What a sealed value is bound to, so that it cannot be moved elsewhere in the table."""
    return f"{app_id}/{environment}/{name}"
