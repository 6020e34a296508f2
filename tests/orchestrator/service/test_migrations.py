"""Apps with a database: their migrations are tried before each build, and asked about before production."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from common.contracts import DATABASE_TYPES, Diagnostic, migrations_key, unpack_files
from tests.orchestrator.service.test_run_check import answers
from tests.orchestrator.service.world import World, green, undeployable

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]

TABLE = "A todo app [[script:migrates]]"
TODOS = "supabase/migrations/0001_todos.sql"
NOTES = "supabase/migrations/0002_notes.sql"
TYPES = "export const tables = ['todos'] as const;\n"
FOUND = {
    "file": TODOS, "line": 1, "column": 14, "code": "no_policy", "level": "error",
    "message": "The table todos has no policy.", "hint": "Write one for each command.",
}  # fmt: skip
GOOD = {
    "findings": [], "tables": [{"name": "todos", "columns": [{"name": "id"}]}], "types": TYPES,
    "pending": [TODOS], "destructive": [],
}  # fmt: skip


def checking(app: str, environment: str = "preview") -> str:
    return f"POST /internal/realms/{app}/{environment}/check"


def tell(world: World, line: str, body: Mapping[str, Any], status: int = 200) -> None:
    world.data.answers[line], world.data.bodies[line] = status, json.dumps(body).encode()


async def asked(world: World, answer: Mapping[str, Any] = GOOD, status: int = 200) -> tuple[str, str]:
    """A new app and its run, of whose migrations the data service says this from the first time on."""
    world.data.otherwise = (status, json.dumps(answer).encode())
    return await world.api.create_app(TABLE)


async def test_tables_are_tried_and_their_types_are_built_and_deployed(world: World) -> None:
    app, run = await asked(world)
    build = await world.build(app)
    await world.say(green(build))
    deployment = await world.deploy(app)
    await world.api.succeeded(app, run)
    sent = json.loads(world.data.sent[checking(app)])["migrations"]
    assert [one["path"] for one in sent] == [TODOS]
    assert "create table public.todos" in sent[0]["sql"]
    files = f"/v1/apps/{app}/files/{DATABASE_TYPES}"
    assert (await world.api.http.get(files)).text == TYPES
    [answer] = await answers(world, run, "get_schema")
    assert not answer.is_error
    assert '"name":"todos"' in answer.text
    assert deployment.migrations is not None
    async with world.objects() as objects:
        stored = unpack_files(await objects.get(migrations_key(app, deployment.migrations)))
    assert list(stored) == [TODOS]
    assert len(world.builds(app)) == 1


async def test_what_is_wrong_with_migrations_goes_back_to_the_model_before_anything_is_built(
    world: World,
) -> None:
    app, run = await asked(world, {**GOOD, "findings": [FOUND], "types": None})
    recovery = await world.api.event(app, lambda event: event.type == "recovery.started")
    assert (recovery.data["category"], recovery.data["attempt"]) == ("migration", 1)
    world.data.otherwise = (200, json.dumps(GOOD).encode())
    await world.live(app)
    assert (await world.api.succeeded(app, run))["recoveries"] == 1
    [answer] = await answers(world, run, "get_schema")
    assert answer.is_error
    assert f"{TODOS}:1:14 no_policy: The table todos has no policy. Write one" in answer.text
    messages = (await world.api.get(f"/v1/apps/{app}/messages"))["items"]
    [told] = [message for message in messages if message["type"] == "error_recovery"]
    assert told["billing_ignore"] is True
    assert "no_policy" in told["content"]
    failed = [event.data for event in await world.api.log(app) if event.type == "build.finished"]
    assert [(one["state"], one["category"]) for one in failed] == [
        ("failed", "migration"), ("succeeded", None),
    ]  # fmt: skip
    lines = (await world.api.get(f"/v1/apps/{app}/usage"))["lines"]
    assert {line["billing_class"] for line in lines} == {"user", "repair"}


async def test_a_data_service_that_is_away_is_waited_for_and_costs_nothing(world: World) -> None:
    app, run = await asked(world, {"code": "shard_away", "detail": "The database is away."}, 503)
    await world.data_asked(app, 3)  # get_schema, and finish more than once
    world.data.otherwise = (200, json.dumps(GOOD).encode())
    await world.live(app)
    final = await world.api.succeeded(app, run)
    assert final["recoveries"] == 0
    [answer] = await answers(world, run, "get_schema")
    assert "cannot be asked now" in answer.text
    assert len(await world.model_requests("migrates")) >= 2


async def test_migrations_that_fail_in_the_deployment_go_back_to_the_model(world: World) -> None:
    app, run = await asked(world)
    await world.say(green(await world.build(app)))
    first = await world.deployment(app)
    found = Diagnostic(file=TODOS, line=1, code="23505", message="could not create unique index")
    await world.say(undeployable(first, "migration_failed", found))
    recovery = await world.api.event(app, lambda event: event.type == "recovery.started")
    assert recovery.data["category"] == "migration"
    await world.say(green(await world.build(app, 2)))
    await world.deploy(app, 2)
    await world.api.succeeded(app, run)


async def test_a_migration_written_by_hand_is_tried_and_brings_its_types(world: World) -> None:
    app, _ = await world.app()
    world.data.otherwise = (200, json.dumps({**GOOD, "findings": [FOUND]}).encode())
    url = f"/v1/apps/{app}/files/{TODOS}"
    refused = await world.api.http.put(url, content=b"create table todos (id uuid);")
    assert (refused.status_code, refused.json()["code"]) == (422, "migration_failed")
    assert f"{TODOS}:1:14 The table todos has no policy." in refused.json()["detail"]
    assert (await world.api.get(f"/v1/apps/{app}"))["head"] == 1
    world.data.otherwise = (200, json.dumps(GOOD).encode())
    made = await world.api.http.put(url, content=b"create table todos (id uuid);")
    assert (made.status_code, made.json()["number"]) == (201, 2)
    assert (await world.api.http.get(f"/v1/apps/{app}/files/{DATABASE_TYPES}")).text == TYPES
    locked = await world.api.http.put(f"/v1/apps/{app}/files/{DATABASE_TYPES}", content=b"export {}")
    assert (locked.status_code, locked.json()["code"]) == (423, "file_locked")
    assert "migrations" in locked.json()["detail"]


async def test_production_loses_nothing_unless_somebody_says_so(world: World) -> None:
    app, run = await asked(world)
    await world.live(app)
    await world.api.succeeded(app, run)
    lost = {"file": TODOS, "line": 4, "what": "drop table notes", "lost": "12 rows"}
    kept = {"file": NOTES, "line": 1, "what": "drop table old", "lost": "3 rows"}
    tell(world, checking(app, "production"), {**GOOD, "destructive": [lost, kept]})
    refused = await world.api.http.post(f"/v1/apps/{app}/deployments", json={"environment": "production"})
    assert (refused.status_code, refused.json()["code"]) == (409, "migration_needs_approval")
    assert "drop table notes 12 rows" in refused.json()["detail"]
    assert [step["what"] for step in refused.json()["destructive"]] == ["drop table notes"]
    assert refused.json()["migrations"] == [TODOS], "what is applied already loses nothing"
    await world.api.post(
        f"/v1/apps/{app}/deployments", {"environment": "production", "approve_migrations": [TODOS]}
    )
    await world.say(green(await world.build(app, 2)))
    deployment = await world.deployment(app, 2)
    assert deployment.approved == (TODOS,)
    assert deployment.migrations == (await world.deployment(app)).migrations


async def test_a_deployment_whose_migrations_fail_there_is_refused_at_once(world: World) -> None:
    app, run = await asked(world)
    await world.live(app)
    await world.api.succeeded(app, run)
    tell(world, checking(app, "staging"), {**GOOD, "findings": [FOUND]})
    refused = await world.api.http.post(f"/v1/apps/{app}/deployments", json={"environment": "staging"})
    assert (refused.status_code, refused.json()["code"]) == (422, "migration_failed")
    away = {"code": "shard_away", "detail": "The database is away."}
    tell(world, checking(app, "staging"), away, 503)
    refused = await world.api.http.post(f"/v1/apps/{app}/deployments", json={"environment": "staging"})
    assert (refused.status_code, refused.json()["code"]) == (503, "data_unavailable")
