"""Sessions and what is handed out once, on a realm's shard. Transactions are the caller's."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from data.clients.users import is_uuid
from data.domain.auth.mails import MailKind
from data.domain.auth.tokens import child_of, digest, new_secret
from data.domain.auth.users import Session
from data.domain.realm import PLATFORM

_SESSION = "id, user_id, aal, amr, created_at, refreshed_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """What is stored of a refresh token, and whether its follower was used."""

    session: Session
    salt: bytes | None
    used_at: datetime | None
    child_used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeToken:
    """What is stored of a link and the code that was sent with it. `challenge`: PKCE's, with its method."""

    link_hash: bytes
    code_hash: bytes
    user_id: str
    kind: MailKind
    address: str
    challenge: tuple[str, str] | None
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthCode:
    """What a one-time code of PKCE stands for, and how its user proved who they are."""

    user_id: str
    method: str
    challenge: str
    challenge_method: str
    expires_at: datetime


@dataclass(frozen=True)
class Sessions:
    """The sessions and tokens of one realm, within the transaction of `connection`."""

    connection: Any
    ref: str

    async def start(
        self, user_id: str, amr: Sequence[Mapping[str, Any]], *, user_agent: str | None, ip: str | None
    ) -> tuple[Session, str]:
        """A new session and its first refresh token."""
        row = await self.connection.fetchrow(
            f"INSERT INTO {PLATFORM}.sessions (id, realm, user_id, amr, user_agent, ip) "
            f"VALUES ($1, $2, $3, $4, $5, $6) RETURNING {_SESSION}",
            uuid4(),
            self.ref,
            user_id,
            json.dumps(amr),
            user_agent,
            ip,
        )
        token = new_secret()
        await self._keep(token, row["id"])
        return _session(row), token

    async def find(self, session_id: str) -> Session | None:
        """The session, unless it has ended."""
        if not is_uuid(session_id):
            return None
        row = await self.connection.fetchrow(
            f"SELECT {_SESSION} FROM {PLATFORM}.sessions WHERE realm = $1 AND id = $2",
            self.ref,
            session_id,
        )
        return None if row is None else _session(row)

    async def refresh_token(self, token: str) -> RefreshToken | None:
        """The token; its session is locked until the transaction ends."""
        found = await self.connection.fetchrow(
            f"SELECT {', '.join(f's.{column.strip()}' for column in _SESSION.split(','))} "
            f"FROM {PLATFORM}.refresh_tokens t JOIN {PLATFORM}.sessions s ON s.id = t.session_id "
            "WHERE t.hash = $1 AND s.realm = $2 FOR UPDATE OF s",
            digest(token),
            self.ref,
        )
        if found is None:
            return None
        row = await self.connection.fetchrow(  # after the lock, so that it is what another request left
            f"SELECT t.salt, t.used_at, c.used_at AS child_used_at FROM {PLATFORM}.refresh_tokens t "
            f"LEFT JOIN {PLATFORM}.refresh_tokens c ON c.hash = t.child WHERE t.hash = $1",
            digest(token),
        )
        if row is None:
            return None
        return RefreshToken(
            session=_session(found),
            salt=row["salt"],
            used_at=row["used_at"],
            child_used=row["child_used_at"] is not None,
        )

    async def rotate(self, session: Session, token: str) -> str:
        """Uses the token up; the one that follows."""
        salt = secrets.token_bytes(32)
        child = child_of(token, salt)
        await self._keep(child, session.id)
        await self.connection.execute(
            f"UPDATE {PLATFORM}.refresh_tokens SET used_at = now(), salt = $2, child = $3 WHERE hash = $1",
            digest(token),
            salt,
            digest(child),
        )
        await self.connection.execute(
            f"UPDATE {PLATFORM}.sessions SET refreshed_at = now() WHERE id = $1",
            session.id,
        )
        return child

    async def end(self, user_id: str, *, only: str | None = None, but: str | None = None) -> None:
        """Ends a user's sessions: all of them, one, or all but one."""
        await self.connection.execute(
            f"DELETE FROM {PLATFORM}.sessions WHERE realm = $1 AND user_id = $2 "
            "AND ($3::uuid IS NULL OR id = $3) AND ($4::uuid IS NULL OR id <> $4)",
            self.ref,
            user_id,
            only,
            but,
        )

    async def put_token(
        self,
        user_id: str,
        kind: MailKind,
        address: str,
        *,
        link_hash: bytes,
        code_hash: bytes,
        challenge: tuple[str, str] | None,
        seconds: float,
    ) -> None:
        """Keeps a one-time token instead of the user's earlier one of its kind."""
        await self.connection.execute(
            f"INSERT INTO {PLATFORM}.one_time_tokens (link_hash, code_hash, realm, user_id, kind, address, "
            "challenge, challenge_method, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
            "now() + make_interval(secs => $9)) ON CONFLICT (realm, user_id, kind) DO UPDATE SET "
            "link_hash = excluded.link_hash, code_hash = excluded.code_hash, address = excluded.address, "
            "challenge = excluded.challenge, challenge_method = excluded.challenge_method, attempts = 0, "
            "created_at = now(), expires_at = excluded.expires_at",
            link_hash,
            code_hash,
            self.ref,
            user_id,
            kind.value,
            address,
            *(challenge or (None, None)),
            seconds,
        )

    async def token_by_link(self, link_hash: bytes) -> OneTimeToken | None:
        """The token unless it is too old; locked until the transaction ends."""
        return next(iter(await self._tokens("link_hash = $2", link_hash)), None)

    async def tokens_of_address(self, address: str, kinds: Sequence[MailKind]) -> list[OneTimeToken]:
        """The tokens that were sent to an address and are not too old; locked until the transaction ends."""
        values = [kind.value for kind in kinds]
        return await self._tokens("address = $2 AND kind = ANY ($3)", address, values)

    async def token_of_user(self, user_id: str, kind: MailKind) -> OneTimeToken | None:
        """The user's token of the kind unless it is too old; locked until the transaction ends."""
        return next(iter(await self._tokens("user_id = $2 AND kind = $3", user_id, kind.value)), None)

    async def count_attempt(self, tokens: Sequence[OneTimeToken]) -> None:
        """Counts a wrong code against all that it could have been."""
        # That it waits for the disk, and not where no code was sent, would tell who has an account.
        await self.connection.execute("SET LOCAL synchronous_commit = off")
        await self.connection.execute(
            f"UPDATE {PLATFORM}.one_time_tokens SET attempts = attempts + 1 WHERE link_hash = ANY ($1)",
            [token.link_hash for token in tokens],
        )

    async def drop_tokens(self, user_id: str, *kinds: MailKind) -> None:
        """Makes the user's tokens worthless: those of the kinds, without any all."""
        await self.connection.execute(
            f"DELETE FROM {PLATFORM}.one_time_tokens WHERE realm = $1 AND user_id = $2 "
            "AND (cardinality($3::text[]) = 0 OR kind = ANY ($3))",
            self.ref,
            user_id,
            [kind.value for kind in kinds],
        )

    async def put_code(self, user_id: str, method: str, challenge: tuple[str, str], *, seconds: float) -> str:
        """A code that whoever knows the challenge's verifier can exchange once for a session."""
        code = new_secret()
        await self.connection.execute(
            f"INSERT INTO {PLATFORM}.auth_codes (hash, realm, user_id, method, challenge, challenge_method, "
            "expires_at) VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))",
            digest(code),
            self.ref,
            user_id,
            method,
            *challenge,
            seconds,
        )
        return code

    async def take_code(self, code: str) -> AuthCode | None:
        """What the code stands for; it is gone then, whether its bearer can use it or not."""
        row = await self.connection.fetchrow(
            f"DELETE FROM {PLATFORM}.auth_codes WHERE realm = $1 AND hash = $2 "
            "RETURNING user_id, method, challenge, challenge_method, expires_at",
            self.ref,
            digest(code),
        )
        if row is None:
            return None
        return AuthCode(**{**row, "user_id": str(row["user_id"])})

    async def _keep(self, token: str, session_id: Any) -> None:
        await self.connection.execute(
            f"INSERT INTO {PLATFORM}.refresh_tokens (hash, session_id) VALUES ($1, $2)",
            digest(token),
            session_id,
        )

    async def _tokens(self, condition: str, *values: Any) -> list[OneTimeToken]:
        rows = await self.connection.fetch(
            "SELECT link_hash, code_hash, user_id, kind, address, challenge, challenge_method, attempts "
            f"FROM {PLATFORM}.one_time_tokens WHERE realm = $1 AND expires_at > now() AND {condition} "
            "ORDER BY link_hash FOR UPDATE",
            self.ref,
            *values,
        )
        return [_one_time_token(row) for row in rows]


def _one_time_token(row: Any) -> OneTimeToken:
    challenge = None if row["challenge"] is None else (row["challenge"], row["challenge_method"])
    return OneTimeToken(
        link_hash=row["link_hash"],
        code_hash=row["code_hash"],
        user_id=str(row["user_id"]),
        kind=MailKind(row["kind"]),
        address=row["address"],
        challenge=challenge,
        attempts=row["attempts"],
    )


def _session(row: Any) -> Session:
    return Session(
        id=str(row["id"]),
        user_id=str(row["user_id"]),
        aal=row["aal"],
        amr=json.loads(row["amr"]),
        created_at=row["created_at"],
        refreshed_at=row["refreshed_at"],
    )
