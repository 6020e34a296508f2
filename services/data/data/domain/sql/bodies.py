"""The SQL inside of functions: bodies as strings, in SQL and PL/pgSQL."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pglast
from pglast import ast
from pglast.parser import ParseError

from data.domain.sql.builtins import TYPES
from data.domain.sql.declarations import TooManySections, declarations
from data.domain.sql.findings import Finding
from data.domain.sql.parse import Source, Statement, Unreadable, trees
from data.domain.sql.tokens import Token, tokens
from data.domain.sql.trees import path

_DOLLARS = re.compile(r"\$[^$]{0,63}\$")
_STATEMENT, _EXPRESSION = 0, 2
_PERFORM = "SELECT "
# A query begins in the lines of its statement; looking through the whole body for each would be quadratic.
_AHEAD = 4_000
_OTHER_SCHEMA = "Not implemented (LookupExplicitNamespace"
_NESTED = "The body is nested too deeply to be checked."


@dataclass(frozen=True)
class Body:
    """A function's body: its text, which begins at `start` of the file, and the string it is written as."""

    text: str
    start: int
    literal: Token

    @property
    def dollars(self) -> bool:
        """Whether it is written between dollars: then no character of it stands for another."""
        return self.literal.text.startswith("$")


@dataclass(frozen=True)
class Fragment:
    """A statement or an expression of a body; offsets in `tree` count from `base` of the file."""

    tree: Any
    base: int


@dataclass(frozen=True)
class Piece:
    """What PL/pgSQL's grammar found at `at` of the file: a `kind` of statement, a `type`, a `condition` that
    is caught, or a `fragment`.
    """

    at: int
    kind: str = ""
    type: str = ""
    condition: str = ""
    fragment: Fragment | None = None


def option(node: ast.CreateFunctionStmt, name: str) -> ast.DefElem | None:
    """A function's option, as `language`."""
    return next((one for one in node.options or () if one.defname == name), None)


def body_of(statement: Statement) -> Body | None:
    """The body written as a string; None where there is none, or it is written in a way that hides text."""
    given = option(statement.node, "as")
    written = path(given.arg) if given else ()
    if len(written) != 1 or given is None:
        return None
    behind = (given.location or 0) - statement.start
    literal = next((t for t in tokens(statement.text) if t.kind == "SCONST" and t.start >= behind), None)
    if literal is None:
        return None
    dollars = _DOLLARS.match(literal.text)
    begin = dollars.end() if dollars else 1
    text = literal.text[begin : len(literal.text) - begin]
    if not dollars:
        text = text.replace("''", "'")
    if text != written[0]:
        return None
    return Body(text, statement.start + literal.start + begin, literal)


def sql_fragments(source: Source, body: Body) -> Iterator[Fragment]:
    """The statements of a body in SQL. Raises Unreadable."""
    for raw in trees(source, body.text, body.start):
        yield Fragment(raw.stmt, body.start)


def plpgsql_pieces(statement: Statement, body: Body) -> Iterator[Piece]:
    """What a body in PL/pgSQL is made of. Raises Unreadable."""
    head, _ = readable_types(statement.text[: body.literal.start])
    text, replaced = readable_types(body.text)
    for name, at in replaced:
        yield Piece(body.start + at, type=name)
    try:
        parsed = pglast.parse_plpgsql(f"{head}{_quoted(text)}{statement.text[body.literal.end :]}")
    except ParseError as error:
        raise Unreadable(_unreadable(statement.source, body, str(error.args[0]))) from error
    except RecursionError as error:
        raise Unreadable(statement.source.finding(body.start, "too_complex", _NESTED, "Split it.")) from error
    yield from _pieces(statement.source, body, parsed)
    yield from _declared(statement.source, body)


def _declared(source: Source, body: Body) -> Iterator[Piece]:
    try:
        for one in declarations(body.text):
            if one.type:
                yield Piece(body.start + one.type_at, type=one.type)
            if one.default:
                base = body.start + one.default_at
                for raw in trees(source, one.default, base, _PERFORM):
                    yield Piece(base, fragment=Fragment(raw.stmt, base - len(_PERFORM)))
    except TooManySections as error:
        raise Unreadable(source.finding(body.start, "too_complex", _NESTED, "Split it.")) from error


def _unreadable(source: Source, body: Body, message: str) -> Finding:
    if message.startswith(_OTHER_SCHEMA):
        hint = "Use types of the schema public, or PostgreSQL's own."
        return source.finding(body.start, "schema_not_allowed", "A type is another schema's.", hint)
    hint = "Look at the body of this function: every statement ends with a semicolon."
    return source.finding(body.start, "syntax_error", f"PL/pgSQL: {message}", hint)


