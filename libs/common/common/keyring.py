"""The key ring of SECRETS_KEYS: which key seals, and which others still open what they have sealed.

Pure: domains may know what is sealed.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

KEY_BYTES = 32
LOST = "lost"
"""Stands for a key that is gone for good: what it has sealed is known to be unreadable."""


@dataclass(frozen=True)
class Sealed:
    """An encrypted value: nonce and ciphertext, and the id of the key that opens it."""

    key_id: str
    data: bytes = field(repr=False)


_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")


def parse_keys(text: str) -> Mapping[str, bytes | None]:
    """The keys by their ids, in their order; None for a lost one. The first seals.

    Raises ValueError, which never holds a part of a key.
    """
    keys: dict[str, bytes | None] = {}
    for number, entry in enumerate(text.split(","), start=1):
        key_id, _, key = entry.strip().partition(":")
        if not _ID.fullmatch(key_id):
            raise ValueError(f"entry {number} has no id: write id:key, the id of letters, digits, _ and -")
        if key_id in keys:
            raise ValueError(f"the id {key_id!r} stands there twice")
        keys[key_id] = None if key == LOST else _decoded(key_id, key)
    if next(iter(keys.values())) is None:
        raise ValueError("the first key seals and cannot be lost")
    return keys


def _decoded(key_id: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:  # binascii.Error is one, and so is text beyond ASCII
        key = b""
    if len(key) != KEY_BYTES:
        example = "for example from: openssl rand -base64 32"
        raise ValueError(f"the key {key_id!r} must be {KEY_BYTES} bytes in base64, {example}")
    return key
