"""Removes all databases of an app, with roles, users, sessions and dumps; then counts what is left."""

from collections.abc import Sequence

from common.contracts import DUMPS, AppId, Environment
from common.deletion import note_deleted
from common.logging import get_logger
from data.clients import stored
from data.clients.foundations import drop_statements
from data.clients.shard import Shard
from data.db import dumps, realms, usage
from data.db.models import DeletedApp, Realm
from data.domain.realm import PLATFORM, Names, Role, ref_of
from data.usecases.resources import Resources

logger = get_logger(__name__)


async def delete_app(resources: Resources, app_id: AppId) -> list[str]:
    """What is still there of the app, by shard: nothing, unless somebody is at work on it at this moment.

    Repeated it removes and counts again. A realm's row goes after what it names, so that a removal that
    breaks off is known of. Raises ShardAway while one of its shards is.
    """
    async with resources.db.begin() as session:
        await note_deleted(session, DeletedApp, app_id)
        found = await realms.of_app(session, app_id)
        await dumps.remove_of_app(session, app_id)
    for realm in found:
        await drop(resources.shards[realm.shard], Names(realm.ref))
    await resources.objects.delete_prefix(f"{DUMPS}{app_id}/")
    left = await _count(resources, app_id, found)
    if not left:
        async with resources.db.begin() as session:
            for realm in await realms.of_app(session, app_id):
                await session.delete(realm)
                await session.flush()  # who counts its use has ended by then, or finds it gone
                await usage.remove_of_realm(session, realm.ref)
        logger.info("app removed", app_id=app_id, realms=len(found))
    return left


async def drop(shard: Shard, names: Names) -> None:
    """Removes a realm from its shard in one transaction, after whoever makes or changes it at this moment."""
    async with shard.admin() as connection:
        await connection.fetchval(f"SELECT 1 FROM {PLATFORM}.realms WHERE ref = $1 FOR UPDATE", names.ref)
        known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", names.role(Role.OWNER))
        if known:
            for statement in drop_statements(names, shard.config.admin):
                await connection.execute(statement)
        await stored.forget(connection, names)


async def _count(resources: Resources, app_id: AppId, found: Sequence[Realm]) -> list[str]:
    """On every shard that had a realm of the app, in every environment."""
    refs = [ref_of(app_id, environment) for environment in Environment]
    left: list[str] = []
    for name in sorted({realm.shard for realm in found}):
        async with resources.shards[name].admin() as connection:
            for ref in refs:
                left += [f"{name}: {what}" for what in await stored.left_of(connection, Names(ref))]
    async for page in resources.objects.entries(f"{DUMPS}{app_id}/"):
        left += [f"bucket: {entry.key}" for entry in page]
    return left
