"""From whom a request of sign-in is, and the user pool it is about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from common.errors import Busy
from data.clients.sessions import Sessions
from data.clients.users import Users
from data.db.models import Realm
from data.domain.auth.claims import issuer
from data.domain.auth.redirects import redirect_target
from data.domain.auth.settings import AuthSettings
from data.domain.realm import site_url
from data.errors import RealmNotFound
from data.usecases.resources import Resources

_MAX_USER_AGENT = 300
_GONE = (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.ForeignKeyViolationError)
_PASSING = (asyncpg.QueryCanceledError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)


@dataclass(frozen=True, slots=True)
class Caller:
    """A request's realm with its settings, and the device it comes from. `address` is the network's."""

    realm: Realm
    settings: AuthSettings
    issuer: str
    site_url: str
    address: str | None
    user_agent: str | None

    @property
    def app_name(self) -> str:
        """What mails call the app."""
        return self.settings.sender_name or urlsplit(self.site_url).hostname or self.realm.ref

    def redirect(self, asked: str | None) -> str:
        """Where people may be sent: where was asked for, else to the app."""
        return redirect_target(asked, site_url=self.site_url, allowed=self.settings.redirect_urls)


def caller_of(resources: Resources, realm: Realm, address: str | None, user_agent: str | None) -> Caller:
    """The caller, with what the realm's settings say."""
    settings = resources.settings
    return Caller(
        realm=realm,
        settings=AuthSettings.model_validate(realm.settings.get("auth", {})),
        issuer=issuer(settings.data_public_url, realm.ref),
        site_url=site_url(settings.app_site_url_template, realm.app_id, realm.environment),
        address=address,
        user_agent=user_agent[:_MAX_USER_AGENT] if user_agent else None,
    )


@dataclass(frozen=True, slots=True)
class Pool:
    """A realm's users and sessions within one transaction."""

    connection: Any
    users: Users
    sessions: Sessions


@asynccontextmanager
async def user_pool(resources: Resources, realm: Realm) -> AsyncIterator[Pool]:
    """A transaction on the realm's user pool. Raises ShardAway, Busy, TooManyRequests, or RealmNotFound."""
    try:
        async with resources.shards[realm.shard].auth(realm.ref) as connection:
            yield Pool(connection, Users(connection, realm.ref), Sessions(connection, realm.ref))
    except _GONE as error:
        raise RealmNotFound("There is no such database here any more.") from error
    except _PASSING as error:
        raise Busy("Others are changing the same thing; try again shortly.") from error
