"""Settings of sign-in are passed on to the data service, and its answers back."""

import json

import pytest

from tests.orchestrator.service.world import World

pytestmark = [pytest.mark.xdist_group("orchestrator-api"), pytest.mark.asyncio(loop_scope="session")]


async def test_settings_of_sign_in_are_read_and_changed(world: World) -> None:
    app, _ = await world.app()
    path = f"/internal/realms/{app}/preview/auth"
    shown = {"confirm_email": True, "callback_url": "https://data.example/callback", "unknown": "to come"}
    for method in ("GET", "PATCH"):
        world.data.bodies[f"{method} {path}"] = json.dumps(shown).encode()
    read = await world.api.get(f"/v1/apps/{app}/auth/preview")
    assert (read["confirm_email"], read["callback_url"]) == (True, "https://data.example/callback")
    assert read["password_min_length"] == 6
    secret = "s3cret-of-the-provider"
    change = {
        "confirm_email": True,
        "session_seconds": None,
        "providers": {"google": {"client_id": "me", "client_secret": secret}, "old": None},
    }
    changed = await world.api.http.patch(f"/v1/apps/{app}/auth/preview", json=change)
    assert changed.status_code == 200
    assert secret not in changed.text
    assert json.loads(world.data.sent[f"PATCH {path}"]) == change


async def test_what_makes_no_sense_does_not_reach_the_data_service(world: World) -> None:
    app, _ = await world.app()
    for change in ({"confirm_email": None}, {"unknown": 1}, {"redirect_urls": ["javascript://x"]}):
        answer = await world.api.http.patch(f"/v1/apps/{app}/auth/preview", json=change)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        assert "s3cret" not in answer.text
    assert not [line for line in world.data.requests if app in line]


async def test_what_the_data_service_refuses_is_passed_on(world: World) -> None:
    app, _ = await world.app()
    line = f"PATCH /internal/realms/{app}/staging/auth"
    world.data.answers[line] = 422
    answer = await world.api.http.patch(f"/v1/apps/{app}/auth/staging", json={"confirm_email": True})
    assert (answer.status_code, answer.json()["code"]) == (422, "told")
