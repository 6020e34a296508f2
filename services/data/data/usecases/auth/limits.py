"""Attempts are counted before anything is looked up, so that a refusal tells nothing."""

from data.clients.limits import give_back as give_back_on
from data.clients.limits import take as take_on
from data.domain.auth.errors import AuthRefused
from data.domain.auth.limits import Attempt, account_allowances, allowances
from data.usecases.auth.caller import Caller
from data.usecases.resources import Resources


async def take(resources: Resources, caller: Caller, attempt: Attempt, *, account: str | None = None) -> None:
    """Counts an attempt of the caller, and on the account that it is about if there is one.

    Raises AuthRefused with the time to wait; in a transaction of its own, which counts all the same.
    """
    found = allowances(attempt, caller.settings.limits, address=caller.address, account=account)
    async with resources.shards[caller.realm.shard].auth(caller.realm.ref) as connection:
        wait = await take_on(connection, caller.realm.ref, found)
    if wait:
        code = "over_email_send_rate_limit" if attempt is Attempt.MAIL else "over_request_rate_limit"
        raise AuthRefused(code, retry_after=wait)


async def give_back(resources: Resources, caller: Caller, attempt: Attempt, *, account: str) -> None:
    """Forgets the attempts on the account: its user has come in."""
    found = account_allowances(attempt, caller.settings.limits, address=caller.address, account=account)
    async with resources.shards[caller.realm.shard].auth(caller.realm.ref) as connection:
        await give_back_on(connection, caller.realm.ref, found)
