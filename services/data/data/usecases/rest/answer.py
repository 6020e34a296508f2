"""Answers one request: parsed, rendered for the schema as it is known, run through the gate."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from asyncpg.exceptions import PostgresError

from data.clients.checks import STALE
from data.clients.shard import Answer, Shard
from data.domain.realm import Names, Role
from data.domain.rest import statement as statements
from data.domain.rest.catalog import Schema
from data.domain.rest.errors import RestError, not_acceptable, unknown_schema
from data.domain.rest.payload import media_type, parse_call, parse_payload
from data.domain.rest.preferences import Form, parse_accept, parse_prefer, parse_range
from data.domain.rest.query import parse_query
from data.domain.rest.reply import Reply, apply_settings, change_reply, location, read_reply
from data.domain.rest.routines import choose
from data.domain.rest.statement import Limits, Statement, Wish
from data.domain.rest.syntax import Query, Window
from data.usecases.rest.failures import failure
from data.usecases.rest.remembered import Remembered
from data.usecases.rest.schemas import Schemas

_LARGE_BODY = 64 * 1024
_READS = frozenset({"GET", "HEAD"})
_T = TypeVar("_T")

_BY_SCHEMA = frozenset({STALE, "42703", "42883", "42P01", "PGRST205"} | {f"PGRST20{n}" for n in range(5)})
"""Codes that a schema may be the reason of that has changed since it was read."""


@dataclass(frozen=True, slots=True)
class Request:
    """As it came. `target` is a table's name, or `rpc/` and a function's; `headers` have lower-case names."""

    method: str
    target: str
    query: str
    headers: Mapping[str, list[str]]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first of that name."""
        values = self.headers.get(name)
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose data is asked for, and as whom; `claims` are JSON."""

    shard: Shard
    ref: str
    role: Role
    claims: str
    reads_only: bool = False
    """Whatever is called may change nothing."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement, and what its answer becomes."""

    statement: Statement
    reply: Callable[[Answer], Reply]
    read_only: bool = False


_Planner = Callable[[Schema], _Plan]
"""Renders what was parsed for one version of the schema."""

_reads = Remembered[tuple[Schema, str, str, str | None, Wish], _Plan](most=1024, room=16 * 1024**2)


async def answer(schemas: Schemas, caller: Caller, request: Request, limits: Limits) -> Reply:
    """Raises RestError, and Unavailable while the shard is away."""
    profile = request.header("accept-profile" if request.method in _READS else "content-profile")
    if profile not in {None, "public"}:
        raise unknown_schema(profile or "")
    wish = Wish(
        parse_accept(request.header("accept")),
        parse_prefer(request.headers.get("prefer", [])),
        limits,
        body=request.method != "HEAD",
    )
    planner = await _planner(request, wish)
    schema = await schemas.of(caller.shard, caller.ref)
    try:
        reply = await _run(caller, planner(schema), schema, wish)
    except RestError as refused:
        if refused.code not in _BY_SCHEMA:
            raise
        current = await schemas.newer(caller.shard, caller.ref, schema)
        if current is None:
            raise
        reply = await _again(caller, planner(current), current, wish)
    applied = wish.prefer.applied()
    if applied:
        reply.headers["preference-applied"] = applied
    return reply


async def _again(caller: Caller, plan: _Plan, schema: Schema, wish: Wish) -> Reply:
    try:
        return await _run(caller, plan, schema, wish)
    except RestError as refused:
        if refused.code != STALE:
            raise
        raise RestError(503, "PGRST002", "The app's tables are being changed. Try again.") from refused


async def _run(caller: Caller, plan: _Plan, schema: Schema, wish: Wish) -> Reply:
    try:
        found = await caller.shard.call(
            caller.ref,
            caller.role,
            plan.statement.text,
            plan.statement.params,
            caller.claims,
            foreign_code=schema.runs_code,
            read_only=plan.read_only or caller.reads_only,
            rollback=wish.prefer.rollback,
        )
    except PostgresError as error:
        raise failure(error, Names(caller.ref), caller.role) from error
    if wish.form is Form.CSV and len(found.body) > _LARGE_BODY:
        reply = await asyncio.to_thread(plan.reply, found)
    else:
        reply = plan.reply(found)
    apply_settings(reply, found.status, found.headers)
    return reply


