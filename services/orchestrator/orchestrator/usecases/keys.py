"""API keys: made, listed, revoked, and recognised."""

import hashlib
import secrets
from dataclasses import dataclass

from pydantic import SecretStr

from common.clock import utcnow
from common.database import Database
from common.errors import Unauthorized
from orchestrator.db import teams
from orchestrator.db.models import ApiKey, App, Team
from orchestrator.errors import KeyNotFound, LastKey

PREFIX = "osk_"
_HINT = 10


def digest_of(key: str) -> str:
    """What is stored of a key: enough to recognise it, not enough to use it."""
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True)
class NewKey:
    """A key just made: the only moment at which it can be shown."""

    row: ApiKey
    secret: str


@dataclass(frozen=True)
class Access:
    """What a key opens: its team's things. `app` is the one asked for, None if it is not the team's."""

    key_id: str
    team_id: str
    app: App | None


async def authenticate(*, db: Database, key: str, app_id: str | None = None) -> Access:
    """Whose key it is; raises Unauthorized. Keys are random, so looking up their digest leaks nothing."""
    if key.startswith(PREFIX):
        async with db.begin() as session:
            found = await teams.active_key(session, digest_of(key), app_id)
        if found is not None and secrets.compare_digest(found[0].digest, digest_of(key)):
            return Access(found[0].id, found[0].team_id, found[1])
    raise Unauthorized("This API key is not valid. Keys begin with 'osk_'; a revoked one stays revoked.")


async def create_key(*, db: Database, team_id: str, name: str) -> NewKey:
    """Makes a key with 256 random bits; only its digest and first characters are stored."""
    secret = PREFIX + secrets.token_urlsafe(32)
    async with db.begin() as session:
        row = await teams.add_key(
            session, team_id=team_id, name=name, hint=secret[:_HINT], digest=digest_of(secret)
        )
    assert row is not None  # noqa: S101  # 256 random bits were not there before
    return NewKey(row, secret)


async def list_keys(*, db: Database, team_id: str, cursor: str | None, limit: int) -> list[ApiKey]:
    """The team's keys, revoked ones left out."""
    async with db.begin() as session:
        return await teams.list_keys(session, team_id, cursor=cursor, limit=limit)


async def revoke_key(*, db: Database, team_id: str, key_id: str) -> None:
    """Ends a key at once. Raises KeyNotFound, also for another team's, and LastKey for the only one: nobody
    of the team could ever come in again.
    """
    async with db.begin() as session:
        await teams.lock_team(session, team_id)  # or two at once would each see the other's key
        key = await teams.find_key(session, team_id, key_id)
        if key is None:
            raise KeyNotFound(f"There is no key '{key_id}'.", key_id=key_id)
        if len(await teams.list_keys(session, team_id, cursor=None, limit=2)) == 1:
            raise LastKey("This is the team's last key: make another one before.", key_id=key_id)
        key.revoked_at = utcnow()


async def get_team(*, db: Database, team_id: str) -> Team:
    """The team that a key belongs to."""
    async with db.begin() as session:
        return await teams.get_team(session, team_id)


async def ensure_bootstrap_key(*, db: Database, key: SecretStr | None) -> None:
    """Makes sure that the operator's first key works, with a team of its own."""
    if key is None:
        return
    secret = key.get_secret_value()
    digest = digest_of(secret)
    async with db.begin() as session:
        if await teams.any_key(session, digest):
            return
        team = await teams.add_team(session, "default")
        row = await teams.add_key(
            session, team_id=team.id, name="bootstrap", hint=secret[:_HINT], digest=digest
        )
        if row is None:  # another replica was first: its team is the one
            await session.rollback()
