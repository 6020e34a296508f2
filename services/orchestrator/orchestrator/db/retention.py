"""What no longer has to be kept: conversations, their files, old events, and old builds and deployments."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, exists, func, null, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from common.clock import utcnow
from common.contracts import UNFINISHED_BUILD, DeploymentState, source_key
from common.database import Database
from common.errors import Busy, Timeout
from common.logging import get_logger
from common.retention import BATCH, Removal, older_than
from orchestrator.db.models import App, Build, Deployment, Event, Run, ToolResult, Turn, TurnBlock
from orchestrator.domain.runs import FINAL

_RUNS = 50
_BEGINNING = datetime.min.replace(tzinfo=utcnow().tzinfo)

logger = get_logger(__name__)

# A version's files and the working copies of runs refer to blobs. Without an unfinished run, and with the
# app's row locked against new ones and uploads, the versions and the draft are all there is. They are looked
# through once, whatever the planner thinks, and not once for each blob.
_ORPHANS = text(
    """
    WITH kept AS MATERIALIZED (
        SELECT file.value ->> 'digest' AS digest FROM versions, jsonb_each(versions.tree) AS file
        WHERE versions.app_id = :app_id
        UNION ALL
        SELECT file.value ->> 'digest' FROM runs, jsonb_each(runs.tree) AS file
        WHERE runs.app_id = :app_id AND runs.draft
    )
    DELETE FROM blobs WHERE app_id = :app_id
    AND NOT EXISTS (SELECT FROM kept WHERE kept.digest = blobs.digest)
    """
)


@dataclass(frozen=True)
class LostBuild:
    """A build whose row is gone."""

    app_id: str
    artifact: str | None


def conversations(age: timedelta) -> Removal:
    """Forgets what models and tools have said in runs that ended so long ago, and their working copies.

    An app at which somebody is at work, or where it takes too long, waits for the next time; no other does.
    """

    async def remove(db: Database) -> AsyncIterator[int]:
        before = utcnow() - age
        last = (_BEGINNING, "")
        while apps := await _apps_with_conversations(db, before, last):
            last = apps[-1]
            for _, app_id in apps:
                try:
                    async for removed in _forget_conversations(db, app_id, before):
                        yield removed
                except (Busy, Timeout) as error:
                    logger.warning("conversations not forgotten yet", app_id=app_id, reason=error.message)

    return remove


async def _apps_with_conversations(
    db: Database, before: datetime, after: tuple[datetime, str]
) -> list[tuple[datetime, str]]:
    """The next apps with something to forget, each with the end of the oldest run in question."""
    oldest = func.min(Run.finished_at)
    query = select(oldest, Run.app_id).where(*_ended(before)).group_by(Run.app_id)
    query = query.having(tuple_(oldest, Run.app_id) > tuple_(*after)).order_by(oldest, Run.app_id)
    async with db.begin() as session:
        found = await session.execute(query.limit(BATCH))
        return [(since, app_id) for since, app_id in found if since is not None]


async def _forget_conversations(db: Database, app_id: str, before: datetime) -> AsyncIterator[int]:
    """How many runs were dealt with, by transaction; the last one removes files nothing refers to."""
    more = True
    while more:
        async with db.begin() as session:
            if not await _lock_idle(session, app_id):
                return
            query = select(Run.id).where(Run.app_id == app_id, *_ended(before)).limit(_RUNS + 1)
            runs = (await session.scalars(query)).all()
            more = len(runs) > _RUNS
            await _forget_runs(session, runs[:_RUNS])
            if not more:
                await session.execute(_ORPHANS, {"app_id": app_id})
        yield len(runs[:_RUNS])


def _ended(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return Run.finished_at < before, Run.first_message.is_not(None)


async def _lock_idle(session: AsyncSession, app_id: str) -> bool:
    """Whether nobody else holds the app and it has no unfinished run; no run can begin from here on."""
    locked = select(App.id).where(App.id == app_id).with_for_update(skip_locked=True)
    if await session.scalar(locked) is None:
        return False
    unfinished = select(Run.id).where(Run.app_id == app_id, Run.state.not_in(FINAL)).limit(1)
    return await session.scalar(unfinished) is None


async def _forget_runs(session: AsyncSession, runs: Sequence[str]) -> None:
    turns = select(Turn.id).where(Turn.run_id.in_(runs))
    for table in (TurnBlock, ToolResult):
        await session.execute(delete(table).where(table.turn_id.in_(turns)))
    await session.execute(update(Turn).where(Turn.run_id.in_(runs)).values(injected=None))
    await session.execute(
        update(Run)
        .where(Run.id.in_(runs))
        .values(tree=null(), draft=False, prefix=None, first_message=None, repaired={})
    )


def events(age: timedelta) -> Removal:
    """Forgets events that are so old, of runs that ended so long ago; never those of an app's last run."""

    async def remove(db: Database) -> AsyncIterator[int]:
        before = utcnow() - age
        last: tuple[datetime, str] = (_BEGINNING, "")
        while True:
            async with db.begin() as session:
                runs = await _ended_runs(session, before, last)
            for run in runs:
                removed = BATCH if run.followed else 0
                while removed == BATCH:
                    async with db.begin() as session:
                        removed = await _forget_events(session, run, before)
                    yield removed
            if len(runs) < BATCH:
                return
            last = runs[-1].finished_at or last[0], runs[-1].id

    return remove


