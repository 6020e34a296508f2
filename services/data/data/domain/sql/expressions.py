"""What may stand inside of statements: names of the own schema, known functions, types, expressions."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pglast import ast
from pglast.enums import ConstrType, SQLValueFunctionOp

from data.domain.sql.builtins import (
    AUTH_FUNCTIONS,
    CATALOGUE_TYPES,
    FUNCTIONS,
    NAMED_BY_TEXT,
    OTHER_NAMES_OF_TYPES,
    TYPES,
    catalogue_function,
    opened_by_attribute,
)
from data.domain.sql.trees import constant, path, walk


@dataclass(frozen=True)
class Refusal:
    """Why something is not allowed, and what to do instead; `at` counts from where the tree's text begins."""

    code: str
    message: str
    hint: str
    at: int = 0


@dataclass(frozen=True)
class Known:
    """Names that the migrations make: functions and types (tables and views are types too)."""

    functions: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()


_INNER: frozenset[type] = frozenset(
    {
        ast.A_ArrayExpr, ast.A_Const, ast.A_Expr, ast.A_Indices, ast.A_Indirection, ast.A_Star,
        ast.AccessPriv, ast.Alias, ast.AlterTableCmd, ast.BitString, ast.BoolExpr, ast.Boolean,
        ast.BooleanTest, ast.CTECycleClause, ast.CTESearchClause, ast.CaseExpr, ast.CaseWhen,
        ast.CoalesceExpr, ast.CollateClause, ast.ColumnDef, ast.ColumnRef, ast.CommonTableExpr,
        ast.Constraint, ast.DefElem, ast.DeleteStmt, ast.Float, ast.FuncCall, ast.FunctionParameter,
        ast.GroupingFunc, ast.GroupingSet, ast.IndexElem, ast.InferClause, ast.InsertStmt, ast.Integer,
        ast.JoinExpr, ast.JsonAggConstructor, ast.JsonArgument, ast.JsonArrayAgg,
        ast.JsonArrayConstructor, ast.JsonArrayQueryConstructor, ast.JsonBehavior, ast.JsonFormat,
        ast.JsonFuncExpr, ast.JsonIsPredicate, ast.JsonKeyValue, ast.JsonObjectAgg,
        ast.JsonObjectConstructor, ast.JsonOutput, ast.JsonParseExpr, ast.JsonReturning,
        ast.JsonScalarExpr, ast.JsonSerializeExpr, ast.JsonTable, ast.JsonTableColumn,
        ast.JsonTablePathSpec, ast.JsonValueExpr, ast.LockingClause, ast.MergeStmt, ast.MergeWhenClause,
        ast.MinMaxExpr, ast.MultiAssignRef, ast.NamedArgExpr, ast.NullTest, ast.ObjectWithArgs,
        ast.OnConflictClause, ast.ParamRef, ast.PublicationObjSpec, ast.PublicationTable,
        ast.RangeFunction, ast.RangeSubselect, ast.RangeVar, ast.ResTarget, ast.ReturnStmt,
        ast.ReturningClause, ast.ReturningOption, ast.RoleSpec, ast.RowExpr, ast.SQLValueFunction,
        ast.SelectStmt, ast.SetToDefault, ast.SortBy, ast.String, ast.SubLink, ast.TableLikeClause,
        ast.TriggerTransition, ast.TypeCast, ast.TypeName, ast.UpdateStmt, ast.WindowDef, ast.WithClause,
    }
)  # fmt: skip

_DEFERRABLE = {ConstrType.CONSTR_ATTR_DEFERRABLE, ConstrType.CONSTR_ATTR_DEFERRED}
_OWN_SCHEMA = "An app's SQL sees its own tables (schema public) and auth.uid(), auth.jwt(), auth.role() only."
_NAMED_PLAINLY = "Give the name of a sequence or table of this app as a plain string."
_SCHEMAS: Mapping[str, tuple[str, str]] = {
    "storage": ("storage_not_allowed", "Files are not kept in SQL here: leave out statements on `storage`."),
    "pg_catalog": (
        "catalog_not_allowed",
        "The catalogue is shared by all apps: leave it out.",
    ),
    "information_schema": ("catalog_not_allowed", "The catalogue is shared by all apps: leave it out."),
}
_NAME = re.compile(r'("[^".\s]+"|[^".\s]+)(\.("[^".\s]+"|[^".\s]+))*')
_CATALOG = "Names that begin with pg_ belong to PostgreSQL's catalogue, which all apps share."


def schema_refusal(schema: str, at: int) -> Refusal:
    """Why a schema other than public may not be used."""
    code, hint = _SCHEMAS.get(schema, ("schema_not_allowed", _OWN_SCHEMA))
    return Refusal(code, f"The schema {schema} is not this app's.", hint, at)


