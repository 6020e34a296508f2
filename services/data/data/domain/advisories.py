"""What about a database is likely not meant, or slow: seen in its catalogs, not in the migrations' text."""

from collections.abc import Iterable, Iterator, Sequence

from common.contracts import Advisory, TableView

UNUSED_BYTES = 1_000_000
"""Smaller indexes cost too little to speak of."""


def of_tables(tables: Iterable[TableView], keyless: Iterable[str]) -> Iterator[Advisory]:
    """Tables that nobody or everybody can read, and those without a primary key."""
    for table in tables:
        if not table.row_security:
            yield Advisory(
                code="row_security_off",
                level="warning",
                table=table.name,
                message=f"Row-level security is off on {table.name}: its policies do not count.",
                hint=f"alter table {table.name} enable row level security;",
            )
        elif not table.policies:
            yield Advisory(
                code="no_policies",
                level="warning",
                table=table.name,
                message=f"{table.name} has no policy: nobody who uses the app sees or changes its rows.",
                hint="Add a migration with a policy for each command that people need.",
            )
    for name in keyless:
        yield Advisory(
            code="no_primary_key",
            level="warning",
            table=name,
            message=f"{name} has no primary key: its rows cannot be told apart.",
            hint=f"alter table {name} add column id bigint generated always as identity primary key;",
        )


def of_foreign_key(table: str, columns: Sequence[str]) -> Advisory:
    """A foreign key whose columns no index begins with."""
    listed = ", ".join(columns)
    return Advisory(
        code="foreign_key_without_index",
        level="warning",
        table=table,
        message=f"No index serves the foreign key {table} ({listed}): deleting what it points to reads all "
        f"of {table}.",
        hint=f"create index on {table} ({listed});",
    )


def of_unused_index(table: str, index: str, size: int) -> Advisory:
    """An index that no query has used."""
    return Advisory(
        code="unused_index",
        level="info",
        table=table,
        message=f"The index {index} of {size:,} bytes has not been used since statistics began.",
        hint=f"drop index {index}; unless it is there for what happens seldom.",
    )
