"""OpenID Connect: asks an app's providers who somebody is."""

import asyncio
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken, IDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from common.errors import AppError, Unavailable
from common.logging import get_logger
from data.clients.outside import MAX_BYTES
from data.domain.auth.profiles import MAX_ID_TOKEN, Profile, read_profile

DISCOVERY = "/.well-known/openid-configuration"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Signatures only: what is made with a shared secret, or not at all, proves nothing."""

_TOTAL_SECONDS = 10.0
_KEPT_SECONDS = 3600.0
_FRESH_SECONDS = 30.0
_MAX_ISSUERS = 500
_LEEWAY_SECONDS = 60
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")

logger = get_logger(__name__)


class ProviderAway(Unavailable):
    """The provider does not answer, or answers what no provider would."""

    code = "provider_unavailable"


class ProviderRefused(AppError):
    """The provider, or what it has signed, does not vouch for this sign-in."""

    code = "bad_oauth_callback"
    status = 400


@dataclass(frozen=True, kw_only=True)
class Client:
    """The app as its provider knows it. Without a secret it is a public client."""

    issuer: str
    client_id: str
    secret: str | None = field(default=None, repr=False)
    scopes: Sequence[str] = ("openid", "email", "profile")


@dataclass
class _Issuer:
    metadata: Mapping[str, Any]
    read_at: float
    keys: KeySet | None = None
    keys_read_at: float = 0.0
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


class OpenIDConnect:
    """Remembers what issuers say of themselves for an hour. All methods raise ProviderAway."""

    def __init__(self, http: httpx.AsyncClient, trusted_hosts: frozenset[str] = frozenset()) -> None:
        self._http = http
        self._trusted_hosts = trusted_hosts
        self._issuers: OrderedDict[str, _Issuer] = OrderedDict()
        self._reading: dict[str, asyncio.Lock] = {}

    async def authorization_url(
        self, client: Client, *, redirect_uri: str, state: str, nonce: str, verifier: str, **extra: str
    ) -> str:
        """Where the browser has to go; `verifier` is the one of PKCE, which the provider sees hashed."""
        issuer = await self._issuer(client.issuer)
        url: str = prepare_grant_uri(
            issuer.metadata["authorization_endpoint"],
            client_id=client.client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=" ".join(client.scopes),
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            **extra,
        )
        return url

    async def exchange(
        self, client: Client, *, code: str, redirect_uri: str, verifier: str, nonce: str
    ) -> Profile:
        """Whom the code stands for; raises ProviderRefused."""
        issuer = await self._issuer(client.issuer)
        token = await self._token(issuer, client, code, redirect_uri, verifier)
        id_token, access_token = token.get("id_token"), token.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise ProviderRefused("The provider answered without an ID token.")
        claims = await self._claims(issuer, client, id_token, nonce, access_token)
        if "email" not in claims and "userinfo_endpoint" in issuer.metadata:
            claims = {**await self._userinfo(issuer, access_token, claims["sub"]), **claims}
        return _profile(client, claims)

    async def check(
        self, client: Client, id_token: str, *, nonce: str | None, access_token: str | None
    ) -> Profile:
        """Whom an ID token names that the app itself got; raises ProviderRefused.

        The provider has signed the nonce's SHA-256 in hexadecimal, as Supabase has it, or the nonce itself.
        """
        issuer = await self._issuer(client.issuer)
        claims = await self._claims(issuer, client, id_token, None, access_token)
        signed = claims.get("nonce")
        if bool(signed) != bool(nonce):
            raise ProviderRefused("Passed nonce and nonce in id_token should either both exist or not.")
        if nonce and not _same_nonce(nonce, str(signed)):
            raise ProviderRefused("Nonces mismatch")
        return _profile(client, claims)

    async def _token(
        self, issuer: _Issuer, client: Client, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, Any]:
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=redirect_uri, code_verifier=verifier
        )
        url = issuer.metadata["token_endpoint"]
        headers = {"content-type": "application/x-www-form-urlencoded"}
        url, headers, body = _authentication(issuer, client).prepare("POST", url, headers, body)
        response = await self._send("POST", url, headers=headers, content=body)
        if response.is_client_error:
            reason = _error_of(response)
            logger.info("provider refused a code", issuer=client.issuer, reason=reason)
            raise ProviderRefused(f"Unable to exchange external code: {reason}")
        return _document(response, client.issuer)

    async def _userinfo(self, issuer: _Issuer, access_token: str, subject: str) -> Mapping[str, Any]:
        headers = {"authorization": f"Bearer {access_token}"}
        url = issuer.metadata["userinfo_endpoint"]
        response = await self._send("GET", url, headers=headers)
        found = _document(response, url)
        if found.get("sub") != subject:
            raise ProviderRefused("The provider's profile is of somebody else.")
        return found

    async def _claims(
        self, issuer: _Issuer, client: Client, id_token: str, nonce: str | None, access_token: str | None
    ) -> Mapping[str, Any]:
        if len(id_token) > MAX_ID_TOKEN or not id_token.isascii():
            raise ProviderRefused("Bad ID token")
        options: Any = {
            "iss": {"essential": True, "value": issuer.metadata["issuer"]},
            "aud": {"essential": True, "value": client.client_id},
        }
        params = {"nonce": nonce, "client_id": client.client_id, "access_token": access_token}
        kind = CodeIDToken if nonce else IDToken
        try:
            keys = await self._keys(issuer, id_token)
            token = jwt.decode(id_token, keys, algorithms=list(ALGORITHMS))
            checked = kind(token.claims, token.header, options, params)
            checked.validate(leeway=_LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            logger.info("ID token refused", issuer=client.issuer, reason=type(error).__name__)
            raise ProviderRefused(f"Bad ID token: {type(error).__name__}") from error
        return dict(checked)

    async def _keys(self, issuer: _Issuer, id_token: str) -> KeySet:
        """The issuer's keys, read anew when the token names one that is not among them."""
        kid = jws.extract_compact(id_token.encode()).headers().get("kid")
        async with issuer.reading:
            known = issuer.keys is not None and (kid is None or any(key.kid == kid for key in issuer.keys))
            now = time.monotonic()
            fresh = now - issuer.keys_read_at < (_KEPT_SECONDS if known else _FRESH_SECONDS)
            if issuer.keys is None or not fresh:
                url = issuer.metadata["jwks_uri"]
                found = _document(await self._send("GET", url), url)
                issuer.keys = KeySet.import_key_set({"keys": [key for key in found["keys"] if _usable(key)]})
                issuer.keys_read_at = now
            return issuer.keys

    async def _issuer(self, address: str) -> _Issuer:
        async with self._reading.setdefault(address, asyncio.Lock()):
            known = self._issuers.get(address)
            if known is None or time.monotonic() - known.read_at > _KEPT_SECONDS:
                known = _Issuer(await self._discover(address), time.monotonic())
                self._issuers[address] = known
            self._issuers.move_to_end(address)
        while len(self._issuers) > _MAX_ISSUERS:
            self._issuers.popitem(last=False)
        if len(self._reading) > _MAX_ISSUERS:
            self._reading = {key: lock for key, lock in self._reading.items() if lock.locked()}
        return known

    async def _discover(self, address: str) -> Mapping[str, Any]:
        found = _document(await self._send("GET", address.rstrip("/") + DISCOVERY), address)
        if str(found.get("issuer")).rstrip("/") != address.rstrip("/"):
            raise ProviderAway(f"{address} calls itself another issuer; correct the provider's settings.")
        endpoints = [found.get(name) for name in _ENDPOINTS] + [
            found[name] for name in ("userinfo_endpoint",) if name in found
        ]
        if not all(self._is_endpoint(endpoint) for endpoint in endpoints):
            raise ProviderAway(f"{address} does not say where its endpoints are, or not by HTTPS.")
        return found

    def _is_endpoint(self, url: object) -> bool:
        if not isinstance(url, str):
            return False
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in self._trusted_hosts)

    async def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        try:
            async with asyncio.timeout(_TOTAL_SECONDS):
                return await self._http.request(method, url, **options)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            host = urlsplit(url).hostname
            logger.warning("provider away", host=host, reason=f"{type(error).__name__}: {error}")
            raise ProviderAway(f"The sign-in at {host} does not answer; try again shortly.") from error


