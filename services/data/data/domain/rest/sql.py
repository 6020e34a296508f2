"""What every rendered text is made of: names in quotes, parameters, what stands for a table in a query."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from data.domain.rest.catalog import ColumnInfo, Schema, Table
from data.domain.rest.errors import unknown_column
from data.domain.rest.syntax import Field, Path

if TYPE_CHECKING:
    from data.domain.rest.embed import Join

ROWS = "overskill_rows"
"""A query's rows as a whole; no column may be called so, or it would be meant."""

ROW = "overskill_row"
"""Of a changed row: the row as a whole, for functions that take one."""


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def array_literal(values: Iterable[str]) -> str:
    """Texts as one PostgreSQL array literal."""
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in escaped) + "}"


class Params:
    """The values of a query: all texts in one array, which is the query's only parameter."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._positions: dict[str, int] = {}

    def add(self, value: str) -> str:
        """The expression that stands for it; equal values share one, so that equal expressions stay equal."""
        position = self._positions.get(value)
        if position is None:
            self.values.append(value)
            position = self._positions[value] = len(self.values)
        return f"($1)[{position}]"


@dataclass(slots=True)
class Scope:
    """A table under the name it has in a query.

    Its rows come from the table itself, from a function (`whole` is the row as PostgreSQL knows it) or from a
    change: then `changed` is set, and `used` collects what the change has to return.
    """

    schema: Schema
    table: Table
    alias: str
    params: Params
    path: Path = ()
    outer: tuple[str, ...] = ()
    changed: bool = False
    used: dict[str, None] = field(default_factory=dict)
    joins: "dict[str, Join]" = field(default_factory=dict)

    @property
    def name(self) -> str:
        return quoted(self.alias)

    def column(self, name: str) -> ColumnInfo:
        info = self.table.column(name)
        if info is None:
            raise unknown_column(self.alias, name)
        self.used[name] = None
        return info

    def reference(self, name: str) -> str:
        self.used[name] = None
        return f"{self.name}.{quoted(name)}"

    def whole_row(self) -> str:
        if not self.changed:
            return self.name
        self.used[ROW] = None
        return f"{self.name}.{quoted(ROW)}"

    def expression(self, wanted: Field) -> tuple[str, str]:
        """The field's SQL and its type."""
        info = self.column(wanted.name)
        sql = f"{self.name}.{quoted(wanted.name)}"
        if not wanted.path:
            return sql, info.base
        kind = info.base
        if not info.is_json:
            sql, kind = f"to_jsonb({sql})", "jsonb"
        for step in wanted.path:
            key = str(step.key) if isinstance(step.key, int) else self.params.add(step.key)
            sql = f"{sql}{'->>' if step.as_text else '->'}{key}"
            if step.as_text:
                kind = "text"
        return f"({sql})", kind

    def inner_alias(self, table: str) -> str:
        """Of an embedded table: unlike all names around it, which a condition may refer to."""
        alias = f"{table}_{len(self.path) + 1}"
        taken = {*self.outer, self.alias}
        while alias in taken:
            alias += "_"
        return alias