def relation_refusals(name: tuple[str, ...], at: int) -> Iterator[Refusal]:
    """Why a table, view, sequence or index of this name may not be made, changed or used."""
    schema, relation = (name[-2] if len(name) > 1 else ""), name[-1]
    if len(name) > 2:
        message = f"{'.'.join(name)} names a database."
        yield Refusal("schema_not_allowed", message, "Write the name without the database.", at)
    elif (schema, relation) == ("auth", "users"):
        message = "auth.users may only be referred to by a foreign key, or read by a migration's own INSERT."
        hint = "Keep what the app shows of people in a table with `user_id uuid default auth.uid()`."
        yield Refusal("users_not_allowed", message, hint, at)
    elif schema not in {"", "public"}:
        yield schema_refusal(schema, at)
    elif relation.startswith(("pg_", "overskill")):
        yield Refusal("catalog_not_allowed", f"{relation} is not this app's.", _CATALOG, at)


class Expressions:
    """Looks at everything inside of one statement. `users_readable`: whether it may read auth.users."""

    def __init__(self, known: Known, *, users_readable: bool = False) -> None:
        self._known = known
        self._users_readable = users_readable
        # Nodes that what stands around them allows: foreign keys' targets, constants cast to regclass.
        self._vouched: set[int] = set()
        self._checks: Mapping[type, Callable[[Any, int], Iterator[Refusal]]] = {
            ast.RangeVar: self._relation,
            ast.FuncCall: self._call,
            ast.TypeName: self._type,
            ast.TypeCast: self._cast,
            ast.A_Expr: self._operator,
            ast.SubLink: self._operator,
            ast.SortBy: self._operator,
            ast.CollateClause: self._operator,
            ast.IndexElem: self._operator,
            ast.Alias: self._alias,
            ast.Constraint: self._constraint,
            ast.ColumnDef: self._column,
            ast.ColumnRef: self._column_of,
            ast.A_Indirection: self._column_of,
            ast.SQLValueFunction: self._value,
        }

    def refusals(self, *trees: Any, at: int = 0) -> Iterator[Refusal]:
        """What is not allowed in these trees."""
        for node, found_at in walk(trees, at):
            if type(node) not in _INNER:
                name = type(node).__name__.removesuffix("Stmt")
                yield Refusal(
                    "expression_not_allowed",
                    f"{name} is not allowed in an app's SQL.",
                    "Write it with plain SELECT, INSERT, UPDATE and DELETE.",
                    found_at,
                )
            check = self._checks.get(type(node))
            if check:
                yield from check(node, found_at)

    def _relation(self, node: ast.RangeVar, at: int) -> Iterator[Refusal]:
        name = path(node)
        if node.relpersistence != "p":
            yield temporary(at)
        if name == ("auth", "users") and (self._users_readable or id(node) in self._vouched):
            return
        yield from relation_refusals(name, at)

    def _call(self, node: ast.FuncCall, at: int) -> Iterator[Refusal]:
        name = path(node.funcname)
        schema, function = (name[0] if len(name) > 1 else ""), name[-1]
        if function in NAMED_BY_TEXT and schema in {"", "pg_catalog"}:
            yield from self._named_by_text(node, function, at)
        elif function == "current_setting" and schema in {"", "pg_catalog"}:
            yield from _setting(node, at)
        elif schema in {"", "pg_catalog", "extensions"} and function in FUNCTIONS:
            return
        elif schema == "auth":
            if function not in AUTH_FUNCTIONS:
                yield Refusal(
                    "function_not_allowed", f"There is no function auth.{function}.", _OWN_SCHEMA, at
                )
        elif schema == "public":
            return
        elif schema not in {"", "pg_catalog", "extensions"}:
            yield schema_refusal(schema, at)
        elif schema or function not in self._known.functions or catalogue_function(function):
            hint = "Use the functions of PostgreSQL's manual that work on values, or one the migrations make."
            message = f"The function {function} is not there, or not open to apps."
            yield Refusal("function_not_allowed", message, hint, at)

    def _named_by_text(self, node: ast.FuncCall, function: str, at: int) -> Iterator[Refusal]:
        first = (node.args or (None,))[0]
        if isinstance(first, ast.TypeCast) and path(first.typeName)[-1] in {"regclass", "text"}:
            self._vouched.add(id(first.typeName))
            self._vouched.add(id(first))
            first = first.arg
        if isinstance(first, ast.FuncCall) and path(first.funcname)[-1] == "pg_get_serial_sequence":
            return  # which is looked at by itself
        yield from _named_plainly(constant(first), f"{function}()", at)

    def _cast(self, node: ast.TypeCast, at: int) -> Iterator[Refusal]:
        """An oid cast to regclass is written as a name of the catalogue, which all apps share."""
        if path(node.typeName)[-1] == "regclass" and id(node) not in self._vouched:
            self._vouched.add(id(node.typeName))
            message = "A cast to regclass may only stand in nextval() and the like."
            yield Refusal("type_not_allowed", message, _NAMED_PLAINLY, at)

    def _type(self, node: ast.TypeName, at: int) -> Iterator[Refusal]:
        if id(node) not in self._vouched:
            name = path(node)
            yield from self.type_refusals(name[:-1] if node.pct_type else name, at, of_column=node.pct_type)

    def type_refusals(
        self, name: tuple[str, ...], at: int, *, of_column: bool | None = False
    ) -> Iterator[Refusal]:
        """Why a type of this name may not be used; with `of_column`, the name is a table's."""
        schema, plain = (name[-2] if len(name) > 1 else ""), name[-1]
        if schema == "public":
            return
        if schema in {"", "pg_catalog", "extensions"}:
            own = plain in self._known.types and not (schema or _catalogue_type(plain))
            if not own and not (plain in TYPES and not of_column):
                other = OTHER_NAMES_OF_TYPES.get(plain)
                hint = f"Write {other}." if other else "Use PostgreSQL's ordinary types or one of your own."
                message = f"The type {plain} is not there, or not open to apps."
                yield Refusal("type_not_allowed", message, hint, at)
        else:
            yield schema_refusal(schema, at)

    def _operator(self, node: Any, at: int) -> Iterator[Refusal]:
        """Operators, collations and operator classes are PostgreSQL's: apps make none."""
        for attribute in ("name", "operName", "useOp", "collname", "collation", "opclass"):
            given = getattr(node, attribute, None)
            name = path(given) if isinstance(given, tuple) else ()
            if len(name) > 1 and name[0] not in {"pg_catalog", "public", "extensions"}:
                yield schema_refusal(name[0], at)

    @staticmethod
    def _alias(node: ast.Alias, at: int) -> Iterator[Refusal]:
        if node.aliasname in {"public", "auth"}:
            message = f"{node.aliasname} is the name of a schema."
            yield Refusal("name_reserved", message, "Choose another name for the alias.", at)

    def _constraint(self, node: ast.Constraint, at: int) -> Iterator[Refusal]:
        if node.contype == ConstrType.CONSTR_FOREIGN:
            self._vouched.add(id(node.pktable))
        if node.deferrable or node.contype in _DEFERRABLE:
            message = (
                "Constraints are checked at once: what happens at the end of a transaction is not the app's."
            )
            yield Refusal("deferrable", message, "Leave out DEFERRABLE.", at)
        if node.indexspace:
            yield Refusal("option_not_allowed", "Tablespaces are the platform's.", "Leave it out.", at)
        if node.access_method and node.access_method not in {"btree", "gist", "spgist", "hash"}:
            yield Refusal("option_not_allowed", f"No index {node.access_method}.", "Use gist.", at)

    @staticmethod
    def _column_of(node: ast.ColumnRef | ast.A_Indirection, at: int) -> Iterator[Refusal]:
        """Postgres reads `x.f` as `f(x)` where `x`, a row or any value, has no such column."""
        named = path(node.fields)[1:] if isinstance(node, ast.ColumnRef) else path(node.indirection)
        for name in named:
            if opened_by_attribute(name):
                message = f"{name} is a function of PostgreSQL's that is not open to apps."
                hint = "Where a column is meant, give it another name."
                yield Refusal("function_not_allowed", message, hint, at)

    @staticmethod
    def _value(node: ast.SQLValueFunction, at: int) -> Iterator[Refusal]:
        if node.op == SQLValueFunctionOp.SVFOP_SESSION_USER:
            message = "SESSION_USER is the platform's login, which all apps share."
            yield Refusal("function_not_allowed", message, "Use auth.uid() or auth.role().", at)

    @staticmethod
    def _column(node: ast.ColumnDef, at: int) -> Iterator[Refusal]:
        if node.fdwoptions or node.storage_name or node.compression:
            hint = "Leave out STORAGE, COMPRESSION and OPTIONS."
            yield Refusal("option_not_allowed", f"How {node.colname} is stored is the platform's.", hint, at)


