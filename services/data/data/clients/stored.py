"""What PostgreSQL's catalogs say of a realm: read by the admin login, which touches no app's table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.clients.inspection import OWNER_POLICY
from data.domain.quoting import quoted
from data.domain.realm import GATES, PLATFORM, Names, Role
from data.domain.rows import Table
from data.domain.sql.expressions import Known

_TABLES = """
SELECT c.oid, c.relname AS name, c.relkind = 'p' AS partitioned,
  greatest(c.reltuples, 0)::bigint AS estimate, pg_total_relation_size(c.oid) AS bytes,
  (pg_relation_size(c.oid) / current_setting('block_size')::bigint)::int AS blocks,
  c.relrowsecurity AS row_security, obj_description(c.oid, 'pg_class') AS comment
FROM pg_class c WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p') ORDER BY c.relname
"""
_COLUMNS = """
SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
  a.attnotnull AS required, a.attgenerated <> '' AS generated
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p', 'v')
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
_KEYS = """
SELECT c.relname AS table, array_agg(a.attname::text ORDER BY k.n) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(attnum, n)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
WHERE c.relnamespace = to_regnamespace($1) AND i.indisprimary GROUP BY c.relname
"""
_POLICIES = """
SELECT c.relname AS table, p.polname AS name, p.polpermissive AS permissive,
  CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
    WHEN 'd' THEN 'delete' ELSE 'all' END AS command,
  ARRAY(SELECT coalesce(r.rolname::text, 'public') FROM unnest(p.polroles) o
    LEFT JOIN pg_roles r ON r.oid = o) AS roles,
  pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS check
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
WHERE c.relnamespace = to_regnamespace($1) AND p.polname <> $2 ORDER BY c.relname, p.polname
"""
# A name that PostgreSQL has as well would mean PostgreSQL's own, of which apps may use those of a list.
_MADE = """
WITH shadowed AS (
  SELECT proname AS name FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
  UNION SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace)
SELECT ARRAY(SELECT proname::text FROM pg_proc WHERE pronamespace = to_regnamespace($1)
    AND proname NOT IN (SELECT name FROM shadowed)) AS functions,
  ARRAY(SELECT typname::text FROM pg_type WHERE typnamespace = to_regnamespace($1)
    AND typname NOT IN (SELECT name FROM shadowed)) AS types
"""
_FOREIGN_KEYS = """
SELECT c.relname AS table, k.conname AS name, pg_get_constraintdef(k.oid) AS definition,
  ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY n(attnum, at)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = n.attnum ORDER BY n.at) AS columns,
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indpred IS NULL
    AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey) AS indexed
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = to_regnamespace($1) AND k.contype = 'f' AND k.conparentid = 0
ORDER BY c.relname, k.conname
"""
_UNUSED = """
SELECT c.relname AS table, x.relname AS name, pg_relation_size(x.oid) AS bytes
FROM pg_stat_user_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
WHERE s.schemaname = $1 AND s.idx_scan = 0 AND NOT i.indisunique AND pg_relation_size(x.oid) > $2
ORDER BY c.relname, x.relname
"""
_SIZES = """
SELECT n.nspname AS schema, sum(pg_total_relation_size(c.oid))::bigint AS bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname LIKE 'app\\_%' GROUP BY n.nspname
"""
_LOAD = """
SELECT (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p')) AS tables,
  pg_database_size(current_database()) AS bytes,
  (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most
"""
# Everything of a cluster's catalogs that a realm's names are in; what its schemas hold goes with them.
_LEFT = """
SELECT 'schema ' || nspname AS what FROM pg_namespace WHERE nspname = ANY($1::text[])
UNION ALL SELECT 'role ' || rolname FROM pg_roles WHERE rolname = ANY($2::text[])
UNION ALL SELECT 'function ' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = $3 AND p.proname = ANY($4::text[])
"""
# The tables that all realms of a shard share, and which of their columns says whose a row is.
_SHARED = """
SELECT c.relname AS table, a.attname AS column FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = to_regnamespace($1) AND c.relkind = 'r' AND NOT a.attisdropped
  AND a.attname IN ('realm', 'ref')
"""


@dataclass(frozen=True)
class Stored:
    """A table as it lies there; `rows` as Postgres estimates, `blocks` of its own heap."""

    name: str
    partitioned: bool
    rows: int
    bytes: int
    blocks: int
    row_security: bool
    comment: str | None


@dataclass(frozen=True)
class Column:
    """A column; the type as SQL spells it. Generated ones take no value."""

    name: str
    type: str
    required: bool
    generated: bool


@dataclass(frozen=True)
class ForeignKey:
    """A constraint with what makes it anew, and whether an index serves its columns."""

    table: str
    name: str
    definition: str
    columns: tuple[str, ...]
    indexed: bool


async def tables(connection: Any, schema: str) -> list[Stored]:
    """The schema's tables by name."""
    return [
        Stored(
            row["name"], row["partitioned"], row["estimate"], row["bytes"], row["blocks"],
            row["row_security"], row["comment"],
        )
        for row in await connection.fetch(_TABLES, schema)
    ]  # fmt: skip


async def columns(connection: Any, schema: str) -> dict[str, list[Column]]:
    """The columns of the schema's tables and views in their order."""
    found: dict[str, list[Column]] = {}
    for row in await connection.fetch(_COLUMNS, schema):
        column = Column(row["name"], row["type"], row["required"], row["generated"])
        found.setdefault(row["table"], []).append(column)
    return found


