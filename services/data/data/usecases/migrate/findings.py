"""What the audit and the probe have found, told of the place in the files that is responsible."""

from collections.abc import Iterator, Sequence

from pglast import ast

from data.clients.audit import Breach
from data.domain.catalog import Relation
from data.domain.migrations import MOST_TABLES
from data.domain.realm import Role
from data.domain.sql.findings import Finding, Level
from data.domain.sql.parse import Migration, Statement
from data.domain.sql.schema import SHARED
from data.usecases.migrate.probe import Leak, Report, Unprobed

_WHO = {
    Role.AUTHENTICATED: "anybody who signs up",
    Role.ANON: "anybody without signing in",
}
_HINTS = {
    "select": "using ((select auth.uid()) = user_id)",
    "update": "using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id)",
    "delete": "using ((select auth.uid()) = user_id)",
    "insert": "with check ((select auth.uid()) = user_id)",
}


class Locator:
    """Finds the statements that findings are about."""

    def __init__(self, migrations: Sequence[Migration]) -> None:
        self._migrations = migrations
        self._statements = [one for migration in migrations for one in migration.statements]

    def of_breach(self, breach: Breach) -> Finding:
        """What the allow-list should not have let pass."""
        hint = "Leave it out: an app's objects stay in its own schema, under its own owner and policies."
        return self._at(None, f"audit_{breach.code}", breach.message, hint, Level.ERROR)

    def of_count(self, tables: int) -> Finding:
        """More tables than an app may have."""
        message = f"The app would have {tables} tables, of {MOST_TABLES} at most."
        return self._at(None, "too_many_tables", message, "Have fewer tables.", Level.ERROR)

    def of_report(self, report: Report) -> Sequence[Finding]:
        """Leaks keep a version from going live, but for those of tables that are declared shared."""
        return [*map(self._leak, _told(report)), *map(self._unprobed, report.unprobed)]

    def _leak(self, leak: Leak) -> Finding:
        policies = ", ".join(f'"{name}"' for name in leak.policies)
        whose = "rows in another's name" if leak.command == "insert" else "rows that are not theirs"
        what = "add" if leak.command == "insert" else leak.what
        message = f'{_WHO[leak.who].capitalize()} can {what} {whose} in "{leak.table.name}"'
        message += f": the policy {policies} lets them." if policies else "."
        hint = (
            f"Let the policy look at who asks, such as {_HINTS[leak.command]}; or, if the table is meant for "
            f"everybody, declare it: comment on table {leak.table.name} is '{SHARED}: why';"
        )
        level = Level.WARNING if leak.table.shared else Level.ERROR
        return self._at(self._policy(leak), f"probe_{leak.command}", message, hint, level)

    def _unprobed(self, table: Unprobed) -> Finding:
        name = table.table.name
        message = f'No row could be made up for "{name}", so its policies were not tried: {table.reason}.'
        hint = "Give its columns defaults or simpler checks, or look at its policies with care."
        return self._at(self._table(table.table), "probe_no_row", message, hint, Level.WARNING)

    def _policy(self, leak: Leak) -> Statement | None:
        for statement in reversed(self._statements):
            node = statement.node
            if (
                isinstance(node, ast.CreatePolicyStmt | ast.AlterPolicyStmt)
                and node.table is not None
                and node.table.relname == leak.table.name
                and node.policy_name in leak.policies
            ):
                return statement
        return self._table(leak.table)

    def _table(self, table: Relation) -> Statement | None:
        for statement in reversed(self._statements):
            node = statement.node
            if (
                isinstance(node, ast.CreateStmt)
                and node.relation is not None
                and node.relation.relname == table.name
            ):
                return statement
        return None

    def _at(self, statement: Statement | None, code: str, message: str, hint: str, level: Level) -> Finding:
        if statement is not None:
            blank = len(statement.text) - len(statement.text.lstrip())
            return statement.source.finding(statement.start + blank, code, message, hint, level)
        return self._migrations[-1].source.finding(0, code, message, hint, level)


def _told(report: Report) -> Iterator[Leak]:
    """Without what goes without saying: a shared table is there to be read, and who needs no sign-in
    need not be told of twice.
    """
    anonymous = {(leak.table.name, leak.command) for leak in report.leaks if leak.who is Role.ANON}
    for leak in report.leaks:
        twice = leak.who is Role.AUTHENTICATED and (leak.table.name, leak.command) in anonymous
        if not twice and not (leak.table.shared and leak.command == "select"):
            yield leak
