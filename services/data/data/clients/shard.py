"""A shard: one PostgreSQL database that holds apps' schemas, and the service's three logins there.

`requests` may only call gates, `auth` sees user pools, `admin` makes realms; none is a superuser.
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import asyncpg
from asyncpg.exceptions import InterfaceError

from common.errors import Unavailable
from common.logging import get_logger
from data.clients.connections import PreparingConnection, clean, distrust
from data.clients.foundations import shard_statements
from data.clients.shares import ALONE_AT_ONCE, Shares, sizes
from data.domain.quoting import literal, quoted
from data.domain.realm import Names, Role
from data.errors import ShardAway

_CONNECT_SECONDS = 5.0
_ACQUIRE_SECONDS = 5.0
_ADMIN_SECONDS = 60.0
_PATIENCE_SECONDS = 2.0  # beyond the server's own time-out, for a server that does not even say so
_RETRY_SECONDS = 2.0

# Where an app's own code may run. A prepared statement is executed as the login, whatever has been prepared
# under its name since; and what such code leaves in the session is not for others.
# Removing a user cascades into tables of the app, and so into its triggers: hence `auth`.
_FOREIGN = frozenset({"foreign", "admin", "auth", "owner"})
_SETTINGS = {
    "search_path": "pg_catalog",  # what apps define is never found by a name of the platform's
    "idle_in_transaction_session_timeout": "30000",
    # A function that will not be cancelled ends with the connection of who asked.
    "client_connection_check_interval": "2000",
    "jit": "off",  # compiling takes longer than any such query
}

AWAY = (
    OSError,
    TimeoutError,
    InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
# Before a shard was prepared its logins are not there, or have another password.
_NOT_YET = (
    *AWAY,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ShardConfig:
    """One entry of APP_DATABASES. `url` is the admin login's; the limits decide whom else it takes."""

    name: str
    url: str
    max_tables: int
    max_bytes: int
    max_connections: int
    statement_seconds: float

    @property
    def database(self) -> str:
        """The database's name."""
        return unquote(urlsplit(self.url).path.removeprefix("/"))

    @property
    def admin(self) -> str:
        """The admin login's name."""
        return unquote(urlsplit(self.url).username or "")

    def login(self, purpose: str) -> str:
        """The name of the login for `requests` or `auth`."""
        return f"overskill_{self.name}_{purpose}"

    def password(self, purpose: str) -> str:
        """Derived, so that all replicas agree and nothing has to be kept."""
        secret = unquote(urlsplit(self.url).password or "").encode()
        return hmac.new(secret, self.login(purpose).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gate answered; `headers` and `status` are what the app's own functions asked for."""

    total: int | None
    returned: int
    body: str
    headers: str | None
    status: str | None


NO_CLAIMS = "{}"

Answered = Callable[[str, Role, Answer], None]
"""Is told of every answer to a request: the realm, as whom it was asked, and what was answered."""


class OwnerGate:
    """The owner's gate in one transaction. What the app's code leaves of settings is put back each time."""

    def __init__(self, connection: Any, names: Names) -> None:
        self.connection = connection
        self._names = names

    async def run(self, statement: str) -> None:
        """Runs one statement that answers nothing. Raises asyncpg.PostgresError as it comes."""
        await self.connection.execute(f"SELECT {self._names.run_gate}({literal(statement)}); RESET ALL")

    async def fetch(
        self, query: str, params: Sequence[str | None] = (), claims: str = "", role: Role = Role.OWNER
    ) -> Answer:
        """Answers a query of the columns `total, returned, body`, as the role."""
        row = await self.connection.fetchrow(_ask(self._names, role), query, list(params), claims)
        await self.connection.execute("RESET ALL")
        return Answer(*row)


class Shard:
    """The pools of one shard. Opened lazily: a shard that is away keeps no other from serving."""

    def __init__(self, config: ShardConfig, answered: Answered | None = None) -> None:
        self.config = config
        self._answered = answered
        self._pools: dict[str, Any] = {}
        self._opening = asyncio.Lock()
        self._away_until = 0.0
        self._alone = asyncio.Semaphore(ALONE_AT_ONCE)
        self._shares = Shares(config.max_connections)
        self.prepared = False

    async def call(
        self,
        ref: str,
        role: Role,
        query: str,
        params: Sequence[str | None],
        claims: str,
        *,
        foreign_code: bool,
        read_only: bool,
        rollback: bool = False,
    ) -> Answer:
        """Answers one query through the realm's gate, in a transaction of its own; `claims` are JSON.

        `foreign_code` says that functions of the app may run, or expressions that change settings. These
        have connections apart, on which nothing is prepared that they could put something else in place of,
        and which are cleaned after each call; a read is made read only. Raises ShardAway, TooManyRequests
        when the app keeps its share of connections busy, and asyncpg.PostgresError as it comes.
        """
        asked = _ask(Names(ref), role), query, params, claims
        async with self._connection("foreign" if foreign_code else "requests", ref) as connection:
            if rollback or (read_only and foreign_code):
                row = await _in_transaction(connection, asked, read_only=read_only, rollback=rollback)
            else:
                row = await connection.fetchrow(*asked)
        answer = Answer(*row)
        if self._answered is not None:
            self._answered(ref, role, answer)
        return answer

    @asynccontextmanager
    async def auth(self, ref: str | None = None) -> AsyncIterator[Any]:
        """A transaction of the login that sees user pools, sessions and tokens, and no app's tables.

        What concerns one realm, `ref`, comes out of the app's share; as in `admin`.
        """
        async with self._trusted("auth", ref) as connection:
            yield connection

    @asynccontextmanager
    async def admin(self, ref: str | None = None) -> AsyncIterator[Any]:
        """A transaction of the login that makes realms. It never touches what an app may have defined."""
        async with self._trusted("admin", ref) as connection:
            yield connection

    @asynccontextmanager
    async def _trusted(self, purpose: str, ref: str | None) -> AsyncIterator[Any]:
        """A transaction of a login that may do more than call gates.

        An app's triggers may run in it all the same, where a user's rows are deleted with the user: so what
        they left to run at the commit, as this login, is closed before it.
        """
        async with self._connection(purpose, ref) as connection, connection.transaction():
            yield connection
            await connection.execute("CLOSE ALL")

    @asynccontextmanager
    async def owner(self, ref: str) -> AsyncIterator[OwnerGate]:
        """A transaction in which the realm's owner acts through its gate; commits at the end.

        On connections apart: the app's code must not keep the platform from looking at other apps.
        """
        async with self._trusted("owner", ref) as connection:
            yield OwnerGate(connection, Names(ref))

    @asynccontextmanager
    async def alone(self, settings: Mapping[str, str], ref: str | None = None) -> AsyncIterator[Any]:
        """A connection of the admin login that nobody had before or gets after; `settings` are PostgreSQL's.

        It prepares no statement under a name, behind which an app could put another. With a `ref` it comes
        out of the app's share.
        """
        async with nullcontext() if ref is None else self._shares.hold("alone", ref), self._alone:
            try:
                connection = await asyncpg.connect(
                    self.config.url,
                    timeout=_CONNECT_SECONDS,
                    statement_cache_size=0,
                    server_settings={**_SETTINGS, "application_name": "overskill-data-alone", **settings},
                )
            except _NOT_YET as error:
                raise self._gone(error) from error
            try:
                yield connection
            except (
                InterfaceError,
                asyncpg.PostgresConnectionError,
                asyncpg.AdminShutdownError,
                asyncpg.CrashShutdownError,
                OSError,
            ) as error:
                raise self._gone(error) from error
            finally:
                connection.terminate()

    async def prepare(self) -> None:
        """Makes what every realm stands on. Of several replicas at once, one does it."""
        config = self.config
        async with self.admin() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('overskill-shard'))")
            for purpose in ("requests", "auth"):
                name, password = quoted(config.login(purpose)), literal(config.password(purpose))
                known = await connection.fetchval(
                    "SELECT 1 FROM pg_roles WHERE rolname = $1", config.login(purpose)
                )
                verb = "ALTER" if known else "CREATE"
                await connection.execute(f"{verb} ROLE {name} LOGIN NOINHERIT PASSWORD {password}")
            for statement in shard_statements(
                config.database, config.login("requests"), config.login("auth")
            ):
                await connection.execute(statement)
        self.prepared = True

    async def close(self) -> None:
        """Ends all connections at once."""
        for pool in self._pools.values():
            pool.terminate()
        self._pools.clear()

    @asynccontextmanager
    async def _connection(self, purpose: str, ref: str | None) -> AsyncIterator[Any]:
        async with nullcontext() if ref is None else self._shares.hold(purpose, ref):
            try:
                pool = self._pools.get(purpose) or await self._open(purpose)
                connection = await pool.acquire(timeout=_ACQUIRE_SECONDS)
            except _NOT_YET as error:
                raise self._gone(error) from error
            try:
                yield connection
            except (InterfaceError, asyncpg.PostgresConnectionError, OSError) as error:
                connection.terminate()  # what runs there still may not end when it is told to
                raise self._gone(error) from error
            except BaseException as error:
                if purpose not in _FOREIGN:
                    await distrust(connection, error)
                raise
            finally:
                await pool.release(connection)

    async def _open(self, purpose: str) -> Any:
        async with self._opening:
            if purpose in self._pools:
                return self._pools[purpose]
            if time.monotonic() < self._away_until:
                raise ConnectionRefusedError
            try:
                self._pools[purpose] = await self._create_pool(purpose)
            except _NOT_YET:
                self._away_until = time.monotonic() + _RETRY_SECONDS
                raise
            return self._pools[purpose]

    async def _create_pool(self, purpose: str) -> Any:
        config = self.config
        foreign = purpose in _FOREIGN
        seconds = _ADMIN_SECONDS if purpose == "admin" else config.statement_seconds
        return await asyncpg.create_pool(
            config.url,
            **self._login(purpose),
            min_size=0,
            max_size=sizes(config.max_connections)[purpose],
            timeout=_CONNECT_SECONDS,
            command_timeout=seconds + _PATIENCE_SECONDS,
            connection_class=asyncpg.Connection if foreign else PreparingConnection,
            statement_cache_size=0 if foreign else 1024,
            max_cached_statement_lifetime=0,
            max_inactive_connection_lifetime=300,
            reset=clean if foreign else _leave_as_it_is,
            server_settings={
                **_SETTINGS,
                "application_name": f"overskill-data-{purpose}",
                "statement_timeout": str(round(seconds * 1000)),
            },
        )

    def _login(self, purpose: str) -> dict[str, str]:
        if purpose in {"admin", "owner"}:
            return {}
        login = "auth" if purpose == "auth" else "requests"
        return {"user": self.config.login(login), "password": self.config.password(login)}

    def _gone(self, error: BaseException) -> ShardAway:
        logger.warning("shard away", shard=self.config.name, reason=type(error).__name__)
        return ShardAway(
            "The app's database does not answer at the moment; try again shortly.",
            retry_after=_RETRY_SECONDS,
        )


