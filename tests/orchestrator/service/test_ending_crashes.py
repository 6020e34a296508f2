"""The process dies right before a run ends with words: it ends with them, and nothing is asked twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from common.database import Database
from tests.orchestrator.service.world import World
from tests.system.api import RUN_SECONDS

pytestmark = [pytest.mark.xdist_group("orchestrator-crashes"), pytest.mark.asyncio(loop_scope="session")]

_GATE = 7_281
_WAITS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :gate AND NOT granted"
_SHUT = """
CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock(7281); RETURN NEW; END $$
"""
_GUARD = """
CREATE TRIGGER gate BEFORE UPDATE ON runs FOR EACH ROW
WHEN (NEW.state IN ('answered', 'waiting') AND OLD.state <> NEW.state) EXECUTE FUNCTION wait_at_the_gate()
"""


@pytest.mark.parametrize(
    ("request_", "script", "state", "event"),
    [
        ("Done? [[script:writes-anyway]]", "writes-anyway", "answered", "run.answered"),
        ("A booking page [[script:asks]]", "asks", "waiting", "run.waiting"),
    ],
)
async def test_a_kill_between_the_last_call_and_the_end_of_the_run(
    world: World, request_: str, script: str, state: str, event: str
) -> None:
    app, _ = await world.app()
    database = world.database()
    asked = len(await world.model_requests(script))
    async with gate(database):
        run = await world.api.send(app, request_, "ask")
        async with asyncio.timeout(RUN_SECONDS):
            while not await waiting_at_the_gate(database):
                await asyncio.sleep(0.05)
        requests = len(await world.model_requests(script)) - asked
        assert (await world.api.get(f"/v1/runs/{run}"))["state"] == "generating"
        await world.stack.kill("orchestrator")
    await world.stack.start("orchestrator")
    await world.stack.wait_ready("orchestrator")
    final = await world.api.ended(app, run)
    assert final["state"] == state
    assert len(await world.model_requests(script)) - asked == requests
    kinds = [one.type for one in await world.api.log(app) if one.data["run_id"] == run]
    assert (kinds[-1], kinds.count(event)) == (event, 1)
    chat = (await world.api.get(f"/v1/apps/{app}/messages"))["items"]
    assert len([one for one in chat if one["run_id"] == run]) == 2
    await database.close()


@asynccontextmanager
async def gate(database: Database) -> AsyncIterator[None]:
    """Meanwhile no run gets over the step into such a state."""
    async with database.begin() as session:
        await session.execute(text(_SHUT))
        await session.execute(text(_GUARD))
    async with database.begin() as session:
        await session.execute(text("SELECT pg_advisory_xact_lock(:gate)"), {"gate": _GATE})
        yield
    async with database.begin() as session:
        await session.execute(text("DROP TRIGGER gate ON runs"))
        await session.execute(text("DROP FUNCTION wait_at_the_gate"))


async def waiting_at_the_gate(database: Database) -> bool:
    async with database.begin() as session:
        return bool(await session.scalar(text(_WAITS), {"gate": _GATE}))