async def _planner(request: Request, wish: Wish) -> _Planner:
    function = request.target.removeprefix("rpc/")
    if wish.form is Form.OPENAPI:
        raise not_acceptable(Form.OPENAPI)
    if not function or "/" in function:
        raise RestError(404, "PGRST125", "Invalid path specified in request URL")
    if function != request.target:
        return await _calling(request, wish, function)
    if request.method in _READS:
        return partial(_reading, request, wish)
    return await _changing(request, wish)


def _reading(request: Request, wish: Wish, schema: Schema) -> _Plan:
    """Apps ask again and again in the same words: to read those takes longer than all else of an answer."""
    target, query_string, window = request.target, request.query, request.header("range")
    key = schema, target, query_string, window, wish
    known = _reads.get(key)
    if known is not None:
        return known
    query = _windowed(parse_query(query_string), window)
    statement = statements.read(schema, statements.table_of(schema, target), query, wish)
    plan = _Plan(statement, _as_rows(query, wish), read_only=True)
    size = len(query_string) + len(window or "") + len(statement.text) + sum(map(len, statement.params))
    _reads.put(key, plan, size)
    return plan


async def _changing(request: Request, wish: Wish) -> _Planner:
    method, query = request.method, parse_query(request.query)
    if method not in {"POST", "PATCH", "DELETE"}:
        raise RestError(405, "PGRST117", f"Unsupported HTTP method: {method}")
    payload = None
    if method != "DELETE":
        payload = await _parsed(
            request, partial(parse_payload, request.header("content-type"), columns=query.columns)
        )

    def plan(schema: Schema) -> _Plan:
        table = statements.table_of(schema, request.target)
        if payload is None:
            statement = statements.remove(schema, table, query, wish)
        elif method == "POST":
            statement = statements.create(schema, table, query, payload, wish)
        else:
            statement = statements.change(schema, table, query, payload, wish)
        return _Plan(statement, partial(_as_change, request, wish))

    return plan


async def _calling(request: Request, wish: Wish, name: str) -> _Planner:
    reads = request.method in _READS
    if not reads and request.method != "POST":
        raise RestError(405, "PGRST101", f"Cannot use the {request.method} method on RPC")
    query = parse_query(request.query, arguments=reads)
    given = None
    if reads:
        query = _windowed(query, request.header("range"))
    else:
        given = await _parsed(request, partial(parse_call, request.header("content-type")))
    keys = tuple(query.arguments) if given is None else given.keys
    body_type = None if given is None else media_type(request.header("content-type"))

    def plan(schema: Schema) -> _Plan:
        function = choose(schema, name, keys, body_type)
        statement = statements.invoke(schema, function, query, wish, given)
        rows = _as_nothing if function.is_void else _as_rows(query, wish)
        return _Plan(statement, rows, read_only=reads or not function.is_volatile)

    return plan


async def _parsed(request: Request, parse: Callable[[bytes], _T]) -> _T:
    if len(request.body) > _LARGE_BODY:
        return await asyncio.to_thread(parse, request.body)
    return parse(request.body)


def _windowed(query: Query, header: str | None) -> Query:
    """With the window of the Range header, where the query string names none."""
    if () not in query.windows:
        query.windows[()] = parse_range(header)
    return query


def _as_rows(query: Query, wish: Wish) -> Callable[[Answer], Reply]:
    window = query.windows.get((), Window())
    return lambda found: read_reply(found.body, wish.form, window, found.returned, found.total)


def _as_nothing(_found: Answer) -> Reply:
    return Reply(204)


def _as_change(request: Request, wish: Wish, found: Answer) -> Reply:
    reply = change_reply(request.method, found.body, wish.form, wish.prefer, found.returned, found.total)
    if wish.prefer.representation == "headers-only" and request.method == "POST":
        where = location(request.target, found.body)
        if where is not None:
            reply.headers["location"] = where
    return reply
