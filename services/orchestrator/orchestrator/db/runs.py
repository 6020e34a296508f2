"""Runs: reading them, and the lease that lets one worker at a time change one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from common.clock import utcnow
from common.contracts import RunState
from orchestrator.db.models import App, Run
from orchestrator.domain.runs import ACTIVE, FINAL
from orchestrator.errors import RunNotFound

LEASE = timedelta(seconds=10)
WORKABLE = frozenset({RunState.QUEUED, RunState.PREPARING, RunState.GENERATING, RunState.RECOVERING})
"""The states in which a run waits for a worker of ours; in the others for another service."""


class LeaseLost(Exception):
    """The run is no longer ours: it was cancelled, or another worker has taken it over."""


@dataclass(frozen=True)
class Lease:
    """The right to work on a run. Every write goes through `hold`, which checks the fencing token."""

    run_id: str
    app_id: str
    token: int

    async def hold(self, session: AsyncSession) -> Run:
        """Locks the run for the caller's transaction; raises LeaseLost."""
        query = select(Run).where(Run.id == self.run_id, Run.lease_token == self.token).with_for_update()
        run = await session.scalar(query)
        if run is None:
            raise LeaseLost
        return run

    async def renew(self, session: AsyncSession) -> None:
        """Extends the lease; raises LeaseLost."""
        statement = update(Run).where(Run.id == self.run_id, Run.lease_token == self.token)
        renewed = await session.execute(statement.values(lease_until=func.now() + LEASE).returning(Run.id))
        if renewed.first() is None:
            raise LeaseLost

    async def release(self, session: AsyncSession) -> None:
        statement = update(Run).where(Run.id == self.run_id, Run.lease_token == self.token)
        await session.execute(statement.values(lease_until=None))


async def claim(session: AsyncSession, run_id: str) -> Lease | None:
    """A lease on the run, or None when it has nothing to do for us or is in other hands.

    A queued run can be had only when it is the oldest of its app and no other is active.
    """
    query = select(Run).where(Run.id == run_id, _is_free(), _has_work())
    run = await session.scalar(query.with_for_update(of=Run, skip_locked=True))
    if run is None:
        return None
    run.lease_token += 1
    run.lease_until = utcnow() + LEASE
    run.updated_at = utcnow()
    return Lease(run.id, run.app_id, run.lease_token)


def _is_free() -> ColumnElement[bool]:
    return or_(Run.lease_until.is_(None), Run.lease_until < func.now())


def _has_work() -> ColumnElement[bool]:
    """Whether a worker of ours could go on with the run now: nothing is done for a deleted app any more."""
    other = aliased(Run)
    before = or_(other.state.in_(ACTIVE), and_(other.state == RunState.QUEUED, other.id < Run.id))
    has_to_wait = exists().where(other.app_id == Run.app_id, other.id != Run.id, before)
    kept = exists().where(App.id == Run.app_id, App.deleted_at.is_(None))
    return and_(Run.state.in_(WORKABLE), kept, or_(Run.state != RunState.QUEUED, ~has_to_wait))


async def get_run(session: AsyncSession, team_id: str, run_id: str, *, lock: bool = False) -> Run:
    """The team's run; raises RunNotFound for another team's just as for none."""
    query = select(Run).join(App, App.id == Run.app_id).where(
        Run.id == run_id, App.team_id == team_id, App.deleted_at.is_(None)
    )  # fmt: skip
    run = await session.scalar(query.with_for_update(of=Run) if lock else query)
    if run is None:
        raise RunNotFound(f"There is no run '{run_id}'.", run_id=run_id)
    return run


async def lock_run(session: AsyncSession, run_id: str) -> Run | None:
    return await session.scalar(select(Run).where(Run.id == run_id).with_for_update())


async def list_runs(session: AsyncSession, app_id: str, *, cursor: str | None, limit: int) -> list[Run]:
    query = select(Run).where(Run.app_id == app_id)
    if cursor is not None:
        query = query.where(Run.id < cursor)
    return list(await session.scalars(query.order_by(Run.id.desc()).limit(limit)))


async def active_run(session: AsyncSession, app_id: str) -> Run | None:
    """The run that works on the app's files; there is at most one."""
    return await session.scalar(select(Run).where(Run.app_id == app_id, Run.state.in_(ACTIVE)))


async def lock_unfinished_runs(session: AsyncSession, app_id: str) -> list[Run]:
    query = select(Run).where(Run.app_id == app_id, Run.state.not_in(FINAL)).order_by(Run.id)
    return list(await session.scalars(query.with_for_update()))


async def next_queued(session: AsyncSession, app_id: str) -> Run | None:
    query = select(Run).where(Run.app_id == app_id, Run.state == RunState.QUEUED).order_by(Run.id).limit(1)
    return await session.scalar(query)


async def standing_still(session: AsyncSession, *, since: datetime, limit: int) -> list[Run]:
    """Runs that have work and that nobody has touched since then; locked for the caller."""
    query = select(Run).where(_has_work(), _is_free(), Run.updated_at < since).order_by(Run.updated_at)
    return list(await session.scalars(query.limit(limit).with_for_update(of=Run, skip_locked=True)))


async def overdue(session: AsyncSession, *, started_before: datetime, limit: int) -> list[Run]:
    """Runs that are not final although they began before then; locked for the caller."""
    query = select(Run).where(Run.state.not_in(FINAL), Run.started_at < started_before)
    return list(await session.scalars(query.limit(limit).with_for_update(skip_locked=True)))
