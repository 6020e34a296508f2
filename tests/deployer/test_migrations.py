"""Deployments of apps with a database: its migrations are applied before anything goes live."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from common.contracts import DeploymentState, migrations_key, pack_files
from common.testing.tether import free_port
from dev.edge.launcher import Edge
from tests.deployer.artifacts import noise, page, small_app
from tests.deployer.service import WAIT, World, asked, new_app, problem_of, world
from tests.neighbours import Neighbour

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIGEST = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
TODOS = "supabase/migrations/0001_todos.sql"
SQL = "create table public.todos (id bigint primary key);"
KEY = "sb_publishable_0123456789abcdef0123456789abcdef"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data() -> AsyncIterator[Neighbour]:
    async with Neighbour(free_port()) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    edge: Edge, data: Neighbour, postgres_url: str, nats_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    folder: Path = tmp_path_factory.mktemp("deployer")
    settings = {"DATA_URL": f"http://127.0.0.1:{data.port}", "DATA_TOKEN": "the-data-services-token"}
    async with world(
        edge, postgres_url=postgres_url, nats_url=nats_url, folder=folder, settings=settings
    ) as running:
        yield running


def applying(app_id: str, environment: str = "preview") -> str:
    return f"POST /internal/realms/{app_id}/{environment}/apply"


def placing(app_id: str) -> str:
    return f"PUT /internal/realms/{app_id}/preview"


def tell(data: Neighbour, line: str, status: int, body: Mapping[str, Any]) -> None:
    data.answers[line], data.bodies[line] = status, json.dumps(body).encode()


def allow(data: Neighbour, app_id: str, **fields: Any) -> None:
    """The service has a database for the app's preview."""
    tell(data, applying(app_id), 200, {**place(data, app_id, **fields), "applied": [TODOS]})


def place(data: Neighbour, app_id: str, **fields: Any) -> Mapping[str, Any]:
    """The same, and what becomes of migrations is not said yet."""
    found = {"ref": f"app_{app_id}_preview", "url": f"http://data.test/app_{app_id}_preview"}
    told = {**found, "publishable_key": KEY, **fields}
    tell(data, placing(app_id), 200, told)
    return told


async def store(service: World, app_id: str) -> None:
    await service.store.put(migrations_key(app_id, DIGEST), pack_files({TODOS: SQL.encode()}))


def window(html: str) -> dict[str, Any]:
    """`window.ENV` of the page."""
    found: dict[str, Any] = json.loads(html.partition("window.ENV=")[2].partition("</script>")[0])
    return found


async def test_migrations_are_applied_and_the_page_is_told_where_its_database_is(
    clean: World, data: Neighbour
) -> None:
    app_id, script = new_app()
    await store(clean, app_id)
    allow(data, app_id)
    done = await clean.deploy(app_id, small_app("Todos"), migrations=DIGEST)
    assert (done.state, done.problem) == ("deployed", None)
    assert json.loads(data.sent[applying(app_id)]) == {
        "migrations": [{"path": TODOS, "sql": SQL}],
        "deployment_id": done.deployment_id,
        "approved": [],
    }
    assert data.headers[applying(app_id)]["authorization"] == "Bearer the-data-services-token"
    assert window((await clean.load(script)).text) == {
        "APP_ID": app_id,
        "SUPABASE_URL": f"http://data.test/app_{app_id}_preview",
        "SUPABASE_PUBLISHABLE_KEY": KEY,
    }


async def test_an_app_without_migrations_asks_for_no_database(clean: World, data: Neighbour) -> None:
    app_id, script = new_app()
    await clean.deploy(app_id, small_app("Light"))
    assert not [line for line in data.requests if app_id in line]
    assert window((await clean.load(script)).text) == {"APP_ID": app_id}


async def test_migrations_that_fail_change_nothing_and_say_where(clean: World, data: Neighbour) -> None:
    app_id, script = new_app()
    await clean.deploy(app_id, small_app("Before"))
    await store(clean, app_id)
    finding = {
        "file": TODOS, "line": 3, "column": 7, "code": "42703", "level": "error",
        "message": 'column "text" does not exist', "hint": "Add it first.",
    }  # fmt: skip
    detail = {"code": "migration_failed", "detail": "It failed.", "findings": [finding]}
    place(data, app_id)
    tell(data, applying(app_id), 422, detail)
    await clean.clear_faults()
    problem = problem_of(await clean.deploy(app_id, small_app("After"), migrations=DIGEST))
    assert problem.code == "migration_failed"
    assert f'{TODOS}:3: column "text" does not exist Add it first.' in problem.message
    [diagnostic] = problem.diagnostics
    assert (diagnostic.file, diagnostic.line, diagnostic.column) == (TODOS, 3, 7)
    assert "Before" in (await clean.load(script)).text
    assert await clean.api_calls(script) == []


