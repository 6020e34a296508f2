"""What an app's developer sees of its database: overview, rows, SQL, users."""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg.exceptions import PostgresError

from common.contracts import (
    Advisory,
    AppUser,
    ColumnView,
    DatabaseView,
    Environment,
    MigrationView,
    PolicyView,
    TableView,
)
from data.clients import accounts, stored
from data.clients.asking import ask
from data.clients.shard import Shard
from data.db.models import Realm
from data.domain import advisories
from data.domain.bounded import LARGEST
from data.domain.quoting import literal, quoted
from data.domain.realm import Names, ref_of
from data.domain.rows import FilterInvalid, TableNotFound, page_of
from data.domain.statement import SqlFailed, read_statement
from data.errors import AppUserInUse, AppUserNotFound
from data.usecases.realms import find_realm
from data.usecases.resources import Resources

_COUNTED = 10_000


@dataclass(frozen=True)
class Located:
    """A realm, and the shard that it is on."""

    realm: Realm
    shard: Shard
    names: Names


async def locate(resources: Resources, app_id: str, environment: Environment) -> Located:
    """Raises RealmNotFound, and ShardAway for a shard that is not configured."""
    realm = await find_realm(resources, ref_of(app_id, environment))
    return Located(realm, resources.shards[realm.shard], Names(realm.ref))


async def overview(resources: Resources, app_id: str, environment: Environment) -> DatabaseView:
    """The whole of a realm; raises RealmNotFound or ShardAway."""
    at = await locate(resources, app_id, environment)
    schema = at.names.schema
    async with at.shard.admin(at.names.ref) as connection:
        tables = await _tables(connection, at.names)
        keys = await stored.keys(connection, schema)
        foreign_keys = await stored.foreign_keys(connection, schema)
        unused = await stored.unused_indexes(connection, schema, advisories.UNUSED_BYTES)
        size = await stored.size(connection, at.names)
        users = await stored.users(connection, at.names)
        migrations = await stored.migrations(connection, at.names)
    tables = await _counted(at, tables)
    keyless = [table.name for table in tables if table.name not in keys]
    found: list[Advisory] = [*advisories.of_tables(tables, keyless)]
    found += [advisories.of_foreign_key(key.table, key.columns) for key in foreign_keys if not key.indexed]
    found += [advisories.of_unused_index(*index) for index in unused]
    return DatabaseView(
        environment=environment,
        url=f"{resources.settings.data_public_url}/{at.realm.ref}",
        publishable_key=at.realm.publishable_key,
        bytes=size,
        max_bytes=resources.settings.app_max_bytes,
        users=users,
        tables=tables,
        migrations=[MigrationView.model_validate(migration) for migration in migrations],
        advisories=found,
    )


async def _tables(connection: Any, names: Names) -> list[TableView]:
    """With the rows that Postgres estimates."""
    columns = await stored.columns(connection, names.schema)
    policies = await stored.policies(connection, names)
    return [
        TableView(
            name=table.name,
            rows=table.rows,
            rows_exact=False,
            bytes=table.bytes,
            row_security=table.row_security,
            comment=table.comment,
            columns=[
                ColumnView(name=column.name, type=column.type, required=column.required)
                for column in columns.get(table.name, ())
            ],
            policies=[PolicyView.model_validate(policy) for policy in policies.get(table.name, ())],
        )
        for table in await stored.tables(connection, names.schema)
    ]


async def _counted(at: Located, tables: list[TableView]) -> list[TableView]:
    """Those with few rows are counted; of the others the estimate has to do."""
    small = [table.name for table in tables if table.rows <= _COUNTED]
    if not small:
        return tables
    counts = ", ".join(
        f"({literal(name)}, (SELECT count(*) FROM (SELECT FROM {quoted(at.names.schema)}."
        f"{quoted(name)} LIMIT {_COUNTED + 1}) few))"
        for name in small
    )
    query = f"SELECT 0::bigint, 0::bigint, json_object_agg(name, n)::text FROM (VALUES {counts}) t (name, n)"
    found: dict[str, int] = json.loads((await ask(at.shard, at.names, query)).body)
    return [
        table.model_copy(update={"rows": found[table.name], "rows_exact": True})
        if found.get(table.name, _COUNTED + 1) <= _COUNTED
        else table
        for table in tables
    ]


