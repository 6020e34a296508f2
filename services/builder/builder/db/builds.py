"""Queries over builds; the caller owns the transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from builder.db.models import Build
from common import work
from common.clock import utcnow
from common.contracts import UNFINISHED_BUILD, BuildRequested, BuildState
from common.work import Lease


async def insert_new(session: AsyncSession, request: BuildRequested) -> None:
    """Stores the request unless its id is known."""
    values: dict[str, Any] = {
        "id": request.build_id,
        "app_id": request.app_id,
        "run_id": request.run_id,
        "mode": request.mode.value,
        "source_digest": request.source_digest,
        "template": request.template,
        "state": BuildState.QUEUED.value,
        "lease_token": 0,
        "steps_ms": {},
        "diagnostics": [],
        "log": "",
    }
    await session.execute(insert(Build).values(values).on_conflict_do_nothing())


async def find(
    session: AsyncSession, build_id: str, *, lock: bool = False, log: bool = False
) -> Build | None:
    query = select(Build).where(Build.id == build_id)
    if lock:
        query = query.with_for_update()
    if log:
        query = query.options(undefer(Build.log))
    return (await session.scalars(query)).first()


async def claim(session: AsyncSession, build: Build, seconds: float) -> Lease[Build] | None:
    """The lease on a build; None while another has it. Begins an attempt."""
    lease = await work.claim(session, Build, (build.id,), seconds, Build.state.in_(UNFINISHED_BUILD))
    if lease is None:
        return None
    await session.refresh(build, ["lease_token", "lease_until"])
    build.begin_attempt()
    build.state = BuildState.RUNNING.value
    build.updated_at = utcnow()
    build.started_at = build.started_at or build.updated_at
    return lease


async def stopped(session: AsyncSession, lease: Lease[Build], log: str) -> None:
    """Notes that nothing of a cancelled build goes on any more, and keeps what was printed until then."""
    mine = (Build.id == lease.key[0], Build.lease_token == lease.token + 1)
    await session.execute(
        update(Build).where(*mine, Build.state == BuildState.CANCELLED).values(log=log, lease_until=None)
    )


async def reusable(session: AsyncSession, build: Build) -> Build | None:
    """An earlier green build of the very same input, of the same app."""
    query = (
        select(Build)
        .where(
            Build.app_id == build.app_id,
            Build.source_digest == build.source_digest,
            Build.template == build.template,
            Build.mode == build.mode,
            Build.state == BuildState.SUCCEEDED.value,
        )
        .order_by(Build.id.desc())
        .limit(1)
    )
    return (await session.scalars(query)).first()


async def remove_of_app(session: AsyncSession, app_id: str, limit: int = 500) -> bool:
    """Deletes some builds of the app and cancels those that are worked on; whether none is left."""
    running = (Build.app_id == app_id, Build.state.in_(UNFINISHED_BUILD), Build.lease_until > func.now())
    now = utcnow()
    await session.execute(
        update(Build)
        .where(*running)
        .values(
            state=BuildState.CANCELLED.value,
            lease_token=Build.lease_token + 1,
            finished_at=now,
            updated_at=now,
        )
    )
    free = select(Build.id).where(Build.app_id == app_id, work.is_free(Build)).limit(limit)
    await session.execute(delete(Build).where(Build.id.in_(free)))
    return await session.scalar(select(Build.id).where(Build.app_id == app_id).limit(1)) is None


async def standing_still(session: AsyncSession, *, queued_seconds: float, limit: int = 50) -> Sequence[Build]:
    """Builds whose builder is gone, and builds that wait without anybody coming; locked."""
    still = work.stands_still(Build, Build, Build.updated_at, seconds=queued_seconds)
    query = (
        select(Build)
        .where(Build.state.in_(UNFINISHED_BUILD), still)
        .order_by(Build.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(query)).all()


async def page(
    session: AsyncSession, *, app_id: str | None, limit: int, cursor: str | None
) -> Sequence[Build]:
    """Newest first, those before the id `cursor`."""
    query = select(Build).order_by(Build.id.desc()).limit(limit)
    if app_id is not None:
        query = query.where(Build.app_id == app_id)
    if cursor is not None:
        query = query.where(Build.id < cursor)
    return (await session.scalars(query)).all()
