"""An app's migrations among its files, and what is told of those that cannot be applied."""

import json
from collections.abc import Mapping, Sequence

from common.contracts import (
    MIGRATIONS_FOLDER,
    CheckedMigrations,
    Diagnostic,
    ErrorCategory,
    is_migration,
)
from orchestrator.domain.apply import ToolOutcome
from orchestrator.domain.build_note import in_short
from orchestrator.domain.lines import Lines, numbered
from orchestrator.domain.recovery import check_message
from orchestrator.domain.text import storable
from orchestrator.domain.tree import Tree

MAX_SCHEMA_CHARS = 40_000
_FRAME = 2
_AWAY = (
    "The app's database cannot be asked now, which says nothing about your migrations. Go on without; finish "
    "checks them in any case."
)
_EMPTY = (
    f"The app has no tables: it has no migrations in {MIGRATIONS_FOLDER}/. Write some only where people sign "
    "in or share data."
)


def migrations_in(tree: Tree) -> Tree:
    """The migrations alone."""
    return Tree({path: ref for path, ref in tree.items() if is_migration(path)})


def migrations_digest(tree: Tree) -> str | None:
    """What the version's migrations are stored as; None where it has none."""
    found = migrations_in(tree)
    return found.digest() if found else None


def no_database(tree: Tree) -> Diagnostic:
    """That the installation has no database for apps."""
    return _impossible(tree, "data_not_configured", "This installation has no database for apps.")


def no_client(tree: Tree) -> Diagnostic:
    """That the app's template has no client of a database, being from before there were any."""
    message = "The template of this app is from before apps had a database, and has no client for one."
    return _impossible(tree, "template_without_database", message)


def _impossible(tree: Tree, code: str, why: str) -> Diagnostic:
    message = f"{why} Delete the migrations and keep the data in the browser, with useCollection."
    return Diagnostic(file=next(iter(migrations_in(tree)), None), code=code, message=message)


def problems_of(checked: CheckedMigrations, texts: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """What keeps the migrations from being applied, each with the lines of its place."""
    return tuple(_framed(found.as_diagnostic(), texts) for found in checked.errors)


def _framed(problem: Diagnostic, texts: Mapping[str, str]) -> Diagnostic:
    lines = Lines.of(texts.get(problem.file or "", "")).texts
    if problem.line is None or not 1 <= problem.line <= len(lines):
        return problem
    first, last = max(problem.line - _FRAME, 1), min(problem.line + _FRAME, len(lines))
    return problem.model_copy(update={"frame": storable(numbered(lines, first, last))})


def described(
    checked: CheckedMigrations | None, problems: Sequence[Diagnostic], *, any_migrations: bool
) -> ToolOutcome:
    """The answer to `get_schema`; `checked` is None where nobody could tell."""
    if problems:
        text = check_message(ErrorCategory.MIGRATION, problems, len(problems))
        return ToolOutcome(storable(text), is_error=True)
    if not any_migrations:
        return ToolOutcome(_EMPTY)
    if checked is None:
        return ToolOutcome(_AWAY)
    tables = json.dumps(checked.tables, ensure_ascii=False, separators=(",", ":"))
    if len(tables) > MAX_SCHEMA_CHARS:
        tables = f"{tables[:MAX_SCHEMA_CHARS]}… (read the migrations for the rest)"
    lines = ["The tables as your migrations make them:", tables]
    pending = ", ".join(checked.pending)
    lines.append(f"Not applied yet, so these files may still be changed: {pending or 'none'}")
    warnings = (found.as_diagnostic() for found in checked.findings if found.level == "warning")
    lines += [f"warning: {in_short(warning)}" for warning in warnings]
    return ToolOutcome(storable("\n".join(lines).strip()))
