"""Mails of sign-in: written with the token they carry, sent from their rows by a loop of every replica."""

import asyncio

from common.errors import AppError, Unavailable
from common.logging import get_logger
from data.clients.mails import Mailer, MailRefused, WaitingMail, claim_mails, drop_mail, put_mail
from data.clients.shard import Shard
from data.domain.auth.mails import MailKind, verify_link, write_mail
from data.domain.auth.tokens import code_digest, digest, new_code, new_secret
from data.metrics import MAILS
from data.usecases.auth.caller import Caller, Pool

_BATCH = 10
_LEASE_SECONDS = 60.0
_MAX_ATTEMPTS = 8
"""With pauses that double from a minute on: some two hours, longer than most links in them are good."""

logger = get_logger(__name__)


async def send_token(
    pool: Pool,
    caller: Caller,
    user_id: str,
    kind: MailKind,
    address: str,
    *,
    known_as: str | None = None,
    redirect_to: str | None = None,
    challenge: tuple[str, str] | None = None,
) -> None:
    """Writes to the address with a new link and code of the kind; an earlier one of it is worthless then.

    `known_as` is the address that the reader has so far.
    """
    link, code, seconds = new_secret(), new_code(), caller.settings.mail_seconds
    await pool.sessions.put_token(
        user_id,
        kind,
        address,
        link_hash=digest(link),
        code_hash=code_digest(digest(link), code),
        challenge=challenge,
        seconds=seconds,
    )
    target = verify_link(caller.issuer, link, kind, caller.redirect(redirect_to))
    mail = write_mail(
        kind,
        app=caller.app_name,
        address=known_as or address,
        seconds=seconds,
        link=None if kind is MailKind.REAUTHENTICATION else target,
        code=code,
        new_address=address,
    )
    await put_mail(pool.connection, caller.realm.ref, mail, recipient=address, sender_name=caller.app_name)


async def mail_loop(shard: Shard, mailer: Mailer, pause_seconds: float) -> None:
    """Sends the shard's mails as they come due."""
    while True:
        if await send_due(shard, mailer) == 0:
            await asyncio.sleep(pause_seconds)


async def send_due(shard: Shard, mailer: Mailer) -> int:
    """Sends a batch of what is due; how many there were. What fails is tried again after its lease."""
    try:
        async with shard.auth() as connection:
            due = await claim_mails(connection, _BATCH, _LEASE_SECONDS)
    except AppError as error:
        logger.warning("mails wait", shard=shard.config.name, reason=error.message)
        return 0
    await asyncio.gather(*(_send(shard, mailer, mail) for mail in due))
    return len(due)


async def _send(shard: Shard, mailer: Mailer, mail: WaitingMail) -> None:
    log = logger.bind(mail=str(mail.id), realm=mail.realm, attempt=mail.attempts)
    try:
        await mailer.send(mail)
        outcome = "sent"
    except MailRefused as error:
        log.warning("mail refused", reason=str(error))
        outcome = "refused"
    except Unavailable as error:
        outcome = "delayed" if mail.attempts < _MAX_ATTEMPTS else "given_up"
        log.warning("mail not sent", outcome=outcome, reason=error.message)
    MAILS.labels(outcome).inc()
    if outcome != "delayed":
        async with shard.auth() as connection:
            await drop_mail(connection, mail.id)
