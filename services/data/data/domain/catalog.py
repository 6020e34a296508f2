"""What an app's schema holds, as PostgreSQL's catalog tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from data.domain.sql.schema import SHARED

TypeKind = Literal["base", "enum", "composite", "domain", "range", "multirange", "pseudo"]


@dataclass(frozen=True, slots=True)
class Type:
    """`own` says that the app made it; `element` and `base` are ids of other types of the catalog."""

    name: str
    kind: TypeKind
    own: bool = False
    element: int | None = None
    base: int | None = None
    labels: tuple[str, ...] = ()
    attributes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """`default` is an expression, `shown` the type as SQL writes it, and `type` its id.

    `identity` is `always` or `default`. `generated` columns cannot be written.
    """

    name: str
    type: int
    shown: str
    not_null: bool = False
    default: str | None = None
    identity: Literal["always", "default"] | None = None
    generated: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`table` is None for one of the users' table: `auth.users` to the app."""

    name: str
    columns: tuple[str, ...]
    table: str | None
    referenced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    columns: tuple[str, ...]
    definition: str


@dataclass(frozen=True, slots=True)
class Policy:
    """`command` is `select`, `insert`, `update`, `delete` or `all`; roles are the app's names of them."""

    name: str
    command: str
    roles: tuple[str, ...]
    permissive: bool = True
    using: str | None = None
    check: str | None = None

    def concerns(self, command: str, role: str) -> bool:
        return self.command in (command, "all") and (role in self.roles or "public" in self.roles)


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view. `rows` is PostgreSQL's estimate, None before it has one.

    `keys` are the column lists that are unique, the primary key first where there is one.
    """

    name: str
    kind: Literal["table", "view"]
    columns: tuple[Column, ...]
    comment: str | None = None
    rows: int | None = None
    primary_key: tuple[str, ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    policies: tuple[Policy, ...] = ()
    writable: bool = True

    @property
    def shared(self) -> bool:
        return (self.comment or "").lstrip().lower().startswith(SHARED)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    type: int
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """`columns` are those of what `returns table (…)` or has OUT arguments."""

    name: str
    arguments: tuple[Argument, ...]
    returns: int
    set: bool = False
    columns: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Catalog:
    """One schema, everything in it by name."""

    relations: tuple[Relation, ...] = ()
    functions: tuple[Function, ...] = ()
    types: Mapping[int, Type] = field(default_factory=dict)

    @property
    def tables(self) -> Sequence[Relation]:
        return [relation for relation in self.relations if relation.kind == "table"]

    @property
    def views(self) -> Sequence[Relation]:
        return [relation for relation in self.relations if relation.kind == "view"]

    def table(self, name: str) -> Relation | None:
        return next((table for table in self.tables if table.name == name), None)

    def plain(self, type_id: int) -> Type:
        """The type with domains followed to what they stand on."""
        found = self.types[type_id]
        while found.kind == "domain" and found.base is not None:
            found = self.types[found.base]
        return found
