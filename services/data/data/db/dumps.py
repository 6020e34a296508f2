"""Queries over dumps and restores; the caller owns the transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import and_, delete, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from common.clock import utcnow
from common.work import Lease, claim, is_free
from data.db.models import Realm
from data.db.records import Dump, Restore, Work

W = TypeVar("W", Dump, Restore)

PENDING, DONE, FAILED = "pending", "done", "failed"


async def add(session: AsyncSession, model: type[W], **values: Any) -> W:
    """The row with this id: the new one, or the one that is there."""
    await session.execute(
        insert(model).values(state=PENDING, lease_token=0, **values).on_conflict_do_nothing()
    )
    return (await session.execute(select(model).where(model.id == values["id"]))).scalar_one()


async def find(session: AsyncSession, model: type[W], app_id: str, row_id: str) -> W | None:
    """The app's row."""
    found = await session.get(model, row_id)
    return found if found is not None and found.app_id == app_id else None


async def page(
    session: AsyncSession,
    model: type[W],
    app_id: str,
    *,
    limit: int,
    cursor: str | None,
    environment: str | None,
) -> Sequence[W]:
    """The app's rows, the newest first."""
    query = select(model).where(model.app_id == app_id).order_by(model.created_at.desc(), model.id.desc())
    if environment is not None:
        query = query.where(model.environment == environment)
    if cursor is not None:
        last = aliased(model)
        before = select(last.created_at, last.id).where(last.id == cursor, last.app_id == app_id).subquery()
        query = query.join(
            before,
            or_(
                model.created_at < before.c.created_at,
                and_(model.created_at == before.c.created_at, model.id < before.c.id),
            ),
        )
    return (await session.scalars(query.limit(limit))).all()


async def claim_pending(session: AsyncSession, model: type[W], seconds: float) -> Lease[Any] | None:
    """The oldest piece of work that nobody is at."""
    query = (
        select(model.id)
        .where(model.state == PENDING, is_free(model))
        .order_by(model.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row_id = await session.scalar(query)
    return None if row_id is None else await claim_one(session, model, row_id, seconds)


async def claim_one(session: AsyncSession, model: type[W], row_id: str, seconds: float) -> Lease[Any] | None:
    """This piece of work, unless somebody is at it or it has ended."""
    return await claim(session, model, (row_id,), seconds, model.state == PENDING)


def finish(row: Work, problem: str | None = None) -> None:
    """Ends a piece of work, well unless there is a problem."""
    row.state = DONE if problem is None else FAILED
    row.problem, row.finished_at, row.lease_until = problem, utcnow(), None


async def due(
    session: AsyncSession, shard: str, stamps: Mapping[str, str], every: timedelta
) -> Sequence[Realm]:
    """The shard's realms that have changed since their last dump, which is `every` old.

    `stamps` are of those that are there: one may be registered, with its settings, and not be made yet.
    """
    newest = (
        select(Dump.ref, func.max(Dump.created_at).label("at"))
        .where(Dump.state != FAILED)
        .group_by(Dump.ref)
        .subquery()
    )
    query = (
        select(Realm, Dump.stamp)
        .outerjoin(newest, newest.c.ref == Realm.ref)
        .outerjoin(Dump, and_(Dump.ref == Realm.ref, Dump.created_at == newest.c.at))
        .where(
            Realm.shard == shard,
            Realm.ref.in_(stamps),
            func.coalesce(newest.c.at, Realm.created_at) < func.now() - every,
        )
    )
    rows = await session.execute(query)
    return [realm for realm, stamp in rows if stamp is None or stamp != stamps[realm.ref]]


async def expired(session: AsyncSession, limit: int) -> Sequence[Dump]:
    """Dumps whose time is over, locked; the newest of a realm that is done is never among them."""
    newer = aliased(Dump)
    followed = exists().where(newer.ref == Dump.ref, newer.state == DONE, newer.created_at > Dump.created_at)
    query = (
        select(Dump)
        .where(Dump.expires_at < func.now(), Dump.state != PENDING, or_(Dump.state == FAILED, followed))
        .order_by(Dump.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(query)).all()


async def remove_of_app(session: AsyncSession, app_id: str) -> None:
    """Forgets all dumps and restores of the app."""
    for model in (Restore, Dump):
        await session.execute(delete(model).where(model.app_id == app_id))


async def known(session: AsyncSession, ids: Sequence[str]) -> set[str]:
    """Those of the ids that are dumps."""
    return set((await session.scalars(select(Dump.id).where(Dump.id.in_(ids)))).all())


async def one_at_a_time(session: AsyncSession, what: str) -> None:
    """Waits until no other replica is at the same in its transaction."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": f"overskill-{what}"}
    )


def until(age: timedelta) -> datetime:
    """The moment so long from now."""
    return utcnow() + age
