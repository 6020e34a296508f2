"""What is asked for by mail is answered before anybody looks whether there is an account."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from data.clients.mail_requests import claim_requests
from data.clients.mails import claim_mails
from tests.data.auth.mailbox import mail, mails
from tests.data.auth.people import PASSWORD, Visitor, app_with, new_address
from tests.data.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("data")]

ASKED: tuple[tuple[str, Mapping[str, Any], str], ...] = (
    ("/recover", {}, "Reset your password"),
    ("/otp", {"create_user": False}, "Sign in to"),
    ("/magiclink", {"create_user": False, "data": {"a": 1}}, "Sign in to"),
)


@asynccontextmanager
async def nobody_reads_users(world: World, ref: str) -> AsyncIterator[Any]:
    """Whoever wants to know who has an account in the realm waits for this to end."""
    async with world.superuser() as connection, connection.transaction():
        await connection.execute(f'LOCK TABLE "{ref}_auth".users IN ACCESS EXCLUSIVE MODE')
        yield connection


async def test_the_answer_is_given_without_looking_at_who_has_an_account(world: World) -> None:
    ann, known, unknown = Visitor(await world.app(), world.http), new_address(), new_address()
    await ann.sign_up(known)
    ann.session = {}
    asked = (*ASKED, ("/otp", {"data": {"a": 1}}, ""), ("/resend", {"type": "signup"}, ""))
    async with nobody_reads_users(world, ann.app.ref) as connection:
        for path, body, _ in asked:
            for who in (known, unknown):
                answer = await ann.ask("POST", path, {"email": who, **body})
                assert (answer.status_code, answer.json()) == (200, {})
        rows = await connection.fetch(
            "SELECT address, kind, user_id, metadata, challenge, redirect_to "
            "FROM overskill_auth.mail_requests WHERE realm = $1 ORDER BY created_at",
            ann.app.ref,
        )
    written = {who: [tuple(row)[1:] for row in rows if row["address"] == who] for who in (known, unknown)}
    assert written[known] == written[unknown]
    assert len(written[known]) == len(asked)


@pytest.mark.parametrize(("path", "body", "subject"), ASKED)
async def test_only_who_has_an_account_is_written_to(
    world: World, path: str, body: Mapping[str, Any], subject: str
) -> None:
    ann, known, unknown = Visitor(await world.app(), world.http), new_address(), new_address()
    await ann.sign_up(known)
    for who in (unknown, known):
        assert (await ann.ask("POST", path, {"email": who, **body})).status_code == 200
    assert (await mail(world, known)).subject.startswith(subject)
    assert await mails(world, unknown, 0) == [], "it was asked for first"
    async with world.superuser() as connection:
        count = f'SELECT count(*) FROM "{ann.app.ref}_auth".users WHERE email = $1'
        assert await connection.fetchval(count, unknown) == 0


async def test_a_change_to_an_address_that_is_taken_is_answered_alike_and_told_to_nobody(
    world: World,
) -> None:
    app = await app_with(world, confirm_email=True)
    ann, own, taken, free = Visitor(app, world.http), *(new_address() for _ in range(3))
    for address in (taken, own):
        await ann.ask("POST", "/otp", {"email": address})
        code = (await mail(world, address)).code
        await ann.enter("POST", "/verify", {"type": "email", "email": address, "token": code})
    for address in (taken, free):
        answer = await ann.ask("PUT", "/user", {"email": address})
        assert (answer.status_code, answer.json()["new_email"]) == (200, address)
        again = await ann.ask("POST", "/resend", {"type": "email_change", "email": own})
        assert (again.status_code, again.json()) == (200, {})
    await mails(world, free, 2, about="Confirm your new")
    assert len(await mails(world, taken, 1)) == 1, "its own sign-in alone"


async def test_a_request_is_settled_however_the_service_ends(world: World) -> None:
    ann, known = Visitor(await world.app(), world.http), new_address()
    await ann.sign_up(known)
    async with nobody_reads_users(world, ann.app.ref):
        assert (await ann.ask("POST", "/recover", {"email": known})).status_code == 200
        await world.stack.kill("data")
    async with world.superuser() as connection:
        await connection.execute("UPDATE overskill_auth.mail_requests SET due_at = now(), attempts = 0")
    await world.stack.start("data")
    await world.stack.wait_ready("data")
    assert (await mail(world, known)).subject == "Reset your password"
    assert len(await mails(world, known)) == 1


async def test_a_sign_up_does_not_tell_who_has_an_account_either(world: World) -> None:
    app = await app_with(world, confirm_email=True)
    ann, known, unknown = Visitor(app, world.http), new_address(), new_address()
    await ann.ask("POST", "/otp", {"email": known})
    code = (await mail(world, known)).code
    await ann.enter("POST", "/verify", {"type": "email", "email": known, "token": code})
    assert (await ann.ask("PUT", "/user", {"password": PASSWORD})).status_code == 200
    stranger = Visitor(app, world.http)
    async with nobody_reads_users(world, app.ref):
        for who in (known, unknown):
            answer = await stranger.ask("POST", "/signup", {"email": who, "password": "a stranger's"})
            assert answer.status_code == 200
            assert "access_token" not in answer.json()
    assert (await mail(world, unknown)).subject == "Confirm your e-mail address"
    assert world.stack.app_url(app.app_id) in (await mail(world, known, about="an account already")).links
    for who in (known, unknown):
        for password, code in (("a stranger's", "email_not_confirmed"), ("wrong", "invalid_credentials")):
            body = {"email": who, "password": password}
            refused = await stranger.refused("POST", "/token", body, grant_type="password")
            assert refused == (400, code), who
    await stranger.sign_in(known)
    async with world.superuser() as connection:
        kept = "SELECT count(*) FROM overskill_auth.sign_ups WHERE realm = $1"
        assert await connection.fetchval(kept, app.ref) == 2
        answer = await world.http.get(f"/internal/realms/{app.app_id}/production/users")
        for user in answer.json()["items"]:
            path = f"/internal/realms/{app.app_id}/production/users/{user['id']}"
            (await world.http.delete(path)).raise_for_status()
        assert await connection.fetchval(kept, app.ref) == 0


async def test_nobody_waits_for_all_that_another_app_has_asked_for(world: World) -> None:
    busy, quiet = (await world.app()).ref, (await world.app()).ref
    rows = {
        "mail_requests": "kind, address, redirect_to) SELECT $1, {due}, {due}, 'recovery', 'a@b.example', ''",
        "mails": "recipient, sender_name, subject, body, html) SELECT $1, {due}, {due}, '', '', '', '', ''",
    }
    long_ago = "now() - interval '9 days' + n * interval '1 second'"
    async with world.superuser() as connection:
        transaction = connection.transaction()
        await transaction.start()  # and undone: the service itself sees nothing of it
        for table, row in rows.items():
            for ref, due, count in ((busy, long_ago, 50), (quiet, "now()", 1)):
                insert = f"INSERT INTO overskill_auth.{table} (realm, due_at, created_at, {row}"
                each = f"{insert.replace('{due}', due)} FROM generate_series(1, $2) AS n"
                await connection.execute(each, ref, count)
        requests = [one.realm for one in await claim_requests(connection, 10, 4, 60.0)]
        again = [one.realm for one in await claim_requests(connection, 10, 4, 60.0)]
        sent = [one.realm for one in await claim_mails(connection, 10, 60.0)]
        await transaction.rollback()
    assert (requests.count(busy), requests.count(quiet)) == (4, 1)
    assert (again.count(busy), again.count(quiet)) == (4, 0), "the others are leased"
    assert (sent.count(busy), sent.count(quiet)) == (9, 1)
