"""From portable names to a realm's own: by splicing at tokens, so that every line stays where it is.

| as written | runs as |
|---|---|
| `public.todos` | `"<ref>".todos` |
| `auth.users` | `"<ref>_auth".users` |
| `to anon`, `authenticated`, `service_role` | `to "<ref>_anon"`, `"<ref>_authenticated"`, `"<ref>_owner"` |
| `nextval('public.todos_id_seq')` | `nextval('"<ref>".todos_id_seq')` |

Besides, `grant all` becomes the rights that know policies, and a view without `security_invoker` gets it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pglast import ast
from pglast.enums import ObjectType, RoleSpecType

from data.domain.sql.bodies import Body, body_of, option
from data.domain.sql.builtins import NAMED_BY_TEXT
from data.domain.sql.parse import Statement
from data.domain.sql.tokens import Token, tokens
from data.domain.sql.trees import walk

_ROLES = {"anon": "_anon", "authenticated": "_authenticated", "service_role": "_owner"}
_ALL = {
    ObjectType.OBJECT_TABLE: "SELECT, INSERT, UPDATE, DELETE",
    ObjectType.OBJECT_SEQUENCE: "USAGE, SELECT",
}
_WITHOUT_EFFECT = (ast.CreateExtensionStmt, ast.AlterPublicationStmt)


@dataclass(frozen=True)
class Edit:
    """The characters from `start` to before `end` of the statement's text, replaced."""

    start: int
    end: int
    text: str


def rewritten(statement: Statement, ref: str) -> str:
    """The statement with the names of the realm `ref`; empty for one that has no effect here.

    Only for statements that the look at what is allowed lets pass.
    """
    if without_effect(statement):
        return ""
    parts, end = [], 0
    for edit in _edits(statement, ref):
        parts += [statement.text[end : edit.start], edit.text]
        end = edit.end
    return "".join([*parts, statement.text[end:]])


def without_effect(statement: Statement) -> bool:
    """Whether a statement is taken, for it is ordinary, but is not run."""
    node = statement.node
    if isinstance(node, ast.GrantStmt):
        return node.objtype == ObjectType.OBJECT_SCHEMA
    return isinstance(node, _WITHOUT_EFFECT)


def position(statement: Statement, ref: str, offset: int) -> tuple[int, int]:
    """Line and column in the file for an offset (from 0) in the rewritten text, where Postgres failed."""
    shift = 0
    for edit in _edits(statement, ref):
        start = edit.start + shift
        if offset < start:
            break
        if offset < start + len(edit.text):
            return statement.source.position(statement.start + edit.start)
        shift += len(edit.text) - (edit.end - edit.start)
    return statement.source.position(statement.start + offset - shift)


def _edits(statement: Statement, ref: str) -> Sequence[Edit]:
    """In the order of the text, none twice."""
    found = tokens(statement.text)
    edits = {edit.start: edit for edit in (*_names(found, ref), *_roles(statement, found, ref))}
    node = statement.node
    if isinstance(node, ast.CreateFunctionStmt):
        edits |= {edit.start: edit for edit in _search_path(statement, found, ref)}
        body = body_of(statement)
        if body is not None:
            edits[body.literal.start] = _body(body, ref)
    elif isinstance(node, ast.GrantStmt):
        edits |= {edit.start: edit for edit in _rights(node, found, ref)}
    elif isinstance(node, ast.ViewStmt):
        edits |= {edit.start: edit for edit in _invoker(node, found)}
    return [edits[start] for start in sorted(edits)]


def _schemas(found: Sequence[Token], ref: str) -> Iterator[Edit]:
    for index, token in enumerate(found[:-2]):
        name, follows = token.identifier, found[index + 1].text == "."
        if not follows or name not in {"public", "auth"} or (index and found[index - 1].text == "."):
            continue
        if name == "public":
            yield Edit(token.start, token.end, f'"{ref}"')
        elif found[index + 2].identifier == "users":
            yield Edit(token.start, token.end, f'"{ref}_auth"')


