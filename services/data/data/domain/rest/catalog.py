"""What a realm's schema holds, as far as requests can name it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """`type` is what a value is cast to when stored, `base` when compared: a domain's own type."""

    name: str
    type: str
    base: str
    default: str | None = None
    """The expression, as SQL."""

    @property
    def is_json(self) -> bool:
        return self.base in {"json", "jsonb"}


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`single` says that no two rows refer to the same one: the reference is one-to-one."""

    name: str
    table: str
    columns: tuple[str, ...]
    foreign: str
    foreign_columns: tuple[str, ...]
    single: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view, or what a function answers: then it has no primary key of its own."""

    name: str
    columns: Mapping[str, ColumnInfo]
    primary_key: tuple[str, ...] = ()
    is_view: bool = False
    is_plain: bool = True
    """Neither a view nor partitioned: its rows tell of the transaction that has locked them."""
    computed: Mapping[str, ColumnInfo] = field(default_factory=dict)
    """Functions of a row that answer one value: they are selected like columns."""

    def column(self, name: str) -> ColumnInfo | None:
        return self.columns.get(name) or self.computed.get(name)


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    type: str
    required: bool = True
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """`table` is the name of the table or view whose rows it answers; `row_of` that of its only argument."""

    name: str
    arguments: tuple[Argument, ...]
    returns: str
    is_set: bool
    is_composite: bool
    is_void: bool = False
    is_volatile: bool = True
    one_row: bool = False
    table: str | None = None
    row_of: str | None = None
    columns: Mapping[str, ColumnInfo] = field(default_factory=dict)
    """Of its rows, where they are those of no table."""

    @property
    def unnamed(self) -> Argument | None:
        """Its only argument, where that has no name and takes a whole body."""
        only = self.arguments[0] if len(self.arguments) == 1 else None
        return only if only and not only.name and only.type in {"json", "jsonb", "text", "bytea"} else None

    @property
    def callable(self) -> bool:
        """Whether a request can say which value is meant for which argument."""
        return self.unnamed is not None or all(argument.name for argument in self.arguments)


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """Everything of one realm at one version; `runs_code` says that it has functions, of whatever kind.

    Two are never the same, so what was rendered for one can be remembered by it.
    """

    name: str
    version: int
    tables: Mapping[str, Table]
    foreign_keys: tuple[ForeignKey, ...]
    functions: Mapping[str, tuple[Function, ...]]
    runs_code: bool = True

    def like(self, name: str) -> str | None:
        """The table that was probably meant."""
        return closest(name, self.tables)


def closest(name: str, names: Mapping[str, object] | tuple[str, ...] | list[str]) -> str | None:
    found = get_close_matches(name[:63], list(names)[:5000], n=1, cutoff=0.75)
    return found[0] if found else None
