"""Realms: found by their name, made when an app first needs one."""

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts.deployments import Environment
from common.database import Database
from common.deletion import is_deleted
from data.clients.foundations import realm_statements
from data.clients.shard import Shard, Shards
from data.db import dumps, realms, usage
from data.db.models import DeletedApp, Realm
from data.db.records import ShardLoad
from data.domain.placement import Candidate, Capacity, Load, choose_shard
from data.domain.realm import PLATFORM, Names, is_ref, ref_of
from data.errors import NoRoom, RealmNotFound
from data.metrics import REALMS_REFUSED
from data.usecases.resources import Resources

_KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


async def load_realm(db: Database, ref: str) -> Realm:
    """Raises RealmNotFound."""
    if is_ref(ref):
        async with db.begin() as session:
            found = await realms.find(session, ref)
        if found is not None:
            return found
    raise RealmNotFound("There is no such database here. Check the address that the app was given.")


async def find_realm(resources: Resources, ref: str) -> Realm:
    """Raises RealmNotFound."""
    return await load_realm(resources.db, ref)


async def register_realm(resources: Resources, app_id: str, environment: Environment) -> Realm:
    """The row of the app's realm, made when it is missing; the shard knows nothing of it yet.

    Raises RealmNotFound for an app that was deleted, and NoRoom.
    """
    async with resources.db.begin() as session:
        if await is_deleted(session, DeletedApp, app_id):
            raise RealmNotFound("The app has been deleted.")
        known = await realms.find(session, ref_of(app_id, environment))
        if known is not None:
            return known
        shard = await _choose_shard(resources, session)
        return await realms.add(session, app_id, environment, shard, new_publishable_key())


async def make_realm(resources: Resources, app_id: str, environment: Environment) -> Realm:
    """The app's realm, which is there on its shard too, kept whatever comes of what it is needed for.

    In a transaction of its own: what making a realm locks would have all new apps wait for one's migrations.
    Raises RealmNotFound for an app that was deleted, NoRoom and ShardAway.
    """
    realm = await register_realm(resources, app_id, environment)
    shard, names = resources.shards[realm.shard], Names(realm.ref)
    async with shard.admin() as connection:
        if await connection.fetchval(f"SELECT 1 FROM {PLATFORM}.realms WHERE ref = $1", names.ref):
            return realm
    async with resources.db.begin() as session:  # a deletion of the app comes before this, or after it
        if await is_deleted(session, DeletedApp, app_id):
            raise RealmNotFound("The app has been deleted.")
        async with shard.admin() as connection:
            await ensure_on_shard(shard, connection, names)
    return realm


async def ensure_on_shard(shard: Shard, connection: Any, names: Names) -> bool:
    """Makes the realm in the transaction of an admin's connection; whether it was missing.

    Until that transaction ends nobody else makes, changes or drops the realm.
    """
    made = await connection.fetchval(
        f"INSERT INTO {PLATFORM}.realms (ref) VALUES ($1) ON CONFLICT DO NOTHING RETURNING true", names.ref
    )
    if not made:
        await connection.fetchval(f"SELECT 1 FROM {PLATFORM}.realms WHERE ref = $1 FOR UPDATE", names.ref)
        return False
    # All give themselves, for a moment, the right to make gates: of two at once PostgreSQL would fail one.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('overskill-shard'))")
    config = shard.config
    logins = config.login("requests"), config.login("auth")
    for statement in realm_statements(names, config.admin, *logins):
        await connection.execute(statement)
    return True


def new_publishable_key() -> str:
    """What an app's pages carry: it tells which realm they belong to and is no secret."""
    return "sb_publishable_" + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(32))


async def _choose_shard(resources: Resources, session: AsyncSession) -> str:
    """One after another, so that each sees what those before it were given."""
    await dumps.one_at_a_time(session, "placement")
    counts = await realms.per_shard(session)
    name = choose_shard(candidates_of(resources.shards, await usage.loads(session), counts))
    if name is None:
        REALMS_REFUSED.inc()
        raise NoRoom(
            "No database server has room for another app; the operator of this installation has to add one.",
            retry_after=60.0,
        )
    return name


def candidates_of(
    shards: Shards, loads: Mapping[str, ShardLoad], counts: Mapping[str, int]
) -> list[Candidate]:
    """The configured shards, as last measured; `counts` are their realms."""
    found = []
    for shard in shards:
        config, row = shard.config, loads.get(shard.config.name)
        load = Load() if row is None else Load(row.tables, row.bytes, row.connections)
        capacity = Capacity(config.max_tables, config.max_bytes, row.max_connections if row else None)
        away = row is not None and row.away_since is not None
        found.append(Candidate(config.name, capacity, load, counts.get(config.name, 0), away))
    return found
