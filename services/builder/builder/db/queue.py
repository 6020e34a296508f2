"""The queue: which build is next, and for whom; the caller owns the transaction."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, bindparam, exists, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import set_committed_value

from builder.db.models import Build, Cancellation
from common import work
from common.clock import utcnow
from common.contracts import UNFINISHED_BUILD, BuildState
from common.work import Lease

CHANNEL = "builder_queue"
"""Postgres notifies on it, after the commit, that there may be a build to begin with."""

OURS = secrets.token_hex(8)
"""What the notifications of this process say, which knows without them."""


@dataclass(frozen=True)
class Next:
    """A build that is the caller's; `cancelled` before its request came."""

    build: Build
    lease: Lease[Build]
    cancelled: bool


async def announce(session: AsyncSession) -> None:
    """Wakes every other builder once the caller's transaction commits."""
    await session.execute(text("SELECT pg_notify(:channel, :ours)"), {"channel": CHANNEL, "ours": OURS})


async def claim_next(
    session: AsyncSession,
    seconds: float,
    *,
    except_teams: Collection[str] = (),
    speculative: bool = True,
) -> Next | None:
    """The next build, its attempt begun; None when there is none for the caller.

    What somebody waits for comes before what is speculative; then the teams with the fewest running builds,
    then previews before production builds, then the oldest. What is being built already is not begun again.
    `speculative`: whether it may be such a build.
    """
    choice = {"except_teams": list(except_teams), "speculative": speculative}
    build = await session.scalar(_NEXT, choice)
    return None if build is None else await _claim(session, build, seconds)


async def _claim(session: AsyncSession, build: Build, seconds: float) -> Next | None:
    lease = await work.claim(session, Build, (build.id,), seconds)
    if lease is None:  # its lease was renewed while we looked
        return None
    # What the statement has stored, as far as anybody asks; reading it again would cost a round trip.
    set_committed_value(build, "lease_token", lease.token)
    set_committed_value(build, "lease_until", utcnow())
    build.begin_attempt()
    build.state, build.retry_at = BuildState.RUNNING.value, None
    build.updated_at = utcnow()
    build.started_at = build.started_at or build.updated_at
    return Next(build, lease, cancelled=await session.get(Cancellation, build.id) is not None)


async def dispensable(session: AsyncSession, ids: Collection[str]) -> str | None:
    """The youngest of these builds that nobody waits for."""
    mine = (Build.id.in_(ids), nobody_waits())
    return await session.scalar(select(Build.id).where(*mine).order_by(Build.created_at.desc()).limit(1))


async def waited_for(session: AsyncSession, ids: Collection[str]) -> Sequence[str]:
    """Those of these builds whose result somebody waits for."""
    return (await session.scalars(select(Build.id).where(Build.id.in_(ids), ~nobody_waits()))).all()


@dataclass(frozen=True)
class Length:
    """How many builds of a kind wait and run, and how long the oldest of them has waited."""

    mode: str
    speculative: bool
    waiting: int
    running: int
    oldest_seconds: float


async def lengths(session: AsyncSession) -> list[Length]:
    """Of every kind that there is; a build whose builder is gone waits again."""
    running = and_(Build.state == BuildState.RUNNING, Build.lease_until > func.now())
    oldest = func.now() - func.min(Build.created_at).filter(~running)
    query = (
        select(
            Build.mode,
            Build.speculative,
            func.count().filter(~running),
            func.count().filter(running),
            func.coalesce(func.extract("epoch", oldest), 0.0),
        )
        .where(Build.state.in_(UNFINISHED_BUILD))
        .group_by(Build.mode, Build.speculative)
    )
    rows = (await session.execute(query)).all()
    return [Length(mode, kind, waiting, busy, float(age)) for mode, kind, waiting, busy, age in rows]


async def running_teams(session: AsyncSession) -> int:
    """How many teams have a running build."""
    running = (Build.state == BuildState.RUNNING, Build.lease_until > func.now())
    return await session.scalar(select(func.count(Build.team_id.distinct())).where(*running)) or 0


def nobody_waits() -> ColumnElement[bool]:
    """Whether a build is speculative, and no other build waits for its result."""
    other = aliased(Build)
    return and_(Build.speculative, ~exists().where(_equals(other), ~other.speculative))


def _joins_another() -> ColumnElement[bool]:
    """Whether the result of another build will be this one's too: it is being built, or comes first."""
    other = aliased(Build)
    running = and_(other.state == BuildState.RUNNING, other.lease_until > func.now())
    ours = tuple_(Build.speculative, Build.created_at, Build.id)
    first = tuple_(other.speculative, other.created_at, other.id) < ours
    return exists().where(_equals(other), or_(running, first))


def _equals(other: type[Build]) -> ColumnElement[bool]:
    """Whether another build is unfinished that has the same input."""
    return and_(
        other.app_id == Build.app_id,
        other.source_digest == Build.source_digest,
        other.template == Build.template,
        other.mode == Build.mode,
        other.id != Build.id,
        other.state.in_(UNFINISHED_BUILD),
    )


def _running_by_team() -> Any:
    """How many builds that somebody waits for run for each team, wherever that is."""
    other = aliased(Build)
    return (
        select(other.team_id, func.count().label("builds"))
        .where(other.state == BuildState.RUNNING, other.lease_until > func.now(), ~other.speculative)
        .group_by(other.team_id)
        .subquery()
    )


def _next() -> Any:
    running = _running_by_team()
    return (
        select(Build)
        .outerjoin(running, running.c.team_id == Build.team_id)
        .where(
            Build.state.in_(UNFINISHED_BUILD),
            work.is_free(Build),
            or_(Build.retry_at.is_(None), Build.retry_at <= func.now()),
            Build.team_id.not_in(bindparam("except_teams", expanding=True)),
            or_(~Build.speculative, bindparam("speculative", type_=Boolean())),
            ~_joins_another(),
        )
        .order_by(
            Build.speculative, func.coalesce(running.c.builds, 0), Build.mode, Build.created_at, Build.id
        )
        .limit(1)
        .with_for_update(of=Build, skip_locked=True)
    )


_NEXT = _next()
"""Made once: to put it together takes longer than Postgres needs for it."""
