"""Functions of an app: in SQL or PL/pgSQL, with the rights of who calls them, their bodies looked through."""

from collections.abc import Iterator
from typing import Any

from pglast import ast
from pglast.enums import VariableSetKind

from data.domain.sql.bodies import Piece, body_of, option, plpgsql_pieces, sql_fragments
from data.domain.sql.expressions import Expressions, Refusal, schema_refusal
from data.domain.sql.parse import Statement
from data.domain.sql.rules import making
from data.domain.sql.tokens import tokens
from data.domain.sql.trees import constant, path

_OPTIONS = {"as", "language", "volatility", "strict", "security", "set", "cost", "rows", "parallel"}
_KINDS = {
    "block",
    "assign",
    "if",
    "case",
    "loop",
    "while",
    "fori",
    "fors",
    "forc",
    "foreach_a",
    "exit",
    "return",
}
_KINDS |= {"return_next", "return_query", "raise", "assert", "execsql", "perform", "getdiag"}
_IN_BODIES = (ast.SelectStmt, ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt, ast.MergeStmt, ast.ReturnStmt)
_SEARCHED = {"public", "extensions", "auth", "pg_catalog", "pg_temp", "", '""', "$user"}
_DYNAMIC = {"dynexecute", "dynfors"}
_ENDED_CLASS = "57"
_ENDED = {
    "operator_intervention",
    "query_canceled",
    "admin_shutdown",
    "crash_shutdown",
    "cannot_connect_now",
    "database_dropped",
    "idle_session_timeout",
}
"""PostgreSQL's names of the conditions of this class, of which the first is all of them."""


def function_refusals(statement: Statement, expressions: Expressions) -> Iterator[Refusal]:
    """Why a function may not be made; offsets count from the start of the file. Raises Unreadable."""
    node: ast.CreateFunctionStmt = statement.node
    start = statement.start
    yield from making(path(node.funcname), "function")
    if node.is_procedure:
        message = "Procedures cannot be called by an app."
        yield Refusal("statement_not_allowed", message, "Write CREATE FUNCTION … RETURNS void.", start)
    for one in node.options or ():
        yield from _option(one, start)
    yield from expressions.refusals(node.parameters, node.returnType, at=start)
    language = _language(node)
    if language not in {"sql", "plpgsql"}:
        message = f"Functions are written in SQL or PL/pgSQL, not in {language or 'nothing'}."
        yield Refusal("language_not_allowed", message, "Write `language sql` or `language plpgsql`.", start)
    elif node.sql_body is not None:
        yield from _standard_body(node.sql_body, expressions, start)
    else:
        yield from _string_body(statement, language, expressions)


def _language(node: ast.CreateFunctionStmt) -> str:
    given = option(node, "language")
    if given is None:
        return "sql" if node.sql_body is not None else ""
    return path(given.arg)[-1].lower() if given.arg is not None else ""


def _option(one: ast.DefElem, start: int) -> Iterator[Refusal]:
    at = one.location if isinstance(one.location, int) and one.location >= 0 else start
    if one.defname == "security" and isinstance(one.arg, ast.Boolean) and one.arg.boolval:
        message = "SECURITY DEFINER would run with the owner's rights, past every policy."
        hint = (
            "Leave it out, and write a policy that lets who calls it do just this: "
            "`… to authenticated using ((select auth.uid()) = user_id)`."
        )
        yield Refusal("security_definer", message, hint, at)
    elif one.defname == "set":
        yield from _setting(one.arg, at)
    elif one.defname not in _OPTIONS:
        message = f"Functions have no option {one.defname} here."
        yield Refusal("option_not_allowed", message, "Leave it out.", at)


def _setting(given: Any, at: int) -> Iterator[Refusal]:
    values = [constant(value) for value in given.args or ()]
    if given.name != "search_path" or given.kind != VariableSetKind.VAR_SET_VALUE:
        message = f"A function may not set {given.name or 'settings'}."
        yield Refusal("function_setting", message, "Only `set search_path = …` may stand here.", at)
    for value in values:
        if given.name == "search_path" and value not in _SEARCHED:
            yield schema_refusal(value or "?", at)


