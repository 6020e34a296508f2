"""Sign-in at a provider of OpenID Connect: there and back again."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from common.logging import get_logger
from data.clients.flows import put_flow, take_flow
from data.clients.oidc import Client, ProviderAway, ProviderRefused
from data.domain.auth.errors import AuthRefused
from data.domain.auth.flows import Flow, Started, callback_url, cookie_name
from data.domain.auth.limits import Attempt
from data.domain.auth.profiles import Profile
from data.domain.auth.tokens import AUTH_CODE_SECONDS, checked_challenge, digest, new_secret
from data.domain.auth.users import User, shown_user
from data.usecases.auth.accounts import account_of, link, unlink
from data.usecases.auth.caller import Caller, Pool, user_pool
from data.usecases.auth.limits import take
from data.usecases.auth.sessions import begin_session, signed_in
from data.usecases.auth.verify import with_fragment, with_query
from data.usecases.resources import Resources

METHOD = "oauth"
_MAX_SCOPES = 20

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an app asks for at the beginning; `extra` is for the provider."""

    provider: str
    redirect_to: str | None = None
    scopes: str = ""
    challenge: tuple[str | None, str | None] = (None, None)
    extra: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What the browser comes back with from the provider."""

    state: str
    code: str = ""
    error: str = ""
    error_description: str = ""
    issuer: str | None = None
    cookies: Mapping[str, str]


async def start(
    resources: Resources, caller: Caller, wish: Wish, claims: Mapping[str, Any] | None = None
) -> Started:
    """Begins a sign-in; with the claims of a signed-in user one that adds to their account.

    A provider that is away is told to the app as at the end. Raises AuthRefused.
    """
    proof = checked_challenge(*wish.challenge)
    client = _client(resources, caller, wish.provider)
    extra_scopes = [scope for scope in wish.scopes.split() if scope not in client.scopes][:_MAX_SCOPES]
    client = replace(client, scopes=(*client.scopes, *extra_scopes))
    await take(resources, caller, Attempt.PROVIDER)
    state, browser = new_secret(), None if claims else new_secret()
    flow = Flow(
        provider=wish.provider,
        nonce=new_secret(),
        verifier=new_secret(),
        redirect_to=caller.redirect(wish.redirect_to),
        challenge=proof,
        browser=digest(browser) if browser else None,
        user_id=str(claims["sub"]) if claims else None,
    )
    try:
        url = await resources.openid.authorization_url(
            client,
            redirect_uri=callback_url(caller.issuer),
            state=state,
            nonce=flow.nonce,
            verifier=flow.verifier,
            **wish.extra,
        )
    except ProviderAway as error:
        return Started(_failed(flow.redirect_to, "server_error", error.code, error.message), None)
    async with user_pool(resources, caller.realm) as pool:
        if claims is not None:
            await signed_in(pool, claims)
        await put_flow(pool.connection, caller.realm.ref, digest(state), flow)
    return Started(url, (cookie_name(state), browser) if browser else None)


async def finish(resources: Resources, caller: Caller, back: Return) -> str:
    """Where the browser has to go on to: into the app with a session, a code, or with what is wrong."""
    async with user_pool(resources, caller.realm) as pool:
        flow = await take_flow(pool.connection, caller.realm.ref, digest(back.state))
    if flow is None or not _same_browser(flow, back):
        message = "OAuth state is unknown, used, too old or of another browser; sign in again"
        return _failed(caller.site_url, "invalid_request", "bad_oauth_state", message)
    try:
        profile = await _profile(resources, caller, flow, back)
        async with user_pool(resources, caller.realm) as pool:
            if flow.user_id is None:
                user = await account_of(pool, caller, flow.provider, profile)
            else:
                user = await link(pool, flow.user_id, flow.provider, profile)
            return await _into_app(resources, caller, pool, flow, user)
    except (AuthRefused, ProviderRefused, ProviderAway) as error:
        kind = "access_denied" if back.error == "access_denied" else "server_error"
        return _failed(flow.redirect_to, kind, error.code, error.message)


async def sign_in_by_token(
    resources: Resources,
    caller: Caller,
    *,
    provider: str,
    id_token: str,
    nonce: str | None,
    access_token: str | None,
    claims: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A session for whom an ID token names that the app itself got; with the claims of a signed-in user the
    identity is added to their account. Raises AuthRefused, ProviderAway.
    """
    client = _client(resources, caller, provider)
    await take(resources, caller, Attempt.PROVIDER)
    try:
        profile = await resources.openid.check(client, id_token, nonce=nonce, access_token=access_token)
    except ProviderRefused as error:
        raise AuthRefused("invalid_credentials", error.message) from error
    async with user_pool(resources, caller.realm) as pool:
        if claims is None:
            user = await account_of(pool, caller, provider, profile)
        else:
            signed, _ = await signed_in(pool, claims, lock=True)
            user = await link(pool, signed.id, provider, profile)
        return await begin_session(resources, caller, pool, user, METHOD)


async def remove_identity(
    resources: Resources, caller: Caller, claims: Mapping[str, Any], identity_id: str
) -> dict[str, Any]:
    """The user without that way to sign in. Raises AuthRefused."""
    async with user_pool(resources, caller.realm) as pool:
        user, _ = await signed_in(pool, claims, lock=True)
        await unlink(pool, user, identity_id)
        left = await pool.users.by_id(user.id)
    return shown_user(left or user)


def _client(resources: Resources, caller: Caller, name: str) -> Client:
    provider = caller.settings.providers.get(name)
    if provider is None or not provider.enabled:
        raise AuthRefused("validation_failed", f"Unsupported provider: provider {name[:50]!r} is not enabled")
    secret = provider.secret(caller.realm.ref, resources.sealer.open)
    return Client(issuer=provider.issuer, client_id=provider.client_id, secret=secret, scopes=provider.scopes)


async def _profile(resources: Resources, caller: Caller, flow: Flow, back: Return) -> Profile:
    client = _client(resources, caller, flow.provider)
    if back.error:
        text = back.error_description or back.error
        raise ProviderRefused(text[:200] if text.isprintable() else "The provider refused.")
    if back.issuer is not None and back.issuer.rstrip("/") != client.issuer.rstrip("/"):
        raise ProviderRefused("The answer is of another provider.")  # RFC 9207
    if not back.code:
        raise ProviderRefused("OAuth callback with missing authorization code missing")
    return await resources.openid.exchange(
        client,
        code=back.code,
        redirect_uri=callback_url(caller.issuer),
        verifier=flow.verifier,
        nonce=flow.nonce,
    )


async def _into_app(resources: Resources, caller: Caller, pool: Pool, flow: Flow, user: User) -> str:
    if flow.challenge is not None:
        code = await pool.sessions.put_code(user.id, METHOD, flow.challenge, seconds=AUTH_CODE_SECONDS)
        return with_query(flow.redirect_to, {"code": code})
    session = await begin_session(resources, caller, pool, user, METHOD)
    session.pop("user")
    return with_fragment(flow.redirect_to, session)


def _same_browser(flow: Flow, back: Return) -> bool:
    if flow.browser is None:
        return True
    cookie = back.cookies.get(cookie_name(back.state), "")
    return hmac.compare_digest(flow.browser, digest(cookie))


def _failed(url: str, error: str, code: str, message: str) -> str:
    """In the query for PKCE and in the fragment, as auth-js looks for it."""
    values = {"error": error, "error_code": code, "error_description": message}
    return with_fragment(with_query(url, values), values)
