"""A run that ends in the middle of a turn: what the vendor bills for the turn is in the ledger."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from common.database import Database
from common.messaging.outbox import Outbox
from common.messaging.publisher import Bus
from orchestrator.clients.model.pricing import Pricing
from orchestrator.clients.platform import BuilderClient
from orchestrator.db import models, turns
from orchestrator.db.models import App
from orchestrator.domain.turns import Block
from orchestrator.usecases import apps
from orchestrator.usecases.runs import finish
from tests.orchestrator.service import rows

CALL = Block("tool_use", {"id": "call_1", "name": "read_file", "input": {"path": "src/a.ts"}})
LONG = Block("text", {"text": "word " * 1_000})


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    async with rows.migrated(postgres_url) as database:
        yield database


@pytest.fixture
def outbox(db: Database) -> Outbox:
    return Outbox(db, Bus(SecretStr("nats://127.0.0.1:9"), "tests"), models.Outbox, "tests")


@pytest.mark.parametrize(("blocks", "state"), [([LONG], "lost"), ([LONG, CALL], "cut")])
async def test_a_cancelled_run_counts_what_its_open_turn_has_put_out(
    db: Database, outbox: Outbox, blocks: list[Block], state: str
) -> None:
    app, run = await in_the_middle_of_a_turn(db, *blocks)
    async with httpx.AsyncClient() as http:
        await finish.cancel(
            db=db, outbox=outbox, builder=BuilderClient(http), pricing=Pricing(), team_id=app.team_id,
            run_id=run,
        )  # fmt: skip
    await assert_settled(db, app, run, state)


async def test_so_does_the_run_of_a_deleted_app(db: Database, outbox: Outbox) -> None:
    app, run = await in_the_middle_of_a_turn(db, LONG)
    await apps.delete_app(db=db, outbox=outbox, pricing=Pricing(), app=app)
    await assert_settled(db, app, run, "lost")


async def in_the_middle_of_a_turn(db: Database, *blocks: Block) -> tuple[App, str]:
    """An app and its run; so far the vendor has only told of the beginning of the turn's output."""
    app_id = await rows.add_app(db)
    run = await rows.add_run(db, app_id, ended=None, state="generating")
    async with db.begin() as session:
        [turn] = await turns.turns_of(session, run)
        assert turns.start_turn(turn, "req_1")
        turns.set_usage(turn, rows.USAGE, 7)
        for index, block in enumerate(blocks, 1):
            turns.add_block(session, turn.id, index, block)
        app = await session.get_one(App, app_id)
        app.event_seq = 3  # as many as the run has
        await session.flush()
        session.expunge(app)
    return app, run


async def assert_settled(db: Database, app: App, run: str, state: str) -> None:
    async with db.begin() as session:
        [turn] = await turns.turns_of(session, run)
        [total] = await turns.usage_by_app(session, app.team_id)
    assert (turn.state, turn.billing_class) == (state, "user")
    assert turn.finished_at
    usage = turns.usage_of(turn)
    assert usage == replace(rows.USAGE, output_tokens=usage.output_tokens)
    assert 1_000 < usage.output_tokens < 2_000
    assert turn.cost_microdollars == Pricing().cost(rows.MODEL, usage)
    assert (total["output_tokens"], total["cost_microdollars"]) == (
        usage.output_tokens,
        turn.cost_microdollars,
    )