def _standard_body(body: Any, expressions: Expressions, start: int) -> Iterator[Refusal]:
    statements = body[0] if isinstance(body, tuple) else (body,)
    for one in statements or ():
        yield from _in_body(one, expressions, start)


def _string_body(statement: Statement, language: str, expressions: Expressions) -> Iterator[Refusal]:
    body = body_of(statement)
    if body is None:
        message = "The body must be one string, without escapes."
        yield Refusal("body_not_allowed", message, "Write it between $$ and $$.", statement.start)
        return
    tokens_before = {token.kind for token in tokens(body.text)}
    if "UIDENT" in tokens_before:
        yield escaped(body.start)
    if language == "sql":
        for fragment in sql_fragments(statement.source, body):
            for refusal in _in_body(fragment.tree, expressions, 0):
                yield _moved(refusal, fragment.base)
        return
    for piece in plpgsql_pieces(statement, body):
        yield from _piece(piece, expressions)


def _piece(piece: Piece, expressions: Expressions) -> Iterator[Refusal]:
    if piece.fragment is not None:
        for refusal in _in_body(piece.fragment.tree, expressions, piece.at - piece.fragment.base):
            yield _moved(refusal, piece.fragment.base)
    elif piece.type:
        yield from _declared(piece.type, piece.at, expressions)
    elif piece.condition:
        yield from _caught(piece.condition, piece.at)
    else:
        yield from _kind(piece.kind, piece.at)


def _in_body(tree: Any, expressions: Expressions, at: int) -> Iterator[Refusal]:
    if not isinstance(tree, _IN_BODIES):
        name = type(tree).__name__.removesuffix("Stmt")
        message = f"{name} is not allowed inside of a function."
        yield Refusal("body_not_allowed", message, "Use SELECT, INSERT, UPDATE and DELETE there.", at)
        return
    yield from expressions.refusals(tree, at=at)


def _kind(kind: str, at: int) -> Iterator[Refusal]:
    if kind in _DYNAMIC:
        message = "EXECUTE runs text that nobody can check, and whose names cannot be read."
        hint = "Write the statement itself; use CASE or IF for what varies."
        yield Refusal("dynamic_sql", message, hint, at)
    elif kind not in _KINDS:
        message = f"{kind.upper()} is not allowed in a function."
        yield Refusal("body_not_allowed", message, "Use FOR row IN SELECT … LOOP for reading row by row.", at)


def _caught(condition: str, at: int) -> Iterator[Refusal]:
    """What is told that it takes too long must not go on; `others` does not catch that."""
    if condition in _ENDED or condition.startswith(_ENDED_CLASS):
        message = f"{condition} may not be caught: a function that is ended has to end."
        yield Refusal("cancel_caught", message, "Catch the errors that you expect, or OTHERS.", at)


def _declared(name: str, at: int, expressions: Expressions) -> Iterator[Refusal]:
    """A variable's type, as PL/pgSQL gives it: perhaps `table%rowtype`, `table.column%type`, `_text`."""
    plain, percent, of = name.partition("%")
    found = tokens(plain)
    parts = tuple(
        token.identifier or token.text.lower()
        for token in found
        if token.kind == "IDENT" or token.text.isalpha()
    )
    if not parts:
        return
    if percent and of.strip().lower().startswith("type"):
        if len(parts) > 1:
            yield from expressions.type_refusals(parts[:-1], at, of_column=True)
    elif percent:
        yield from expressions.type_refusals(parts, at, of_column=True)
    else:
        parts = (*parts[:-1], parts[-1].removeprefix("_")) if len(parts) == 1 else parts
        yield from expressions.type_refusals(parts, at)


def escaped(at: int) -> Refusal:
    """Names and strings written by code points could hide what they name."""
    message = "U&\"…\" and U&'…' are not allowed."
    return Refusal("unicode_escape", message, "Write the characters themselves.", at)


def _moved(refusal: Refusal, base: int) -> Refusal:
    return Refusal(refusal.code, refusal.message, refusal.hint, refusal.at + base)
