"""The mails that came in, newest first; only so many are kept, in memory."""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count

from aiosmtpd.smtp import SMTP, Envelope, Session

_LINK = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class Received:
    """One mail as it came in; `links` are those in its plain text."""

    id: int
    at: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    links: tuple[str, ...]


class Mailbox:
    """Takes mails as aiosmtpd hands them over."""

    def __init__(self, most: int) -> None:
        self._mails: deque[Received] = deque(maxlen=most)
        self._ids = count(1)

    async def handle_DATA(  # noqa: N802  # the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content or b""
        data = content.encode() if isinstance(content, str) else content
        message = message_from_bytes(data, policy=policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101  # what the policy makes
        text = _part(message, "plain")
        received = Received(
            id=next(self._ids),
            at=datetime.now(UTC).isoformat(),
            sender=str(message["From"] or envelope.mail_from or ""),
            recipients=tuple(envelope.rcpt_tos),
            subject=str(message["Subject"] or ""),
            text=text,
            html=_part(message, "html"),
            links=tuple(_LINK.findall(text)),
        )
        self._mails.appendleft(received)
        return "250 Message accepted for delivery"

    def find(self, recipient: str | None = None) -> Sequence[Received]:
        """Those to the address, without one all."""
        return [mail for mail in self._mails if recipient is None or recipient in mail.recipients]

    def get(self, mail_id: int) -> Received | None:
        return next((mail for mail in self._mails if mail.id == mail_id), None)

    def clear(self) -> None:
        self._mails.clear()


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content())