def _authentication(issuer: _Issuer, client: Client) -> ClientAuth:
    if client.secret is None:
        return ClientAuth(client.client_id, None, "none")
    supported = issuer.metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if "client_secret_post" in supported:
        return ClientAuth(client.client_id, client.secret, "client_secret_post")
    # RFC 6749, 2.3.1: both are written as in a form before they are put together.
    return ClientAuth(quote(client.client_id, safe=""), quote(client.secret, safe=""), "client_secret_basic")


def _document(response: httpx.Response, whose: str) -> Mapping[str, Any]:
    try:
        found = response.json() if response.is_success and len(response.content) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        logger.warning("no document of a provider", whose=whose, status=response.status_code)
        raise ProviderAway("The provider answers what cannot be understood; try again shortly.")
    return found


def _error_of(response: httpx.Response) -> str:
    try:
        error = str(response.json()["error"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"status {response.status_code}"
    return error[:100] if error.isascii() and error.isprintable() else "error"


def _usable(key: object) -> bool:
    """Encryption keys and shared secrets are none to verify a signature with."""
    return isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kty") in {"RSA", "EC", "OKP"}


def _same_nonce(nonce: str, signed: str) -> bool:
    hashed = hashlib.sha256(nonce.encode("utf-8", "replace")).hexdigest()
    return hmac.compare_digest(hashed.encode(), signed.encode("utf-8", "replace")) or hmac.compare_digest(
        nonce.encode("utf-8", "replace"), signed.encode("utf-8", "replace")
    )


def _profile(client: Client, claims: Mapping[str, Any]) -> Profile:
    try:
        return read_profile(client.issuer, claims)
    except ValueError as error:
        raise ProviderRefused(f"Bad ID token: {error}.") from error
