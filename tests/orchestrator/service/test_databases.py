"""Apps' databases through the public API: asked of the data service, answered in its words."""

import json

import pytest

from common.ids import new_id
from tests.orchestrator.service.world import World

pytestmark = [pytest.mark.xdist_group("orchestrator-api"), pytest.mark.asyncio(loop_scope="session")]

USER = "11111111-1111-4111-8111-111111111111"
DUMP = {
    "id": "dump_01k8m2x3y4z5a6b7c8d9e0f1g3",
    "environment": "preview",
    "reason": "requested",
    "state": "pending",
    "created_at": "2026-03-14T15:00:00Z",
}


async def test_rows_are_passed_on_as_postgres_writes_them(world: World) -> None:
    app, _ = await world.app()
    asked = "limit=2&order=id.desc&filter=done.eq.true&filter=id.gt.1"
    line = f"GET /internal/realms/{app}/production/tables/todos/rows?{asked}"
    world.data.bodies[line] = b'{"items": [{"price": 1.10, "id": 12345678901234567890}], "next_cursor": null}'
    path = f"/v1/apps/{app}/database/tables/todos/rows"
    answer = await world.api.http.get(f"{path}?environment=production&{asked}")
    assert answer.content == world.data.bodies[line], (answer.text, world.data.requests[-1:])


async def test_what_the_data_service_refuses_comes_with_its_code(world: World) -> None:
    app, _ = await world.app()
    line = f"POST /internal/realms/{app}/preview/sql"
    world.data.answers[line] = 422
    world.data.bodies[line] = json.dumps({"code": "sql_refused", "detail": "Send one statement."}).encode()
    refused = await world.api.http.post(f"/v1/apps/{app}/database/sql", json={"sql": "select 1; select 2"})
    assert (refused.status_code, refused.json()["code"]) == (422, "sql_refused")
    assert refused.json()["detail"] == "Send one statement."


@pytest.mark.parametrize(
    ("status", "code"), [(503, "shard_unavailable"), (503, "no_room"), (429, "too_many_requests")]
)
async def test_what_has_to_be_waited_for_is_told_with_its_code_and_for_how_long(
    world: World, status: int, code: str
) -> None:
    app, _ = await world.app()
    line = f"GET /internal/realms/{app}/preview/database"
    world.data.answers[line], world.data.retry_after[line] = status, 41
    world.data.bodies[line] = json.dumps({"code": code, "detail": "Try again in a while."}).encode()
    later = await world.api.http.get(f"/v1/apps/{app}/database?environment=preview")
    assert (later.status_code, later.headers["retry-after"]) == (status, "41")
    assert (later.json()["code"], later.json()["detail"]) == (code, "Try again in a while.")


async def test_a_user_is_removed_from_the_environment_that_is_named(world: World) -> None:
    app, _ = await world.app()
    answer = await world.api.http.delete(f"/v1/apps/{app}/database/users/{USER}?environment=staging")
    assert answer.status_code == 204
    assert f"DELETE /internal/realms/{app}/staging/users/{USER}" in world.data.requests


@pytest.mark.parametrize("path", ["tables/a%2Fb/rows", "users/me", "users/../../x"])
async def test_what_can_be_no_name_is_never_asked_for(world: World, path: str) -> None:
    app, _ = await world.app()
    before = len(world.data.requests)
    method = "GET" if "rows" in path else "DELETE"
    answer = await world.api.http.request(method, f"/v1/apps/{app}/database/{path}")
    assert answer.status_code in {404, 405, 422}
    assert not [line for line in world.data.requests[before:] if app in line]


async def test_a_dump_that_is_asked_for_twice_with_one_key_is_one(world: World) -> None:
    app, _ = await world.app()
    before = len(world.data.requests)
    usual, world.data.otherwise = world.data.otherwise, (202, json.dumps(DUMP).encode())
    try:
        headers = {"idempotency-key": new_id("key")}
        path, body = f"/v1/apps/{app}/database/dumps", {"environment": "preview"}
        first = await world.api.http.post(path, json=body, headers=headers)
        again = await world.api.http.post(path, json=body, headers=headers)
        other = await world.api.http.post(path, json=body)
        wrong = await world.api.http.post(path, json={"environment": "staging"}, headers=headers)
    finally:
        world.data.otherwise = usual
    assert first.status_code == again.status_code == other.status_code == 202, first.text
    assert first.json() == again.json()
    assert (wrong.status_code, wrong.json()["code"]) == (409, "idempotency_conflict")
    begins = f"PUT /internal/apps/{app}/dumps/"
    asked = [line for line in world.data.requests[before:] if line.startswith(begins)]
    assert len(asked) == len(set(asked)) == 2
