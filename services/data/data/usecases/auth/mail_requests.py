"""Decides, after the answer, what of that which was asked for by mail is sent to whom."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from common.errors import AppError
from common.logging import get_logger
from data.clients.limits import take as take_on
from data.clients.mail_requests import DueRequest, MailRequest, claim_requests, take_request
from data.clients.mails import put_mail
from data.clients.shard import Shard
from data.clients.sign_ups import sign_ups_of
from data.domain.auth.limits import Attempt, account_allowances
from data.domain.auth.mails import MailKind, write_reminder
from data.domain.auth.users import User
from data.usecases.auth.caller import Caller, Pool, caller_of, user_pool
from data.usecases.auth.mail import send_token
from data.usecases.auth.sign_up import add_user, contest
from data.usecases.resources import Resources

_BATCH = 20
_EACH = 4
"""Of one realm, which are settled one after the other while the others' next ones wait."""

_LEASE_SECONDS = 60.0

logger = get_logger(__name__)


async def request_loop(resources: Resources, shard: Shard, pause_seconds: float) -> None:
    """Settles what is asked for on the shard as it comes in."""
    while True:
        if await settle_due(resources, shard) == 0:
            await asyncio.sleep(pause_seconds)


async def settle_due(resources: Resources, shard: Shard) -> int:
    """Settles a batch of what is due; how many there were. What fails is tried again after its lease."""
    try:
        async with shard.auth() as connection:
            due = await claim_requests(connection, _BATCH, _EACH, _LEASE_SECONDS)
    except AppError as error:
        logger.warning("mail requests wait", shard=shard.config.name, reason=error.message)
        return 0
    by_realm = defaultdict[str, list[DueRequest]](list)
    for request in due:
        by_realm[request.realm].append(request)
    await asyncio.gather(*(_settle_in_order(resources, requests) for requests in by_realm.values()))
    return len(due)


async def _settle_in_order(resources: Resources, requests: Sequence[DueRequest]) -> None:
    """One after the other: of two mails of a kind the later one's link is good."""
    for request in requests:
        try:
            await _settle(resources, request)
        except AppError as error:
            logger.warning("mail request waits", realm=request.realm, reason=error.message)


async def _settle(resources: Resources, due: DueRequest) -> None:
    caller = caller_of(resources, await resources.known_realms.find(due.realm), None, None)
    async with user_pool(resources, caller.realm) as pool:
        request = await take_request(pool.connection, due)
        if request is None:
            return
        user = await _user(pool, request)
        if user is not None and user.confirmed_at is not None and request.kind is MailKind.CONFIRMATION:
            await _remind(pool, caller, request.address)
            return
        recipient = None if user is None else await _recipient(pool, caller, request, user)
        if user is not None and recipient is not None:
            await send_token(
                pool,
                caller,
                user.id,
                request.kind,
                recipient,
                known_as=user.email,
                redirect_to=request.redirect_to,
                challenge=request.challenge,
            )


async def _remind(pool: Pool, caller: Caller, address: str) -> None:
    """Whoever signs up expects a mail, and the answer did not say that there is an account already."""
    name = caller.app_name
    mail = write_reminder(app=name, address=address, link=caller.site_url)
    await put_mail(pool.connection, caller.realm.ref, mail, recipient=address, sender_name=name)


async def _user(pool: Pool, request: MailRequest) -> User | None:
    """Whom the request is about, signed up by it where they had no account."""
    if request.user_id is not None:
        return await pool.users.by_id(request.user_id, lock=True)
    address, metadata = request.address, request.metadata
    user = await pool.users.by_email(address, lock=True)
    if metadata is None or (user is not None and user.confirmed_at is not None):
        return user
    claimed = await sign_ups_of(pool.connection, pool.users.ref, address)
    signing_up = request.kind is MailKind.CONFIRMATION
    password_hash = next(iter(claimed)) if signing_up and len(claimed) == 1 else None
    if user is None:
        return await add_user(pool, address, metadata, password_hash=password_hash) or (
            await pool.users.by_email(address, lock=True)
        )
    if signing_up and password_hash is not None and user.password_hash == password_hash:
        return await pool.users.change(user.id, user_metadata=metadata)
    if signing_up or user.password_hash is not None:
        return await contest(pool, user)
    return user


async def _recipient(pool: Pool, caller: Caller, request: MailRequest, user: User) -> str | None:
    """The address to write to; None when there is nothing to be written."""
    if request.kind is not MailKind.EMAIL_CHANGE:
        return user.email
    new = user.new_email
    if new is None or await pool.users.by_email(new) is not None:
        return None  # nobody is told that it is taken
    if request.user_id is not None:
        return new if new == request.address else None  # there is a later change, with a mail of its own
    # The request was counted on the address that the user has so far.
    found = account_allowances(Attempt.MAIL, caller.settings.limits, address=None, account=new)
    return None if await take_on(pool.connection, caller.realm.ref, found) else new
