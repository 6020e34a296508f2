"""Runs: reading them, and taking one to work on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from common import work
from common.clock import utcnow
from common.contracts import RunState
from orchestrator.db.models import App, Run
from orchestrator.domain.runs import ACTIVE, FINAL
from orchestrator.errors import RunNotFound

WORKABLE = frozenset({RunState.QUEUED, RunState.PREPARING, RunState.GENERATING, RunState.RECOVERING})
"""The states in which a run waits for a worker of ours; in the others for another service."""


@dataclass(frozen=True)
class Lease(work.Lease[Run]):
    """The right to work on a run. Every write goes through `hold`, which checks the fencing token."""

    app_id: str

    @property
    def run_id(self) -> str:
        return str(self.key[0])


async def claim(session: AsyncSession, run_id: str, seconds: float) -> Lease | None:
    """A lease on the run, or None when it has nothing to do for us or is in other hands.

    A queued run can be had only when it is the oldest of its app and no other is active.
    """
    lease = await work.claim(session, Run, (run_id,), seconds, _has_work())
    if lease is None:
        return None
    run = await lease.hold(session)
    run.begin_attempt()
    run.updated_at = utcnow()
    return Lease(Run, lease.key, lease.token, lease.seconds, run.app_id)


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


async def standing_still(session: AsyncSession, *, seconds: float, limit: int) -> list[Run]:
    """Runs that have work and that nobody has touched for so long; locked for the caller."""
    still = work.stands_still(Run, Run, Run.updated_at, seconds=seconds)
    query = select(Run).where(_has_work(), still).order_by(Run.updated_at)
    return list(await session.scalars(query.limit(limit).with_for_update(of=Run, skip_locked=True)))


async def overdue(session: AsyncSession, *, started_before: datetime, limit: int) -> list[Run]:
    """Runs that are not final although they began before then; locked for the caller."""
    query = select(Run).where(Run.state.not_in(FINAL), Run.started_at < started_before)
    return list(await session.scalars(query.limit(limit).with_for_update(skip_locked=True)))
