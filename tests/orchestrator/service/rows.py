"""An orchestrator's database with rows of tests' own making, without a running orchestrator."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import func, select, text

import orchestrator.db
from common.contracts import TemplateRef
from common.database import Database
from common.ids import new_app_id, new_id
from orchestrator.db import apps, turns
from orchestrator.db.models import App, Base, Blob, Event, Run, Team, ToolResult
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.domain.turns import Block, Usage

MODEL = "claude-sonnet-5-5"
USAGE = Usage(100, 10, 1, 2)


@asynccontextmanager
async def migrated(url: str) -> AsyncIterator[Database]:
    database = Database(SecretStr(url), "orchestrator", statement_seconds=0)
    try:
        await database.migrate(Path(orchestrator.db.__file__).parent / "migrations")
        yield database
    finally:
        await database.close()


async def add_app(db: Database) -> str:
    async with db.begin() as session:
        team = Team(id=new_id("team"), name="t")
        session.add(team)
        await session.flush()
        app = App(
            id=new_app_id(), team_id=team.id, name="a", template=TemplateRef.parse("t@1.0.0"), model=MODEL
        )
        session.add(app)
        return app.id


async def add_run(db: Database, app: str, *, ended: datetime | None, state: str = "succeeded") -> str:
    """A run with a turn, a tool result and three events, all of the time it ended."""
    when = {"created_at": ended} if ended else {}
    async with db.begin() as session:
        run = Run(
            id=new_id("run"), app_id=app, request="r", state=state, finished_at=ended,
            prefix=["p"], first_message="m", tree={}, **when,
        )  # fmt: skip
        session.add(run)
        await session.flush()
        turn = turns.add_turn(
            session, run_id=run.id, seq=1, billing_class="user", model=MODEL, usage=USAGE,
            cost_microdollars=7,
        )  # fmt: skip
        await session.flush()
        turns.add_block(session, turn.id, 0, Block("text", {"text": "said"}))
        session.add(ToolResult(turn_id=turn.id, tool_use_id="t", tool="write", text="ok", is_error=False))
        first = await session.scalar(select(func.coalesce(func.max(Event.seq), 0)).where(Event.app_id == app))
        for number in range(1, 4):
            seq = (first or 0) + number
            session.add(Event(app_id=app, seq=seq, type="x", run_id=run.id, data={}, **when))
        return run.id


async def add_version(db: Database, app: str, content: bytes) -> None:
    ref = FileRef.of(content)
    async with db.begin() as session:
        await apps.put_blobs(session, app, {ref.digest: content})
        tree = Tree().with_file("src/a.ts", ref)
        await apps.add_version(session, app_id=app, tree=tree, origin="upload", title="", summary="")


async def add_blob(db: Database, app: str, content: bytes) -> None:
    async with db.begin() as session:
        await apps.put_blobs(session, app, {FileRef.of(content).digest: content})


async def someone_waits_for(db: Database, holder: int) -> None:
    """Until another connection wants a lock that the connection with the process id `holder` has."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE :holder = ANY(pg_blocking_pids(pid))")
    async with asyncio.timeout(120):
        while True:
            async with db.begin() as session:
                if await session.scalar(waiting, {"holder": holder}):
                    return
            await asyncio.sleep(0.02)


async def blobs_of(db: Database, app: str) -> set[bytes]:
    async with db.begin() as session:
        return set(await session.scalars(select(Blob.content).where(Blob.app_id == app)))


async def count(db: Database, table: str, **where: Any) -> int:
    model = Base.metadata.tables[table]
    query = select(func.count()).select_from(model)
    async with db.begin() as session:
        return await session.scalar(query.where(*(model.c[key] == where[key] for key in where))) or 0
