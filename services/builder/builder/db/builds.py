"""Queries over builds and their leases; the caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from builder.db.models import Build
from builder.errors import LeaseLost
from common.clock import utcnow
from common.contracts import UNFINISHED_BUILD, BuildRequested, BuildState


@dataclass(frozen=True)
class Lease:
    """The right to write to a build. A later holder has a greater token."""

    build_id: str
    token: int


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
        "attempts": 0,
        "cancel_requested": False,
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


async def claim(session: AsyncSession, build: Build, seconds: float) -> Lease | None:
    """The lease on a row that the caller holds locked; None while another has it."""
    now = utcnow()
    if build.lease_until is not None and build.lease_until > now:
        return None
    build.lease_token += 1
    build.lease_until = now + timedelta(seconds=seconds)
    build.attempts += 1
    build.state = BuildState.RUNNING.value
    build.started_at = build.started_at or now
    build.updated_at = now
    await session.flush()
    return Lease(build.id, build.lease_token)


async def renew(session: AsyncSession, lease: Lease, seconds: float) -> bool:
    """Holds on for `seconds` more and tells whether a cancellation was asked for; raises LeaseLost."""
    now = utcnow()
    statement = (
        update(Build)
        .where(
            Build.id == lease.build_id, Build.lease_token == lease.token, Build.state.in_(UNFINISHED_BUILD)
        )
        .values(lease_until=now + timedelta(seconds=seconds), updated_at=now)
        .returning(Build.cancel_requested)
    )
    cancelled = (await session.execute(statement)).scalar_one_or_none()
    if cancelled is None:
        raise _lost(lease)
    return bool(cancelled)


async def held(session: AsyncSession, lease: Lease) -> Build:
    """The row, locked; raises LeaseLost when another holds the lease by now."""
    build = await find(session, lease.build_id, lock=True)
    if build is None or build.lease_token != lease.token or build.state not in UNFINISHED_BUILD:
        raise _lost(lease)
    return build


async def release(session: AsyncSession, lease: Lease) -> None:
    """Gives the build back to the queue, for another attempt."""
    await session.execute(
        update(Build)
        .where(
            Build.id == lease.build_id, Build.lease_token == lease.token, Build.state.in_(UNFINISHED_BUILD)
        )
        .values(lease_until=None, state=BuildState.QUEUED.value, updated_at=utcnow())
    )


async def green_twin(session: AsyncSession, build: Build) -> Build | None:
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
    worked_on = Build.state.in_(UNFINISHED_BUILD) & (Build.lease_until > utcnow())
    await session.execute(
        update(Build).where(Build.app_id == app_id, worked_on).values(cancel_requested=True)
    )
    free = select(Build.id).where(Build.app_id == app_id, worked_on.is_not(True)).limit(limit)
    await session.execute(delete(Build).where(Build.id.in_(free)))
    return await session.scalar(select(Build.id).where(Build.app_id == app_id).limit(1)) is None


async def standing_still(session: AsyncSession, *, queued_seconds: float, limit: int = 50) -> Sequence[Build]:
    """Builds whose builder is gone, and builds that wait without anybody coming; locked."""
    now = utcnow()
    abandoned = Build.lease_until < now
    forgotten = Build.lease_until.is_(None) & (Build.updated_at < now - timedelta(seconds=queued_seconds))
    query = (
        select(Build)
        .where(Build.state.in_(UNFINISHED_BUILD), or_(abandoned, forgotten))
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


def _is_held(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return Build.id == lease.build_id, Build.lease_token == lease.token, Build.state.in_(UNFINISHED_BUILD)


def _lost(lease: Lease) -> LeaseLost:
    return LeaseLost(f"The build {lease.build_id} has been taken over or ended.", build_id=lease.build_id)
