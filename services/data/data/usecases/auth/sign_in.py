"""Signing in by an address and a password."""

import hmac
from collections.abc import Collection
from typing import Any

from data.clients.sign_ups import sign_ups_of
from data.domain.auth.credentials import normalised_address
from data.domain.auth.errors import AuthRefused
from data.domain.auth.limits import Attempt
from data.usecases.auth.caller import Caller, user_pool
from data.usecases.auth.limits import give_back, take
from data.usecases.auth.sessions import begin_session
from data.usecases.auth.sign_up import claim_hash
from data.usecases.resources import Resources


async def sign_in(resources: Resources, caller: Caller, *, email: str, password: str) -> dict[str, Any]:
    """A session; takes as long and says the same for an address that nobody has. Raises AuthRefused."""
    try:
        address = normalised_address(email)
    except AuthRefused as error:
        raise AuthRefused("invalid_credentials") from error
    await take(resources, caller, Attempt.SIGN_IN, account=address)
    async with user_pool(resources, caller.realm) as pool:
        user = await pool.users.by_email(address)
        claimed = await sign_ups_of(pool.connection, caller.realm.ref, address)
    stored = None if user is None else user.password_hash
    # No connection is held meanwhile: there are few, and this is the longest step.
    right = await resources.passwords.matches(password, stored)
    if user is None or stored is None or not right or user.confirmed_at is None:
        raise AuthRefused(await _refusal(resources, caller, address, password, claimed, right=right))
    await give_back(resources, caller, Attempt.SIGN_IN, account=address)
    renewed = await resources.passwords.hash(password) if resources.passwords.outdated(stored) else None
    async with user_pool(resources, caller.realm) as pool:
        current = await pool.users.by_id(user.id, lock=True)
        if current is None or current.password_hash != stored:  # changed meanwhile
            raise AuthRefused("invalid_credentials")
        if renewed is not None:
            await pool.users.change(user.id, password_hash=renewed)
        return await begin_session(resources, caller, pool, current, "password")


async def _refusal(
    resources: Resources,
    caller: Caller,
    address: str,
    password: str,
    claimed: Collection[str],
    *,
    right: bool,
) -> str:
    """Who has signed up is told to confirm the address, also where it is somebody else's since long: else a
    sign-up and this would tell who has an account. It takes as long where nobody has signed up.
    """
    if caller.settings.confirm_email:
        given = await claim_hash(resources, caller.realm, address, password)
        right = any(hmac.compare_digest(given, one) for one in claimed) or right
    return "email_not_confirmed" if right else "invalid_credentials"
