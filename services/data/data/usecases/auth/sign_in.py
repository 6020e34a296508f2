"""Signing in by an address and a password."""

from typing import Any

from data.domain.auth.credentials import normalised_address
from data.domain.auth.errors import AuthRefused
from data.domain.auth.limits import Attempt
from data.usecases.auth.caller import Caller, user_pool
from data.usecases.auth.limits import give_back, take
from data.usecases.auth.sessions import begin_session
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
    stored = None if user is None else user.password_hash
    # No connection is held meanwhile: there are few, and this is the longest step.
    if not await resources.passwords.matches(password, stored) or user is None or stored is None:
        raise AuthRefused("invalid_credentials")
    if user.confirmed_at is None:
        raise AuthRefused("email_not_confirmed")
    await give_back(resources, caller, Attempt.SIGN_IN, account=address)
    renewed = await resources.passwords.hash(password) if resources.passwords.outdated(stored) else None
    async with user_pool(resources, caller.realm) as pool:
        current = await pool.users.by_id(user.id, lock=True)
        if current is None or current.password_hash != stored:  # changed meanwhile
            raise AuthRefused("invalid_credentials")
        if renewed is not None:
            await pool.users.change(user.id, password_hash=renewed)
        return await begin_session(resources, caller, pool, current, "password")
