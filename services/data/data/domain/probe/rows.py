"""A made-up row: which columns it needs, what is tried for them, and the statement that makes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data.domain.catalog import Catalog, Column, ForeignKey, Relation
from data.domain.probe.people import Person
from data.domain.probe.values import Guesser, counts_up, policies_say
from data.domain.quoting import literal, quoted

Row = Mapping[str, str | None]
"""Column values as texts, as PostgreSQL writes them; None is NULL."""


def in_order(catalog: Catalog) -> Sequence[Relation]:
    """The tables, those that others refer to first; a circle is cut where it is met."""
    done: dict[str, Relation] = {}
    begun: set[str] = set()

    def visit(table: Relation) -> None:
        if table.name in begun:
            return
        begun.add(table.name)
        for key in table.foreign_keys:
            parent = catalog.table(key.table) if key.table is not None else None
            if parent is not None:
                visit(parent)
        done[table.name] = table

    for table in catalog.tables:
        visit(table)
    return list(done.values())


@dataclass
class Draft:
    """A row to be made. `tried` is where each column stands among its guesses.

    `stranger` is somebody who does nothing: for rows that need two people.
    """

    catalog: Catalog
    table: Relation
    person: Person
    stranger: Person
    parents: Mapping[str, Row]
    wanted: list[str] = field(default_factory=list)
    tried: dict[str, int] = field(default_factory=dict)
    guesses: dict[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for column in self.table.columns:
            if self._needs(column):
                self.want(column.name)

    @property
    def hopeless(self) -> str | None:
        """The first column for which nothing is left to try."""
        return next((name for name in self.wanted if self.tried[name] >= len(self.guesses[name])), None)

    def values(self) -> dict[str, str]:
        """Expressions by column."""
        return {name: self.guesses[name][self.tried[name]] for name in self.wanted}

    def want(self, name: str) -> bool:
        """Gives the column a value; whether it had none so far."""
        column = self.table.column(name)
        if name in self.wanted or column.generated:
            return False
        self.wanted.append(name)
        self.tried[name] = 0
        self.guesses[name] = self._guesses(column)
        return True

    def next_guess(self, columns: Sequence[str]) -> bool:
        """Another value for one of the columns, as an odometer turns; whether there was one."""
        for name in reversed(columns):
            if name not in self.wanted:
                if self.want(name):
                    return True
                continue
            if self.tried[name] + 1 < len(self.guesses[name]):
                self.tried[name] += 1
                return True
            self.tried[name] = 0
        return False

    def _needs(self, column: Column) -> bool:
        if column.generated:
            return False
        if counts_up(column):
            return True
        if column.default is not None:
            return False
        if column.not_null or policies_say(self.table, column.name):
            return True
        key = self._key(column.name)
        return key is not None and (key.table is None or key.table in self.parents)

    def _guesses(self, column: Column) -> Sequence[str]:
        key = self._key(column.name)
        if key is not None and key.table is None:
            return [f"{literal(one.id)}::{column.shown}" for one in (self.person, self.stranger)]
        if key is not None and key.table is not None and key.table in self.parents:
            value = self.parents[key.table].get(key.referenced[key.columns.index(column.name)])
            return [] if value is None else [f"{literal(str(value))}::{column.shown}"]
        return Guesser(self.catalog, self.person).expressions(self.table, column)

    def _key(self, name: str) -> ForeignKey | None:
        """Of several, one of users is the best, then one whose row is there."""
        keys = [key for key in self.table.foreign_keys if name in key.columns]
        keys.sort(key=lambda key: (key.table is not None, key.table not in self.parents))
        return keys[0] if keys else None


def writable(column: Column) -> bool:
    return not column.generated and column.identity != "always"


def insert(table: Relation, values: Mapping[str, str], *, returning: bool) -> str:
    """Makes a row; `returning` answers it with its place, which needs the right to read it."""
    columns = f"({', '.join(map(quoted, values))})" if values else ""
    source = f"VALUES ({', '.join(values.values())})" if values else "DEFAULT VALUES"
    overriding = "OVERRIDING SYSTEM VALUE" if values else ""
    statement = f"INSERT INTO {quoted(table.name)} {columns} {overriding} {source}"
    if not returning:
        return f"WITH made AS ({statement}) SELECT NULL::bigint, 0::bigint, ''"
    fields = "".join(f", {literal(column.name)}, {quoted(column.name)}::text" for column in table.columns)
    return (
        f"WITH made AS ({statement} RETURNING ctid AS {quoted(ADDRESS)}, *) SELECT NULL::bigint, count(*), "
        f"json_agg(json_object(ARRAY[{literal(ADDRESS)}, {quoted(ADDRESS)}::text{fields}]::text[]))::text "
        "FROM made"
    )


ADDRESS = "overskill address"
"""Where a row lies; no column of an app is called so."""


def is_row(table: Relation, row: Row) -> str:
    """A condition that only the row meets."""
    if not table.primary_key:
        return f"ctid = {literal(str(row[ADDRESS]))}::tid"
    return " AND ".join(_equals(table, name, row) for name in table.primary_key)


def has_values(table: Relation, names: Sequence[str], row: Row) -> str:
    """A condition that rows meet whose columns hold what the row holds there."""
    return " AND ".join(_equals(table, name, row) for name in names)


def owners(table: Relation, row: Row, person: Person) -> Sequence[str]:
    """The columns that say whose row it is."""
    return [column.name for column in table.columns if row.get(column.name) in (person.id, person.email)]


def _equals(table: Relation, name: str, row: Row) -> str:
    return f"{quoted(name)} = {literal(str(row[name]))}::{table.column(name).shown}"
