"""What a migration takes away: steps that lose data, or break the version that is live until the swap."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pglast import ast
from pglast.enums import AlterTableType, ConstrType, ObjectType

from data.domain.sql.parse import Statement
from data.domain.sql.trees import path


class Loss(StrEnum):
    """What is lost, or what stops working."""

    ROWS = "rows"
    """All rows of `table`, or those that the statement matches."""
    COLUMN = "column"
    """The values of `column` in every row of `table`."""
    VALUES = "values"
    """The values of `column` may be cut or refused by the new type."""
    WRITES = "writes"
    """Rows without `column`: the step fails over them, and the earlier version's inserts fail after it."""
    NAME = "name"
    """Nothing is lost, but the earlier version does not find what it knew by the old name."""
    OBJECT = "object"
    """A type, function, view or sequence that the earlier version may use."""


@dataclass(frozen=True)
class Change:
    """A destructive step, in words; `table` and `column` without schema, to count what it meets."""

    file: str
    line: int
    what: str
    loss: Loss
    table: str = ""
    column: str = ""


def destructive(statement: Statement) -> Sequence[Change]:
    """The steps of a statement that need to be approved where people keep data; empty for most."""
    return [
        Change(statement.file, statement.line, what, loss, table, column)
        for what, loss, table, column in _steps(statement.node)
    ]


_Step = tuple[str, Loss, str, str]
_DROPPED: Mapping[ObjectType, tuple[str, Loss]] = {
    ObjectType.OBJECT_TABLE: ("drop table", Loss.ROWS),
    ObjectType.OBJECT_VIEW: ("drop view", Loss.OBJECT),
    ObjectType.OBJECT_TYPE: ("drop type", Loss.OBJECT),
    ObjectType.OBJECT_DOMAIN: ("drop domain", Loss.OBJECT),
    ObjectType.OBJECT_FUNCTION: ("drop function", Loss.OBJECT),
    ObjectType.OBJECT_SEQUENCE: ("drop sequence", Loss.OBJECT),
}
_RENAMED = {
    ObjectType.OBJECT_TABLE,
    ObjectType.OBJECT_VIEW,
    ObjectType.OBJECT_COLUMN,
    ObjectType.OBJECT_FUNCTION,
}


def _steps(node: ast.Node) -> Iterator[_Step]:
    match node:
        case ast.DropStmt():
            yield from _drop(node)
        case ast.AlterTableStmt():
            yield from _alter(node)
        case ast.RenameStmt():
            yield from _rename(node)
        case ast.TruncateStmt():
            for relation in node.relations or ():
                table = path(relation)[-1]
                yield f"truncate {table}", Loss.ROWS, table, ""
        case ast.DeleteStmt() if not node.whereClause and not node.usingClause:
            table = path(node.relation)[-1]
            yield f"delete every row of {table}", Loss.ROWS, table, ""
        case ast.UpdateStmt() if not node.whereClause and not node.fromClause:
            table = path(node.relation)[-1]
            for target in node.targetList or ():
                yield f"change {table}.{target.name} in every row", Loss.COLUMN, table, target.name or ""


def _drop(node: ast.DropStmt) -> Iterator[_Step]:
    known = _DROPPED.get(node.removeType) if node.removeType is not None else None
    for one in node.objects or () if known else ():
        verb, loss = known or ("", Loss.OBJECT)
        name = path(one)[-1]
        cascade = " cascade" if node.behavior == 1 else ""
        yield f"{verb} {name}{cascade}", loss, name if loss is Loss.ROWS else "", ""


def _alter(node: ast.AlterTableStmt) -> Iterator[_Step]:
    table = path(node.relation)[-1]
    for command in node.cmds or ():
        column = command.name or ""
        if command.subtype == AlterTableType.AT_DropColumn:
            yield f"drop column {table}.{column}", Loss.COLUMN, table, column
        elif command.subtype == AlterTableType.AT_AlterColumnType:
            yield f"change the type of {table}.{column}", Loss.VALUES, table, column
        elif command.subtype == AlterTableType.AT_SetNotNull:
            yield f"set not null on {table}.{column}", Loss.WRITES, table, column
        elif command.subtype == AlterTableType.AT_AddColumn and _must_be_given(command.def_):
            column = command.def_.colname or ""
            yield f"add column {table}.{column} not null without default", Loss.WRITES, table, ""


def _must_be_given(column: ast.ColumnDef) -> bool:
    """Whether a new column takes no null and fills itself in no way."""
    kinds = {constraint.contype for constraint in column.constraints or ()}
    filled = {ConstrType.CONSTR_DEFAULT, ConstrType.CONSTR_IDENTITY, ConstrType.CONSTR_GENERATED}
    refuses_null = bool(kinds & {ConstrType.CONSTR_NOTNULL, ConstrType.CONSTR_PRIMARY})
    return refuses_null and not kinds & filled and "serial" not in path(column.typeName)[-1]


def _rename(node: ast.RenameStmt) -> Iterator[_Step]:
    kind = node.renameType
    if kind not in _RENAMED:
        return
    table = path(node.relation)[-1] if node.relation else ""
    old = f"{table}.{node.subname}" if kind == ObjectType.OBJECT_COLUMN else table or path(node.object)[-1]
    column = node.subname or "" if kind == ObjectType.OBJECT_COLUMN else ""
    yield f"rename {old} to {node.newname}", Loss.NAME, table, column
