"""Sessions: begun by whatever proves who somebody is, renewed by refresh tokens, ended by signing out."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from common.clock import utcnow
from data.clients.sessions import RefreshToken
from data.domain.auth.claims import access_claims
from data.domain.auth.errors import AuthRefused
from data.domain.auth.limits import Attempt
from data.domain.auth.settings import AuthSettings
from data.domain.auth.tokens import Reuse, child_of, judge_reuse, proves
from data.domain.auth.users import Session, User, shown_user
from data.usecases.auth.caller import Caller, Pool, user_pool
from data.usecases.auth.limits import take
from data.usecases.resources import Resources

SCOPES = ("global", "local", "others")


async def begin_session(
    resources: Resources, caller: Caller, pool: Pool, user: User, method: str
) -> dict[str, Any]:
    """Signs in a user who has proved by `method` who they are; the answer for auth-js.

    Raises AuthRefused for a banned user.
    """
    now = utcnow()
    if user.banned(now):
        raise AuthRefused("user_banned")
    amr = [{"method": method, "timestamp": int(now.timestamp())}]
    session, token = await pool.sessions.start(user.id, amr, user_agent=caller.user_agent, ip=caller.address)
    user = await pool.users.change(user.id, last_sign_in_at=now)
    return session_answer(resources, caller, user, session, token)


def session_answer(
    resources: Resources, caller: Caller, user: User, session: Session, refresh_token: str
) -> dict[str, Any]:
    """auth-js's type `Session`, with a new access token."""
    now, seconds = int(time.time()), caller.settings.jwt_seconds
    claims = access_claims(user, session, issuer=caller.issuer, now=now, seconds=seconds)
    return {
        "access_token": resources.signer.sign(claims),
        "token_type": "bearer",
        "expires_in": seconds,
        "expires_at": now + seconds,
        "refresh_token": refresh_token,
        "user": shown_user(user),
    }


async def refresh(resources: Resources, caller: Caller, token: str) -> dict[str, Any]:
    """Renews a session. A token that was used before ends it, unless that was a moment ago.

    Raises AuthRefused.
    """
    await take(resources, caller, Attempt.REFRESH)
    async with user_pool(resources, caller.realm) as pool:
        found = await pool.sessions.refresh_token(token)
        if found is None:
            raise AuthRefused("refresh_token_not_found")
        user = await pool.users.by_id(found.session.user_id)
        if user is None:
            raise AuthRefused("refresh_token_not_found")
        refusal = _refusal(found, user, caller.settings)
        if refusal is None:
            reused = found.used_at is not None
            follower = (
                child_of(token, found.salt)
                if reused and found.salt is not None
                else await pool.sessions.rotate(found.session, token)
            )
            return session_answer(resources, caller, user, found.session, follower)
        await pool.sessions.end(user.id, only=found.session.id)
    raise AuthRefused(refusal)  # after the transaction, which has to end the session


def _refusal(found: RefreshToken, user: User, settings: AuthSettings) -> str | None:
    """By which code the session ends instead of being renewed."""
    now = utcnow()
    if user.banned(now):
        return "user_banned"
    if is_over(found.session, settings, now):
        return "session_expired"
    if judge_reuse(found.used_at, child_used=found.child_used, now=now) is Reuse.STOLEN:
        return "refresh_token_already_used"
    return None


def is_over(session: Session, settings: AuthSettings, now: datetime) -> bool:
    """Whether the session has lasted as long as the settings let it, or rested so long."""
    limits = (
        (settings.session_seconds, session.created_at),
        (settings.session_idle_seconds, session.refreshed_at),
    )
    return any(seconds is not None and now - since > timedelta(seconds=seconds) for seconds, since in limits)


async def exchange_code(resources: Resources, caller: Caller, code: str, verifier: str) -> dict[str, Any]:
    """Signs in by the code of PKCE that a redirect has brought; raises AuthRefused."""
    if not code or not verifier:
        raise AuthRefused(
            "validation_failed", "invalid request: both auth code and code verifier should be non-empty"
        )
    await take(resources, caller, Attempt.VERIFY)
    async with user_pool(resources, caller.realm) as pool:
        found = await pool.sessions.take_code(code)
        user = None if found is None else await pool.users.by_id(found.user_id)
        if found is None or user is None:
            refusal = "flow_state_not_found"
        elif found.expires_at <= utcnow():
            refusal = "flow_state_expired"
        elif not proves(verifier, found.challenge, found.challenge_method):
            refusal = "bad_code_verifier"
        else:
            return await begin_session(resources, caller, pool, user, found.method)
    raise AuthRefused(refusal)  # after the transaction: the code is used up


async def signed_in(pool: Pool, claims: Mapping[str, Any], *, lock: bool = False) -> tuple[User, Session]:
    """Who sends an access token; raises AuthRefused when the user or the session is gone since."""
    user = await pool.users.by_id(str(claims["sub"]), lock=lock)
    if user is None:
        raise AuthRefused("user_not_found")
    session = await pool.sessions.find(str(claims["session_id"]))
    if session is None or session.user_id != user.id:
        raise AuthRefused("session_not_found")
    return user, session


async def sign_out(resources: Resources, caller: Caller, claims: Mapping[str, Any], scope: str) -> None:
    """Ends the session, all of the user's, or all others; raises AuthRefused."""
    if scope not in SCOPES:
        raise AuthRefused("validation_failed", f'Unsupported logout scope "{scope[:50]}"')
    async with user_pool(resources, caller.realm) as pool:
        user, session = await signed_in(pool, claims)
        only = session.id if scope == "local" else None
        but = session.id if scope == "others" else None
        await pool.sessions.end(user.id, only=only, but=but)
