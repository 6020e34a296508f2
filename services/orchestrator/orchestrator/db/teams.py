"""Teams and their API keys."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from common.ids import new_id
from orchestrator.db.models import ApiKey, App, Team


async def active_key(
    session: AsyncSession, digest: str, app_id: str | None
) -> tuple[ApiKey, App | None] | None:
    """The key and, if it is the key's team's, the app with this id."""
    key = (ApiKey.digest == digest) & ApiKey.revoked_at.is_(None)
    own = (App.team_id == ApiKey.team_id) & App.deleted_at.is_(None) & (App.id == app_id)
    row = (await session.execute(select(ApiKey, App).outerjoin(App, own).where(key))).first()
    return None if row is None else (row[0], row[1])


async def active_ids(session: AsyncSession, key_ids: Iterable[str]) -> set[str]:
    """Those of the keys that are not revoked."""
    query = select(ApiKey.id).where(ApiKey.id.in_(key_ids), ApiKey.revoked_at.is_(None))
    return set(await session.scalars(query))


async def list_keys(session: AsyncSession, team_id: str, *, cursor: str | None, limit: int) -> list[ApiKey]:
    query = select(ApiKey).where(ApiKey.team_id == team_id, ApiKey.revoked_at.is_(None))
    if cursor is not None:
        query = query.where(ApiKey.id < cursor)
    return list(await session.scalars(query.order_by(ApiKey.id.desc()).limit(limit)))


async def add_key(session: AsyncSession, *, team_id: str, name: str, hint: str, digest: str) -> ApiKey | None:
    """The new key, or None when the same key is there already."""
    values = {"id": new_id("key"), "team_id": team_id, "name": name, "hint": hint, "digest": digest}
    statement = insert(ApiKey).values(values).on_conflict_do_nothing(index_elements=["digest"])
    return await session.scalar(statement.returning(ApiKey))


async def lock_team(session: AsyncSession, team_id: str) -> None:
    """Others may go on referring to the team meanwhile."""
    await session.execute(select(Team.id).where(Team.id == team_id).with_for_update(key_share=True))


async def lock_team_of(session: AsyncSession, app_id: str) -> Team:
    """The app's team, with both rows locked for the caller: first the app's, as everywhere."""
    team_id = select(App.team_id).where(App.id == app_id).with_for_update(key_share=True)
    team = select(Team).where(Team.id == await session.scalar(team_id)).with_for_update(key_share=True)
    return (await session.scalars(team.execution_options(populate_existing=True))).one()


async def count_run(session: AsyncSession, team_id: str, *, per_minute: int) -> float:
    """Counts a run that the team begins, whose row is locked with it; 0, or in how many seconds it may."""
    return await _count(session, team_id, "runs_due_at", per_minute, timedelta(minutes=1))


async def count_aside(session: AsyncSession, team_id: str, *, per_day: int) -> float:
    """Likewise for a short request to a model that the platform bears."""
    return await _count(session, team_id, "asides_due_at", per_day, timedelta(days=1))


async def _count(session: AsyncSession, team_id: str, column: str, most: int, full: timedelta) -> float:
    """A bucket that fills up evenly, kept as the one moment at which it will be full again."""
    each, now, kept = full / most, func.clock_timestamp(), getattr(Team, column)
    due = func.greatest(func.coalesce(kept, now), now) + each
    counted = update(Team).where(Team.id == team_id, due <= now + full).values({column: due})
    if (await session.execute(counted.returning(Team.id))).first() is not None:
        return 0.0
    wait = func.extract("epoch", kept + each - full - now)
    return float(await session.scalar(select(wait).where(Team.id == team_id)) or 0.0)


async def find_key(session: AsyncSession, team_id: str, key_id: str) -> ApiKey | None:
    return await session.scalar(
        select(ApiKey).where(ApiKey.id == key_id, ApiKey.team_id == team_id, ApiKey.revoked_at.is_(None))
    )


async def get_team(session: AsyncSession, team_id: str) -> Team:
    return await session.get_one(Team, team_id)


async def add_team(session: AsyncSession, name: str) -> Team:
    team = Team(id=new_id("team"), name=name)
    session.add(team)
    await session.flush()
    return team


async def any_key(session: AsyncSession, digest: str) -> bool:
    """Whether the key was ever known, revoked or not."""
    return await session.scalar(select(ApiKey.id).where(ApiKey.digest == digest)) is not None
