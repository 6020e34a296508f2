"""Encryption of secrets at rest: AES-256-GCM, bound to the place a value belongs to."""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Sealer:
    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._fingerprint_key = hashlib.sha256(b"overskill secrets fingerprint" + key).digest()

    def seal(self, value: str, place: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, value.encode(), place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        """The value; raises cryptography's InvalidTag for another key or another place."""
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode()).decode()

    def fingerprint(self, values: Mapping[str, str]) -> str:
        """Equal for equal secrets, and tells nothing about them without the key."""
        text = json.dumps(sorted(values.items())).encode()
        return hmac.new(self._fingerprint_key, text, hashlib.sha256).hexdigest()
