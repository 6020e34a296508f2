"""What somebody tries on a row that is another's, and how a success is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.domain.catalog import Policy, Relation
from data.domain.probe.people import Person
from data.domain.probe.rows import Row, is_row, owners, writable
from data.domain.quoting import literal, quoted

OPEN_POLICY = "overskill_probe"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One query of the columns `total, returned, body`; it succeeds where `returned` is above 0.

    `sighted` ones are tried by somebody who sees the row: whoever may not read it can still name no row at
    all and so reach every one, which a probe cannot do among real rows.
    """

    command: str
    what: str
    query: str
    sighted: bool = False


def attempts(table: Relation, row: Row, owner: Person, by: Person | None) -> Iterator[Attempt]:
    """What `by`, or nobody in particular, tries on the row of `owner`, short of writing in their name."""
    name, where = quoted(table.name), is_row(table, row)
    yield Attempt("select", "read", f"SELECT NULL::bigint, count(*), '' FROM {name} WHERE {where}")
    for change in _changes(table, row, owner, by):
        yield Attempt("update", "change", _counted(f"UPDATE {name} SET {change} WHERE {where}"), sighted=True)
    yield Attempt("delete", "delete", _counted(f"DELETE FROM {name} WHERE {where}"), sighted=True)


def _changes(table: Relation, row: Row, owner: Person, by: Person | None) -> Iterator[str]:
    """Something that is left as it is, and the row taken over."""
    known = set(owners(table, row, owner))
    free = [column.name for column in table.columns if writable(column)]
    plain = [name for name in free if name not in known and name not in table.primary_key] or free
    if plain:
        yield f"{quoted(plain[0])} = {quoted(plain[0])}"
    taken = [name for name in free if name in known and row[name] == owner.id]
    if by is not None and taken:
        yield ", ".join(f"{quoted(n)} = {literal(by.id)}::{table.column(n).shown}" for n in taken)


def _counted(statement: str) -> str:
    return f"WITH done AS ({statement} RETURNING 1) SELECT NULL::bigint, count(*), '' FROM done"


def opening(table: Relation, roles: Sequence[str]) -> Sequence[str]:
    """Statements by which the roles see all rows of the table, for a moment."""
    to = ", ".join(map(quoted, roles))
    return (
        f"GRANT SELECT ON {quoted(table.name)} TO {to}",
        f"CREATE POLICY {OPEN_POLICY} ON {quoted(table.name)} FOR SELECT TO {to} USING (true)",
    )


def responsible(table: Relation, command: str, role: str) -> Sequence[Policy]:
    """The policies that can have let the command pass."""
    return [policy for policy in table.policies if policy.permissive and policy.concerns(command, role)]
