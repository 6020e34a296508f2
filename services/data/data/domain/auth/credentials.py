"""What people sign in with: e-mail addresses, passwords and what they say about themselves."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from data.domain.auth.errors import AuthRefused

MAX_PASSWORD_BYTES = 1024
MAX_METADATA_BYTES = 8 * 1024
MAX_METADATA_DEPTH = 50
"""Levels of objects and lists. Whoever writes or reads them one within another has no more than some 250."""

_MAX_ADDRESS = 254
_MAX_LOCAL = 64
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ENCODED = "=?"
"""Begins an encoded word (RFC 2047), by which a mail's header would name another mailbox than the address."""

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it, after an even number of backslashes
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def normalised_address(text: str) -> str:
    """The e-mail address in lower case, its domain as DNS writes it.

    Raises AuthRefused for what is none. Letters beyond ASCII are taken in the domain only: what looks the
    same is then the same.
    """
    local, _, domain = text.strip().lower().rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        domain = ""
    labels = domain.split(".")
    address = f"{local}@{domain}"
    valid = (
        len(address) <= _MAX_ADDRESS
        and len(local) <= _MAX_LOCAL
        and _LOCAL.fullmatch(local)
        and _ENCODED not in local
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )
    if not valid:
        raise AuthRefused("validation_failed", "Unable to validate email address: invalid format")
    return address


def check_password(password: str, min_length: int) -> None:
    """Raises AuthRefused for a password that is too short or too long."""
    if len(password.encode()) > MAX_PASSWORD_BYTES:
        raise AuthRefused("validation_failed", f"Password cannot be longer than {MAX_PASSWORD_BYTES} bytes")
    if len(password) < min_length:
        raise AuthRefused(
            "weak_password",
            f"Password should be at least {min_length} characters.",
            reasons=("length",),
        )


def checked_metadata(data: Mapping[str, Any]) -> dict[str, Any]:
    """What people say about themselves; it travels in every token, so raises AuthRefused for too much."""
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except (ValueError, RecursionError) as error:  # halves of characters, NaN, too deep
        raise AuthRefused("validation_failed", "The user's data cannot be stored as JSON") from error
    if size > MAX_METADATA_BYTES:
        raise AuthRefused(
            "validation_failed", f"The user's data takes {size:,} of {MAX_METADATA_BYTES:,} bytes at most"
        )
    if _deeper(data, MAX_METADATA_DEPTH):
        raise AuthRefused(
            "validation_failed",
            f"The user's data has more than {MAX_METADATA_DEPTH} levels within each other",
        )
    if _NUL.search(text):
        raise AuthRefused("validation_failed", "The user's data must not hold the character NUL")
    return dict(data)


def merged_metadata(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The old data with the new over it; null takes a key away."""
    merged = {**old, **new}
    return checked_metadata({key: value for key, value in merged.items() if value is not None})


def stored_metadata(text: str) -> dict[str, Any]:
    """What is stored of a user as JSON, without what nobody could be shown: it may be of a restored dump."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):  # a number of thousands of digits, or too deep
        return {}
    if not isinstance(data, dict):
        return {}
    return {name: value for name, value in data.items() if not _deeper(value, MAX_METADATA_DEPTH - 1)}


def _deeper(value: Any, most: int) -> bool:
    """Whether there are more levels of objects and lists than `most`."""
    level = [value]
    for _ in range(most):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterator[Any]:
    """The objects and lists in an object or a list."""
    held = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return (inner for inner in held if isinstance(inner, Mapping | list))
