"""Queries over environments; the caller owns the transaction.

Whoever locks an environment and its deployments locks the environment first: two orders would deadlock.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Update, and_, delete, exists, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from common import work
from common.work import Lease
from deployer.db.deployments import READY
from deployer.db.models import Deployment, Environment


async def lock(session: AsyncSession, app_id: str, environment: str) -> None:
    """Make the row unless it is there, and hold it to the end of the transaction."""
    statement = insert(Environment).values(_new(app_id, environment))
    await session.execute(statement.on_conflict_do_nothing())
    await session.get(Environment, (app_id, environment), with_for_update=True)


async def claim(
    session: AsyncSession, app_id: str, environment: str, seconds: float, *, deleting: bool = False
) -> Lease[Environment] | None:
    """The right to change what is live there; None while another has it.

    Of an app that is being deleted, only who asks for it so gets one, and of others nobody who does.
    """
    return await work.claim(
        session, Environment, (app_id, environment), seconds, Environment.deleting.is_(deleting)
    )


async def claim_due(session: AsyncSession, seconds: float) -> Lease[Environment] | None:
    """A lease on the environment that has waited longest for being looked at.

    Not on one with a deployment that can go live: that settles it by itself.
    """
    has_work = exists().where(
        Deployment.app_id == Environment.app_id,
        Deployment.environment == Environment.environment,
        Deployment.state.in_(READY),
    )
    query = (
        select(Environment)
        .where(
            Environment.settle_at <= func.now(),
            work.is_free(Environment),
            or_(Environment.deleting, ~has_work),
        )
        .order_by(Environment.settle_at)
        .limit(1)
        .with_for_update(of=Environment, skip_locked=True)
    )
    row = (await session.scalars(query)).first()
    return await claim(session, row.app_id, row.environment, seconds, deleting=row.deleting) if row else None


async def find(session: AsyncSession, app_id: str, environment: str) -> Environment | None:
    return await session.get(Environment, (app_id, environment))


async def of_app(session: AsyncSession, app_id: str, *, lock: bool = False) -> Sequence[Environment]:
    query = select(Environment).where(Environment.app_id == app_id).order_by(Environment.environment)
    return (await session.scalars(query.with_for_update() if lock else query)).all()


async def among(session: AsyncSession, wanted: Collection[tuple[str, ...]]) -> set[tuple[str, str]]:
    """Those of the app ids with environments that there are."""
    key = tuple_(Environment.app_id, Environment.environment)
    query = select(Environment.app_id, Environment.environment).where(key.in_(list(wanted)))
    return {(app_id, environment) for app_id, environment in await session.execute(query)}


async def remove(session: AsyncSession, row: Environment) -> None:
    await session.execute(delete(Environment).where(_is(row)))


async def in_flight_until(session: AsyncSession, row: Environment) -> datetime | None:
    """Until when a request may take effect that was given up before the transaction; None when none may."""
    if row.in_flight_until is None:
        return None
    over = await session.scalar(select(literal(row.in_flight_until) <= func.now()))
    return None if over else row.in_flight_until


async def mark_unsettled(
    session: AsyncSession,
    row: Environment,
    reason: str,
    *,
    in_flight: float | None = None,
    pause: float | None = None,
) -> None:
    """Note of a locked row that its Worker may serve something else.

    Before a change, `in_flight` says for how many seconds it may take effect, and how often it was looked at
    before does not count. After a look, `pause` seconds go by before the next one.
    """
    again = func.now() + timedelta(seconds=pause or 0)
    values = {
        "unsettled_since": func.coalesce(Environment.unsettled_since, func.now()),
        "unsettled_reason": reason,
        "settle_at": again,
        "settle_attempts": 0 if pause is None else Environment.settle_attempts + 1,
    }
    if in_flight is not None:
        values["in_flight_until"] = _later(in_flight)
    await session.execute(_update(row, values))


async def mark_settled(
    session: AsyncSession, row: Environment, in_flight: datetime | None, *, pause: float
) -> None:
    """Note of a locked row what has been proven: it is looked at once more while a request is in flight."""
    again = None if in_flight is None else func.now() + timedelta(seconds=pause)
    values = {
        "unsettled_since": None,
        "unsettled_reason": None,
        "in_flight_until": in_flight,
        "settle_at": again,
        "settle_attempts": 0 if in_flight is None else Environment.settle_attempts + 1,
    }
    await session.execute(_update(row, values))


async def look_again(session: AsyncSession, row: Environment, *, pause: float) -> None:
    """Note of a locked row that a look at it could not be taken."""
    again = func.now() + timedelta(seconds=pause)
    values = {"settle_at": again, "settle_attempts": Environment.settle_attempts + 1}
    await session.execute(_update(row, values))


async def doubt(session: AsyncSession, app_id: str, environment: str, *, in_flight: float) -> None:
    """Have an environment looked at, whoever holds it: a request may take effect for `in_flight` seconds.

    One that is gone was deleted, and is to be once more.
    """
    now = func.now()
    doubted = {"settle_at": now, "in_flight_until": now + timedelta(seconds=in_flight)}
    statement = insert(Environment).values({**_new(app_id, environment), "deleting": True, **doubted})
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["app_id", "environment"],
            set_={
                "settle_at": func.least(Environment.settle_at, now),
                "in_flight_until": _later(in_flight),
            },
        )
    )


async def unsettled(session: AsyncSession) -> tuple[int, float]:
    """How many environments are unsettled, and for how many seconds the first of them has been."""
    age = func.now() - func.min(Environment.unsettled_since)
    query = select(func.count(), func.coalesce(func.extract("epoch", age), 0)).where(
        Environment.settle_at.is_not(None), Environment.unsettled_since.is_not(None)
    )
    count, seconds = (await session.execute(query)).one()
    return count, float(seconds)


def _new(app_id: str, environment: str) -> dict[str, object]:
    return {
        "app_id": app_id,
        "environment": environment,
        "subdomain_enabled": False,
        "secret_names": [],
        "deleting": False,
        "lease_token": 0,
    }


def _later(seconds: float) -> ColumnElement[datetime]:
    """The end of `in_flight_until`, moved to so many seconds from now unless it is later."""
    return func.greatest(Environment.in_flight_until, func.now() + timedelta(seconds=seconds))


def _update(row: Environment, values: Mapping[str, object]) -> Update:
    return update(Environment).where(_is(row)).values(values).execution_options(synchronize_session=False)


def _is(row: Environment) -> ColumnElement[bool]:
    return and_(Environment.app_id == row.app_id, Environment.environment == row.environment)
