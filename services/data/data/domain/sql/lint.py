"""What Postgres takes, but an app should not do: open policies, slow ones, tables without keys."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from pglast import ast

from data.domain.sql.builtins import FUNCTIONS
from data.domain.sql.findings import Finding, Level
from data.domain.sql.parse import Migration
from data.domain.sql.schema import PUBLIC, SHARED, Policy, Table, tables_of
from data.domain.sql.trees import constant, path, walk

_CALLERS = {"uid", "jwt", "email"}
_CLAIMS = "request."
_SETTING = {"current_setting"}
_ADDED_OR_READ = {"select", "insert"}
_NEARBY = 60
_OWN_ROWS = "(select auth.uid()) = user_id"


def lint(migrations: Sequence[Migration]) -> Iterator[Finding]:
    """What is to be said of the tables as all migrations leave them."""
    for table in tables_of(migrations).values():
        yield from _table(table)
        for policy in table.policies.values():
            if policy.permissive and set(policy.roles) != {"service_role"}:
                yield from _caller(table, policy)
                yield from _manners(policy)
                yield from _indexed(table, policy)


def _table(table: Table) -> Iterator[Finding]:
    at = table.statement
    if not table.policies:
        message = f"{table.name} has no policy: nobody can read or write it."
        hint = f"Add: create policy … on {table.name} for select to authenticated using ({_OWN_ROWS});"
        yield _warning(at, "no_policy", message, hint)
    if not table.has_key:
        hint = "Add `id bigint generated always as identity primary key`."
        yield _warning(at, "no_primary_key", f"{table.name} has no primary key.", hint)
    for key in table.foreign_keys:
        if key.columns and key.columns[0] not in table.leading.values():
            column = key.columns[0]
            message = f"{table.name}.{column} refers to another table, and has no index."
            hint = f"Add: create index on {table.name} ({column});"
            yield _warning(key.statement, "foreign_key_unindexed", message, hint)


def _caller(table: Table, policy: Policy) -> Iterator[Finding]:
    """Whoever may use the policy: which rows does it keep from them."""
    conditions = [condition for condition in (policy.using, policy.check) if condition is not None]
    ignored = [condition for condition in conditions if not _looks_at_caller(condition)]
    if not ignored:
        return
    doing = {"all": "read, add, change and delete", "select": "read", "insert": "add"}.get(
        policy.command, "change" if policy.command == "update" else "delete"
    )
    who = "Everybody" if {PUBLIC, "anon"} & set(policy.roles) else "Everybody who is signed in"
    fixed = any(isinstance(condition, ast.A_Const) for condition in ignored)
    what = f"{doing} {'every row' if fixed else 'rows'} of {table.name}"
    message = f"{who} may {what}: the policy {policy.name} does not look at who asks."
    if not table.shared:
        declared = f"comment on table {table.name} is '{SHARED}: …why…';"
        hint = f"Compare a column with the caller: {_OWN_ROWS}. If the rows are everybody's: {declared}"
        yield policy.statement.source.finding(policy.statement.start, "policy_open", message, hint)
    elif policy.command not in _ADDED_OR_READ:
        hint = f"Let people change and delete what is theirs: {_OWN_ROWS}."
        yield _warning(policy.statement, "policy_open", message, hint)


def _manners(policy: Policy) -> Iterator[Finding]:
    at = policy.statement
    if PUBLIC in policy.roles:
        message = f"The policy {policy.name} says for no role whom it lets in."
        yield _warning(
            at, "policy_without_role", message, "Add `to authenticated`, or `to anon, authenticated`."
        )
    if policy.command == "all":
        message = f"The policy {policy.name} is for reading, adding, changing and deleting at once."
        yield _warning(
            at, "policy_for_all", message, "Write one policy each for select, insert, update, delete."
        )
    if policy.command == "update" and policy.check is None:
        message = f"The policy {policy.name} has no WITH CHECK: say what a changed row must be."
        yield _warning(at, "policy_update_unchecked", message, "Repeat the condition: with check (…).")
    if any(_bare(condition) for condition in (policy.using, policy.check)):
        message = f"The policy {policy.name} calls auth.uid() for each row."
        yield _warning(at, "policy_call_per_row", message, f"Write `{_OWN_ROWS}`.")


def _indexed(table: Table, policy: Policy) -> Iterator[Finding]:
    for column in sorted(_compared(policy.using) & table.columns - set(table.leading.values())):
        message = f"The policy {policy.name} compares {table.name}.{column}, which has no index."
        hint = f"Add: create index on {table.name} ({column});"
        yield _warning(policy.statement, "policy_column_unindexed", message, hint)


def _warning(at: Any, code: str, message: str, hint: str) -> Finding:
    finding: Finding = at.source.finding(at.start, code, message, hint, level=Level.WARNING)
    return finding


def _looks_at_caller(condition: Any) -> bool:
    """Also by a function of the app, or by rows of another table, which has policies of its own."""
    for node, _ in walk(condition):
        if isinstance(node, ast.RangeVar):
            return True
        if isinstance(node, ast.FuncCall) and (_of_caller(node) or _is_own(node)):
            return True
    return False


def _is_own(call: ast.FuncCall) -> bool:
    name = path(call.funcname)
    return name[0] == "public" or (len(name) == 1 and name[0] not in FUNCTIONS | _SETTING)


def _of_caller(call: ast.FuncCall) -> bool:
    name = path(call.funcname)
    if name[0] == "auth":
        return name[-1] in _CALLERS
    return name[-1] == "current_setting" and (constant((call.args or (None,))[0]) or "").startswith(_CLAIMS)


def _bare(condition: Any) -> bool:
    """Whether auth.uid() stands outside of a subselect, where Postgres calls it for each row."""
    waiting = [condition]
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting.extend(item)
        elif isinstance(item, ast.FuncCall) and path(item.funcname)[0] == "auth":
            return True
        elif isinstance(item, ast.Node) and not isinstance(item, ast.SubLink):
            waiting.extend(getattr(item, name) for name in item)
    return False


def _compared(condition: Any) -> set[str]:
    """Columns that are compared with the caller."""
    found = set[str]()
    for node, _ in walk(condition):
        if isinstance(node, ast.A_Expr):
            sides = (node.lexpr, node.rexpr)
            if any(isinstance(one, ast.Node) and _calls(one) for one in sides):
                found |= {
                    path(one.fields)[-1]
                    for one in sides
                    if isinstance(one, ast.ColumnRef) and path(one.fields)
                }
    return found


def _calls(side: ast.Node) -> bool:
    """Looked for nearby only: each side of a long chain of operators holds the rest of the chain."""
    near = islice(walk(side), _NEARBY)
    return any(isinstance(node, ast.FuncCall) and _of_caller(node) for node, _ in near)
