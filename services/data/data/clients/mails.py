"""Mails that wait on the shard of the realm that sends them, and the SMTP server that takes them."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib

from common.clock import utcnow
from common.errors import Unavailable
from data.clients.due import claim_due
from data.domain.auth.mails import Mail
from data.domain.realm import PLATFORM

_SECONDS = 20.0
_COLUMNS = "id, realm, recipient, sender_name, subject, body, html, attempts"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingMail:
    """A mail to be sent; `sender_name` is whom its reader knows: the app. `attempts` counts this one too."""

    id: UUID
    realm: str
    recipient: str
    sender_name: str
    mail: Mail
    attempts: int


class MailRefused(Exception):
    """The server will never take this mail."""


async def put_mail(connection: Any, ref: str, mail: Mail, *, recipient: str, sender_name: str) -> None:
    """Has the mail sent once the transaction is committed."""
    await connection.execute(
        f"INSERT INTO {PLATFORM}.mails (realm, recipient, sender_name, subject, body, html) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        ref,
        recipient,
        sender_name,
        mail.subject,
        mail.text,
        mail.html,
    )


async def claim_mails(connection: Any, count: int, lease_seconds: float) -> Sequence[WaitingMail]:
    """Mails that are due, by `claim_due`."""
    rows = await claim_due(
        connection, "mails", _COLUMNS, count=count, each=count, lease_seconds=lease_seconds
    )
    return [
        WaitingMail(
            id=row["id"],
            realm=row["realm"],
            recipient=row["recipient"],
            sender_name=row["sender_name"],
            mail=Mail(subject=row["subject"], text=row["body"], html=row["html"]),
            attempts=row["attempts"],
        )
        for row in rows
    ]


async def drop_mail(connection: Any, mail_id: UUID) -> None:
    """Forgets a mail that is sent, or never will be."""
    await connection.execute(f"DELETE FROM {PLATFORM}.mails WHERE id = $1", mail_id)


class Mailer:
    """`url`: smtp://user:password@host:port, or smtps:// for TLS at once; `sender`: an address."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._server: dict[str, Any] = {
            "hostname": parts.hostname,
            "port": parts.port,
            "use_tls": parts.scheme == "smtps",
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "timeout": _SECONDS,
        }
        self._sender = sender

    async def send(self, waiting: WaitingMail) -> None:
        """Raises Unavailable when it may go better later, MailRefused when it never will."""
        try:
            await aiosmtplib.send(self._message(waiting), **self._server)
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refused.code >= 500 for refused in error.recipients):
                raise MailRefused(str(error)) from error
            raise Unavailable("The mail server does not take the mail now.") from error
        except aiosmtplib.SMTPResponseException as error:
            if error.code >= 500 and not isinstance(error, aiosmtplib.SMTPAuthenticationError):
                raise MailRefused(str(error)) from error
            raise Unavailable("The mail server does not take the mail now.") from error
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError, TimeoutError) as error:
            raise Unavailable("The mail server cannot be reached.") from error

    def _message(self, waiting: WaitingMail) -> EmailMessage:
        mail = waiting.mail
        user, _, domain = self._sender.partition("@")
        message = EmailMessage()
        message["From"] = Address(waiting.sender_name, user, domain)
        message["To"] = waiting.recipient
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(utcnow())
        # The same for every attempt, so that a mail sent twice is seen to be one.
        message["Message-ID"] = f"<{waiting.id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message
