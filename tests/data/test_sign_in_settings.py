"""The settings of sign-in, as the platform's other services read and change them."""

from typing import Any

import pytest

from common.contracts import SignInSettings
from common.ids import new_app_id
from tests.data.world import World

pytestmark = [pytest.mark.xdist_group("data"), pytest.mark.asyncio(loop_scope="session")]


async def change(world: World, app_id: str, environment: str = "preview", **body: Any) -> dict[str, Any]:
    answer = await world.http.patch(f"/internal/realms/{app_id}/{environment}/auth", json=body)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


async def read(world: World, app_id: str, environment: str = "preview") -> dict[str, Any]:
    answer = await world.http.get(f"/internal/realms/{app_id}/{environment}/auth")
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


async def test_an_app_has_defaults_before_anything_is_set(world: World) -> None:
    found = await read(world, new_app_id())
    callback = found["callback_url"]
    assert callback.endswith("_preview/auth/v1/callback")
    assert SignInSettings.model_validate(found) == SignInSettings(callback_url=callback)


async def test_a_change_is_kept_for_its_environment_alone(world: World) -> None:
    app = await world.app()
    secret = "s3cret-of-the-provider"
    providers = {"google": {"client_id": "me", "client_secret": secret}}
    changed = await change(world, app.app_id, "production", confirm_email=True, providers=providers)
    assert changed["confirm_email"]
    assert await read(world, app.app_id, "production") == changed
    assert not (await read(world, app.app_id, "staging"))["confirm_email"]
    removed = await change(world, app.app_id, "production", providers={"google": None})
    assert (removed["providers"], removed["confirm_email"]) == ({}, True)


async def test_a_providers_secret_is_neither_shown_nor_stored_as_it_is(world: World) -> None:
    secret = "s3cret-of-the-provider"
    app_id = new_app_id()
    changed = await change(world, app_id, providers={"google": {"client_id": "me", "client_secret": secret}})
    assert changed["providers"]["google"]["client_id"] == "me"
    assert secret not in str(changed)
    async with world.control() as connection:
        stored = await connection.fetchval("SELECT settings::text FROM data.realms WHERE app_id = $1", app_id)
    assert '"client_id": "me"' in stored
    assert secret not in stored


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"password_min_length": 1}, "invalid_request"),
        ({"confirm_email": None}, "invalid_request"),
        ({"unknown": True}, "invalid_request"),
        ({"redirect_urls": ["javascript://alert(1)"]}, "invalid_request"),
        ({"providers": {"ours": {"client_id": "me"}}}, "provider_invalid"),
        ([], "invalid_request"),
    ],
)
async def test_what_makes_no_sense_changes_nothing(world: World, body: Any, code: str) -> None:
    app_id = new_app_id()
    answer = await world.http.patch(f"/internal/realms/{app_id}/preview/auth", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert SignInSettings.model_validate(await read(world, app_id)).providers == {}


async def test_only_services_may_ask(world: World) -> None:
    path = f"/internal/realms/{new_app_id()}/preview/auth"
    for token in ("", "Bearer wrong", "Bearer sb_publishable_x"):
        answer = await world.http.get(path, headers={"authorization": token})
        assert answer.status_code == 401
