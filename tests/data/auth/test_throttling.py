"""Who guesses is slowed down; who has an account is not."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.data.auth.mailbox import mails
from tests.data.auth.people import PASSWORD, Visitor, app_with, new_address
from tests.data.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("data")]

FEW = {"account_sign_ins": 3, "sign_ins": 1000}


async def test_guessing_a_password_ends_after_a_few_attempts(world: World) -> None:
    visitor, address = Visitor(await app_with(world, limits=FEW), world.http), new_address()
    await visitor.sign_up(address)
    wrong = {"email": address, "password": "wrong horse"}
    refusals = [await visitor.refused("POST", "/token", wrong, grant_type="password") for _ in range(4)]
    assert refusals[:3] == [(400, "invalid_credentials")] * 3
    assert refusals[3] == (429, "over_request_rate_limit")
    right = {"email": address.upper(), "password": PASSWORD}
    answer = await visitor.ask("POST", "/token", right, grant_type="password")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 100


@pytest_asyncio.fixture(loop_scope="session")
async def elsewhere(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """As the world's client, from another network address."""
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
    async with httpx.AsyncClient(
        transport=transport, base_url=world.http.base_url, timeout=world.http.timeout
    ) as http:
        yield http


async def test_a_stranger_locks_nobody_out(world: World, elsewhere: httpx.AsyncClient) -> None:
    app, address = await app_with(world, limits=FEW), new_address()
    stranger, ann = Visitor(app, world.http), Visitor(app, elsewhere)
    await ann.sign_up(address)
    wrong = {"email": address, "password": "wrong horse"}
    code = {"type": "email", "email": address, "token": "123456"}
    for _ in range(8):
        answer = await stranger.ask("POST", "/token", wrong, grant_type="password")
        tried = await stranger.ask("POST", "/verify", code)
    assert (answer.status_code, tried.status_code) == (429, 429)
    await ann.sign_in(address)
    assert await ann.refused("POST", "/verify", code) == (403, "otp_expired")


async def test_an_account_that_nobody_has_is_limited_alike(world: World) -> None:
    visitor = Visitor(await app_with(world, limits=FEW), world.http)
    wrong = {"email": new_address(), "password": "wrong horse"}
    refusals = [await visitor.refused("POST", "/token", wrong, grant_type="password") for _ in range(4)]
    assert [status for status, _ in refusals] == [400, 400, 400, 429]


async def test_signing_in_forgets_the_attempts_before(world: World) -> None:
    visitor, address = Visitor(await app_with(world, limits=FEW), world.http), new_address()
    await visitor.sign_up(address)
    wrong = {"email": address, "password": "wrong horse"}
    for _ in range(3):
        await visitor.refused("POST", "/token", wrong, grant_type="password")
        await visitor.sign_in(address)


async def test_a_network_address_is_limited_over_all_accounts(world: World) -> None:
    visitor = Visitor(await app_with(world, limits={"sign_ins": 2}), world.http)
    for _ in range(2):
        await visitor.sign_up(new_address())
    body = {"email": new_address(), "password": PASSWORD}
    assert await visitor.refused("POST", "/signup", body) == (429, "over_request_rate_limit")


async def test_mails_to_one_address_are_limited(world: World) -> None:
    visitor = Visitor(await app_with(world, limits={"address_mails": 2}), world.http)
    body = {"email": new_address()}
    for _ in range(2):
        assert (await visitor.ask("POST", "/recover", body)).status_code == 200
    assert await visitor.refused("POST", "/recover", body) == (429, "over_email_send_rate_limit")
    assert (await visitor.ask("POST", "/recover", {"email": new_address()})).status_code == 200


async def test_strangers_cannot_use_up_the_mails_that_an_owner_needs(
    world: World, elsewhere: httpx.AsyncClient
) -> None:
    """From `elsewhere` is the proxy that is believed who asks it."""
    visitor, owner = Visitor(await app_with(world, limits={"address_mails": 2}), elsewhere), new_address()
    await visitor.sign_up(owner)

    async def asks(network: str) -> int:
        answer = await visitor.ask("POST", "/recover", {"email": owner}, headers={"x-forwarded-for": network})
        return answer.status_code

    strangers = ["192.0.2.1", "192.0.2.2"] * 4
    assert [await asks(network) for network in strangers] == [200] * 4 + [429] * 4
    assert [await asks("198.51.100.7") for _ in range(2)] == [200, 429]
    assert len(await mails(world, owner, 5)) == 5


async def test_a_stranger_cannot_use_up_the_mails_that_an_app_may_send(
    world: World, elsewhere: httpx.AsyncClient
) -> None:
    app = await app_with(world, limits={"mails": 4})
    stranger, ann = Visitor(app, world.http), Visitor(app, elsewhere)
    answers = [await stranger.ask("POST", "/recover", {"email": new_address()}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert (await ann.ask("POST", "/recover", {"email": new_address()})).status_code == 200