async def keys(connection: Any, schema: str) -> dict[str, tuple[str, ...]]:
    """The primary keys of the tables that have one."""
    return {row["table"]: tuple(row["columns"]) for row in await connection.fetch(_KEYS, schema)}


async def table(connection: Any, schema: str, name: str) -> Table | None:
    """A table or view as filters need it."""
    known = (await columns(connection, schema)).get(name)
    if known is None:
        return None
    key = (await keys(connection, schema)).get(name, ())
    return Table(schema, name, {column.name: column.type for column in known}, key)


async def policies(connection: Any, names: Names) -> dict[str, list[dict[str, Any]]]:
    """The app's policies by table, with the names that the app's own SQL has for things."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in await connection.fetch(_POLICIES, names.schema, OWNER_POLICY):
        policy = {
            "name": row["name"],
            "command": row["command"],
            "permissive": row["permissive"],
            "roles": [role.removeprefix(f"{names.ref}_") for role in row["roles"]],
            "using": portable(row["using"], names),
            "check": portable(row["check"], names),
        }
        found.setdefault(row["table"], []).append(policy)
    return found


def portable(expression: str | None, names: Names) -> str | None:
    """An expression as Postgres prints it, with the app's own names; for people to read."""
    if expression is None:
        return None
    return expression.replace(f"{names.auth_schema}.", "auth.").replace(f"{names.schema}.", "")


async def made(connection: Any, schema: str) -> Known:
    """The functions and types (those of tables and views too) that the schema holds."""
    row = await connection.fetchrow(_MADE, schema)
    return Known(frozenset(row["functions"]), frozenset(row["types"]))


async def foreign_keys(connection: Any, schema: str) -> list[ForeignKey]:
    """The foreign keys of the schema's tables."""
    return [
        ForeignKey(row["table"], row["name"], row["definition"], tuple(row["columns"]), row["indexed"])
        for row in await connection.fetch(_FOREIGN_KEYS, schema)
    ]


async def sequences(connection: Any, schema: str) -> list[str]:
    """The names of the schema's sequences."""
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relkind = 'S' "
        "ORDER BY relname",
        schema,
    )
    return [row["relname"] for row in rows]


async def unused_indexes(connection: Any, schema: str, min_bytes: int) -> list[tuple[str, str, int]]:
    """Table, name and bytes of indexes that no query has used since the statistics began."""
    rows = await connection.fetch(_UNUSED, schema, min_bytes)
    return [(row["table"], row["name"], row["bytes"]) for row in rows]


async def size(connection: Any, names: Names) -> int:
    """The bytes of the realm's tables and users."""
    known = await sizes(connection)
    return known.get(names.schema, 0) + known.get(names.auth_schema, 0)


async def users(connection: Any, names: Names) -> int:
    """How many users the realm has."""
    count: int = await connection.fetchval(f"SELECT count(*) FROM {quoted(names.auth_schema)}.users")
    return count


async def migrations(connection: Any, names: Names) -> list[dict[str, Any]]:
    """What is applied, the first one first."""
    rows = await connection.fetch(
        f"SELECT path, digest, applied_at FROM {PLATFORM}.migrations WHERE realm = $1 ORDER BY number",
        names.ref,
    )
    return [dict(row) for row in rows]


async def sizes(connection: Any) -> Mapping[str, int]:
    """The bytes of all realms' schemas, by name."""
    return {row["schema"]: row["bytes"] for row in await connection.fetch(_SIZES)}


async def active_users(connection: Any, since: datetime) -> dict[str, int]:
    """How many users of each realm were seen since then."""
    rows = await connection.fetch(
        f"SELECT realm, count(DISTINCT user_id) AS users FROM {PLATFORM}.sessions "
        "WHERE refreshed_at >= $1 GROUP BY realm",
        since,
    )
    return {row["realm"]: row["users"] for row in rows}


async def load(connection: Any) -> Any:
    """The tables and bytes of the shard's database; the connections of its server, and how many it takes."""
    return await connection.fetchrow(_LOAD)


async def realms(connection: Any) -> list[str]:
    """The refs of all realms that were made on the shard."""
    return [row["ref"] for row in await connection.fetch(f"SELECT ref FROM {PLATFORM}.realms")]


async def forget(connection: Any, names: Names) -> None:
    """Removes whatever the tables that realms share have of this one."""
    for table, column in await connection.fetch(_SHARED, PLATFORM):
        condition = f"{quoted(column)} = $1"
        await connection.execute(f"DELETE FROM {PLATFORM}.{quoted(table)} WHERE {condition}", names.ref)


async def left_of(connection: Any, names: Names) -> list[str]:
    """What the shard still has of a realm: in its catalogs, and in the tables that realms share."""
    roles = [names.role(role) for role in Role]
    schemas, gates = [names.schema, names.auth_schema], [*roles, f"{names.ref}_run"]
    left = [row["what"] for row in await connection.fetch(_LEFT, schemas, roles, GATES, gates)]
    for table, column in await connection.fetch(_SHARED, PLATFORM):
        rows = await connection.fetchval(
            f"SELECT count(*) FROM {PLATFORM}.{quoted(table)} WHERE {quoted(column)} = $1", names.ref
        )
        left += [f"{rows} rows of {table}"] if rows else []
    return left
