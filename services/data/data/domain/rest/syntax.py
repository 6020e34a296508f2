"""The parts of a request, as they were said: nothing here knows whether a name exists."""

from dataclasses import dataclass, field
from enum import StrEnum


class Aggregate(StrEnum):
    AVG = "avg"
    COUNT = "count"
    MAX = "max"
    MIN = "min"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Step:
    """One step into a JSON document: `->key`, `->2`, or as text `->>key`."""

    key: str | int
    as_text: bool


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    path: tuple[Step, ...] = ()

    @property
    def label(self) -> str:
        """What it is called in an answer: the last key of its path, or else the column's name."""
        for step in reversed(self.path):
            if isinstance(step.key, str):
                return step.key
        return self.name


@dataclass(frozen=True, slots=True)
class Column:
    """A selected column; `field` is None for `count()` of the rows."""

    field: Field | None
    alias: str | None = None
    cast: str | None = None
    aggregate: Aggregate | None = None
    aggregate_cast: str | None = None


@dataclass(frozen=True, slots=True)
class Everything:
    """All columns: `*`."""


@dataclass(frozen=True, slots=True)
class Embed:
    """A related table's rows; `spread` puts their columns into the row itself."""

    name: str
    items: "tuple[Item, ...]"
    alias: str | None = None
    hint: str | None = None
    inner: bool = False
    spread: bool = False

    @property
    def label(self) -> str:
        return self.alias or self.name


Item = Column | Everything | Embed


class Quantifier(StrEnum):
    ANY = "any"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with its operand; `values` are those of `in`."""

    operator: str
    value: str
    negated: bool = False
    quantifier: Quantifier | None = None
    language: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    field: Field
    operation: Operation


@dataclass(frozen=True, slots=True)
class Logic:
    """Conditions joined by `and` or by `or`."""

    any_of: bool
    parts: "tuple[Condition, ...]"
    negated: bool = False


Condition = Filter | Logic


@dataclass(frozen=True, slots=True)
class Order:
    """A term of an order; `relation` names an embedded resource whose field it is."""

    field: Field
    relation: str | None = None
    descending: bool = False
    nulls_first: bool | None = None


Path = tuple[str, ...]
"""Names of embedded resources from the outermost inwards; the table itself is ()."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows, counted from zero; no limit means all."""

    limit: int | None = None
    offset: int = 0


@dataclass(slots=True)
class Query:
    """All that a query string says of one resource."""

    select: tuple[Item, ...] = (Everything(),)
    conditions: dict[Path, list[Condition]] = field(default_factory=dict)
    orders: dict[Path, tuple[Order, ...]] = field(default_factory=dict)
    windows: dict[Path, Window] = field(default_factory=dict)
    columns: tuple[str, ...] | None = None
    on_conflict: tuple[str, ...] | None = None
    arguments: dict[str, list[str]] = field(default_factory=dict)
    """Of a function, in the order they stand: those parameters that are no filters."""
