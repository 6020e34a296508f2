"""The data service as apps ask it: beside the same SQL without it, with many visitors, and with many apps."""

import math
import os
import secrets
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from bench.load import Connection, Message, alternating, connected, percentile, steady, throughput
from bench.plain import Asked, served
from common.ids import new_app_id
from common.testing.tether import free_port
from data.clients.shard import Shard, ShardConfig
from data.domain.realm import Names, Role
from dev.stack.config import StackConfig
from dev.stack.environment import apps_database_url
from dev.stack.stack import Stack

REQUESTS = int(os.environ.get("BENCH_REQUESTS", "1000"))
APPS = int(os.environ.get("BENCH_APPS", "500"))
TABLES = 10
FEW_APPS = 10
ROWS = 20
CLIENTS = 200
ROUNDS = 20
SIGN_INS = 20
AIM_RATIO = 2.5
AIM_P95_MS = 50.0
AIM_FLAT = 1.1
PARTS = frozenset({"postgres", "nats", "edge", "data"})
PASSWORD = "correct horse battery"  # noqa: S105  # nobody's
MB = 1024**2

_TODOS = (
    """CREATE TABLE todos (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL
    DEFAULT auth.uid(), title text NOT NULL, done boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now())""",
    "CREATE INDEX ON todos (user_id)",
    "ALTER TABLE todos ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY read ON todos FOR SELECT TO {authenticated} USING ((SELECT auth.uid()) = user_id)",
    "CREATE POLICY write ON todos FOR INSERT TO {authenticated} WITH CHECK ((SELECT auth.uid()) = user_id)",
)
_SELECT = "select=id,title,done,created_at&order=created_at.desc&limit=20"
_BARE = (
    "SELECT coalesce(json_agg(t), '[]')::text FROM (SELECT id, title, done, created_at FROM {schema}.todos "
    "ORDER BY created_at DESC LIMIT 20) t"
)


