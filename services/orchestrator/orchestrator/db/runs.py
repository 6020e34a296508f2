"""Runs: reading them, and taking one to work on."""

from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from common import work
from common.clock import utcnow
from common.contracts import RunState
from orchestrator.db import teams
from orchestrator.db.models import ACTIVE_RUN, QUEUED_RUN, App, Deployment, Run, Turn
from orchestrator.domain.attachments import attachments_from
from orchestrator.domain.conversation import AskedBefore
from orchestrator.domain.memory import EarlierRun
from orchestrator.domain.runs import ACTIVE, FINAL
from orchestrator.domain.todo import open_steps
from orchestrator.errors import RunNotFound

WORKABLE = frozenset({RunState.QUEUED, RunState.PREPARING, RunState.GENERATING, RunState.RECOVERING})
"""The states in which a run waits for a worker of ours; in the others for another service."""

_REMEMBERED = 30
_ASKED_BEFORE = 5


@dataclass(frozen=True)
class Lease(work.Lease[Run]):
    """The right to work on a run. Every write goes through `hold`, which checks the fencing token."""

    app_id: str

    @property
    def run_id(self) -> str:
        return str(self.key[0])


async def claim(
    session: AsyncSession, run_id: str, seconds: float, *, per_team: int | None = None
) -> Lease | None:
    """A lease on the run, or on a queued one that comes before it; None when there is nothing to do for us.

    Whose team has the fewest runs at work comes first, then who waits longest: so a message says that there
    is something to do, not for whom. A queued run can be had only when it is the oldest of its app, no other
    is active, and its team has fewer than `per_team` at work.
    """
    chosen = (await session.execute(_next(run_id, per_team))).first()
    if chosen is None:
        return None
    if per_team is not None:
        await teams.lock_team_of(session, chosen.app_id)  # or two at once would each see room for one
    lease = await work.claim(session, Run, (chosen.id,), seconds, has_work(per_team))
    if lease is None:
        return None
    run = await lease.hold(session)
    run.begin_attempt()
    run.updated_at = utcnow()
    return Lease(Run, lease.key, lease.token, lease.seconds, run.app_id)


def _next(run_id: str, per_team: int | None) -> Select[str, str]:
    """Whom a worker with a message of this run takes up, locked; those that others just take are left out."""
    at_work = _at_work().cte("at_work")
    others = func.coalesce(at_work.c.runs, 0) - case((Run.state == RunState.QUEUED, 0), else_=1)
    query = select(Run.id, Run.app_id).join(App, App.id == Run.app_id)
    query = query.outerjoin(at_work, at_work.c.team_id == App.team_id)
    query = query.where(or_(Run.id == run_id, text(f"runs.{QUEUED_RUN}")))
    query = query.where(has_work(per_team), work.is_free(Run))
    return query.order_by(others, Run.id).limit(1).with_for_update(of=Run, skip_locked=True)


def _at_work() -> Select[str, int]:
    """How many runs are at work, by team. The condition stands there as in the index that has only these."""
    count = func.count().label("runs")
    query = select(App.team_id, count).join(Run, Run.app_id == App.id).where(text(f"runs.{ACTIVE_RUN}"))
    return query.group_by(App.team_id)


def has_work(per_team: int | None = None) -> ColumnElement[bool]:
    """Whether a worker of ours could go on with the run now: nothing is done for a deleted app any more.

    `per_team`: so many runs a team may have at work; no limit if None.
    """
    other, app = aliased(Run), aliased(App)
    before = or_(other.state.in_(ACTIVE), and_(other.state == RunState.QUEUED, other.id < Run.id))
    has_to_wait = exists().where(other.app_id == Run.app_id, other.id != Run.id, before)
    kept = exists().where(app.id == Run.app_id, app.deleted_at.is_(None))
    may_begin = ~has_to_wait if per_team is None else and_(~has_to_wait, ~_is_full(per_team))
    return and_(Run.state.in_(WORKABLE), kept, or_(Run.state != RunState.QUEUED, may_begin))


def _is_full(per_team: int) -> ColumnElement[bool]:
    """Whether the run's team has as many runs at work as it may have."""
    own, theirs, other = aliased(App), aliased(App), aliased(Run, name="other")
    team = select(own.team_id).where(own.id == Run.app_id).correlate(Run).scalar_subquery()
    active = select(func.count()).join_from(other, theirs, theirs.id == other.app_id)
    active = active.where(theirs.team_id == team, text(f"other.{ACTIVE_RUN}"))
    return active.scalar_subquery() >= per_team


async def is_workable(session: AsyncSession, run_id: str) -> bool:
    """Whether somebody has to take the run up."""
    query = select(Run.id).where(Run.id == run_id, has_work(), work.is_free(Run))
    return await session.scalar(query) is not None


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
    """The run that may begin when one of the app has ended: its own next one, else the team's oldest."""
    team = select(App.team_id).where(App.id == app_id).scalar_subquery()
    query = select(Run).join(App, App.id == Run.app_id).where(App.team_id == team)
    query = query.where(text(f"runs.{QUEUED_RUN}"), has_work()).order_by(Run.app_id != app_id, Run.id)
    return await session.scalar(query.limit(1))


async def unfinished_run(session: AsyncSession, app_id: str) -> Run | None:
    """A run of the app that is under way or waits for its turn."""
    query = select(Run).where(Run.app_id == app_id, Run.state.not_in(FINAL)).order_by(Run.id)
    return await session.scalar(query.limit(1))


