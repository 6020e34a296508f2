"""Encryption of secrets at rest: AES-256-GCM, bound to the context a value belongs to."""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.errors import AppError, Unavailable
from common.keyring import Sealed

_NONCE = 12
_FINGERPRINT = b"overskill secrets fingerprint"


class SecretUnreadable(AppError):
    """Its key is lost, or another has its id: only setting it again helps."""

    code = "secret_unreadable"
    status = 409


class SecretKeyMissing(SecretUnreadable, Unavailable):
    """The ring has no key of that id; another replica's may, while a new key is rolled out."""

    retryable = True


class Sealer:
    """Seals under the first key of a ring and opens under all; the context is authenticated with a value.

    A key is 32 bytes, or None when it is lost: what it has sealed counts as unreadable.
    """

    def __init__(self, keys: Mapping[str, bytes | None]) -> None:
        self.first = next(iter(keys))
        self.known = frozenset(keys)
        present = {key_id: key for key_id, key in keys.items() if key is not None}
        self._ciphers = {key_id: AESGCM(key) for key_id, key in present.items()}
        self._fingerprint_keys = {
            key_id: hashlib.sha256(_FINGERPRINT + key).digest() for key_id, key in present.items()
        }

    @property
    def usable(self) -> frozenset[str]:
        """The ids of the keys that are not lost."""
        return frozenset(self._ciphers)

    def seal(self, value: str, context: str) -> Sealed:
        """The value under the first key, to be opened only for the same app, environment and name."""
        nonce = os.urandom(_NONCE)
        cipher = self._ciphers[self.first]
        return Sealed(self.first, nonce + cipher.encrypt(nonce, value.encode(), context.encode()))

    def open(self, sealed: Sealed, context: str) -> str:
        """The value; raises SecretKeyMissing when the ring does not have its key, and SecretUnreadable when
        that is lost, or the key or the context is another.
        """
        key_id, data = sealed.key_id, sealed.data
        if key_id not in self.known:
            raise SecretKeyMissing(
                f"The secret {context} is sealed under the key {key_id!r}, which SECRETS_KEYS does not hold.",
                secret=context,
                key_id=key_id,
            )
        if key_id not in self._ciphers:
            raise SecretUnreadable(
                f"The secret {context} is sealed under the key {key_id!r}, which is lost; set it again.",
                secret=context,
                key_id=key_id,
            )
        try:
            return self._ciphers[key_id].decrypt(data[:_NONCE], data[_NONCE:], context.encode()).decode()
        except (InvalidTag, ValueError) as error:  # the latter for what is no nonce or no text
            raise SecretUnreadable(
                f"The secret {context} cannot be opened with the key {key_id!r} of SECRETS_KEYS, which is "
                "not the one that sealed it; set it again.",
                secret=context,
                key_id=key_id,
            ) from error

    def fingerprint(self, values: Mapping[str, object]) -> str:
        """Equal for equal values under the same first key, and tells nothing about them without it."""
        return self._fingerprint(self.first, values)

    def matches(self, fingerprint: str | None, values: Mapping[str, object]) -> bool:
        """Whether it is these values' fingerprint, by whichever key of the ring it was made.

        One of a key that the ring no longer has matches nothing.
        """
        key_id, separator, _ = (fingerprint or "").partition(":")
        if not separator or key_id not in self._fingerprint_keys:
            return False
        return hmac.compare_digest(fingerprint or "", self._fingerprint(key_id, values))

    def _fingerprint(self, key_id: str, values: Mapping[str, object]) -> str:
        text = json.dumps(sorted(values.items())).encode()
        return f"{key_id}:{hmac.new(self._fingerprint_keys[key_id], text, hashlib.sha256).hexdigest()}"
