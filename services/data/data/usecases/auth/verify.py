"""Links and codes from mails: what they prove, and the session they begin."""

import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from data.clients.sessions import OneTimeToken
from data.domain.auth.credentials import normalised_address
from data.domain.auth.errors import AuthRefused
from data.domain.auth.limits import Attempt
from data.domain.auth.mails import MailKind
from data.domain.auth.tokens import AUTH_CODE_SECONDS, MAX_CODE_ATTEMPTS, VERIFIES, code_digest, digest
from data.domain.auth.users import User
from data.usecases.auth.addresses import confirm_address, take_address
from data.usecases.auth.caller import Caller, Pool, user_pool
from data.usecases.auth.limits import take
from data.usecases.auth.sessions import begin_session
from data.usecases.resources import Resources

METHOD = "otp"


@dataclass(frozen=True, slots=True)
class Claimed:
    """What somebody sends to be verified: the secret of a link, or an address and the code sent there."""

    kind: str
    link: str = ""
    email: str = ""
    code: str = ""

    def kinds(self) -> tuple[MailKind, ...]:
        """Which tokens it may be; raises AuthRefused for a kind that there is not."""
        found = VERIFIES.get(self.kind)
        if found is None:
            raise AuthRefused("validation_failed", f"Verify requires a verification type: {self.kind[:50]}")
        return found


async def verify(resources: Resources, caller: Caller, claimed: Claimed) -> dict[str, Any]:
    """A session for who holds the link or the code; it works once. Raises AuthRefused."""
    await _allow(resources, caller, claimed)
    async with user_pool(resources, caller.realm) as pool:
        token = await _redeemed(pool, claimed)
        if token is not None:
            user = await _proved(pool, caller, token)
            return await begin_session(resources, caller, pool, user, METHOD)
    raise AuthRefused("otp_expired")  # after the transaction, which counts the attempt


async def follow_link(resources: Resources, caller: Caller, claimed: Claimed, redirect_to: str | None) -> str:
    """Where a followed link leads: into the app, with a session, a code for PKCE or what is wrong."""
    target = caller.redirect(redirect_to)
    try:
        await _allow(resources, caller, claimed)
        return await _entrance(resources, caller, claimed, target)
    except AuthRefused as error:
        return with_fragment(
            target,
            {"error": "access_denied", "error_code": error.code, "error_description": error.message},
        )


async def _entrance(resources: Resources, caller: Caller, claimed: Claimed, target: str) -> str:
    async with user_pool(resources, caller.realm) as pool:
        token = await _redeemed(pool, claimed)
        if token is None:
            raise AuthRefused("otp_expired", "Email link is invalid or has expired")
        user = await _proved(pool, caller, token)
        if token.challenge is not None:
            code = await pool.sessions.put_code(user.id, METHOD, token.challenge, seconds=AUTH_CODE_SECONDS)
            return with_query(target, {"code": code})
        session = await begin_session(resources, caller, pool, user, METHOD)
    session.pop("user")
    return with_fragment(target, {**session, "type": claimed.kind})


def with_query(url: str, values: dict[str, Any]) -> str:
    """The address with more in its query."""
    address, hash_sign, fragment = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{urlencode(values)}{hash_sign}{fragment}"


def with_fragment(url: str, values: dict[str, Any]) -> str:
    """The address with these values as its fragment, which no server gets to see."""
    return f"{url.partition('#')[0]}#{urlencode(values)}"


async def redeem_code(pool: Pool, user_id: str, kind: MailKind, code: str) -> bool:
    """Whether the code is the one that the user was sent, which is used up then; a wrong one is counted."""
    token = await pool.sessions.token_of_user(user_id, kind)
    if token is None or not _matches(token, code):
        await pool.sessions.count_attempt([token] if token else [])
        return False
    await pool.sessions.drop_tokens(user_id, kind)
    return True


async def _allow(resources: Resources, caller: Caller, claimed: Claimed) -> None:
    claimed.kinds()
    account = normalised_address(claimed.email) if claimed.email else None
    await take(resources, caller, Attempt.VERIFY, account=account)


async def _redeemed(pool: Pool, claimed: Claimed) -> OneTimeToken | None:
    """The token, which nobody can use again; None when there is none."""
    kinds = claimed.kinds()
    if claimed.link:
        token = await pool.sessions.token_by_link(digest(claimed.link))
        if token is None or token.kind not in kinds:
            return None
    else:
        sent = await pool.sessions.tokens_of_address(normalised_address(claimed.email), kinds)
        token = next((one for one in sent if _matches(one, claimed.code)), None)
        if token is None:
            await pool.sessions.count_attempt(sent)
            return None
    await pool.sessions.drop_tokens(token.user_id, token.kind)
    return token


def _matches(token: OneTimeToken, code: str) -> bool:
    right = hmac.compare_digest(token.code_hash, code_digest(token.link_hash, code))
    return right and token.attempts < MAX_CODE_ATTEMPTS


async def _proved(pool: Pool, caller: Caller, token: OneTimeToken) -> User:
    """The user, of whom the token has proved that its address is theirs."""
    user = await pool.users.by_id(token.user_id, lock=True)
    if user is None:
        raise AuthRefused("otp_expired")
    if token.kind is MailKind.EMAIL_CHANGE:
        if user.new_email != token.address:  # asked for another since
            raise AuthRefused("otp_expired")
        return await take_address(pool, caller, user, token.address, verified=True)
    if user.email != token.address:
        raise AuthRefused("otp_expired")
    return await confirm_address(pool, user, keep_password=token.kind is MailKind.CONFIRMATION)
