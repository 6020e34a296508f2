"""What no longer has to be kept: conversations, their files, old events, and old builds and deployments."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, null, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from common.clock import utcnow
from common.contracts import DeploymentState
from common.database import Database
from common.retention import BATCH, Removal, older_than
from orchestrator.db.models import App, Build, Deployment, Event, Run, ToolResult, Turn, TurnBlock
from orchestrator.domain.runs import FINAL

_RUNS = 50
_BEGINNING = datetime.min.replace(tzinfo=utcnow().tzinfo)

# A version's files and the working copies of runs refer to blobs. Without an unfinished run, and with the
# app's row locked against new ones and uploads, the versions are all there is.
_ORPHANS = text(
    """
    DELETE FROM blobs WHERE app_id = :app_id AND digest NOT IN (
        SELECT file.value ->> 'digest' FROM versions, jsonb_each(versions.tree) AS file
        WHERE versions.app_id = :app_id
    )
    """
)


@dataclass(frozen=True)
class LostBuild:
    """A build whose row is gone."""

    app_id: str
    artifact: str | None


def conversations(age: timedelta) -> Removal:
    """Forgets what models and tools have said in runs that ended so long ago, and their working copies."""

    async def remove(db: Database) -> AsyncIterator[int]:
        removed = 1
        while removed:
            async with db.begin() as session:
                removed = await _forget_conversations(session, utcnow() - age)
            yield removed

    return remove


async def _forget_conversations(session: AsyncSession, before: datetime) -> int:
    """How many runs of one app were dealt with: of the app that has waited longest, unless it is at work."""
    other = aliased(Run)
    unfinished = exists().where(other.app_id == App.id, other.state.not_in(FINAL))
    ended = (Run.finished_at < before, Run.first_message.is_not(None))
    oldest = select(App.id).join(Run, Run.app_id == App.id).where(*ended, ~unfinished)
    candidate = await session.scalar(oldest.order_by(Run.finished_at).limit(1))
    locked = select(App.id).where(App.id == candidate).with_for_update(skip_locked=True)
    app_id = await session.scalar(locked)
    # Asked again under the lock: no run can begin from here on.
    if app_id is None or await session.scalar(select(App.id).where(App.id == app_id, unfinished)):
        return 0
    runs = (await session.scalars(select(Run.id).where(Run.app_id == app_id, *ended).limit(_RUNS))).all()
    turns = select(Turn.id).where(Turn.run_id.in_(runs))
    for table in (TurnBlock, ToolResult):
        await session.execute(delete(table).where(table.turn_id.in_(turns)))
    await session.execute(update(Turn).where(Turn.run_id.in_(runs)).values(injected=None))
    await session.execute(update(Run).where(Run.id.in_(runs)).values(tree=null(), first_message=None))
    await session.execute(_ORPHANS, {"app_id": app_id})
    return len(runs)


def events(age: timedelta) -> Removal:
    """Forgets events that are so old, of runs that ended so long ago; never those of an app's last run."""

    async def remove(db: Database) -> AsyncIterator[int]:
        before = utcnow() - age
        last: tuple[datetime, str] = (_BEGINNING, "")
        while True:
            async with db.begin() as session:
                runs = await _ended_runs(session, before, last)
            for run, followed in runs:
                removed = BATCH if followed else 0
                while removed == BATCH:
                    async with db.begin() as session:
                        removed = await _forget_events(session, run, before)
                    yield removed
            if len(runs) < BATCH:
                return
            last = runs[-1][0].finished_at or last[0], runs[-1][0].id

    return remove


async def _ended_runs(
    session: AsyncSession, before: datetime, after: tuple[datetime, str]
) -> list[tuple[Run, bool]]:
    """Runs that ended before then and have events, and whether another run of the app came after each."""
    newer = aliased(Run)
    followed = exists().where(newer.app_id == Run.app_id, newer.id > Run.id)
    query = select(Run, followed).where(Run.events_kept, Run.finished_at < before)
    query = query.where(tuple_(Run.finished_at, Run.id) > tuple_(*after))
    found = await session.execute(query.order_by(Run.finished_at, Run.id).limit(BATCH))
    return [(run, more) for run, more in found]


async def _forget_events(session: AsyncSession, run: Run, before: datetime) -> int:
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
    """Deletes some builds that ended so long ago and that no deployment serves."""
    served = exists().where(Deployment.build_id == Build.id)
    old = select(Build.id).where(Build.finished_at < utcnow() - age, ~served).order_by(Build.finished_at)
    chosen = old.limit(BATCH).with_for_update(skip_locked=True, of=Build).cte("chosen")
    statement = delete(Build).where(Build.id.in_(select(chosen)))
    found = await session.execute(statement.returning(Build.app_id, Build.artifact))
    return [LostBuild(app_id, artifact) for app_id, artifact in found]


async def needs_artifact(session: AsyncSession, lost: LostBuild) -> bool:
    """Whether another build of the app has the same artifact, or one under way may get it."""
    query = select(Build.id).where(
        Build.app_id == lost.app_id, or_(Build.artifact == lost.artifact, Build.finished_at.is_(None))
    )
    return await session.scalar(query.limit(1)) is not None