@pytest.mark.parametrize("code", ["migration_needs_approval", "migration_changed"])
async def test_what_the_data_service_refuses_fails_with_its_code(
    clean: World, data: Neighbour, code: str
) -> None:
    app_id, _ = new_app()
    await store(clean, app_id)
    place(data, app_id)
    tell(data, applying(app_id), 409, {"code": code, "detail": "It drops public.notes: 12 rows."})
    approved = ("supabase/migrations/0002_other.sql",)
    done = await clean.deploy(app_id, small_app("X"), migrations=DIGEST, approved=approved)
    assert problem_of(done).code == code
    assert "12 rows" in problem_of(done).message
    assert json.loads(data.sent[applying(app_id)])["approved"] == [*approved]


async def test_a_data_service_that_is_away_is_waited_for(clean: World, data: Neighbour) -> None:
    app_id, script = new_app()
    await store(clean, app_id)
    tell(data, placing(app_id), 503, {"code": "shard_unavailable", "detail": "The database is away."})
    request = asked(app_id, artifact=await clean.upload(app_id, small_app("Patient")), migrations=DIGEST)
    await clean.send(request)
    assert (await clean.waiting(request))["waiting"]["code"] == "shard_unavailable"
    clean.stop(signal.SIGKILL)  # to apply them once more changes nothing
    allow(data, app_id)
    await clean.start()
    assert (await clean.finished(request.deployment_id)).state is DeploymentState.DEPLOYED
    assert "SUPABASE_URL" in window((await clean.load(script)).text)


async def test_what_can_be_refused_at_once_is_refused_before_anything_is_migrated(
    clean: World, data: Neighbour
) -> None:
    app_id, _ = new_app()
    await store(clean, app_id)
    allow(data, app_id)
    start = "assets/index-a1B2c3D4.js"
    large = {"index.html": page(f'<script src="/{start}"></script>'), start: noise(950_000)}
    no_page = {name: content for name, content in small_app().items() if name != "index.html"}
    for files, code in ((large, "script_too_large"), (no_page, "artifact_invalid")):
        assert problem_of(await clean.deploy(app_id, files, migrations=DIGEST)).code == code
    lost = asked(app_id, artifact="0" * 64, migrations=DIGEST)
    await clean.send(lost)
    assert problem_of(await clean.finished(lost.deployment_id)).code == "artifact_missing"
    gone = await clean.deploy(app_id, small_app(), migrations=DIGEST[::-1])
    assert problem_of(gone).code == "migrations_missing"
    assert placing(app_id) in data.requests
    assert applying(app_id) not in data.requests


async def test_an_app_for_which_no_server_has_room_waits_for_one(clean: World, data: Neighbour) -> None:
    app_id, _ = new_app()
    await store(clean, app_id)
    full = "No database server has room for another app; the operator has to add one."
    tell(data, placing(app_id), 503, {"code": "no_room", "detail": full})
    request = asked(app_id, artifact=await clean.upload(app_id, small_app()), migrations=DIGEST)
    await clean.send(request)
    waiting = (await clean.waiting(request))["waiting"]
    assert waiting["code"] == "no_room"
    assert full in waiting["message"]
    allow(data, app_id)
    assert (await clean.finished(request.deployment_id)).state is DeploymentState.DEPLOYED


async def test_a_rollback_points_back_only_while_the_database_is_where_it_was(
    clean: World, data: Neighbour
) -> None:
    app_id, script = new_app()
    await store(clean, app_id)
    allow(data, app_id)
    first = await clean.deploy(app_id, small_app("One"), migrations=DIGEST)
    await clean.deploy(app_id, small_app("Two"), migrations=DIGEST, version=2)
    await clean.clear_faults()
    await clean.deploy(app_id, rollback_of=first.deployment_id, migrations=DIGEST)
    assert f"PUT /workers/scripts/{script}" not in await clean.api_calls(script)
    allow(data, app_id, publishable_key=KEY[::-1])
    await clean.deploy(app_id, rollback_of=first.deployment_id, migrations=DIGEST)
    assert window((await clean.load(script)).text)["SUPABASE_PUBLISHABLE_KEY"] == KEY[::-1]


async def test_what_got_lost_is_put_back_with_its_database_although_that_is_away(
    clean: World, data: Neighbour
) -> None:
    app_id, script = new_app()
    await store(clean, app_id)
    allow(data, app_id)
    await clean.deploy(app_id, small_app("Kept"), migrations=DIGEST)
    tell(data, applying(app_id), 503, {"code": "shard_unavailable", "detail": "The database is away."})
    async with clean.edge.api() as api:
        assert (await api.delete(f"/workers/scripts/{script}")).status_code == 200
    unsettle = "UPDATE environments SET unsettled_since = now(), settle_at = now() WHERE app_id = :app"
    await clean.execute(unsettle, app=app_id)
    async with asyncio.timeout(WAIT):
        while (answer := await clean.load(script)).status_code != 200:
            await asyncio.sleep(0.05)
    assert window(answer.text)["SUPABASE_PUBLISHABLE_KEY"] == KEY