def temporary(at: int) -> Refusal:
    """Temporary tables outlive a request on a shared connection; unlogged ones are lost in a crash."""
    message = "Temporary and unlogged tables, views and sequences are not allowed."
    return Refusal("temporary", message, "Make an ordinary one, or use WITH inside of the statement.", at)


def _catalogue_type(name: str) -> bool:
    return name.startswith("pg_") or name in CATALOGUE_TYPES


def _named_plainly(name: str | None, what: str, at: int) -> Iterator[Refusal]:
    if name is None:
        yield Refusal("function_not_allowed", f"{what} needs a name that can be read.", _NAMED_PLAINLY, at)
        return
    if not _NAME.fullmatch(name):
        message = f"{what} needs the name of a relation, and nothing else."
        yield Refusal("function_not_allowed", message, _NAMED_PLAINLY, at)
        return
    parts = tuple(part if part.startswith('"') else part.lower() for part in name.split("."))
    parts = tuple(part.strip('"') for part in parts)
    if parts[0] == "public" and len(parts) == 2:
        parts = parts[1:]
    if len(parts) > 1:
        yield schema_refusal(parts[0], at)
    else:
        yield from relation_refusals(parts, at)


def _setting(node: ast.FuncCall, at: int) -> Iterator[Refusal]:
    name = constant((node.args or (None,))[0])
    if name is None or not name.startswith(("request.", "app.")):
        message = "current_setting() may only read settings that begin with `request.` or `app.`."
        yield Refusal("function_not_allowed", message, "Use auth.uid() or auth.jwt().", at)
