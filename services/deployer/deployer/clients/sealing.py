"""Encryption of secrets at rest: AES-256-GCM, bound to the context a value belongs to."""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from deployer.errors import SecretUnreadable

_NONCE = 12


class Sealer:
    """Seals with AES-256-GCM under one key of 32 bytes; the context is authenticated with it."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._fingerprint_key = hashlib.sha256(b"overskill secrets fingerprint" + key).digest()

    def seal(self, value: str, context: str) -> bytes:
        """Nonce and ciphertext, to be opened only for the same app, environment and name."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, value.encode(), context.encode())

    def open(self, sealed: bytes, context: str) -> str:
        """The value; raises SecretUnreadable for another key or another context."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode()).decode()
        except InvalidTag as error:
            raise SecretUnreadable(
                f"The secret {context} cannot be decrypted with this SECRETS_KEY; set it again.",
                secret=context,
            ) from error

    def fingerprint(self, values: Mapping[str, str]) -> str:
        """Equal for equal secrets, and tells nothing about them without the key."""
        text = json.dumps(sorted(values.items())).encode()
        return hmac.new(self._fingerprint_key, text, hashlib.sha256).hexdigest()
