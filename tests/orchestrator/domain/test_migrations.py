"""What the model is told of its app's database."""

from common.contracts import CheckedMigrations, Diagnostic, MigrationFinding
from orchestrator.domain.migrations import (
    described,
    migrations_digest,
    migrations_in,
    no_client,
    no_database,
    problems_of,
)
from orchestrator.domain.tree import FileRef, Tree

TODOS = "supabase/migrations/0001_todos.sql"
FILES = {
    TODOS: b"create table todos ();",
    "supabase/migrations/old/0001.sql": b"",
    "supabase/seed.sql": b"",
    "src/App.tsx": b"",
}
TREE = Tree({path: FileRef.of(content) for path, content in FILES.items()})


def test_migrations_are_the_sql_files_of_their_folder() -> None:
    assert list(migrations_in(TREE)) == [TODOS]
    assert migrations_digest(TREE) == migrations_digest(TREE.without("src/App.tsx"))
    assert migrations_digest(TREE) != migrations_digest(TREE.with_file(TODOS, FileRef.of(b"other")))
    assert migrations_digest(TREE.without(TODOS)) is None


def test_tables_are_shown_with_what_may_still_be_changed_and_what_could_be_better() -> None:
    warning = MigrationFinding(
        file=TODOS, line=2, code="unindexed", level="warning", message="user_id has no index."
    )
    checked = CheckedMigrations(tables=({"name": "todos"},), pending=(TODOS,), findings=(warning,))
    told = described(checked, (), any_migrations=True)
    assert not told.is_error
    assert '[{"name":"todos"}]' in told.text
    assert f"may still be changed: {TODOS}" in told.text
    assert f"warning: {TODOS}:2 unindexed: user_id has no index." in told.text


def test_a_schema_that_is_too_long_says_where_the_rest_is() -> None:
    checked = CheckedMigrations(tables=tuple({"name": "t" * 1000} for _ in range(100)))
    told = described(checked, (), any_migrations=True)
    assert len(told.text) < 41_000
    assert "read the migrations" in told.text


def test_errors_are_told_as_those_of_a_build() -> None:
    problem = Diagnostic(file=TODOS, line=1, code="42601", message="syntax error")
    told = described(None, (problem,), any_migrations=True)
    assert told.is_error
    assert f"{TODOS}:1 42601: syntax error" in told.text
    assert "new file with the next number" in told.text


def test_an_error_shows_the_lines_of_its_place() -> None:
    finding = MigrationFinding(file=TODOS, line=2, code="42601", message="syntax error")
    elsewhere = MigrationFinding(file=TODOS, line=9, code="42601", message="at the end")
    checked = CheckedMigrations(findings=(finding, elsewhere))
    [problem, unframed] = problems_of(checked, {TODOS: "create table a (\n  id uid\n);\n"})
    assert problem.frame is not None
    assert problem.frame.splitlines()[1].endswith("  id uid")
    assert unframed.frame is None


def test_an_app_without_tables_is_told_when_it_needs_some() -> None:
    assert "sign in or share data" in described(None, (), any_migrations=False).text
    assert "cannot be asked now" in described(None, (), any_migrations=True).text


def test_where_there_is_no_database_data_stays_in_the_browser() -> None:
    problems = [no_database(TREE), no_client(TREE)]
    assert {problem.file for problem in problems} == {TODOS}
    assert [problem.code for problem in problems] == ["data_not_configured", "template_without_database"]
    assert all("useCollection" in problem.message for problem in problems)
