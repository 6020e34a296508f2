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
from data.domain.probe.values import Guesser, counts_up
from data.domain.quoting import literal, quoted
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
    one, other, stranger = _World(made_up(1)), _World(made_up(2)), made_up(3)
    async with tx.undone():
        await tx.add_people(one.person, other.person, stranger)
        return await _Probe(tx, catalog, one, other, stranger).run()


@dataclass(frozen=True, slots=True)
class _Probe:
    tx: RealmTransaction
    catalog: Catalog
    one: _World
    other: _World
    stranger: Person
    report: Report = field(default_factory=Report)

    async def run(self) -> Report:
        for table in in_order(self.catalog):
            reason = await self._settle(table, self.one)
            if reason is not None:
                self.report.unprobed.append(Unprobed(table, reason))
                continue
            # Whoever has nothing of their own may look harmless only for that.
            await self._settle(table, self.other)
        for table in self.catalog.tables:
            if table.name in self.one.rows:
                await self._try_all(table)
        return self.report

    async def _settle(self, table: Relation, world: _World) -> str | None:
        """Makes the person's row in the table; the reason if it cannot be made."""
        draft = Draft(self.catalog, table, world.person, self.stranger, world.rows)
        reason = "too many values were refused"
        for _ in range(_MOST_TRIES):
            if draft.hopeless is not None:
                return f'nothing fits its column "{draft.hopeless}"'
            values = draft.values()
            try:
                async with self.tx.whole():
                    query = insert(table, values, returning=True)
                    answer = await self.tx.ask(Role.OWNER, query, world.person.claims)
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

    async def _try_all(self, table: Relation) -> None:
        row, owner = self.one.rows[table.name], self.one.person
        for role, by in ((Role.AUTHENTICATED, self.other.person), (Role.ANON, None)):
            claims = by.claims if by is not None else ANONYMOUS_CLAIMS
            found: dict[str, str] = {}
            for attempt in attempts(table, row, owner, by):
                if attempt.command not in found and await self._passes(table, attempt, role, claims):
                    found[attempt.command] = attempt.what
            if await self._writes_as(table, role, claims):
                found["insert"] = "add"
            for command, what in found.items():
                policies = tuple(policy.name for policy in responsible(table, command, role))
                self.report.leaks.append(Leak(table, command, what, role, policies))

    async def _passes(self, table: Relation, attempt: Attempt, role: Role, claims: str) -> bool:
        try:
            async with self.tx.undone():
                for statement in opening(table, self.tx.people) if attempt.sighted else ():
                    await self.tx.run(statement)
                answer = await self.tx.ask(role, attempt.query, claims)
        except INTERRUPTED:
            raise
        except PostgresError as error:
            return _let_through(error)
        return answer.returned > 0

    async def _writes_as(self, table: Relation, role: Role, claims: str) -> bool:
        """Whether somebody can make a row that counts as the first person's."""
        row, person = self.one.rows[table.name], self.one.person
        names = [name for name in owners(table, row, person) if row[name] == person.id]
        if not names:
            return False
        theirs = {name: f"{literal(person.id)}::{table.column(name).shown}" for name in names}
        numbers = Guesser(self.catalog, self.stranger)
        keys = {one.name: numbers.expressions(table, one)[0] for one in table.columns if counts_up(one)}
        made = insert(table, {**self.one.values[table.name], **keys, **theirs}, returning=False)
        count = f"SELECT NULL::bigint, count(*), '' FROM {quoted(table.name)} WHERE "
        count += has_values(table, names, row)
        try:
            async with self.tx.undone():
                before = await self.tx.ask(Role.OWNER, count, person.claims)
                await self.tx.ask(role, made, claims)
                after = await self.tx.ask(Role.OWNER, count, person.claims)
        except INTERRUPTED:
            raise
        except PostgresError as error:
            return _let_through(error)
        return after.returned > before.returned


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


def _let_through(error: PostgresError) -> bool:
    """Constraints are looked at only once the policies have let a row pass."""
    return isinstance(error, asyncpg.IntegrityConstraintViolationError)
