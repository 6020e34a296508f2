"""Signing up, in and out, over HTTP against the running service."""

import pytest

from tests.data.auth.people import Visitor, new_address
from tests.data.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("data")]


async def test_who_signs_up_comes_back_by_the_password(world: World) -> None:
    app, address = await world.app(), new_address()
    first = Visitor(app, world.http)
    session = await first.sign_up(f" {address.upper()} ", data={"name": "Ann"})
    assert session["token_type"] == "bearer"
    assert session["expires_in"] == 3600
    user = session["user"]
    assert (user["email"], user["user_metadata"], user["is_anonymous"]) == (address, {"name": "Ann"}, False)
    assert user["app_metadata"] == {"provider": "email", "providers": ["email"]}
    assert [identity["provider"] for identity in user["identities"]] == ["email"]
    second = Visitor(app, world.http)
    again = await second.sign_in(address)
    assert again["user"]["id"] == user["id"]
    assert (await second.ask("GET", "/user")).json()["last_sign_in_at"] >= user["created_at"]
