"""Identifiers: sortable by time, safe in URLs, telling what they name."""

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_LETTERS = "abcdefghjkmnpqrstvwxyz"


def _encode(value: int, length: int) -> str:
    digits = []
    for _ in range(length):
        value, digit = divmod(value, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def new_id(prefix: str) -> str:
    """A new id such as `run_01k8…`: 48 bits of milliseconds, then 80 random bits (the layout of a ULID)."""
    return f"{prefix}_{_encode(time.time_ns() // 1_000_000, 10)}{_encode(secrets.randbits(80), 16)}"


def derived_id(prefix: str, seed: bytes | None) -> str:
    """The same id for the same seed of 16 bytes or more, of which nobody can say when it was made.

    Without a seed a new one.
    """
    if seed is None:
        return new_id(prefix)
    return f"{prefix}_{_encode(int.from_bytes(seed[:16]), 26)}"


def new_app_id() -> str:
    """A new app id: 12 characters, a letter first.

    It is also the name of the app's Worker and a DNS label, and short enough to prefix database names.
    """
    return secrets.choice(_LETTERS) + _encode(secrets.randbits(55), 11)
