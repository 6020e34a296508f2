"""Signs access tokens and checks signatures: ES256, with a ring of keys of which the first signs."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from data.domain.auth.errors import AuthRefused

ALGORITHM = "ES256"
_KID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_MAX_TOKEN = 32 * 1024
_REMEMBERED = 4096


def parse_signing_keys(text: str) -> list[ECKey]:
    """The keys of JWT_KEYS, `<kid>:<base64 of PKCS 8 DER>,…`; the first signs, all verify.

    Raises ValueError, which never holds a part of a key.
    """
    keys: dict[str, ECKey] = {}
    for number, entry in enumerate(text.split(","), start=1):
        kid, _, encoded = entry.strip().partition(":")
        if not _KID.fullmatch(kid):
            raise ValueError(f"entry {number} has no id: write id:key, the id of letters, digits, _ and -")
        if kid in keys:
            raise ValueError(f"the id {kid!r} stands there twice")
        keys[kid] = _key(kid, encoded)
    return list(keys.values())


def _key(kid: str, encoded: str) -> ECKey:
    try:
        private = load_der_private_key(base64.b64decode(encoded, validate=True), password=None)
    except (ValueError, TypeError, binascii.Error):
        private = None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise ValueError(  # noqa: TRY004  # a value of the setting
            f"the key {kid!r} must be a private key of P-256, PKCS 8 DER in base64, for example from: "
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -outform DER | base64 -w0"
        )
    return ECKey.import_key(private, {"kid": kid, "use": "sig", "alg": ALGORITHM})


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token says, and `text`, the same as JSON."""

    claims: Mapping[str, Any]
    text: str

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Self:
        """With the text that they make."""
        return cls(MappingProxyType(dict(claims)), json.dumps(dict(claims), separators=(",", ":")))


class Signer:
    """Signs with the first key and verifies with all; remembers which tokens it has verified."""

    def __init__(self, keys: Sequence[ECKey]) -> None:
        self._first = keys[0]
        self._keys = KeySet(list(keys))
        self.jwks = {"keys": [{**key.as_dict(private=False), "key_ops": ["verify"]} for key in keys]}
        """The public keys as RFC 7517 has them, for whoever verifies tokens."""
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._verify)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """The token with these claims."""
        header = {"alg": ALGORITHM, "kid": self._first.kid}
        return jwt.encode(header, dict(claims), self._first, algorithms=[ALGORITHM])

    def verified(self, token: str) -> Verified:
        """The claims of a token that one of the keys has signed; what they say has yet to be judged.

        Raises AuthRefused.
        """
        if len(token) > _MAX_TOKEN or not token.isascii():
            raise AuthRefused("bad_jwt")
        return self._remembered(token)

    def _verify(self, token: str) -> Verified:
        try:
            return Verified.of(jwt.decode(token, self._keys, algorithms=[ALGORITHM]).claims)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise AuthRefused("bad_jwt") from error
