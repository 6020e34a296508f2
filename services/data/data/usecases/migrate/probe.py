"""Two made-up people try the policies before a version goes live; nothing of it stays."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
from asyncpg.exceptions import PostgresError

from data.clients.realm_transaction import INTERRUPTED, RealmTransaction
from data.domain.catalog import Catalog, Relation
from data.domain.probe.attempts import Attempt, attempts, opening, responsible
from data.domain.probe.people import ANONYMOUS_CLAIMS, Person, made_up
from data.domain.probe.rows import Draft, Row, has_values, in_order, insert, owners
from data.domain.quoting import quoted
from data.domain.realm import Role

_MOST_TRIES = 60
# Those of a value that another may replace; the rest is the app's own rules, which nobody can guess.
_OTHER_VALUE = (
    asyncpg.CheckViolationError,
    asyncpg.UniqueViolationError,
    asyncpg.NotNullViolationError,
    asyncpg.DataError,
    asyncpg.ExclusionViolationError,
)


@dataclass(frozen=True, slots=True)
class Leak:
    """What somebody could do with a row of another: `who` is `authenticated` or `anon`."""

    table: Relation
    command: str
    what: str
    who: Role
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unprobed:
    """A table of which no row could be made up, and why."""

    table: Relation
    reason: str


@dataclass
class Report:
    """What the probe has found."""

    leaks: list[Leak] = field(default_factory=list)
    unprobed: list[Unprobed] = field(default_factory=list)


@dataclass
class _World:
    """What one person has: a row in each table, as far as one could be made."""

    person: Person
    rows: dict[str, Row] = field(default_factory=dict)
    values: dict[str, Mapping[str, str]] = field(default_factory=dict)


async def probe(tx: RealmTransaction, catalog: Catalog) -> Report:
    """Tries everything on every table of the schema. What it writes is undone before it returns."""
    report = Report()
    one, other = _World(made_up("a")), _World(made_up("b"))
    async with tx.undone():
        await tx.add_people(one.person, other.person)
        for table in in_order(catalog):
            reason = await _settle(tx, catalog, table, one)
            if reason is not None:
                report.unprobed.append(Unprobed(table, reason))
                continue
            # Whoever has nothing of their own may look harmless only for that.
            await _settle(tx, catalog, table, other)
        for table in catalog.tables:
            if table.name in one.rows:
                await _try_all(tx, table, one, other.person, report)
    return report


async def _settle(tx: RealmTransaction, catalog: Catalog, table: Relation, world: _World) -> str | None:
    """Makes the person's row in the table; the reason if it cannot be made."""
    draft = Draft(catalog, table, world.person, world.rows)
    reason = "too many values were refused"
    for _ in range(_MOST_TRIES):
        if draft.hopeless is not None:
            return f'nothing fits its column "{draft.hopeless}"'
        values = draft.values()
        try:
            async with tx.whole():
                answer = await tx.ask(Role.OWNER, insert(table, values, returning=True), world.person.claims)
        except INTERRUPTED:
            raise
        except _OTHER_VALUE as error:
            reason = str(error)
            if not draft.next_guess(_concerned(draft, error)):
                return reason
        except PostgresError as error:
            return str(error)
        else:
            if answer.returned == 0:
                return "a trigger keeps rows out"
            world.rows[table.name] = json.loads(answer.body)[0]
            world.values[table.name] = values
            return None
    return reason


def _concerned(draft: Draft, error: PostgresError) -> Sequence[str]:
    """The columns whose value may have been the wrong one."""
    column, constraint = getattr(error, "column_name", None), getattr(error, "constraint_name", None)
    names = {known.name for known in draft.table.columns}
    if column in names:
        return [column]
    for check in draft.table.checks:
        if check.name == constraint and check.columns:
            return check.columns
    return [name for name in draft.wanted if len(draft.guesses[name]) > 1]


async def _try_all(tx: RealmTransaction, table: Relation, one: _World, other: Person, report: Report) -> None:
    row = one.rows[table.name]
    for role, by in ((Role.AUTHENTICATED, other), (Role.ANON, None)):
        claims = by.claims if by is not None else ANONYMOUS_CLAIMS
        found: list[Attempt] = []
        for attempt in attempts(table, row, one.person, by):
            if any(known.command == attempt.command for known in found):
                continue
            if await _passes(tx, table, attempt, role, claims):
                found.append(attempt)
        if await _writes_as(tx, table, one, role, claims):
            found.append(Attempt("insert", "add, in another's name,", ""))
        report.leaks += [
            Leak(table, done.command, done.what, role, _names(table, done.command, role)) for done in found
        ]


def _names(table: Relation, command: str, role: Role) -> tuple[str, ...]:
    return tuple(policy.name for policy in responsible(table, command, role))


async def _passes(tx: RealmTransaction, table: Relation, attempt: Attempt, role: Role, claims: str) -> bool:
    try:
        async with tx.undone():
            for statement in opening(table, tx.people) if attempt.sighted else ():
                await tx.run(statement)
            answer = await tx.ask(role, attempt.query, claims)
    except INTERRUPTED:
        raise
    except PostgresError as error:
        return _let_through(error)
    return answer.returned > 0


async def _writes_as(tx: RealmTransaction, table: Relation, one: _World, role: Role, claims: str) -> bool:
    """Whether somebody can make a row that counts as the first person's."""
    row = one.rows[table.name]
    names = [name for name in owners(table, row, one.person) if row[name] == one.person.id]
    if not names:
        return False
    theirs = {name: f"'{one.person.id}'::{table.column(name).shown}" for name in names}
    made = insert(table, {**one.values[table.name], **theirs}, returning=False)
    count = (
        f"SELECT NULL::bigint, count(*), '' FROM {quoted(table.name)} WHERE {has_values(table, names, row)}"
    )
    try:
        async with tx.undone():
            before = await tx.ask(Role.OWNER, count, one.person.claims)
            await tx.ask(role, made, claims)
            after = await tx.ask(Role.OWNER, count, one.person.claims)
    except INTERRUPTED:
        raise
    except PostgresError as error:
        return _let_through(error)
    return after.returned > before.returned


def _let_through(error: PostgresError) -> bool:
    """Constraints are looked at only once the policies have let a row pass."""
    return isinstance(error, asyncpg.IntegrityConstraintViolationError)
