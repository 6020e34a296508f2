"""Runs: reading them, and the lease that lets one worker at a time change one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from orchestrator.db.models import App, Run
from orchestrator.domain.runs import ACTIVE, FINAL, RunState
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
    run = await session.scalar(select(Run).where(Run.id == run_id).with_for_update(skip_locked=True))
    if run is None or run.state not in WORKABLE:
        return None
    if run.lease_until is not None and run.lease_until > utcnow():
        return None
    if run.state == RunState.QUEUED and await has_to_wait(session, run):
        return None
    run.lease_token += 1
    run.lease_until = utcnow() + LEASE
    run.updated_at = utcnow()
    return Lease(run.id, run.app_id, run.lease_token)


async def has_to_wait(session: AsyncSession, run: Run) -> bool:
    """Whether another run of the app is under way or was queued before."""
    before = or_(Run.state.in_(ACTIVE), (Run.state == RunState.QUEUED) & (Run.id < run.id))
    query = select(Run.id).where(Run.app_id == run.app_id, Run.id != run.id, before).limit(1)
    return await session.scalar(query) is not None


async def get_run(session: AsyncSession, team_id: str, run_id: str, *, lock: bool = False) -> Run:
    """The team's run; raises RunNotFound for another team's just as for none."""
    query = select(Run).join(App, App.id == Run.app_id).where(Run.id == run_id, App.team_id == team_id)
    run = await session.scalar(query.with_for_update(of=Run) if lock else query)
    if run is None:
        raise RunNotFound(f"There is no run '{run_id}'.", run_id=run_id)
    return run


async def lock_run(session: AsyncSession, run_id: str) -> Run | None:
    return await session.scalar(select(Run).where(Run.id == run_id).with_for_update())


async def list_runs(session: AsyncSession, app_id: str, *, before: str | None, limit: int) -> list[Run]:
    query = select(Run).where(Run.app_id == app_id)
    if before is not None:
        query = query.where(Run.id < before)
    return list(await session.scalars(query.order_by(Run.id.desc()).limit(limit)))


async def unfinished_run(session: AsyncSession, app_id: str) -> Run | None:
    """The app's oldest run that is not final."""
    query = select(Run).where(Run.app_id == app_id, Run.state.not_in(FINAL)).order_by(Run.id).limit(1)
    return await session.scalar(query)


async def next_queued(session: AsyncSession, app_id: str) -> Run | None:
    query = select(Run).where(Run.app_id == app_id, Run.state == RunState.QUEUED).order_by(Run.id).limit(1)
    return await session.scalar(query)


async def standing_still(session: AsyncSession, *, since: datetime, limit: int) -> list[Run]:
    """Runs that nobody has touched since then although they are not final; locked for the caller."""
    free: ColumnElement[bool] = or_(Run.lease_until.is_(None), Run.lease_until < func.now())
    query = select(Run).where(Run.state.not_in(FINAL), Run.updated_at < since, free)
    query = query.order_by(Run.updated_at).limit(limit).with_for_update(skip_locked=True)
    return list(await session.scalars(query))