class _EndedRun(NamedTuple):
    """No more of a run than its events' end depends on; `followed`: another run of the app came after."""

    id: str
    app_id: str
    finished_at: datetime | None
    followed: bool


async def _ended_runs(
    session: AsyncSession, before: datetime, after: tuple[datetime, str]
) -> list[_EndedRun]:
    """Runs that ended before then and have events."""
    newer = aliased(Run)
    followed = exists().where(newer.app_id == Run.app_id, newer.id > Run.id)
    query = select(Run.id, Run.app_id, Run.finished_at, followed)
    query = query.where(Run.events_kept, Run.finished_at < before)
    query = query.where(tuple_(Run.finished_at, Run.id) > tuple_(*after))
    found = await session.execute(query.order_by(Run.finished_at, Run.id).limit(BATCH))
    return [_EndedRun(*row) for row in found]


async def _forget_events(session: AsyncSession, run: _EndedRun, before: datetime) -> int:
    """How many went; when it was the rest, the run is noted as done."""
    until_then = or_(Event.run_id.is_(None), Event.run_id <= run.id)
    old = select(Event.seq).where(Event.app_id == run.app_id, Event.created_at < before, until_then)
    chosen = old.limit(BATCH).with_for_update(skip_locked=True).cte("chosen")
    statement = delete(Event).where(Event.app_id == run.app_id, Event.seq.in_(select(chosen)))
    removed = len((await session.execute(statement.returning(Event.seq))).all())
    if removed < BATCH:
        await session.execute(update(Run).where(Run.id == run.id).values(events_kept=False))
    return removed


def deployments(age: timedelta) -> Removal:
    """Forgets deployments that ended so long ago and are not what their environment serves."""
    newer = aliased(Deployment)
    live = select(func.max(newer.id)).where(
        newer.app_id == Deployment.app_id, newer.environment == Deployment.environment,
        newer.state == DeploymentState.DEPLOYED,
    )  # fmt: skip
    gone = or_(Deployment.state != DeploymentState.DEPLOYED, Deployment.id < live.scalar_subquery())
    return older_than(Deployment, Deployment.finished_at, age, gone)


async def forget_builds(session: AsyncSession, age: timedelta) -> list[LostBuild]:
    """Deletes some builds that ended so long ago and that no deployment serves.

    Who deploys a build holds its row. So it is locked first, and asked about again by a statement that
    sees what was committed until then.
    """
    served = exists().where(Deployment.build_id == Build.id)
    old = select(Build.id).where(Build.finished_at < utcnow() - age, ~served).order_by(Build.finished_at)
    chosen = (await session.scalars(old.limit(BATCH).with_for_update(skip_locked=True, of=Build))).all()
    statement = delete(Build).where(Build.id.in_(chosen), ~served)
    found = await session.execute(statement.returning(Build.app_id, Build.artifact))
    return [LostBuild(app_id, artifact) for app_id, artifact in found]


async def needs_artifact(session: AsyncSession, lost: LostBuild) -> bool:
    """Whether another build of the app has the same artifact, or one under way may get it."""
    query = select(Build.id).where(
        Build.app_id == lost.app_id, or_(Build.artifact == lost.artifact, Build.finished_at.is_(None))
    )
    return await session.scalar(query.limit(1)) is not None


async def without_build(session: AsyncSession, artifacts: Collection[LostBuild]) -> set[LostBuild]:
    """Those of the artifacts that no build has and no build under way may get."""
    mine = Build.app_id.in_({lost.app_id for lost in artifacts})
    having = mine, Build.artifact.in_({lost.artifact for lost in artifacts})
    known = await session.execute(select(Build.app_id, Build.artifact).where(*having).distinct())
    built = {LostBuild(app_id, artifact) for app_id, artifact in known}
    busy = set(await session.scalars(select(Build.app_id).where(mine, Build.finished_at.is_(None))))
    return {lost for lost in artifacts if lost not in built and lost.app_id not in busy}


async def needed_sources(session: AsyncSession) -> set[str]:
    """Their keys: those of the builds that have not ended."""
    unfinished = select(Build.app_id, Build.source_digest).where(Build.state.in_(UNFINISHED_BUILD))
    return {source_key(app_id, digest) for app_id, digest in await session.execute(unfinished)}
