"""Who calls: the realm by the address and its key, and as whom by the access token."""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, unquote

from fastapi import Depends, Request

from data.clients.signing import Verified
from data.db.models import Realm
from data.domain.auth.claims import check_claims, issuer
from data.domain.auth.errors import AuthRefused
from data.domain.realm import Role
from data.usecases.resources import Resources

_ANONYMOUS = Verified.of({"role": "anon"})

Headers = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Access:
    """A request that may pass: to which realm, as which role, and what its token says."""

    realm: Realm
    role: Role
    token: Verified


async def access_of(request: Request) -> Access:
    """Raises RealmNotFound, and AuthRefused by one of its codes for a missing or wrong key or token."""
    return await access_by(request, headers_of(request))


async def access_by(request: Request, headers: Headers) -> Access:
    """As `access_of`, for one who has read the request's headers already."""
    resources: Resources = request.app.state.resources
    realm = await resources.known_realms.find(request.path_params["ref"])
    key = _api_key(headers.get("apikey", []), request.scope["query_string"].decode("latin-1"))
    if not hmac.compare_digest(key.encode(), realm.publishable_key.encode()):
        raise AuthRefused("invalid_api_key")
    token = _bearer(headers.get("authorization", []))
    if token is None or hmac.compare_digest(token.encode(), key.encode()):
        return Access(realm, Role.ANON, _ANONYMOUS)
    verified = resources.signer.verified(token)
    own = issuer(resources.settings.data_public_url, realm.ref)
    check_claims(verified.claims, issuer=own, now=time.time())
    return Access(realm, Role.AUTHENTICATED, verified)


def headers_of(request: Request) -> Headers:
    """The values of each header by its name, in lower case."""
    headers: dict[str, list[str]] = {}
    for name, value in request.scope["headers"]:
        headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return headers


async def realm_of(request: Request) -> Realm:
    """The realm of a request that needs no key, such as a link in a mail; raises RealmNotFound."""
    resources: Resources = request.app.state.resources
    return await resources.known_realms.find(request.path_params["ref"])


def _api_key(given: list[str], query: str) -> str:
    # Two of them could be read differently by whatever stands in between.
    keys = set(given)
    if "apikey" in unquote(query):
        keys.update(value for name, value in parse_qsl(query, keep_blank_values=True) if name == "apikey")
    if not keys:
        raise AuthRefused("no_api_key")
    if len(keys) > 1 or len(given) > 1:
        raise AuthRefused("invalid_api_key", "The API key is sent more than once")
    return keys.pop()


def _bearer(given: list[str]) -> str | None:
    if not given:
        return None
    scheme, _, token = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise AuthRefused("no_authorization", "Send one header 'Authorization: Bearer <access token>'")
    return token.strip()


GivenAccess = Annotated[Access, Depends(access_of)]
GivenRealm = Annotated[Realm, Depends(realm_of)]
