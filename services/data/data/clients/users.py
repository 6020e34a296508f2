"""A realm's user pool on its shard, through the login that sees user pools. Transactions are the caller's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from data.domain.auth.credentials import stored_metadata
from data.domain.auth.users import Identity, User
from data.domain.quoting import quoted
from data.domain.realm import EXTENSIONS, PLATFORM, Names

_COLUMNS = (
    "id, email, encrypted_password, email_confirmed_at, email_change, last_sign_in_at, raw_app_meta_data, "
    "raw_user_meta_data, is_anonymous, banned_until, created_at, updated_at"
)
_CHANGEABLE = {
    "email": "email",
    "password_hash": "encrypted_password",
    "confirmed_at": "email_confirmed_at",
    "new_email": "email_change",
    "last_sign_in_at": "last_sign_in_at",
    "app_metadata": "raw_app_meta_data",
    "user_metadata": "raw_user_meta_data",
    "is_anonymous": "is_anonymous",
}
_IDENTITY = "id, user_id, provider, provider_id, identity_data, last_sign_in_at, created_at, updated_at"


@dataclass(frozen=True)
class Users:
    """The users of one realm, within the transaction of `connection`."""

    connection: Any
    ref: str

    @property
    def table(self) -> str:
        """The pool's table, quoted and qualified."""
        return f"{quoted(Names(self.ref).auth_schema)}.users"

    async def by_email(self, email: str, *, lock: bool = False) -> User | None:
        """Whose address it is; `lock` keeps others from changing the user until the transaction ends."""
        return await self._one("email = $1", email, lock=lock)

    async def by_id(self, user_id: str, *, lock: bool = False) -> User | None:
        """The user; `lock` keeps others from changing them until the transaction ends."""
        return await self._one("id = $1", user_id, lock=lock) if is_uuid(user_id) else None

    async def add(
        self,
        *,
        email: str | None = None,
        password_hash: str | None = None,
        user_metadata: Mapping[str, Any],
        app_metadata: Mapping[str, Any],
        confirmed: bool = False,
        is_anonymous: bool = False,
    ) -> User | None:
        """The new user; None when somebody has the address already."""
        row = await self.connection.fetchrow(
            f"INSERT INTO {self.table} (email, encrypted_password, raw_user_meta_data, raw_app_meta_data, "
            "is_anonymous, email_confirmed_at) VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END) "
            f"ON CONFLICT DO NOTHING RETURNING {_COLUMNS}",
            email,
            password_hash,
            json.dumps(user_metadata),
            json.dumps(app_metadata),
            is_anonymous,
            confirmed,
        )
        return None if row is None else _user(row, ())

    async def change(self, user_id: str, **changes: Any) -> User:
        """Sets fields of `User`; raises asyncpg.UniqueViolationError when somebody else has the address."""
        values = [
            json.dumps(value) if name.endswith("_metadata") else value for name, value in changes.items()
        ]
        columns = ", ".join(f"{_CHANGEABLE[name]} = ${n}" for n, name in enumerate(changes, start=2))
        await self.connection.execute(
            f"UPDATE {self.table} SET {columns}, updated_at = now() WHERE id = $1",
            user_id,
            *values,
        )
        changed = await self.by_id(user_id)
        if changed is None:
            raise LookupError("the user is gone, though its row was locked")
        return changed

    async def remove(self, user_id: str) -> bool:
        """Removes the user with all sessions, and by the app's own foreign keys what is theirs.

        Deferred triggers of the app are brought forward: at the transaction's end they would run as this
        login and not as the app.
        """
        await self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("sessions", "one_time_tokens", "auth_codes", "identities"):
            await self.connection.execute(
                f"DELETE FROM {PLATFORM}.{table} WHERE realm = $1 AND user_id = $2",
                self.ref,
                user_id,
            )
        await self.connection.execute(
            f"DELETE FROM {PLATFORM}.sign_ups s USING {self.table} u "
            "WHERE s.realm = $1 AND s.address = u.email AND u.id = $2",
            self.ref,
            user_id,
        )
        # What the app's triggers name they look for in its schema; this login itself may not enter that.
        path = f"{quoted(self.ref)}, {EXTENSIONS}, pg_temp"
        await self.connection.execute("SELECT set_config('search_path', $1, true)", path)
        removed = await self.connection.execute(f"DELETE FROM {self.table} WHERE id = $1", user_id)
        await self.connection.execute("SET LOCAL search_path = pg_catalog")
        return bool(removed == "DELETE 1")

    async def put_identity(
        self, user_id: str, provider: str, provider_id: str, data: Mapping[str, Any]
    ) -> Identity | None:
        """The user's identity, new or brought up to date; None when it is another user's."""
        row = await self.connection.fetchrow(
            f"INSERT INTO {PLATFORM}.identities AS held (realm, user_id, provider, provider_id, "
            "identity_data, last_sign_in_at) VALUES ($1, $2, $3, $4, $5, now()) "
            "ON CONFLICT (realm, provider, provider_id) DO UPDATE SET identity_data = "
            "excluded.identity_data, last_sign_in_at = now(), updated_at = now() "
            f"WHERE held.user_id = excluded.user_id RETURNING {_IDENTITY}",
            self.ref,
            user_id,
            provider,
            provider_id,
            json.dumps(data),
        )
        return None if row is None else _identity(row)

    async def by_identity(self, provider: str, provider_id: str) -> User | None:
        """Who signs in at the provider by this id."""
        user_id = await self.connection.fetchval(
            f"SELECT user_id FROM {PLATFORM}.identities "
            "WHERE realm = $1 AND provider = $2 AND provider_id = $3",
            self.ref,
            provider,
            provider_id,
        )
        return None if user_id is None else await self.by_id(str(user_id))

    async def remove_identity(self, user_id: str, identity_id: str) -> bool:
        """Takes a way to sign in from the user; whether there was that one."""
        done = await self.connection.execute(
            f"DELETE FROM {PLATFORM}.identities WHERE realm = $1 AND user_id = $2 AND id = $3",
            self.ref,
            user_id,
            identity_id,
        )
        return bool(done == "DELETE 1")

    async def _one(self, condition: str, value: str, *, lock: bool) -> User | None:
        row = await self.connection.fetchrow(
            f"SELECT {_COLUMNS} FROM {self.table} WHERE {condition}{' FOR UPDATE' if lock else ''}",
            value,
        )
        # Also for nobody, so that one address takes as many round trips as another.
        identities = await self.connection.fetch(
            f"SELECT {_IDENTITY} FROM {PLATFORM}.identities WHERE realm = $1 AND user_id = $2 "
            "ORDER BY created_at, id",
            self.ref,
            None if row is None else row["id"],
        )
        return None if row is None else _user(row, tuple(_identity(identity) for identity in identities))


def is_uuid(text: str) -> bool:
    """Whether Postgres would take the text as a uuid."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _user(row: Any, identities: tuple[Identity, ...]) -> User:
    return User(
        id=str(row["id"]),
        email=row["email"],
        password_hash=row["encrypted_password"],
        confirmed_at=row["email_confirmed_at"],
        new_email=row["email_change"],
        last_sign_in_at=row["last_sign_in_at"],
        app_metadata=json.loads(row["raw_app_meta_data"]),
        user_metadata=stored_metadata(row["raw_user_meta_data"]),
        is_anonymous=row["is_anonymous"],
        banned_until=row["banned_until"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        identities=identities,
    )


def _identity(row: Any) -> Identity:
    return Identity(
        id=str(row["id"]),
        user_id=str(row["user_id"]),
        provider=row["provider"],
        provider_id=row["provider_id"],
        data=stored_metadata(row["identity_data"]),
        last_sign_in_at=row["last_sign_in_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
