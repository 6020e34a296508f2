"""Parts of sign-in by themselves: who is remembered, how many hashes wait, what a mail looks like."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from aiosmtplib.errors import SMTPConnectError
from starlette.applications import Starlette

from common.errors import Busy, Unavailable
from common.testing.tether import free_port
from data.clients.mails import Mailer, MailRefused, WaitingMail
from data.clients.passwords import Passwords
from data.clients.signing import Signer, parse_signing_keys
from data.db.models import Realm
from data.domain.auth.errors import AuthRefused
from data.domain.auth.mails import Mail
from data.errors import RealmNotFound
from data.usecases.known_realms import KnownRealms
from dev.mail.app import create_app
from dev.mail.mailbox import Mailbox
from dev.stack.credentials import MAKERS

HOSTILE = "</pre><script>alert(1)</script>"


class Rows:
    """The control plane's rows as far as a cache sees them."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.away = False
        self.asked = 0

    async def load(self, ref: str) -> Realm:
        self.asked += 1
        if self.away:
            raise Unavailable("away")
        if ref not in self.keys:
            raise RealmNotFound("none")
        return Realm(ref=ref, publishable_key=self.keys[ref])


async def test_a_realm_is_asked_for_once_until_it_changes() -> None:
    rows = Rows()
    known = KnownRealms(rows.load)
    with pytest.raises(RealmNotFound):
        await known.find("a")
    rows.keys["a"] = "1"
    assert [(await known.find("a")).publishable_key for _ in range(3)] == ["1", "1", "1"]
    assert rows.asked == 2, "what is missing is not remembered"
    rows.keys["a"] = "2"
    known.heard("b")
    assert (await known.find("a")).publishable_key == "1"
    known.heard("a")
    assert (await known.find("a")).publishable_key == "2"
    del rows.keys["a"]
    known.heard(None)
    with pytest.raises(RealmNotFound):
        await known.find("a")


async def test_known_apps_go_on_while_the_control_planes_database_is_away() -> None:
    rows = Rows()
    known = KnownRealms(rows.load)
    rows.keys["a"] = "1"
    await known.find("a")
    rows.away = True
    known.heard(None)
    assert [(await known.find("a")).publishable_key for _ in range(3)] == ["1", "1", "1"]
    assert rows.asked == 2, "who is away is not asked with every request"
    with pytest.raises(Unavailable):
        await known.find("b")


async def test_only_so_many_hashes_wait_and_the_rest_come_again() -> None:
    passwords = Passwords(memory_kib=8192, rounds=1, threads=1)
    try:
        stored = await passwords.hash("right one")
        attempts = [passwords.matches("wrong one", stored) for _ in range(100)]
        found = await asyncio.gather(*attempts, return_exceptions=True)
        assert found.count(False) == 65
        assert sum(isinstance(one, Busy) for one in found) == 35
        assert await passwords.matches("right one", stored)
        assert not await passwords.matches("nobody's", None)
        assert not await passwords.matches("right one", "no hash")
        assert not passwords.outdated(stored)
        assert Passwords(memory_kib=8192, rounds=2, threads=1).outdated(stored)
    finally:
        passwords.close()


def test_a_new_key_signs_and_the_one_before_still_verifies() -> None:
    old, new = (MAKERS["data_jwt_keys"]().partition(":")[2] for _ in range(2))
    before = Signer(parse_signing_keys(f"a:{old}"))
    token = before.sign({"sub": "ann"})
    both = Signer(parse_signing_keys(f"b:{new},a:{old}"))
    assert both.verified(token).claims["sub"] == "ann"
    assert [key["kid"] for key in both.jwks["keys"]] == ["b", "a"]
    after = Signer(parse_signing_keys(f"b:{new}"))
    assert after.verified(both.sign({"sub": "ann"})).claims["sub"] == "ann"
    with pytest.raises(AuthRefused):
        after.verified(token)
    with pytest.raises(AuthRefused):
        before.verified(both.sign({"sub": "ann"}))


@pytest.mark.parametrize("text", ["", "a", "a:", "a:AAAA", ":AAAA", "a b:AAAA"])
def test_what_is_no_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match=r"entry 1 has no id|the key 'a' must be a private key of P-256"):
        parse_signing_keys(text)


def waiting(**changes: str) -> WaitingMail:
    mail = Mail(subject=f"Über {HOSTILE}", text=HOSTILE, html=f"<p>{HOSTILE}</p>")
    values = {"recipient": "ann@example.com", "sender_name": 'Ann "the" App', **changes}
    return WaitingMail(id=uuid4(), realm="app_x", mail=mail, attempts=1, **values)


async def test_a_mail_arrives_whole_and_is_shown_without_running() -> None:
    mailbox, port = Mailbox(2), free_port()
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        mailer = Mailer(f"smtp://127.0.0.1:{port}", "no-reply@example.com")
        for _ in range(3):
            await mailer.send(waiting())
    finally:
        server.stop()
    kept = mailbox.find("ann@example.com")
    assert len(kept) == 2, "the oldest is forgotten"
    received = kept[0]
    assert (received.subject, received.text.strip()) == (f"Über {HOSTILE}", HOSTILE)
    assert received.sender == '"Ann \\"the\\" App" <no-reply@example.com>'
    page = await get(create_app(mailbox), f"/{received.id}")
    assert "<script>" not in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "<script>" not in await get(create_app(mailbox), "/")


async def test_a_mail_that_nobody_takes_is_told_from_one_to_be_tried_again() -> None:
    class Refusing:
        async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
            self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
        ) -> str:
            return "550 no such user" if address.startswith("nobody") else "451 come again"

    port = free_port()
    server = Controller(Refusing(), hostname="127.0.0.1", port=port)
    server.start()
    mailer = Mailer(f"smtp://127.0.0.1:{port}", "no-reply@example.com")
    try:
        with pytest.raises(MailRefused):
            await mailer.send(waiting(recipient="nobody@example.com"))
        with pytest.raises(Unavailable):
            await mailer.send(waiting())
    finally:
        server.stop()
    with pytest.raises(Unavailable) as away:
        await mailer.send(waiting())
    assert isinstance(away.value.__cause__, SMTPConnectError)


async def get(app: Starlette, path: str) -> str:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://mail") as client:
        return (await client.get(path)).text
