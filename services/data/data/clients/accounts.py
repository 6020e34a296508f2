"""A realm's users as their operator manages them; transactions are begun here."""

from typing import Any

from common.contracts import AppUser
from data.clients.shard import Shard
from data.domain.auth.credentials import stored_metadata
from data.domain.quoting import literal, quoted
from data.domain.realm import PLATFORM, Names, Role

_COLUMNS = (
    "id, email, email_confirmed_at, is_anonymous, raw_user_meta_data, created_at, last_sign_in_at, "
    "banned_until"
)


async def list_users(
    shard: Shard, names: Names, *, search: str | None, limit: int, after: str | None
) -> list[AppUser]:
    """The newest first, from the user `after` on."""
    if search is not None and "\0" in search:
        return []  # no text of PostgreSQL's holds one
    table = _table(names)
    query = f"SELECT {_COLUMNS} FROM {table} WHERE ($1::text IS NULL OR email ILIKE $1 OR id::text = $2)"
    query += (
        f" AND ($3::uuid IS NULL OR (created_at, id) < (SELECT created_at, id FROM {table} WHERE id = $3))"
        " ORDER BY created_at DESC, id DESC LIMIT $4"
    )
    pattern = None if search is None else f"%{_escaped(search)}%"
    async with shard.auth(names.ref) as connection:
        rows = await connection.fetch(query, pattern, search, after, limit)
    return [_user(row) for row in rows]


async def ban(shard: Shard, names: Names, user_id: str, until: Any) -> AppUser | None:
    """Sets or lifts a ban; with it the user's sessions end. None when there is no such user."""
    async with shard.auth(names.ref) as connection:
        row = await connection.fetchrow(
            f"UPDATE {_table(names)} SET banned_until = $2, updated_at = now() WHERE id = $1 "
            f"RETURNING {_COLUMNS}",
            user_id,
            until,
        )
        if row is not None and until is not None:
            await connection.execute(
                f"DELETE FROM {PLATFORM}.sessions WHERE realm = $1 AND user_id = $2", names.ref, user_id
            )
    return None if row is None else _user(row)


async def remove_user(shard: Shard, names: Names, user_id: str) -> bool:
    """Removes a user with whatever the app's foreign keys say goes with one; whether there was one.

    It is the owner who deletes, for whom it is allowed within this transaction only: before PostgreSQL 18
    the app's triggers on rows that go along run as whoever has begun the deletion, which must be nobody who
    can read more than this app. Raises asyncpg.ForeignKeyViolationError when rows keep the user.
    """
    table, owner = _table(names), quoted(names.role(Role.OWNER))
    async with shard.owner(names.ref) as gate:
        connection = gate.connection
        known = await connection.fetchval(f"SELECT 1 FROM {table} WHERE id = $1 FOR UPDATE", user_id)
        if known is None:
            return False
        await connection.execute(
            f"DELETE FROM {PLATFORM}.sign_ups s USING {table} u "
            "WHERE s.realm = $1 AND s.address = u.email AND u.id = $2",
            names.ref,
            user_id,
        )
        await connection.execute(f"GRANT DELETE ON {table} TO {owner}")
        await gate.run(f"DELETE FROM {table} WHERE id = {literal(user_id)}")
        await connection.execute(f"REVOKE DELETE ON {table} FROM {owner}")
        for shared in await connection.fetch(_OF_USERS, PLATFORM):
            await connection.execute(
                f"DELETE FROM {PLATFORM}.{quoted(shared['table'])} WHERE realm = $1 AND user_id = $2",
                names.ref,
                user_id,
            )
    return True


# Tables that all realms share and that have rows of users.
_OF_USERS = """
SELECT c.relname AS table FROM pg_class c
WHERE c.relnamespace = to_regnamespace($1) AND c.relkind = 'r' AND 2 = (
  SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('realm', 'user_id'))
"""


def _table(names: Names) -> str:
    return f"{quoted(names.auth_schema)}.users"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _user(row: Any) -> AppUser:
    return AppUser(
        id=str(row["id"]),
        email=row["email"],
        confirmed=row["email_confirmed_at"] is not None,
        anonymous=row["is_anonymous"],
        metadata=stored_metadata(row["raw_user_meta_data"]),
        created_at=row["created_at"],
        last_sign_in_at=row["last_sign_in_at"],
        banned_until=row["banned_until"],
    )
