"""Which SQL an app may bring: a list of what is allowed; refusals say why and what to do."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pglast import ast
from pglast.enums import ObjectType

from data.domain.sql.expressions import Expressions, Known, Refusal
from data.domain.sql.findings import Finding, Level
from data.domain.sql.functions import escaped, function_refusals
from data.domain.sql.parse import Migration, Statement, Unreadable
from data.domain.sql.rules import RULES
from data.domain.sql.tokens import ESCAPED, MOST_BYTES_OF_A_NAME, tokens
from data.domain.sql.trees import path

_ONE_TRANSACTION = "A migration runs as a whole or not at all: leave out BEGIN, COMMIT and the like."
_ONCE = "Each migration runs once: write the statement itself."
_SHARED = "Roles, schemas and the database belong to the platform; policies and rights are enough for an app."
_NOT_HERE = "Only tables, indexes, types, views, functions, triggers, policies, rights, comments and rows."
_REFUSED: Mapping[type, tuple[str, str]] = {
    ast.AlterDefaultPrivilegesStmt: ("ALTER DEFAULT PRIVILEGES", "They are set already: leave it out."),
    ast.AlterFunctionStmt: ("ALTER FUNCTION", "Write CREATE OR REPLACE FUNCTION."),
    ast.AlterObjectSchemaStmt: ("SET SCHEMA", _SHARED),
    ast.AlterOwnerStmt: ("OWNER TO", "The app owns what it makes: leave it out."),
    ast.CallStmt: ("CALL", _ONCE),
    ast.CopyStmt: ("COPY", "Write INSERT."),
    ast.CreateRoleStmt: ("CREATE ROLE", _SHARED),
    ast.CreateSchemaStmt: ("CREATE SCHEMA", _SHARED),
    ast.CreateTableAsStmt: (
        "CREATE TABLE AS, or a materialized view,",
        "Make a view, or CREATE TABLE and then INSERT … SELECT.",
    ),
    ast.CreateEventTrigStmt: ("CREATE EVENT TRIGGER", _SHARED),
    ast.DoStmt: ("DO", _ONCE),
    ast.DropOwnedStmt: ("DROP OWNED", _SHARED),
    ast.DropRoleStmt: ("DROP ROLE", _SHARED),
    ast.GrantRoleStmt: ("Giving one role to another", _SHARED),
    ast.ListenStmt: ("LISTEN", "Channels are shared by all apps."),
    ast.LockStmt: ("LOCK", "A migration locks what it needs."),
    ast.NotifyStmt: ("NOTIFY", "Channels are shared by all apps."),
    ast.ReassignOwnedStmt: ("REASSIGN OWNED", _SHARED),
    ast.RuleStmt: ("CREATE RULE", "Write a trigger."),
    ast.TransactionStmt: ("A transaction's command", _ONE_TRANSACTION),
    ast.VariableSetStmt: ("SET or RESET", "Settings and roles are the platform's: leave it out."),
    ast.VariableShowStmt: ("SHOW", "Settings are the platform's: leave it out."),
}
_WITHOUT_EFFECT = {
    ast.CreateExtensionStmt: ("no_effect", "What apps need of this extension is there already."),
    ast.AlterPublicationStmt: ("no_effect", "Live changes are not kept by publications here."),
}
_TYPES = {ObjectType.OBJECT_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_TYPE, ObjectType.OBJECT_DOMAIN}
_READS_USERS = (ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt)


def refused(migrations: Sequence[Migration]) -> Iterator[Finding]:
    """What in these migrations is not allowed; they must be all that the app has, for names to be known."""
    known = names_made(migrations)
    for migration in migrations:
        yield from migration.findings
        for statement in migration.statements:
            yield from _statement(statement, known)


def names_made(migrations: Sequence[Migration]) -> Known:
    """The functions and types that these migrations make."""
    functions, types = set[str](), set[str]()
    for migration in migrations:
        for statement in migration.statements:
            match statement.node:
                case ast.CreateFunctionStmt(funcname=name):
                    functions.add(path(name)[-1])
                case (
                    ast.CreateEnumStmt(typeName=name)
                    | ast.CreateDomainStmt(domainname=name)
                    | ast.CompositeTypeStmt(typevar=name)
                    | ast.CreateStmt(relation=name)
                    | ast.ViewStmt(view=name)
                ):
                    types.add(path(name)[-1])
                case ast.RenameStmt(newname=str(newname), renameType=ObjectType.OBJECT_FUNCTION):
                    functions.add(newname)
                case ast.RenameStmt(newname=str(newname), renameType=kind) if kind in _TYPES:
                    types.add(newname)
    return Known(frozenset(functions), frozenset(types))


def _statement(statement: Statement, known: Known) -> Iterator[Finding]:
    try:
        for refusal in (*_words(statement), *_refusals(statement, known)):
            at = max(refusal.at, statement.start)
            yield statement.source.finding(at, refusal.code, refusal.message, refusal.hint)
    except Unreadable as error:
        yield error.finding
    effect = _WITHOUT_EFFECT.get(type(statement.node))
    if effect:
        yield statement.source.finding(statement.start, *effect, level=Level.WARNING)


def _words(statement: Statement) -> Iterator[Refusal]:
    """What the tree does not show: escapes, and names that Postgres would cut."""
    for token in tokens(statement.text):
        if token.kind in ESCAPED:
            yield escaped(statement.start + token.start)
        name = token.identifier
        if name and len(name.encode()) > MOST_BYTES_OF_A_NAME:
            message = f"The name {name[:40]}… is longer than {MOST_BYTES_OF_A_NAME} bytes."
            yield Refusal("name_too_long", message, "Choose a shorter one.", statement.start + token.start)


def _refusals(statement: Statement, known: Known) -> Iterator[Refusal]:
    node, start = statement.node, statement.start
    expressions = Expressions(known, users_readable=isinstance(node, _READS_USERS))
    if isinstance(node, ast.CreateFunctionStmt):
        yield from function_refusals(statement, expressions)
        return
    rule = RULES.get(type(node))
    if rule is None:
        name, hint = _REFUSED.get(type(node), (type(node).__name__.removesuffix("Stmt"), _NOT_HERE))
        yield Refusal("statement_not_allowed", f"{name} is not allowed in a migration.", hint, start)
        return
    yield from rule(node)
    yield from expressions.refusals(*_inside(node), at=start)


def _inside(node: Any) -> Iterator[Any]:
    """What stands in a statement, but for the names of types that it is about itself."""
    for attribute in vars(type(node))["__slots__"]:
        value = getattr(node, attribute)
        about = attribute in {"objects", "object"} and not isinstance(node, ast.GrantStmt)
        parts = value if isinstance(value, tuple) else (value,)
        yield from (part for part in parts if not (about and isinstance(part, ast.TypeName)))