async def read_rows(
    resources: Resources,
    app_id: str,
    environment: Environment,
    table: str,
    *,
    filters: list[str],
    order: str | None,
    limit: int,
    offset: int,
) -> str:
    """A page as JSON, its numbers as Postgres writes them; raises TableNotFound or FilterInvalid."""
    at = await locate(resources, app_id, environment)
    async with at.shard.admin(at.names.ref) as connection:
        known = await stored.table(connection, at.names.schema, table)
    if known is None:
        raise TableNotFound(f"The app has no table '{table[:63]}' in this environment.", table=table[:63])
    query = page_of(known, filters, order, limit, offset)
    try:
        answer = await ask(at.shard, at.names, query.sql, query.params)
    except SqlFailed as error:
        raise FilterInvalid(f"The rows cannot be filtered so: {error.message}", table=table) from error
    more = answer.returned < (answer.total or 0)
    if more and not answer.returned:
        raise FilterInvalid(f"The first of these rows takes more than {LARGEST:,} bytes.", table=table)
    cursor = f'"{offset + answer.returned}"' if more else "null"
    return f'{{"items": {answer.body}, "next_cursor": {cursor}}}'


async def run_sql(
    resources: Resources, app_id: str, environment: Environment, sql: str, *, write: bool
) -> str:
    """A SqlResult as JSON; raises SqlRefused or SqlFailed, and then nothing has changed."""
    at = await locate(resources, app_id, environment)
    async with at.shard.admin() as connection:
        known = await stored.made(connection, at.names.schema)
    statement = await asyncio.to_thread(read_statement, sql, at.names.ref, write=write, known=known)
    began = time.monotonic()
    answer = await ask(at.shard, at.names, statement.rendered(), read_only=not statement.changes)
    if not statement.changes and answer.total and not answer.returned:
        raise SqlFailed(f"The first row takes more than {LARGEST:,} bytes; select less of it.")
    outcome = {
        "changed": answer.total if statement.changes else None,
        "truncated": statement.answers and answer.returned < (answer.total or 0),
        "duration_ms": round((time.monotonic() - began) * 1000),
    }
    return f'{{"rows": {answer.body}, {json.dumps(outcome)[1:]}'


async def list_users(
    resources: Resources,
    app_id: str,
    environment: Environment,
    *,
    search: str | None,
    limit: int,
    after: str | None,
) -> list[AppUser]:
    """The users of the app, the newest first; raises RealmNotFound."""
    at = await locate(resources, app_id, environment)
    return await accounts.list_users(at.shard, at.names, search=search, limit=limit, after=after)


async def change_user(
    resources: Resources, app_id: str, environment: Environment, user_id: str, banned_until: datetime | None
) -> AppUser:
    """Bans a user or lets them in again; raises AppUserNotFound."""
    at = await locate(resources, app_id, environment)
    changed = await accounts.ban(at.shard, at.names, user_id, banned_until)
    if changed is None:
        raise AppUserNotFound(f"The app has no user '{user_id}' in this environment.", user_id=user_id)
    return changed


async def delete_user(resources: Resources, app_id: str, environment: Environment, user_id: str) -> None:
    """Removes a user with what goes with one; raises AppUserNotFound or AppUserInUse."""
    at = await locate(resources, app_id, environment)
    try:
        known = await accounts.remove_user(at.shard, at.names, user_id)
    except PostgresError as error:
        reason = stored.portable(str(error), at.names)
        raise AppUserInUse(f"The user cannot be removed: {reason}", user_id=user_id) from error
    if not known:
        raise AppUserNotFound(f"The app has no user '{user_id}' in this environment.", user_id=user_id)