class Shards:
    """All shards by name."""

    def __init__(self, configs: Sequence[ShardConfig], answered: Answered | None = None) -> None:
        self._shards = {config.name: Shard(config, answered) for config in configs}

    def __getitem__(self, name: str) -> Shard:
        """Raises ShardAway for one that is no longer configured."""
        try:
            return self._shards[name]
        except KeyError:
            raise ShardAway(
                "The app's database is not configured here; its operator has to add it."
            ) from None

    def __iter__(self) -> "Any":
        return iter(self._shards.values())

    async def check(self) -> str:
        """Which shards serve. Raises Unavailable when none does: one that is away is no other's trouble."""
        ready = [shard.config.name for shard in self if shard.prepared]
        if not ready:
            raise Unavailable("No database for apps could be prepared yet.")
        return ", ".join(ready)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for shard in self:
            await shard.close()


async def _in_transaction(
    connection: Any, asked: tuple[object, ...], *, read_only: bool, rollback: bool
) -> Any:
    transaction = connection.transaction(readonly=read_only)
    await transaction.start()
    try:
        row = await connection.fetchrow(*asked)
    except BaseException:
        await transaction.rollback()
        raise
    await (transaction.rollback() if rollback else transaction.commit())
    return row


async def _leave_as_it_is(_connection: Any) -> None:
    """No code but the platform's has run: there is nothing to put back, and no round trip to spend."""


def _ask(names: Names, role: Role) -> str:
    return f"SELECT total, returned, body, headers, status FROM {names.gate(role)}($1, $2, $3)"
