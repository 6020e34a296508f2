"""Queries over builds; the caller owns the transaction."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from builder.db import queue
from builder.db.models import Build, Cancellation
from builder.domain.verdict import DETERMINISTIC
from common import work
from common.clock import utcnow
from common.contracts import UNFINISHED_BUILD, BuildMode, BuildRequested, BuildState
from common.work import Lease

VERDICT_STANDS = timedelta(minutes=10)


async def insert_new(session: AsyncSession, request: BuildRequested, traceparent: str) -> bool:
    """Stores the request unless its id is known; whether it was not."""
    values: dict[str, Any] = {
        "id": request.build_id,
        "app_id": request.app_id,
        "team_id": request.team_id,
        "run_id": request.run_id,
        "mode": request.mode.value,
        "source_digest": request.source_digest,
        "template": request.template,
        "speculative": request.speculative,
        "state": BuildState.QUEUED.value,
        "traceparent": traceparent,
        "lease_token": 0,
        "steps_ms": {},
        "diagnostics": [],
        "log": "",
    }
    statement = insert(Build).values(values).on_conflict_do_nothing().returning(Build.id)
    return (await session.execute(statement)).first() is not None


async def find(
    session: AsyncSession, build_id: str, *, lock: bool = False, log: bool = False
) -> Build | None:
    query = select(Build).where(Build.id == build_id)
    if lock:
        query = query.with_for_update()
    if log:
        query = query.options(undefer(Build.log))
    return (await session.scalars(query)).first()


async def note_cancelled(session: AsyncSession, build_id: str) -> None:
    """Nobody begins a build of this id after the commit."""
    await session.execute(insert(Cancellation).values(build_id=build_id).on_conflict_do_nothing())


async def stopped(session: AsyncSession, lease: Lease[Build], log: str) -> None:
    """Notes that nothing of a cancelled build goes on any more, and keeps what was printed until then."""
    mine = (Build.id == lease.key[0], Build.lease_token == lease.token + 1)
    await session.execute(
        update(Build).where(*mine, Build.state == BuildState.CANCELLED).values(log=log, lease_until=None)
    )


async def earlier(session: AsyncSession, wanted: Build | BuildRequested) -> Build | None:
    """The newest build of the same input whose result would be that of a new one too.

    A verdict stands for some minutes only: the next release of the builder may judge otherwise.
    """
    fresh = Build.finished_at > func.now() - VERDICT_STANDS
    verdict = and_(Build.state == BuildState.FAILED, Build.category.in_(DETERMINISTIC), fresh)
    query = (
        select(Build)
        .where(*_has_input(wanted), or_(Build.state == BuildState.SUCCEEDED, verdict))
        .order_by(Build.finished_at.desc())
        .limit(1)
        .options(undefer(Build.log))
    )
    return (await session.scalars(query)).first()


async def joined(session: AsyncSession, build: Build) -> Sequence[Build]:
    """The builds that wait for the result of this one; locked."""
    waiting = (Build.id != build.id, Build.state == BuildState.QUEUED, work.is_free(Build))
    query = select(Build).where(*_has_input(build), *waiting).order_by(Build.id)
    return (await session.scalars(query.with_for_update(skip_locked=True))).all()


_SUPERSEDED = (
    select(Build)
    .where(
        Build.app_id == bindparam("app_id"),
        Build.mode == BuildMode.PREVIEW,
        Build.state.in_(UNFINISHED_BUILD),
        or_(Build.source_digest != bindparam("source_digest"), Build.template != bindparam("template")),
        queue.nobody_waits(),
    )
    .order_by(Build.id)
    .with_for_update(skip_locked=True)
)


async def superseded(session: AsyncSession, request: BuildRequested) -> Sequence[Build]:
    """The speculative previews of the app that are of no use once this one is asked for; locked."""
    wanted = {name: getattr(request, name) for name in ("app_id", "source_digest", "template")}
    return (await session.scalars(_SUPERSEDED, wanted)).all()


def _has_input(wanted: Build | BuildRequested) -> tuple[ColumnElement[bool], ...]:
    return (
        Build.app_id == wanted.app_id,
        Build.source_digest == wanted.source_digest,
        Build.template == wanted.template,
        Build.mode == wanted.mode,
    )


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