@dataclass(frozen=True)
class App:
    """A realm, and the headers of who asks it."""

    ref: str
    url: str
    headers: dict[str, str]

    def message(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Message:
        return Message.of(method, f"{self.url}{path}", {**self.headers, **headers}, body)


class Bench:
    """The running service and its shard."""

    def __init__(self, stack: Stack, shard: Shard, http: httpx.AsyncClient) -> None:
        self.stack = stack
        self.shard = shard
        self._http = http

    async def app(self, statements: Sequence[str]) -> App:
        app_id = new_app_id()
        path = f"/internal/realms/{app_id}/production"
        made = (await self._http.put(path)).raise_for_status().json()
        limits = {"sign_ins": 100_000, "account_sign_ins": 100_000}
        (await self._http.patch(f"{path}/auth", json={"limits": limits})).raise_for_status()
        names = Names(made["ref"])
        roles = {role.value: f'"{names.role(role)}"' for role in Role}
        async with self.shard.owner(names.ref) as owner:
            for statement in statements:
                await owner.run(statement.format(**roles))
        key = made["publishable_key"]
        return App(names.ref, made["url"], {"apikey": key, "authorization": f"Bearer {key}"})

    async def signed_up(self, app: App, email: str) -> App:
        body = {"email": email, "password": PASSWORD}
        answer = await self._http.post(f"{app.url}/auth/v1/signup", json=body, headers=app.headers)
        token = answer.raise_for_status().json()["access_token"]
        return App(app.ref, app.url, {**app.headers, "authorization": f"Bearer {token}"})

    async def asked(self, app: App) -> Asked:
        """The same SQL under the same policy, without the service."""
        port, password = self.stack.config.ports["postgres"], self.stack.credentials["postgres"]
        url, names = f"postgresql://postgres:{password}@127.0.0.1:{port}/apps", Names(app.ref)
        schema = f'"{names.schema}"'
        connection = await asyncpg.connect(url)
        try:
            user = await connection.fetchval(f"SELECT user_id::text FROM {schema}.todos LIMIT 1")  # noqa: S608  # ours
        finally:
            await connection.close()
        claims = f'{{"sub": "{user}", "role": "authenticated"}}'
        return Asked(url, names.role(Role.AUTHENTICATED), claims, _BARE.format(schema=schema))

    def memory(self) -> tuple[int, int]:
        """Bytes that the service has, and all processes of Postgres, what they share counted once."""
        server = self.stack.pid("data") or 0
        return _proportional(server), sum(map(_proportional, _postgres_processes(self.stack)))


async def measure() -> AsyncGenerator[str]:
    """The report's lines."""
    async with _running() as bench:
        for part in (_one_app, _many_apps):
            async with aclosing(part(bench)) as lines:
                async for line in lines:
                    yield line


@asynccontextmanager
async def _running() -> AsyncIterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="overskill-bench-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103  # the database runs as another user
        config = StackConfig.temporary(Path(folder), only=PARTS)
        async with Stack(config) as stack:
            shard = Shard(
                ShardConfig(
                    name="main",
                    url=apps_database_url(config, stack.credentials),
                    max_tables=100_000,
                    max_bytes=1 << 40,
                    max_connections=12,
                    statement_seconds=60,
                )
            )
            headers = {"authorization": f"Bearer {stack.credentials['data_token']}"}
            async with httpx.AsyncClient(base_url=config.url("data"), headers=headers, timeout=60) as http:
                try:
                    yield Bench(stack, shard, http)
                finally:
                    await shard.close()


async def _one_app(bench: Bench) -> AsyncGenerator[str]:
    email = f"{secrets.token_hex(6)}@example.com"
    app = await bench.signed_up(await bench.app(_TODOS), email)
    insert = app.message(
        "/rest/v1/todos", "POST", b'{"title": "Buy milk and bread"}', **{"content-type": "application/json"}
    )
    select = app.message(f"/rest/v1/todos?{_SELECT}")
    async with connected(app.url) as (connection,):
        for _ in range(ROWS):
            await connection.send(insert)
        ours, plain, alone = await _beside(lambda: connection.send(select), await bench.asked(app))
        yield _line(f"select of {ROWS} rows by policy", ours)
        yield _line("the same SQL by a bare HTTP app", plain)
        yield _line("the same SQL by bare asyncpg", alone)
        yield f"select / bare asyncpg, p50     {_ratio(ours, alone):6.2f}  (aim: at most {AIM_RATIO})"
        yield f"select / bare HTTP app, p50    {_ratio(ours, plain):6.2f}"
        yield f"bare HTTP app / bare asyncpg   {_ratio(plain, alone):6.2f}  (what Python costs over HTTP)"
        (inserts,) = await alternating(REQUESTS, lambda: connection.send(insert))
        yield _line("insert of a row", inserts)
        body = f'{{"email": "{email}", "password": "{PASSWORD}"}}'.encode()
        sign_in = app.message(
            "/auth/v1/token?grant_type=password", "POST", body, **{"content-type": "application/json"}
        )
        (sign_ins,) = await alternating(SIGN_INS, lambda: connection.send(sign_in), warm=2)
        yield _line("sign-in by password", sign_ins)
    async with connected(app.url, CLIENTS) as connections:
        found = await steady(connections, select, rounds=ROUNDS, every=1.0)
        aim = f"(aim: p95 below {AIM_P95_MS:.0f} ms)"
        answered = [seconds for seconds in found if seconds < math.inf]
        yield f"{_line(f'{CLIENTS} clients, each once a second', answered)}  {aim}"
        yield f"of these, failed: {len(found) - len(answered)}"
        rate = await throughput(connections, select, seconds=5.0)
        yield f"{CLIENTS} clients without a pause     {rate:6.0f} requests/s by one process"


async def _beside(select: Callable[[], Awaitable[float]], asked: Asked) -> list[list[float]]:
    """The seconds of the service, of a bare HTTP app and of the SQL alone, interleaved."""
    connection, statement = await asked.prepared()

    async def alone() -> float:
        began = time.perf_counter()
        await statement.fetchval()
        return time.perf_counter() - began

    try:
        async with served(asked, free_port()) as url, connected(url) as (plain,):
            get = Message.of("GET", f"{url}/", {})
            return await alternating(REQUESTS, select, lambda: plain.send(get), alone)
    finally:
        await connection.close()


async def _many_apps(bench: Bench) -> AsyncGenerator[str]:
    statements = [_tables()]
    before = bench.memory()
    began = time.perf_counter()
    apps = [await bench.app(statements) for _ in range(FEW_APPS)]
    async with connected(apps[0].url) as (connection,):
        await _round(connection, apps)
        few = await _rounds(connection, apps)
    apps += [await bench.app(statements) for _ in range(APPS - FEW_APPS)]
    yield f"{APPS} apps of {TABLES} tables made in {time.perf_counter() - began:.0f} s"
    async with connected(apps[0].url) as (connection,):
        yield _line("first request of an app", await _round(connection, apps[FEW_APPS:]))
        await _round(connection, apps)
        few_now, many = await _in_turn(connection, apps)
    yield _line(f"select, {FEW_APPS} apps on the shard", few)
    yield _line(f"select, {FEW_APPS} of {APPS} apps in turn", few_now)
    yield _line(f"select, all {APPS} apps in turn", many)
    flat = _ratio(many, few_now)
    yield f"all {APPS} / {FEW_APPS} of {APPS}, p50     {flat:6.2f}  (aim: at most {AIM_FLAT})"
    after = bench.memory()
    names = ("the service", "Postgres")
    grown = ", ".join(
        f"{name} {one // MB} → {two // MB} MB" for name, one, two in zip(names, before, after, strict=True)
    )
    yield f"memory with {APPS} apps in use: {grown}"


_TABLE = """CREATE TABLE {name} (id int PRIMARY KEY, title text NOT NULL, done boolean);
INSERT INTO {name} SELECT n, 'Row ' || n, true FROM generate_series(1, 20) n;
ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON {name} FOR SELECT TO {anon} USING (id > 0);
"""


def _tables() -> str:
    """One text for all tables; who may read them is still left open in it."""
    return "".join(_TABLE.replace("{name}", f"t{number}") for number in range(TABLES))


async def _round(connection: Connection, apps: Sequence[App]) -> list[float]:
    """One request to each of the apps."""
    return [await connection.send(app.message("/rest/v1/t0?select=id,title&limit=20")) for app in apps]


async def _rounds(connection: Connection, apps: Sequence[App]) -> list[float]:
    found: list[float] = []
    while len(found) < REQUESTS:
        found += await _round(connection, apps)
    return found


async def _in_turn(connection: Connection, apps: Sequence[App]) -> tuple[list[float], list[float]]:
    """Requests to a few apps and to all of them, interleaved: noise of the machine meets both alike."""
    few: list[float] = []
    many: list[float] = []
    while len(many) < REQUESTS:
        for begin in range(0, len(apps), FEW_APPS):
            few += await _round(connection, apps[:FEW_APPS])
            many += await _round(connection, apps[begin : begin + FEW_APPS])
    return few, many


def _ratio(one: Sequence[float], other: Sequence[float]) -> float:
    return percentile(one, 50) / percentile(other, 50)


def _line(name: str, seconds: Sequence[float]) -> str:
    p50, p95 = percentile(seconds, 50), percentile(seconds, 95)
    return f"{name:<40} p50 {p50:7.2f} ms   p95 {p95:7.2f} ms   n={len(seconds)}"


def _proportional(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has ended
        return 0
    line = next((line for line in text.splitlines() if line.startswith("Pss:")), "Pss: 0")
    return int(line.split()[1]) * 1024


def _postgres_processes(stack: Stack) -> list[int]:
    file = next(stack.config.state.rglob("postmaster.pid"), None)
    if file is None:
        return []
    parent = int(file.read_text().split()[0])
    return [parent, *_children(parent)]


def _children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(pid) for pid in text.split()]