async def count_upgrades(session: AsyncSession) -> int:
    """How many upgrades, of all apps, have not ended."""
    query = select(func.count()).select_from(Run).where(Run.upgrade.is_not(None), Run.state.not_in(FINAL))
    return await session.scalar(query) or 0


async def upgrades_since(session: AsyncSession, app_id: str, moment: datetime) -> list[datetime]:
    """When the app's upgrades were asked for since then, oldest first."""
    query = select(Run.created_at).where(Run.app_id == app_id, Run.upgrade.is_not(None))
    return list(await session.scalars(query.where(Run.created_at > moment).order_by(Run.created_at)))


async def upgrades_worked_on(session: AsyncSession, team_id: str, moment: datetime) -> list[datetime]:
    """When those upgrades of the team's apps were asked for since then that a model has worked on, oldest
    first; one that has not ended may come to that.
    """
    worked_on = or_(Run.state.not_in(FINAL), exists().where(Turn.run_id == Run.id))
    query = select(Run.created_at).join(App, App.id == Run.app_id)
    query = query.where(App.team_id == team_id, Run.upgrade.is_not(None), Run.created_at > moment, worked_on)
    return list(await session.scalars(query.order_by(Run.created_at)))


async def count_queued(session: AsyncSession, team_id: str) -> int:
    """How many runs of the team wait to begin."""
    query = select(func.count()).select_from(Run).join(App, App.id == Run.app_id)
    found = await session.scalar(query.where(App.team_id == team_id, text(f"runs.{QUEUED_RUN}")))
    return found or 0


async def draft_of(session: AsyncSession, app_id: str) -> Run | None:
    """The failed run whose files the app's next message may go on from; there is at most one."""
    return await session.scalar(select(Run).where(Run.app_id == app_id, Run.draft))


async def drop_draft(session: AsyncSession, app_id: str) -> None:
    await session.execute(update(Run).where(Run.app_id == app_id, Run.draft).values(draft=False))


@dataclass(frozen=True)
class EarlierRuns:
    """The app's first prompt, the last runs before one, oldest first, and how many were before these."""

    brief: str
    runs: list[EarlierRun]
    left_out: int


async def earlier_runs(session: AsyncSession, run: Run, *, characters: int) -> EarlierRuns:
    """What an app's runs before this one asked for, at most so many characters of each, and their replies.

    Which is the first of them changes only now and then: what is made of them is to begin alike each time.
    """
    before = Run.app_id == run.app_id, Run.id < run.id
    first = select(Run.request).where(Run.app_id == run.app_id).order_by(Run.id).limit(1)
    brief, count = (
        await session.execute(select(first.scalar_subquery(), func.count(Run.id)).where(*before))
    ).one()
    kept = _REMEMBERED + count % _REMEMBERED
    reply = func.coalesce(Run.error_message, Run.summary, "")
    request = func.left(Run.request, characters)
    query = select(request, Run.state, reply, Run.decisions, Run.todo, Run.attachments).where(*before)
    rows = (await session.execute(query.order_by(Run.id.desc()).limit(kept))).all()
    found = [
        EarlierRun(asked, state, attachments=attachments_from(attached))
        if state == RunState.CANCELLED
        else EarlierRun(asked, state, told, decisions, open_steps(todo), attachments_from(attached))
        for asked, state, told, decisions, todo, attached in reversed(rows)
    ]
    return EarlierRuns(brief or "", found, count - len(found))


def _not_in_vain(app_id: str) -> tuple[ColumnElement[bool], ...]:
    """Of the app's runs those that did not end without having done anything for their message.

    Upgrades are for no message: they answer nothing.
    """
    return (
        Run.app_id == app_id,
        Run.state.not_in((RunState.FAILED, RunState.CANCELLED)),
        Run.upgrade.is_(None),
    )


async def is_followed(session: AsyncSession, run: Run) -> bool:
    """Whether a later message of the app has a run that goes on, or waits to begin, or has ended well."""
    query = select(Run.id).where(*_not_in_vain(run.app_id), Run.id > run.id).limit(1)
    return await session.scalar(query) is not None


async def asked_before(session: AsyncSession, run: Run) -> list[AskedBefore]:
    """The requests whose questions this run answers, oldest first: of those right before it that wait.

    An upgrade answers none.
    """
    if run.upgrade is not None:
        return []
    query = select(Run).where(*_not_in_vain(run.app_id), Run.id < run.id).order_by(Run.id.desc())
    newest_first = await session.scalars(query.limit(_ASKED_BEFORE))
    waiting = list(takewhile(lambda one: one.state == RunState.WAITING, newest_first))
    return [
        AskedBefore(one.request, one.summary or "", attachments_from(one.attachments))
        for one in reversed(waiting)
    ]


async def standing_still(
    session: AsyncSession, *, seconds: float, limit: int, per_team: int | None = None
) -> list[Run]:
    """Runs that have work and that nobody has touched for so long; locked for the caller."""
    still = work.stands_still(Run, Run, Run.updated_at, seconds=seconds)
    query = select(Run).where(has_work(per_team), still).order_by(Run.updated_at)
    return list(await session.scalars(query.limit(limit).with_for_update(of=Run, skip_locked=True)))


async def overdue(session: AsyncSession, *, started_before: datetime, limit: int) -> list[Run]:
    """Runs that are not final although they began before then; locked for the caller.

    One whose deployment had to wait is left alone: the deployer brings that to its end.
    """
    waited = exists().where(Deployment.id == Run.deployment_id, Deployment.waiting.is_not(None))
    query = select(Run).where(Run.state.not_in(FINAL), Run.started_at < started_before, ~waited)
    return list(await session.scalars(query.limit(limit).with_for_update(skip_locked=True)))
