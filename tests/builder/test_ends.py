"""Every build comes to an end, whatever it puts out, whoever dies of it, and whenever it is cancelled."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select

import builder.main
from builder.db import queue
from builder.db.models import Build
from builder.db.models import Outbox as OutboxRow
from builder.domain.verdict import Failure
from builder.usecases.result import record
from common.clock import utcnow
from common.contracts import BuildFinished, BuildState, Diagnostic, ErrorCategory, TemplateRef
from common.database import Database
from common.ids import new_app_id, new_id
from common.messaging.outbox import Outbox
from common.messaging.publisher import Bus
from common.work import Patience
from tests.builder.world import TEMPLATE, WAIT, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNSTORABLE = [
    Failure(ErrorCategory.TYPE, "Property 'x\0y' does not exist."),
    Failure(ErrorCategory.TYPE, "One error.", (Diagnostic(message="x\0y"),)),
    Failure(ErrorCategory.TYPE, "One error.", (Diagnostic(message="half of a character: \ud83d"),)),
    Failure(ErrorCategory.TYPE, "One error.", (Diagnostic(message="far", line=10**30, file="\udc80"),)),
]


@pytest_asyncio.fixture(loop_scope="module")
async def db(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(SecretStr(postgres_url), "builder")
    try:
        await database.migrate(builder.main.MIGRATIONS)
        yield database
    finally:
        await database.close()


def row(**fields: object) -> Build:
    return Build(
        id=new_id("build"), team_id=new_id("team"), app_id=new_app_id(), mode="preview",
        source_digest="0" * 64, template=TemplateRef.parse(TEMPLATE), state=BuildState.QUEUED, **fields,
    )  # fmt: skip


@pytest.mark.parametrize("outcome", UNSTORABLE)
async def test_a_result_that_cannot_be_stored_fails_the_build_at_its_first_try(
    db: Database, outcome: Failure
) -> None:
    mine = row(log="")
    async with db.begin() as session:
        session.add(mine)
    async with db.begin() as session:
        found = await queue.claim_next(session, 60)
    assert found is not None
    assert found.build.id == mine.id
    outbox = Outbox(db, Bus(SecretStr("nats://127.0.0.1:1"), "builder"), OutboxRow, "builder")
    await record(db, outbox, found.lease, outcome, "all was well\n")
    async with db.begin() as session:
        stored = await session.get_one(Build, mine.id)
        assert (stored.state, stored.category, stored.failures) == ("failed", "bundle", 0)
        told = (await session.scalars(select(OutboxRow).order_by(OutboxRow.id.desc()).limit(1))).one()
        assert BuildFinished.model_validate_json(told.body).build_id == mine.id
        await session.delete(told)


async def test_a_build_that_ends_its_builder_again_and_again_is_given_up(
    service: World, db: Database
) -> None:
    service.builder.stop()
    deadly = row(
        log="", attempts=30, crashes=Patience(failures=1, seconds=1).crashes,
        lease_token=30, lease_until=utcnow() - timedelta(seconds=1),
    )  # fmt: skip
    deadly.state = BuildState.RUNNING
    async with db.begin() as session:
        session.add(deadly)
    await service.builder.start()
    done = await service.finished(deadly.id)
    assert (done.state, done.category) == (BuildState.FAILED, ErrorCategory.INFRASTRUCTURE)
    assert done.message == "The build was begun 30 times without coming to an end."


async def test_a_cancellation_that_comes_before_its_request_holds(service: World) -> None:
    build_id = new_id("build")
    async with service.builder.http() as http:
        answer = await http.post(f"/v1/builds/{build_id}/cancel")
    assert (answer.status_code, answer.json()) == (202, None)
    await service.request(build_id=build_id)
    assert (await service.finished(build_id)).state is BuildState.CANCELLED
    seen = (await service.get(f"/v1/builds/{build_id}")).json()
    assert (seen["state"], seen["message"]) == ("cancelled", "The build was cancelled.")
    assert (await service.build()).state is BuildState.SUCCEEDED


async def test_a_cancellation_and_its_request_at_once_end_the_build(service: World) -> None:
    async with service.builder.http() as http, asyncio.timeout(WAIT):
        for _ in range(8):
            build_id = new_id("build")
            _, answer = await asyncio.gather(
                service.request(build_id=build_id, source_digest="0" * 64),
                http.post(f"/v1/builds/{build_id}/cancel"),
            )
            done = await service.finished(build_id)
            known = answer.json()
            assert done.state == ("cancelled" if known is None else known["state"])
