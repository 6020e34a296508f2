"""The record of what is done to secrets; the caller owns the transaction, which is that of the change."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import SecretAction
from common.ids import new_id
from deployer.db.models import SecretEvent
from deployer.domain.secrets import Actor


def add(
    session: AsyncSession,
    app_id: str,
    environment: str,
    action: SecretAction,
    names: Collection[str],
    *,
    actor: Actor | None = None,
    source: str | None = None,
    deployment_id: str | None = None,
) -> None:
    actor = actor or Actor()
    event = SecretEvent(
        id=new_id("sev"),
        app_id=app_id,
        environment=environment,
        at=utcnow(),
        action=action,
        names=sorted(names),
        source=source,
        deployment_id=deployment_id,
        team_id=actor.team_id,
        key_id=actor.key_id,
    )
    session.add(event)


async def page(
    session: AsyncSession, app_id: str, environment: str, *, limit: int, cursor: str | None
) -> Sequence[SecretEvent]:
    """Newest first, those before the id `cursor`."""
    query = select(SecretEvent).where(SecretEvent.app_id == app_id, SecretEvent.environment == environment)
    if cursor is not None:
        query = query.where(SecretEvent.id < cursor)
    return (await session.scalars(query.order_by(SecretEvent.id.desc()).limit(limit))).all()


async def remove_of_app(session: AsyncSession, app_id: str) -> None:
    await session.execute(delete(SecretEvent).where(SecretEvent.app_id == app_id))
