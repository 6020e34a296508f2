"""Who guesses is slowed down; who has an account is not."""

import pytest

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
