"""The tables that migrations make, as far as the lint needs to know them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pglast import ast
from pglast.enums import AlterTableType, ConstrType, ObjectType, RoleSpecType

from data.domain.sql.parse import Migration, Statement
from data.domain.sql.trees import path

SHARED = "@shared"
"""How an app declares that rows are everybody's: `comment on table guestbook is '@shared: …why…'`.

Then policies that do not look at the caller may let rows be read and added. It is an ordinary comment:
the same file runs on any Postgres. A table without it holds rows of persons, and is probed as such.
"""
PUBLIC = "public"


@dataclass(frozen=True)
class Policy:
    """A policy as the last statement left it; `command` is all, select, insert, update or delete."""

    name: str
    command: str
    permissive: bool
    roles: tuple[str, ...]
    using: Any
    check: Any
    statement: Statement


@dataclass(frozen=True)
class ForeignKey:
    """Columns that refer to a row elsewhere."""

    columns: tuple[str, ...]
    statement: Statement


@dataclass
class Table:
    """`leading`: first columns of indexes, by the index's name; keys make some without one."""

    name: str
    statement: Statement
    columns: set[str] = field(default_factory=set)
    has_key: bool = False
    leading: dict[str, str] = field(default_factory=dict)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    policies: dict[str, Policy] = field(default_factory=dict)
    comment: str = ""

    @property
    def shared(self) -> bool:
        return self.comment.lstrip().startswith(SHARED)


Tables = dict[str, Table]


def tables_of(migrations: Sequence[Migration]) -> Tables:
    """The tables by name, after all migrations."""
    tables: Tables = {}
    for migration in migrations:
        for statement in migration.statements:
            step = _STEPS.get(type(statement.node))
            if step:
                step(tables, statement, statement.node)
    return tables


def _create(tables: Tables, statement: Statement, node: ast.CreateStmt) -> None:
    name = path(node.relation)[-1]
    if name in tables:
        return
    table = tables[name] = Table(name, statement)
    for element in node.tableElts or ():
        if isinstance(element, ast.ColumnDef):
            _column(table, statement, element)
        elif isinstance(element, ast.Constraint):
            _constraint(table, statement, element, path(element.keys or element.fk_attrs))
        elif isinstance(element, ast.TableLikeClause):
            other = tables.get(path(element.relation)[-1])
            table.has_key = table.has_key or other is None or other.has_key


def _column(table: Table, statement: Statement, column: ast.ColumnDef) -> None:
    name = column.colname or ""
    table.columns.add(name)
    for constraint in column.constraints or ():
        _constraint(table, statement, constraint, (name,))


def _constraint(table: Table, statement: Statement, given: ast.Constraint, columns: tuple[str, ...]) -> None:
    if given.contype in {ConstrType.CONSTR_PRIMARY, ConstrType.CONSTR_UNIQUE}:
        table.has_key = table.has_key or given.contype == ConstrType.CONSTR_PRIMARY
        if columns:
            table.leading[given.conname or f"key of {columns}"] = columns[0]
    elif given.contype == ConstrType.CONSTR_FOREIGN:
        table.foreign_keys.append(ForeignKey(columns, statement))


def _alter(tables: Tables, statement: Statement, node: ast.AlterTableStmt) -> None:
    table = tables.get(path(node.relation)[-1])
    if table is None:
        return
    for command in node.cmds or ():
        if command.subtype == AlterTableType.AT_AddColumn:
            _column(table, statement, command.def_)
        elif command.subtype == AlterTableType.AT_AddConstraint:
            given = command.def_
            _constraint(table, statement, given, path(given.keys or given.fk_attrs))
        elif command.subtype == AlterTableType.AT_DropColumn:
            _drop_column(table, command.name or "")
        elif command.subtype == AlterTableType.AT_DropConstraint:
            table.leading.pop(command.name or "", None)


def _drop_column(table: Table, name: str) -> None:
    table.columns.discard(name)
    table.leading = {index: column for index, column in table.leading.items() if column != name}
    table.foreign_keys = [key for key in table.foreign_keys if name not in key.columns]


def _index(tables: Tables, _: Statement, node: ast.IndexStmt) -> None:
    table = tables.get(path(node.relation)[-1])
    first = (node.indexParams or (None,))[0]
    if table and first is not None and first.name and node.whereClause is None:
        table.leading[node.idxname or f"index {len(table.leading)}"] = first.name


def _policy(tables: Tables, statement: Statement, node: ast.CreatePolicyStmt) -> None:
    table = tables.get(path(node.table)[-1])
    if table:
        name = node.policy_name or ""
        table.policies[name] = Policy(
            name,
            node.cmd_name or "all",
            bool(node.permissive),
            _roles(node.roles),
            node.qual,
            node.with_check,
            statement,
        )


def _alter_policy(tables: Tables, statement: Statement, node: ast.AlterPolicyStmt) -> None:
    table = tables.get(path(node.table)[-1])
    old = table.policies.get(node.policy_name or "") if table else None
    if table and old:
        table.policies[old.name] = replace(
            old,
            roles=_roles(node.roles) if node.roles else old.roles,
            using=node.qual or old.using,
            check=node.with_check or old.check,
            statement=statement,
        )


def _drop(tables: Tables, _: Statement, node: ast.DropStmt) -> None:
    for one in node.objects or ():
        name = path(one)
        if node.removeType == ObjectType.OBJECT_TABLE:
            tables.pop(name[-1], None)
        elif node.removeType == ObjectType.OBJECT_POLICY and name[-2] in tables:
            tables[name[-2]].policies.pop(name[-1], None)
        elif node.removeType == ObjectType.OBJECT_INDEX:
            for table in tables.values():
                table.leading.pop(name[-1], None)


def _rename(tables: Tables, _: Statement, node: ast.RenameStmt) -> None:
    name, new = (path(node.relation)[-1] if node.relation else ""), node.newname or ""
    table = tables.get(name)
    if table is None:
        return
    if node.renameType == ObjectType.OBJECT_TABLE:
        table.name = new
        tables[new] = tables.pop(name)
    elif node.renameType == ObjectType.OBJECT_POLICY and node.subname in table.policies:
        table.policies[new] = replace(table.policies.pop(node.subname), name=new)
    elif node.renameType == ObjectType.OBJECT_COLUMN:
        old = node.subname or ""
        table.columns = {new if column == old else column for column in table.columns}
        table.leading = {k: new if column == old else column for k, column in table.leading.items()}
        table.foreign_keys = [
            replace(key, columns=tuple(new if column == old else column for column in key.columns))
            for key in table.foreign_keys
        ]


def _comment(tables: Tables, _: Statement, node: ast.CommentStmt) -> None:
    table = tables.get(path(node.object)[-1]) if node.objtype == ObjectType.OBJECT_TABLE else None
    if table:
        table.comment = node.comment or ""


def _roles(roles: Any) -> tuple[str, ...]:
    return tuple(
        PUBLIC if role.roletype == RoleSpecType.ROLESPEC_PUBLIC else role.rolename or ""
        for role in roles or ()
    )


_STEPS: Mapping[type, Callable[[Tables, Statement, Any], None]] = {
    ast.AlterPolicyStmt: _alter_policy,
    ast.AlterTableStmt: _alter,
    ast.CommentStmt: _comment,
    ast.CreatePolicyStmt: _policy,
    ast.CreateStmt: _create,
    ast.DropStmt: _drop,
    ast.IndexStmt: _index,
    ast.RenameStmt: _rename,
}
