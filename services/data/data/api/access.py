"""Who calls: the realm by the address and its key, and as whom by the access token."""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from data.db.models import Realm
from data.domain.auth.claims import check_claims, issuer
from data.domain.auth.errors import AuthRefused
from data.domain.realm import Role
from data.usecases.resources import Resources

ANONYMOUS: Mapping[str, Any] = {"role": "anon"}


@dataclass(frozen=True, slots=True)
class Access:
    """A request that may pass: to which realm, as which role, and what its token says."""

    realm: Realm
    role: Role
    claims: Mapping[str, Any]


async def access_of(request: Request) -> Access:
    """Raises RealmNotFound, and AuthRefused by one of its codes for a missing or wrong key or token."""
    resources: Resources = request.app.state.resources
    realm = await resources.known_realms.find(request.path_params["ref"])
    key = _api_key(request)
    if not hmac.compare_digest(key.encode(), realm.publishable_key.encode()):
        raise AuthRefused("invalid_api_key")
    token = _bearer(request)
    if token is None or hmac.compare_digest(token.encode(), key.encode()):
        return Access(realm, Role.ANON, ANONYMOUS)
    claims = resources.signer.claims(token)
    check_claims(claims, issuer=issuer(resources.settings.data_public_url, realm.ref), now=time.time())
    return Access(realm, Role.AUTHENTICATED, claims)


async def realm_of(request: Request) -> Realm:
    """The realm of a request that needs no key, such as a link in a mail; raises RealmNotFound."""
    resources: Resources = request.app.state.resources
    return await resources.known_realms.find(request.path_params["ref"])


def _api_key(request: Request) -> str:
    # Two of them could be read differently by whatever stands in between.
    keys = {*request.headers.getlist("apikey"), *request.query_params.getlist("apikey")}
    if not keys:
        raise AuthRefused("no_api_key")
    if len(keys) > 1 or len(request.headers.getlist("apikey")) > 1:
        raise AuthRefused("invalid_api_key", "The API key is sent more than once")
    return keys.pop()


def _bearer(request: Request) -> str | None:
    given = request.headers.getlist("authorization")
    if not given:
        return None
    scheme, _, token = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise AuthRefused("no_authorization", "Send one header 'Authorization: Bearer <access token>'")
    return token.strip()


GivenAccess = Annotated[Access, Depends(access_of)]
GivenRealm = Annotated[Realm, Depends(realm_of)]