def readable_types(sql: str) -> tuple[str, list[tuple[str, int]]]:
    """The text without types that the grammar cannot look up outside of a database, and these with offsets.

    They are rows of tables (`todos%rowtype`, which become records) and arrays of own types.
    """
    found, parts, replaced, end = tokens(sql), [], list[tuple[str, int]](), 0
    for index, token in enumerate(found):
        other, last = _replacement(found, index)
        if other:
            first = index
            while first >= 2 and found[first - 1].text == "." and found[first - 2].identifier:
                first -= 2
            start = found[first].start
            replaced.append((sql[start : last.end], start))
            parts += [sql[end:start], other, "\n" * sql.count("\n", start, last.end)]
            end = last.end
        elif token.text.lower() == "variadic":
            parts += [sql[end : token.start], " " * len("variadic")]
            end = token.end
    return "".join([*parts, sql[end:]]), replaced


def _replacement(found: Sequence[Token], index: int) -> tuple[str, Token]:
    """What stands for the type whose name ends at this token, and the last token of what is replaced."""
    token, behind = found[index], found[index + 1 : index + 3]
    if token.identifier and len(behind) == 2:
        if behind[0].text == "%" and behind[1].identifier == "rowtype":
            return "record", behind[1]
        if (behind[0].text, behind[1].text) == ("[", "]") and token.identifier not in TYPES:
            return "text", token
    return "", token


def _quoted(text: str) -> str:
    tag = "$b$"
    while tag in text:
        tag = f"{tag[:-1]}b$"
    return f"{tag}{text}{tag}"


def _pieces(source: Source, body: Body, parsed: Any) -> Iterator[Piece]:
    lines = [0, *(match.end() for match in re.finditer("\n", body.text))]
    waiting: list[tuple[Any, int]] = [(parsed, 0)]
    while waiting:
        item, at = waiting.pop()
        if isinstance(item, list):
            waiting.extend((part, at) for part in reversed(item))
        if not isinstance(item, dict):
            continue
        if isinstance(item.get("lineno"), int):
            at = lines[max(0, min(item["lineno"], len(lines)) - 1)]
        for key, value in item.items():
            if key == "PLpgSQL_expr":
                yield from _expression(source, body, value, at)
            elif key == "PLpgSQL_type":
                yield Piece(body.start + at, type=value["typname"])
            elif key == "PLpgSQL_condition":
                yield Piece(body.start + at, condition=value["condname"])
            elif key.startswith("PLpgSQL_stmt_"):
                line = lines[max(0, min(value.get("lineno", 1), len(lines)) - 1)]
                yield Piece(body.start + line, kind=_kind(key, value))
        waiting.extend((value, at) for key, value in reversed(item.items()) if key != "PLpgSQL_expr")


def _kind(key: str, value: Any) -> str:
    return "dynexecute" if "dynquery" in value else key.removeprefix("PLpgSQL_stmt_")


def _expression(source: Source, body: Body, expr: Any, at: int) -> Iterator[Piece]:
    query, mode = str(expr["query"]), expr.get("parseMode", _STATEMENT)
    found = _find(body.text, query, at)
    if mode == _STATEMENT:
        parts = [("", query, 0)]
    elif mode == _EXPRESSION:
        parts = [("SELECT ", query, 0)]
    else:
        sign = _assignment(query)
        parts = [("SELECT ", query[: sign.start], 0), ("SELECT ", query[sign.end :], sign.end)]
    for prefix, text, skipped in parts:
        base = body.start + found + skipped
        for raw in trees(source, text, base, prefix):
            yield Piece(base, fragment=Fragment(raw.stmt, base - len(prefix)))


def _find(text: str, query: str, at: int) -> int:
    """Where a query stands in the body: PERFORM is given back as SELECT, and INTO is blanked out."""
    first = query.removeprefix(_PERFORM).strip().partition("\n")[0].partition(" ")[0]
    found = text.find(first, at, at + len(first) + _AHEAD)
    return found if found >= 0 else at


def _assignment(query: str) -> Token:
    """The sign between what is assigned to and what is assigned."""
    depth = 0
    for token in tokens(query):
        depth += (token.text in {"(", "["}) - (token.text in {")", "]"})
        if depth == 0 and token.text in {":=", "="}:
            return token
    return Token("", "", 0, 0)
