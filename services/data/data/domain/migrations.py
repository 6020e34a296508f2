"""Which of an app's migrations are still to be applied, and whether they can be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data.domain.sql.findings import Finding, Level
from data.domain.sql.parse import Migration

MOST_FILES = 500
MOST_BYTES = 2_000_000
"""Of all files together."""
MOST_STATEMENTS = 2_000
"""Of the files that are applied at once."""
MOST_TABLES = 200
"""Of one app."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration as it was applied; `digest` is the sha256 of its text."""

    number: int
    path: str
    digest: str


def pending(
    migrations: Iterable[Migration], applied: Sequence[Applied]
) -> tuple[Sequence[Migration], Sequence[Finding]]:
    """Those to be applied, in order, and what keeps the files from following upon what is applied.

    The database may be ahead: of a version that is rolled back to, all is applied already.
    """
    known = {one.number: one for one in applied}
    newest = max(known, default=-1)
    todo, findings = [], []
    for migration in migrations:
        before = known.get(migration.number)
        if before is None and migration.number > newest:
            todo.append(migration)
        elif before is None:
            findings.append(_too_late(migration, known[newest]))
        elif before.digest != migration.digest:
            findings.append(_changed(migration, newest))
    return todo, findings


def oversized(migrations: Sequence[Migration]) -> Sequence[Finding]:
    """What is too much to be looked at."""
    if not migrations:
        return []
    last = migrations[-1].source
    found = []
    if len(migrations) > MOST_FILES:
        found.append(f"There are {len(migrations):,} migrations, of {MOST_FILES} at most.")
    if sum(len(one.source.sql.encode(errors="replace")) for one in migrations) > MOST_BYTES:
        found.append(f"The migrations are larger than {MOST_BYTES:,} bytes together.")
    hint = "Keep rows that are not needed from the first day out of migrations."
    return [last.finding(0, "migration_size", message, hint) for message in found]


def too_many_statements(todo: Sequence[Migration]) -> Sequence[Finding]:
    count = sum(len(one.statements) for one in todo)
    if count <= MOST_STATEMENTS:
        return []
    message = f"{count:,} statements are to be run at once, of {MOST_STATEMENTS:,} at most."
    return [todo[-1].source.finding(0, "migration_size", message, "Insert many rows by one statement.")]


def blocked(findings: Iterable[Finding]) -> bool:
    """Whether one of them keeps the migrations from being applied."""
    return any(finding.level is Level.ERROR for finding in findings)


def _changed(migration: Migration, newest: int) -> Finding:
    message = f"{migration.path} was applied already, and was different then."
    hint = (
        "Put the file back as it was, and what is to be different into a new one with a higher number, "
        f"such as {newest + 1:04d}_change.sql."
    )
    return migration.source.finding(0, "migration_changed", message, hint)


def _too_late(migration: Migration, newest: Applied) -> Finding:
    message = f"{migration.path} comes before {newest.path}, which was applied already."
    return migration.source.finding(0, "migration_changed", message, f"Number it {newest.number + 1:04d}.")