def _roles(statement: Statement, found: Sequence[Token], ref: str) -> Iterator[Edit]:
    at = {token.start: token for token in found}
    for node, _ in walk(statement.node):
        if isinstance(node, ast.RoleSpec) and node.roletype == RoleSpecType.ROLESPEC_CSTRING:
            token = at.get((node.location or 0) - statement.start)
            suffix = _ROLES.get(node.rolename or "")
            if token and suffix:
                yield Edit(token.start, token.end, f'"{ref}{suffix}"')


def _names(found: Sequence[Token], ref: str) -> Iterator[Edit]:
    """Schemas before a dot (behind a dot a name is a column's), and strings that name a relation."""
    yield from _schemas(found, ref)
    for index, token in enumerate(found):
        if token.text.startswith("'public.") and _is_name(found, index):
            yield Edit(token.start, token.end, f'\'"{ref}"' + token.text.removeprefix("'public"))


def _is_name(found: Sequence[Token], index: int) -> bool:
    """Whether the string is given to nextval() and the like, or cast to regclass."""
    before = [token.text.lower() for token in found[max(0, index - 2) : index]]
    after = [token.text.lower() for token in found[index + 1 : index + 3]]
    given = len(before) == 2 and before[1] == "(" and before[0] in NAMED_BY_TEXT
    return given or after in (["::", "regclass"], ["as", "regclass"])


def _search_path(statement: Statement, found: Sequence[Token], ref: str) -> Iterator[Edit]:
    """`public` among the values of a function's `set search_path = …`."""
    setting = option(statement.node, "set")
    if setting is None:
        return
    begin = (setting.location or 0) - statement.start
    behind = [token for token in found if token.start >= begin][3:]  # SET search_path =
    for index, token in enumerate(behind):
        if token.identifier == "public" or token.text == "'public'":
            yield Edit(token.start, token.end, f'"{ref}"')
        if index + 1 < len(behind) and behind[index + 1].text != "," and token.text != ",":
            return


def _body(body: Body, ref: str) -> Edit:
    """A function's body, between the same quotes."""
    inner, parts, end = body.text, [], 0
    for edit in sorted(_names(tokens(inner), ref), key=lambda edit: edit.start):
        parts += [inner[end : edit.start], edit.text]
        end = edit.end
    text = "".join([*parts, inner[end:]])
    literal = body.literal
    if body.dollars:
        quote = literal.text[: literal.text.index("$", 1) + 1]
        return Edit(literal.start, literal.end, f"{quote}{text}{quote}")
    return Edit(literal.start, literal.end, "'" + text.replace("'", "''") + "'")


def _rights(node: ast.GrantStmt, found: Sequence[Token], ref: str) -> Iterator[Edit]:
    """ALL means the rights that policies rule; `in schema public` means the realm's."""
    rights = _ALL.get(node.objtype) if node.objtype else None
    if node.is_grant and not node.privileges and rights:
        last = found[2] if found[2].text.lower() == "privileges" else found[1]
        yield Edit(found[1].start, last.end, rights)
    for before, token in pairwise(found):
        if before.text.lower() == "schema" and token.identifier == "public":
            yield Edit(token.start, token.end, f'"{ref}"')


def _invoker(node: ast.ViewStmt, found: Sequence[Token]) -> Iterator[Edit]:
    """Where a view's options are, or would be: before the first AS outside of brackets."""
    if any(one.defname == "security_invoker" for one in node.options or ()):
        return
    depth = 0
    for token in found:
        depth += (token.text == "(") - (token.text == ")")
        word = token.text.lower()
        if depth == 0 and word == "as":
            yield Edit(token.start, token.start, "with (security_invoker = true) ")
            return
        if depth == 1 and token.text == "(" and node.options and _after_with(found, token):
            yield Edit(token.end, token.end, "security_invoker = true, ")
            return


def _after_with(found: Sequence[Token], token: Token) -> bool:
    index = found.index(token)
    return index > 0 and found[index - 1].text.lower() == "with"
