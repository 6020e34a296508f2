"""Finds by what two tables hang together: foreign keys, tables between, functions of a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations
from typing import Any

from data.domain.rest.catalog import ForeignKey, Function, Schema, closest
from data.domain.rest.errors import RestError


class Cardinality(StrEnum):
    ONE_TO_MANY = "one-to-many"
    MANY_TO_ONE = "many-to-one"
    ONE_TO_ONE = "one-to-one"
    MANY_TO_MANY = "many-to-many"


_TO_ONE = frozenset({Cardinality.MANY_TO_ONE, Cardinality.ONE_TO_ONE})


@dataclass(frozen=True, slots=True)
class Relationship:
    """From `table` to `foreign`.

    `key` is the foreign key; `through` the second one of a table between, whose first is `key`. A function of
    a row stands alone.
    """

    table: str
    foreign: str
    cardinality: Cardinality
    key: ForeignKey | None = None
    through: ForeignKey | None = None
    function: Function | None = None

    @property
    def to_one(self) -> bool:
        return self.cardinality in _TO_ONE

    @property
    def outgoing(self) -> bool:
        """Whether the foreign key stands in `table` itself."""
        if self.cardinality is Cardinality.ONE_TO_ONE:
            return self.key is not None and self.key.table == self.table
        return self.cardinality is Cardinality.MANY_TO_ONE

    def columns(self) -> tuple[str, ...]:
        """Of `table`, by which it is joined."""
        if self.key is None:
            return ()
        return self.key.columns if self.outgoing else self.key.foreign_columns


def relationships(schema: Schema, table: str) -> Iterator[Relationship]:
    """All that lead away from a table."""
    for candidates in schema.functions.values():
        for function in candidates:
            if function.row_of == table and function.table is not None:
                to_one = function.one_row or not function.is_set
                kind = Cardinality.MANY_TO_ONE if to_one else Cardinality.ONE_TO_MANY
                yield Relationship(table, function.table, kind, function=function)
    for key in schema.foreign_keys:
        if key.table == table:
            kind = Cardinality.ONE_TO_ONE if key.single else Cardinality.MANY_TO_ONE
            yield Relationship(table, key.foreign, kind, key)
        if key.foreign == table and not (key.single and key.table == table):
            kind = Cardinality.ONE_TO_ONE if key.single else Cardinality.ONE_TO_MANY
            yield Relationship(table, key.table, kind, key)
    yield from _through(schema, table)


def _through(schema: Schema, table: str) -> Iterator[Relationship]:
    """Through a table whose primary key holds the columns of two foreign keys."""
    between = {key.table for key in schema.foreign_keys if key.foreign == table}
    for name in sorted(between):
        primary = set(schema.tables[name].primary_key)
        keys = [key for key in schema.foreign_keys if key.table == name and set(key.columns) <= primary]
        for near, far in permutations(keys, 2):
            if near.foreign == table:
                yield Relationship(table, far.foreign, Cardinality.MANY_TO_MANY, near, far)


def find(schema: Schema, table: str, target: str, hint: str | None) -> Relationship:
    """The one relationship that the words mean; raises PGRST200 for none, PGRST201 for several."""
    candidates = list(relationships(schema, table))
    found = [one for one in candidates if _matches(schema, one, target, hint)]
    functions = [one for one in found if one.function is not None]
    if functions:
        return functions[0]
    if not found:
        raise _none(table, target, hint, candidates)
    if len(found) > 1:
        found = _of_own_table(found)
    if len(found) > 1:
        raise _several(table, target, found)
    return found[0]


def _matches(schema: Schema, one: Relationship, target: str, hint: str | None) -> bool:
    if one.function is not None:
        return one.function.name == target and hint is None
    assert one.key is not None  # noqa: S101  # what is no function is a foreign key
    if hint is not None:
        return one.foreign == target and hint in _hints(one)
    if one.foreign == target:
        return True
    if one.through is not None:
        return False
    by_column = one.outgoing and one.key.columns == (target,)
    # A view inherits the keys of its tables, not their names.
    return (by_column or one.key.name == target) and not schema.tables[one.foreign].is_view


def _hints(one: Relationship) -> set[str]:
    """What may stand after the `!`."""
    key, through = one.key, one.through
    assert key is not None  # noqa: S101
    if through is not None:
        return {key.table}
    singles = [columns[0] for columns in (key.columns, key.foreign_columns) if len(columns) == 1]
    return {key.name, *singles}


def _of_own_table(found: list[Relationship]) -> list[Relationship]:
    """A key that refers to its own table is there twice; the table's name means the many."""
    keys = {one.key.name for one in found if one.key is not None}
    own = all(one.table == one.foreign and one.through is None for one in found)
    if own and len(keys) == 1:
        return [one for one in found if one.cardinality is Cardinality.ONE_TO_MANY]
    return found


def _none(table: str, target: str, hint: str | None, candidates: Sequence[Relationship]) -> RestError:
    with_hint = f" using the hint '{hint}'" if hint else ""
    like = closest(target, [one.foreign for one in candidates])
    suggestion = f"Perhaps you meant '{like}' instead of '{target}'." if like and like != target else None
    return RestError(
        400,
        "PGRST200",
        f"Could not find a relationship between '{table}' and '{target}' in the schema cache",
        details=f"Searched for a foreign key relationship between '{table}' and '{target}'{with_hint} "
        "in the schema 'public', but no matches were found.",
        hint=suggestion,
    )


def _several(table: str, target: str, found: list[Relationship]) -> RestError:
    names = ", ".join(f"'{target}!{_name(one)}'" for one in found)
    return RestError(
        300,
        "PGRST201",
        f"Could not embed because more than one relationship was found for '{table}' and '{target}'",
        details=[_described(one) for one in found],
        hint=f"Try changing '{target}' to one of the following: {names}. "
        "Find the desired relationship in the 'details' key.",
    )


def _name(one: Relationship) -> str:
    assert one.key is not None  # noqa: S101
    return one.key.table if one.through is not None else one.key.name


def _described(one: Relationship) -> dict[str, Any]:
    key, through = one.key, one.through
    assert key is not None  # noqa: S101
    if through is not None:
        text = f"{key.table} using {_side(key.name, key.columns)} and {_side(through.name, through.columns)}"
    else:
        near, far = _side(key.table, key.columns), _side(key.foreign, key.foreign_columns)
        if not one.outgoing:
            near, far = far, near
        text = f"{key.name} using {near} and {far}"
    return {
        "cardinality": str(one.cardinality),
        "embedding": f"{one.table} with {one.foreign}",
        "relationship": text,
    }


def _side(name: str, columns: Sequence[str]) -> str:
    return f"{name}({', '.join(columns)})"
